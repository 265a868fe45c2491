"""A class in numbers: how the scores lie, what each question tells apart, which mistakes were made, who chose what.

Everything is counted from marks under keyed ids; no name gets in here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import product
from types import MappingProxyType
from typing import Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from quizdl.batch.records import Line
from quizdl.model import Asked, Outcome
from quizdl.report.causes import group_of
from quizdl.report.psychometrics import Spread, cronbach_alpha, discrimination, histogram, spread
from quizdl.text import Text

FEW_LEARNERS = 30
"""Below this many, discrimination and reliability are mostly chance."""

MOST_MISTAKES = 10

State: TypeAlias = Literal["correct", "partial", "wrong", "stopped", "grader_error", "not_submitted"]
"""What became of a learner's question, as far as a chart tells it apart."""

STATES: tuple[State, ...] = ("correct", "partial", "wrong", "stopped", "grader_error", "not_submitted")
_PLAIN: dict[Outcome, State] = {
    "correct": "correct",
    "partial": "partial",
    "near_miss": "partial",
    "wrong": "wrong",
    "grader_error": "grader_error",
}


class _Record(msgspec.Struct, frozen=True, kw_only=True):
    """Immutable, and named field by field where it is made."""


class Origin(_Record, frozen=True, kw_only=True, order=True):
    """What a submission was graded with: enough to grade it again."""

    question: str
    version: str
    seed: int
    input_seed: int
    engine: str
    numpy: str
    quizdl: str
    level: str


class Mark(_Record, frozen=True, kw_only=True):
    """How a learner stands at a question, in few words: a class has many.

    verdict, graded, mistake, origin: what the grader said, None where nothing was handed in. score: 0 to 1 as it
    counts, None where there is nothing to count. by_hand: why a person changed it; None where nobody did.
    """

    learner: str
    question: str
    verdict: Outcome | None = None
    graded: float | None = None
    score: float | None = None
    mistake: str | None = None
    origin: Origin | None = None
    by_hand: str | None = None

    @property
    def state(self) -> State:
        """The verdict as charts tell it apart: all that did not run to its end is one."""
        return "not_submitted" if self.verdict is None else _PLAIN.get(self.verdict, "stopped")


def mark_of(learner: str, question: str, line: Line | None, by_hand: tuple[float, str] | None = None) -> Mark:
    """The mark of the line that counts. by_hand: score and reason, which win over the grader."""
    if line is None:
        mark = Mark(learner=learner, question=question)
    else:
        graded = None if line.verdict == "grader_error" else line.score
        mark = Mark(
            learner=learner,
            question=question,
            verdict=line.verdict,
            graded=graded,
            score=graded if line.counts is None else line.counts,
            mistake=line.mistake,
            origin=_origin(question, *(getattr(line, name) for name in Origin.__struct_fields__[1:])),
        )
    return mark if by_hand is None else replace(mark, score=by_hand[0], by_hand=by_hand[1])


@lru_cache(maxsize=1024)
def _origin(*fields: str | int) -> Origin:
    """One for all that were graded alike."""
    return msgspec.convert(dict(zip(Origin.__struct_fields__, fields, strict=True)), Origin)


class Item(_Record, frozen=True, kw_only=True):
    """A question in numbers. mean: of the scores of those who handed it in, its difficulty; 1 is easiest.

    discrimination: against the sum of the other questions, over those who handed in all of them.
    """

    asked: Asked
    verdicts: dict[str, int]
    states: dict[State, int]
    submitted: int
    mean: float | None
    discrimination: float | None

    @property
    def id(self) -> str:
        """The question's."""
        return self.asked.question.id

    @property
    def correct(self) -> int:
        """How many got full marks from the grader."""
        return self.states["correct"]


class Mistake(_Record, frozen=True, kw_only=True):
    """A named mistake at one question. of: how many were graded there. example: somebody's, without its comments."""

    question: str
    name: str
    count: int
    of: int
    why: Text | None
    example: str | None


class Choice(_Record, frozen=True, kw_only=True):
    """An option of a question. id: None for answers that name no single option. rest: mean percentage that those who
    chose it have of the other questions; None where there is no such question.
    """

    question: str
    id: str | None
    text: Text | None
    correct: bool
    count: int
    share: float
    rest: float | None


class Course(_Record, frozen=True, kw_only=True):
    """Everything that the class's report tells in numbers.

    learners: everybody; active: who handed in anything; complete: who has a score everywhere, for α.
    totals: percentage of all points by learner, those alone who handed in anything.
    """

    learners: tuple[str, ...]
    items: tuple[Item, ...]
    marks: dict[tuple[str, str], Mark]
    totals: dict[str, float]
    complete: int
    spread: Spread | None
    bins: tuple[int, ...]
    alpha: float | None
    mistakes: tuple[Mistake, ...]
    choices: tuple[Choice, ...]
    origins: tuple[tuple[Origin, int], ...]

    @property
    def active(self) -> int:
        """How many handed in anything."""
        return len(self.totals)

    @property
    def is_small(self) -> bool:
        """Whether α and discrimination are mostly chance."""
        return self.complete < FEW_LEARNERS


