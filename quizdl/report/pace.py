"""Time in an exam: seconds a question against the plan, and how long the first pass took."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import fmean, median

import msgspec

from quizdl.model import ExamEvent
from quizdl.report.tally import Item

MOST_SLOW = 5
SLOW = 2.0
"""A question that took this many times its share of the time is slow."""


class Pace(msgspec.Struct, frozen=True):
    """Seconds throughout; `plan` is every question's share of the time.

    on_right, on_wrong: mean over the questions that were right and over the others, None where there are none.
    first_pass: on the exam's clock when the last question was first seen, None where one never was.
    slow: numbers of the questions that took longest, of those beyond SLOW times the plan.
    """

    limit: float
    plan: float
    used: float
    median: float
    on_right: float | None
    on_wrong: float | None
    beyond_plan: int
    first_pass: float | None
    slow: tuple[int, ...]

    @property
    def is_measured(self) -> bool:
        """Whether any time was recorded; an exam may come back from paper without."""
        return self.used > 0.0


def pace_of(items: Sequence[Item], events: Sequence[ExamEvent], limit: float) -> Pace:
    """The times of these questions."""
    plan = limit / max(len(items), 1)
    slow = sorted((item for item in items if item.seconds > SLOW * plan), key=lambda item: -item.seconds)
    return Pace(
        limit=limit,
        plan=plan,
        used=sum(item.seconds for item in items),
        median=median([item.seconds for item in items] or [0.0]),
        on_right=_mean(item.seconds for item in items if item.right),
        on_wrong=_mean(item.seconds for item in items if not item.right),
        beyond_plan=sum(item.seconds > plan for item in items),
        first_pass=_first_pass(len(items), events),
        slow=tuple(item.number for item in slow[:MOST_SLOW]),
    )


def _mean(seconds: Iterable[float]) -> float | None:
    found = list(seconds)
    return fmean(found) if found else None


def _first_pass(count: int, events: Sequence[ExamEvent]) -> float | None:
    """The first question lies there from the start; the others are seen when they are turned to or answered."""
    unseen = set(range(1, count))
    for event in events:
        if event.kind in ("visit", "choose"):
            unseen.discard(event.number)
            if not unseen:
                return event.elapsed
    return None
