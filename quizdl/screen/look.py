"""How this process shows things: with every sign there is, in ASCII, or plainly enough to be read aloud."""

from __future__ import annotations

import re
from typing import NamedTuple, TextIO

from quizdl.text import Lang, Text


class Look(NamedTuple):
    """ascii: no sign beyond ASCII but Japanese text. plain: no lines, bars, columns or colours; all is said in words.

    lang: the language of these words.
    """

    ascii: bool = False
    plain: bool = False
    lang: Lang = "en"


EVERYTHING = Look()
"""With every sign and colour that the output can show."""

MARKS = {
    "✓": Text("正解", "right"),
    "△": Text("部分点", "partly right"),
    "✗": Text("不正解", "wrong"),
}
"""What a mark says that stands alone; where words follow it, they say it."""

_BEFORE_WORDS = re.compile(r"^\s*[✓△✗→•][ ]+")
_DRAWN = re.compile("[\u2500-\u259f\u2800-\u28ff]+")
"""Lines, blocks and dots that draw something."""

_current = EVERYTHING


def spoken(text: str, lang: Lang) -> str:
    """A piece of text as it is read aloud: nothing drawn, and a mark that stands alone as its word.

    >>> spoken("✗", "en"), spoken("✗ Wrong", "en"), spoken("████░ 80%", "en")
    ('wrong', 'Wrong', ' 80%')
    """
    if text in MARKS:
        return MARKS[text].of(lang)
    return _DRAWN.sub("", _BEFORE_WORDS.sub("", text))


def may_paint(*streams: TextIO | None) -> bool:
    """Whether a screen may be painted over: at a terminal, and where nobody wants it read aloud.

    None is a stream that the shell closed.
    """
    return not _current.plain and all(stream is not None and stream.isatty() for stream in streams)


def use(look: Look) -> None:
    """Show things so from now on."""
    global _current
    _current = look


def current() -> Look:
    """The look in use."""
    return _current
