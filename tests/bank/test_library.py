"""The library reads as little as it can, and a broken file breaks only what is in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from quizdl.bank import Library
from quizdl.errors import BankError, UnknownIdError
from quizdl.model import Selection
from small_banks import write


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """Two days and a stage, with one broken file on day 2."""
    write(tmp_path, "day3/lstm", "lstm-one", "lstm-two", header="order: 2")
    write(tmp_path, "day3/lstm_code", "lstm-three", chapter="3-5-2")
    write(tmp_path, "day3/attention", "attention-one", kind="numeric", chapter="3-50")
    write(tmp_path, "day3/rnn", "rnn-one", header="order: 1")
    write(tmp_path, "ml/svm", "svm-one", chapter="2-1")
    path = tmp_path / "questions/day2/broken.yaml"
    path.parent.mkdir()
    path.write_text("section: broken\nquestions: [ # lstm-one is spoken of here\n", encoding="utf-8")
    return tmp_path


def ids(bank: Path, **selection: object) -> list[str]:
    return [question.id for question in Library(bank).select(Selection(**selection))]  # type: ignore[arg-type]


def test_sections_follow_their_order_and_stay_together(bank: Path) -> None:
    """`order:` of one file places its whole section; sections without one come last, by name."""
    assert ids(bank, day=3) == ["rnn-one", "lstm-one", "lstm-two", "lstm-three", "attention-one"]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ({"section": "lstm"}, ["lstm-one", "lstm-two", "lstm-three"]),
        ({"day": 3, "kind": "numeric"}, ["attention-one"]),
        ({"day": 3, "chapter": "3-5"}, ["rnn-one", "lstm-one", "lstm-two", "lstm-three"]),
        ({"chapter": "3-5-2"}, ["lstm-three"]),
        ({"stage": "ml"}, ["svm-one"]),
        ({"stage": "ml", "day": 3}, []),
        ({"day": 9}, []),
        ({"section": "nowhere"}, []),
        ({"section": "lst"}, []),
    ],
)
def test_a_selection_takes_what_matches(bank: Path, selection: dict[str, object], expected: list[str]) -> None:
    """Each part narrows the selection; the broken file of another section disturbs nobody."""
    assert ids(bank, **selection) == expected


def test_only_files_that_may_hold_a_question_are_parsed(bank: Path, loaded: list[str]) -> None:
    """A day's files for a day, a section's for a section, one for an id: start-up does not grow with the bank."""
    ids(bank, section="rnn")
    assert loaded == ["rnn.yaml"]
    Library(bank).find("svm-one")
    assert loaded == ["rnn.yaml", "svm.yaml"]


def test_a_file_is_parsed_once(bank: Path, loaded: list[str]) -> None:
    """Whoever asks for every question one by one pays for each once, and for none after the whole file was wanted."""
    one = Library(bank)
    for name in ("lstm-one", "lstm-two", "lstm-one"):
        assert one.find(name).id == name
    assert loaded == ["lstm.yaml"] * 2
    one.select(Selection(section="lstm"))
    assert one.find("lstm-three").id == "lstm-three"
    assert loaded == ["lstm.yaml", "lstm.yaml", "lstm.yaml", "lstm_code.yaml"]


def test_a_question_found_alone_is_the_one_of_the_whole_file() -> None:
    """In every field, its place and its set included, for every question that is shipped."""
    one = Library()
    whole = {question.id: question for question in Library().select(Selection())}
    assert {name: one.find(name) for name in whole} == whole


def test_a_fault_elsewhere_in_the_file_does_not_hide_a_question(bank: Path) -> None:
    """It is the business of those who ask for that question, or for the whole file."""
    path = bank / "questions/ml/svm.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "- id: lost\n  kind: what\n", encoding="utf-8")
    assert Library(bank).find("svm-one").id == "svm-one"
    with pytest.raises(BankError):
        Library(bank).find("lost")


def test_a_broken_file_breaks_only_its_own_questions(bank: Path) -> None:
    """`lstm-one` is found although the broken file mentions it; what lies on day 2 is told as that file's fault."""
    assert Library(bank).find("lstm-one").section == "lstm"
    with pytest.raises(BankError) as raised:
        ids(bank, day=2)
    assert "broken.yaml:" in str(raised.value.where)


