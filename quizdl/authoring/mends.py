"""The faults whose mend is mechanical: each with the edit of the line that it stands on.

A mend is chosen by what the fault tells its author to do. Misspelt names, missing texts and wrong formulas are the
author's to decide, and have none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from quizdl.errors import BankError

Lines = list[str]
Edit = Callable[[Lines, int, int, str], Lines | None]
"""Lines, the fault's line and column (from 0) and its hint → the lines mended, or None where that is not possible."""

_SIGNS = str.maketrans("−‐‑‒–—ー×÷\u3000", "---" + "----" + "*/ ")
_FULL_WIDTH = str.maketrans({chr(0xFF01 + code): chr(0x21 + code) for code in range(94)})
_YES = frozenset({"yes", "on", "true"})
_BLOCK_VALUE = re.compile(r"(\s*(?:- )*[\w-]+: +)([^'\"\[{|>\s].*)")
_SCRIPT = re.compile(r"([\^_])\{\{(?!\{)([^{}]*)\}\}")
_OPENING, _CLOSING = "([{（［｛", ")]}）］｝"


class Mend(NamedTuple):
    """told: what the fault's English message or hint says."""

    told: re.Pattern[str]
    edit: Edit


def edits_for(fault: BankError) -> Iterable[Edit]:
    """The edits that may mend a fault."""
    said = f"{fault.message.en}\n{fault.hint.en if fault.hint else ''}"
    return [mend.edit for mend in _MENDS if mend.told.search(said)]


def ascii_formula(text: str) -> str:
    """A formula or a fill with the signs that a Japanese keyboard gives as Python has them.

    >>> ascii_formula("（ｎ　－ １）× 2")
    '(n - 1)* 2'
    """
    return text.translate(_FULL_WIDTH).translate(_SIGNS)


def _on_line(change: Callable[[str, int, str], str | None]) -> Edit:
    """An edit of nothing but the fault's own line."""

    def edit(lines: Lines, line: int, column: int, hint: str) -> Lines | None:
        changed = change(lines[line], column, hint) if line < len(lines) else None
        return None if changed is None else [*lines[:line], changed, *lines[line + 1 :]]

    return edit


def _quote(line: str, column: int, hint: str) -> str | None:
    word = hint.partition("'")[2].removesuffix("'")
    if not word or not line.startswith(word, column):
        return None
    return f"{line[:column]}'{word}'{line[column + len(word) :]}"


def _unquote(line: str, column: int, _: str) -> str | None:
    found = re.compile(r"'([^']*)'|\"([^\"]*)\"").match(line, column)
    return f"{line[:column]}{found[1] or found[2]}{line[found.end() :]}" if found else None


def _delete_character(line: str, column: int, _: str) -> str | None:
    return line[:column] + line[column + 1 :] if column < len(line) else None


def _single_quotes(line: str, column: int, _: str) -> str | None:
    """Double quotes to single ones, the text as it is typed; not where `\\n` may have been meant as a new line."""
    found = re.compile(r'"((?:[^"\\]|\\.)*)"').match(line, column)
    if not found or re.search(r"(?<!\\)\\n(?![a-z])", found[1]):
        return None
    text = found[1].replace('\\"', '"').replace("\\\\", "\\").replace("'", "''")
    return f"{line[:column]}'{text}'{line[found.end() :]}"


def _true_or_false(line: str, column: int, _: str) -> str | None:
    found = re.compile(r"yes|no|on|off|true|false", re.IGNORECASE).match(line, column)
    if not found:
        return None
    return f"{line[:column]}{'true' if found[0].lower() in _YES else 'false'}{line[found.end() :]}"


def _quote_value(line: str, _column: int, _: str) -> str | None:
    found = _BLOCK_VALUE.fullmatch(line)
    return f"{found[1]}'{found[2].replace(chr(39), chr(39) * 2)}'" if found else None


def _quote_cut_value(line: str, column: int, _: str) -> str | None:
    """Quote a value of a flow mapping that an unquoted comma cut, as far as its brackets are open."""
    for start in reversed([found.end() for found in re.finditer(r": +", line[:column])]):
        depth = 0
        for index in range(start, len(line)):
            depth += (line[index] in _OPENING) - (line[index] in _CLOSING)
            if depth < 0 or (depth == 0 and index >= column and line[index] in _CLOSING):
                end = index if depth < 0 else index + 1
                value = line[start:end]
                quotable = "'" not in value and '"' not in value
                return f"{line[:start]}'{value}'{line[end:]}" if quotable else None
    return None


def _to_block(line: str, column: int, _: str) -> str | None:
    return f"{line[:column]}|{line[column + 1 :]}" if line[column : column + 1] == ">" else None


def _three_braces(lines: Lines, line: int, _column: int, _: str) -> Lines | None:
    for index in range(line, len(lines)):
        if _SCRIPT.search(lines[index]):
            return [*lines[:index], _SCRIPT.sub(r"\1{{{\2}}}", lines[index]), *lines[index + 1 :]]
    return None


def _delete_line(lines: Lines, line: int, column: int, _: str) -> Lines | None:
    """A field with a value of one line, or a directive."""
    whole = line < len(lines) and re.fullmatch(r"\s*[\w-]+: +[^|>\[{\s].*|%.*", lines[line])
    alone = whole and not lines[line][:column].strip()
    return [*lines[:line], *lines[line + 1 :]] if alone else None


_MENDS = tuple(
    Mend(re.compile(told, re.MULTILINE), edit)
    for told, edit in (
        (r"^Quote it: '", _on_line(_quote)),
        (r"^Take the quotes away\.", _on_line(_unquote)),
        (r"^Delete that character\.", _on_line(_delete_character)),
        (r"^A double-quoted text holds", _on_line(_single_quotes)),
        (r"^Write true or false\.", _on_line(_true_or_false)),
        (r"^A colon followed by a space", _on_line(_quote_value)),
        (r"^An unquoted comma in", _on_line(_quote_cut_value)),
        (r"^Use a \| block, not >", _on_line(_to_block)),
        (r"^Write three braces", _three_braces),
        (r"^Delete '[\w-]+:' here\.", _delete_line),
        (r"^Delete that line\.", _delete_line),
    )
)
