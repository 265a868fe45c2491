"""A class in numbers: how the scores lie, what each question tells apart, which mistakes were made, who chose what.

Everything is counted from marks under keyed ids; no name gets in here.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from quizdl.batch.records import Line, Standing, counted
from quizdl.model import Asked, Outcome
from quizdl.report.causes import group_of
from quizdl.report.psychometrics import Spread, Table, cronbach_alpha, discrimination, histogram, spread
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


def mark_of(
    learner: str, question: str, line: Line | Standing | None, by_hand: tuple[float, str] | None = None
) -> Mark:
    """The mark of the line that counts. by_hand: score and reason, which win over the grader."""
    if line is None:
        mark = Mark(learner=learner, question=question)
    else:
        mark = Mark(
            learner=learner,
            question=question,
            verdict=line.verdict,
            graded=None if line.verdict == "grader_error" else line.score,
            score=counted(line),
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
    totals: percentage of all points by learner, those alone who handed in anything. by_hand: what a person changed.
    """

    learners: Collection[str]
    items: tuple[Item, ...]
    marks: Marks
    totals: Totals
    complete: int
    spread: Spread | None
    bins: tuple[int, ...]
    alpha: float | None
    mistakes: tuple[Mistake, ...]
    choices: tuple[Choice, ...]
    origins: tuple[tuple[Origin, int], ...]
    by_hand: tuple[Mark, ...]

    @property
    def active(self) -> int:
        """How many handed in anything."""
        return len(self.totals)

    @property
    def is_small(self) -> bool:
        """Whether α and discrimination are mostly chance."""
        return self.complete < FEW_LEARNERS


class Marks(Mapping[tuple[str, str], Mark]):
    """The mark of every learner at every question, made or looked up when it is wanted: a class has many."""

    def __init__(
        self, asked: Sequence[Asked], learners: Collection[str], known: Mapping[tuple[str, str], Mark]
    ) -> None:
        self.points = {one.question.id: one.question.points for one in asked}
        self.learners, self._known = learners, known

    def __getitem__(self, place: tuple[str, str]) -> Mark:
        return self._known.get(place) or Mark(learner=place[0], question=place[1])

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return ((who, question) for who in self.learners for question in self.points)

    def __len__(self) -> int:
        return len(self.learners) * len(self.points)

    def row(self, who: str) -> list[Mark]:
        """A learner's, in the order of the questions."""
        return [self[who, question] for question in self.points]

    def total(self, row: Iterable[Mark]) -> float | None:
        """Per cent of the points that a learner could earn with these; what the grader could not grade is left out,
        what is missing is 0. None of somebody who handed in nothing.
        """
        marks = list(row)
        if all(mark.verdict is None and mark.score is None for mark in marks):
            return None
        with_points = [mark for mark in marks if mark.score is not None or mark.verdict is None]
        possible = sum(self.points[mark.question] for mark in with_points)
        earned = sum(self.points[mark.question] * (mark.score or 0.0) for mark in with_points)
        return 100 * earned / possible if possible else None


class Totals(Mapping[str, float]):
    """The percentage of everybody who handed in anything, counted when it is wanted."""

    def __init__(self, marks: Marks, count: int) -> None:
        self._marks, self._count = marks, count

    def __getitem__(self, who: str) -> float:
        total = self._marks.total(self._marks.row(who))
        if total is None:
            raise KeyError(who)
        return total

    def __iter__(self) -> Iterator[str]:
        marks = self._marks
        return (who for who in marks.learners if marks.total(marks.row(who)) is not None)

    def __len__(self) -> int:
        return self._count


def course(
    asked: Sequence[Asked],
    learners: Collection[str],
    marks: Mapping[tuple[str, str], Mark],
    examples: Mapping[tuple[str, str], str] = MappingProxyType({}),
) -> Course:
    """The class in numbers, in one reading, learner by learner.

    asked: the questions in their order. learners: keyed ids. marks: by learner and question, as far as there are any.
    examples: (question, mistake) → code of somebody's.
    """
    all_marks = Marks(asked, learners, marks)
    tally = _Tally(asked)
    for who in learners:
        tally.add(all_marks.row(who), all_marks)
    return Course(
        learners=learners,
        items=tuple(one.item(discrimination(tally.table, place)) for place, one in enumerate(tally.items)),
        marks=all_marks,
        totals=Totals(all_marks, len(tally.totals)),
        complete=len(tally.table),
        spread=spread(tally.totals),
        bins=histogram(tally.totals),
        alpha=cronbach_alpha(tally.table),
        mistakes=_mistakes(tally.items, examples),
        choices=tuple(choice for one in tally.items for choice in one.choices()),
        origins=_origins(asked, tally.origins),
        by_hand=tuple(tally.by_hand),
    )


