"""Finds every text that a person is shown within a record, with the path to it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, TypeAlias, get_args

import msgspec

from quizdl.text import Text

Path: TypeAlias = tuple[str | int, ...]

_FROM_ELSEWHERE = frozenset({"set", "section_title"})
"""Texts that a question only carries along; they are looked at where they are written."""


def texts_of(value: Any, path: Path = ()) -> Iterator[tuple[Path, Text]]:
    """Every `Text` of a record and of the records within it: `("options", 0, "why")` and the like lead to them."""
    if isinstance(value, Text):
        yield path, value
    elif isinstance(value, msgspec.Struct):
        for name in _fields_with_text(type(value)):
            yield from texts_of(getattr(value, name), (*path, name))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from texts_of(item, (*path, index))


@cache
def _fields_with_text(cls: type[msgspec.Struct]) -> tuple[str, ...]:
    fields = msgspec.structs.fields(cls)
    return tuple(field.name for field in fields if field.name not in _FROM_ELSEWHERE and _holds_text(field.type))


def _holds_text(wanted: Any) -> bool:
    if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
        return wanted is Text or bool(_fields_with_text(wanted))
    return any(_holds_text(part) for part in get_args(wanted))
