"""The index saves the parsing and never changes what is listed, whatever happened to it or to the bank meanwhile."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quizdl.bank import Library, cache
from quizdl.bank.index import as_listed
from quizdl.errors import BankError, UnknownIdError
from quizdl.model import ListRow, Selection
from quizdl.paths import bank_root, cache_folder
from small_banks import three_files, write

EVERY = Selection()
pytestmark = pytest.mark.usefixtures("own_home")


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    return three_files(tmp_path / "bank")


def listed(root: Path, **selection: object) -> list[str]:
    return [row.id for row in Library(root).rows(Selection(**selection))]  # type: ignore[arg-type]


def index_files() -> list[Path]:
    return sorted((cache_folder() / "index").iterdir())


def test_the_whole_bank_is_listed_as_it_is_parsed_with_an_index_and_without() -> None:
    """Every field of every row, in the same order; the second time nothing but the index is read."""
    expected: list[ListRow] = [as_listed(question) for question in Library().select(EVERY)]
    assert Library().rows(EVERY) == expected
    assert Library().rows(EVERY) == expected
    for selection in (Selection(day=3, kind="code"), Selection(chapter="3-5"), Selection(section="lstm")):
        assert Library().rows(selection) == [as_listed(one) for one in Library().select(selection)]


def test_profiles_and_outlines_are_the_same_from_the_index_as_from_the_bytes() -> None:
    """A plan must not depend on whether the bank was listed before."""
    before = Library().profiles(), Library().outline(EVERY), Library().outline(Selection(day=2))
    Library().rows(EVERY)
    assert (Library().profiles(), Library().outline(EVERY), Library().outline(Selection(day=2))) == before


def test_what_did_not_change_is_not_parsed_again(bank: Path, loaded: list[str]) -> None:
    """A change of one file costs that file's parsing alone."""
    listed(bank)
    assert sorted(loaded) == ["lstm.yaml", "rnn.yaml", "svm.yaml"]
    loaded.clear()
    listed(bank)
    assert loaded == []
    write(bank, "day3/rnn", "rnn-one", "rnn-two", header="order: 1", kind="numeric")
    assert "rnn-two" in listed(bank)
    assert loaded == ["rnn.yaml"]


def test_files_that_went_and_files_that_moved_are_not_listed_from_memory(bank: Path) -> None:
    """Another file of the same name is another file; one that is gone leaves the index too."""
    listed(bank)
    shutil.move(bank / "questions/day3/lstm.yaml", bank / "questions/day3/gru.yaml")
    (bank / "questions/day3/rnn.yaml").unlink()
    assert listed(bank, day=3) == ["lstm-one", "lstm-two"]
    assert not any(b"rnn-one" in path.read_bytes() for path in index_files())


