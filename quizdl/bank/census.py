"""All questions by what a plan can tell apart, kept between runs: most of them are counted, and never decoded.

A unit is a set, or a question by itself. Units of one nature are a row of numbers; a table of all ids, sorted, tells to
which unit each belongs. Ids and units lie in blocks that are decoded where one of theirs is wanted: what was answered
before, and what is on the menu.

It is made of the folder indices, where stamps vouch for every file, and is as none where one file or one index has not
the stamp that it had then.
"""

from __future__ import annotations

import os
import struct
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache, cached_property
from itertools import chain
from pathlib import Path
from typing import TypeVar

import msgspec

from quizdl.bank.cache import cached, hashed, keep
from quizdl.bank.index import FolderIndex
from quizdl.model import Alike, Profile

_BLOCK = 32
"""So many ids, or units, stand in a block."""

_Item = TypeVar("_Item")
_Nature = tuple[Profile, ...]
_File = tuple[bytes, int]
"""A file in `questions/`, and which it is in reading order."""


class _Unit(msgspec.Struct, frozen=True, array_like=True):
    """A set, or a question by itself: which of the files it is in, which of the natures it has, and its own names."""

    file: int
    nature: int
    set: str | None
    ids: tuple[str, ...]


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """A bank's census as it lies on disk. What is of bytes is decoded where it is wanted.

    natures: each with the numbers of its units. ids: each with the number of its unit. begins: the first id of each
    block of ids.
    """

    files: memoryview
    natures: tuple[tuple[_Nature, memoryview], ...]
    begins: tuple[str, ...]
    ids: tuple[memoryview, ...]
    units: tuple[memoryview, ...]


_KEPT = msgspec.msgpack.Decoder(_Kept)
_FILES = msgspec.msgpack.Decoder(tuple[_File, ...])
_NUMBERS = msgspec.msgpack.Decoder(dict[str, int])
_UNITS = msgspec.msgpack.Decoder(tuple[msgspec.Raw, ...])
_UNIT = msgspec.msgpack.Decoder(_Unit)
_NUMBER = struct.Struct("<I")


