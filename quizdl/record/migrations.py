"""The schema as numbered migrations, each one function; a table logs which ran, when, and by which quizdl.

A migration that was released is never edited: what it should have done is done by the next one.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable

from quizdl import __version__


def attempts_and_events(db: sqlite3.Connection) -> None:
    """The two kinds of rows: scalar columns for questions about the history, JSON for the rest.

    `number` is the order of arrival. `asked` and `judged` are the `Asked` and the `Verdict`.
    """
    db.execute(
        """
        CREATE TABLE attempts (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            question_id TEXT NOT NULL,
            version TEXT NOT NULL,
            seed INTEGER NOT NULL,
            quizdl TEXT NOT NULL,
            at REAL NOT NULL,
            mode TEXT NOT NULL,
            session TEXT NOT NULL,
            section TEXT NOT NULL,
            chapter TEXT NOT NULL,
            day INTEGER,
            stage TEXT,
            points INTEGER NOT NULL,
            verdict TEXT NOT NULL,
            score REAL NOT NULL,
            mistake TEXT,
            hints_used INTEGER NOT NULL,
            seconds REAL NOT NULL,
            answer TEXT NOT NULL,
            asked BLOB NOT NULL,
            judged BLOB NOT NULL
        )
        """
    )
    db.execute(
        """
        CREATE TABLE events (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            question_id TEXT NOT NULL,
            at REAL NOT NULL,
            session TEXT NOT NULL,
            attempt_id TEXT CHECK (kind <> 'undo' OR attempt_id IS NOT NULL),
            seed INTEGER,
            version TEXT,
            comment TEXT NOT NULL
        )
        """
    )
    db.execute("CREATE INDEX attempts_by_time ON attempts (at, number)")
    db.execute("CREATE INDEX attempts_by_session ON attempts (session)")
    db.execute("CREATE INDEX events_by_kind ON events (kind, attempt_id)")
    for table in ("attempts", "events"):
        _forbid_changes(db, table)


def exams(db: sqlite3.Connection) -> None:
    """Exams as they were set, and what happened in them; the end of an exam comes once, and nothing after it.

    `number` is the order of arrival, `question` the question's place in the exam, from 0. `sheet` is the `ExamSheet`.
    """
    db.execute(
        """
        CREATE TABLE exams (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            at REAL NOT NULL,
            minutes REAL NOT NULL,
            count INTEGER NOT NULL,
            form TEXT NOT NULL,
            quizdl TEXT NOT NULL,
            question_ids BLOB NOT NULL,
            sheet BLOB NOT NULL
        )
        """
    )
    db.execute(
        """
        CREATE TABLE exam_events (
            number INTEGER PRIMARY KEY,
            exam_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            question INTEGER NOT NULL,
            at REAL NOT NULL,
            elapsed REAL NOT NULL,
            letter TEXT NOT NULL
        )
        """
    )
    db.execute("CREATE INDEX exam_events_by_exam ON exam_events (exam_id, number)")
    _forbid_changes(db, "exams")
    _forbid_changes(db, "exam_events", "number = NEW.number")
    db.execute(
        "CREATE TRIGGER exam_events_end BEFORE INSERT ON exam_events"
        " WHEN EXISTS (SELECT 1 FROM exam_events WHERE exam_id = NEW.exam_id AND kind = 'finish')"
        " BEGIN SELECT RAISE(ABORT, 'this exam is finished'); END"
    )


def phone_packs(db: sqlite3.Connection) -> None:
    """Menus that were written as pages for a phone. `number` is the order of arrival, `pack` the `PhonePack`."""
    db.execute(
        """
        CREATE TABLE phone_packs (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            at REAL NOT NULL,
            quizdl TEXT NOT NULL,
            pack BLOB NOT NULL
        )
        """
    )
    _forbid_changes(db, "phone_packs")


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (attempts_and_events, exams, phone_packs)


def applied(db: sqlite3.Connection) -> int:
    """How many migrations this file has seen; 0 for a new one."""
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'migrations'").fetchone():
        return 0
    (number,) = db.execute("SELECT coalesce(max(number), 0) FROM migrations").fetchone()
    return int(number)


def is_foreign(db: sqlite3.Connection) -> bool:
    """Whether this database holds tables, but no log of ours: it belongs to some other program."""
    names = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return bool(names) and "migrations" not in names


def migrate(db: sqlite3.Connection) -> None:
    """Run what is missing, all of it or nothing; a second process that does the same waits, then finds it done."""
    if applied(db) >= len(MIGRATIONS):
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        db.execute(
            "CREATE TABLE IF NOT EXISTS migrations"
            " (number INTEGER PRIMARY KEY, name TEXT NOT NULL, at REAL NOT NULL, quizdl TEXT NOT NULL)"
        )
        for number, migration in list(enumerate(MIGRATIONS, start=1))[applied(db) :]:
            migration(db)
            db.execute(
                "INSERT INTO migrations VALUES (?, ?, ?, ?)", (number, migration.__name__, time.time(), __version__)
            )
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # a full disk has rolled it back already
            db.execute("ROLLBACK")
        raise


def _forbid_changes(db: sqlite3.Connection, table: str, same_row: str = "id = NEW.id OR number = NEW.number") -> None:
    """Triggers that hold the rows as they were written.

    `INSERT OR REPLACE` removes a row without firing the trigger on DELETE, so a row that is there already is refused
    before the insertion.
    """
    for verb in ("UPDATE", "DELETE"):
        db.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
            f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
    db.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}"  # noqa: S608 - our own names
        f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {same_row})"
        f" BEGIN SELECT RAISE(ABORT, '{table} is append-only: this row is there already'); END"
    )
