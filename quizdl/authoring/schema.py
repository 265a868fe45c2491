"""A JSON Schema of bank files, made from the records of the model, for editors to complete and check against.

It reads the same annotations as `bank/readers.py`, so that a field added to a record is in both at once. Editors such
as those on yaml-language-server speak draft 7. A schema sees form alone: what a formula computes, whether an id is
taken, is for `quizdl bank check`.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

from quizdl.bank.decode import CONTEXT_FIELDS, FOLDERS, INHERITED, KINDS, STAGES, Header, SetHeader
from quizdl.bank.readers import FORMULA_FIELDS
from quizdl.figures import FIGURES
from quizdl.model import Words
from quizdl.text import Text

Schema = dict[str, Any]

DRAFT_7 = "http://json-schema.org/draft-07/schema#"
_KEBAB = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_PATTERNS = {"id": _KEBAB, "set": _KEBAB, "section": _KEBAB, "chapter": r"^\d+(-\d+){1,3}$", "twin": _KEBAB}
_DAYS = [int(folder.removeprefix("day")) for folder in FOLDERS if folder not in STAGES]
_FIGURE = "figure"
_IS_DRAFT: Schema = {"properties": {"status": {"const": "draft"}}, "required": ["status"]}


def bank_schema() -> Schema:
    """The schema of one bank file."""
    strict, lenient = _Writer(""), _Writer("Draft")
    entries = {"type": "array", "items": {"if": {"required": ["set"]}, "then": _ref("set"), "else": _ref("question")}}
    header = strict.record(Header, required={"questions"}, more={"questions": entries, "day": {"enum": _DAYS}})
    for writer in (strict, lenient):
        _define(writer)
    return {
        "$schema": DRAFT_7,
        "title": "quizdl question bank",
        **header,
        "oneOf": [{"required": ["day"]}, {"required": ["stage"]}],
        "definitions": {
            **strict.definitions,
            **lenient.definitions,
            "entry": _entry(_strict_or_draft),
            "entryDraft": _entry(lambda kind: _ref(f"{kind}Draft")),
            "question": {"allOf": [_ref("entry"), {"required": ["chapter", "source"]}]},
            "set": _strict_or_draft("setOf"),
        },
    }


def _define(writer: _Writer) -> None:
    """The kinds, and a set with its stem, what its questions inherit, and they: those of a draft are drafts."""
    for kind, cls in KINDS.items():
        own = {"kind": {"const": kind}}
        writer.definitions[f"{kind}{writer.suffix}"] = writer.record(cls, {"kind"}, own, optional=set(INHERITED))
    questions = {"type": "array", "items": _ref(f"entry{writer.suffix}")}
    more = {"questions": questions, **{name: _inherited(name) for name in INHERITED}}
    writer.definitions[f"setOf{writer.suffix}"] = writer.record(SetHeader, {"questions"}, more)


def _entry(of_kind: Callable[[str], Schema]) -> Schema:
    """A question by its kind; `chapter` and `source` may come from its set."""
    by_kind = [
        {"if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]}, "then": of_kind(kind)} for kind in KINDS
    ]
    return {
        "type": "object",
        "properties": {"kind": {"enum": list(KINDS)}},
        "required": ["id", "kind"],
        "allOf": by_kind,
    }


def _inherited(name: str) -> Schema:
    """A field that a set gives to its questions has the type that it has there."""
    field = next(field for field in msgspec.structs.fields(KINDS["choice"]) if field.name == name)
    return _Writer("").typed(field.type, name)


def _strict_or_draft(name: str) -> Schema:
    return {"if": _IS_DRAFT, "then": _ref(f"{name}Draft"), "else": _ref(name)}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


class _Writer:
    """Writes records as schemas. suffix: `Draft` where one language is enough."""

    def __init__(self, suffix: str) -> None:
        self.suffix = suffix
        self.definitions: dict[str, Schema] = {}

    def record(
        self,
        cls: type[msgspec.Struct],
        required: set[str],
        more: Schema | None = None,
        optional: set[str] | None = None,
    ) -> Schema:
        """An object with the author's fields of a record, and `more`; `optional` ones need not be there."""
        fields = [field for field in msgspec.structs.fields(cls) if field.name not in _filled_in(cls)]
        needed = {field.name for field in fields if field.required} - (optional or set()) | required
        own = {field.name: self.typed(field.type, field.name) for field in fields}
        return {
            **_described(cls),
            "type": "object",
            "properties": {**own, **(more or {})},
            "required": sorted(needed),
            "additionalProperties": False,
        }

    def typed(self, wanted: Any, name: str = "", formula: bool = False) -> Schema:
        """The schema of one type. name: the field's; formula: a bare number is welcome as well."""
        formula = formula or name in FORMULA_FIELDS
        if name == _FIGURE:
            return _figure()
        if wanted is str:
            pattern = {"pattern": _PATTERNS[name]} if name in _PATTERNS else {}
            return {"type": ["string", "number"] if formula else "string", **pattern}
        if wanted in _PLAIN:
            return {"type": _PLAIN[wanted]} if _PLAIN[wanted] else {}
        if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
            return self._named(wanted)
        return self._container(get_origin(wanted), get_args(wanted), formula)

    def _named(self, cls: type[msgspec.Struct]) -> Schema:
        """A reference to a record, defined once."""
        name = f"{cls.__name__}{self.suffix}"
        if name not in self.definitions:
            self.definitions[name] = {}
            optional = {"ja", "en"} if cls is Words and self.suffix else set()
            self.definitions[name] = self._text() if cls is Text else self.record(cls, set(), optional=optional)
        return _ref(name)

    def _text(self) -> Schema:
        languages: Schema = {"minProperties": 1} if self.suffix else {"required": ["ja", "en"]}
        line = {"type": "string"}
        both = {"type": "object", "properties": {"ja": line, "en": line}, "additionalProperties": False, **languages}
        said = "Both languages: {ja: …, en: …}; or one plain text that is the same in both."
        return {"description": said, "anyOf": [line, both]}

    def _container(self, origin: Any, arguments: tuple[Any, ...], formula: bool) -> Schema:
        if origin is Literal:
            return {"enum": list(arguments)}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.typed(arguments[1], formula=formula)}
        if origin is tuple and arguments[1:] == (...,):
            return {"type": "array", "items": self.typed(arguments[0], formula=formula)}
        if origin is tuple:
            items = self.typed(arguments[0], formula=formula)
            return {"type": "array", "items": items, "minItems": len(arguments), "maxItems": len(arguments)}
        if origin in (Union, types.UnionType):
            return {"anyOf": [self.typed(one, formula=formula) for one in arguments]}
        raise TypeError(f"no schema for {origin} of {arguments}")


_PLAIN: dict[Any, str] = {int: "integer", float: "number", bool: "boolean", type(None): "null", object: ""}


def _filled_in(cls: type[msgspec.Struct]) -> frozenset[str]:
    """The fields that the bank fills in: a question's, never those of a header or a set that happen to be named so."""
    return CONTEXT_FIELDS if cls in KINDS.values() else frozenset()


def _figure() -> Schema:
    """A figure by its name; its parameters are checked by `bank check`."""
    return {"type": "object", "properties": {"name": {"enum": sorted(FIGURES)}}, "required": ["name"]}


def _described(cls: type[msgspec.Struct]) -> Schema:
    """What an editor shows when the pointer rests on it."""
    text = inspect.getdoc(cls)
    return {"description": text} if text else {}
