"""What a list or a plan needs of every question, kept between runs: a bank of 50,000 is not even read.

What was read of a file is found by the hash of its bytes. The hash is not taken again where the file's stamp says that
these bytes cannot have changed since (see `stamps`); a file that was changed in any way, however its time stamps look,
is read again, and an index that is damaged, or that another version of the program wrote, is as none. A file with a
fault is never kept as parsed, so that the fault is met whenever its questions are asked for.

One index a folder of `questions/`: a day's list reads the day's. Its questions are decoded only where they are wanted,
and only as far.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from time import time_ns

import msgspec

from quizdl.bank.catalogue import profiles_in
from quizdl.bank.decode import BankFile
from quizdl.bank.scan import place_of
from quizdl.bank.stamps import Stamp, stamp_of
from quizdl.model import Code, Listed, ListRow, Profile, Question, Stage
from quizdl.paths import cache_folder
from quizdl.text import Text
from quizdl.whole import write_whole

_ROOMS = ("bank", "formula", "model")
_DIGEST_BYTES = 32


class _Row(Profile, frozen=True, kw_only=True, array_like=True):
    """A question, as its file is kept; what all of a file share stands there once."""

    points: int = 1
    function: str | None = None


_PLACES = msgspec.msgpack.Decoder(tuple[Listed, ...])
_PROFILES = msgspec.msgpack.Decoder(tuple[Profile, ...])
_ROWS = msgspec.msgpack.Decoder(tuple[_Row, ...])


class FileRows(msgspec.Struct, frozen=True, array_like=True):
    """What is known of a bank file. digest: of the bytes it was read from. order: its header's.

    title: None where the file was only scanned, which tells all but what `listed` shows. kept: its questions, encoded.
    """

    digest: bytes
    stamp: Stamp | None
    section: str
    order: int | None
    title: Text | None
    day: int | None
    stage: Stage | None
    kept: msgspec.Raw

    @property
    def is_parsed(self) -> bool:
        """Whether the file was parsed, and sound."""
        return self.title is not None

    def listed(self, bank: str = "") -> Iterator[ListRow]:
        """The questions of a parsed file as a list shows them, in its order. bank: what leads its ids, with the dot."""
        assert self.title is not None  # noqa: S101 - whoever lists a file has it parsed
        for row in _ROWS.decode(self.kept):
            yield ListRow(
                id=bank + row.id,
                kind=row.kind,
                day=self.day,
                stage=self.stage,
                section=self.section,
                section_title=self.title,
                chapter=row.chapter,
                level=row.level,
                points=row.points,
                set=row.set and bank + row.set,
                function=row.function,
                framework=row.framework,
                status=row.status,
            )

    def places(self) -> tuple[Listed, ...]:
        """The places of the file's questions, in its order."""
        return _PLACES.decode(self.kept)

    def profiles(self) -> tuple[Profile, ...]:
        """The file's questions as a plan weighs them, in its order."""
        return _PROFILES.decode(self.kept)

    def holds(self, question_id: str) -> bool:
        """Whether the question is one of the file's."""
        mentioned = question_id.encode("utf-8", "replace") in bytes(self.kept)
        return mentioned and any(place.id == question_id for place in self.places())


class _Kept(msgspec.Struct, frozen=True):
    """An index as it lies on disk: who wrote it, and file name → what was read of it."""

    reader: str
    files: dict[str, FileRows]


