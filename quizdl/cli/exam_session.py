"""The one place where an exam's events get their time: on the disk first, then the sitting goes on.

Front ends show `sitting` and call what the candidate does. When the time is up, whatever they call hands in.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from quizdl.cli.exam_results import attempts_of, recorded
from quizdl.model import Attempt, ExamEvent, ExamSheet
from quizdl.study.exam import Sitting, happen, letters, replay

if TYPE_CHECKING:
    from quizdl.record import Store

TICK_SECONDS = 5.0
"""How much of the clock a power cut may lose."""

Clock = Callable[[], float]
Kind = Literal["choose", "clear", "flag", "unflag", "visit", "resume", "tick", "finish"]


class ExamSession:
    """One candidate at one exam. Every method raises RecordError where the disk does not take it."""

    def __init__(self, store: Store, sheet: ExamSheet, *, wall: Clock = time.time, steady: Clock | None = None) -> None:
        """Sit down at an exam: a new sheet is put in the store, one that is there goes on where it stood.

        wall: Unix time. steady: seconds that never go back; by default those of the computer, asleep or not where the
        exam's clock is running.
        """
        self._store = store
        self._wall = wall
        self._steady = steady or _steady(sheet.clock)
        is_new = all(row.id != sheet.id for row in store.exams())
        if is_new:
            store.add_exam(sheet)
        events = [] if is_new else store.exam(sheet.id)[1]
        self.sitting: Sitting = replay(sheet, events)
        self._base = self.sitting.elapsed
        self._sat_down = self._steady()
        self._last_stored = self._base
        self._attempts: list[Attempt] | None = None
        if not self.sitting.finished and not is_new:
            self._base += self._away(sheet, events)
            self._record("resume")
            self.tick()

    @property
    def seconds_left(self) -> float:
        """Seconds until the time is up, as of now."""
        return max(self.sitting.limit - self._elapsed(), 0.0)

    def choose(self, number: int, letter: str) -> None:
        """An answer. Raises ValueError for a letter that the question does not have."""
        if letter not in letters(self.sitting.sheet.questions[number]):
            raise ValueError(letter)
        self._happen("choose", number, letter)

    def clear(self, number: int) -> None:
        """The answer is rubbed out."""
        self._happen("clear", number)

    def flag(self, number: int) -> None:
        """Marked, to look at it again."""
        self._happen("flag", number)

    def unflag(self, number: int) -> None:
        """The mark is rubbed out."""
        self._happen("unflag", number)

    def visit(self, number: int) -> None:
        """The candidate turns to this question. Raises IndexError where there is none."""
        if not 0 <= number < len(self.sitting.chosen):
            raise IndexError(number)
        self._happen("visit", number)

    def tick(self) -> None:
        """Time goes by. To be called every second or so; it reaches the disk every TICK_SECONDS."""
        if self.sitting.finished:
            return
        if self._time_is_up() or self._elapsed() >= self._last_stored + TICK_SECONDS:
            self._happen("tick")
        else:
            self.sitting = happen(self.sitting, self._event("tick"))

    def finish(self) -> list[Attempt]:
        """Hand in: every question is graded and recorded, exactly once, however often and wherever this is called."""
        if self._attempts is None:
            self._attempts = self._hand_in()
        return self._attempts

    def _hand_in(self) -> list[Attempt]:
        event = self._event("finish")
        ended = happen(self.sitting, event)
        exam_id = ended.sheet.id
        attempts = attempts_of(ended, at=event.at)
        if self.sitting.finished or not self._store.finish_exam(exam_id, [event], attempts):
            self.sitting = replay(*self._store.exam(exam_id))
            return recorded(self._store, exam_id)
        self.sitting = ended
        return attempts

    def _away(self, sheet: ExamSheet, events: list[ExamEvent]) -> float:
        """Seconds that the clock ran on while nobody sat there; a computer's clock that was set back takes nothing."""
        if sheet.clock == "paused":
            return 0.0
        return max(self._wall() - (events[-1].at if events else sheet.at), 0.0)

    def _happen(self, kind: Kind, number: int = -1, letter: str = "") -> None:
        """Record an event, then take the step. Nothing happens after the end; when the time is up, this is the end."""
        if self.sitting.finished:
            return
        if self._time_is_up():
            self.finish()
            return
        self._record(kind, number, letter)

    def _record(self, kind: Kind, number: int = -1, letter: str = "") -> None:
        event = self._event(kind, number, letter)
        self._store.add_exam_event(self.sitting.sheet.id, event)
        self._last_stored = event.elapsed
        self.sitting = happen(self.sitting, event)

    def _event(self, kind: Kind, number: int = -1, letter: str = "") -> ExamEvent:
        return ExamEvent(kind=kind, number=number, at=self._wall(), elapsed=self._elapsed(), letter=letter)

    def _elapsed(self) -> float:
        """Seconds on the exam's clock, which neither goes back nor beyond its end."""
        now = self._base + max(self._steady() - self._sat_down, 0.0)
        return min(max(now, self.sitting.elapsed), self.sitting.limit)

    def _time_is_up(self) -> bool:
        return self._elapsed() >= self.sitting.limit


def _steady(clock: Literal["running", "paused"]) -> Clock:
    """Seconds that setting the computer's clock does not change; a running exam's go on while the computer sleeps."""
    if sys.platform == "linux" and clock == "running":
        return lambda: time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic
