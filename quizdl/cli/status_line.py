"""One line that says how far something is: painted over at a terminal, printed now and then elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from quizdl.screen.look import may_paint
from quizdl.screen.say import say, shown

_LINES_EVERY = 10.0


class StatusLine:
    """A line on standard error. refresh: seconds between two of them at a terminal."""

    def __init__(self, refresh: float) -> None:
        self.at_terminal = may_paint(sys.stderr)
        self._every = refresh if self.at_terminal else _LINES_EVERY
        self._next = time.monotonic() + (0 if self.at_terminal else _LINES_EVERY)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.at_terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def is_due(self) -> bool:
        """Whether it is time to say something; if so, the next time is that much later."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self._every
        return True

    def say(self, line: str) -> None:
        """Paint it, or print it."""
        if self.at_terminal:
            line = shown(line, encoding=sys.stderr.encoding)
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
        else:
            say(line, stream=sys.stderr)
