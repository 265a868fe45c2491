"""What a class has many of, on the disk while it is graded: maps and lists of any length in a memory that stays flat.

They live in one file of SQLite's that has no name, that nobody else can open, and that is gone with the process. SQLite
holds a bounded part of it in memory.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, MutableMapping
from typing import Any, Generic, TypeVar

import msgspec

V = TypeVar("V")

_SETTINGS = ("journal_mode=OFF", "synchronous=OFF", "temp_store=FILE", "cache_size=-512")
"""Nothing of it has to outlive the process. The cache is in KiB."""

_encode = msgspec.msgpack.Encoder().encode


class Scratch:
    """The file, and what is in it."""

    def __init__(self) -> None:
        self._base = sqlite3.connect("", isolation_level=None)
        for setting in _SETTINGS:
            self._base.execute(f"PRAGMA {setting}")
        self._base.execute("BEGIN")  # one for all: nothing is ever taken back
        self._tables = 0

    def close(self) -> None:
        """Nothing of it is left."""
        self._base.close()

    def kept(self, of: type[V]) -> Kept[V]:
        """A new map to values of this type, which msgspec must know."""
        return Kept(self._base, self._table("key TEXT UNIQUE, value BLOB"), of)

    def listed(self, of: type[V]) -> Listed[V]:
        """A new list of values of this type."""
        return Listed(self._base, self._table("value BLOB"), of)

    def in_order(self, pairs: Iterable[tuple[str, V]], of: type[V]) -> Iterator[tuple[str, V]]:
        """Sorts by texts that are all different, however many they are."""
        kept = self.kept(of)
        for key, value in pairs:
            kept[key] = value
        return kept.by_key()

    def _table(self, columns: str) -> str:
        self._tables += 1
        self._base.execute(f"CREATE TABLE t{self._tables} (number INTEGER PRIMARY KEY, {columns})")
        return f"t{self._tables}"


class Kept(MutableMapping[str, V]):
    """A dict in the order in which values were last set."""

    def __init__(self, base: sqlite3.Connection, table: str, of: type[V]) -> None:
        self._base, self._name = base, table
        self._decode: msgspec.msgpack.Decoder[V] = msgspec.msgpack.Decoder(of)
        self._get = f"SELECT value FROM {table} WHERE key = ?"  # noqa: S608 - a name of our own
        self._set = f"INSERT OR REPLACE INTO {table} (key, value) VALUES (?, ?)"  # noqa: S608
        self._add = f"INSERT OR IGNORE INTO {table} (key, value) VALUES (?, ?)"  # noqa: S608
        self._all = f"SELECT key, value FROM {table} ORDER BY"  # noqa: S608

    def __getitem__(self, key: str) -> V:
        row = self._base.execute(self._get, (key,)).fetchone()
        if row is None:
            raise KeyError(key)
        return self._decode.decode(row[0])

    def get(self, key: str, default: Any = None) -> Any:
        """As a dict's; typed like it by those who ask."""
        row = self._base.execute(self._get, (key,)).fetchone()
        return default if row is None else self._decode.decode(row[0])

    def __setitem__(self, key: str, value: V) -> None:
        self._base.execute(self._set, (key, _encode(value)))

    def __delitem__(self, key: str) -> None:
        if not self._base.execute(f"DELETE FROM {self._name} WHERE key = ?", (key,)).rowcount:  # noqa: S608
            raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        return self._base.execute(self._get, (key,)).fetchone() is not None

    def __iter__(self) -> Iterator[str]:
        return (row[0] for row in self._base.execute(f"SELECT key FROM {self._name} ORDER BY number"))  # noqa: S608

    def __len__(self) -> int:
        found: int = self._base.execute(f"SELECT count(*) FROM {self._name}").fetchone()[0]  # noqa: S608
        return found

    def clear(self) -> None:
        """At once."""
        self._base.execute(f"DELETE FROM {self._name}")  # noqa: S608

    def set_once(self, key: str, value: V) -> None:
        """Nothing where there is a value."""
        self._base.execute(self._add, (key, _encode(value)))

    def rows(self) -> Iterator[tuple[str, V]]:
        """What `items()` gives, in one reading."""
        return self._rows("number")

    def by_key(self) -> Iterator[tuple[str, V]]:
        """The same by key, as Python sorts texts."""
        return self._rows("key")

    def any_from(self, prefix: str) -> bool:
        """Whether any key begins with this text."""
        found = f"SELECT 1 FROM {self._name} WHERE key >= ? AND key < ? LIMIT 1"  # noqa: S608
        return self._base.execute(found, (prefix, f"{prefix}\U0010ffff")).fetchone() is not None

    def _rows(self, order: str) -> Iterator[tuple[str, V]]:
        for key, value in self._base.execute(f"{self._all} {order}"):
            yield key, self._decode.decode(value)


class Listed(Generic[V]):
    """A list that grows at its end."""

    def __init__(self, base: sqlite3.Connection, table: str, of: type[V]) -> None:
        self._base, self._name = base, table
        self._decode: msgspec.msgpack.Decoder[V] = msgspec.msgpack.Decoder(of)
        self._add = f"INSERT INTO {table} (value) VALUES (?)"  # noqa: S608 - a name of our own

    def append(self, value: V) -> None:
        """At the end."""
        self._base.execute(self._add, (_encode(value),))

    def __iter__(self) -> Iterator[V]:
        for (value,) in self._base.execute(f"SELECT value FROM {self._name} ORDER BY number"):  # noqa: S608
            yield self._decode.decode(value)
