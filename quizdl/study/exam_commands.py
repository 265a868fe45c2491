"""Reads one typed line in an exam without a screen: an option's letter, or what to do next."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import Literal

import msgspec

Action = Literal[
    "choose", "clear", "flag", "next", "previous", "go", "review", "submit", "calculate", "help", "quit", "unknown"
]

WORDS: dict[str, Action] = {
    "x": "clear",
    "f": "flag",
    "n": "next",
    "": "next",
    "p": "previous",
    "r": "review",
    "submit": "submit",
    "提出": "submit",
    "h": "help",
    "?": "help",
    "q": "quit",
}
"""None of them is an option's letter: exams have four, A to D."""

_LONGEST_NUMBER = 6


class Command(msgspec.Struct, frozen=True):
    """What a line asks for. text: the letter, the formula, or the line as typed. number: a question's place, from 0."""

    action: Action
    text: str = ""
    number: int = -1


def read_line(line: str, letters: Collection[str]) -> Command:
    """`line` as a command, full-width too. letters: those of the question shown; none where it is the review page."""
    folded = unicodedata.normalize("NFKC", line).strip()
    if folded.startswith("="):
        return Command("calculate", line.strip().lstrip("=＝").strip())
    if folded.upper() in letters:
        return Command("choose", folded.upper())
    if re.fullmatch(rf"[0-9]{{1,{_LONGEST_NUMBER}}}", folded):
        return Command("go", number=int(folded) - 1)
    word = folded.lower().lstrip(":")
    if word in WORDS and (word or not folded):
        return Command(WORDS[word])
    return Command("unknown", folded)
