"""Reads nodes as the types of the model: one reader a type, made once from the type's own annotations.

A field added to a record can therefore be written in a bank at once, and nothing has to be said twice. A reader reports
what is wrong at the node's own line and column, and goes on, so that one look finds all the faults of a question.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin

import msgspec

from quizdl.bank import scalars
from quizdl.bank.characters import holds_japanese
from quizdl.bank.faults import Faults, Placed, guess
from quizdl.bank.nodes import Mapping, Node, Scalar, Sequence
from quizdl.model import Words
from quizdl.sanitise import printable
from quizdl.text import Text, same

Reader: TypeAlias = Callable[[Node, Faults], Any]

FORMULA_FIELDS = frozenset({"answer", "fill", "where", "values"})
"""Fields whose text is a formula or a fill, where a bare number is welcome."""

_BOTH = ("ja", "en")
_NOT_PROSE = re.compile(r"`[^`]*`|（.）")


def read_record(cls: type[msgspec.Struct], node: Node, faults: Faults, hidden: Iterable[str] = ()) -> dict[str, Any]:
    """The fields of one record by name; unknown and missing ones are reported. `hidden` fields are not the author's."""
    if not isinstance(node, Mapping):
        expected(node, Text("「キー: 値」の組", "a mapping of keys to values"), "{id: x}", faults)
        return {}
    fields = _fields(cls)
    values = {}
    for name, child in node.entries.items():
        field = fields.get(name)
        if field is None or name in hidden:
            unknown_field(node, name, [known for known in fields if known not in hidden], faults)
        else:
            values[name] = field.read(child, faults)
    for name, field in fields.items():
        if field.required and name not in node.entries:
            missing_field(node, name, faults)
    return values


def unknown_field(node: Mapping, name: str, known: Iterable[str], faults: Faults) -> None:
    """Report a field that nothing reads, with a guess at what was meant."""
    shown, value, near = printable(name, 60), node.entries[name], guess(name, known)
    if near is not None:
        hint = Text(f"「{near}」のことでしょうか。", f"Did you mean '{near}'?")
    elif node.flow and isinstance(value, Scalar) and not value.text and not value.style:
        hint = Text(
            "引用符のないカンマで値が切れていませんか。値全体を一重引用符で囲んでください。",
            "An unquoted comma in { } may have cut a value: put the whole value in single quotes.",
        )
    else:
        names = ", ".join(sorted(known))
        hint = Text(f"使えるフィールド: {names}", f"Known fields: {names}")
    faults.add(node.keys[name], Text(f"未知のフィールド「{shown}」です。", f"Unknown field '{shown}'."), hint)


def missing_field(node: Placed, name: str, faults: Faults) -> None:
    """Report a required field that is not there."""
    message = Text(f"必須のフィールド「{name}」がありません。", f"The required field '{name}' is missing.")
    faults.add(node, message, Text(f"「{name}:」を書き加えてください。", f"Add '{name}:'."))


def expected(node: Node, what: Text, like: str, faults: Faults) -> None:
    """Report that a node of another form was found. like: how the right form is written."""
    if isinstance(node, Scalar):
        text = printable(node.text, 60)
        found = Text(f"「{text}」", f"'{text}'") if text else Text("空の値", "nothing")
    elif isinstance(node, Sequence):
        found = Text("リスト", "a list")
    else:
        found = Text("「キー: 値」の組", "a mapping")
    faults.add(
        node,
        Text(f"{what.ja}が必要ですが、{found.ja}があります。", f"Expected {what.en}, but found {found.en}."),
        Text(f"例: {like}", f"For example {like}"),
    )


def read_text(node: Node, faults: Faults) -> Text:
    """A text of both languages: `{ja: …, en: …}`, or one plain text that is the same in both.

    In a draft one language stands in for the other.
    """
    if isinstance(node, Mapping):
        node = _in_both(node) if faults.one_language else node
        return Text(*(_language(node, lang, faults) for lang in _BOTH)) if _only_languages(node, faults) else same("")
    if not isinstance(node, Scalar):
        expected(node, Text("文", "a text"), "{ja: 和, en: sum}", faults)
        return same("")
    text = scalars.text(node, faults)
    if not text.isascii() and not faults.one_language and holds_japanese(_NOT_PROSE.sub("", text)):
        faults.add(node, _MISSING["en"], Text("{ja: …, en: …} と両方を書いてください。", "Write both: {ja: …, en: …}."))
    return same(text)


def _in_both(node: Mapping) -> Mapping:
    """A draft's mapping of languages to texts; the one that is there stands in for the one that is not."""
    given = [lang for lang in _BOTH if lang in node.entries]
    if len(given) != 1:
        return node
    both = {**dict.fromkeys(_BOTH, node.entries[given[0]]), **node.entries}
    return msgspec.structs.replace(node, entries=both)


_MISSING = {
    "ja": Text("日本語（ja）の文がありません。", "The Japanese text (ja) is missing."),
    "en": Text("英語（en）の文がありません。", "The English text (en) is missing."),
}


def _only_languages(node: Mapping, faults: Faults) -> bool:
    strangers = [name for name in node.entries if name not in _BOTH]
    for name in strangers:
        unknown_field(node, name, _BOTH, faults)
    return not strangers


