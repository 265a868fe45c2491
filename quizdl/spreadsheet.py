"""Tables that a spreadsheet opens: bytes that Excel in Japan reads unbroken, and cells that are shown and never run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from quizdl.sanitise import printable

BYTE_ORDER_MARK = "\ufeff"
_FORMULA = frozenset("=+-@＝＋－＠−")
"""What a formula begins with; Excel in Japan takes the full-width ones as well."""

_CONTROL = frozenset("\t\r")
"""What some spreadsheets pass over before a formula, and others end a cell at."""

_BLANKS = " \n\u3000\u00a0"


def begins_formula(text: str) -> bool:
    """Whether some spreadsheet may compute a cell of this text."""
    return text.lstrip()[:1] in _FORMULA or text.lstrip(_BLANKS)[:1] in _CONTROL


def safe_cell(text: str, *, lines: bool = False) -> str:
    """A cell that a spreadsheet shows and does not compute; an apostrophe before it is how that is said.

    lines: whether it may have several.

    >>> safe_cell("=1+1"), safe_cell("Ann")
    ("'=1+1", 'Ann')
    """
    clean = printable(text, None)
    shown = clean.strip("\n") if lines else clean.replace("\n", " ")
    return f"'{shown}" if begins_formula(shown) else shown


def plain_cell(text: str) -> str:
    """What `safe_cell` was given, where that needed an apostrophe."""
    return text[1:] if text.startswith("'") and begins_formula(text[1:]) else text


def table_text(rows: Iterable[Sequence[str]]) -> str:
    """The table in the form of RFC 4180, after the mark by which Excel knows UTF-8."""
    return "".join(_lines(rows))


def table_bytes(rows: Iterable[Sequence[str]]) -> bytes:
    """The same in UTF-8."""
    return b"".join(table_parts(rows))


def table_parts(rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """The same, row by row: it need never be whole in memory."""
    return (line.encode("utf-8", "replace") for line in _lines(rows))


def _lines(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield BYTE_ORDER_MARK
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    for row in rows:
        writer.writerow(row)
        yield written.getvalue()
        written.seek(0)
        written.truncate()
