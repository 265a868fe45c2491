"""What a list or a plan needs of every question, kept between runs: a bank of 50,000 is not even read.

What was read of a file is found by the hash of its bytes. The hash is not taken again where the file's stamp says that
these bytes cannot have changed since (see `stamps`); a file that was changed in any way, however its time stamps look,
is read again, and an index that is damaged, or that another version of the program wrote, is as none. A file with a
fault is never kept as parsed, so that the fault is met whenever its questions are asked for.

One index a folder of `questions/`: a day's list reads the day's. Its questions are decoded only where they are wanted,
and only as far.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from time import time_ns

import msgspec

from quizdl.bank.cache import cache_path, cached, hashed, keep
from quizdl.bank.catalogue import profiles_in
from quizdl.bank.decode import BankFile
from quizdl.bank.scan import place_of
from quizdl.bank.stamps import Stamp, stamp_of
from quizdl.model import Code, Listed, ListRow, Profile, Question, Stage
from quizdl.text import Text


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


_FILES = msgspec.msgpack.Decoder(dict[str, FileRows])


class FolderIndex:
    """The index of one folder of one bank; it is read where something is asked of it that stamps do not tell."""

    def __init__(self, root: Path, folder: str) -> None:
        self._folder = root / "questions" / folder
        self._path = cache_path(root, folder)
        self._looked = 0
        self._stamps: dict[str, Stamp] = {}
        self._changed = False

    @cached_property
    def _files(self) -> dict[str, FileRows]:
        """File name → what was read of it; none where the index is damaged, of another version, or not there."""
        data = cached(self._path)
        with suppress(msgspec.MsgspecError):
            return _FILES.decode(data) if data is not None else {}
        return {}

    def look(self) -> list[str]:
        """The names of the bank files that the folder has now. What is read after this is kept with their stamps."""
        self._looked = time_ns()
        self._stamps = stamps_in(self._folder)
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
        if kept is None or kept.digest != hashed(data):
            return None
        if kept.stamp != (stamp := self._stamp(name)):
            kept = self._put(name, msgspec.structs.replace(kept, stamp=stamp))
        return kept

    def put(self, name: str, data: bytes, file: BankFile) -> FileRows:
        """Remember what was parsed of a file."""
        header, rows = file.header, _encoded([_row(one) for one in file.questions])
        place = header.section, header.order, header.title, header.day, header.stage
        return self._put(name, FileRows(hashed(data), self._stamp(name), *place, rows))

    def put_scanned(self, name: str, data: bytes) -> FileRows:
        """Remember what a file's raw bytes tell."""
        rows = _encoded(list(profiles_in(data)))
        return self._put(name, FileRows(hashed(data), self._stamp(name), *place_of(data), None, None, None, rows))

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
        kept = {name: file for name, file in self._files.items() if name not in gone}
        with suppress(UnicodeEncodeError):  # a file's name may be no text
            self._changed = not keep(self._path, msgspec.msgpack.encode(kept))

    def seen(self) -> tuple[Mapping[str, Stamp], Stamp | None]:
        """By name, the stamps that the folder's files had at the last look; and that of the index as it is on disk."""
        try:
            return self._stamps, stamp_of(self._path.stat())
        except OSError:
            return self._stamps, None

    def vouched(self) -> dict[str, FileRows] | None:
        """What is known of every file of the last look; None where a stamp does not vouch for each of them."""
        found = {name: self.unread(name) for name in self._stamps}
        known = {name: file for name, file in found.items() if file}
        return known if len(known) == len(found) else None


def stamps_in(folder: Path) -> dict[str, Stamp]:
    """The bank files of a folder of `questions/`, sorted by name, with their stamps; none where there is no folder."""
    found: dict[str, Stamp] = {}
    with suppress(OSError), _opened(folder) as where, os.scandir(where) as entries:
        for entry in entries:
            name = entry.name
            if name.endswith(".yaml") and not name.startswith("."):
                try:  # `suppress` takes as long as `stat` does
                    if entry.is_file():
                        found[name] = stamp_of(entry.stat())
                except OSError:  # gone meanwhile
                    continue
    return dict(sorted(found.items()))


@contextmanager
def _opened(folder: Path) -> Iterator[Path | int]:
    """The folder as `scandir` takes it: where it can be held open, `stat` need not go the way to it for every file."""
    if os.scandir not in os.supports_fd:
        yield folder
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


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


def _row(question: Question) -> _Row:
    listed = as_listed(question)
    shared = {name: getattr(listed, name) for name in _Row.__struct_fields__ if name in ListRow.__struct_fields__}
    return _Row(**shared, scope=question.scope, whole=isinstance(question, Code) and question.answer is None)


def _encoded(rows: Sequence[Profile]) -> msgspec.Raw:
    return msgspec.Raw(msgspec.msgpack.encode(rows))
