"""The schema is a sequence of logged steps, run once, all or nothing."""

from __future__ import annotations

import sqlite3

import pytest

from quizdl import __version__
from quizdl.errors import RecordError
from quizdl.record import Store, migrations

NAMES = ["attempts_and_events", "exams", "phone_packs"]


def _log(path) -> list[tuple[int, str, str]]:
    db = sqlite3.connect(path)
    rows = db.execute("SELECT number, name, quizdl FROM migrations ORDER BY number").fetchall()
    db.close()
    return rows


def test_each_migration_is_logged_once(path):
    """However often the record is opened, the log has one row a migration, with the version that ran it."""
    for _ in range(3):
        Store.open(path).close()
    assert _log(path) == [(number, name, __version__) for number, name in enumerate(NAMES, 1)]


def test_a_later_migration_runs_on_an_existing_record(path, make_attempt, monkeypatch):
    """Only what is missing runs, and what was recorded is kept."""
    with Store.open(path) as store:
        store.append(make_attempt())

    def add_a_table(db: sqlite3.Connection) -> None:
        db.execute("CREATE TABLE notes (text TEXT)")

    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, add_a_table))
    monkeypatch.setattr("quizdl.record.store.MIGRATIONS", migrations.MIGRATIONS)
    with Store.open(path) as store:
        assert len(store.past()) == 1
    assert [name for _, name, _ in _log(path)] == [*NAMES, "add_a_table"]


def test_a_migration_that_fails_leaves_the_record_as_it_was(path, make_attempt, monkeypatch):
    """Half a migration is none: the next, mended quizdl starts from the same place."""
    with Store.open(path) as store:
        store.append(make_attempt())

    def break_halfway(db: sqlite3.Connection) -> None:
        db.execute("CREATE TABLE notes (text TEXT)")
        db.execute("CREATE TABLE notes (text TEXT)")

    known = migrations.MIGRATIONS
    monkeypatch.setattr(migrations, "MIGRATIONS", (*known, break_halfway))
    monkeypatch.setattr("quizdl.record.store.MIGRATIONS", migrations.MIGRATIONS)
    with pytest.raises(RecordError, match="notes"):
        Store.open(path)
    monkeypatch.setattr(migrations, "MIGRATIONS", known)
    monkeypatch.setattr("quizdl.record.store.MIGRATIONS", known)
    with Store.open(path) as store:
        assert len(store.past()) == 1
    assert len(_log(path)) == len(known)


def test_a_record_of_a_newer_quizdl_is_left_alone(path):
    """An old quizdl says how to upgrade, and writes nothing."""
    Store.open(path).close()
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("INSERT INTO migrations VALUES (99, 'from_the_future', 0, '9.0')")
    db.close()
    before = path.read_bytes()
    with pytest.raises(RecordError, match="newer quizdl") as caught:
        Store.open(path)
    assert "--upgrade" in caught.value.hint.ja
    assert path.read_bytes() == before
