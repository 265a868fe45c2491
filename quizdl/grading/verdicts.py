"""The verdicts of an answer that is typed in one line, and the line that points at what could not be read."""

from __future__ import annotations

import unicodedata

from quizdl.errors import FormulaError, QuizdlError
from quizdl.model import Verdict
from quizdl.sanitise import printable
from quizdl.text import Text

_MOST_COLUMNS = 60
_CUT = "…"


def correct(*, parsed: str | None = None) -> Verdict:
    """Full marks."""
    return Verdict(verdict="correct", score=1.0, passed=1, total=1, parsed=parsed)


def wrong(*feedback: Text, mistake: str | None = None, parsed: str | None = None) -> Verdict:
    """No marks; `mistake` is the id of a known one, or `generic:<name>`."""
    return Verdict(verdict="wrong", score=0.0, passed=0, total=1, mistake=mistake, feedback=feedback, parsed=parsed)


def unreadable(*feedback: Text) -> Verdict:
    """No marks, since nothing could be marked."""
    return Verdict(verdict="unreadable", score=0.0, passed=0, total=1, feedback=feedback)


def grader_error(error: QuizdlError, total: int) -> Verdict:
    """The grader or the bank is at fault: no marks, and nobody to blame. total: what there was to pass."""
    told = Text("採点できませんでした。あなたの誤りではありません。", "It could not be graded; you are not to blame.")
    feedback = (told, error.message, *([error.hint] if error.hint else []))
    return Verdict(verdict="grader_error", score=0.0, passed=0, total=total, feedback=feedback)


def misread(text: str, error: FormulaError) -> Verdict:
    """What could not be read: the reason, the text with a `^` under the place, and how it is written."""
    here = pointed(text, error.position)
    place = Text(f"場所:\n{here}", f"The place:\n{here}")
    return unreadable(error.message, place, *([error.hint] if error.hint else []))


def pointed(text: str, position: int) -> str:
    """The text in one line, cut around the place, and below it a `^`; full-width characters are two columns wide.

    >>> print(pointed("ｘ＋$", 2))
    ｘ＋$
        ^
    """
    before, after = _line(text[:position]), _line(text[position:])
    if columns(before) > _MOST_COLUMNS // 2:
        before = _CUT + _last(before, _MOST_COLUMNS // 2)
    if columns(after) > _MOST_COLUMNS:
        after = _last(after[::-1], _MOST_COLUMNS)[::-1] + _CUT
    return f"{before}{after}\n{' ' * columns(before)}^"


def columns(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def _line(text: str) -> str:
    """Without line breaks and tabs, whose columns nobody knows, nor invisible characters."""
    safe = printable(text, limit=None).replace("\n", " ").replace("\t", " ")
    return "".join(character for character in safe if unicodedata.category(character) != "Cf")


def _last(text: str, most: int) -> str:
    """The end of the text, at most so many columns of it."""
    kept = 0
    for begin in reversed(range(len(text))):
        kept += _width(text[begin])
        if kept > most:
            return text[begin + 1 :]
    return text
