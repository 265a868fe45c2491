"""Cells of a table that spreadsheets open: nothing is run as a formula, nothing silently becomes a date.

A cell that a spreadsheet would change gets an apostrophe before it; `bare` takes it away again, exactly.
"""

from __future__ import annotations

import re

from quizdl.spreadsheet import begins_formula

_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,14})?", re.ASCII)
_SIGNS = frozenset("0123456789 .,:/()%eE¥$￥+-")
"""Of dates, fractions, times, long and padded numbers, and (3) for -3."""

_NAMED = re.compile(
    r"\d{0,4}[\s/-]?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[\s/-]?\d{0,4}|true|false|\d+[年月].*",
    re.IGNORECASE | re.ASCII,
)
"""Dates with the month's name, Japanese dates, truth."""

LONGEST = 32_767
"""Characters that a cell of Excel holds."""


def guarded(text: str) -> str:
    """The text as a cell.

    >>> guarded("=1+1"), guarded("1/4"), guarded("-0.25"), guarded("plain")
    ("'=1+1", "'1/4", '-0.25', 'plain')
    """
    return f"'{text}" if _is_changed(text) else text


def bare(cell: str) -> str:
    """The text of a cell: `guarded` taken back."""
    return cell[1:] if cell.startswith("'") and _is_changed(cell[1:]) else cell


def _is_changed(text: str) -> bool:
    if _NUMBER.fullmatch(text):
        return False
    return (
        begins_formula(text)
        or (_SIGNS.issuperset(text) and any(one.isdecimal() for one in text))
        or _NAMED.fullmatch(text) is not None
        or (text.startswith("'") and _is_changed(text[1:]))
    )
