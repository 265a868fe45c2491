"""The census saves the looking through and never changes what is planned, whatever happened to it or to the bank."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quizdl.bank import Library, cache, census, index
from quizdl.bank.shelf import Shelf
from quizdl.bank.stamps import Stamp
from quizdl.errors import BankError
from quizdl.model import Profile, Selection
from quizdl.paths import cache_folder
from small_banks import three_files, write
from test_stamps import CHANGES, after_the_tick, in_place

EVERY = Selection()
SET = "- set: s\n  chapter: '3-1'\n  questions:\n  - id: {0}\n    kind: term\n  - id: {1}\n    kind: numeric\n"
pytestmark = pytest.mark.usefixtures("own_home")


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    return three_files(tmp_path / "bank")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many questions each census is made of that is made anew."""
    found: list[int] = []
    roll_of = census.roll_of

    def spy(files: dict[str, list[Profile]], reading: list[str]) -> census.Roll:
        found.append(sum(map(len, files.values())))
        return roll_of(files, reading)

    monkeypatch.setattr("quizdl.bank.library.roll_of", spy)
    return found


def counted(library: Library) -> list[Profile]:
    """Every question, as the census of a library has it; what it says of a question has to agree."""
    found = library.census()
    numbers = sorted(number for same in found.alike() for number in same.numbers)
    assert numbers == list(range(len(numbers)))
    every = [one for number in numbers for one in found.unit(number)]
    assert list(found.known({one.id for one in every}).values()) == every
    for same in found.alike():
        for number in same.numbers:
            assert [(one.kind, one.chapter, one.whole) for one in found.unit(number)] == [
                (one.kind, one.chapter, one.whole) for one in same.nature
            ]
            assert all(found.number(one.id) == number for one in found.unit(number))
    return every


def censuses() -> list[Path]:
    return sorted((cache_folder() / "index").glob("*-census.msgpack"))


@pytest.mark.usefixtures("settled")
def test_the_shipped_bank_is_counted_whole_made_anew_or_kept(made: list[int]) -> None:
    """Every question once, as a plan weighs it, by folders and files; to be asked, in the order of `select`."""
    profiles = Library().profiles()
    for _ in range(2):
        assert counted(Library()) == profiles
        listed = Library().outline(EVERY)
        ids = {one.id for one in listed}
        assert [(one.id, one.set) for one in Library().together(ids)] == [(one.id, one.set) for one in listed]
    assert len(made) == 1


