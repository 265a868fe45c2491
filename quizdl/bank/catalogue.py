"""Finds what a plan weighs of each question (kind, level, chapter, set) in a bank file's raw bytes, without parsing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

from quizdl.model import Framework, Kind, Level, Profile, Scope, Status

_LINE = re.compile(
    rb"""^(?P<indent>[ ]*)(?:
        (?P<block>[a-z_]+)[ ]*:[ ]*(?:[|>][-+]?[ ]*)?$
      | (?P<entry>-[ ]+)?(?:\{[ ]*)?["']?(?P<field>id|set|kind|chapter|level|scope|framework|status|answer)["']?[ ]*:
        [ ]*["']?(?P<value>[A-Za-z0-9-]*)
    )""",
    re.MULTILINE | re.VERBOSE,
)
_INHERITED = ("set", "chapter", "level", "scope", "framework", "status")
_WORDS = {
    "kind": get_args(Kind),
    "level": get_args(Level),
    "scope": get_args(Scope),
    "framework": get_args(Framework),
    "status": get_args(Status),
}
_ANSWER = "answer"

_Fields = dict[str, str]


def profiles_in(data: bytes) -> Iterator[Profile]:
    """The questions of a file, in its order; what a file does not say plainly is taken to be the default.

    An id belongs to a question unless it stands in a block other than `questions:`. A block reaches as far as lines are
    indented further than its name, or as far as its name and with a dash. A set reaches until a question stands no
    further in than it does.
    """
    return (_profile(fields) for fields in _questions(data) if "id" in fields)


def _questions(data: bytes) -> Iterator[_Fields]:
    block: int | None = None
    group: tuple[int, _Fields] | None = None
    fields: _Fields = {}
    for line in _LINE.finditer(data.replace(b"\r\n", b"\n")):
        indent, entry = len(line["indent"]), line["entry"]
        if block is not None and (indent < block or (indent == block and not entry)):
            block = None
        if block is not None:
            continue
        if group and indent <= group[0] and entry:
            group = None
        if line["block"] is not None:
            block = None if line["block"] == b"questions" else indent
            if line["block"] == b"answer":
                fields[_ANSWER] = ""
            continue
        if entry:  # fields may stand before the id
            yield fields
            fields = {name: group[1][name] for name in _INHERITED if name in group[1]} if group else {}
        field = line["field"].decode()
        fields[field] = line["value"].decode()
        if field == "set":
            group = (indent, fields)
    yield fields


def _profile(fields: _Fields) -> Profile:
    kind: Kind = _word(fields, "kind") or "choice"
    return Profile(
        id=fields["id"],
        kind=kind,
        chapter=fields.get("chapter", ""),
        level=_word(fields, "level") or "apply",
        set=fields.get("set"),
        framework=_word(fields, "framework"),
        scope=_word(fields, "scope"),
        whole=kind == "code" and _ANSWER not in fields,
        status=_word(fields, "status"),
    )


def _word(fields: _Fields, name: str) -> Any:
    """The value of a field that takes one of a few words; None for another, which parsing will name."""
    return fields.get(name) if fields.get(name) in _WORDS[name] else None
