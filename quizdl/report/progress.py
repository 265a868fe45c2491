"""How the work goes: topics met, minutes by day, and how much of what was met before is still remembered."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import date

import msgspec

from quizdl.areas import AREAS, area_of
from quizdl.model import Past
from quizdl.report.statistics import minutes

RETENTION_DAYS, RETENTION_NEEDED = 30, 10
"""Retention is of the answers of so many days, and is not given where there are fewer than this."""

_DAY = 86400.0


class Topics(msgspec.Struct, frozen=True):
    """An area's topics (syllabus numbers): of how many a question was answered."""

    area: str
    met: int
    total: int


class Retention(msgspec.Struct, frozen=True):
    """Of questions that came back after a day or more: how many were right. share: None where there were too few."""

    answers: int
    right: int
    share: float | None


def topics_met(history: Iterable[Past], known: Collection[str]) -> tuple[Topics, ...]:
    """Area by area; answers to questions that are no longer in the bank count for their chapter.

    known: the syllabus numbers of the bank's questions.
    """
    met = {past.chapter for past in history if not past.undone}
    found = []
    for area in AREAS:
        mine = {chapter for chapter in known if area_of(chapter) == area}
        found.append(Topics(area=area, met=len(mine & met), total=len(mine)))
    return tuple(found)


def minutes_by_day(history: Iterable[Past], day_of: Callable[[float], date]) -> dict[date, float]:
    """Minutes of thinking on each day with any. day_of: Unix time → the learner's own date."""
    days: dict[date, list[Past]] = {}
    for past in history:
        if not past.undone:
            days.setdefault(day_of(past.at), []).append(past)
    return {day: minutes(answers) for day, answers in days.items()}


def retention(history: Iterable[Past], now: float) -> Retention:
    """Retention of the last days before `now` (Unix time). `history` is in the order of time."""
    last: dict[str, float] = {}
    answers = right = 0
    for past in history:
        if past.undone:
            continue
        before = last.get(past.question_id)
        if before is not None and past.at - before >= _DAY and past.at > now - RETENTION_DAYS * _DAY:
            answers += 1
            right += past.verdict == "correct"
        last[past.question_id] = past.at
    return Retention(answers=answers, right=right, share=right / answers if answers >= RETENTION_NEEDED else None)
