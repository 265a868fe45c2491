"""Mends what is mechanical in a bank file, and shows what it changed."""

from __future__ import annotations

import difflib
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from quizdl.authoring.mends import ascii_formula, edits_for
from quizdl.bank.decode import bytes_of, decode, shown
from quizdl.bank.faults import Faults
from quizdl.bank.nodes import Mapping, Node, Scalar, Sequence
from quizdl.bank.readers import FORMULA_FIELDS
from quizdl.bank.yaml import read
from quizdl.errors import BankError
from quizdl.whole import write_whole

_MOST_MENDS = 200
_TAB_WIDTHS = (4, 2, 8)
_NEEDS_QUOTES = frozenset(",:#[]{}'\"")
_WIDE_INDENT = re.compile(r"^[ \u3000]*\u3000[ \u3000]*(?=(?:- )?[a-z_]+ *[:：])", re.MULTILINE)
_WIDE_COLON = re.compile(r"^([ ]*(?:- )?[a-z_]+)：[ \u3000]*", re.MULTILINE)


def mend_file(path: Path) -> list[str]:
    """Mend a bank file in place, as a whole or not at all; returns the change as a unified diff, empty where none.

    Raises BankError where it cannot be read, OSError where it cannot be written.
    """
    data = bytes_of(path)
    mended = mend(data, path)
    if mended == data:
        return []
    _replace(path, mended)
    before, after = (_text(one).splitlines() for one in (data, mended))
    name = shown(path)
    return list(difflib.unified_diff(before, after, name, name, "before", "after", n=1, lineterm=""))


def mend(data: bytes, path: Path) -> bytes:
    """A bank file's bytes with everything mended that is mechanical. `path` gives its folder and name."""
    try:
        text = _text(data)
    except UnicodeDecodeError:
        return data
    newline = "\r\n" if "\r\n" in text else "\n"
    text = _tidy(text.replace("\r\n", "\n"), path)
    text = _plain_formulas(_mend_faults(text, path), path)
    return text.replace("\n", newline).encode()


def _text(data: bytes) -> str:
    """The file's text; one that is not UTF-8 is taken for what Japanese editors save. Raises UnicodeDecodeError."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp932")


def _tidy(text: str, path: Path) -> str:
    """Tabs, wide spaces and colons in the structure, and spaces at the ends of lines."""
    text = _WIDE_INDENT.sub(lambda found: found[0].replace("\u3000", "  "), text)
    text = _WIDE_COLON.sub(r"\1: ", text)
    lines = [line.rstrip(" \t") for line in text.split("\n")]
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
    text = "\n".join([*lines, ""])
    if "\t" in text:
        text = min((text.expandtabs(width) for width in _TAB_WIDTHS), key=lambda one: len(_faults(one, path)))
    return text


def _mend_faults(text: str, path: Path) -> str:
    """The first fault that an edit takes away is mended, until none is left or none helps."""
    for _ in range(_MOST_MENDS):
        before = _faults(text, path)
        edited = ((fault, one) for fault in before for one in _edited(text, fault))
        better = next((one for fault, one in edited if _helps(one, text, fault, path)), None)
        if better is None:
            return text
        text = better
    return text


def _edited(text: str, fault: BankError) -> Iterator[str]:
    """The text after each edit that may mend a fault."""
    lines = text.split("\n")
    _, line, column = str(fault.where).rsplit(":", 2)
    hint = fault.hint.en if fault.hint else ""
    for edit in edits_for(fault):
        changed = edit(lines, int(line) - 1, int(column) - 1, hint)
        if changed is not None and changed != lines:
            yield "\n".join(changed)


def _helps(text: str, before: str, fault: BankError, path: Path) -> bool:
    """Whether the fault is gone, nothing before it broke, and YAML still reads what it could read.

    Where it could not, a mended fault may bring others to light behind it.
    """
    earlier = {(one.where, one.message) for one in _faults(before, path)}
    after = [(one.where, one.message) for one in _faults(text, path)]
    came = [where for where, message in after if (where, message) not in earlier]
    is_gone = (fault.where, fault.message) not in after
    breaks = _is_readable(before) and not _is_readable(text)
    return is_gone and not breaks and all(_line(where) >= _line(fault.where) for where in came)


def _is_readable(text: str) -> bool:
    return read(text.encode(), Faults("", gather=True)) is not None


def _line(where: str | None) -> int:
    return int(str(where).rsplit(":", 2)[1])


def _faults(text: str, path: Path) -> list[BankError]:
    faults = Faults(shown(path), gather=True)
    decode(text.encode(), path, faults)
    return faults.found


def _plain_formulas(text: str, path: Path) -> str:
    """Full-width signs and dashes in formulas and fills; the grammar reads them, Python does not."""
    root = read(text.encode(), Faults(shown(path), gather=True))
    lines = text.split("\n")
    for node in _formulas(root) if root is not None else ():
        line, wanted = lines[node.line - 1], ascii_formula(node.text)
        place = line.find(node.text, node.column - 1)
        if wanted != node.text and place >= 0:
            needs_quotes = not node.style and not _NEEDS_QUOTES.isdisjoint(wanted)
            written = f"'{wanted}'" if needs_quotes else wanted
            lines[node.line - 1] = f"{line[:place]}{written}{line[place + len(node.text) :]}"
    return "\n".join(lines)


def _formulas(node: Node, inside: bool = False) -> Iterator[Scalar]:
    """The scalars of one line under fields whose text is a formula."""
    if isinstance(node, Scalar):
        if inside and node.style != "|":
            yield node
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _formulas(item, inside)
    elif isinstance(node, Mapping):
        for name, child in node.entries.items():
            yield from _formulas(child, inside or name in FORMULA_FIELDS)


def _replace(path: Path, data: bytes) -> None:
    """With the permissions that the file has."""
    write_whole(path, data, mode=stat.S_IMODE(path.stat().st_mode), lasting=False)
