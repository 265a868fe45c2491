"""What came of it: an answer, the verdict on it, and what the record keeps of both."""

from __future__ import annotations

from typing import Literal

from quizdl.model.asked import Asked
from quizdl.model.base import Mode, Outcome, Record, Stage
from quizdl.text import Text


class Answer(Record, frozen=True, kw_only=True):
    """What a learner gave.

    text: as typed (a letter, a number, maths, a word, a fill, an explanation, or a whole function's source).
    source: a submitted file's bytes, for code alone; wins over text.
    confirmed: for an essay, the ids of the rubric points that the learner says are there; None where nobody was asked.
    """

    text: str = ""
    source: bytes | None = None
    confirmed: tuple[str, ...] | None = None


class Counterexample(Record, frozen=True, kw_only=True):
    """One shrunk case on which the code is wrong; values are short printed forms, sanitised.

    difference: got − expected, where both are numbers of one shape.
    """

    inputs: dict[str, str]
    expected: str
    got: str
    difference: str = ""


class Verdict(Record, frozen=True, kw_only=True):
    """What the grader says of one answer.

    score: 0 to 1. passed, total: cases for code, 1 or 0 of 1 elsewhere (pairs for order, points for essay).
    mistake: a named mistake's id, `generic:<name>`, or None. feedback: sentences for the learner, sanitised.
    parsed: how the answer was read (the echo), where that is not the answer itself.
    isolation: the layers really applied, for code. seconds: grading time. input_seed: None where no input is drawn.
    """

    verdict: Outcome
    score: float
    passed: int
    total: int
    mistake: str | None = None
    feedback: tuple[Text, ...] = ()
    counterexample: Counterexample | None = None
    isolation: tuple[str, ...] = ()
    input_seed: int | None = None
    seconds: float = 0.0
    parsed: str | None = None


class Attempt(Record, frozen=True, kw_only=True):
    """One answered question, as the record keeps it. `at` is Unix time in seconds (UTC)."""

    id: str
    question_id: str
    version: str
    seed: int
    quizdl: str
    at: float
    mode: Mode
    session: str
    asked: Asked
    answer: str
    verdict: Verdict
    hints_used: int = 0
    thinking_seconds: float = 0.0


class Past(Record, frozen=True, kw_only=True):
    """An earlier attempt without what was asked: enough to choose the next question and to count.

    undone: the learner took it back. `at` is Unix time, `seconds` the time taken to think.
    """

    attempt_id: str
    question_id: str
    version: str
    seed: int
    at: float
    verdict: Outcome
    score: float
    mode: Mode
    session: str
    section: str
    chapter: str
    day: int | None = None
    stage: Stage | None = None
    points: int = 1
    mistake: str | None = None
    hints_used: int = 0
    seconds: float = 0.0
    undone: bool = False


class Event(Record, frozen=True, kw_only=True):
    """A fact that is not an answer: a flag set or cleared, an attempt taken back, a question disputed or skipped."""

    id: str
    kind: Literal["flag", "unflag", "undo", "dispute", "skip"]
    question_id: str
    at: float
    session: str
    attempt_id: str | None = None
    seed: int | None = None
    version: str | None = None
    comment: str = ""
