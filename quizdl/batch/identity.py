"""Who is who: keyed ids for everything that is passed on or kept, and the one file that says whose they are.

An id is an HMAC of the name with a key that lies in the out folder: without `learners.csv`, and without the key to
guess names with, `results.jsonl` says of nobody who they are.
"""

from __future__ import annotations

import hmac
import os
import secrets
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from pathlib import Path

from quizdl.batch.scratch import Scratch
from quizdl.batch.tables import read_rows, write_table
from quizdl.errors import InputError
from quizdl.spreadsheet import plain_cell, safe_cell
from quizdl.text import Text

KEY_FILE = "key"
MAP_FILE = "learners.csv"
_HEADINGS = ["id", "learner"]
_REMEMBERED = 64


class Identities:
    """The keyed ids of one out folder."""

    def __init__(self, folder: Path, scratch: Scratch | None = None) -> None:
        """Reads what is there; makes a key where there is none. Raises InputError, and OSError."""
        self._folder, self._scratch = folder, scratch or Scratch()
        self._key = _key(folder / KEY_FILE)
        self.id_of = lru_cache(maxsize=_REMEMBERED)(self._id_of)
        self._names = self._scratch.kept(str)
        if (folder / MAP_FILE).exists():
            for _, row in islice(read_rows(folder / MAP_FILE), 1, None):
                if len(row) > 1:
                    self._names[row[0]] = plain_cell(row[1])

    def _id_of(self, learner: str) -> str:
        """16 hexadecimal digits."""
        name = unicodedata.normalize("NFC", learner)
        return hmac.digest(self._key, name.encode("utf-8", "surrogatepass"), "sha256").hex()[:16]

    def names(self) -> Mapping[str, str]:
        """Keyed id → learner, of all that this folder ever graded."""
        return self._names

    def learn(self, learners: Iterable[str]) -> None:
        """Writes the map, before anything is graded under these ids."""
        new = False
        for learner in learners:
            key = self.id_of(learner)
            if self._names.get(key) != learner:
                self._names[key] = learner
                new = True
        if new:
            self._write()

    def forget(self, learner: str) -> None:
        """The map without a learner."""
        self._names.pop(self.id_of(learner), None)
        self._write()

    def _write(self) -> None:
        write_table(self._folder / MAP_FILE, self._rows())

    def _rows(self) -> Iterator[list[str]]:
        yield _HEADINGS
        by_name = ((f"{name}\0{key}", (key, name)) for key, name in self._names.rows())
        for _, (key, name) in self._scratch.in_order(by_name, tuple[str, str]):
            yield [key, safe_cell(name)]


def _key(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except FileExistsError:
        return _read_key(path)
    key = secrets.token_hex(32)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{key}\n")
    except BaseException:
        path.unlink(missing_ok=True)  # half of a key would be in the next run's way
        raise
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
