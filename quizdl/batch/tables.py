"""CSV as people make it, in whatever encoding and with whatever separator; and files that are written as a whole."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable
from pathlib import Path

from quizdl import whole
from quizdl.errors import InputError
from quizdl.text import Text

MOST_BYTES = 32 << 20


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


def write_whole(path: Path, data: bytes, *, private: bool = False, lasting: bool = True) -> None:
    """As `quizdl.whole` does, with the permissions of any new file, or for its owner alone. lasting: as there."""
    write_parts(path, (data,), private=private, lasting=lasting)


def write_parts(path: Path, parts: Iterable[bytes], *, private: bool = False, lasting: bool = True) -> None:
    """The same, piece by piece."""
    whole.write_parts(path, parts, mode=0o600 if private else 0o666 & ~_umask(), lasting=lasting)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
