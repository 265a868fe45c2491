"""How far a batch is: a bar at a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from quizdl.batch.run import Progress
from quizdl.cli.language import current
from quizdl.screen.look import may_paint
from quizdl.text import Text

_REFRESH = 0.2
_LINES_EVERY = 10.0
_BAR = 24


class Meter:
    """Shows a batch's progress on standard error."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._at_terminal = may_paint(sys.stderr)
        self._next = time.monotonic() + (0 if self._at_terminal else _LINES_EVERY)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._at_terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def show(self, progress: Progress) -> None:
        """Called for each result, and now and then without one."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + (_REFRESH if self._at_terminal else _LINES_EVERY)
        line = status(progress).of(current())
        if self._at_terminal:
            print(f"\r\x1b[K{_bar(progress)} {line}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)


def status(progress: Progress) -> Text:
    """Done, rate, time left, verdicts."""
    done = f"{progress.done}/{progress.total}"
    rate = f"{progress.rate:.0f}"
    left = _clock(progress.seconds_left)
    counts = " ".join(f"{verdict} {count}" for verdict, count in sorted(progress.counts.items()))
    return Text(f"{done} · 毎秒 {rate} · 残り {left} · {counts}", f"{done} · {rate}/s · {left} left · {counts}")


def _bar(progress: Progress) -> str:
    filled = _BAR * progress.done // max(progress.total, 1)
    return "█" * filled + "░" * (_BAR - filled)


def _clock(seconds: float | None) -> str:
    """Minutes and seconds.

    >>> _clock(75.0), _clock(None)
    ('1:15', '–')
    """
    if seconds is None:
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