@pytest.mark.usefixtures("settled")
def test_what_did_not_change_is_neither_read_nor_looked_through(
    bank: Path, opened: list[str], made: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One file of the cache is read, and no folder's index."""
    before = counted(Library(bank))
    opened.clear()
    monkeypatch.setattr(index, "cached", lambda path: opened.append(path.name))
    assert counted(Library(bank)) == before
    assert opened == []
    assert made == [4]


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_that_leaves_size_and_times_alone_is_seen(bank: Path, change: Callable[[Path], None]) -> None:
    """As the folders' indices see it."""
    counted(Library(bank))
    after_the_tick(bank / "questions/day3/lstm.yaml", change)
    assert [one.id for one in counted(Library(bank))] == ["svm-one", "lstm-one", "lstm-six", "rnn-one"]


def _new_file(bank: Path) -> None:
    write(bank, "day1/new", "new-one", chapter="3-2")


def _new_folder(bank: Path) -> None:
    write(bank, "ops/new", "new-one", chapter="5-1")


def _gone(bank: Path) -> None:
    (bank / "questions/ml/svm.yaml").unlink()


def _renamed(bank: Path) -> None:
    (bank / "questions/day3/rnn.yaml").rename(bank / "questions/day3/gru.yaml")


def _moved(bank: Path) -> None:
    shutil.move(bank / "questions/day3/rnn.yaml", bank / "questions/ml/rnn.yaml")


def _drafted(bank: Path) -> None:
    path = bank / "questions/ml/svm.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "  status: draft\n", encoding="utf-8")


def _touched(bank: Path) -> None:
    os.utime(bank / "questions/ml/svm.yaml", ns=(1, 1_600_000_000_000_000_001))


def _broken(bank: Path) -> None:
    (bank / "questions/ml/svm.yaml").write_text("section: svm\nquestions: [\n- id: lost\n", encoding="utf-8")


def _listed(bank: Path) -> None:
    Library(bank).rows(EVERY)


def _index_lost(bank: Path) -> None:
    for path in (cache_folder() / "index").glob("*-day3.msgpack"):
        path.unlink()


ALL_CHANGES = [_new_file, _new_folder, _gone, _renamed, _moved, _drafted, _touched, _broken, _listed, _index_lost]


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("change", ALL_CHANGES)
def test_after_any_change_it_is_made_anew_of_what_there_is(
    bank: Path, made: list[int], change: Callable[[Path], None]
) -> None:
    """Files that come, go, move and break; a question that becomes a draft; an index that was written again."""
    counted(Library(bank))
    change(bank)
    assert counted(Library(bank)) == Library(bank).profiles()
    assert len(made) == 2


def test_what_was_read_too_soon_is_not_kept(bank: Path, made: list[int], request: pytest.FixtureRequest) -> None:
    """Within a tick of a file's last change no stamp vouches for it; later one does, and then the census is kept."""
    for _ in range(2):
        counted(Library(bank))
        assert censuses() == []
    request.getfixturevalue("settled")
    counted(Library(bank))
    assert len(made) == 3
    counted(Library(bank))
    assert len(made) == 3


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_within_the_clocks_tick_is_seen(
    bank: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None]
) -> None:
    """Where every stamp stays as it was, the bytes decide."""
    path = bank / "questions/day3/lstm.yaml"
    found = path.stat()
    frozen = Stamp(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
    monkeypatch.setattr(index, "stamp_of", lambda found: frozen)
    counted(Library(bank))
    change(path)
    assert "lstm-six" in [one.id for one in counted(Library(bank))]


@pytest.mark.usefixtures("settled")
def test_a_change_while_a_library_is_open_is_never_kept_under_the_new_stamps(bank: Path) -> None:
    """What the library saw before may go on in it; the next one sees what there is."""
    library = Library(bank)
    library.all_ids()
    after_the_tick(bank / "questions/day3/lstm.yaml", in_place)
    library.rows(Selection(day=3))
    library.census()
    assert [one.id for one in counted(Library(bank))] == ["svm-one", "lstm-one", "lstm-six", "rnn-one"]


@pytest.mark.usefixtures("settled")
@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
def test_a_damaged_census_is_as_none(bank: Path, made: list[int], data: st.DataObject) -> None:
    """Cut off anywhere, one bit turned, or filled with anything: what is planned is right, and the census is mended."""
    expected = counted(Library(bank))
    (path,) = censuses()
    whole = path.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    turned = bytearray(whole)
    turned[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(data.draw(st.sampled_from([whole[:place], bytes(turned), b"", os.urandom(64), whole + b"x"])))
    made.clear()
    for _ in range(2):
        assert counted(Library(bank)) == expected
    assert len(made) == 1


@pytest.mark.usefixtures("settled")
def test_a_census_of_another_version_or_another_bank_is_as_none(
    bank: Path, tmp_path: Path, made: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What reads a file may read it otherwise tomorrow; and a file of the cache may be copied in another's place."""
    other = tmp_path / "other"
    shutil.copytree(bank, other)
    write(other, "ml/svm", "svm-two", chapter="2-1")
    counted(Library(other))
    (theirs,) = censuses()
    counted(Library(bank))
    (mine,) = set(censuses()) - {theirs}
    shutil.copy2(theirs, mine)
    assert "svm-two" not in [one.id for one in counted(Library(bank))]
    made.clear()
    monkeypatch.setattr(cache, "_reader", lambda: b"another")
    counted(Library(bank))
    assert len(made) == 1


@pytest.mark.usefixtures("settled")
def test_a_file_with_a_fault_is_counted_as_its_bytes_tell_and_its_fault_is_met(bank: Path) -> None:
    """A plan goes on without what cannot be asked; whoever asks for it is told why."""
    (bank / "questions/day3/lstm.yaml").write_text(
        "section: lstm\nday: 3\ntitle: t\nquestions:\n- id: lost\n  kind: what\n", encoding="utf-8"
    )
    for _ in range(2):
        library = Library(bank)
        assert [one.id for one in counted(library)] == ["svm-one", "lost", "rnn-one"]
        with pytest.raises(BankError):
            library.find("lost")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="needs a file that its owner cannot read")
@pytest.mark.usefixtures("settled")
def test_an_unreadable_file_is_a_doubt(bank: Path) -> None:
    """Who cannot read a file today may tomorrow, and nothing of the file would have changed."""
    path = bank / "questions/ml/svm.yaml"
    path.chmod(0)
    assert len(counted(Library(bank))) == 3
    assert censuses() == []


@pytest.mark.usefixtures("settled")
def test_drafts_are_left_out_and_whoever_wants_them_counts_anew(bank: Path) -> None:
    """The kept census is of what everybody may be asked."""
    _drafted(bank)
    with_drafts = Library(bank, drafts=True)
    assert "svm-one" in [one.id for one in counted(with_drafts)]
    assert censuses() == []
    for _ in range(2):
        assert "svm-one" not in [one.id for one in counted(Library(bank))]
    assert Library(bank, drafts=True).census().number("svm-one") is not None


def test_a_cache_that_cannot_be_written_is_no_reason_to_fail(bank: Path, tmp_path: Path, settled: None) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home/cache").write_text("in the way", encoding="utf-8")
    assert counted(Library(bank)) == counted(Library(bank))


@pytest.mark.usefixtures("settled")
def test_a_file_whose_name_is_no_text_is_counted_although_it_is_not_kept(bank: Path) -> None:
    """Some file systems take any bytes for a name."""
    folder = bank / "questions/ml"
    try:
        (folder / "svm.yaml").rename(folder / "\udcff.yaml")
    except (OSError, UnicodeError):
        pytest.skip("this file system takes no such name")
    for _ in range(2):
        assert "svm-one" in [one.id for one in counted(Library(bank))]
        assert censuses() == []


@pytest.mark.usefixtures("settled")
def test_what_the_census_names_is_found_in_its_file_alone(bank: Path, opened: list[str]) -> None:
    """And where it went elsewhere since, it is found there."""
    Library(bank).census()
    library = Library(bank)
    library.census()
    opened.clear()
    assert library.find("svm-one").id == "svm-one"
    assert opened == ["svm.yaml"]
    write(bank, "ml/svm", "svm-two", chapter="2-1")
    write(bank, "ml/kernel", "svm-one", chapter="2-1")
    library = Library(bank)
    library._roll = Library(bank).roll()
    _gone(bank)
    assert library.find("svm-one").section == "kernel"


def test_a_set_comes_whole_and_in_reading_order(bank: Path) -> None:
    """One of its questions names it; sections stand as their order says, whatever their files are called."""
    path = bank / "questions/day3/attention.yaml"
    path.write_text("section: attention\norder: 3\nquestions:\n" + SET.format("b", "a"), encoding="utf-8")
    assert [one.id for one in Library(bank).together({"a", "lstm-two", "rnn-one", "gone"})] == [
        "rnn-one",
        "lstm-two",
        "b",
        "a",
    ]


@pytest.mark.parametrize("begun", ["", "l", "lstm-", "lstm-t05", "lstm-two", "lstm-twos", "lstm-bank.s", "a", "あ"])
def test_ids_are_found_by_how_they_begin(bank: Path, begun: str) -> None:
    """All of them, of every bank that is open, and no others."""
    write(bank, "ml/many", *(f"lstm-t{number:03}" for number in range(100)), chapter="2-1")
    for library in (Library(bank), Shelf({"lstm-bank": bank})):
        wanted = {one for one in library.all_ids() if one.startswith(begun)}
        assert {one.id for one in library.census().beginning(begun)} == wanted


def test_an_id_that_stands_twice_is_counted_once(bank: Path) -> None:
    """A fault for `bank check`; a plan asks it once."""
    write(bank, "ml/twice", "lstm-one", chapter="2-1")
    assert [one.id for one in counted(Library(bank))] == ["svm-one", "lstm-one", "lstm-two", "rnn-one"]
    assert Library(bank).census().known({"lstm-one"})["lstm-one"].chapter == "3-5-1"
