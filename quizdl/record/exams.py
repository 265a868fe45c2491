"""Exams in the record: each sheet as it was set, and everything that happened in it, event by event."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from quizdl.model import Attempt, ExamEvent, ExamSheet
from quizdl.record.attempts import attempt_row
from quizdl.record.rows import Rows
from quizdl.record.trouble import explained, undecodable_exam, unknown_exam

RECENT_EXAMS = 3

_FINISHED = "EXISTS (SELECT 1 FROM exam_events WHERE exam_id = exams.id AND kind = 'finish')"


class ExamSummaryRow(msgspec.Struct, frozen=True):
    """An exam in a list. at: Unix time. count: its questions."""

    id: str
    at: float
    minutes: float
    count: int
    form: Literal["screen", "paper"]
    finished: bool


class Exams(Rows):
    """The exams of one record file. Every method raises RecordError, with what to type next, and nothing else."""

    def add_exam(self, sheet: ExamSheet) -> None:
        """Keep a sheet before its first question is shown."""
        with explained(self._path):
            self._insert("exams", sheet_row(sheet))

    def add_exam_event(self, exam_id: str, event: ExamEvent) -> None:
        """Record what happened in an exam; it is on the disk when this returns."""
        with explained(self._path):
            self._insert("exam_events", exam_event_row(exam_id, event))

    def finish_exam(self, exam_id: str, events: Iterable[ExamEvent], attempts: Iterable[Attempt]) -> bool:
        """End an exam: its last events, of which the last is `finish`, and every answer in one transaction.

        Returns False, and records nothing, where it has ended already: each answer is there exactly once.
        """
        with self._together():
            if self._has_ended(exam_id):
                return False
            for attempt in attempts:
                self._insert("attempts", attempt_row(attempt))
            for event in events:
                self._insert("exam_events", exam_event_row(exam_id, event))
        return True

    def exams(self) -> list[ExamSummaryRow]:
        """Every exam, in the order they were set."""
        query = f"SELECT id, at, minutes, count, form, {_FINISHED} AS finished FROM exams ORDER BY number"  # noqa: S608
        return [ExamSummaryRow(**{**row, "finished": bool(row["finished"])}) for row in self._select(query)]

    def exam(self, exam_id: str) -> tuple[ExamSheet, list[ExamEvent]]:
        """One exam with all that happened in it, in the order of arrival. Raises RecordError for an unknown id."""
        rows = self._select("SELECT sheet, quizdl FROM exams WHERE id = ?", (exam_id,))
        if not rows:
            raise unknown_exam(self._path, exam_id)
        try:
            sheet = msgspec.json.decode(rows[0]["sheet"], type=ExamSheet)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise undecodable_exam(self._path, exam_id, rows[0]["quizdl"], str(error)) from error
        return sheet, self._exam_events(exam_id)

    def latest_exam(self, unfinished: bool) -> str | None:
        """The id of the exam set last, of those not finished or of those finished; None where there is none.

        An exam on paper is never one to go on with: its answers come back as a file.
        """
        wanted = [
            row.id for row in self.exams() if row.finished != unfinished and not (unfinished and row.form == "paper")
        ]
        return wanted[-1] if wanted else None

    def recently_examined(self, exams: int = RECENT_EXAMS) -> set[str]:
        """The ids of the questions in the last few exams, finished or not."""
        rows = self._select("SELECT question_ids FROM exams ORDER BY number DESC LIMIT ?", (exams,))
        return {name for row in rows for name in msgspec.json.decode(row["question_ids"], type=list[str])}

    def _has_ended(self, exam_id: str) -> bool:
        return bool(self._select("SELECT 1 FROM exam_events WHERE exam_id = ? AND kind = 'finish'", (exam_id,)))

    def _exam_events(self, exam_id: str) -> list[ExamEvent]:
        rows = self._select(
            "SELECT kind, question AS number, at, elapsed, letter FROM exam_events WHERE exam_id = ?"
            " ORDER BY exam_events.number",  # of arrival: a bare `number` would be the question
            (exam_id,),
        )
        return [ExamEvent(**row) for row in rows]


def sheet_row(sheet: ExamSheet) -> dict[str, Any]:
    """The row of table `exams`, but for its number."""
    return {
        "id": sheet.id,
        "at": sheet.at,
        "minutes": sheet.minutes,
        "count": len(sheet.questions),
        "form": sheet.form,
        "quizdl": sheet.quizdl,
        "question_ids": msgspec.json.encode([asked.question.id for asked in sheet.questions]),
        "sheet": msgspec.json.encode(sheet),
    }


def exam_event_row(exam_id: str, event: ExamEvent) -> dict[str, Any]:
    """The row of table `exam_events`, but for its number."""
    return {
        "exam_id": exam_id,
        "kind": event.kind,
        "question": event.number,
        "at": event.at,
        "elapsed": event.elapsed,
        "letter": event.letter,
    }
