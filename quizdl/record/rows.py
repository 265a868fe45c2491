"""Rows in and out of the record's file; what goes wrong there becomes a RecordError."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from quizdl.record.trouble import explained


class Rows:
    """One open file. Whoever writes does it within `explained`, so that no other error leaves this room."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db = db
        self._path = path

    def _select(self, query: str, values: Any = ()) -> list[dict[str, Any]]:
        with explained(self._path), closing(self._db.execute(query, values)) as found:
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found]

    def _insert(self, table: str, row: Mapping[str, object]) -> None:
        """One row, in one transaction unless one is open: SQLite commits a statement by itself before it returns."""
        columns, places = ", ".join(row), ", ".join(f":{name}" for name in row)
        self._db.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", row)  # noqa: S608 - our own names

    @contextmanager
    def _together(self) -> Iterator[None]:
        """What is written within this block is on the disk all at once, or not at all."""
        with explained(self._path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # a full disk has rolled it back already
                    self._db.execute("ROLLBACK")
                raise
