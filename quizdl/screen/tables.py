"""Lists: the questions of a bank, how a learner stands, and labelled facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import groupby

from quizdl.model import ListRow
from quizdl.report.statistics import Row, Statistics
from quizdl.screen.page import Block, Facts, Gap, Page, Paragraph, Span, Table
from quizdl.screen.words import KINDS, LEVELS, amount
from quizdl.text import Lang, Text

BAR_CELLS = 10


def question_table(questions: Sequence[ListRow], lang: Lang) -> Page:
    """The questions under their sections, in the order given, and how many there are."""
    found: list[Block] = []
    for _, group in groupby(questions, lambda question: (question.section, question.section_title)):
        found += [*_section(list(group), lang), Gap()]
    count = len(questions)
    found.append(_heading(Text(f"{count} 問", "1 question" if count == 1 else f"{count} questions"), lang))
    return Page(tuple(found))


def statistics_page(numbers: Statistics, lang: Lang) -> Page:
    """How a learner stands: in all, by section, by chapter of the syllabus, and the mistakes met most often."""
    found: list[Block] = [Facts(_totals(numbers, lang)), Gap()]
    for title, rows in (
        (Text("節ごと", "By section"), numbers.by_section),
        (Text("シラバスごと", "By syllabus chapter"), numbers.by_chapter),
    ):
        if rows:
            found += [_heading(title, lang), _areas(rows, lang), Gap()]
    if numbers.mistakes:
        found.append(_heading(Text("よくした間違い", "Mistakes met most often"), lang))
        found.append(
            Table(tuple(((name, ""), (f"{n}", "")) for name, n in numbers.mistakes), right=frozenset({1}), indent=2)
        )
    return Page(tuple(found))


def facts(title: str, rows: Iterable[tuple[str, str]]) -> Page:
    """Labels and their texts under a title."""
    spans: tuple[tuple[str, tuple[Span, ...]], ...] = tuple((label, ((value, ""),)) for label, value in rows)
    return Page((Paragraph(((title, "title"),)), Facts(spans, indent=2)))


def bar(share: float) -> str:
    """A share from 0 to 1 as a bar of BAR_CELLS cells.

    >>> bar(0.5)
    '█████░░░░░'
    """
    full = round(min(max(share, 0.0), 1.0) * BAR_CELLS)
    return "█" * full + "░" * (BAR_CELLS - full)


def percent(share: float) -> str:
    """A share from 0 to 1 in per cent; 100 only where it is all of it.

    >>> percent(0.996)
    '99%'
    """
    return f"{int(share * 100 + 1e-9)}%"


def _section(questions: Sequence[ListRow], lang: Lang) -> Iterator[Block]:
    first = questions[0]
    title = first.section_title.of(lang)
    yield Paragraph(((title or first.section, "title"), (f"  {first.section}  {len(questions)}", "quiet")))
    yield Table(
        tuple(
            (
                (question.id, ""),
                (KINDS[question.kind].of(lang), "quiet"),
                (LEVELS[question.level].of(lang), "quiet"),
                (_points(question.points, lang), "quiet"),
                (question.chapter, "quiet"),
            )
            for question in questions
        ),
        indent=2,
    )


@cache
def _points(points: int, lang: Lang) -> str:
    return Text(f"{points} 点", f"{points} pt").of(lang)


def _totals(numbers: Statistics, lang: Lang) -> tuple[tuple[str, tuple[Span, ...]], ...]:
    share = f"{bar(numbers.score)} {percent(numbers.score)}"
    minutes = Text("分", "minutes").of(lang)
    rows = (
        (Text("解いた問題", "Questions"), f"{numbers.questions}"),
        (Text("解答", "Attempts"), f"{numbers.attempts}"),
        (Text("得点", "Score"), share),
        (Text("学習時間", "Time"), f"{amount(round(numbers.minutes, 1))} {minutes}"),
        (Text("今週", "This week"), f"{amount(round(numbers.minutes_this_week, 1))} {minutes}"),
    )
    return tuple((label.of(lang), ((value, ""),)) for label, value in rows)


def _areas(rows: Sequence[Row], lang: Lang) -> Table:
    header = (
        Text("範囲", "area"),
        Text("問題", "questions"),
        Text("解答", "attempts"),
        Text("得点", "score"),
        Text("", ""),
    )
    return Table(
        tuple(
            (
                (row.area, ""),
                (f"{row.questions}", ""),
                (f"{row.attempts}", ""),
                (percent(row.score), ""),
                (bar(row.score), "quiet"),
            )
            for row in rows
        ),
        header=tuple(title.of(lang) for title in header),
        right=frozenset({1, 2, 3}),
        indent=2,
    )


def _heading(text: Text, lang: Lang) -> Block:
    return Paragraph(((text.of(lang), "title"),))
