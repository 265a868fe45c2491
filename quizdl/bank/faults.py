"""Where the faults of a bank file go: the first one is raised, or all of them are gathered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

from quizdl.errors import BankError
from quizdl.text import Text


class Placed(Protocol):
    """Anything that knows its place in a file; line and column count from 1."""

    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


class Faults:
    """Takes the faults of one file. With `gather` they are kept in `found`, without it the first one is raised.

    file: the path as people should see it; every fault says `file:line:column`.
    A reader that has reported a fault goes on with a harmless value: what is built after a fault is never used.
    one_language: whether what is being read is a draft, for which one language is enough.
    """

    def __init__(self, file: str, gather: bool = False) -> None:
        self.file = file
        self.found: list[BankError] = []
        self._gather = gather
        self.one_language = False

    @contextmanager
    def drafting(self, is_draft: bool) -> Iterator[None]:
        """While a draft is being read, a text in one language is no fault."""
        self.one_language = is_draft
        try:
            yield
        finally:
            self.one_language = False

    def add(self, at: Placed, message: Text, hint: Text | None = None) -> None:
        """Report a fault at the place of `at`. Raises BankError unless faults are gathered."""
        self.add_at(at.line, at.column, message, hint)

    def add_at(self, line: int, column: int, message: Text, hint: Text | None = None) -> None:
        """Report a fault at a line and column, counted from 1."""
        fault = BankError(message, hint, f"{self.file}:{line}:{column}")
        if not self._gather:
            raise fault
        self.found.append(fault)


def guess(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` was probably meant to be, or None."""
    import difflib  # wanted only when something is wrong

    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return close[0] if close else None
