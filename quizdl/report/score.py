"""An exam's score as the real report gives it: whole per cents, in all and by area, and whether the line is reached."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from quizdl.areas import AREAS, area_of
from quizdl.model import Attempt


class Part(msgspec.Struct, frozen=True):
    """How many of how many questions were right; each counts once, whatever it is worth in practice."""

    correct: int
    questions: int

    @property
    def percent(self) -> int:
        """A whole number, rounded down: 65 per cent is reached only where it is.

        >>> Part(67, 104).percent, Part(0, 0).percent
        (64, 0)
        """
        return 100 * self.correct // self.questions if self.questions else 0


class Score(msgspec.Struct, frozen=True):
    """An exam in numbers. areas: in the report's order, those that were asked. pass_line: per cent, an estimate."""

    total: Part
    areas: dict[str, Part]
    answered: int
    pass_line: int

    @property
    def passed(self) -> bool:
        """Whether the score is at or above the pass line."""
        return 100 * self.total.correct >= self.pass_line * self.total.questions


def score_of(attempts: Iterable[Attempt], pass_line: int) -> Score:
    """The score of an exam's attempts, one a question. Numbers of no syllabus count in the total alone."""
    marks = [(area_of(one.asked.question.chapter), one.verdict.verdict == "correct", one.answer) for one in attempts]
    by_area = {area: [right for where, right, _ in marks if where == area] for area in AREAS}
    return Score(
        total=_part([right for _, right, _ in marks]),
        areas={area: _part(found) for area, found in by_area.items() if found},
        answered=sum(answer != "" for _, _, answer in marks),
        pass_line=pass_line,
    )


def _part(right: list[bool]) -> Part:
    return Part(sum(right), len(right))
