"""The store of attempts and events: what is appended is on the disk when `append` returns, and stays as it is.

A rollback journal and not a write-ahead log: at rest there is one file, which people copy and move as a whole, and
`synchronous = EXTRA` syncs it, its journal and their folder at every commit.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from quizdl.model import Asked, Attempt, Event, Past, Verdict
from quizdl.record.attempts import EVENT_COLUMNS, OF_ATTEMPT, attempt_row, event_row
from quizdl.record.copies import Copies
from quizdl.record.migrations import MIGRATIONS, applied, is_foreign, migrate
from quizdl.record.trouble import explained, foreign, newer_schema, undecodable, unknown_attempt

BUSY_SECONDS = 5.0
"""How long to wait for another process's transaction; ours take milliseconds."""

_PAST = (
    "id AS attempt_id, question_id, version, seed, at, verdict, score, mode, session, section, chapter, day, stage,"
    " points, mistake, hints_used, seconds"
)
_UNDONE = "id IN (SELECT attempt_id FROM events WHERE kind = 'undo')"


class Store(Copies):
    """The record in one SQLite file. Every method raises RecordError, with what to type next, and nothing else."""

    @classmethod
    def open(cls, path: Path, *, busy_seconds: float = BUSY_SECONDS) -> Self:
        """The record at `path`, made where there is none: its folder for its owner alone (0700), so its file (0600)."""
        with explained(path):
            _make_private(path)
            db = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None)
            try:
                _prepare(db, path)
            except BaseException:
                db.close()
                raise
        return cls(db, path)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def append(self, attempt: Attempt) -> None:
        """Record one answer; it is on the disk when this returns."""
        with explained(self._path):
            self._insert("attempts", attempt_row(attempt))

    def add(self, event: Event) -> None:
        """Record one fact that is not an answer; it is on the disk when this returns."""
        with explained(self._path):
            self._insert("events", event_row(event))

    def past(
        self, since: float | None = None, session: str | None = None, *, include_undone: bool = False
    ) -> list[Past]:
        """The attempts in the order of time, without what was asked.

        since: Unix time from which on (included). session: of this session alone. Attempts that were taken back are
        left out, or with `include_undone` given with their flag set.
        """
        rows = self._select(
            f"SELECT {_PAST}, {_UNDONE} AS undone FROM attempts"  # noqa: S608 - our own column names
            " WHERE (:since IS NULL OR at >= :since) AND (:session IS NULL OR session = :session)"
            f" AND (:undone OR NOT {_UNDONE}) ORDER BY at, number",
            {"since": since, "session": session, "undone": include_undone},
        )
        return [Past(**{**row, "undone": bool(row["undone"])}) for row in rows]

    def attempt(self, attempt_id: str) -> Attempt:
        """One attempt with all that was asked.

        Raises RecordError for an unknown id, and where it was recorded in a form that is read no longer.
        """
        rows = self._select("SELECT * FROM attempts WHERE id = ?", (attempt_id,))
        if not rows:
            raise unknown_attempt(self._path, attempt_id)
        (row,) = rows
        try:
            asked = msgspec.json.decode(row["asked"], type=Asked)
            verdict = msgspec.json.decode(row["judged"], type=Verdict)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise undecodable(self._path, attempt_id, row["quizdl"], str(error)) from error
        return Attempt(
            **{name: row[name] for name in OF_ATTEMPT},
            thinking_seconds=row["seconds"],
            answer=row["answer"],
            asked=asked,
            verdict=verdict,
        )

    def answer_text(self, attempt_id: str | None) -> str | None:
        """What was typed in an attempt; None where there is no such attempt."""
        rows = self._select("SELECT answer FROM attempts WHERE id = ?", (attempt_id,))
        return str(rows[0]["answer"]) if rows else None

    def flagged(self) -> set[str]:
        """The ids of the questions whose flag is set: the latest word on each counts."""
        events = self._events("flag", "unflag")
        last = {event.question_id: event.kind for event in events}
        return {question_id for question_id, kind in last.items() if kind == "flag"}

    def disputes(self) -> list[Event]:
        """Every dispute, in the order of time."""
        return self._events("dispute")

    def _events(self, *kinds: str) -> list[Event]:
        rows = self._select(
            f"SELECT {EVENT_COLUMNS} FROM events WHERE kind IN ({', '.join('?' * len(kinds))})"  # noqa: S608 - placeholders
            " ORDER BY at, number",
            kinds,
        )
        return [Event(**row) for row in rows]


def _make_private(path: Path) -> None:
    """Create the folder and an empty file that only their owner can read; SQLite gives its journal the file's mode."""
    if not path.parent.is_dir():
        path.parent.mkdir(mode=0o700, parents=True)
    if not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    """Set how the file is written, and bring its schema up to date. Raises RecordError where it is not ours to read."""
    db.execute("PRAGMA synchronous = EXTRA")
    db.execute("PRAGMA fullfsync = ON")  # macOS: an ordinary fsync there stops at the drive's cache
    if is_foreign(db):
        raise foreign(path)
    if (found := applied(db)) > len(MIGRATIONS):
        raise newer_schema(path, found, len(MIGRATIONS))
    migrate(db)
