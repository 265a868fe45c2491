"""A shipped question as a course's own: renamed, drawn anew, and nobody has seen it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from quizdl.authoring.adding import add_entry
from quizdl.bank import ask
from quizdl.bank.decode import Header
from quizdl.bank.solutions import solution_name
from quizdl.bank.write import entry_text, set_text
from quizdl.errors import BankError
from quizdl.model import Code, Question

_PLACES = 1_000
_SOURCE = "own-001"


class Forked(NamedTuple):
    """Where the copy is, and whether its numbers differ from the original's."""

    path: Path
    redrawn: bool


def fork(question: Question, new_id: str, root: Path, seed: int) -> Forked:
    """Copy the question into the bank at `root` under another id, drawn anew from `seed` on, and prove it there.

    A question of a set takes the set's stem along. Raises as `add_entry`.
    """
    copy = renamed(redrawn(question, seed), new_id)
    header = Header(
        section=question.section,
        title=question.section_title,
        day=question.day,
        stage=question.stage,
        lab=question.section_lab,
    )
    stem = copy.set and msgspec.structs.replace(copy.set, id=f"{new_id}-set")
    entry = set_text(stem, [copy]) if stem else entry_text(copy)
    whole = isinstance(question, Code) and question.answer is None
    solutions = {solution_name(new_id): question.solution} if isinstance(question, Code) and whole else {}
    path = add_entry(root, header, entry, new_id, solutions)
    return Forked(path, copy.first != question.first)


def renamed(question: Question, new_id: str) -> Question:
    """The question under another id, without what ties it to the bank that it came from."""
    return msgspec.structs.replace(question, id=new_id, twin=None, source=(_SOURCE,))


def redrawn(question: Question, seed: int) -> Question:
    """The question with another draw as its first: values that its variables and `where` allow."""
    if not question.variables:
        return question
    for first in _draws(question, seed):
        if first != question.first:
            return msgspec.structs.replace(question, first=first)
    return question


def _draws(question: Question, seed: int) -> Iterator[dict[str, int | float | str]]:
    for other in range(seed, seed + _PLACES):
        try:
            values = ask(question, other).values
        except BankError:
            continue
        yield {name: values[name] for name in question.variables}
