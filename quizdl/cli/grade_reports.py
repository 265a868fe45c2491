"""Hands a class to the rooms that write reports."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from quizdl.bank import ask
from quizdl.bank.solutions import solution_of
from quizdl.batch.gradebook import Gradebook
from quizdl.batch.records import Unrecognised
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
    of = Class(
        asked=[ask(question, VARIANT) for question in book.questions],
        people=_people(book),
        marks=list(_marks(book)),
        line=book.line,
        texts=spool.texts,
        solutions={one.id: solution_of(one) for one in book.questions if isinstance(one, Code)},
        left_out=left_out,
    )
    write_reports(wishes.out, of, lang, now=time.time(), mode=wishes.feedback, deadline=wishes.deadline)


def _people(book: Gradebook) -> dict[str, Person]:
    return {
        key: Person(one.learner, one.name if one.name != one.learner else "", enrolled=key in book.people)
        for key, one in (book.people | book.unknown).items()
    }


def _marks(book: Gradebook) -> Iterator[Mark]:
    for key in (*book.people, *book.unknown):
        for question in book.questions:
            cell = book.cell(key, question)
            by_hand = None if cell.by_hand is None or cell.score is None else (cell.score, cell.by_hand)
            yield mark_of(key, question.id, cell.line, by_hand)
