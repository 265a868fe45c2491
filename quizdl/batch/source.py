"""What people save, as code that can be run: other encodings, notebooks, magics; and where a line of it came from."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from quizdl.batch.records import Form
from quizdl.grading.absent import left_out, stand_ins
from quizdl.text import Text

MOST_CELLS = 500

_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.MULTILINE)
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_JAPANESE = {"shift_jis", "shift-jis", "sjis", "cp932", "ms932", "windows-31j", "x-sjis", "euc-jp", "euc_jp", "eucjp"}
_CODING_LINE = re.compile(r"^([ \t\f]*#.*?)coding[:=][ \t]*[-\w.]+")
_MAGIC = re.compile(r"^(\s*)(?:%{1,2}[A-Za-z]|![^=]|\?{1,2}[A-Za-z]|[A-Za-z_][\w.]*\?{1,2}\s*$)")
_OF_PYTHON = re.compile(r"^\s*%%(?:time|timeit|capture|prun|python3?)\b")
_CELL_MAGIC = re.compile(r"^\s*%%\w")
_LINE = re.compile(r"\bline (\d+)\b")


@dataclass(frozen=True, slots=True)
class Source:
    """Code in UTF-8, what was done to it, and, of a notebook, its cells, line for line as they follow one another."""

    code: bytes
    notes: tuple[Text, ...] = ()
    cells: tuple[str, ...] = ()

    def cell_of(self, line: int) -> tuple[int, int] | None:
        """The code cell and the line in it, both from 1, of a line of the code."""
        for number, cell in enumerate(self.cells, start=1):
            height = cell.count("\n") + 1
            if line <= height:
                return number, line
            line -= height
        return None

    def places(self, told: Iterable[Text]) -> tuple[Text, ...]:
        """Where in the notebook the lines are that these sentences cite."""
        lines = sorted({int(found) for text in told for found in _LINE.findall(text.en)})
        pairs = [(line, place) for line in lines if (place := self.cell_of(line)) is not None]
        return tuple(
            Text(
                f"{line} 行目は、ノートブックの {cell} 番目のコードセルの {inner} 行目です。",
                f"Line {line} is line {inner} of the notebook's code cell {cell}.",
            )
            for line, (cell, inner) in pairs
        )

    def without(self, cell: int, why: Text) -> Source:
        """The notebook with one cell (from 1) left empty: it fails, and is not what is graded."""
        kept = (*self.cells[: cell - 1], "\n" * self.cells[cell - 1].count("\n"), *self.cells[cell:])
        note = Text(
            f"{cell} 番目のコードセルは実行に失敗したため、除いて採点しました: {why.ja}",
            f"Code cell {cell} failed and was left out: {why.en}",
        )
        return replace(self, code="\n".join(kept).encode(), notes=(*self.notes, note), cells=kept)


def code_of(source: bytes, form: Form) -> Source | Text:
    """The code in a file's bytes, or why there is none."""
    if form == "notebook":
        return _notebook(source)
    decoded = _decoded(source)
    if decoded is None:
        return Source(source)  # the sandbox says which line is at fault
    text, encoding = decoded
    if encoding is None:
        return Source(source)
    note = Text(f"文字コード {encoding} として読みました。", f"It was read as {encoding}.")
    return Source(_CODING_LINE.sub(r"\1", text, count=1).encode("utf-8", "replace"), (note,))


def text_of(source: bytes) -> str:
    """A typed answer."""
    decoded = _decoded(source)
    return (decoded[0] if decoded else source.decode("utf-8", "replace")).strip()


def _decoded(source: bytes) -> tuple[str, str | None] | None:
    """The text and, where that is not UTF-8, its encoding; None where it cannot be read."""
    for mark, name in _MARKS:
        if source.startswith(mark):
            return _attempt(source, name, None if name == "utf-8-sig" else name)
    head = b"\n".join(source.splitlines()[:2])
    declared = _COOKIE.search(head)
    if declared is not None and (name := declared[1].decode().lower()) in _JAPANESE:
        return _attempt(source, "cp932" if "euc" not in name else "euc-jp", name) or _attempt(source, "utf-8", name)
    return _attempt(source, "utf-8", None) or _attempt(source, "cp932", "cp932")


def _attempt(source: bytes, encoding: str, told: str | None) -> tuple[str, str | None] | None:
    try:
        return source.decode(encoding), told
    except UnicodeDecodeError:
        return None


def _notebook(source: bytes) -> Source | Text:
    try:
        found = json.loads(source)
        cells = [_text(cell["source"]) for cell in found["cells"] if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return Text("ノートブック（.ipynb）として読めません。", "It cannot be read as a notebook (.ipynb).")
    if not cells or len(cells) > MOST_CELLS:
        most = MOST_CELLS
        return Text(
            f"コードセルがないか、{most} 個を超えています。", f"It has no code cell, or more than {most} of them."
        )
    plain = [_without_magics(cell) for cell in cells]
    text, absent = stand_ins("\n".join(plain))
    lines = iter(text.split("\n"))
    kept = tuple("\n".join(next(lines) for _ in cell.split("\n")) for cell in plain)
    notes = (left_out(absent),) if absent else ()
    return Source(text.encode("utf-8", "surrogatepass"), notes, kept)


def _text(source: str | Sequence[str]) -> str:
    text = source if isinstance(source, str) else "".join(source)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _without_magics(cell: str) -> str:
    """The cell, line for line, with `pass` for what only a notebook understands; empty if it is in another language."""
    lines = cell.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if _CELL_MAGIC.match(lines[first]):
        if not _OF_PYTHON.match(lines[first]):
            return "\n" * (len(lines) - 1)
        lines[first] = ""
    return "\n".join(_MAGIC.sub(r"\1pass  # \g<0>", line) if _MAGIC.match(line) else line for line in lines)
