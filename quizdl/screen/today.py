"""Today's page: how far the day's plan is done, what comes next, and the command to type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from quizdl.areas import CHAPTERS, chapter_of
from quizdl.screen.page import Block, Facts, Gap, Page, Paragraph, Span, Table
from quizdl.screen.tables import bar, percent
from quizdl.screen.words import amount
from quizdl.text import Lang, Text

Row = tuple[Text, tuple[Span, ...]]


def today_page(facts: Mapping[str, Any], lang: Lang) -> Page:
    """The page of the object that `quizdl --json` prints. What one does today is on it, not all there is."""
    rows = [
        *_exam(facts, lang),
        *(_plan(facts, lang) if facts["plan"] is not None else _due(facts, lang)),
        *_week(facts, lang),
    ]
    found: list[Block] = [
        Paragraph((("quizdl", "title"),)),
        Facts(tuple((label.of(lang), spans) for label, spans in rows), indent=2),
        Gap(),
    ]
    commands = tuple(((command, "title"), (text.of(lang), "quiet")) for command, text in _next(facts))
    found.append(Table(commands, indent=2))
    return Page(tuple(found))


def _exam(facts: Mapping[str, Any], lang: Lang) -> Iterator[Row]:
    if facts["exam_date"]:
        day, days = facts["exam_date"], facts["days_left"]
        left = (
            Text(f"{day}(あと {days} 日)", f"{day}, in {days} days") if days else Text(f"{day}(今日)", f"{day}, today")
        )
        yield Text("試験日", "Exam"), ((left.of(lang), ""),)


def _plan(facts: Mapping[str, Any], lang: Lang) -> Iterator[Row]:
    done, planned, plan = facts["minutes_today"], facts["minutes_planned"], facts["plan"]
    share = min(done / planned, 1.0)
    minutes = Text(f"{amount(done)} / {planned} 分", f"{amount(done)} of {planned} minutes")
    yield Text("今日", "Today"), ((f"{bar(share)} ", "good" if facts["done"] else ""), (minutes.of(lang), ""))
    if facts["done"]:
        told = Text("今日の予定は終わりました。おつかれさまでした。", "Today's plan is done. Well done.")
        yield Text("", ""), ((told.of(lang), "good"),)
        return
    count, repeated, new, about = plan["questions"], plan["repeated"], plan["new"], round(plan["minutes"])
    told = Text(
        f"{count} 問、約 {about} 分(復習 {repeated}、新規 {new})",
        f"{count} questions, about {about} minutes ({repeated} again, {new} new)",
    )
    yield Text("次にやること", "Next up"), ((told.of(lang), ""),)
    yield Text("", ""), ((_chapters(plan["topics"], lang), "quiet"),)


def _chapters(topics: Iterable[str], lang: Lang) -> str:
    """The chapters of the menu, in its order."""
    names = dict.fromkeys(chapter_of(topic) for topic in topics)
    return Text("、", ", ").of(lang).join(CHAPTERS[name].of(lang) for name in names if name in CHAPTERS)


def _due(facts: Mapping[str, Any], lang: Lang) -> Iterator[Row]:
    due, done = facts["due"], amount(facts["minutes_today"])
    yield Text("復習の時期", "Due for review"), ((Text(f"{due} 問", f"{due} questions").of(lang), ""),)
    yield Text("今日の学習", "Today"), ((Text(f"{done} 分", f"{done} minutes").of(lang), ""),)


def _week(facts: Mapping[str, Any], lang: Lang) -> Iterator[Row]:
    done, planned, topics = amount(facts["minutes_this_week"]), 7 * facts["minutes_planned"], facts["topics"]
    week = Text(f"{done} / {planned} 分", f"{done} of {planned} minutes")
    yield Text("7 日間の学習", "Last 7 days"), ((week.of(lang), ""),)
    if topics:
        yield Text("解いた範囲", "Topics met"), ((percent(facts["topics_met"] / topics), ""),)


def _next(facts: Mapping[str, Any]) -> Iterator[tuple[str, Text]]:
    """The commands to type, the first one first."""
    if facts["unfinished_exam"]:
        yield "quizdl exam --resume", Text("途中の模試を続ける", "go on with the exam you began")
    diagnostic = facts["diagnostic"], Text("30 分の実力診断", "a 30-minute diagnostic")
    if facts["next"] == diagnostic[0]:
        yield diagnostic
        return
    yield facts["next"], _WHY.get(facts["next"], Text("始める", "start"))
    if facts["first_run"]:
        yield diagnostic
    if facts["exam_date"] is None:
        yield "quizdl config exam-date 2027-02-19", Text("試験日までの予定を立てる", "plan every day up to your exam")


_WHY = {
    "quizdl practice --due": Text("今日の分を解く", "today's questions"),
    "quizdl stats": Text("これまでの記録", "how you stand"),
}
