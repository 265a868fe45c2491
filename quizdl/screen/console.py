"""The console everything is printed on: what the output can show decides, and no character can make it fail."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import IO, Any, Literal, TextIO, cast

from rich.console import Console

from quizdl.screen.fallback import ASCII_AND_JAPANESE, encodable
from quizdl.screen.look import EVERYTHING, Look, current

UNBOUNDED = 100_000
"""The width of a pipe: what reads it wraps its own lines, and nothing is cropped."""


def make_console(
    stream: TextIO | None = None, environ: Mapping[str, str] = os.environ, look: Look | None = None
) -> Console:
    """A console on `stream` (default: standard output, as it is now).

    On a terminal it is as wide as the terminal, coloured unless NO_COLOR is set. Elsewhere it is plain, and wrapped
    only where COLUMNS asks for a width. What the stream's encoding lacks is replaced by something readable. The look
    (default: the one in use) may ask for less than the output can show.
    """
    output = sys.stdout if stream is None else stream
    look = current() if look is None else look
    file = cast(IO[str], Encodable(output, look))
    colours: Literal["auto"] | None = None if look.plain else "auto"
    console = Console(file=file, _environ=environ, highlight=False, markup=False, emoji=False, color_system=colours)
    if not console.is_terminal and not environ.get("COLUMNS", "").isdigit():
        console.width = UNBOUNDED
    return console


class Encodable:
    """A text stream whose `write` never raises UnicodeEncodeError; in all else the stream that it stands for.

    look: how pages are laid out that are printed on it.
    """

    def __init__(self, stream: TextIO, look: Look = EVERYTHING) -> None:
        self._stream = stream
        self.look = look

    @property
    def alphabet(self) -> str:
        """The encoding that pages are laid out for: the stream's, or less where the look wants less."""
        return ASCII_AND_JAPANESE if self.look.ascii else self._stream.encoding or "utf-8"

    def write(self, text: str) -> int:
        """Write `text`, with stand-ins for what the encoding lacks."""
        if self.look.ascii:
            text = encodable(text, ASCII_AND_JAPANESE)
        return self._stream.write(encodable(text, self._stream.encoding or "utf-8"))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
