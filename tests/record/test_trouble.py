"""Whatever is wrong with the file, its folder or the disk: one RecordError, with its place and what to type next."""

from __future__ import annotations

import os
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from quizdl.errors import RecordError
from quizdl.record import Store

NOBODY = 65534


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter and nobody but its owner may write."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture
def ordinary_user() -> Iterator[None]:
    """Root may write anywhere, so a test of permissions must not be root. Linux and macOS alone."""
    if not hasattr(os, "geteuid"):
        pytest.skip("no Unix permissions here")
    if os.geteuid() != 0:
        yield
        return
    group = os.getegid()
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)


def _check(error: RecordError, path: Path) -> None:
    """Every error names the file and says what to do, in both languages."""
    assert error.where == str(path)
    assert error.hint is not None
    assert all((error.message.ja, error.message.en, error.hint.ja, error.hint.en))
    assert error.exit_code == 2


def test_folder_and_file_are_private(path):
    """Answers are nobody else's business: 0700 and 0600, whatever the umask."""
    before = os.umask(0)
    try:
        Store.open(path).close()
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content",
    [
        b"this is a text file, not a database\n" * 40,
        b"\x00" * 4096,
        bytes(range(256)) * 16,
        b"SQLite format 3\x00" + b"\xff" * 4000,
    ],
)
def test_a_file_that_is_no_database_is_to_be_moved_aside(path, content):
    """The hint is the command, ready to paste, and the file is as it was."""
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(RecordError) as caught:
        Store.open(path)
    _check(caught.value, path)
    assert f"mv {path} {path}.damaged" in caught.value.hint.en
    assert path.read_bytes() == content


def test_a_damaged_page_is_found_when_it_is_read(path, make_attempt):
    """A record overwritten from its second page on raises the same error as one that is no database."""
    with Store.open(path) as store:
        for _ in range(30):
            store.append(make_attempt())
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xa5" * (len(content) - 4096))
    with pytest.raises(RecordError, match="damaged") as caught, Store.open(path) as store:
        store.past()
    _check(caught.value, path)


def test_some_other_programs_database_is_left_alone(path):
    """No table of ours is made in a database that is not ours."""
    path.parent.mkdir()
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE bookmarks (url TEXT)")
    db.close()
    before = path.read_bytes()
    with pytest.raises(RecordError, match="other program") as caught:
        Store.open(path)
    _check(caught.value, path)
    assert path.read_bytes() == before


def test_an_empty_file_becomes_a_record(path, make_attempt):
    """A quizdl killed just after it made the file leaves an empty one; the next goes on from there."""
    path.parent.mkdir()
    path.touch()
    with Store.open(path) as store:
        store.append(make_attempt())
        assert len(store.past()) == 1


def test_a_folder_in_the_files_place_is_a_clear_error(path):
    """`record.sqlite3/` is no file."""
    path.mkdir(parents=True)
    with pytest.raises(RecordError) as caught:
        Store.open(path)
    _check(caught.value, path)


def test_a_file_in_the_folders_place_is_a_clear_error(tmp_path):
    """QUIZDL_HOME that names a file."""
    (tmp_path / "home").touch()
    path = tmp_path / "home" / "record.sqlite3"
    with pytest.raises(RecordError) as caught:
        Store.open(path)
    _check(caught.value, path)


def test_a_locked_record_is_waited_for_then_reported(path, store, make_attempt):
    """Another process in the middle of its writing: after the timeout, an error that says so; nothing is lost."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(RecordError, match="in use") as caught:
        Store.open(path, busy_seconds=0.01)
    _check(caught.value, path)
    other.execute("ROLLBACK")
    other.close()
    store.append(make_attempt())
    assert len(store.past()) == 1


def test_a_writer_that_is_reading_does_not_block_another(path, store, make_attempt):
    """Two sessions at once: each sees the other's answers."""
    with Store.open(path) as other:
        store.append(make_attempt(id="a"))
        other.append(make_attempt(id="b"))
        assert [past.attempt_id for past in store.past()] == [past.attempt_id for past in other.past()] == ["a", "b"]


def test_a_full_disk_is_a_clear_error_and_loses_nothing_before_it(path, store, make_attempt):
    """SQLite's own page limit gives the same code as a full disk."""
    store.append(make_attempt(id="a1"))
    (pages,) = store._db.execute("PRAGMA page_count").fetchone()
    store._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(RecordError, match="full") as caught:
        store.append(make_attempt(id="a2", answer="x" * 100_000))
    _check(caught.value, path)
    assert [past.attempt_id for past in store.past()] == ["a1"]


def test_a_home_that_cannot_be_written_is_a_clear_error(open_folder, ordinary_user):
    """The hint names QUIZDL_HOME, which chooses another folder."""
    path = open_folder / "home" / "record.sqlite3"
    with pytest.raises(RecordError, match="QUIZDL_HOME") as caught:
        Store.open(path)
    _check(caught.value, path)


def test_a_read_only_record_is_read_but_not_written(open_folder, request, make_attempt):
    """The history can be looked at where nothing can be recorded."""
    path = open_folder / "record.sqlite3"
    with Store.open(path) as store:
        store.append(make_attempt())
    path.chmod(0o444)
    request.getfixturevalue("ordinary_user")
    if os.getuid() != 0:
        open_folder.chmod(0o555)
    with Store.open(path) as store:
        assert len(store.past()) == 1
        with pytest.raises(RecordError, match="QUIZDL_HOME") as caught:
            store.append(make_attempt())
    _check(caught.value, path)


def test_a_hint_can_be_pasted_where_the_path_has_spaces(tmp_path):
    """Shell quoting, so that `mv` gets two names."""
    path = tmp_path / "my home" / "record.sqlite3"
    path.parent.mkdir()
    path.write_text("not a database " * 400, encoding="utf-8")
    with pytest.raises(RecordError) as caught:
        Store.open(path)
    assert f"mv '{path}' '{path}.damaged'" in caught.value.hint.ja
