"""Today for one learner: how much of the day's plan is done, and how far away the exam is."""

from __future__ import annotations

from datetime import date

import msgspec

SHORTEST_MINUTES = 1.0
"""What is left of a day's plan below this is not worth sitting down for: the day is done."""


class Day(msgspec.Struct, frozen=True):
    """now: Unix time. done, planned: minutes. exam: its date, None where none is ahead."""

    now: float
    today: date
    done: float
    planned: float
    exam: date | None

    @property
    def left(self) -> float:
        """Minutes of today's plan that are left; 0 where it is done."""
        left = self.planned - self.done
        return left if left >= SHORTEST_MINUTES else 0.0

    @property
    def days_left(self) -> int | None:
        """Days to the exam."""
        return (self.exam - self.today).days if self.exam else None
