"""One screen of a terminal that is painted over in place: each frame is one write, and nothing is erased before it."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Callable
from types import TracebackType
from typing import NamedTuple, Self, TextIO

from quizdl.screen.console import make_console
from quizdl.screen.page import Page

_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"  # the other screen without a cursor, and back
_BEGIN, _END = "\x1b[?2026h\x1b[H", "\x1b[J\x1b[?2026l"  # shown at once by terminals that know how
_REST_OF_LINE = "\x1b[K"


class View(NamedTuple):
    """What can be seen of a body: how many lines of it are left below, and how many are shown at a time."""

    more: int
    room: int


class Canvas:
    """The terminal's other screen, for as long as the `with` block lasts; what was on the first one comes back."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stdout if stream is None else stream
        self._painted: tuple[object, ...] = ()

    def __enter__(self) -> Self:
        self._write(_ENTER)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._write(_LEAVE)

    @property
    def size(self) -> tuple[int, int]:
        """Columns and lines, as they are now."""
        columns, lines = shutil.get_terminal_size()
        return columns, lines

    def paint(self, top: Page, body: Page, bottom: Callable[[int], Page], offset: int = 0) -> View:
        """Paints a frame: the body fills what head and foot leave, from its line `offset` on.

        bottom: the foot, told how many lines of the body do not fit below.
        """
        columns, rows = self.size
        head, lines = self._lines(top, columns), self._lines(body, columns)
        room = max(rows - len(head) - len(self._lines(bottom(0), columns)), 1)
        more = max(len(lines) - offset - room, 0)
        shown, foot = lines[offset : offset + room], self._lines(bottom(more), columns)
        frame = [*head, *shown, *[""] * (room - len(shown)), *foot][:rows]
        if self._painted != (frame, columns):
            self._write(_BEGIN + "\n".join(f"{line}{_REST_OF_LINE}" for line in frame) + _END)
            self._painted = (frame, columns)
        return View(more, room)

    def _lines(self, page: Page, columns: int) -> list[str]:
        """The page's lines with their colours; one column stays free, where some terminals would wrap."""
        sheet = _Sheet(self._stream)
        make_console(sheet, {**os.environ, "COLUMNS": str(max(columns - 1, 20))}).print(page)
        lines = sheet.getvalue().split("\n")
        return lines[:-1] if lines and not lines[-1] else lines

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


class _Sheet(io.StringIO):
    """Takes a page's text as the terminal itself would."""

    def __init__(self, terminal: TextIO) -> None:
        super().__init__()
        self._encoding = terminal.encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The terminal's."""
        return self._encoding or "utf-8"

    def isatty(self) -> bool:
        """So that colours are not left out."""
        return True
