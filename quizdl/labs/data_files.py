"""The learner's own data: a CSV of numbers, IDX images (MNIST's format), or text, a sentence a line.

Every fault names the file and, where there are lines, the line and the column.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
import unicodedata
import zlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from quizdl.errors import InputError
from quizdl.sanitise import printable
from quizdl.text import Text

MOST_BYTES = 256 * 2**20
"""Of a file, and of what a compressed one holds: sixty thousand digits are 47 MB."""

MOST_CELLS = 5_000_000
_SHOWN = 40


class Images(NamedTuple):
    """Grey images (N, H, W), 0 to 255, and what each of them shows, (N,), where a file of labels lies beside them."""

    images: NDArray[np.uint8]
    labels: NDArray[np.intp] | None


def read_data(path: Path, kind: str) -> Any:
    """What a lab that accepts this kind ("csv", "idx", "text") gets. Raises InputError."""
    return {"csv": read_csv, "idx": read_idx, "text": read_text}[kind](path)


def read_csv(path: Path) -> NDArray[np.float64]:
    """(rows, columns) of numbers. A first line of words alone is a heading and is left out; empty lines are too."""
    rows: list[list[float]] = []
    reader = csv.reader(io.StringIO(_decoded(path)))
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not rows and reader.line_num == 1 and not any(_is_number(cell) for cell in cells):
                continue
            rows.append([_number(cell, path, reader.line_num, place) for place, cell in enumerate(cells, 1)])
            _same_width(rows, path, reader.line_num)
    except csv.Error as error:
        raise _fault(path, Text("CSV として読めません。", "This cannot be read as CSV."), reader.line_num) from error
    if not rows:
        raise _fault(path, Text("数値の行がありません。", "There is no row of numbers."))
    return np.array(rows)


def read_text(path: Path) -> list[str]:
    """The lines that are not empty, without space around them, in NFC."""
    lines = [unicodedata.normalize("NFC", printable(line, None)).strip() for line in _decoded(path).splitlines()]
    found = [line for line in lines if line]
    if not found:
        raise _fault(path, Text("文が 1 行もありません。", "There is no line of text."))
    return found


def read_idx(path: Path) -> Images:
    """Images of the IDX format, plain or gzip. The labels are those of `…labels-idx1…` beside `…images-idx3…`."""
    images = _idx(path)
    if images.ndim != 3 or 0 in images.shape:
        found = str(images.shape)
        raise _fault(
            path,
            Text(
                f"3 次元の画像データ (枚数, 高さ, 幅) が必要ですが、形は {found} です。",
                f"Images (count, height, width) are needed; the shape is {found}.",
            ),
        )
    beside = path.with_name(path.name.replace("images", "labels").replace("idx3", "idx1"))
    if beside == path or not beside.is_file():
        return Images(images, None)
    labels = _idx(beside)
    if labels.shape != images.shape[:1]:
        count, found = len(images), str(labels.shape)
        raise _fault(
            beside,
            Text(
                f"画像は {count} 枚ですが、ラベルの形は {found} です。",
                f"There are {count} images, but the labels' shape is {found}.",
            ),
        )
    return Images(images, labels.astype(np.intp))


def _idx(path: Path) -> NDArray[np.uint8]:
    """Two zero bytes, 8 for bytes, the number of axes, their lengths as big-endian numbers, the bytes."""
    data = _bytes(path)
    if data[:2] == b"\x1f\x8b":
        data = _unpacked(data, path)
    axes = data[3] if len(data) > 3 else 0
    if data[:3] != b"\x00\x00\x08" or not 1 <= axes <= 4 or len(data) < 4 + 4 * axes:
        raise _fault(
            path,
            Text(
                "IDX 形式（MNIST と同じ形式、符号なし 8 ビット）ではありません。",
                "This is not the IDX format (MNIST's, of unsigned bytes).",
            ),
        )
    shape = tuple(int.from_bytes(data[4 + 4 * axis : 8 + 4 * axis], "big") for axis in range(axes))
    expected, held = math.prod(shape), len(data) - 4 - 4 * axes
    if held != expected:
        raise _fault(
            path,
            Text(
                f"見出しでは {expected} バイトですが、{held} バイトあります。途中で切れたファイルかもしれません。",
                f"Its heading says {expected} bytes, but there are {held}: the file may be cut off.",
            ),
        )
    return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(shape)


def _unpacked(data: bytes, path: Path) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            found = file.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise _fault(path, Text("gzip として展開できません。", "This cannot be unpacked as gzip.")) from error
    if len(found) > MOST_BYTES:
        raise _too_large(path)
    return found


def _decoded(path: Path) -> str:
    data = _bytes(path)
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _fault(path, Text("UTF-8 の文字として読めません。", "This is not UTF-8 text."))


def _bytes(path: Path) -> bytes:
    """The whole of a regular file."""
    if not path.is_file():
        raise _fault(path, Text("ファイルがありません。", "There is no such file."))
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise _too_large(path)
    return data


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _number(cell: str, path: Path, line: int, place: int) -> float:
    shown = printable(cell.strip(), _SHOWN)
    try:
        value = float(cell)
    except ValueError as error:
        message = Text(f"数値ではありません: {shown!r}", f"This is no number: {shown!r}")
        raise _fault(path, message, line, place) from error
    if not math.isfinite(value):
        raise _fault(
            path,
            Text(f"有限の数値ではありません: {shown!r}", f"This is not a finite number: {shown!r}"),
            line,
            place,
        )
    return value


def _same_width(rows: list[list[float]], path: Path, line: int) -> None:
    expected, found = len(rows[0]), len(rows[-1])
    if found != expected:
        message = Text(
            f"列の数が違います（1 行目は {expected} 列、この行は {found} 列）。",
            f"The first row has {expected} columns, this one {found}.",
        )
        raise _fault(path, message, line)
    if len(rows) * expected > MOST_CELLS:
        message = Text(f"数値が多すぎます（{MOST_CELLS} 個まで）。", f"There are more than {MOST_CELLS} numbers.")
        raise _fault(path, message, line)


def _too_large(path: Path) -> InputError:
    most = MOST_BYTES // 2**20
    return _fault(path, Text(f"大きすぎます（{most} MB まで）。", f"This is larger than {most} MB."))


def _fault(path: Path, message: Text, line: int | None = None, column: int | None = None) -> InputError:
    place = ":".join(str(part) for part in (printable(str(path), None), line, column) if part is not None)
    return InputError(message, _HELP, place)


_HELP = Text(
    "ファイルの中身を確かめてください。データなしでも動きます（--data を外す）。",
    "Look at the file's contents; without --data the lab makes its own.",
)
