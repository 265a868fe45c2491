"""How a learner stands, as a page: readiness, the work of the week, what stays, what goes wrong, and a calendar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

import msgspec

from quizdl.areas import AREAS, CHAPTERS
from quizdl.report.causes import CAUSES, Cause
from quizdl.report.progress import RETENTION_DAYS, RETENTION_NEEDED, Retention, Topics
from quizdl.report.statistics import Statistics
from quizdl.screen.calendar import Calendar
from quizdl.screen.page import Block, Facts, Gap, Page, Paragraph, Span, Table
from quizdl.screen.tables import bar, percent, statistics_page
from quizdl.screen.words import amount
from quizdl.study.day import Day
from quizdl.study.readiness import INTERVAL, NEEDED, Forecast, Part, Readiness, Share
from quizdl.text import Lang, Text

MOST_CAUSES, MOST_SECTIONS, MOST_MOCKS = 6, 8, 5
FEWEST_ANSWERS = 3
"""A section with fewer says nothing about its being weak."""

_MOCK_COLUMNS = (Text("日", "day"), Text("予測", "forecast"), Text("結果", "result"))


class Standing(msgspec.Struct, frozen=True):
    """Everything that the page shows. days: minutes on each date. day: today, with the exam's date and the plan."""

    numbers: Statistics
    topics: tuple[Topics, ...]
    retention: Retention
    causes: tuple[Cause, ...]
    readiness: Readiness
    forecasts: tuple[Forecast, ...]
    days: Mapping[date, float]
    day: Day


def standing_page(found: Standing, lang: Lang, *, everything: bool = False) -> Page:
    """What matters for the exam first. everything: each section and chapter, not the weakest sections alone."""
    details = statistics_page(found.numbers, lang).blocks if everything else _weakest(found.numbers, lang)
    blocks: list[Block] = []
    for part in (
        _readiness(found.readiness, lang),
        _mocks(found.forecasts, lang),
        _work(found, lang),
        _coverage(found.topics, lang),
        _errors(found.causes, lang),
        details,
    ):
        if lines := list(part):
            blocks += [*lines, Gap()]
    return Page(tuple(blocks))


def _readiness(found: Readiness, lang: Lang) -> Iterator[Block]:
    """The estimate with its interval, and in words what it is and is not; without enough answers, how many it takes."""
    yield _title(Text("合格の見込み(推定)", "Readiness (an estimate)"), lang)
    if found.total is None or found.chance is None:
        missing = found.missing
        told = Text(
            f"推定には、あと {missing} 問の解答が必要です({NEEDED} 問から)。",
            f"{missing} more answers are needed to say anything (from {NEEDED} on).",
        )
        yield Paragraph(((told.of(lang), ""),), indent=2)
        return
    line, chance, sure = round(100 * found.pass_line), percent(found.chance), round(100 * INTERVAL)
    total = _interval(found.total)
    yield Paragraph(
        (
            (Text("いま受けたら ", "In an exam today ").of(lang), ""),
            (total, "title"),
            (Text(f"、{line}% に届く確率 ", f", chance to reach {line}% ").of(lang), ""),
            (chance, "title"),
        ),
        indent=2,
    )
    yield Table(tuple(_part(part, CHAPTERS, lang) for part in found.chapters), right=frozenset({1}), indent=2)
    note = Text(
        f"問題集の解答から統計モデルで推定した値で、幅は {sure}% 区間です。"
        f"本試験の問題と合格ラインは非公開のため、{line}% も推定です。",
        f"Estimated from your answers by a statistical model; the ranges are {sure}% intervals."
        f" The real questions and pass line are not published: {line}% is an estimate too.",
    )
    yield Paragraph(((note.of(lang), "quiet"),), indent=2)


def _part(part: Part, names: Mapping[str, Text], lang: Lang) -> tuple[Span, ...]:
    name = (names[part.name].of(lang), "")
    if part.share is None:
        missing = max(part.needed - part.answers, 1)
        return name, ("", ""), (Text(f"あと {missing} 問", f"{missing} more answers").of(lang), "quiet")
    return name, (_interval(part.share), ""), (bar(part.share.estimate), "quiet")


