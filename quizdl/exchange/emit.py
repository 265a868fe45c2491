"""Writes a question's fields as YAML that the bank reads back unchanged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_PLAIN = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*", re.ASCII)
_WORDS_OF_YAML = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})


def emitted(entry: Mapping[str, Any]) -> str:
    """One entry of a list of questions, from its dash on, with a newline at its end."""
    lines = list(_mapping(entry, 2))
    return "- " + "\n".join(lines)[2:] + "\n"


def _mapping(entry: Mapping[str, Any], indent: int) -> Iterator[str]:
    pad = " " * indent
    for name, value in entry.items():
        key = f"{pad}{_scalar(name)}:"
        if isinstance(value, Mapping):
            yield key
            yield from _mapping(value, indent + 2)
        elif isinstance(value, list) and any(isinstance(one, Mapping | list) or "\n" in str(one) for one in value):
            yield key
            for one in value:
                yield from _item(one, indent + 2)
        elif isinstance(value, list):
            yield f"{key} [{', '.join(_scalar(one) for one in value)}]"
        elif isinstance(value, str) and "\n" in value:
            yield f"{key} |2-"
            yield from (f"{pad}  {line}" if line else "" for line in value.split("\n"))
        else:
            yield f"{key} {_scalar(value)}"


def _item(value: Any, indent: int) -> Iterator[str]:
    pad = " " * indent
    if isinstance(value, Mapping):
        lines = list(_mapping(value, indent + 2))
        yield f"{pad}- {lines[0].lstrip()}"
        yield from lines[1:]
    elif isinstance(value, list):
        yield f"{pad}- [{', '.join(_scalar(one) for one in value)}]"
    elif "\n" in str(value):
        yield f"{pad}- |2-"
        yield from (f"{pad}  {line}" if line else "" for line in str(value).split("\n"))
    else:
        yield f"{pad}- {_scalar(value)}"


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    text = str(value)
    if _PLAIN.fullmatch(text) and text not in _WORDS_OF_YAML:
        return text
    return "'" + text.replace("'", "''") + "'"
