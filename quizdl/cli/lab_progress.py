"""How far a lab's training is: a line that is painted over at a terminal, a line now and then elsewhere."""

from __future__ import annotations

import shutil
import sys
import time

from quizdl.cli.language import current
from quizdl.cli.status_line import StatusLine
from quizdl.labs.core import Step
from quizdl.screen.fallback import encodable
from quizdl.screen.kinsoku import cell_width
from quizdl.screen.lab_axes import number
from quizdl.screen.lab_plots import EIGHTHS
from quizdl.screen.look import current as current_look
from quizdl.text import Lang, Text

_REFRESH = 0.1
_BAR = 16
_TRAIL = 12
_NO_STEP = Step(0, 0)


class Meter(StatusLine):
    """Shows training on standard error; `show` is told of every step."""

    def __init__(self, heading: str = "") -> None:
        super().__init__(_REFRESH)
        self._heading = heading
        self._began = time.monotonic()
        self._losses: list[float] = []
        self._network: Text | None = None

    def show(self, step: Step) -> None:
        """Paint the step, where it is time to."""
        if not self.is_due():
            return
        self._follow(step)
        spent = time.monotonic() - self._began
        left = spent / step.done * (step.total - step.done) if step.done else None
        parts = [self._heading, *said(step, left, current())]
        if self.at_terminal:
            drawn = [sign if self._shows(sign) else "" for sign in (_bar(step), trail(self._losses))]
            self.say(_within([drawn[0], *parts, drawn[1]], shutil.get_terminal_size().columns - 1))
        else:
            self.say(" · ".join(part for part in parts if part))

    def _shows(self, drawn: str) -> bool:
        """Whether the terminal has these signs."""
        return not current_look().ascii and encodable(drawn, sys.stderr.encoding or "utf-8") == drawn

    def _follow(self, step: Step) -> None:
        """The losses of the network that learns now."""
        if step.network != self._network:
            self._network, self._losses = step.network, []
        if step.loss is not None:
            self._losses.append(step.loss)


def said(step: Step, seconds_left: float | None, lang: Lang) -> list[str]:
    """What a step says, part by part: how far, which network, loss, accuracy, time left."""
    parts = [f"{step.done}/{step.total}", step.network.of(lang) if step.network else ""]
    if step.loss is not None:
        parts.append(Text(f"損失 {number(step.loss)}", f"loss {number(step.loss)}").of(lang))
    if step.accuracy is not None:
        parts.append(Text(f"正解率 {step.accuracy:.1%}", f"accuracy {step.accuracy:.1%}").of(lang))
    if seconds_left is not None:
        minutes, seconds = divmod(round(seconds_left), 60)
        parts.append(Text(f"残り {minutes}:{seconds:02}", f"{minutes}:{seconds:02} left").of(lang))
    return parts


def trail(losses: list[float]) -> str:
    """The losses so far as a row of bars, the first the tallest.

    >>> trail([4.0, 2.0, 1.0])
    '█▅▃'
    """
    if len(losses) < 2 or not max(losses) > 0:
        return ""
    step = max(len(losses) / _TRAIL, 1.0)
    shown = [losses[int(place * step)] for place in range(min(len(losses), _TRAIL))]
    return "".join(EIGHTHS[min(max(int(loss / max(shown) * 8 + 1), 1), 8)] for loss in shown)


def _bar(step: Step) -> str:
    filled = _BAR * step.done // max(step.total, 1)
    return "█" * filled + "░" * (_BAR - filled)


def _within(parts: list[str], width: int) -> str:
    """As many of the parts as fit on one line, the first ones first."""
    line = ""
    for part in filter(None, parts):
        longer = f"{line}  {part}" if line and part else line or part
        if cell_width(longer) > width:
            break
        line = longer
    return line