def _mocks(found: Sequence[Forecast], lang: Lang) -> Iterator[Block]:
    """What was forecast of one's own exams, beside what came of them."""
    if not found:
        return
    held, count = sum(one.held for one in found), len(found)
    told = Text(
        f"模試の予測と結果(区間内 {held}/{count})", f"Mock exams: forecast and result ({held} of {count} in range)"
    )
    yield _title(told, lang)
    yield Table(
        tuple(
            (
                (datetime.fromtimestamp(one.at).astimezone().date().isoformat(), ""),
                (_interval(one.share), ""),
                (percent(one.actual), "title"),
                ((Text("区間内", "in range") if one.held else Text("区間外", "out of range")).of(lang), "quiet"),
            )
            for one in found[-MOST_MOCKS:]
        ),
        header=tuple(
            text.of(lang)
            for text in (Text("日", "day"), Text("予測", "forecast"), Text("結果", "result"), Text("", ""))
        ),
        right=frozenset({2}),
        indent=2,
    )


def _work(found: Standing, lang: Lang) -> Iterator[Block]:
    done, planned = found.numbers.minutes_this_week, 7 * found.day.planned
    yield _title(Text("学習", "Work"), lang)
    minutes = Text(f"{amount(round(done))} / {planned:.0f} 分", f"{amount(round(done))} of {planned:.0f} minutes")
    kept = found.retention
    rows = (
        (Text("7 日間", "Last 7 days"), f"{bar(done / planned)} {minutes.of(lang)}"),
        (Text("定着率", "Retention"), _kept(kept).of(lang)),
    )
    yield Facts(tuple((label.of(lang), ((value, ""),)) for label, value in rows), indent=2)
    yield Gap()
    yield Calendar(found.days, found.day.today, found.day.planned, lang, exam=found.day.exam)


def _kept(kept: Retention) -> Text:
    right, answers = kept.right, kept.answers
    if kept.share is None:
        return Text(
            f"翌日以降に解き直した問題がまだ {answers} 問です({RETENTION_NEEDED} 問から表示)",
            f"only {answers} questions came back after a day or more (shown from {RETENTION_NEEDED} on)",
        )
    shown = f"{bar(kept.share)} {percent(kept.share)}"
    return Text(
        f"{shown}(翌日以降に解き直した {answers} 問のうち {right} 問正解、{RETENTION_DAYS} 日間)",
        f"{shown} ({right} of {answers} right that came back after a day or more, in {RETENTION_DAYS} days)",
    )


def _coverage(topics: Sequence[Topics], lang: Lang) -> Iterator[Block]:
    """Syllabus numbers of which a question was answered."""
    rows = [one for one in topics if one.total]
    if rows:
        yield _title(Text("解いた範囲(シラバスの項目)", "Topics met (numbers of the syllabus)"), lang)
        yield Table(
            tuple(
                (
                    (AREAS[one.area].of(lang), ""),
                    (f"{one.met}/{one.total}", ""),
                    (percent(one.met / one.total), ""),
                    (bar(one.met / one.total), "quiet"),
                )
                for one in rows
            ),
            right=frozenset({1, 2}),
            indent=2,
        )


def _errors(found: Sequence[Cause], lang: Lang) -> Iterator[Block]:
    if found:
        yield _title(Text("誤答の原因", "Why answers were wrong"), lang)
        most = max(one.count for one in found)
        yield Table(
            tuple(
                ((CAUSES[one.name].of(lang), ""), (f"{one.count}", ""), (bar(one.count / most), "quiet"))
                for one in found[:MOST_CAUSES]
            ),
            right=frozenset({1}),
            indent=2,
        )


def _weakest(numbers: Statistics, lang: Lang) -> Iterator[Block]:
    """The sections to look at next, each with the command that practises it."""
    weak = [row for row in numbers.by_section if row.attempts >= FEWEST_ANSWERS and row.score < 1]
    if not weak:
        return
    yield _title(Text("弱い節", "Weakest sections"), lang)
    rows = sorted(weak, key=lambda row: (row.score, row.area))[:MOST_SECTIONS]
    yield Table(
        tuple(
            (
                (percent(row.score), ""),
                (bar(row.score), "quiet"),
                (f"quizdl practice --section {row.area}", ""),
            )
            for row in rows
        ),
        right=frozenset({0}),
        indent=2,
    )
    told = Text("すべての節とシラバス項目: quizdl stats --all", "Every section and chapter: quizdl stats --all")
    yield Paragraph(((told.of(lang), "quiet"),), indent=2)


def _interval(share: Share) -> str:
    """The estimate, and the interval in brackets, in per cent."""
    low, high = round(100 * share.low), round(100 * share.high)
    return f"{round(100 * share.estimate)}% ({low}-{high}%)"


def _title(text: Text, lang: Lang) -> Block:
    return Paragraph(((text.of(lang), "title"),))
