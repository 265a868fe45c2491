"""A class's files in a folder; links are not followed."""

from __future__ import annotations

import os
import stat
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from quizdl.batch.files import DEVICE, LINK, MOST_DEPTH, MOST_FILES, TOO_DEEP, UNREADABLE, Found, name_of
from quizdl.text import Text

_RESULTS, _KEY = b"results.jsonl", b"key"
_FILE, _FOLDER, _LINK_TO, _OTHER = b"\0f", b"\0d", b"\0l", b"\0?"


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
            yield folder, above or ("?",), UNREADABLE
            return
        if all(_has(found, name + _FILE) for name in (_RESULTS, _KEY)):
            return  # another run's out folder
        for entry in found:
            raw, kind = entry[:-2], entry[-2:]
            name = os.fsdecode(raw)
            path, parts = f"{folder}{os.sep}{name}", (*above, name_of(raw))
            if kind == _LINK_TO:
                yield path, parts, LINK
            elif kind != _FOLDER:
                yield path, parts, None if kind == _FILE else DEVICE
            elif len(parts) > MOST_DEPTH:
                yield path, parts, TOO_DEEP
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
        return UNREADABLE
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return DEVICE
        return file.read(min(found.st_size, most) + 1)  # to ask for `most` would make room for it