def test_a_fault_is_met_every_time(bank: Path) -> None:
    """A list from memory must not hide that a file broke; and the sound files before it are kept."""
    listed(bank)
    (bank / "questions/day3/lstm.yaml").write_text("section: lstm\nquestions: [\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(BankError):
            listed(bank, day=3)
    assert listed(bank, section="rnn") == ["rnn-one"]


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_a_damaged_index_is_as_none(bank: Path, loaded: list[str], data: st.DataObject) -> None:
    """Cut off anywhere, one bit turned, or filled with anything: the list is right, and the index is mended."""
    expected = listed(bank)
    path = data.draw(st.sampled_from(index_files()))
    whole = path.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    turned = bytearray(whole)
    turned[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(data.draw(st.sampled_from([whole[:place], bytes(turned), b"", os.urandom(64), whole + b"x"])))
    assert listed(bank) == expected
    loaded.clear()
    assert listed(bank) == expected
    assert loaded == []


def test_an_index_of_another_version_of_the_program_is_as_none(
    bank: Path, loaded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What reads a file may read it otherwise tomorrow."""
    listed(bank)
    loaded.clear()
    monkeypatch.setattr(cache, "_reader", lambda: b"another")
    listed(bank)
    assert len(loaded) == 3


def test_a_cache_that_cannot_be_written_is_no_reason_to_fail(bank: Path, tmp_path: Path) -> None:
    """A file stands where the folder should be: a full disk or a read-only home look the same from here."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home/cache").write_text("in the way", encoding="utf-8")
    assert listed(bank) == listed(bank)


def test_two_banks_of_the_same_files_have_an_index_each(bank: Path, tmp_path: Path) -> None:
    """What is read of one must not be said of the other once they differ."""
    other = tmp_path / "other"
    shutil.copytree(bank, other)
    listed(bank)
    write(other, "ml/svm", "svm-two", chapter="2-1")
    assert listed(other, stage="ml") == ["svm-two"]
    assert listed(bank, stage="ml") == ["svm-one"]


def test_a_question_that_was_listed_before_is_found_by_reading_its_file_alone(bank: Path, opened: list[str]) -> None:
    """However many files there are."""
    listed(bank)
    opened.clear()
    assert Library(bank).find("svm-one").id == "svm-one"
    assert opened == ["svm.yaml"]


def test_a_question_that_left_its_file_is_still_found_where_it_went(bank: Path) -> None:
    """The index says where it was; where it is, the files say."""
    listed(bank)
    write(bank, "day3/lstm", "lstm-one", header="order: 2")
    write(bank, "day3/gru", "lstm-two")
    assert Library(bank).find("lstm-two").section == "gru"


def test_the_shipped_bank_is_the_one_that_is_indexed_by_default() -> None:
    """A library without a root is the shipped one, and its index is found again under the same name."""
    Library().rows(Selection(stage="ops"))
    names = [path.name for path in index_files()]
    Library(bank_root()).rows(Selection(stage="ops"))
    assert [path.name for path in index_files()] == names


def test_a_plan_is_kept_without_parsing_and_does_not_hide_a_fault_from_a_list(
    bank: Path, opened: list[str], loaded: list[str], settled: None
) -> None:
    """What the raw bytes told is enough for the next plan, and never for what only parsing knows."""
    (bank / "questions/day3/lstm.yaml").write_text(
        "section: lstm\nday: 3\ntitle: t\nquestions:\n- id: lost\n  kind: what\n", encoding="utf-8"
    )
    before = Library(bank).profiles(), Library(bank).all_ids(), Library(bank).sections()
    opened.clear()
    assert (Library(bank).profiles(), Library(bank).all_ids(), Library(bank).sections()) == before
    assert opened == loaded == []
    for _ in range(2):
        with pytest.raises(BankError):
            listed(bank, day=3)
    assert listed(bank, stage="ml") == ["svm-one"]


@pytest.mark.parametrize("first", [False, True])
def test_an_outline_of_a_section_has_no_other_sections_questions(bank: Path, first: bool) -> None:
    """Neither that of a section whose name begins alike, nor one whose text speaks of it; listed before or not."""
    write(bank, "day3/lstm-more", "more-one", header="# section: lstm")
    if first:
        listed(bank)
    assert [one.id for one in Library(bank).outline(Selection(section="lstm"))] == ["lstm-one", "lstm-two"]


def test_an_unknown_id_is_looked_for_only_in_what_is_not_known(bank: Path, opened: list[str], settled: None) -> None:
    """A slip of the fingers must not cost the reading of a whole bank."""
    listed(bank)
    write(bank, "ml/new", "new-one", chapter="2-1")
    opened.clear()
    with pytest.raises(UnknownIdError):
        Library(bank).find("lstm-on")
    assert set(opened) == {"new.yaml"}
    assert Library(bank).find("new-one").section == "new"


def test_a_file_whose_name_is_no_text_is_listed_although_it_is_not_kept(bank: Path) -> None:
    """Some file systems take any bytes for a name."""
    write(bank, "ml/odd", "odd-one", chapter="2-1")
    folder = bank / "questions/ml"
    try:
        (folder / "odd.yaml").rename(folder / "\udcff.yaml")
    except (OSError, UnicodeError):
        pytest.skip("this file system takes no such name")
    assert "odd-one" in [one.id for one in Library(bank).outline(EVERY)]
    assert Library(bank).find("odd-one").id == "odd-one"