def test_a_question_in_a_broken_file_is_told_as_that_files_fault(bank: Path) -> None:
    """An id that stands in a file that cannot be read is not called unknown."""
    path = bank / "questions/day2/broken.yaml"
    path.write_text("section: broken\nday: 2\ntitle: t\nquestions:\n- id: lost\n  kind: what\n", encoding="utf-8")
    with pytest.raises(BankError) as raised:
        Library(bank).find("lost")
    assert str(raised.value.where).endswith("broken.yaml:6:9")


@pytest.mark.parametrize(
    ("typed", "meant"), [("lstm-on", "lstm-one"), ("ltsm-three", "lstm-three"), ("svm_one", "svm-one"), ("zzz", None)]
)
def test_an_unknown_id_is_guessed_at(bank: Path, typed: str, meant: str | None) -> None:
    """A slip is answered with the id that was probably meant, and always with the command to type next."""
    with pytest.raises(UnknownIdError) as raised:
        Library(bank).find(typed)
    hint = raised.value.hint
    assert hint is not None
    assert "quizdl list" in hint.en
    assert (meant is None) == ("Did you mean" not in hint.en)
    assert meant is None or meant in hint.en


@pytest.mark.parametrize("typed", ["", " ", "\x1b[31m", "lstm-one\n", "a" * 10_000, "\ud800", "id: lstm-one", ".*"])
def test_nothing_typed_as_an_id_crashes(bank: Path, typed: str) -> None:
    """Whatever is typed, the answer is that there is no such question, and it is safe to print."""
    with pytest.raises(UnknownIdError) as raised:
        Library(bank).find(typed)
    assert "\x1b" not in raised.value.message.en
    assert len(raised.value.message.en) < 200


def test_all_ids_are_known_without_parsing(bank: Path, loaded: list[str]) -> None:
    """Lists of ids cost a scan of bytes, even with a broken file among them."""
    assert Library(bank).all_ids() == ["svm-one", "attention-one", "lstm-one", "lstm-two", "lstm-three", "rnn-one"]
    assert loaded == []


def test_the_scan_finds_what_parsing_finds() -> None:
    """In the shipped bank, ids found in raw bytes are those of the questions, no mistake's and no option's."""
    shipped = Library()
    assert sorted(shipped.all_ids()) == sorted(question.id for question in shipped.select(Selection()))


def test_a_bank_without_questions_is_empty(tmp_path: Path) -> None:
    """A folder that holds nothing is an empty bank, not an error."""
    assert Library(tmp_path).all_ids() == []
    assert ids(tmp_path) == []


def test_editors_files_and_folders_are_not_bank_files(bank: Path) -> None:
    """Lock files, backups and folders beside bank files are passed over."""
    day = bank / "questions/day3"
    (day / ".#lstm.yaml").symlink_to("nowhere")
    (day / "lstm.yaml~").write_text("[", encoding="utf-8")
    (day / "folder.yaml").mkdir()
    assert len(ids(bank, day=3)) == 5


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a file that its owner cannot read")
def test_an_unreadable_file_is_told(bank: Path) -> None:
    """A file without permission to read is a fault when it is wanted, and no obstacle otherwise."""
    (bank / "questions/day3/rnn.yaml").chmod(0)
    assert Library(bank).find("lstm-one")
    with pytest.raises(BankError):
        ids(bank, day=3)


def test_the_outline_is_the_selection_without_parsing(bank: Path, loaded: list[str]) -> None:
    """Ids and sets come in the order of `select`; only a kind or a chapter has to look inside."""
    for chosen in (Selection(day=3), Selection(section="lstm"), Selection(stage="ml")):
        assert [one.id for one in Library(bank).outline(chosen)] == ids(
            bank, **{name: getattr(chosen, name) for name in ("day", "section", "stage")}
        )
    loaded.clear()
    Library(bank).outline(Selection(day=3))
    assert loaded == []
    chaptered = Library(bank).outline(Selection(day=3, chapter="3-5-2"))
    assert [one.id for one in chaptered] == ids(bank, day=3, chapter="3-5-2")


def test_the_shipped_outline_knows_every_set() -> None:
    """On the real bank the raw bytes tell the same ids, sets and order as reading every question."""
    read = [(one.id, one.set.id if one.set else None) for one in Library().select(Selection())]
    assert [(one.id, one.set) for one in Library().outline(Selection())] == read