class FolderIndex:
    """The index of one folder of one bank."""

    def __init__(self, root: Path, folder: str) -> None:
        self._folder = root / "questions" / folder
        self._path = cache_folder() / "index" / f"{_hash(str(root.resolve()).encode()).hex()[:16]}-{folder}.msgpack"
        self._files = _read(self._path)
        self._looked = 0
        self._stamps: dict[str, Stamp] = {}
        self._changed = False

    def look(self) -> list[str]:
        """The names of the bank files that the folder has now. What is read after this is kept with their stamps."""
        self._looked = time_ns()
        self._stamps = {name: stamp_of(found) for name, found in bank_entries(self._folder)}
        return list(self._stamps)

    def holding(self, question_id: str) -> Iterator[str]:
        """The names of the files in which the question was when they were read."""
        return (name for name, file in self._files.items() if file.holds(question_id))

    def unread(self, name: str) -> FileRows | None:
        """What is known of a file of the last look without reading it, where its stamp vouches for that."""
        kept = self._files.get(name)
        return kept if kept and kept.stamp is not None and kept.stamp == self._stamps.get(name) else None

    def get(self, name: str, data: bytes) -> FileRows | None:
        """What was read of the file of this name, where it was read from these very bytes."""
        kept = self._files.get(name)
        if kept is None or kept.digest != _hash(data):
            return None
        if kept.stamp != (stamp := self._stamp(name)):
            kept = self._put(name, msgspec.structs.replace(kept, stamp=stamp))
        return kept

    def put(self, name: str, data: bytes, file: BankFile) -> FileRows:
        """Remember what was parsed of a file."""
        header, rows = file.header, _encoded([_row(one) for one in file.questions])
        place = header.section, header.order, header.title, header.day, header.stage
        return self._put(name, FileRows(_hash(data), self._stamp(name), *place, rows))

    def put_scanned(self, name: str, data: bytes) -> FileRows:
        """Remember what a file's raw bytes tell."""
        rows = _encoded(list(profiles_in(data)))
        return self._put(name, FileRows(_hash(data), self._stamp(name), *place_of(data), None, None, None, rows))

    def _put(self, name: str, file: FileRows) -> FileRows:
        self._files[name] = file
        self._changed = True
        return file

    def _stamp(self, name: str) -> Stamp | None:
        """The stamp of a file that was read after the last look; None where it may not show the next change."""
        stamp = self._stamps.get(name)
        return stamp if stamp and stamp.is_settled(self._looked) else None

    def save(self) -> None:
        """Keep on disk what is known of the files of the last look; where nothing can be written, that is no fault."""
        gone = self._files.keys() - self._stamps.keys()
        if not self._changed and not gone:
            return
        kept = _Kept(_reader(), {name: file for name, file in self._files.items() if name not in gone})
        try:
            data = msgspec.msgpack.encode(kept)
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, _hash(data) + data, lasting=False)
        except (OSError, UnicodeEncodeError):  # a file's name may be no text
            return
        self._changed = False


def bank_entries(folder: Path) -> list[tuple[str, os.stat_result]]:
    """The bank files of a folder of `questions/`, by name, with what `stat` finds; none where there is no folder."""
    found: list[tuple[str, os.stat_result]] = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):  # gone meanwhile
                if entry.name.endswith(".yaml") and not entry.name.startswith(".") and entry.is_file():
                    found.append((entry.name, entry.stat()))
    return sorted(found, key=lambda one: one[0])


def as_listed(question: Question) -> ListRow:
    """A question as a list shows it."""
    return ListRow(
        id=question.id,
        kind=question.kind,
        day=question.day,
        stage=question.stage,
        section=question.section,
        section_title=question.section_title,
        chapter=question.chapter,
        level=question.level,
        points=question.points,
        set=question.set.id if question.set else None,
        function=question.function if isinstance(question, Code) else None,
        framework=question.framework,
        status=question.status,
    )


def _read(path: Path) -> dict[str, FileRows]:
    """The files of an index; none where it is damaged, of another version, or not there."""
    try:
        content = path.read_bytes()
        digest, data = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
        kept = msgspec.msgpack.decode(data, type=_Kept) if digest == _hash(data) else None
    except (OSError, msgspec.MsgspecError):
        return {}
    return kept.files if kept and kept.reader == _reader() else {}


def _row(question: Question) -> _Row:
    listed = as_listed(question)
    shared = {name: getattr(listed, name) for name in _Row.__struct_fields__ if name in ListRow.__struct_fields__}
    return _Row(**shared, scope=question.scope, whole=isinstance(question, Code) and question.answer is None)


def _encoded(rows: Sequence[Profile]) -> msgspec.Raw:
    return msgspec.Raw(msgspec.msgpack.encode(rows))


@cache
def _reader() -> str:
    """A name for what reads banks: it changes with any line of the rooms that do."""
    package = Path(__file__).parents[1]
    sources = (path.read_bytes() for room in _ROOMS for path in sorted((package / room).glob("*.py")))
    return _hash(b"\0".join(sources)).hex()


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
