"""CSV as people make it, in whatever encoding and with whatever separator; and files that are written as a whole."""

from __future__ import annotations

import codecs
import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from quizdl import whole
from quizdl.errors import InputError
from quizdl.spreadsheet import table_parts
from quizdl.text import Text

MOST_BYTES = 32 << 20
_PIECE = 1 << 16


def read_table(path: Path) -> list[tuple[int, list[str]]]:
    """The rows that hold anything, each with its line. Raises InputError."""
    return list(read_rows(path))


def read_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The same, one after the other."""
    try:
        with path.open(encoding=_encoding(path), newline="") as file:
            separator = max(",;\t", key=file.readline().count)
            file.seek(0)
            reader = csv.reader(file, delimiter=separator)
            for row in reader:
                if any(cell.strip() for cell in row):
                    yield reader.line_num, row
    except (OSError, UnicodeError, csv.Error) as error:
        raise _unreadable(path) from error


def _encoding(path: Path) -> str:
    """The one of those that people use in which all of it can be read."""
    with path.open("rb") as file:
        marked = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    found = next((one for one in (("utf-16",) if marked else ("utf-8-sig", "cp932")) if _can_be(one, path)), None)
    if found is None:
        raise _unreadable(path)
    return found


def _can_be(encoding: str, path: Path) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    left = MOST_BYTES
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            left -= len(piece)
            try:
                if left < 0 or "\0" in decoder.decode(piece):
                    return False
            except UnicodeDecodeError:
                return False
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _unreadable(path: Path) -> InputError:
    return InputError(
        Text("CSV として読めません。", "It cannot be read as CSV."),
        Text("UTF-8 の CSV で保存し直してください。", "Save it as CSV in UTF-8."),
        str(path),
    )


def write_whole(path: Path, data: bytes, *, private: bool = False, lasting: bool = True) -> None:
    """As `quizdl.whole` does, with the permissions of any new file, or for its owner alone. lasting: as there."""
    write_parts(path, (data,), private=private, lasting=lasting)


def write_table(path: Path, rows: Iterable[Sequence[str]]) -> None:
    """A table as spreadsheets read it, for its owner alone, row by row."""
    write_parts(path, table_parts(rows), private=True)


def write_parts(path: Path | str, parts: Iterable[bytes], *, private: bool = False, lasting: bool = True) -> None:
    """The same, piece by piece."""
    whole.write_parts(path, parts, mode=0o600 if private else 0o666 & ~_umask(), lasting=lasting)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
