"""Sitting an exam, as a pure state machine: (sitting, event) → sitting. The clock's reading is in the event."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from quizdl.model import Answer, Asked, ExamEvent, ExamSheet

WARNING_MINUTES = (10, 5)
"""How many minutes before the end a candidate is warned."""


class Sitting(msgspec.Struct, frozen=True):
    """Where an exam stands. Questions are counted from 0.

    chosen: the letter on each question's sheet now, "" where there is none; first_chosen: the first one ever.
    spent: seconds on each question. elapsed: seconds on the exam's clock, never more than the exam has.
    """

    sheet: ExamSheet
    chosen: tuple[str, ...]
    first_chosen: tuple[str, ...]
    spent: tuple[float, ...]
    flagged: frozenset[int] = frozenset()
    seen: frozenset[int] = frozenset({0})
    current: int = 0
    elapsed: float = 0.0
    finished: bool = False

    @property
    def limit(self) -> float:
        """Seconds that the exam has."""
        return limit_of(self.sheet)

    @property
    def answered(self) -> int:
        """How many questions have an answer."""
        return sum(letter != "" for letter in self.chosen)


def limit_of(sheet: ExamSheet) -> float:
    """Seconds that an exam has."""
    return 60.0 * sheet.minutes


def begin(sheet: ExamSheet) -> Sitting:
    """The first question is in front of the candidate."""
    count = len(sheet.questions)
    return Sitting(sheet, ("",) * count, ("",) * count, (0.0,) * count)


def replay(sheet: ExamSheet, events: Iterable[ExamEvent]) -> Sitting:
    """Where an exam stands after all that happened in it."""
    sitting = begin(sheet)
    for event in events:
        sitting = happen(sitting, event)
    return sitting


def happen(sitting: Sitting, event: ExamEvent) -> Sitting:
    """One event more. After the end nothing happens, and what comes when the time is up only ends the time."""
    if sitting.finished:
        return sitting
    late = event.elapsed > sitting.limit
    after = _pass_time(sitting, min(event.elapsed, sitting.limit), at_desk=event.kind != "resume")
    if event.kind == "finish":
        return msgspec.structs.replace(after, finished=True)
    if late or not 0 <= event.number < len(after.chosen):
        return after
    return _act(after, event)


def _pass_time(sitting: Sitting, elapsed: float, *, at_desk: bool) -> Sitting:
    """The clock goes on, never back; time at the desk was spent on the question that lies there."""
    passed = max(elapsed - sitting.elapsed, 0.0)
    if passed == 0.0:
        return sitting
    spent = sitting.spent
    if at_desk:
        now = sitting.current
        spent = (*spent[:now], spent[now] + passed, *spent[now + 1 :])
    return msgspec.structs.replace(sitting, elapsed=elapsed, spent=spent)


def _act(sitting: Sitting, event: ExamEvent) -> Sitting:
    """What the candidate did to one question."""
    number, flagged = event.number, sitting.flagged
    match event.kind:
        case "visit":
            return msgspec.structs.replace(sitting, current=number, seen=sitting.seen | {number})
        case "choose" if event.letter in letters(sitting.sheet.questions[number]):
            return _choose(sitting, number, event.letter)
        case "clear":
            return msgspec.structs.replace(sitting, chosen=_with(sitting.chosen, number, ""))
        case "flag":
            return msgspec.structs.replace(sitting, flagged=flagged | {number})
        case "unflag":
            return msgspec.structs.replace(sitting, flagged=flagged - {number})
    return sitting


def _choose(sitting: Sitting, number: int, letter: str) -> Sitting:
    first = sitting.first_chosen
    return msgspec.structs.replace(
        sitting,
        chosen=_with(sitting.chosen, number, letter),
        first_chosen=first if first[number] else _with(first, number, letter),
        seen=sitting.seen | {number},
    )


def _with(row: tuple[str, ...], number: int, letter: str) -> tuple[str, ...]:
    return (*row[:number], letter, *row[number + 1 :])


def letters(asked: Asked) -> tuple[str, ...]:
    """The letters that a question's options stand under."""
    return tuple(option.letter for option in asked.options)


def seconds_left(sitting: Sitting) -> float:
    """Seconds until the time is up."""
    return sitting.limit - sitting.elapsed


def pace(sitting: Sitting) -> float:
    """Seconds ahead of plan, negative when behind: the plan gives every question the same share of the time."""
    return sitting.answered * sitting.limit / len(sitting.chosen) - sitting.elapsed


def warnings_due(before: Sitting, after: Sitting) -> tuple[int, ...]:
    """The minutes of WARNING_MINUTES that were left at some moment between the two."""
    return tuple(minutes for minutes in WARNING_MINUTES if seconds_left(after) <= 60 * minutes < seconds_left(before))


def results(sitting: Sitting) -> list[tuple[Asked, Answer]]:
    """What is handed in, for the grader: an unanswered question has an empty answer."""
    return [(asked, Answer(text=letter)) for asked, letter in zip(sitting.sheet.questions, sitting.chosen, strict=True)]
