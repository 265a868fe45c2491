"""Where files come from: a folder, a ZIP or a TAR archive. Archives are read where they are; nothing is ever unpacked.

What lies in the archives that learners handed in is `nested.py`'s.

Each gives the names of its files in a fixed order, each with what is wrong with it if anything is, and then the bytes
of those that are wanted. What people put into archives to do harm is a word in a report, and the rest goes on.
"""

from __future__ import annotations

import os
import stat
import struct
import tarfile
import zipfile
import zlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Literal, Protocol

from quizdl.batch.inflate import MOST_OF_SMALL, MOST_UNPACKED, BombError, Inflated, opened
from quizdl.errors import InputError
from quizdl.text import Text

MOST_FILES = 200_000
MOST_DEPTH = 16
MOST_RATIO = 200
"""A file that unpacks to more than this many times its size, and to more than a megabyte, was made to do harm."""

_RESULTS, _KEY = b"results.jsonl", b"key"
_FILE, _FOLDER, _LINK_TO, _OTHER = b"\0f", b"\0d", b"\0l", b"\0?"
_MEGABYTE = 1 << 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
_DIRECTORY_BYTES = 64 << 20
_END_OF_DIRECTORY = struct.Struct("<4s4H2LH")
_LARGE_END = struct.Struct("<4sQ2H2L4Q")
_LARGE_LOCATOR = struct.Struct("<4sLQL")
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class Found:
    """A file. parts: of its path; problem: why it cannot be read."""

    number: int
    parts: tuple[str, ...]
    problem: Text | None = None


class Store(Protocol):
    """Somewhere files are."""

    def names(self) -> Iterator[Found]:
        """Every file, in the order of its number."""

    def contents(self, wanted: Iterable[tuple[int, str]], most: int) -> Iterator[tuple[int, bytes | Text]]:
        """Those wanted, by number and path in the order of their numbers: at most `most` + 1 bytes of each, or why it
        cannot be read. What is wanted next is asked for when the last has been taken.
        """


class Packed(Protocol):
    """An archive's bytes; a `Path` is one."""

    @property
    def name(self) -> str:
        """What it is called."""

    def open(self, mode: Literal["rb"], /) -> BinaryIO:
        """A file to read it from, from the beginning."""


def open_store(path: Path, ignored: Path) -> Store:
    """ignored: a folder that is no part of it. Raises InputError for what is no folder, ZIP or TAR archive."""
    try:
        if path.is_dir():
            return Folder(path, ignored)
        if not stat.S_ISREG(path.stat().st_mode):
            raise _no_store(path)
        return open_archive(path)
    except (OSError, ValueError) as error:
        raise _no_store(path) from error


def open_archive(packed: Packed, most: int | None = None) -> Store:
    """By its first bytes, whatever it is called. Raises ValueError for what is no archive, OSError.

    most: bytes that may come out of a TAR; by its size, if nothing is said.
    """
    with packed.open("rb") as file:
        head = file.read(2)
        size = file.seek(0, os.SEEK_END)
    return Zip(packed) if head == b"PK" else Tar(packed, most or max(MOST_OF_SMALL, MOST_UNPACKED * size))


def _no_store(path: Path) -> InputError:
    return InputError(
        Text(
            "フォルダー、ZIP、TAR のどれとしても読めません。", "It cannot be read as a folder, a ZIP or a TAR archive."
        ),
        Text("提出物のフォルダーかアーカイブを指定してください: ls", "Give the folder or archive of submissions: ls"),
        str(path),
    )


# --- a folder --------------------------------------------------------------------------------------------------------


class Folder:
    """Files below a folder, by name; links are not followed."""

    def __init__(self, root: Path, ignored: Path) -> None:
        self._root = root
        self._ignored = ignored.resolve()
        self._ignored_name = self._ignored.name
        self._odd: dict[int, str] = {}  # names in other encodings than this system's

    def names(self) -> Iterator[Found]:
        """Every file."""
        for number, (path, parts, problem) in enumerate(islice(self._walk(str(self._root), ()), MOST_FILES)):
            if path != self._path(parts):
                self._odd[number] = path
            yield Found(number, parts, problem)

    def contents(self, wanted: Iterable[tuple[int, str]], most: int) -> Iterator[tuple[int, bytes | Text]]:
        """Those wanted."""
        for number, place in wanted:
            yield number, _read_regular(self._odd.get(number) or self._path(place.split("/")), most)

    def _path(self, parts: Iterable[str]) -> str:
        return os.path.join(self._root, *parts)  # noqa: PTH118 - a string, as `scandir` gives it

    def _walk(self, folder: str, above: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...], Text | None]]:
        try:
            with os.scandir(folder) as entries:
                found = sorted(map(_entry, entries))
        except OSError:
            yield folder, above or ("?",), _UNREADABLE
            return
        if all(_has(found, name + _FILE) for name in (_RESULTS, _KEY)):
            return  # another run's out folder
        for entry in found:
            raw, kind = entry[:-2], entry[-2:]
            name = os.fsdecode(raw)
            path, parts = f"{folder}{os.sep}{name}", (*above, _name(raw))
            if kind == _LINK_TO:
                yield path, parts, _LINK
            elif kind != _FOLDER:
                yield path, parts, None if kind == _FILE else _DEVICE
            elif len(parts) > MOST_DEPTH:
                yield path, parts, _TOO_DEEP
            elif name != self._ignored_name or Path(path).resolve() != self._ignored:
                yield from self._walk(path, parts)


