"""Rows, once written, can be neither changed, deleted nor replaced, not even by other programs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from quizdl.errors import RecordError


@pytest.fixture
def raw(store, path, make_attempt, make_event) -> Iterator[sqlite3.Connection]:
    """The file of a record with one attempt and one event, as any other program would open it."""
    store.append(make_attempt(id="a1"))
    store.add(make_event("flag", id="e1"))
    db = sqlite3.connect(path)
    yield db
    db.close()


@pytest.mark.parametrize("table", ["attempts", "events"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET at = 0",
        "UPDATE {table} SET at = at",
        "UPDATE OR REPLACE {table} SET id = 'x'",
        "DELETE FROM {table}",
        "DELETE FROM {table} WHERE number = 1",
        "INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
        "REPLACE INTO {table} SELECT * FROM {table}",
    ],
)
def test_rows_stay_as_they_were_written(raw, table, statement):
    """Every statement that would change a row raises, and the row is as before."""
    rows = f"SELECT * FROM {table}"  # noqa: S608 - one of the two names above
    before = raw.execute(rows).fetchall()
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute(statement.format(table=table))
    assert raw.execute(rows).fetchall() == before


def test_the_same_attempt_is_not_recorded_twice(store, make_attempt):
    """An id that is there already is refused, and the first row stays."""
    store.append(make_attempt(id="a1", answer="first"))
    with pytest.raises(RecordError):
        store.append(make_attempt(id="a1", answer="second"))
    assert store.answer_text("a1") == "first"
