"""Banks side by side: a course's own beside the shipped one, its ids led by its name, as in `my-course.lstm-step`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from quizdl.bank.census import Census
from quizdl.bank.library import Library
from quizdl.errors import UnknownIdError
from quizdl.model import Listed, ListRow, Profile, Question, Selection

_Named = TypeVar("_Named", Listed, Profile)


class Shelf(Library):
    """The shipped bank and others, as one library. The others come first: who brings a bank wants to see it.

    own: name → folder. Within a bank ids stay as they are written there; whoever asks the shelf sees `name.id`.
    """

    def __init__(self, own: Mapping[str, Path], drafts: bool = False) -> None:
        super().__init__(drafts=drafts)
        self._own = {name: Library(root, drafts) for name, root in own.items()}

    def select(self, selection: Selection) -> list[Question]:
        """As `Library.select`, of all banks."""
        own = [in_bank(one, name) for name, bank in self._own.items() for one in bank.select(selection)]
        return [*own, *super().select(selection)]

    def rows(
        self, selection: Selection, reading: Callable[[Path], None] | None = None, *, bank: str = ""
    ) -> list[ListRow]:
        """As `Library.rows`, of all banks."""
        own = [row for name, one in self._own.items() for row in one.rows(selection, reading, bank=f"{bank}{name}.")]
        return [*own, *super().rows(selection, reading, bank=bank)]

    def outline(self, selection: Selection) -> list[Listed]:
        """As `Library.outline`, of all banks."""
        own = [_named(one, name) for name, bank in self._own.items() for one in bank.outline(selection)]
        return [*own, *super().outline(selection)]

    def profiles(self) -> list[Profile]:
        """As `Library.profiles`, of all banks."""
        own = [_named(one, name) for name, bank in self._own.items() for one in bank.profiles()]
        return [*own, *super().profiles()]

    def census(self) -> Census:
        """As `Library.census`, of all banks."""
        return Census({**{f"{name}.": bank.roll() for name, bank in self._own.items()}, "": self.roll()})

    def find(self, question_id: str) -> Question:
        """As `Library.find`; `name.id` is looked for in the bank of that name alone."""
        name, dot, own_id = question_id.rpartition(".")
        if not dot or name not in self._own:
            return super().find(question_id)
        try:
            return in_bank(self._own[name].find(own_id), name)
        except UnknownIdError as error:
            raise UnknownIdError(error.message, error.hint, question_id) from error

    def sections(self) -> list[str]:
        """As `Library.sections`, of all banks."""
        own = (name for bank in self._own.values() for name in bank.sections())
        return list(dict.fromkeys([*own, *super().sections()]))

    def all_ids(self) -> list[str]:
        """As `Library.all_ids`, of all banks."""
        own: Iterable[str] = (f"{name}.{one}" for name, bank in self._own.items() for one in bank.all_ids())
        return [*own, *super().all_ids()]


def in_bank(question: Question, name: str) -> Question:
    """The question with its id, its twin's and its set's led by the bank's name; its version stays what it is."""
    shared = question.set and msgspec.structs.replace(question.set, id=f"{name}.{question.set.id}")
    twin = question.twin and f"{name}.{question.twin}"
    return msgspec.structs.replace(question, id=f"{name}.{question.id}", twin=twin, set=shared)


def _named(one: _Named, name: str) -> _Named:
    return msgspec.structs.replace(one, id=f"{name}.{one.id}", set=one.set and f"{name}.{one.set}")