def _has(found: list[bytes], wanted: bytes) -> bool:
    place = bisect_left(found, wanted)
    return found[place : place + 1] == [wanted]


def _entry(entry: os.DirEntry[str]) -> bytes:
    """A name and what it is of, in few bytes: a class's folder is long. They sort as the names do."""
    if entry.is_symlink():
        kind = _LINK_TO
    elif entry.is_dir(follow_symlinks=False):
        kind = _FOLDER
    else:
        kind = _FILE if entry.is_file(follow_symlinks=False) else _OTHER
    return os.fsencode(entry.name) + kind


def _read_regular(path: str, most: int) -> bytes | Text:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError:
        return _UNREADABLE
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return _DEVICE
        return file.read(min(found.st_size, most) + 1)  # to ask for `most` would make room for it


# --- ZIP -------------------------------------------------------------------------------------------------------------


class Zip:
    """A ZIP archive. Of files with one name the last counts, as when it is unpacked."""

    def __init__(self, packed: Packed) -> None:
        """Raises ValueError for what is none, or has more files than any class hands in."""
        self._packed = packed
        with packed.open("rb") as file:
            if _directory_bytes(file) > _DIRECTORY_BYTES:
                raise ValueError("the directory of the archive is too large")
        try:
            with packed.open("rb") as file, zipfile.ZipFile(file) as archive:
                files = (one for one in archive.infolist() if not one.filename.endswith("/"))  # a name may be empty
                self._entries = list(islice(files, MOST_FILES + 1))
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise ValueError(str(error)) from error
        if len(self._entries) > MOST_FILES:
            raise ValueError("too many files")

    def names(self) -> Iterator[Found]:
        """Every file."""
        last = {entry.filename: number for number, entry in enumerate(self._entries)}
        for number, entry in enumerate(self._entries):
            parts = _parts(_zip_name(entry))
            problem = _unsafe(parts) or _zip_problem(entry) or (_TWICE if last[entry.filename] != number else None)
            yield Found(number, tuple(part for part in parts if part) or ("?",), problem)

    def contents(self, wanted: Iterable[tuple[int, str]], most: int) -> Iterator[tuple[int, bytes | Text]]:
        """Those wanted."""
        with self._packed.open("rb") as file, zipfile.ZipFile(file) as archive:
            for number, _ in wanted:
                yield number, self._read(archive, self._entries[number], most)

    def _read(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes | Text:
        try:
            with archive.open(entry) as file:
                return file.read(most + 1)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError, ValueError):
            return _DAMAGED


def _zip_name(entry: zipfile.ZipInfo) -> str:
    """Without the flag that says UTF-8, a name is in the encoding of whoever made the archive: in Japan cp932."""
    if entry.flag_bits & _UTF8_NAME:
        return entry.filename
    try:
        return _name(entry.filename.encode("cp437"))
    except UnicodeEncodeError:
        return entry.filename


def _zip_problem(entry: zipfile.ZipInfo) -> Text | None:
    mode = entry.external_attr >> 16
    if stat.S_ISLNK(mode):
        return _LINK
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return _DEVICE
    if entry.flag_bits & _ENCRYPTED:
        return _ENCRYPTED_FILE
    if entry.compress_type not in _METHODS:
        return _UNKNOWN_METHOD
    if entry.file_size > _MEGABYTE and entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
        return _BOMB
    return None


