"""Archives that learners hand in: what lies in them is read as if it lay in a folder of that name. One level deep.

Like the archive of a whole class, they are read where they are. Each is read into memory, one after the other.
"""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import BinaryIO, Literal

from quizdl.batch.files import Found, Store
from quizdl.batch.inflate import MOST_OF_SMALL
from quizdl.batch.layouts import archive_stem
from quizdl.batch.places import open_archive
from quizdl.batch.scratch import Scratch
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


class Nested:
    """Another store's files, with those that lie in its archives instead of the archives."""

    def __init__(self, store: Store, scratch: Scratch) -> None:
        self._store = store
        self._archives = scratch.kept(str)  # their paths, by number

    def names(self) -> Iterator[Found]:
        """Every file."""
        archives = _OneByOne(self._store, MOST_BYTES)
        for found in self._store.names():
            first = found.number * _NUMBERS
            if found.problem is not None or archive_stem(found.parts[-1]) is None:
                yield Found(first, found.parts, found.problem)
                continue
            place = "/".join(found.parts)
            self._archives[str(found.number)] = place
            for number, member in enumerate(_members(place, archives.read(found.number, place)), first + 1):
                yield Found(number, found.parts + member.parts, member.problem)

    def contents(self, wanted: Iterable[tuple[int, str]], most: int) -> Iterator[tuple[int, bytes | Text]]:
        """Those wanted."""
        files = _OneByOne(self._store, max(most, MOST_BYTES) if self._archives else most)
        for own, several in groupby(wanted, key=lambda one: one[0] // _NUMBERS):
            place = self._archives.get(str(own))
            if place is None:
                for number, path in several:
                    data = files.read(own, path)
                    yield number, data if isinstance(data, Text) else data[: most + 1]
            else:
                yield from _read(place, files.read(own, place), several, most)


class _OneByOne:
    """Another store's contents, each when it is asked for."""

    def __init__(self, store: Store, most: int) -> None:
        self._asked: deque[tuple[int, str]] = deque()
        self._found = store.contents(self._wanted(), most)

    def read(self, number: int, path: str) -> bytes | Text:
        """The numbers rise from one call to the next."""
        self._asked.append((number, path))
        return next(self._found, (number, _GONE))[1]

    def _wanted(self) -> Iterator[tuple[int, str]]:
        while self._asked:
            yield self._asked.popleft()


def _read(
    place: str, held: bytes | Text, wanted: Iterable[tuple[int, str]], most: int
) -> Iterator[tuple[int, bytes | Text]]:
    """Of an archive's members those that are wanted by their numbers among all files."""
    opened = _opened(place, held)
    if isinstance(opened, Text):  # it was another one when it was looked into
        yield from ((number, opened) for number, _ in wanted)
        return
    inner = {place: one.number for place, one in enumerate(islice(opened.names(), MOST_FILES), start=1)}
    found = [(inner.get(number % _NUMBERS), number, path) for number, path in wanted]
    number_of = {member: number for member, number, _ in found if member is not None}
    members = ((member, path) for member, _, path in found if member is not None)
    yield from ((number_of[member], data) for member, data in opened.contents(members, most))
    yield from ((number, _GONE) for member, number, _ in found if member is None)


def _opened(place: str, data: bytes | Text) -> Store | Text:
    if isinstance(data, Text):
        return data
    if len(data) > MOST_BYTES:
        return _TOO_LARGE
    try:
        return open_archive(_Held(place.rpartition("/")[2], data), MOST_OF_SMALL)
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


_GONE = Text("読めなくなりました。", "It cannot be read any more.")
_NO_ARCHIVE = Text("ZIP とも TAR とも読めません。", "It can be read neither as a ZIP nor as a TAR archive.")
_TOO_LARGE = Text(
    f"{MOST_BYTES >> 20} MiB を超えるアーカイブです。", f"It is an archive larger than {MOST_BYTES >> 20} MiB."
)
_TOO_MANY = Text(
    f"{MOST_FILES} 個を超えるファイルが入っています。", f"It is an archive of more than {MOST_FILES} files."
)
_EMPTY = Text("中に何も入っていません。", "It is an archive with nothing in it.")
_WITHIN_ANOTHER = Text("アーカイブの中のアーカイブは開きません。", "An archive within an archive is not opened.")
