"""Reads XML from strangers into a small tree that knows its lines: no DOCTYPE, no entities, and never very large."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from quizdl.errors import InputError
from quizdl.sanitise import printable
from quizdl.text import Text

MOST_BYTES = 16 << 20
MOST_ELEMENTS = 200_000
DEEPEST = 40


@dataclass(slots=True)
class Element:
    """An element with its line. text: what stands directly within it, its children's left out."""

    name: str
    attributes: Mapping[str, str]
    line: int
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def all(self, name: str) -> Iterator[Element]:
        """The children of this name."""
        return (child for child in self.children if child.name == name)

    def first(self, name: str) -> Element | None:
        """The first child of this name."""
        return next(self.all(name), None)

    def inner(self, *path: str) -> str:
        """The text at the end of a path of first children; empty where there is none."""
        found: Element | None = self
        for name in path:
            found = found and found.first(name)
        return found.text.strip() if found else ""


def read_xml(data: bytes, where: str) -> Element:
    """The root of a document. Raises InputError for one that is too large, not well-formed, or has a DOCTYPE."""
    if len(data) > MOST_BYTES:
        message = Text("ファイルが大きすぎます（16 MiB まで）。", "The file is too large (16 MiB at most).")
        raise InputError(message, _SPLIT, where)
    return _Builder(where).read(data)


class _Builder:
    def __init__(self, where: str) -> None:
        self._where = where
        self._open: list[Element] = []
        self._pieces: list[list[str]] = []
        self._root: Element | None = None
        self._count = 0
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._parser.EntityDeclHandler = self._refuse_doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters

    def read(self, data: bytes) -> Element:
        try:
            self._parser.Parse(data, True)
        except (expat.ExpatError, LookupError, ValueError) as error:
            reason = printable(str(error), 100)
            message = Text(f"XML として読めません（{reason}）。", f"This is no well-formed XML ({reason}).")
            hint = Text("元のツールから書き出し直してください。", "Export it again from the tool it came from.")
            raise InputError(message, hint, self._place()) from error
        assert self._root is not None  # noqa: S101 - expat refuses a document without one
        return self._root

    def _place(self) -> str:
        return f"{self._where}:{self._parser.CurrentLineNumber}"

    def _refuse_doctype(self, *_: object) -> NoReturn:
        message = Text(
            "DOCTYPE や実体の宣言がある XML は受け付けません。", "XML with a DOCTYPE or entities is not accepted."
        )
        hint = Text("宣言を消してから取り込んでください。", "Delete the declaration, then import it.")
        raise InputError(message, hint, self._place())

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MOST_ELEMENTS or len(self._open) >= DEEPEST:
            message = Text("要素が多すぎるか、深すぎます。", "There are too many elements, or they are too deep.")
            raise InputError(message, _SPLIT, self._place())
        element = Element(name, attributes, self._parser.CurrentLineNumber)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self._root = element
        self._open.append(element)
        self._pieces.append([])

    def _end(self, _: str) -> None:
        self._open.pop().text = "".join(self._pieces.pop())

    def _characters(self, text: str) -> None:
        self._pieces[-1].append(text)


_SPLIT = Text("ファイルを分けてください。", "Split the file.")
