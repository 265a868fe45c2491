"""Takes a record out whole, row by row, and merges another one in: what is there already stays, the rest is added."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from quizdl.model import Attempt, Event, ExamEvent, ExamSheet, PhonePack
from quizdl.record.attempts import EVENT_COLUMNS, OF_ATTEMPT, attempt_row, event_row
from quizdl.record.exams import exam_event_row, sheet_row
from quizdl.record.packs import Packs, pack_row


class Merged(NamedTuple):
    """How much was new."""

    attempts: int = 0
    events: int = 0
    exams: int = 0
    packs: int = 0


class Copies(Packs):
    """Whole records. Every method raises RecordError, with what to type next, and nothing else."""

    def rows(self) -> Iterator[dict[str, Any]]:
        """Everything, each as one object under its kind: `attempt`, `event`, `exam` or `pack`, in the order of arrival.

        What was asked is handed on as it lies there, unread: a form that is no longer understood is not lost.
        """
        yield from ({"pack": _raw(row["pack"])} for row in self._select("SELECT pack FROM phone_packs ORDER BY number"))
        for row in self._select("SELECT id, sheet FROM exams ORDER BY number"):
            yield {"exam": {"sheet": _raw(row["sheet"]), "events": self._exam_events(row["id"])}}
        for row in self._select("SELECT number FROM attempts ORDER BY number"):
            yield {"attempt": self._attempt_as_it_lies(row["number"])}
        for row in self._select(f"SELECT {EVENT_COLUMNS} FROM events ORDER BY number"):  # noqa: S608 - our own names
            yield {"event": row}

    def merge(
        self,
        attempts: Sequence[Attempt] = (),
        events: Sequence[Event] = (),
        exams: Sequence[tuple[ExamSheet, Sequence[ExamEvent]]] = (),
        packs: Sequence[PhonePack] = (),
    ) -> Merged:
        """Add what is not there yet, all at once or nothing. Ids decide: merging the same again adds nothing.

        Of an exam that both sides have, what happened later is added where one side went on from the other.
        """
        with self._together():
            return Merged(
                attempts=sum(self._new("attempts", one.id, attempt_row(one)) for one in attempts),
                events=sum(self._new("events", one.id, event_row(one)) for one in events),
                exams=sum(self._merge_exam(sheet, happened) for sheet, happened in exams),
                packs=sum(self._new("phone_packs", one.id, pack_row(one)) for one in packs),
            )

    def _new(self, table: str, row_id: str, row: dict[str, Any]) -> bool:
        """Whether the row was not there yet; then it is now."""
        if self._select(f"SELECT 1 FROM {table} WHERE id = ?", (row_id,)):  # noqa: S608 - our own name
            return False
        self._insert(table, row)
        return True

    def _merge_exam(self, sheet: ExamSheet, happened: Sequence[ExamEvent]) -> bool:
        new = self._new("exams", sheet.id, sheet_row(sheet))
        known = self._exam_events(sheet.id)
        later = list(happened[len(known) :]) if list(happened[: len(known)]) == known else []
        for event in later:
            self._insert("exam_events", exam_event_row(sheet.id, event))
        return new or bool(later)

    def _attempt_as_it_lies(self, number: int) -> dict[str, Any]:
        (row,) = self._select("SELECT * FROM attempts WHERE number = ?", (number,))
        return {
            **{name: row[name] for name in OF_ATTEMPT},
            "thinking_seconds": row["seconds"],
            "answer": row["answer"],
            "asked": _raw(row["asked"]),
            "verdict": _raw(row["judged"]),
        }


def _raw(blob: bytes) -> msgspec.Raw:
    return msgspec.Raw(blob)
