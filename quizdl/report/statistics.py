"""How a learner stands: attempts counted by section and chapter, study time, and what was covered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from quizdl.model import Past

WEEK_SECONDS = 7 * 24 * 60 * 60
LONGEST_THOUGHT_SECONDS = 600.0
"""A question left open over lunch is not ten hours of study: longer times count as this."""


class Row(msgspec.Struct, frozen=True):
    """One area: questions met, attempts made, and the share of the points earned at the latest attempts (0 to 1)."""

    area: str
    questions: int
    attempts: int
    correct: int
    score: float


class Statistics(msgspec.Struct, frozen=True):
    """Everything `quizdl stats` shows. Minutes are of thinking time, over all attempts not taken back."""

    questions: int
    attempts: int
    correct: int
    score: float
    minutes: float
    minutes_this_week: float
    by_section: tuple[Row, ...]
    by_chapter: tuple[Row, ...]
    mistakes: tuple[tuple[str, int], ...]


def statistics(history: Iterable[Past], now: float) -> Statistics:
    """Numbers over `history` (in the order of time); `now` is Unix time in seconds."""
    kept = [past for past in history if not past.undone]
    total = _row("", kept)
    return Statistics(
        questions=total.questions,
        attempts=total.attempts,
        correct=total.correct,
        score=total.score,
        minutes=minutes(kept),
        minutes_this_week=minutes([past for past in kept if past.at > now - WEEK_SECONDS]),
        by_section=_rows(kept, lambda past: past.section),
        by_chapter=_rows(kept, lambda past: past.chapter),
        mistakes=_commonest_mistakes(kept),
    )


def minutes(history: Iterable[Past]) -> float:
    """Minutes of thinking time."""
    return sum(min(past.seconds, LONGEST_THOUGHT_SECONDS) for past in history) / 60


def _rows(history: Sequence[Past], area: Callable[[Past], str]) -> tuple[Row, ...]:
    groups: dict[str, list[Past]] = {}
    for past in history:
        groups.setdefault(area(past), []).append(past)
    return tuple(_row(name, group) for name, group in sorted(groups.items()))


def _row(area: str, history: Sequence[Past]) -> Row:
    last = {past.question_id: past for past in history}.values()
    points = sum(past.points for past in last)
    earned = sum(past.points * past.score for past in last)
    return Row(
        area=area,
        questions=len(last),
        attempts=len(history),
        correct=sum(past.verdict == "correct" for past in last),
        score=earned / points if points else 0.0,
    )


def _commonest_mistakes(history: Iterable[Past], most: int = 10) -> tuple[tuple[str, int], ...]:
    counts: dict[str, int] = {}
    for past in history:
        if past.mistake:
            name = f"{past.question_id}/{past.mistake}"
            counts[name] = counts.get(name, 0) + 1
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most])
