"""An exam's score: whole per cents, rounded down, so that what is shown agrees with the pass line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from quizdl.model import Asked, Attempt, Numeric, Verdict
from quizdl.report.score import Part, score_of
from quizdl.text import same


def _attempt(chapter: str, right: bool, answer: str = "A") -> Attempt:
    question = Numeric(
        id="q", chapter=chapter, prompt=same("?"), explanation=same("!"), source=("s",), answer="1", points=3
    )
    return Attempt(
        id="a",
        question_id="q",
        version="",
        seed=0,
        quizdl="0",
        at=0.0,
        mode="exam",
        session="e",
        asked=Asked(question=question, seed=0, prompt=same("?"), explanation=same("!"), key=("1",)),
        answer=answer,
        verdict=Verdict(verdict="correct" if right else "wrong", score=float(right), passed=int(right), total=1),
    )


def test_areas_are_those_of_the_real_report() -> None:
    """Chapters 3 and 4 are one area; a number of no syllabus counts in the total alone; points do not count."""
    marks = [("1-1", True), ("3-5-1", True), ("4-2", False), ("5-1", False), ("9-9", True)]
    score = score_of([_attempt(*mark) for mark in marks], 60)
    assert score.areas == {"math": Part(1, 1), "dl": Part(1, 2), "ops": Part(0, 1)}
    assert list(score.areas) == ["math", "dl", "ops"]
    assert score.total == Part(3, 5)
    assert (score.total.percent, score.passed) == (60, True)


def test_an_unanswered_question_is_not_right_and_not_answered() -> None:
    """It is in the total all the same."""
    score = score_of([_attempt("1-1", True), _attempt("1-1", False, "")], 65)
    assert (score.answered, score.total) == (1, Part(1, 2))


@given(st.integers(1, 300), st.data(), st.integers(1, 100))
def test_the_per_cent_shown_is_at_the_line_exactly_where_the_exam_is_passed(
    count: int, data: st.DataObject, line: int
) -> None:
    """Nobody is shown 65 % and told that it is below 65 %."""
    right = data.draw(st.integers(0, count))
    score = score_of([_attempt("2-1", number < right) for number in range(count)], line)
    assert score.passed == (score.total.percent >= line)