def _directory_bytes(file: BinaryIO) -> int:
    """How long the list of files is, which is read at once: of its end, without believing more than that."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 66_000))
    tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) - place < _END_OF_DIRECTORY.size:
        return 0
    length: int = _END_OF_DIRECTORY.unpack_from(tail, place)[5]
    locator = tail[max(0, place - _LARGE_LOCATOR.size) : place]
    if len(locator) == _LARGE_LOCATOR.size and locator.startswith(b"PK\x06\x07"):
        file.seek(min(_LARGE_LOCATOR.unpack(locator)[2], size))
        large = file.read(_LARGE_END.size)
        if len(large) == _LARGE_END.size:
            length = max(length if length != 0xFFFFFFFF else 0, _LARGE_END.unpack(large)[8])
    return length


# --- TAR -------------------------------------------------------------------------------------------------------------


class Tar:
    """A TAR archive, packed or not, read from its beginning to its end: once for the names, once for the contents."""

    def __init__(self, packed: Packed, most: int) -> None:
        """most: bytes that may come out of it. Raises ValueError for what is none."""
        self._packed, self._most = packed, most
        try:
            with self._opened() as archive:
                archive.next()
        except BombError:
            pass  # the names will say so
        except (tarfile.TarError, OSError, EOFError) as error:
            raise ValueError(str(error)) from error

    @contextmanager
    def _opened(self) -> Iterator[tarfile.TarFile]:
        with (
            self._packed.open("rb") as file,
            opened(file) as inflated,
            tarfile.TarFile(fileobj=Inflated(inflated, self._most), errorlevel=0) as archive,  # type: ignore[arg-type]
        ):
            yield archive

    def _members(self) -> Iterator[tuple[int, tarfile.TarFile, tarfile.TarInfo]]:
        """Every file, as far as the archive can be read. Raises what reading raises."""
        with self._opened() as archive:
            number = 0
            while (member := archive.next()) is not None:
                archive.members = []  # type: ignore[attr-defined]  # it would keep every one
                if not member.isdir():
                    yield number, archive, member
                    number += 1

    def names(self) -> Iterator[Found]:
        """Every file."""
        found: list[tuple[str, list[str], Text | None]] = []
        ending: Text | None = None
        try:
            for _, _, member in self._members():
                parts = _parts(_tar_name(member))
                found.append((member.name, parts, _unsafe(parts) or _tar_problem(member)))
                if len(found) > MOST_FILES:
                    break
        except BombError:
            ending = _BOMB
        except _BROKEN:
            ending = _CUT_SHORT
        last = {name: number for number, (name, _, _) in enumerate(found)}
        for number, (name, parts, problem) in enumerate(found):
            shown = tuple(part for part in parts if part) or ("?",)
            yield Found(number, shown, problem or (_TWICE if last[name] != number else None))
        if ending is not None:
            yield Found(len(found), (self._packed.name,), ending)

    def contents(self, wanted: Iterable[tuple[int, str]], most: int) -> Iterator[tuple[int, bytes | Text]]:
        """Those wanted."""
        following = (number for number, _ in wanted)
        next_one = next(following, None)
        try:
            for number, archive, member in self._members():
                if next_one is None:
                    return
                if number == next_one:
                    file = archive.extractfile(member)
                    yield number, _DAMAGED if file is None else file.read(most + 1)
                    next_one = next(following, None)
        except (BombError, *_BROKEN):
            while next_one is not None:
                yield next_one, _CUT_SHORT
                next_one = next(following, None)


_BROKEN = (tarfile.TarError, OSError, EOFError, ValueError, OverflowError)


def _tar_name(member: tarfile.TarInfo) -> str:
    return _name(member.name.encode("utf-8", "surrogateescape"))


def _tar_problem(member: tarfile.TarInfo) -> Text | None:
    if member.issym() or member.islnk():
        return _LINK
    return None if member.isreg() and not member.sparse else _DEVICE


# --- names -----------------------------------------------------------------------------------------------------------


def _name(raw: bytes) -> str:
    """A name of bytes whose encoding nobody said: UTF-8 where it can be, else Japanese Windows'."""
    for encoding in ("utf-8", "cp932"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")


def _parts(name: str) -> list[str]:
    """The path's parts, of systems that write `/` and of those that write a backslash."""
    return name.replace("\\", "/").split("/")


def _unsafe(parts: list[str]) -> Text | None:
    if ".." in parts or (parts and (parts[0] == "" or parts[0].endswith(":"))):
        return _LEADS_OUT
    return _TOO_DEEP if len(parts) > MOST_DEPTH else None


_UNREADABLE = Text("読めません。", "It cannot be read.")
_LINK = Text("リンクはたどりません。", "A link is not followed.")
_DEVICE = Text("通常のファイルではありません。", "It is no regular file.")
_TOO_DEEP = Text("フォルダーが深すぎます。", "It lies too deep in folders.")
_LEADS_OUT = Text("名前がアーカイブの外を指しています。", "Its name leads out of the archive.")
_TWICE = Text(
    "同じ名前のファイルが後にもあり、後のものを使います。", "Another file of the same name comes later and counts."
)
_ENCRYPTED_FILE = Text("暗号化されています。", "It is encrypted.")
_UNKNOWN_METHOD = Text("対応していない圧縮方式です。", "It is compressed in a way that is not supported.")
_BOMB = Text("展開すると異常に大きくなります（圧縮爆弾）。", "It would unpack to an absurd size.")
_DAMAGED = Text("壊れています。", "It is damaged.")
_CUT_SHORT = Text("アーカイブが途中で壊れていて、ここから先は読めません。", "The archive is damaged from here on.")
