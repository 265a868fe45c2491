"""Second thoughts: which answers were changed, which questions were flagged, and whether it helped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from quizdl.report.tally import Item

Effect = Literal["helped", "hurt", "neither"]


class Change(msgspec.Struct, frozen=True):
    """An answer handed in that is not the one chosen first. `last` is "" where it was rubbed out."""

    number: int
    question_id: str
    first: str
    last: str
    flagged: bool
    effect: Effect


class Flags(msgspec.Struct, frozen=True):
    """The questions that were ever flagged: how many, how many are right, how many were changed and to what effect."""

    count: int
    right: int
    changed: int
    helped: int
    hurt: int


def changes_of(items: Iterable[Item]) -> tuple[Change, ...]:
    """Every answer that was changed, in the order of the exam."""
    return tuple(_change(item) for item in items if _is_changed(item))


def flags_of(items: Iterable[Item]) -> Flags:
    """The flags in numbers."""
    flagged = [item for item in items if item.flagged]
    changed = [_effect(item) for item in flagged if _is_changed(item)]
    right = sum(item.right for item in flagged)
    return Flags(len(flagged), right, len(changed), changed.count("helped"), changed.count("hurt"))


def _is_changed(item: Item) -> bool:
    return item.first not in ("", item.answer)


def _change(item: Item) -> Change:
    return Change(item.number, item.asked.question.id, item.first, item.answer, item.flagged, _effect(item))


def _effect(item: Item) -> Effect:
    was_right = item.first == item.key
    if item.right == was_right:
        return "neither"
    return "helped" if item.right else "hurt"
