"""The order in which questions are asked."""

from __future__ import annotations

from collections.abc import Callable

from quizdl.model import Listed, Past
from quizdl.study.queue import latest, missed, study_order


def _question(question_id: str, group: str | None = None) -> Listed:
    return Listed(id=question_id, set=group)


def _ids(questions: list[Listed]) -> list[str]:
    return [question.id for question in questions]


def test_new_questions_come_first_then_missed_then_known_ones_longest_unseen_first(past: Callable[..., Past]) -> None:
    """The order a learner would choose."""
    bank = [_question(name) for name in ("known-late", "known-early", "missed", "new-1", "new-2")]
    last = latest([past("known-early", at=1), past("missed", "wrong", at=2), past("known-late", at=3)])
    assert _ids(study_order(bank, last)) == ["new-1", "new-2", "missed", "known-early", "known-late"]


def test_a_set_stays_together_at_its_neediest_question(past: Callable[..., Past]) -> None:
    """One missed question brings its whole set, in the bank's order."""
    bank = [_question("a", "s"), _question("b", "s"), _question("c")]
    last = latest([past("a", at=1), past("b", "wrong", at=2), past("c", at=0)])
    assert _ids(study_order(bank, last)) == ["a", "b", "c"]


def test_only_the_last_attempt_that_was_not_taken_back_counts(past: Callable[..., Past]) -> None:
    """A later right answer forgives; an undone one does not exist."""
    last = latest([past("a", "wrong", at=1), past("a", at=2), past("a", "wrong", at=3, undone=True)])
    assert last["a"].verdict == "correct"


def test_a_partial_answer_is_missed_and_a_new_question_is_not(past: Callable[..., Past]) -> None:
    """Anything short of correct comes back; what was never asked was never missed."""
    bank = [_question("a"), _question("b"), _question("c")]
    assert _ids(missed(bank, latest([past("a", "partial"), past("b")]))) == ["a"]
