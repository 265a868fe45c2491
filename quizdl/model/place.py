"""Where a question stands in the bank, known without reading it whole; and which ones are wanted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple, Protocol

from quizdl.model.base import Framework, Kind, Level, Record, Scope, Stage, Status
from quizdl.text import Text


class Listed(Record, frozen=True, kw_only=True, array_like=True):
    """A question's place in the bank, known without reading the question; `set` is the id of its set."""

    id: str
    set: str | None = None
    framework: Framework | None = None
    status: Status | None = None


class Profile(Listed, frozen=True, kw_only=True, array_like=True):
    """A question's nature and place in the bank, known without reading the question: what a plan weighs.

    chapter: its syllabus number. whole: a code question that asks for a whole function. It begins as a place does, so
    that the one is read where the other is kept.
    """

    kind: Kind
    chapter: str
    level: Level = "apply"
    scope: Scope | None = None
    whole: bool = False


class Alike(NamedTuple):
    """Units that are alike in all that a plan weighs; a unit is a set, or a question by itself.

    nature: a unit's questions without what tells them apart (id, set, status). units: how many there are. numbers:
    theirs, ascending.
    """

    nature: tuple[Profile, ...]
    units: int
    numbers: Iterable[int]


class Census(Protocol):
    """The questions of all open banks, so counted that few of them have to be looked at.

    Units are numbered in the order of banks, folders and files, drafts left out.
    """

    def alike(self) -> Iterator[Alike]:
        """All units, by their nature; in the order of the first of each."""

    def unit(self, number: int) -> tuple[Profile, ...]:
        """The questions of the unit of this number, in their order."""

    def number(self, question_id: str) -> int | None:
        """The number of the unit that a question belongs to; None where there is no such question."""

    def known(self, ids: Collection[str]) -> dict[str, Profile]:
        """Those of these questions that there are, by id, in the order of the units."""


class ListRow(Record, frozen=True, kw_only=True):
    """A question as a list shows it; `set` is the id of its set, `function` that of a code question."""

    id: str
    kind: Kind
    day: int | None
    stage: Stage | None
    section: str
    section_title: Text
    chapter: str
    level: Level
    points: int
    set: str | None = None
    function: str | None = None
    framework: Framework | None = None
    status: Status | None = None


class Selection(Record, frozen=True, kw_only=True):
    """Which questions are wanted; None means any. `chapter` is a prefix of the syllabus number (`3-5` takes 3-5-1)."""

    day: int | None = None
    stage: Stage | None = None
    section: str | None = None
    chapter: str | None = None
    kind: Kind | None = None
