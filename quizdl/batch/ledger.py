"""`results.jsonl`: every graded submission, a line each, appended and never changed, but where somebody is forgotten.

A line is written whole and handed to the system at once: whatever is killed loses no result that was seen. Where each
line begins, and what tables are made of, is kept at hand in `Scratch`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from quizdl.batch.records import FIELDS, SCHEMA, Line, Run, Standing
from quizdl.batch.scratch import Scratch
from quizdl.batch.tables import write_parts
from quizdl.errors import InputError
from quizdl.text import Text

FILE = "results.jsonl"
_SYNC_SECONDS = 0.25

_decode = msgspec.json.Decoder[Line | Run](Line | Run).decode
_encode = msgspec.json.Encoder().encode


class Ledger:
    """The results of one out folder. seed: of its last run, None before the first. questions: that have a result."""

    def __init__(self, path: Path, scratch: Scratch | None = None) -> None:
        """Reads where the lines are; what was cut off in the middle of a line is dropped. Raises InputError, OSError.

        A link in the file's place is not followed.
        """
        self.path = path
        self.seed: int | None = None
        self.runs = 0
        self.questions: set[str] = set()
        scratch = scratch or Scratch()
        self._last, self._alike = scratch.kept(Standing), scratch.kept(int)
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

    def append(self, line: Line, also: str | None = None) -> None:
        """Adds one result. also: another key that it answers from now on, in this run."""
        place = self._end
        self._write(_encode(line))
        self._note(line, place)
        if also is not None and line.verdict != "grader_error":
            self._alike.set_once(also, place)

    def standing(self, learner: str, question: str) -> Standing | None:
        """What counts of a learner at a question."""
        found: Standing | None = self._last.get(_pair(learner, question))
        return found

    def line(self, learner: str, question: str) -> Line | None:
        """The whole line of it."""
        standing = self.standing(learner, question)
        return None if standing is None else self._at(standing.place)

    def has_any(self, learner: str) -> bool:
        """Whether a learner has a result at all."""
        return self._last.any_from(_pair(learner, ""))

    def alike(self, key: str) -> Line | None:
        """A result that cannot differ from the one that this key would give."""
        place: int | None = self._alike.get(key)
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
        self.questions.add(line.question)
        self._last[_pair(line.learner, line.question)] = _standing(line, place)
        if line.verdict != "grader_error":
            self._alike.set_once(line.key, place)


def _pair(learner: str, question: str) -> str:
    return f"{learner}\0{question}"


def _standing(line: Line, place: int) -> Standing:
    return Standing(
        place=place,
        source_sha256=line.source_sha256,
        verdict=line.verdict,
        score=line.score,
        counts=line.counts,
        mistake=line.mistake,
        version=line.version,
        seed=line.seed,
        input_seed=line.input_seed,
        engine=line.engine,
        numpy=line.numpy,
        quizdl=line.quizdl,
        level=line.level,
        key=line.key,
    )


def forget_lines(path: Path, learner: str) -> int:
    """Erases every line of a learner; how many there were. The one change of what was written."""
    if not path.exists():
        return 0
    count = sum(_is_of(learner, line) for _, line in _parsed(path))
    if count:
        write_parts(path, (raw for raw, line in _parsed(path) if not _is_of(learner, line)), private=True)
    return count


def _is_of(learner: str, line: Line | Run) -> bool:
    return isinstance(line, Line) and line.learner == learner


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
