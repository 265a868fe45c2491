"""One exam in numbers: what the score report gives, and what a candidate learns from beyond it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from quizdl.model import Asked, Attempt, ExamEvent, ExamSheet, Framework, Past, Verdict
from quizdl.report.advice import Step, advice
from quizdl.report.changes import Change, Flags, changes_of, flags_of
from quizdl.report.history import PastExam, past_exams
from quizdl.report.mistakes import Costly, costliest
from quizdl.report.pace import Pace, pace_of
from quizdl.report.tally import Item, Part, by_area, by_chapter, by_kind, by_level, by_section, part
from quizdl.study.exam import Sitting, limit_of, replay
from quizdl.text import Text


class ExamReport(msgspec.Struct, frozen=True):
    """Everything that the report of an exam shows, whatever its form.

    at: Unix time at which the exam was set. history: one's own exams in the order of time, this one among them.
    """

    id: str
    at: float
    minutes: float
    seed: int
    form: str
    framework: Framework
    quizdl: str
    pass_line: int
    answered: int
    total: Part
    areas: tuple[Part, ...]
    chapters: tuple[Part, ...]
    sections: tuple[Part, ...]
    levels: tuple[Part, ...]
    kinds: tuple[Part, ...]
    pace: Pace
    flags: Flags
    changes: tuple[Change, ...]
    mistakes: tuple[Costly, ...]
    steps: tuple[Step, ...]
    history: tuple[PastExam, ...]
    items: tuple[Item, ...]

    @property
    def passed(self) -> bool:
        """Whether the total reaches the pass line."""
        return (self.total.percent or 0) >= self.pass_line

    @property
    def missing(self) -> int:
        """How many more right answers would have reached the pass line."""
        return max(-(-self.pass_line * self.total.count // 100) - self.total.right, 0)

    @property
    def before(self) -> PastExam | None:
        """One's last exam before this one."""
        earlier = self.history[: next((place for place, one in enumerate(self.history) if one.id == self.id), 0)]
        return earlier[-1] if earlier else None


def exam_report(
    sheet: ExamSheet, events: Sequence[ExamEvent], attempts: Iterable[Attempt], history: Sequence[Past]
) -> ExamReport:
    """The report of a finished exam.

    attempts: those of this exam. history: every attempt ever, in the order of time, this exam's among them.
    """
    items = _items(sheet, events, {attempt.question_id: attempt for attempt in attempts})
    sections, chapters = by_section(items), by_chapter(items)
    pace, mistakes = pace_of(items, events, limit_of(sheet)), costliest(items, sheet.id, history)
    unanswered = sum(not item.answer for item in items)
    return ExamReport(
        id=sheet.id,
        at=sheet.at,
        minutes=sheet.minutes,
        seed=sheet.seed,
        form=sheet.form,
        framework=sheet.framework,
        quizdl=sheet.quizdl,
        pass_line=sheet.pass_line,
        answered=len(items) - unanswered,
        total=part("total", Text("全体", "Total"), items),
        areas=by_area(items),
        chapters=chapters,
        sections=sections,
        levels=by_level(items),
        kinds=by_kind(items),
        pace=pace,
        flags=flags_of(items),
        changes=changes_of(items),
        mistakes=mistakes,
        steps=advice(sections, chapters, mistakes, unanswered=unanswered),
        history=past_exams(history),
        items=items,
    )


def _items(sheet: ExamSheet, events: Sequence[ExamEvent], attempts: Mapping[str, Attempt]) -> tuple[Item, ...]:
    sitting = replay(sheet, events)
    flagged = {event.number for event in events if event.kind == "flag"}
    return tuple(
        _item(number, asked, sitting, attempts.get(asked.question.id), flagged=number in flagged)
        for number, asked in enumerate(sheet.questions)
    )


def _item(number: int, asked: Asked, sitting: Sitting, attempt: Attempt | None, *, flagged: bool) -> Item:
    """What the record says of the answer; a question without an attempt was not answered."""
    return Item(
        number=number + 1,
        asked=asked,
        answer=attempt.answer.strip().upper() if attempt else "",
        first=sitting.first_chosen[number],
        verdict=attempt.verdict if attempt else Verdict(verdict="unreadable", score=0.0, passed=0, total=1),
        seconds=attempt.thinking_seconds if attempt else sitting.spent[number],
        flagged=flagged,
    )
