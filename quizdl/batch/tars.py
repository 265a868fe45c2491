"""A class's files in a TAR archive, packed or not, read where it is."""

from __future__ import annotations

import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from quizdl.batch.files import (
    BOMB,
    CUT_SHORT,
    DAMAGED,
    DEVICE,
    LINK,
    MOST_FILES,
    TWICE,
    Found,
    Packed,
    name_of,
    parts_of,
    unsafe,
)
from quizdl.batch.inflate import BombError, Inflated, opened
from quizdl.text import Text


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
                parts = parts_of(_tar_name(member))
                found.append((member.name, parts, unsafe(parts) or _tar_problem(member)))
                if len(found) > MOST_FILES:
                    break
        except BombError:
            ending = BOMB
        except _BROKEN:
            ending = CUT_SHORT
        last = {name: number for number, (name, _, _) in enumerate(found)}
        for number, (name, parts, problem) in enumerate(found):
            shown = tuple(part for part in parts if part) or ("?",)
            yield Found(number, shown, problem or (TWICE if last[name] != number else None))
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
                    yield number, DAMAGED if file is None else file.read(most + 1)
                    next_one = next(following, None)
        except (BombError, *_BROKEN):
            while next_one is not None:
                yield next_one, CUT_SHORT
                next_one = next(following, None)


_BROKEN = (tarfile.TarError, OSError, EOFError, ValueError, OverflowError)


def _tar_name(member: tarfile.TarInfo) -> str:
    return name_of(member.name.encode("utf-8", "surrogateescape"))


def _tar_problem(member: tarfile.TarInfo) -> Text | None:
    if member.issym() or member.islnk():
        return LINK
    return None if member.isreg() and not member.sparse else DEVICE