class _Tally:
    """What is counted while the learners go by: numbers alone, so that it is small for any class."""

    def __init__(self, asked: Sequence[Asked]) -> None:
        self.items = [_ItemTally(one) for one in asked]
        self.totals = array("d")
        self.table = Table(len(asked))  # points by question, of those who have a score everywhere
        self.origins: Counter[Origin] = Counter()
        self.by_hand: list[Mark] = []

    def add(self, row: Sequence[Mark], marks: Marks) -> None:
        """One learner's marks, in the order of the questions."""
        total = marks.total(row)
        if total is not None:
            self.totals.append(total)
        points = [mark.score * marks.points[mark.question] for mark in row if mark.score is not None]
        if row and len(points) == len(row):
            self.table.append(points)
        for item, mark in zip(self.items, row, strict=True):
            item.add(mark)
            if item.chosen and mark.verdict is not None:
                item.choose(mark, marks.total(one for one in row if one is not mark))
        self.origins.update(mark.origin for mark in row if mark.origin is not None)
        self.by_hand += [mark for mark in row if mark.by_hand is not None]


class _ItemTally:
    """The same of one question. chosen: of a choice, option → how many, and sum and number of their other totals."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.verdicts: Counter[str] = Counter()
        self.states: Counter[State] = Counter()
        self.mistakes: Counter[str] = Counter()
        self.submitted, self.scored, self.sum = 0, 0, 0.0
        options = asked.options if asked.question.kind == "choice" else ()
        self.chosen: dict[str | None, tuple[int, float, int]] = {option.id: (0, 0.0, 0) for option in options}
        self._right = [option.id for option in options if option.correct]

    def add(self, mark: Mark) -> None:
        """One learner's."""
        self.verdicts[mark.verdict or "not_submitted"] += 1
        self.states[mark.state] += 1
        self.submitted += mark.verdict is not None
        if mark.mistake:
            self.mistakes[mark.mistake] += 1
        if mark.score is not None:
            self.scored += 1
            self.sum += mark.score

    def choose(self, mark: Mark, rest: float | None) -> None:
        """An answer to a choice. rest: what its learner has of the other questions, in per cent."""
        option = _chosen(mark, self._right, self.chosen)
        count, total, number = self.chosen.get(option, (0, 0.0, 0))
        self.chosen[option] = (count + 1, total + (rest or 0.0), number + (rest is not None))

    def item(self, told_apart: float | None) -> Item:
        """In numbers. told_apart: its discrimination."""
        return Item(
            asked=self.asked,
            verdicts=dict(self.verdicts),
            states={state: self.states[state] for state in STATES},
            submitted=self.submitted,
            mean=self.sum / self.scored if self.scored else None,
            discrimination=told_apart,
        )

    def choices(self) -> Iterator[Choice]:
        """How often each option was chosen, in the order they were shown; none of a question that is no choice."""
        everybody = sum(count for count, _, _ in self.chosen.values())
        texts = {option.id: option.text for option in self.asked.options}
        for option, (count, total, number) in self.chosen.items():
            yield Choice(
                question=self.asked.question.id,
                id=option,
                text=texts.get(option) if option is not None else None,
                correct=option in self._right,
                count=count,
                share=count / everybody if everybody else 0.0,
                rest=total / number if number else None,
            )


def _mistakes(items: Iterable[_ItemTally], examples: Mapping[tuple[str, str], str]) -> tuple[Mistake, ...]:
    """The most frequent first; of equal ones as the questions come."""
    found = [
        Mistake(
            question=item.asked.question.id,
            name=name,
            count=count,
            of=item.submitted,
            why=why_of(item.asked, name),
            example=examples.get((item.asked.question.id, name)),
        )
        for item in items
        for name, count in sorted(item.mistakes.items())
    ]
    return tuple(sorted(found, key=lambda one: -one.count)[:MOST_MISTAKES])


def why_of(asked: Asked, mistake: str) -> Text | None:
    """The author's reason against a wrong option or a known wrong answer; of a generic one, its group."""
    of_options = {option.id: option.why for option in asked.options}
    known = {one.id: one.why for one in getattr(asked.question, "mistakes", ())}
    drawn = {one.id: one.why for one in asked.mistakes}  # with the values of this variant
    return of_options.get(mistake) or {**known, **drawn}.get(mistake) or group_of(mistake)


def _chosen(mark: Mark, right: Sequence[str], known: Iterable[str | None]) -> str | None:
    """The option that a mark tells of; None where several were chosen, or nothing readable."""
    if mark.verdict == "correct":
        return right[0] if len(right) == 1 else None
    return mark.mistake if mark.mistake in set(known) else None


def _origins(asked: Sequence[Asked], counts: Mapping[Origin, int]) -> tuple[tuple[Origin, int], ...]:
    """With how many each; one a question, unless the class was graded with more than one version."""
    places = {one.question.id: place for place, one in enumerate(asked)}
    return tuple(sorted(counts.items(), key=lambda row: (places[row[0].question], -row[1], row[0])))
