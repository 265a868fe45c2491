"""What a learner was shown: one variant of a question, with its values filled in and its key."""

from __future__ import annotations

from quizdl.figures import FigureValue
from quizdl.model.base import Kind, Record
from quizdl.model.question import Question
from quizdl.text import Text


class AskedOption(Record, frozen=True, kw_only=True):
    """An option (of a choice) or a step (of an order) as shown, with the letter it was shown under."""

    letter: str
    id: str
    text: Text
    correct: bool = False
    why: Text | None = None


class AskedMistake(Record, frozen=True, kw_only=True):
    """A known wrong answer on this draw, in the same form as `Asked.key`."""

    id: str
    answer: tuple[str, ...]
    why: Text


class Figure(Record, frozen=True, kw_only=True):
    """What `screen/figures` draws on this draw: one of `quizdl.figures.FIGURES` and its values."""

    name: str
    values: dict[str, FigureValue] = {}


class Asked(Record, frozen=True, kw_only=True):
    """One variant of a question, as the learner saw it. It is stored with the attempt.

    key, always text: choice → ids of the right options · numeric → one number, to 12 digits ·
    shape → one whole number an axis · expression → one formula with the drawn values filled in ·
    term → every accepted word · order → the steps' 1-based numbers · code → the fill, or the worked solution ·
    essay → the rubric's ids.
    mistakes: those that differ from the key and from one another on this draw. For code they are ids and fills
    or whole patched solutions; for choice they are empty (the options carry their reasons).
    form_of: the kind of the question that this is the exam form of; None where it is asked as it was written.
    """

    question: Question
    seed: int
    prompt: Text
    explanation: Text
    key: tuple[str, ...]
    values: dict[str, int | float | str] = {}
    stem: Text | None = None
    code: str | None = None
    figure: Figure | None = None
    hints: tuple[Text, ...] = ()
    options: tuple[AskedOption, ...] = ()
    mistakes: tuple[AskedMistake, ...] = ()
    form_of: Kind | None = None
