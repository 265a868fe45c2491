"""Exams made by hand: each question is described by a few words, everything else follows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pytest

from quizdl.model import (
    Asked,
    AskedOption,
    Attempt,
    Choice,
    ExamEvent,
    ExamSheet,
    Kind,
    Level,
    Option,
    Past,
    Verdict,
)
from quizdl.report.exam import ExamReport, exam_report
from quizdl.text import Text, same

AT = 1_760_000_000.0
LETTERS = "ABCD"


class Row(NamedTuple):
    """One question of an exam. answer, first: letters, `A` is the key; first defaults to the answer."""

    chapter: str = "3-1"
    answer: str = "A"
    first: str | None = None
    seconds: float = 30.0
    flagged: bool = False
    section: str = "rnn"
    level: Level = "apply"
    kind: Kind = "choice"
    mistakes: tuple[str, ...] = ("sign", "swapped", "half")
    text: str = "x"


Make = Callable[..., ExamReport]


def asked_of(number: int, row: Row) -> Asked:
    """The exam form of a question whose texts are all `row.text`."""
    text = Text(f"{row.text} 問題", f"{row.text} question")
    ids = ("key", *row.mistakes)
    options = tuple(
        AskedOption(letter=letter, id=name, text=text, correct=name == "key", why=None if name == "key" else text)
        for letter, name in zip(LETTERS, ids, strict=True)
    )
    question = Choice(
        id=f"q-{number}",
        chapter=row.chapter,
        prompt=text,
        explanation=text,
        source=("s-1",),
        level=row.level,
        section=row.section,
        section_title=Text(f"{row.section} 節", f"{row.section} section") if row.section else same(""),
        version="0123456789ab",
        options=tuple(Option(id=one.id, text=one.text, correct=one.correct, why=one.why) for one in options),
    )
    form_of = None if row.kind == "choice" else row.kind
    return Asked(
        question=question,
        seed=1,
        prompt=text,
        explanation=text,
        key=("key",),
        options=options,
        stem=text,
        code=row.text,
        form_of=form_of,
    )


def verdict_of(row: Row) -> Verdict:
    """What the grader would say."""
    if row.answer == "A":
        return Verdict(verdict="correct", score=1.0, passed=1, total=1)
    if not row.answer:
        return Verdict(verdict="unreadable", score=0.0, passed=0, total=1)
    return Verdict(
        verdict="wrong", score=0.0, passed=0, total=1, mistake=("key", *row.mistakes)[LETTERS.index(row.answer)]
    )


def sheet_of(rows: Sequence[Row], **changes: Any) -> ExamSheet:
    """The exam as it was set: a minute a question."""
    known: dict[str, Any] = {
        "id": "exam-1",
        "at": AT,
        "minutes": float(max(len(rows), 1)),
        "seed": 7,
        "clock": "paused",
        "pass_line": 65,
        "framework": "pytorch",
        "weights": {"math": 10.0},
        "quizdl": "0.1.0",
    }
    questions = tuple(asked_of(number, row) for number, row in enumerate(rows))
    return ExamSheet(**{**known, **changes}, questions=questions)


def events_of(rows: Sequence[Row]) -> list[ExamEvent]:
    """Each question visited, answered, flagged; then answers changed; then the end."""
    found: list[ExamEvent] = []
    elapsed = 0.0

    def add(kind: Any, number: int = -1, letter: str = "") -> None:
        found.append(ExamEvent(kind=kind, number=number, at=AT + elapsed, elapsed=elapsed, letter=letter))

    for number, row in enumerate(rows):
        add("visit", number)
        elapsed += row.seconds
        if first := row.answer if row.first is None else row.first:
            add("choose", number, first)
        if row.flagged:
            add("flag", number)
    for number, row in enumerate(rows):
        if row.first and row.first != row.answer:
            add("choose" if row.answer else "clear", number, row.answer)
        if row.flagged:
            add("unflag", number)
    add("finish")
    return found


def attempts_of(sheet: ExamSheet, rows: Sequence[Row]) -> list[Attempt]:
    """One attempt a question."""
    return [
        Attempt(
            id=f"{sheet.id}-{number}",
            question_id=asked.question.id,
            version=asked.question.version,
            seed=1,
            quizdl="0.1.0",
            at=sheet.at + 60 * sheet.minutes,
            mode="exam",
            session=sheet.id,
            asked=asked,
            answer=row.answer,
            verdict=verdict_of(row),
            thinking_seconds=row.seconds,
        )
        for number, (asked, row) in enumerate(zip(sheet.questions, rows, strict=True))
    ]


def past_of(attempt: Attempt) -> Past:
    """The attempt as the history gives it."""
    question = attempt.asked.question
    return Past(
        attempt_id=attempt.id,
        question_id=attempt.question_id,
        version=attempt.version,
        seed=attempt.seed,
        at=attempt.at,
        verdict=attempt.verdict.verdict,
        score=attempt.verdict.score,
        mode=attempt.mode,
        session=attempt.session,
        section=question.section,
        chapter=question.chapter,
        mistake=attempt.verdict.mistake,
        seconds=attempt.thinking_seconds,
    )


def report_of(
    rows: Sequence[Row], *, before: Sequence[Past] = (), after: Sequence[Past] = (), **changes: Any
) -> ExamReport:
    """The report of such an exam. before, after: what else the record holds."""
    sheet = sheet_of(rows, **changes)
    attempts = attempts_of(sheet, rows)
    return exam_report(sheet, events_of(rows), attempts, [*before, *map(past_of, attempts), *after])


@pytest.fixture
def varied() -> ExamReport:
    """An exam with something of everything."""
    rows = [
        Row("1-1", "A", section="linear-algebra", kind="numeric"),
        Row("2-1", "B", section="metrics", seconds=200.0, level="recall"),
        Row("2-1", "A", first="C", flagged=True, section="metrics"),
        Row("3-1", "B", first="A", flagged=True, kind="code"),
        Row("3-1", "B", level="analyse"),
        Row("4-2", "", section="transformer"),
    ]
    return report_of(rows)
