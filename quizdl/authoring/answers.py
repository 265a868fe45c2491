"""Proves that the grader takes a question's key, and knows each of its mistakes by name (all kinds but code)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from quizdl.authoring.subject import Subject
from quizdl.grading import grade
from quizdl.model import Answer, Asked, Choice, Essay, Expression, Numeric, Order, Outcome, Shape, Term
from quizdl.sanitise import printable
from quizdl.text import Text

_MOST_SYMBOLIC = 8
"""Proving two expressions different takes SymPy some 10 ms: so many draws of an expression are proved."""


class Trial(NamedTuple):
    """An answer with the verdict that it must get. path: where the answer is written in the question."""

    answer: Answer
    verdicts: tuple[Outcome, ...]
    mistake: str | None
    path: tuple[str | int, ...]


_WRONG: tuple[Outcome, ...] = ("wrong", "partial", "near_miss")


def prove_answers(subject: Subject, variants: list[Asked]) -> None:
    """Grade the key, the near misses and the mistakes of every variant; report the first surprise of a question."""
    trials_of = _TRIALS.get(type(subject.question))
    if trials_of is None:
        return
    if isinstance(subject.question, Expression):
        variants = variants[:_MOST_SYMBOLIC]
    for asked in variants if subject.question.variables else variants[:1]:
        for trial in trials_of(asked):
            if not _passes(subject, asked, trial):
                return


def _passes(subject: Subject, asked: Asked, trial: Trial) -> bool:
    verdict = grade(asked, trial.answer)
    subject.counts["answers"] += 1
    if verdict.verdict in trial.verdicts and (trial.mistake is None or verdict.mistake == trial.mistake):
        return True
    typed, wanted = printable(trial.answer.text, 80), " / ".join(trial.verdicts)
    name, got = trial.mistake or "-", verdict.mistake or "-"
    subject.fault(
        trial.path,
        Text(
            f"シード {asked.seed} の「{typed}」は {wanted}（{name}）のはずが {verdict.verdict}（{got}）です。",
            f"On seed {asked.seed}, '{typed}' should be graded {wanted} ({name}) but is {verdict.verdict} ({got}).",
        ),
        verdict.feedback[0] if verdict.feedback else None,
    )
    return False


def _typed(asked: Asked, write: Callable[[tuple[str, ...]], str]) -> Iterator[Trial]:
    """The key and each mistake that this draw has, written as a learner writes them."""
    yield Trial(Answer(text=write(asked.key)), ("correct",), None, ("answer",))
    places = {mistake.id: index for index, mistake in enumerate(asked.question.mistakes)}  # type: ignore[union-attr]
    for mistake in asked.mistakes:
        yield Trial(Answer(text=write(mistake.answer)), _WRONG, mistake.id, ("mistakes", places[mistake.id]))


def _choice(asked: Asked) -> Iterator[Trial]:
    right = [option.letter for option in asked.options if option.correct]
    yield Trial(Answer(text=", ".join(right)), ("correct",), None, ("options",))
    places = {option.id: index for index, option in enumerate(asked.question.options)}  # type: ignore[union-attr]
    for option in asked.options:
        if not option.correct:
            yield Trial(Answer(text=option.letter), _WRONG, option.id, ("options", places[option.id]))


def _order(asked: Asked) -> Iterator[Trial]:
    letters = {option.id: option.letter for option in asked.options}
    return _typed(asked, lambda steps: " ".join(letters[step] for step in steps))


def _term(asked: Asked) -> Iterator[Trial]:
    question = asked.question
    if not isinstance(question, Term):
        raise TypeError(question.kind)
    for lang in ("ja", "en"):
        for index, word in enumerate(getattr(question.accept, lang)):
            yield Trial(Answer(text=word), ("correct",), None, ("accept", lang, index))
        for index, word in enumerate(getattr(question.near, lang) if question.near else ()):
            yield Trial(Answer(text=word), ("near_miss",), None, ("near", lang, index))
        for number, mistake in enumerate(question.mistakes):
            for word in getattr(mistake.accept, lang):
                yield Trial(Answer(text=word), ("wrong",), mistake.id, ("mistakes", number))


def _essay(asked: Asked) -> Iterator[Trial]:
    yield Trial(Answer(text="x", confirmed=asked.key), ("correct",), None, ("rubric",))
    yield Trial(Answer(text="x", confirmed=()), ("wrong", "partial"), None, ("rubric",))


_TRIALS: dict[type, Callable[[Asked], Iterator[Trial]]] = {
    Choice: _choice,
    Numeric: lambda asked: _typed(asked, lambda key: key[0]),
    Shape: lambda asked: _typed(asked, lambda key: f"({', '.join(key)},)"),
    Expression: lambda asked: _typed(asked, lambda key: key[0]),
    Term: _term,
    Order: _order,
    Essay: _essay,
}
