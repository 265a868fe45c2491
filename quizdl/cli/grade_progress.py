"""How far a batch is: a bar at a terminal, a line now and then elsewhere."""

from __future__ import annotations

from quizdl.batch.run import Progress
from quizdl.cli.language import current
from quizdl.cli.status_line import StatusLine
from quizdl.text import Text

_REFRESH = 0.2
_BAR = 24


class Meter(StatusLine):
    """Shows a batch's progress on standard error."""

    def __init__(self) -> None:
        super().__init__(_REFRESH)

    def show(self, progress: Progress) -> None:
        """Called for each result, and now and then without one."""
        if self.is_due():
            line = status(progress).of(current())
            self.say(f"{_bar(progress)} {line}" if self.at_terminal else line)


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
