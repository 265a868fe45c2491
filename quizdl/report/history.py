"""One's own exams so far, from the record's attempts alone."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from quizdl.areas import AREAS, area_of
from quizdl.model import Past
from quizdl.report.tally import percent_of


class PastExam(msgspec.Struct, frozen=True):
    """A finished exam. at: Unix time of handing in. areas: per cent by area, None where it asked nothing of one."""

    id: str
    at: float
    right: int
    count: int
    areas: dict[str, int | None]

    @property
    def percent(self) -> int:
        """Per cent of its questions."""
        return percent_of(self.right, self.count) or 0


def past_exams(history: Iterable[Past]) -> tuple[PastExam, ...]:
    """The exams on screen and on paper, in the order in which they were handed in."""
    sessions: dict[str, list[Past]] = {}
    for past in history:
        if past.mode in ("exam", "paper") and not past.undone:
            sessions.setdefault(past.session, []).append(past)
    found = [_exam(exam_id, answers) for exam_id, answers in sessions.items()]
    return tuple(sorted(found, key=lambda exam: exam.at))


def _exam(exam_id: str, answers: list[Past]) -> PastExam:
    areas = {area: [past for past in answers if area_of(past.chapter) == area] for area in AREAS}
    return PastExam(
        id=exam_id,
        at=max(past.at for past in answers),
        right=_right(answers),
        count=len(answers),
        areas={area: percent_of(_right(group), len(group)) for area, group in areas.items()},
    )


def _right(answers: Iterable[Past]) -> int:
    return sum(past.verdict == "correct" for past in answers)
