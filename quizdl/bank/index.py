"""What `list` shows of every question, kept between runs, so that a bank of 50,000 is listed without being parsed.

What was read of a file is found by the hash of its bytes: a file that was changed in any way, however its time stamps
look, is parsed again, and an index that is damaged, or that another version of the program wrote, is as none. Only
files without a fault are kept, so that a fault is met whenever its file is asked for.

One index a folder of `questions/`: a day's list reads the day's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec

from quizdl.bank.decode import BankFile
from quizdl.model import Code, Framework, Kind, Level, ListRow, Profile, Question, Scope, Stage, Status
from quizdl.paths import cache_folder
from quizdl.text import Text
from quizdl.whole import write_whole

_ROOMS = ("bank", "formula", "model")
_DIGEST_BYTES = 32


class _Row(msgspec.Struct, frozen=True, array_like=True):
    """A question, as its file is kept; what all of a file share stands there once."""

    id: str
    kind: Kind
    chapter: str
    level: Level
    points: int
    set: str | None
    function: str | None
    framework: Framework | None
    scope: Scope | None
    whole: bool
    status: Status | None


class FileRows(msgspec.Struct, frozen=True, array_like=True):
    """A bank file as it is listed; `digest` is that of the bytes it was read from. `order` is its header's."""

    digest: bytes
    section: str
    title: Text
    day: int | None
    stage: Stage | None
    order: int | None
    rows: tuple[_Row, ...]

    def listed(self, bank: str = "") -> Iterator[ListRow]:
        """The file's questions as a list shows them, in its order. bank: what its ids are led by, with the dot."""
        for row in self.rows:
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

    def profiles(self) -> Iterator[Profile]:
        """The file's questions as a plan weighs them, in its order."""
        for row in self.rows:
            yield Profile(
                id=row.id,
                kind=row.kind,
                chapter=row.chapter,
                level=row.level,
                set=row.set,
                framework=row.framework,
                scope=row.scope,
                whole=row.whole,
                status=row.status,
            )


class _Kept(msgspec.Struct, frozen=True):
    """An index as it lies on disk: who wrote it, and file name → what was read of it."""

    reader: str
    files: dict[str, FileRows]


class FolderIndex:
    """The index of one folder of one bank."""

    def __init__(self, root: Path, folder: str) -> None:
        self._path = cache_folder() / "index" / f"{_hash(str(root.resolve()).encode()).hex()[:16]}-{folder}.msgpack"
        self._files = _read(self._path)
        self._changed = False

    def holding(self, question_id: str) -> Iterator[str]:
        """The names of the files in which the question was when they were read."""
        return (name for name, file in self._files.items() if any(row.id == question_id for row in file.rows))

    def get(self, name: str, data: bytes) -> FileRows | None:
        """What was read of the file of this name, where it was read from these very bytes."""
        kept = self._files.get(name)
        return kept if kept and kept.digest == _hash(data) else None

    def put(self, name: str, data: bytes, file: BankFile) -> FileRows:
        """Remember what was read of a file."""
        header = file.header
        rows = tuple(_row(one) for one in file.questions)
        kept = FileRows(_hash(data), header.section, header.title, header.day, header.stage, header.order, rows)
        self._files[name] = kept
        self._changed = True
        return kept

    def save(self, names: set[str]) -> None:
        """Keep on disk what is known of these files; a folder that cannot be written is no reason to fail."""
        gone = self._files.keys() - names
        if not self._changed and not gone:
            return
        kept = _Kept(_reader(), {name: file for name, file in self._files.items() if name in names})
        data = msgspec.msgpack.encode(kept)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, _hash(data) + data, lasting=False)
        except OSError:
            return
        self._changed = False


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


@cache
def _reader() -> str:
    """A name for what reads banks: it changes with any line of the rooms that do."""
    package = Path(__file__).parents[1]
    sources = (path.read_bytes() for room in _ROOMS for path in sorted((package / room).glob("*.py")))
    return _hash(b"\0".join(sources)).hex()


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
