"""`results.jsonl`: every graded submission, a line each, appended and never changed, but where somebody is forgotten.

A line is written whole and handed to the system at once: whatever is killed loses no result that was seen. In memory
there is only where each line begins.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from quizdl.batch.records import FIELDS, SCHEMA, Line, Run
from quizdl.batch.tables import write_whole
from quizdl.errors import InputError
from quizdl.text import Text

FILE = "results.jsonl"
_SYNC_SECONDS = 0.25

_decode = msgspec.json.Decoder[Line | Run](Line | Run).decode
_encode = msgspec.json.Encoder().encode


class Ledger:
    """The results of one out folder. seed: of its last run, None before the first."""

    def __init__(self, path: Path) -> None:
        """Reads where the lines are; what was cut off in the middle of a line is dropped. Raises InputError, OSError.

        A link in the file's place is not followed.
        """
        self.path = path
        self.seed: int | None = None
        self.runs = 0
        self._last: dict[tuple[str, str], int] = {}
        self._alike: dict[bytes, int] = {}
        self._done: set[bytes] = set()
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        self._file = os.open(path, flags, 0o600)
        self._reader = path.open("rb")
        self._end = 0
        self._synced = time.monotonic()
        try:
            self._read()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Everything is on the disk then."""
        self._reader.close()
        with suppress(OSError):
            os.fsync(self._file)
            os.close(self._file)

    def begin(self, seed: int, quizdl: str, at: float, *, anew: bool) -> None:
        """A run begins: everything that is graded in it has this seed. anew: like texts are sought in it alone."""
        if anew:
            self._alike.clear()
        fields = FIELDS if self.runs == 0 else {}
        self._write(_encode(Run(schema=SCHEMA, seed=seed, quizdl=quizdl, at=at, fields=fields)))
        self.seed, self.runs = seed, self.runs + 1

    def append(self, line: Line) -> None:
        """Adds one result."""
        place = self._end
        self._write(_encode(line))
        self._note(line, place)

    def standing(self, learner: str, question: str) -> Line | None:
        """The line that counts."""
        place = self._last.get((learner, question))
        return None if place is None else self._at(place)

    def pairs(self) -> Collection[tuple[str, str]]:
        """The learners' keyed ids and questions that have a result."""
        return self._last.keys()

    def has(self, line_identity: bytes) -> bool:
        """Whether this very submission of this learner was graded already."""
        return line_identity in self._done

    def alike(self, key: str) -> Line | None:
        """A result that cannot differ from the one that this key would give."""
        place = self._alike.get(bytes.fromhex(key))
        return None if place is None else self._at(place)

    def lines(self) -> Iterator[Line]:
        """All results, in order."""
        for _, line in _parsed(self.path):
            if isinstance(line, Line):
                yield line

    def _write(self, data: bytes) -> None:
        rest = memoryview(data + b"\n")
        while rest:
            rest = rest[os.write(self._file, rest) :]
        self._end += len(data) + 1
        if time.monotonic() - self._synced > _SYNC_SECONDS:  # the disk is waited for now and then, and at the end
            os.fsync(self._file)
            self._synced = time.monotonic()

    def _at(self, place: int) -> Line:
        self._reader.seek(place)
        line = _decode(self._reader.readline())
        assert isinstance(line, Line)  # noqa: S101 - only results' places are kept
        return line

    def _read(self) -> None:
        for raw, line in _parsed(self.path):
            if isinstance(line, Run):
                self.seed, self.runs = line.seed, self.runs + 1
            else:
                self._note(line, self._end)
            self._end += len(raw)
        os.truncate(self._file, self._end)

    def _note(self, line: Line, place: int) -> None:
        self._last[sys.intern(line.learner), sys.intern(line.question)] = place  # each is there many times
        if line.verdict != "grader_error":
            self._done.add(identity_of(line))
            self._alike.setdefault(bytes.fromhex(line.key), place)


def forget_lines(path: Path, learner: str) -> int:
    """Erases every line of a learner; how many there were. The one change of what was written."""
    kept, count = [], 0
    for raw, line in _parsed(path) if path.exists() else ():
        mine = isinstance(line, Line) and line.learner == learner
        count += mine
        kept += [] if mine else [raw]
    if count:
        write_whole(path, b"".join(kept), private=True)
    return count


def _parsed(path: Path) -> Iterator[tuple[bytes, Line | Run]]:
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            if not raw.endswith(b"\n"):
                return  # whoever wrote it was killed
            yield raw, _decoded(path, raw, number)


def _decoded(path: Path, raw: bytes, number: int) -> Line | Run:
    try:
        line: Line | Run = _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _unreadable(path, number) from error
    if isinstance(line, Run) and line.schema > SCHEMA:
        raise _newer(path)
    return line


def identity_of(line: Line) -> bytes:
    """What makes a line the grading of one submission, whatever it was graded with."""
    return identity(line.learner, line.question, line.source_sha256, line.seed, line.input_seed)


def identity(learner: str, question: str, source_sha256: str, seed: int, input_seed: int) -> bytes:
    """Equal for one learner's one text for one question with the same seeds."""
    parts = f"{learner}\0{question}\0{source_sha256}\0{seed}\0{input_seed}"
    return hashlib.sha256(parts.encode()).digest()[:16]


def _unreadable(path: Path, number: int) -> InputError:
    return InputError(
        Text(f"{number} 行目が読めません。", f"Line {number} cannot be read."),
        Text("別の --out を指定してください。", "Give another --out."),
        f"{path}:{number}",
    )


def _newer(path: Path) -> InputError:
    return InputError(
        Text("新しい版の quizdl で書かれています。", "It was written by a newer quizdl."),
        Text("pip install --upgrade quizdl", "pip install --upgrade quizdl"),
        str(path),
    )
