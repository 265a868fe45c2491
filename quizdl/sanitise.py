"""Makes text from outside safe to show: no control, bidirectional or escape characters, and never too long."""

from __future__ import annotations

import re

_ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 and C1 controls but newline and tab
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional controls reorder what is read
    "\u2028\u2029\ufeff\ufff9-\ufffb"
    "\ud800-\udfff]"  # lone surrogates cannot be encoded
)


def printable(text: str, limit: int | None = 500) -> str:
    r"""`text` without anything that could steer a terminal or mislead a reader; newline and tab stay.

    Cut at `limit` characters, and says how many were left out.

    >>> printable("a\x1b[31mred\x1b[0m\u202eb")
    'aredb'
    >>> printable("x" * 12, limit=10)
    'xxxxxxxxxx… (+2)'
    """
    clean = _UNSAFE.sub("", _ESCAPE_SEQUENCE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
    if limit is None or len(clean) <= limit:
        return clean
    return f"{clean[:limit]}… (+{len(clean) - limit})"
