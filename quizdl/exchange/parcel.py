"""What an export gives: the file's bytes, and what the format could not hold, so that nothing is dropped silently."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from quizdl.model import Asked, Code
from quizdl.text import Lang, Text

Languages: TypeAlias = tuple[Lang, ...]
"""The languages of an export: one, or both in this order."""


class Loss(NamedTuple):
    """A question that the format cannot hold, or not wholly. kept: it is in the file, without what `reason` names."""

    id: str
    reason: Text
    kept: bool


class Parcel(NamedTuple):
    """A written export. held: how many questions are in it."""

    data: bytes
    held: int
    losses: tuple[Loss, ...] = ()


class Example(NamedTuple):
    """A public example of a code question: what its function is called with, and what it must return."""

    inputs: dict[str, object]
    expected: object


Examples: TypeAlias = Callable[[Code], Sequence[Example]]
"""Finds a code question's public examples; none where it has no right results to show."""


class Ledger:
    """Collects losses while a file is written."""

    def __init__(self) -> None:
        self._losses: list[Loss] = []
        self._left_out: set[str] = set()

    def leave_out(self, asked: Asked, reason: Text) -> None:
        """The question is not in the file."""
        self._losses.append(Loss(asked.question.id, reason, kept=False))
        self._left_out.add(asked.question.id)

    def simplify(self, asked: Asked, reason: Text) -> None:
        """The question is in the file, without something."""
        self._losses.append(Loss(asked.question.id, reason, kept=True))

    def parcel(self, data: bytes, asked: Sequence[Asked]) -> Parcel:
        """The file with what was found."""
        held = sum(one.question.id not in self._left_out for one in asked)
        return Parcel(data, held, tuple(self._losses))


AS_CHOICE = Text("正解とよくある間違いからの選択式になります", "asked as a choice between the key and known mistakes")
NO_CHOICE = Text(
    "この形式では採点できず、選択肢にする間違いもありません",
    "the format cannot grade it, and there are no known mistakes to choose between",
)
BY_HAND = Text("人が採点する記述式になります", "becomes a free answer that a person grades")
NOT_RUN = Text(
    "コードは実行されません。解いてから模範解答と比べます", "code is not run: it is compared with the solution by eye"
)
BY_PLACE = Text(
    "部分点は順序の組でなく、位置の一致で付きます", "part marks are for right places, not for pairs in the right order"
)
PART_MARKS = Text("一部の正解でも部分点が付きます", "some of the right options earn part of the marks")