class Roll:
    """The census of one bank. Its units are numbered in the order of folders and files."""

    def __init__(self, kept: _Kept) -> None:
        self._kept = kept
        self._ids = cache(lambda block: _NUMBERS.decode(kept.ids[block]))
        self._units = cache(lambda block: _UNITS.decode(kept.units[block]))
        self._profiles: dict[int, _Nature] = {}
        self.units = sum(len(numbers) for _, numbers in kept.natures) // _NUMBER.size

    @cached_property
    def _files(self) -> tuple[_File, ...]:
        return _FILES.decode(self._kept.files)

    def alike(self, first: int) -> Iterator[Alike]:
        """All units, by their nature. first: the number of the first."""
        for nature, numbers in self._kept.natures:
            every = (first + number for (number,) in _NUMBER.iter_unpack(numbers))
            yield Alike(nature, len(numbers) // _NUMBER.size, every)

    def _unit(self, number: int) -> _Unit:
        block, place = divmod(number, _BLOCK)
        return _UNIT.decode(self._units(block)[place])

    def unit(self, number: int) -> tuple[Profile, ...]:
        """The questions of the unit of this number."""
        if number not in self._profiles:
            unit = self._unit(number)
            nature, _ = self._kept.natures[unit.nature]
            own = zip(nature, unit.ids, strict=True)
            self._profiles[number] = tuple(msgspec.structs.replace(one, id=name, set=unit.set) for one, name in own)
        return self._profiles[number]

    def number(self, question_id: str) -> int | None:
        """The number of the unit that a question belongs to; None where there is no such question."""
        block = bisect_right(self._kept.begins, question_id) - 1
        return self._ids(block).get(question_id) if block >= 0 else None

    def beginning(self, begun: str) -> Iterator[Profile]:
        """The questions whose ids begin so, by id."""
        first = max(bisect_right(self._kept.begins, begun) - 1, 0)
        for block in range(first, len(self._kept.ids)):
            for name, number in self._ids(block).items():
                if name.startswith(begun):
                    yield next(one for one in self.unit(number) if one.id == name)
                elif name > begun:
                    return

    def place(self, number: int) -> tuple[int, int]:
        """Where a unit stands in reading order."""
        return self._files[self._unit(number).file][1], number

    def file_of(self, question_id: str) -> str | None:
        """The file in `questions/` in which a question was when the census was made."""
        number = self.number(question_id)
        return None if number is None else os.fsdecode(self._files[self._unit(number).file][0])


class Census:
    """The censuses of several banks as one, each with what leads its ids: `name.`, or nothing for the shipped one."""

    def __init__(self, rolls: Mapping[str, Roll]) -> None:
        self._rolls = dict(rolls)
        self._first: dict[str, int] = {}
        self._units = 0
        for bank, roll in rolls.items():
            self._first[bank] = self._units
            self._units += roll.units

    def alike(self) -> Iterator[Alike]:
        """All units, by their nature; in the order of the first of each, bank by bank."""
        return chain.from_iterable(roll.alike(self._first[bank]) for bank, roll in self._rolls.items())

    def unit(self, number: int) -> tuple[Profile, ...]:
        """The questions of the unit of this number, in their order."""
        bank, own = self._own(number)
        return tuple(_in_bank(one, bank) for one in self._rolls[bank].unit(own))

    def number(self, question_id: str) -> int | None:
        """The number of the unit that a question belongs to; None where there is no such question."""
        name, dot, rest = question_id.rpartition(".")
        bank, own_id = (name + dot, rest) if name + dot in self._rolls else ("", question_id)
        own = self._rolls[bank].number(own_id) if bank in self._rolls else None
        return None if own is None else self._first[bank] + own

    def known(self, ids: Collection[str]) -> dict[str, Profile]:
        """Those of these questions that there are, by id, in the order of the units."""
        return {one.id: one for number in self._numbers(ids) for one in self.unit(number) if one.id in ids}

    def together(self, ids: Collection[str]) -> list[Profile]:
        """These questions and all that share a set with one of them, in reading order."""
        return [one for number in sorted(self._numbers(ids), key=self._place) for one in self.unit(number)]

    def beginning(self, begun: str) -> Iterator[Profile]:
        """The questions whose ids begin so, bank by bank, by id."""
        for bank, roll in self._rolls.items():
            if begun.startswith(bank) or bank.startswith(begun):
                yield from (_in_bank(one, bank) for one in roll.beginning(begun[len(bank) :]))

    def _numbers(self, ids: Iterable[str]) -> list[int]:
        return sorted({number for one in ids if (number := self.number(one)) is not None})

    def _own(self, number: int) -> tuple[str, int]:
        """The bank of a unit, and its number there."""
        bank = next(name for name in reversed(self._first) if self._first[name] <= number)
        return bank, number - self._first[bank]

    def _place(self, number: int) -> tuple[int, int, int]:
        """Where a unit stands in reading order."""
        bank, own = self._own(number)
        return self._first[bank], *self._rolls[bank].place(own)


def roll_of(files: Mapping[str, Iterable[Profile]], reading: Sequence[str]) -> Roll:
    """The census of a bank. files: in the order of folders and files. reading: the same in reading order.

    An id that stands twice, which is a fault, is the last of them at the place of the first.
    """
    places = {path: place for place, path in enumerate(reading)}
    asked = {one.id: (file, one) for file, profiles in enumerate(files.values()) for one in profiles}
    groups: dict[tuple[str, str], list[tuple[int, Profile]]] = {}
    for file, one in asked.values():
        groups.setdefault(("set", one.set) if one.set is not None else ("", one.id), []).append((file, one))
    natures: dict[_Nature, tuple[int, list[int]]] = {}
    numbers: dict[str, int] = {}
    units: list[_Unit] = []
    for group in groups.values():
        place, alike = natures.setdefault(tuple(_nature(one) for _, one in group), (len(natures), []))
        alike.append(len(units))
        numbers.update((one.id, len(units)) for _, one in group)
        units.append(_Unit(group[0][0], place, group[0][1].set, tuple(one.id for _, one in group)))
    names, encode = sorted(numbers.items()), msgspec.msgpack.encode
    kept = (
        encode([(os.fsencode(path), places[path]) for path in files]),
        [(nature, b"".join(map(_NUMBER.pack, alike))) for nature, (_, alike) in natures.items()],
        [name for name, _ in names[::_BLOCK]],
        [encode(dict(block)) for block in _blocks(names)],
        [encode(block) for block in _blocks(units)],
    )
    return Roll(_KEPT.decode(encode(kept)))


def kept_roll(path: Path, indices: Iterable[FolderIndex]) -> Roll | None:
    """The census on disk, where it was made of what these indices saw at their last look."""
    with suppress(msgspec.MsgspecError, UnicodeEncodeError):
        data = cached(path, _seen(indices))
        return None if data is None else Roll(_KEPT.decode(data))
    return None


def keep_roll(path: Path, roll: Roll, indices: Iterable[FolderIndex]) -> None:
    """Keep a census that was made of what these indices vouch for."""
    with suppress(UnicodeEncodeError):  # a file's name may be no text
        keep(path, msgspec.msgpack.encode(roll._kept), _seen(indices))


def _seen(indices: Iterable[FolderIndex]) -> bytes:
    return hashed(msgspec.msgpack.encode([index.seen() for index in indices]))


def _nature(one: Profile) -> Profile:
    return msgspec.structs.replace(one, id="", set=None, status=None)


def _in_bank(one: Profile, bank: str) -> Profile:
    return msgspec.structs.replace(one, id=bank + one.id, set=one.set and bank + one.set) if bank else one


def _blocks(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    return (items[start : start + _BLOCK] for start in range(0, len(items), _BLOCK))
