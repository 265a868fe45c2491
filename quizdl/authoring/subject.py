"""One question under examination, and where what is found about it goes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import msgspec

from quizdl.bank.faults import Faults
from quizdl.bank.nodes import Node, at
from quizdl.errors import QuizdlError
from quizdl.model import Question
from quizdl.text import Text


class Note(msgspec.Struct, frozen=True):
    """A warning by the field that it is about, wherever that stands in the file."""

    path: tuple[str | int, ...]
    message: Text
    hint: Text | None = None


@dataclass(frozen=True)
class Subject:
    """A question with its node; faults and warnings are reported at the field that they are about.

    notes: its warnings so far.
    """

    question: Question
    node: Node
    faults: Faults
    warnings: Faults
    counts: Counter[str]
    notes: list[Note] = field(default_factory=list)

    def fault(self, path: tuple[str | int, ...], message: Text, hint: Text | None = None) -> None:
        """Report a fault at a field of the question."""
        self.faults.add(at(self.node, *path), self._named(message), hint)

    def warn(self, path: tuple[str | int, ...], message: Text, hint: Text | None = None) -> None:
        """Report a warning at a field of the question."""
        self.repeat(Note(path, self._named(message), hint))

    def repeat(self, note: Note) -> None:
        """Report a warning that is known already."""
        self.notes.append(note)
        self.warnings.add(at(self.node, *note.path), note.message, note.hint)

    def broken(self, path: tuple[str | int, ...], error: QuizdlError) -> None:
        """Report an error that the bank or the grader raised."""
        self.fault(path, error.message, error.hint)

    def _named(self, message: Text) -> Text:
        """The message, led by the question's id unless it says it already."""
        name = self.question.id
        if message.en.startswith(name):
            return message
        return Text(f"{name}: {message.ja}", f"{name}: {message.en}")
