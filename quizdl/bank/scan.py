"""Finds the questions of a bank file in its raw bytes: 100 times faster than parsing, for lists and guesses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from quizdl.bank.catalogue import profiles_in

_ENTRY = re.compile(rb"^- ", re.MULTILINE)
_OTHER = re.compile(rb"^(?!- |[ #\r\n]|\Z)", re.MULTILINE)
_HEADER = re.compile(rb"""^["']?(section|order)["']?[ ]*:[ ]*["']?([\w-]+)""", re.MULTILINE)


def ids_of(data: bytes) -> Iterator[str]:
    """The ids of the questions in a file, in its order."""
    return (one.id for one in profiles_in(data))


def place_of(data: bytes) -> tuple[str, int | None]:
    """The section and the order that a file's header names."""
    header = {found[1].decode(): found[2].decode() for found in _HEADER.finditer(data)}
    order = header.get("order", "")
    return header.get("section", ""), int(order) if order.isdecimal() else None


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
