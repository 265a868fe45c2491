"""Grades a finished exam into attempts. Their ids follow from the exam's, so that none can be recorded twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from quizdl import __version__
from quizdl.model import Attempt
from quizdl.study.exam import Sitting, results

if TYPE_CHECKING:
    from quizdl.record import Store


def attempts_of(sitting: Sitting, *, at: float, mode: Literal["exam", "paper"] = "exam") -> list[Attempt]:
    """One attempt a question, in order; their session is the exam's id. at: Unix time of handing in.

    An unanswered question is an attempt too, with an empty answer.
    """
    from quizdl.grading import grade

    sheet = sitting.sheet
    return [
        Attempt(
            id=f"{sheet.id}-{number}",
            question_id=asked.question.id,
            version=asked.question.version,
            seed=asked.seed,
            quizdl=__version__,
            at=at,
            mode=mode,
            session=sheet.id,
            asked=asked,
            answer=answer.text,
            verdict=grade(asked, answer),
            thinking_seconds=sitting.spent[number],
        )
        for number, (asked, answer) in enumerate(results(sitting))
    ]


def recorded(store: Store, exam_id: str) -> list[Attempt]:
    """The attempts of an exam that was graded before, in the order of its questions."""
    return [store.attempt(past.attempt_id) for past in store.past(session=exam_id)]
