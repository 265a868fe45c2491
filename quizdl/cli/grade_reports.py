"""Hands a class to the rooms that write reports."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from quizdl.bank import ask
from quizdl.bank.solutions import solution_of
from quizdl.batch.gradebook import Gradebook
from quizdl.batch.records import Unrecognised
from quizdl.batch.roster import Enrolled
from quizdl.batch.run import VARIANT
from quizdl.batch.spool import Spool
from quizdl.model import Code
from quizdl.report.course import Mark, mark_of
from quizdl.report.course_html import Class, Person, write_reports
from quizdl.text import Lang

if TYPE_CHECKING:
    from quizdl.cli.grade_run import Wishes


def write(wishes: Wishes, book: Gradebook, spool: Spool, left_out: Sequence[Unrecognised], lang: Lang) -> None:
    """Writes `report.html` and `feedback/`."""
    of = course_of(book, spool, left_out)
    write_reports(wishes.out, of, lang, now=time.time(), mode=wishes.feedback, deadline=wishes.deadline)


def course_of(book: Gradebook, spool: Spool, left_out: Sequence[Unrecognised]) -> Class:
    """What reports are made of, none of it in memory before it is wanted."""
    return Class(
        asked=[ask(question, VARIANT) for question in book.questions],
        people=_People(book),
        marks=_Marks(book),
        line=book.line,
        texts=spool.texts,
        solutions={one.id: solution_of(one) for one in book.questions if isinstance(one, Code)},
        left_out=left_out,
    )


class _People(Mapping[str, Person]):
    """The book's people, each made when wanted."""

    def __init__(self, book: Gradebook) -> None:
        self._book = book

    def __getitem__(self, key: str) -> Person:
        known: Enrolled | None = self._book.people.get(key)
        one = self._book.unknown[key] if known is None else known
        return Person(one.learner, one.name if one.name != one.learner else "", enrolled=known is not None)

    def __contains__(self, key: object) -> bool:
        return key in self._book.people or key in self._book.unknown

    def __iter__(self) -> Iterator[str]:
        return chain(self._book.people, self._book.unknown)

    def __len__(self) -> int:
        return len(self._book.people) + len(self._book.unknown)


class _Marks(Mapping[tuple[str, str], Mark]):
    """The mark of everybody at each question, made when wanted."""

    def __init__(self, book: Gradebook) -> None:
        self._book = book
        self._questions = {one.id: one for one in book.questions}

    def __getitem__(self, place: tuple[str, str]) -> Mark:
        cell = self._book.cell(place[0], self._questions[place[1]])
        by_hand = None if cell.by_hand is None or cell.score is None else (cell.score, cell.by_hand)
        return mark_of(*place, cell.line, by_hand)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return ((key, question) for key, _ in self._book.everybody() for question in self._questions)

    def __len__(self) -> int:
        return (len(self._book.people) + len(self._book.unknown)) * len(self._questions)
