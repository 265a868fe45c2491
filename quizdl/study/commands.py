"""Reads one typed line in practice: an answer, or one of the commands `:h :s :f :u :q :d`."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

import msgspec

from quizdl.model import Asked, Code, Essay, Expression, Term

Action = Literal["answer", "hint", "skip", "flag", "undo", "quit", "dispute", "unknown"]

ACTIONS: dict[str, Action] = {
    "h": "hint",
    "s": "skip",
    "f": "flag",
    "u": "undo",
    "q": "quit",
    "d": "dispute",
}
_COLON_COMMAND = re.compile(r":\s*(\w+)\s*(.*)", re.DOTALL)


class Command(msgspec.Struct, frozen=True):
    """What a line asks for; `text` is the answer, a dispute's comment or the unknown command as typed."""

    action: Action
    text: str = ""


def read_line(line: str, asked: Asked) -> Command:
    """`line` as a command. `:h` always is one, full-width too; a bare `h` only where it could not be an answer."""
    folded = unicodedata.normalize("NFKC", line).strip()
    colon = _COLON_COMMAND.fullmatch(folded)
    if colon:
        action = ACTIONS.get(colon[1].lower())
        return Command(action, colon[2].strip()) if action else Command("unknown", folded)
    if folded.lower() in bare_letters(asked):
        return Command(ACTIONS[folded.lower()])
    return Command("answer", line.strip())


def bare_letters(asked: Asked) -> tuple[str, ...]:
    """The command letters that work without a colon, since none of them could be an answer to this question."""
    possible = _possible_answers(asked)
    if possible is None:
        return ()
    return tuple(letter for letter in ACTIONS if letter not in possible)


def _possible_answers(asked: Asked) -> set[str] | None:
    """Single letters that could be an answer, in lower case; None where any letter could."""
    question = asked.question
    if isinstance(question, Code | Essay):
        return None
    if isinstance(question, Expression):
        return {name.lower() for name in (*question.symbols, *question.aliases)}
    if isinstance(question, Term):
        groups = (question.accept, question.near, *(m.accept for m in question.mistakes))
        return {word.lower() for words in groups if words for word in (*words.ja, *words.en)}
    return {option.letter.lower() for option in asked.options}
