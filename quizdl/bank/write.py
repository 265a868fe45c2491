"""Questions → YAML, written as authors write it: read back, each is what it was."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from quizdl.bank.characters import holds_japanese
from quizdl.bank.decode import CONTEXT_FIELDS, Header
from quizdl.bank.scalars import looks_like_more_than_text
from quizdl.model import Question, SharedStem

_WIDTH = 110
_STEP = "  "
_PLAIN = re.compile(r"[A-Za-z_][\w ./*+()=-]*", re.ASCII)
_FIRST = ("id", "kind")


def file_text(header: Header, entries: Iterable[str]) -> str:
    """A whole bank file: its header, and entries as `entry_text` and `set_text` write them."""
    fields = _data(header)
    given = {name: value for name, value in fields.items() if value is not None}
    return "\n".join([*_block(given, ""), "questions:", "", "\n".join(entries)])


def entry_text(question: Question, indent: str = "") -> str:
    """One question as an entry of the list of questions, with what its author wrote and nothing that the bank adds."""
    fields = _data(question)
    own = {name: value for name, value in fields.items() if name not in CONTEXT_FIELDS}
    return _entry({name: own.pop(name) for name in _FIRST} | own, indent, question.status == "draft")


def fields_text(fields: Mapping[str, Any]) -> str:
    """The fields of a question, in their order, as an entry of the list of questions."""
    return _entry(fields, "", draft=False)


def set_text(shared: SharedStem, questions: Iterable[Question]) -> str:
    """A set with its questions as an entry of the list of questions."""
    members = list(questions)
    fields = _data(shared)
    draft = bool(members) and all(one.status == "draft" for one in members)
    head = {"set": fields.pop("id"), **({"status": "draft"} if draft else {}), **fields}
    return _entry(head, "", draft) + "  questions:\n" + "".join(entry_text(one, _STEP) for one in members)


def _data(record: msgspec.Struct) -> dict[str, Any]:
    """A record as plain mappings and lists, without what is as by default."""
    data: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(record))
    return data


def _entry(fields: Mapping[str, Any], indent: str, draft: bool) -> str:
    lines = _block(fields, f"{indent}{_STEP}", draft)
    first = f"{indent}- {lines[0].removeprefix(f'{indent}{_STEP}')}"
    return "\n".join([first, *lines[1:], ""])


def _block(fields: Mapping[str, Any], indent: str, draft: bool = False) -> list[str]:
    """A mapping, a line a field where the value is short."""
    leads = {f"{indent}{_scalar(name)}:": value for name, value in fields.items()}
    return [line for lead, value in leads.items() for line in _field(lead, value, indent, draft)]


def _field(lead: str, value: Any, indent: str, draft: bool) -> list[str]:
    """A value after its key or its dash: on the same line where it fits there, else below it and further in."""
    value = _languages(value, draft)
    if isinstance(value, str) and "\n" in value:
        return [f"{lead} {_opening(value)}", *(f"{indent}{_STEP}{line}" if line else "" for line in _lines(value))]
    flow = _flow(value, draft)
    if flow is not None and (not isinstance(value, (dict, list)) or len(lead) + _cells(flow) < _WIDTH):
        return [f"{lead} {flow}"]
    if isinstance(value, dict):
        return [lead, *_block(value, f"{indent}{_STEP}", draft)]
    return [lead, *(line for item in value for line in _item(item, f"{indent}{_STEP}", draft))]


def _item(item: Any, indent: str, draft: bool) -> list[str]:
    flow = _flow(item, draft)
    if flow is not None and len(indent) + _cells(flow) < _WIDTH:
        return [f"{indent}- {flow}"]
    if isinstance(item, dict) and isinstance(item := _languages(item, draft), dict):
        lines = _block(item, f"{indent}{_STEP}", draft)
        return [f"{indent}- {lines[0].lstrip(' ')}", *lines[1:]]
    return _field(f"{indent}-", item, indent, draft)


def _flow(value: Any, draft: bool) -> str | None:
    """A value on one line, as in `{a: 1, b: [2, 3]}`; None where a text in it has lines of its own."""
    value = _languages(value, draft)
    if isinstance(value, dict):
        parts = [(_scalar(name), _flow(child, draft)) for name, child in value.items()]
        inner = None if any(part is None for _, part in parts) else ", ".join(f"{name}: {part}" for name, part in parts)
        return None if inner is None else f"{{{inner}}}"
    if isinstance(value, list):
        items = [_flow(item, draft) for item in value]
        return None if None in items else f"[{', '.join(str(item) for item in items)}]"
    return None if isinstance(value, str) and "\n" in value else _scalar(value)


def _languages(value: Any, draft: bool) -> Any:
    """A text that is the same in both languages is written once; in a draft that is the language which is there."""
    if not isinstance(value, dict) or set(value) != {"ja", "en"} or value["ja"] != value["en"]:
        return value
    if draft or not isinstance(value["ja"], str):
        return {"ja" if holds_japanese(str(value["ja"])) else "en": value["ja"]} if draft else value
    return value if holds_japanese(value["ja"]) else value["ja"]


def _scalar(value: Any) -> str:
    """A value that is neither a list nor a mapping; quoted wherever YAML might take a text for something else."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if not isinstance(value, str):
        return repr(value)
    if _PLAIN.fullmatch(value) and value == value.strip() and not looks_like_more_than_text(value):
        return value
    quoted = value.replace("'", "''")
    return f"'{quoted}'"


def _opening(text: str) -> str:
    """How a block of these lines begins: `|` where the text ends with one line end, `|-` with none, `|+` with several.

    Where the first line is empty or begins with a space, the indentation has to be said.
    """
    ends = len(text) - len(text.rstrip("\n"))
    said = str(len(_STEP)) if text.startswith((" ", "\n")) else ""
    return f"|{said}{('-', '')[ends] if ends < 2 else '+'}"


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n")


def _cells(text: str) -> int:
    """Columns on a screen, where a Japanese character takes two."""
    return sum(2 if ord(sign) > 0x2E80 else 1 for sign in text)
