"""CSV as people make it, and as spreadsheets open it: encodings, separators, and cells that are no formulas."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from quizdl import whole
from quizdl.errors import InputError
from quizdl.sanitise import printable
from quizdl.text import Text

MOST_BYTES = 32 << 20
_FORMULA = ("=", "+", "-", "@", "\t", "＝", "＋", "－", "＠")


def read_table(path: Path) -> list[tuple[int, list[str]]]:
    """The rows that hold anything, each with its line. Raises InputError."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise _unreadable(path) from error
    text = _decoded(data) if len(data) <= MOST_BYTES else None
    if text is None or "\0" in text:
        raise _unreadable(path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text))
    try:
        return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise _unreadable(path) from error


def _decoded(data: bytes) -> str | None:
    for encoding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp932"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _separator(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _unreadable(path: Path) -> InputError:
    return InputError(
        Text("CSV として読めません。", "It cannot be read as CSV."),
        Text("UTF-8 の CSV で保存し直してください。", "Save it as CSV in UTF-8."),
        str(path),
    )


def safe_cell(text: str) -> str:
    """A cell that a spreadsheet shows and does not compute.

    >>> safe_cell("=1+1"), safe_cell("Ann")
    ("'=1+1", 'Ann')
    """
    clean = printable(text, None).replace("\n", " ")
    return f"'{clean}" if clean.lstrip().startswith(_FORMULA) or clean.startswith("\t") else clean


def plain_cell(text: str) -> str:
    """What `safe_cell` was given, where that needed an apostrophe."""
    return text[1:] if text.startswith("'") and text[1:].lstrip().startswith(_FORMULA) else text


def table_bytes(rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with a mark and `\\r\\n`, which Excel in Japan opens unbroken."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8-sig", "replace")


def write_whole(path: Path, data: bytes, *, private: bool = False, lasting: bool = True) -> None:
    """As `quizdl.whole` does, with the permissions of any new file, or for its owner alone. lasting: as there."""
    whole.write_whole(path, data, mode=0o600 if private else 0o666 & ~_umask(), lasting=lasting)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
