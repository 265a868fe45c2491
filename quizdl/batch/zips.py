"""A class's files in a ZIP archive, read where it is."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import BinaryIO

from quizdl.batch.files import (
    BOMB,
    DAMAGED,
    DEVICE,
    ENCRYPTED_FILE,
    LINK,
    MOST_FILES,
    TWICE,
    UNKNOWN_METHOD,
    Found,
    Packed,
    name_of,
    parts_of,
    unsafe,
)
from quizdl.text import Text

MOST_RATIO = 200
"""A file that unpacks to more than this many times its size, and to more than a megabyte, was made to do harm."""

_MEGABYTE = 1 << 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
_DIRECTORY_BYTES = 64 << 20
_END_OF_DIRECTORY = struct.Struct("<4s4H2LH")
_LARGE_END = struct.Struct("<4sQ2H2L4Q")
_LARGE_LOCATOR = struct.Struct("<4sLQL")
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1


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
            parts = parts_of(_zip_name(entry))
            problem = unsafe(parts) or _zip_problem(entry) or (TWICE if last[entry.filename] != number else None)
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
            return DAMAGED


def _zip_name(entry: zipfile.ZipInfo) -> str:
    """Without the flag that says UTF-8, a name is in the encoding of whoever made the archive: in Japan cp932."""
    if entry.flag_bits & _UTF8_NAME:
        return entry.filename
    try:
        return name_of(entry.filename.encode("cp437"))
    except UnicodeEncodeError:
        return entry.filename


def _zip_problem(entry: zipfile.ZipInfo) -> Text | None:
    mode = entry.external_attr >> 16
    if stat.S_ISLNK(mode):
        return LINK
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return DEVICE
    if entry.flag_bits & _ENCRYPTED:
        return ENCRYPTED_FILE
    if entry.compress_type not in _METHODS:
        return UNKNOWN_METHOD
    if entry.file_size > _MEGABYTE and entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
        return BOMB
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
