"""A mock exam as it was set, what happened in it, and the questions that went out on a phone's page."""

from __future__ import annotations

from typing import Literal

from quizdl.model.asked import Asked
from quizdl.model.base import Framework, Record
from quizdl.model.place import Selection


class ExamSheet(Record, frozen=True, kw_only=True):
    """An exam as it was set: drawn once, never changed.

    questions: in exam form, each a choice between four, in the order they are asked; a set's stand side by side.
    at: Unix time. minutes: how long it takes. clock: whether it runs on while nobody sits at the exam.
    pass_line, weights: per cent, estimates. selection, no_disputed: what it was drawn from.
    form: `paper` where the answers come back as a file.
    """

    id: str
    at: float
    minutes: float
    seed: int
    clock: Literal["running", "paused"]
    pass_line: int
    framework: Framework
    weights: dict[str, float]
    quizdl: str
    questions: tuple[Asked, ...]
    selection: Selection = Selection()
    no_disputed: bool = False
    form: Literal["screen", "paper"] = "screen"


class ExamEvent(Record, frozen=True, kw_only=True):
    """Something that happened in an exam; where a sitting stands is a fold over these.

    number: the question's place from 0; -1 for resume, tick and finish. letter: of `choose` alone. at: Unix time.
    elapsed: seconds on the exam's clock. resume: somebody sits down again; the time since the last event was nobody's.
    """

    kind: Literal["choose", "clear", "flag", "unflag", "visit", "resume", "tick", "finish"]
    number: int
    at: float
    elapsed: float
    letter: str = ""


class PhonePack(Record, frozen=True, kw_only=True):
    """A menu written as one page for a phone, as it was drawn; what comes back names its questions by their places.

    at: Unix time. questions: each a choice between four.
    """

    id: str
    at: float
    seed: int
    quizdl: str
    questions: tuple[Asked, ...]
