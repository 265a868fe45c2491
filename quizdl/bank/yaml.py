"""Reads a bank file's bytes into nodes that know their place, and refuses every part of YAML that surprises.

YAML is much larger than a question bank needs, and much of the rest does harm: tags make objects, aliases make bombs,
a second key silently replaces the first, double quotes turn `$\\beta$` into a backspace. Here a file is mappings, lists
and scalars; what a plain scalar means is decided in `scalars.py`, by the field that it stands in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, TypeAlias

import yaml
from yaml import events as ev

from quizdl.bank.characters import holds_japanese
from quizdl.bank.encoding import read_text
from quizdl.bank.faults import Faults
from quizdl.bank.nodes import Mapping, Node, Scalar, Sequence
from quizdl.bank.syntax import explain
from quizdl.sanitise import printable
from quizdl.text import Text

MAX_DEPTH = 20
MAX_NODES = 50_000

Event: TypeAlias = Any
"""A PyYAML event. Its published type says that marks may be missing, which no parser leaves out."""

_LOADER: type = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


def read(data: bytes, faults: Faults) -> Node | None:
    """The root node of one bank file, or None after a fault that leaves nothing to read.

    Raises BankError (through `faults`) for anything that is not a small, plain YAML document; never another error.
    """
    text = read_text(data, faults)
    if text is None:
        return None
    try:
        return _Composer(text, faults).document()
    except _StoppedError:
        return None
    # Not only YAMLError: PyYAML's own scanner lets others out, for `%YAML 1.<5000 digits>` or "\UFFFFFFFF".
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        faults.add_at(*explain(error))
        return None


class _StoppedError(Exception):
    """Reading cannot go on; the fault has been reported."""


class _Composer:
    """Turns events into nodes. Events, not PyYAML's nodes: depth and size are known before anything is built."""

    def __init__(self, text: str, faults: Faults) -> None:
        self._text = text
        self._faults = faults
        self._next: Callable[[], Event] = _LOADER(text).get_event
        self._nodes = 0

    def document(self) -> Node | None:
        """The one document of the file."""
        self._next()  # the start of the stream
        start = self._next()
        if not isinstance(start, ev.DocumentStartEvent):
            self._refuse(start, _EMPTY, _BEGIN)
        if start.version or start.tags:
            self._refuse(start, _DIRECTIVE, Text("その行を消してください。", "Delete that line."))
        root = self._node(self._next(), 1)
        self._next()  # the end of the document
        after = self._next()
        if not isinstance(after, ev.StreamEndEvent):
            self._refuse(after, _SECOND, Text("--- を消してください。", "One document a file: delete the ---."))
        return root

    def _node(self, event: Event, depth: int) -> Node:
        self._nodes += 1
        if depth > MAX_DEPTH:
            self._refuse(event, _TOO_DEEP, _FLATTEN)
        if self._nodes > MAX_NODES:
            self._refuse(event, _TOO_MANY, _FLATTEN)
        if isinstance(event, ev.ScalarEvent):
            return self._scalar(event)
        self._check_decoration(event)
        return self._sequence(event, depth) if isinstance(event, ev.SequenceStartEvent) else self._mapping(event, depth)

    def _sequence(self, start: Event, depth: int) -> Sequence:
        items = []
        while not isinstance(event := self._next(), ev.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return Sequence(items, *_place(start))

    def _mapping(self, start: Event, depth: int) -> Mapping:
        mapping = Mapping({}, {}, bool(start.flow_style), *_place(start))
        while not isinstance(event := self._next(), ev.MappingEndEvent):
            key = self._key(event)
            if key.text in mapping.entries:
                self._duplicate(key, mapping.keys[key.text])
            mapping.entries[key.text] = self._node(self._next(), depth + 1)
            mapping.keys[key.text] = key
        return mapping

    def _key(self, event: Event) -> Scalar:
        if not isinstance(event, ev.ScalarEvent):
            self._check_decoration(event)
            self._refuse(event, Text("キーは文字列に限ります。", "A key must be text."), _QUOTE_KEY)
        key = self._scalar(event)
        if key.text == "<<" and not key.style:
            self._refuse(event, _MERGE, _SPELL_OUT)
        return key

    def _duplicate(self, key: Scalar, earlier: Scalar) -> None:
        name = printable(key.text, 60)
        self._faults.add(
            key,
            Text(
                f"キー「{name}」が重複しています（最初は {earlier.line} 行目）。",
                f"The key '{name}' is written twice (first on line {earlier.line}).",
            ),
            Text("どちらか一方を消すか、名前を変えてください。", "Delete or rename one of the two."),
        )

    def _scalar(self, event: Event) -> Scalar:
        self._check_decoration(event)
        style, start = event.style or "", event.start_mark
        if style == '"':
            self._check_double_quoted(event)
        if style != "|" and start.line != event.end_mark.line and holds_japanese(event.value):
            self._faults.add_at(*_place(event), _FOLDED, _USE_BLOCK)
        return Scalar(event.value, style, start.line + 1, start.column + 1)

    def _check_double_quoted(self, event: Event) -> None:
        """Escapes in double quotes turn `$\\frac$` into control characters, without a word."""
        raw = self._text[event.start_mark.index : event.end_mark.index]
        for sign in "\\$":
            if sign in raw:
                message = Text(f"二重引用符の中に {sign} があります。", f"A double-quoted text holds a {sign}.")
                self._faults.add_at(*_place(event), message, _USE_SINGLE)
                return

    def _check_decoration(self, event: Event) -> None:
        """Refuses anchors, aliases and tags."""
        if event.anchor is not None:
            sign = "*" if isinstance(event, ev.AliasEvent) else "&"
            name = sign + printable(str(event.anchor), 60)
            self._refuse(
                event, Text(f"{name} は使えません。", f"The anchor or alias {name} is not used here."), _SPELL_OUT
            )
        if event.tag is not None:
            name = printable(str(event.tag), 60)
            self._refuse(event, Text(f"タグ {name} は使えません。", f"The tag {name} is not used here."), _NO_TAG)

    def _refuse(self, event: Event, message: Text, hint: Text) -> NoReturn:
        self._faults.add_at(*_place(event), message, hint)
        raise _StoppedError


def _place(event: Event) -> tuple[int, int]:
    """Line and column from 1."""
    mark = event.start_mark
    return mark.line + 1, mark.column + 1


_EMPTY = Text("ファイルが空です。", "The file is empty.")
_BEGIN = Text("section: と questions: から書き始めてください。", "Begin with section: and questions:.")
_DIRECTIVE = Text("YAML の % 指示は使えません。", "YAML's % directives are not used here.")
_SECOND = Text("2 つ目の文書（---）があります。", "A second document (---) begins here.")
_TOO_DEEP = Text(f"入れ子が {MAX_DEPTH} 段を超えています。", f"This is nested deeper than {MAX_DEPTH}.")
_TOO_MANY = Text(f"値が {MAX_NODES} 個を超えています。", f"There are more than {MAX_NODES} values.")
_FLATTEN = Text("構造を浅くするか、ファイルを分けてください。", "Make it flatter, or split the file.")
_MERGE = Text("マージキー << は使えません。", "The merge key << is not used here.")
_SPELL_OUT = Text(
    "同じ内容をそのまま書いてください。文字としての & * << は引用符で囲みます。",
    "Write the content out; quote a text that begins with &, * or <<.",
)
_NO_TAG = Text(
    "タグを消すか、! で始まる値を引用符で囲んでください。", "Delete the tag, or quote a text that begins with !."
)
_QUOTE_KEY = Text("キーを引用符で囲んだ文字列にしてください。", "Make the key a quoted text.")
_USE_SINGLE = Text("一重引用符か | ブロックを使ってください。", "Use single quotes or a | block.")
_FOLDED = Text(
    "日本語の文が複数行に折り返され、改行が空白に変わります。",
    "Japanese text runs over several lines, and each line break becomes a space.",
)
_USE_BLOCK = Text("> や複数行の引用ではなく | ブロックを使ってください。", "Use a | block, not > or quotes over lines.")
