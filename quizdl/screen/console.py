"""The console everything is printed on: what the output can show decides, and no character can make it fail."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import IO, Any, TextIO, cast

from rich.console import Console

from quizdl.screen.fallback import encodable

UNBOUNDED = 100_000
"""The width of a pipe: what reads it wraps its own lines, and nothing is cropped."""


def make_console(stream: TextIO | None = None, environ: Mapping[str, str] = os.environ) -> Console:
    """A console on `stream` (default: standard output, as it is now).

    On a terminal it is as wide as the terminal, coloured unless NO_COLOR is set. Elsewhere it is plain, and wrapped
    only where COLUMNS asks for a width. What the stream's encoding lacks is replaced by something readable.
    """
    output = sys.stdout if stream is None else stream
    file = cast(IO[str], Encodable(output))
    console = Console(file=file, _environ=environ, highlight=False, markup=False, emoji=False)
    if not console.is_terminal and not environ.get("COLUMNS", "").isdigit():
        console.width = UNBOUNDED
    return console


class Encodable:
    """A text stream whose `write` never raises UnicodeEncodeError; in all else the stream that it stands for."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write `text`, with stand-ins for what the encoding lacks."""
        return self._stream.write(encodable(text, self._stream.encoding or "utf-8"))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
