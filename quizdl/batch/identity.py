"""Who is who: keyed ids for everything that is passed on or kept, and the one file that says whose they are.

An id is an HMAC of the name with a key that lies in the out folder: without `learners.csv`, and without the key to
guess names with, `results.jsonl` says of nobody who they are.
"""

from __future__ import annotations

import hmac
import os
import secrets
import sys
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from quizdl.batch.tables import read_table, write_whole
from quizdl.errors import InputError
from quizdl.spreadsheet import plain_cell, safe_cell, table_bytes
from quizdl.text import Text

KEY_FILE = "key"
MAP_FILE = "learners.csv"
_HEADINGS = ["id", "learner"]


class Identities:
    """The keyed ids of one out folder."""

    def __init__(self, folder: Path) -> None:
        """Reads what is there; makes a key where there is none. Raises InputError, and OSError."""
        self._folder = folder
        self._key = _key(folder / KEY_FILE)
        self._names: dict[str, str] = {}
        if (folder / MAP_FILE).exists():
            rows = read_table(folder / MAP_FILE)[1:]
            self._names = {sys.intern(row[0]): plain_cell(row[1]) for _, row in rows if len(row) > 1}

    def id_of(self, learner: str) -> str:
        """16 hexadecimal digits."""
        name = unicodedata.normalize("NFC", learner)
        return sys.intern(hmac.digest(self._key, name.encode("utf-8", "surrogatepass"), "sha256").hex()[:16])

    def names(self) -> dict[str, str]:
        """Keyed id → learner, of all that this folder ever graded."""
        return dict(self._names)

    def learn(self, learners: Iterable[str]) -> None:
        """Writes the map, before anything is graded under these ids."""
        before = dict(self._names)
        self._names.update((self.id_of(learner), learner) for learner in learners)
        if self._names != before:
            self._write()

    def forget(self, learner: str) -> None:
        """The map without a learner."""
        self._names.pop(self.id_of(learner), None)
        self._write()

    def _write(self) -> None:
        rows = sorted(self._names.items(), key=lambda pair: (pair[1], pair[0]))
        data = table_bytes([_HEADINGS, *([key, safe_cell(name)] for key, name in rows)])
        write_whole(self._folder / MAP_FILE, data, private=True)


def _key(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except FileExistsError:
        return _read_key(path)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        key = secrets.token_hex(32)
        file.write(f"{key}\n")
    return bytes.fromhex(key)


def _read_key(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (ValueError, OSError):
        key = b""
    if len(key) != 32:
        raise InputError(
            Text("学習者の ID の鍵が読めません。", "The key of the learners' ids cannot be read."),
            Text("別の --out を指定してください。", "Give another --out."),
            str(path),
        )
    return key