def _language(node: Mapping, lang: str, faults: Faults) -> str:
    child = node.entries.get(lang)
    if child is None or (isinstance(child, Scalar) and not child.text.strip()):
        faults.add(child or node, _MISSING[lang], Text(f"「{lang}:」を書き加えてください。", f"Add '{lang}:'."))
        return ""
    return str(_scalar(scalars.text, child, faults))


def read_free(node: Node, faults: Faults) -> object:
    """Plain data of any form: numbers, true and false, text, lists and mappings of these."""
    if isinstance(node, Sequence):
        return [read_free(item, faults) for item in node.items]
    if isinstance(node, Mapping):
        return {scalars.text(node.keys[name], faults): read_free(value, faults) for name, value in node.entries.items()}
    return scalars.free(node, faults)


class _Field(msgspec.Struct, frozen=True):
    read: Reader
    required: bool


@cache
def _fields(cls: type[msgspec.Struct]) -> dict[str, _Field]:
    return {
        field.name: _Field(_reader(field.type, field.name in FORMULA_FIELDS), field.required)
        for field in msgspec.structs.fields(cls)
    }


@cache
def _reader(wanted: Any, formula: bool = False) -> Reader:
    """The reader of a type. formula: its texts are formulas."""
    if wanted is Text:
        return read_text
    if wanted in _SCALARS:
        return _scalar_reader(scalars.formula if formula and wanted is str else _SCALARS[wanted])
    if wanted is object:
        return read_free
    if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
        return _record_reader(wanted)
    return _container_reader(get_origin(wanted), get_args(wanted), formula)


_SCALARS: dict[Any, Callable[[Scalar, Faults], Any]] = {
    str: scalars.text,
    int: scalars.whole,
    float: scalars.number,
    bool: scalars.truth,
}


def _container_reader(origin: Any, arguments: tuple[Any, ...], formula: bool) -> Reader:
    if origin is Literal:
        return _one_of(arguments)
    if origin is dict:
        return _dict_reader(_reader(arguments[1], formula))
    if origin is tuple and arguments[1:] == (...,):
        return _list_reader(_reader(arguments[0], formula))
    if origin is tuple:
        return _pair_reader(_reader(arguments[0], formula))
    if origin in (Union, types.UnionType):
        members = [member for member in arguments if member is not type(None)]
        return _optional(_reader(members[0], formula)) if len(members) == 1 else _scalar_reader(scalars.free)
    raise TypeError(f"the bank cannot read {origin} of {arguments}")


def _scalar(read: Callable[[Scalar, Faults], Any], node: Node, faults: Faults) -> Any:
    if isinstance(node, Scalar):
        return read(node, faults)
    expected(node, Text("1 つの値", "a single value"), "'a, b'", faults)
    return ""


def _scalar_reader(read: Callable[[Scalar, Faults], Any]) -> Reader:
    return lambda node, faults: _scalar(read, node, faults)


def _optional(read: Reader) -> Reader:
    """Reads a field that may be left out; `null` says the same aloud."""

    def read_or_none(node: Node, faults: Faults) -> Any:
        is_null = isinstance(node, Scalar) and not node.style and node.text in ("null", "~")
        return None if is_null else read(node, faults)

    return read_or_none


def _record_reader(cls: type[msgspec.Struct]) -> Reader:
    def read(node: Node, faults: Faults) -> object:
        before = len(faults.found)
        if cls is Words and faults.one_language and isinstance(node, Mapping):
            node = _in_both(node)
        values = read_record(cls, node, faults)
        return cls(**values) if len(faults.found) == before else None

    return read


def _one_of(words: tuple[Any, ...]) -> Reader:
    def read(node: Node, faults: Faults) -> object:
        word = _scalar(scalars.text, node, faults)
        if isinstance(node, Scalar) and word not in words:
            not_one_of(node, words, faults)
        return word

    return read


def not_one_of(node: Scalar, words: Iterable[str], faults: Faults) -> None:
    """Report a word that is none of those allowed."""
    shown, known, near = printable(node.text, 60), ", ".join(words), guess(node.text, words)
    hint = (
        Text(f"「{near}」のことでしょうか。", f"Did you mean '{near}'?")
        if near
        else Text("どれかを選んでください。", "Choose one.")
    )
    message = Text(f"「{shown}」は使えません。使えるのは {known} です。", f"'{shown}' is not one of {known}.")
    faults.add(node, message, hint)


def _dict_reader(read_value: Reader) -> Reader:
    def read(node: Node, faults: Faults) -> dict[str, Any]:
        if not isinstance(node, Mapping):
            expected(node, Text("「キー: 値」の組", "a mapping of keys to values"), "{id: x}", faults)
            return {}
        return {
            scalars.text(node.keys[name], faults): read_value(value, faults) for name, value in node.entries.items()
        }

    return read


def _list_reader(read_item: Reader) -> Reader:
    def read(node: Node, faults: Faults) -> tuple[Any, ...]:
        if not isinstance(node, Sequence):
            expected(node, Text("リスト", "a list"), "[a, b]", faults)
            return ()
        return tuple([read_item(item, faults) for item in node.items])

    return read


def _pair_reader(read_item: Reader) -> Reader:
    def read(node: Node, faults: Faults) -> tuple[Any, ...]:
        if not isinstance(node, Sequence) or len(node.items) != 2:
            expected(node, Text("2 つの値", "two values"), "[1, 9]", faults)
            return (0, 0)
        return tuple([read_item(item, faults) for item in node.items])

    return read
