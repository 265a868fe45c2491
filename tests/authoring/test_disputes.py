"""Disputes go to an author as a file, and the same answers are graded again by today's bank."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.authoring.disputes import Dispute, read_disputes, replay, written
from quizdl.errors import InputError
from quizdl.paths import bank_root

from .conftest import BLANK, HEADER, NUMBER


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A course's own bank."""
    path = tmp_path / "course/questions/day3/sample.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(HEADER + NUMBER + BLANK, encoding="utf-8")
    return tmp_path / "course"


def told(root: Path, *disputes: Dispute) -> list[str]:
    return [f"{one.message.en} [{one.hint.en if one.hint else ''}]" for one in replay(root, disputes).warnings]


def test_an_answer_is_graded_as_it_was_asked(bank: Path) -> None:
    """Seed and input seed are those of the dispute; what changed since is said."""
    same = Dispute(id="course.a-number", seed=3, answer="5", verdict="wrong", comment="why?", version="0" * 12)
    fill = Dispute(id="course.a-blank", answer="1 - np.tanh(x)**2", input_seed=4, verdict="wrong")
    first, second = told(bank, same, fill)
    assert "a-number --seed 3: The answer '5' is graded wrong. The question has changed since. [why?]" in first
    assert "was graded wrong and is now correct" in second


def test_a_finding_stands_at_its_question(bank: Path) -> None:
    """An author jumps to it; a question that is gone has no place."""
    found = replay(bank, [Dispute(id="course.a-number", comment="odd"), Dispute(id="course.gone", answer="1")]).warnings
    assert found[0].where == "questions/day3/sample.yaml:6:3"
    assert "before it was answered" in found[0].message.en
    assert "no such question any more" in found[1].message.en


def test_disputes_of_other_banks_are_passed_over_and_counted(bank: Path) -> None:
    """Each bank's author looks into his own."""
    mine, theirs = Dispute(id="course.a-number", answer="1"), Dispute(id="chain-rule", answer="x")
    assert [replay(root, [mine, theirs]).counts["elsewhere"] for root in (bank, bank_root())] == [1, 1]
    assert "chain-rule" in told(bank_root(), mine, theirs)[0]


def test_what_a_learner_wrote_cannot_steer_the_terminal(bank: Path) -> None:
    """Answers and comments are foreign text."""
    (line,) = told(bank, Dispute(id="course.a-number", answer="\x1b[2J5", comment="\x1b]0;x\x07\u202eodd"))
    assert line.isprintable()


TEXTS = st.text(st.characters(blacklist_categories=("Cs",)), max_size=30)


@given(st.builds(Dispute, id=TEXTS, seed=st.integers(0, 2**31), answer=st.none() | TEXTS, comment=TEXTS))
def test_a_written_dispute_is_read_as_it_was(tmp_path_factory: pytest.TempPathFactory, dispute: Dispute) -> None:
    """Whatever was typed."""
    path = tmp_path_factory.mktemp("d") / "disputes.json"
    path.write_bytes(written([dispute], "1.0"))
    assert read_disputes(path) == (dispute,)
    path.write_bytes(json.dumps([json.loads(written([dispute], "1.0"))["disputes"][0]]).encode())
    assert read_disputes(path) == (dispute,)


@given(st.binary(max_size=60).filter(lambda data: data.strip() != b"[]"))
def test_any_other_file_is_told_from_one_of_disputes(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """An error with the path, never a traceback."""
    path = tmp_path_factory.mktemp("d") / "disputes.json"
    path.write_bytes(data)
    with pytest.raises(InputError) as raised:
        read_disputes(path)
    assert raised.value.where == str(path)


@pytest.mark.parametrize("data", [b'{"format": "other", "quizdl": "1", "disputes": []}', b"[" * 9000, b"\xff", b""])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, data: bytes) -> None:
    """The message says how such a file is made."""
    path = tmp_path / "d.json"
    path.write_bytes(data)
    with pytest.raises(InputError) as raised:
        read_disputes(path)
    assert raised.value.hint is not None
    assert "--out" in raised.value.hint.en
