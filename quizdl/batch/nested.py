"""Archives that learners hand in: what lies in them is read as if it lay in a folder of that name. One level deep.

Like the archive of a whole class, they are read where they are. Each is read into memory, one after the other.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, Literal

from quizdl.batch.layouts import archive_stem
from quizdl.batch.places import Found, Store, open_archive
from quizdl.text import Text

MOST_BYTES = 16 << 20
MOST_FILES = 1_000
_NUMBERS = MOST_FILES + 2  # that belong to one file of the outer store: its own, and its members'


@dataclass(frozen=True, slots=True)
class _Held:
    """An archive in memory."""

    name: str
    data: bytes

    def open(self, mode: Literal["rb"] = "rb", /) -> BinaryIO:
        assert mode == "rb"  # noqa: S101 - nothing is ever written to one
        return io.BytesIO(self.data)


@dataclass(frozen=True, slots=True)
class _Archive:
    """An archive among the files. place: its path. members: the parts of their paths are those within it."""

    place: str
    members: tuple[Found, ...]


class Nested:
    """Another store's files, with those that lie in its archives instead of the archives."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._archives: dict[int, _Archive] | None = None  # once they have been looked into

    def names(self) -> Iterator[Found]:
        """Every file."""
        archives = self._looked_into()
        for found in self._store.names():
            first = found.number * _NUMBERS
            if found.number not in archives:
                yield Found(first, found.parts, found.problem)
                continue
            for number, member in enumerate(archives[found.number].members, first + 1):
                yield Found(number, found.parts + member.parts, member.problem)

    def contents(self, wanted: Mapping[int, str], most: int) -> Iterator[tuple[int, bytes | Text]]:
        """Those wanted."""
        archives = self._looked_into()
        within: dict[int, dict[int, str]] = {}
        outer: dict[int, str] = {}
        for number, path in wanted.items():
            own, member = divmod(number, _NUMBERS)
            outer[own] = archives[own].place if member else path
            if member:
                within.setdefault(own, {})[archives[own].members[member - 1].number] = path
        for own, data in self._store.contents(outer, MOST_BYTES if within else most):
            if own not in within:
                yield own * _NUMBERS, data if isinstance(data, Text) else data[: most + 1]
                continue
            places = {one.number: number for number, one in enumerate(archives[own].members, own * _NUMBERS + 1)}
            for member, inner in self._read(archives[own], data, within[own], most):
                yield places[member], inner

    def _read(
        self, archive: _Archive, data: bytes | Text, wanted: Mapping[int, str], most: int
    ) -> Iterator[tuple[int, bytes | Text]]:
        opened = _opened(archive.place, data)
        if isinstance(opened, Text):  # it was another one when it was looked into
            yield from ((number, opened) for number in sorted(wanted))
        else:
            yield from opened.contents(wanted, most)

    def _looked_into(self) -> dict[int, _Archive]:
        if self._archives is None:
            places = {
                found.number: "/".join(found.parts)
                for found in self._store.names()
                if found.problem is None and archive_stem(found.parts[-1]) is not None
            }
            self._archives = {
                number: _Archive(places[number], tuple(_members(places[number], data)))
                for number, data in self._store.contents(places, MOST_BYTES)
            }
        return self._archives


def _opened(place: str, data: bytes | Text) -> Store | Text:
    if isinstance(data, Text):
        return data
    if len(data) > MOST_BYTES:
        return _TOO_LARGE
    try:
        return open_archive(_Held(place.rpartition("/")[2], data))
    except (OSError, ValueError):
        return _NO_ARCHIVE


def _members(place: str, data: bytes | Text) -> Sequence[Found]:
    """What is in an archive; where it cannot be read, or nothing is in it, the archive itself with a word on it."""
    opened = _opened(place, data)
    if isinstance(opened, Text):
        return [Found(0, (), opened)]
    found = [_no_deeper(one) for one in islice(opened.names(), MOST_FILES + 1)]
    if len(found) > MOST_FILES:
        return [Found(0, (), _TOO_MANY)]
    return found or [Found(0, (), _EMPTY)]


def _no_deeper(found: Found) -> Found:
    is_archive = found.problem is None and archive_stem(found.parts[-1]) is not None
    return Found(found.number, found.parts, _WITHIN_ANOTHER) if is_archive else found


_NO_ARCHIVE = Text("ZIP とも TAR とも読めません。", "It can be read neither as a ZIP nor as a TAR archive.")
_TOO_LARGE = Text(
    f"{MOST_BYTES >> 20} MiB を超えるアーカイブです。", f"It is an archive larger than {MOST_BYTES >> 20} MiB."
)
_TOO_MANY = Text(
    f"{MOST_FILES} 個を超えるファイルが入っています。", f"It is an archive of more than {MOST_FILES} files."
)
_EMPTY = Text("中に何も入っていません。", "It is an archive with nothing in it.")
_WITHIN_ANOTHER = Text("アーカイブの中のアーカイブは開きません。", "An archive within an archive is not opened.")