def course(
    asked: Sequence[Asked],
    learners: Sequence[str],
    marks: Iterable[Mark],
    examples: Mapping[tuple[str, str], str] = MappingProxyType({}),
) -> Course:
    """The class in numbers.

    asked: the questions in their order. learners: keyed ids. marks: at most one for a learner and a question.
    examples: (question, mistake) → code of somebody's.
    """
    wanted, everybody = {one.question.id: one for one in asked}, set(learners)
    of = {(one.learner, one.question): one for one in marks if one.question in wanted and one.learner in everybody}
    for pair in product(learners, wanted):
        if pair not in of:
            of[pair] = Mark(learner=pair[0], question=pair[1])
    points = {one.question.id: one.question.points for one in asked}
    totals = {who: total for who in learners if (total := _total(who, points, of)) is not None}
    table = _complete(learners, asked, of)
    return Course(
        learners=tuple(learners),
        items=tuple(_item(place, one, learners, of, table) for place, one in enumerate(asked)),
        marks=of,
        totals=totals,
        complete=len(table),
        spread=spread(list(totals.values())),
        bins=histogram(list(totals.values())),
        alpha=cronbach_alpha(table),
        mistakes=_mistakes(asked, learners, of, examples),
        choices=tuple(choice for one in asked for choice in _choices(one, learners, points, of)),
        origins=_origins(asked, of),
    )


_Marks: TypeAlias = Mapping[tuple[str, str], Mark]


def _total(who: str, points: Mapping[str, int], of: _Marks, without: str | None = None) -> float | None:
    """Per cent of the points that could be earned; what the grader could not grade is left out, what is missing is 0.

    None of somebody who handed in nothing.
    """
    marks = [of[who, one] for one in points if one != without]
    if all(mark.verdict is None and mark.score is None for mark in marks):
        return None
    counted = [mark for mark in marks if mark.score is not None or mark.verdict is None]
    possible = sum(points[mark.question] for mark in counted)
    earned = sum(points[mark.question] * (mark.score or 0.0) for mark in counted)
    return 100 * earned / possible if possible else None


def _complete(learners: Iterable[str], asked: Sequence[Asked], of: _Marks) -> list[list[float]]:
    """Points by question, of those who have a score everywhere."""
    rows = ([(of[who, one.question.id].score, one.question.points) for one in asked] for who in learners)
    return [
        [score * points for score, points in row if score is not None]
        for row in rows
        if row and all(score is not None for score, _ in row)
    ]


def _item(place: int, asked: Asked, learners: Iterable[str], of: _Marks, table: Sequence[Sequence[float]]) -> Item:
    marks = [of[who, asked.question.id] for who in learners]
    scores = [mark.score for mark in marks if mark.score is not None]
    states = Counter(mark.state for mark in marks)
    return Item(
        asked=asked,
        verdicts=dict(Counter(mark.verdict or "not_submitted" for mark in marks)),
        states={state: states[state] for state in STATES},
        submitted=sum(mark.verdict is not None for mark in marks),
        mean=sum(scores) / len(scores) if scores else None,
        discrimination=discrimination(table, place),
    )


def _mistakes(
    asked: Sequence[Asked], learners: Sequence[str], of: _Marks, examples: Mapping[tuple[str, str], str]
) -> tuple[Mistake, ...]:
    """The most frequent first; of equal ones as the questions come."""
    found = []
    for one in asked:
        marks = [of[who, one.question.id] for who in learners]
        graded = sum(mark.verdict is not None for mark in marks)
        for name, count in sorted(Counter(mark.mistake for mark in marks if mark.mistake).items()):
            found.append(
                Mistake(
                    question=one.question.id,
                    name=name,
                    count=count,
                    of=graded,
                    why=why_of(one, name),
                    example=examples.get((one.question.id, name)),
                )
            )
    return tuple(sorted(found, key=lambda one: -one.count)[:MOST_MISTAKES])


def why_of(asked: Asked, mistake: str) -> Text | None:
    """The author's reason against a wrong option or a known wrong answer; of a generic one, its group."""
    of_options = {option.id: option.why for option in asked.options}
    known = {one.id: one.why for one in getattr(asked.question, "mistakes", ())}
    drawn = {one.id: one.why for one in asked.mistakes}  # with the values of this variant
    return of_options.get(mistake) or {**known, **drawn}.get(mistake) or group_of(mistake)


def _choices(asked: Asked, learners: Sequence[str], points: Mapping[str, int], of: _Marks) -> list[Choice]:
    """How often each option was chosen, in the order they were shown; none of a question that is no choice."""
    if asked.question.kind != "choice":
        return []
    right = [option.id for option in asked.options if option.correct]
    chosen: dict[str | None, list[str]] = {option.id: [] for option in asked.options}
    for who in learners:
        mark = of[who, asked.question.id]
        if mark.verdict is not None:
            chosen.setdefault(_chosen(mark, right, chosen), []).append(who)
    count = sum(map(len, chosen.values()))
    texts = {option.id: option.text for option in asked.options}
    return [
        Choice(
            question=asked.question.id,
            id=option,
            text=texts.get(option) if option is not None else None,
            correct=option in right,
            count=len(group),
            share=len(group) / count if count else 0.0,
            rest=_mean_rest(group, asked.question.id, points, of),
        )
        for option, group in chosen.items()
    ]


def _chosen(mark: Mark, right: Sequence[str], known: Iterable[str | None]) -> str | None:
    """The option that a mark tells of; None where several were chosen, or nothing readable."""
    if mark.verdict == "correct":
        return right[0] if len(right) == 1 else None
    return mark.mistake if mark.mistake in set(known) else None


def _mean_rest(group: Sequence[str], question: str, points: Mapping[str, int], of: _Marks) -> float | None:
    found = [rest for who in group if (rest := _total(who, points, of, without=question)) is not None]
    return sum(found) / len(found) if found else None


def _origins(asked: Sequence[Asked], of: _Marks) -> tuple[tuple[Origin, int], ...]:
    """With how many each; one a question, unless the class was graded with more than one version."""
    counts = Counter(mark.origin for mark in of.values() if mark.origin is not None)
    places = {one.question.id: place for place, one in enumerate(asked)}
    return tuple(sorted(counts.items(), key=lambda row: (places[row[0].question], -row[1], row[0])))
