"""A file that did not change is not even read, and no change hides behind its time stamps, whatever they tell."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from time import time_ns

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.bank import Library, index, stamps
from quizdl.bank.stamps import Stamp, stamp_of
from quizdl.model import Selection
from small_banks import write

SECOND = 1_000_000_000
Change = Callable[[Path], None]


pytestmark = pytest.mark.usefixtures("own_home")


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    root = tmp_path / "bank"
    write(root, "day3/lstm", "lstm-one", "lstm-two")
    write(root, "day3/rnn", "rnn-one")
    return root


def listed(root: Path) -> list[str]:
    """What a list shows; what a plan sees has to be the same."""
    ids = [row.id for row in Library(root).rows(Selection(day=3))]
    assert [one.id for one in Library(root).outline(Selection(day=3))] == ids
    return ids


def after_the_tick(path: Path, change: Change) -> None:
    """The change, made again until the clock of the file system has gone on since the file's last one."""
    before = path.stat().st_ctime_ns
    while path.stat().st_ctime_ns == before:
        change(path)


def in_place(path: Path) -> None:
    """Six for two, as long as before, and with the time of the last change set back."""
    before = path.stat()
    path.write_text(path.read_text(encoding="utf-8").replace("lstm-two", "lstm-six"), encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def by_another(path: Path) -> None:
    """The same, by a file that takes its place."""
    new = path.with_suffix(".new")
    shutil.copy2(path, new)
    in_place(new)
    new.replace(path)


def by_a_copy(path: Path) -> None:
    """The whole bank goes, and a changed copy, times and all, comes in its place."""
    root = path.parents[2]
    copy = root.with_name("copy")
    shutil.copytree(root, copy)
    in_place(copy / path.relative_to(root))
    shutil.rmtree(root)
    copy.rename(root)


CHANGES = [in_place, by_another, by_a_copy]


@pytest.mark.usefixtures("settled")
def test_a_file_that_is_known_and_did_not_change_is_not_read(bank: Path, opened: list[str]) -> None:
    """Not for a list, not for a plan, not for an id that is not there; and a change costs that one file."""
    listed(bank)
    opened.clear()
    listed(bank)
    library = Library(bank)
    assert library.profiles()
    assert library.all_ids() == ["lstm-one", "lstm-two", "rnn-one"]
    assert opened == []
    after_the_tick(bank / "questions/day3/lstm.yaml", in_place)
    listed(bank)
    assert opened == ["lstm.yaml"]


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_that_leaves_size_and_times_alone_is_seen(bank: Path, change: Change) -> None:
    """Archives restore times, editors put a new file in the old one's place, banks are copied about."""
    path = bank / "questions/day3/lstm.yaml"
    listed(bank)
    before = path.stat()
    after_the_tick(path, change)
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert listed(bank) == ["lstm-one", "lstm-six", "rnn-one"]


@pytest.mark.parametrize("restored", [0, 3600 * SECOND])
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_within_the_clocks_tick_is_seen(
    bank: Path, monkeypatch: pytest.MonkeyPatch, change: Change, restored: int
) -> None:
    """Where every stamp stays as it was: what was read that soon after a change is read again, old though it seem."""
    path = bank / "questions/day3/lstm.yaml"
    found = path.stat()
    frozen = Stamp(found.st_size, found.st_mtime_ns - restored, found.st_ctime_ns, found.st_ino)
    monkeypatch.setattr(index, "stamp_of", lambda found: frozen)
    listed(bank)
    change(path)
    assert listed(bank) == ["lstm-one", "lstm-six", "rnn-one"]


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("tick", [10_000_000, SECOND, 2 * SECOND])
@pytest.mark.parametrize("change", CHANGES)
def test_where_the_clock_is_coarse_no_stamp_is_believed(
    bank: Path, monkeypatch: pytest.MonkeyPatch, change: Change, tick: int
) -> None:
    """exFAT, HFS+ and FAT: however long ago, and with a change time that is but the restored one."""

    def coarse(found: os.stat_result) -> Stamp:
        time = found.st_mtime_ns // tick * tick
        return Stamp(found.st_size, time, time, 0)

    monkeypatch.setattr(index, "stamp_of", coarse)
    listed(bank)
    change(bank / "questions/day3/lstm.yaml")
    assert listed(bank) == ["lstm-one", "lstm-six", "rnn-one"]


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("change", CHANGES)
def test_where_nothing_tells_of_a_change_every_file_is_read(
    bank: Path, monkeypatch: pytest.MonkeyPatch, change: Change, opened: list[str]
) -> None:
    """On Windows `st_ctime` is when a file was made, and `scandir` knows no inode: the hash alone decides."""

    def windows(found: os.stat_result) -> Stamp:
        return Stamp(found.st_size, found.st_mtime_ns, 1_234_567_890_123_456_789, 0)

    monkeypatch.setattr(stamps, "HAS_CHANGE_TIME", False)
    monkeypatch.setattr(index, "stamp_of", windows)
    Library(bank).rows(Selection(day=3))
    opened.clear()
    Library(bank).rows(Selection(day=3))
    assert opened == ["lstm.yaml", "rnn.yaml"]
    change(bank / "questions/day3/lstm.yaml")
    assert listed(bank) == ["lstm-one", "lstm-six", "rnn-one"]


def test_files_from_the_future_are_read(bank: Path, monkeypatch: pytest.MonkeyPatch, opened: list[str]) -> None:
    """A clock that was set back may come by the same moment again."""
    monkeypatch.setattr(index, "time_ns", lambda: time_ns() - 3600 * SECOND)
    for _ in range(2):
        opened.clear()
        Library(bank).rows(Selection(day=3))
        assert opened == ["lstm.yaml", "rnn.yaml"]


@pytest.mark.usefixtures("settled")
def test_a_file_that_was_only_touched_is_read_once_more_and_not_parsed(
    bank: Path, opened: list[str], loaded: list[str]
) -> None:
    """A fresh checkout has new stamps for what is known already."""
    listed(bank)
    after_the_tick(bank / "questions/day3/rnn.yaml", os.utime)
    opened.clear()
    loaded.clear()
    listed(bank)
    assert (opened, loaded) == (["rnn.yaml"], [])
    listed(bank)
    assert opened == ["rnn.yaml"]


def test_what_was_read_too_soon_is_vouched_for_once_it_is_read_later(
    bank: Path, opened: list[str], loaded: list[str], request: pytest.FixtureRequest
) -> None:
    """An author's file is read again as long as it is fresh, then no more; it is parsed once."""
    Library(bank).rows(Selection(day=3))
    request.getfixturevalue("settled")
    Library(bank).rows(Selection(day=3))
    opened.clear()
    Library(bank).rows(Selection(day=3))
    assert opened == []
    assert sorted(loaded) == ["lstm.yaml", "rnn.yaml"]


def test_where_a_folder_cannot_be_held_open_the_stamps_are_the_same(
    bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows opens no folder."""
    before = index.stamps_in(bank / "questions/day3")
    assert list(before) == ["lstm.yaml", "rnn.yaml"]
    monkeypatch.setattr(os, "supports_fd", set())
    assert index.stamps_in(bank / "questions/day3") == before
    assert index.stamps_in(bank / "questions/day4") == {}


@pytest.mark.parametrize("field", Stamp.__struct_fields__)
def test_every_number_of_a_stamp_counts(bank: Path, field: str) -> None:
    """A file of another number on the disk is another file, though all its times be the same."""
    stamp = stamp_of((bank / "questions/day3/lstm.yaml").stat())
    assert stamp != msgspec.structs.replace(stamp, **{field: getattr(stamp, field) + 1})


@given(
    tick=st.sampled_from([1, 100, 1_000_000, 4_000_000, 10_000_000, SECOND, 2 * SECOND]),
    phase=st.integers(0, SECOND),
    first=st.integers(10 * SECOND, 20 * SECOND),
    read=st.integers(0, 6 * SECOND),
    again=st.integers(0, 3 * SECOND),
)
def test_no_change_after_a_settled_stamp_was_read_can_have_the_same(
    tick: int, phase: int, first: int, read: int, again: int
) -> None:
    """Whatever the clock's tick, and wherever its ticks lie: changed, read, changed again."""

    def shown(moment: int) -> int:
        return (moment - phase) // tick * tick + phase

    stamp = Stamp(1, shown(first), shown(first), 7)
    assert not stamp.is_settled(first + read) or shown(first + read + again) != stamp.changed
