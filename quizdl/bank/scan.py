"""Finds the questions of a bank file in its raw bytes: 100 times faster than parsing, for lists and guesses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

_LINE = re.compile(
    rb"""^(?P<indent>[ ]*)(?:
        (?P<block>[a-z_]+)[ ]*:[ ]*(?:[|>][-+]?[ ]*)?$             # `mistakes:` and `template: |` hold no question's id
      | (?P<entry>-[ ]+)?(?:\{[ ]*)?["']?(?P<field>id|set|framework|status)["']?[ ]*:[ ]*["']?(?P<value>[a-z0-9-]+)
    )""",
    re.MULTILINE | re.VERBOSE,
)
_ENTRY = re.compile(rb"^- ", re.MULTILINE)
_OTHER = re.compile(rb"^(?!- |[ #\r\n]|\Z)", re.MULTILINE)
_HEADER = re.compile(rb"""^["']?(section|order)["']?[ ]*:[ ]*["']?([\w-]+)""", re.MULTILINE)


class _Set(NamedTuple):
    """The set that is being read: where its dash stands, its id, and what those take that name none themselves."""

    indent: int
    id: str
    framework: str | None = None
    status: str | None = None


class Sighting(NamedTuple):
    """A question as the raw bytes show it: its id, the set in which it stands, its framework and its status."""

    id: str
    set: str | None
    framework: str | None = None
    status: str | None = None


def ids_of(data: bytes) -> Iterator[str]:
    """The ids of the questions in a file, in its order."""
    return (one.id for one in questions_in(data))


def questions_in(data: bytes) -> Iterator[Sighting]:
    """The questions in a file, in its order.

    An id belongs to a question unless it stands in a block other than `questions:`. A block reaches as far as lines are
    indented further than its name, or as far as its name and with a dash. A set reaches until a question stands no
    further in than it does. A framework or a status belongs to the question above it, or to the set where it has none
    so far.
    """
    block: int | None = None
    group: _Set | None = None
    found: Sighting | None = None
    for line in _LINE.finditer(data.replace(b"\r\n", b"\n")):
        indent = len(line["indent"])
        if block is not None and (indent < block or (indent == block and not line["entry"])):
            block = None
        if block is None and line["block"] is not None:
            block = None if line["block"] == b"questions" else indent
        elif block is None and line["value"] is not None:
            value = line["value"].decode()
            if (field := line["field"]) in (b"framework", b"status"):
                said = {field.decode(): value}
                if group and not (found and found.set == group.id):
                    group = _Set(**{**group._asdict(), **said})
                elif found:
                    found = Sighting(**{**found._asdict(), **said})
                continue
            if group and indent <= group.indent + (0 if line["entry"] else 2):
                group = None
            if line["field"] == b"set":
                group = _Set(indent, value)
                continue
            if found:
                yield found
            found = Sighting(value, *group[1:]) if group else Sighting(value, None)
    if found:
        yield found


def header_of(data: bytes) -> dict[str, str]:
    """The `section` and `order` that a file's header names, as text."""
    return {found[1].decode(): found[2].decode() for found in _HEADER.finditer(data)}


def entry_of(data: bytes, question_id: str) -> bytes | None:
    """The file with only the header and the entry (a question or its whole set) that holds this question.

    The other entries are left as empty lines, so that every place stays what it was. None where the bytes do not tell:
    entries that are indented, something after the questions, no such id or two of it.
    """
    entries = [found.start() for found in _ENTRY.finditer(data)]
    if not entries or _OTHER.search(data, entries[0]):
        return None
    wanted = question_id.encode("utf-8", "replace")
    holding = [
        (start, end)
        for start, end in pairwise([*entries, len(data)])
        if data.find(wanted, start, end) >= 0 and question_id in ids_of(data[start:end])
    ]
    if len(holding) != 1:
        return None
    start, end = holding[0]
    return data[: entries[0]] + b"\n" * data.count(b"\n", entries[0], start) + data[start:end]
