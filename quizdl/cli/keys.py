"""Single keys from a terminal, without Enter; the terminal is as it was afterwards, whatever happens."""

from __future__ import annotations

import os
import select
import sys
import time
import unicodedata
from types import TracebackType
from typing import Any, Self

_CHUNK = 64


class Keyboard:
    """Reads keys while its `with` block lasts. Ctrl-C stays an interrupt."""

    def __init__(self) -> None:
        self._descriptor = sys.stdin.fileno()
        self._before: list[Any] | None = None
        self._waiting: list[str] = []

    def __enter__(self) -> Self:
        if sys.platform != "win32":
            import termios
            import tty

            self._before = termios.tcgetattr(self._descriptor)
            tty.setcbreak(self._descriptor)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if sys.platform != "win32" and self._before is not None:
            import termios

            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)

    def read(self, seconds: float) -> str:
        """The key pressed within this time, lower case and half-width; empty for none, `q` at the end of input."""
        if not self._waiting:
            self._waiting = keys_of(self._typed(seconds))
        return self._waiting.pop(0) if self._waiting else ""

    def _typed(self, seconds: float) -> bytes | None:
        if sys.platform == "win32":
            return _typed_on_windows(seconds)
        if not select.select([self._descriptor], [], [], seconds)[0]:
            return b""
        return os.read(self._descriptor, _CHUNK) or None


def keys_of(typed: bytes | None) -> list[str]:
    """What was typed, key by key; the sequences of arrows and the like are none, the end of input is a `q`.

    >>> keys_of("ｎH".encode()), keys_of(b"\\x1b[A"), keys_of(None)
    (['n', 'h'], [], ['q'])
    """
    if typed is None:
        return ["q"]
    text = unicodedata.normalize("NFKC", typed.decode("utf-8", "replace"))
    return [] if text.startswith("\x1b") else list(text.lower())


def _typed_on_windows(seconds: float) -> bytes:
    if sys.platform == "win32":
        import msvcrt

        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if msvcrt.kbhit():
                return msvcrt.getwch().encode()
            time.sleep(0.01)
    return b""
