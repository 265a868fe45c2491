"""Says a line to a person that stands on no page: as the look in use wants it, and as its stream can show it."""

from __future__ import annotations

import re
import sys
from typing import TextIO

from quizdl.screen.fallback import ASCII_AND_JAPANESE, encodable
from quizdl.screen.look import current, spoken


def say(text: str, *kept: object, stream: TextIO | None = None) -> None:
    """Print one line or several on `stream` (default: standard output, as it is now), at once.

    kept: paths and the like, which are data: wherever they stand in the text, they stay as they are.
    """
    output = sys.stdout if stream is None else stream
    print(shown(text, *kept, encoding=output.encoding), file=output, flush=True)


def shown(text: str, *kept: object, encoding: str | None = None) -> str:
    """The text with stand-ins for what the look or the encoding (default: standard output's) lacks.

    >>> shown("→ ✓ Written: 書.md", "書.md", encoding="ascii")
    '-> OK Written: 書.md'
    """
    look, encoding = current(), encoding or sys.stdout.encoding or "utf-8"
    if look.plain:
        text = "\n".join(spoken(line, look.lang) for line in text.split("\n"))
    data = sorted({str(one) for one in kept} - {""}, key=len, reverse=True)
    pieces = re.split(f"({'|'.join(map(re.escape, data))})", text) if data else [text]
    for place in range(0, len(pieces), 2):
        own = encodable(pieces[place], ASCII_AND_JAPANESE) if look.ascii else pieces[place]
        pieces[place] = encodable(own, encoding)
    return "".join(pieces)
