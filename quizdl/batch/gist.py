"""What a file's program is made of: the text without what its comments say, of which no program hears.

Half a class hands in the same few lines below a comment with a name. Where there is any doubt whether something is a
comment, or whether more than a reader sees it, the text has no gist, and is graded by itself.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

MOST_BYTES = 16 << 10
"""Longer files have none: no limit on the size of a file may lie between two that are taken for one."""

_PARTS = re.compile(
    r'"""(?:\\.|[^\\])*?"""|"(?:\\.|[^"\\\r\n])*"'
    r"|'''(?:\\.|[^\\])*?'''|'(?:\\.|[^'\\\r\n])*'"
    r"|(?P<comment>\#[^\r\n]*)|(?P<open>[\"'])",
    re.DOTALL,
)
_HOLDS_CODE = re.compile(r"[ft]r?$", re.IGNORECASE)
"""Before a string: from Python 3.12 on there may be quotes and comments of their own in it."""


def gist(source: bytes) -> str | None:
    """A digest that is equal only for files whose programs cannot be told apart; None where there may be doubt.

    That a comment stands there belongs to it, since it may be in the way: a line cannot be continued behind one.
    """
    try:
        text = source.decode("utf-8") if len(source) <= MOST_BYTES else "\0"
        if "\0" in text or "\ufeff" in text:
            return None
        return hashlib.sha256("".join(_without_remarks(text)).encode()).hexdigest()
    except (UnicodeDecodeError, _DoubtError):
        return None


class _DoubtError(ValueError):
    pass


def _without_remarks(text: str) -> Iterator[str]:
    done = 0
    for part in _PARTS.finditer(text):
        if remark := part["comment"]:
            if "coding" in remark:  # it may say how the file is to be read
                raise _DoubtError
            yield text[done : part.start()] + "#"
            done = part.end()
        elif part["open"] or _HOLDS_CODE.search(text, max(part.start() - 2, 0), part.start()):
            raise _DoubtError
    yield text[done:]
