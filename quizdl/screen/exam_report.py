"""An exam's report on the terminal: the numbers first, then every question, what to type next at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from quizdl.report.averages import PUBLISHED
from quizdl.report.exam import ExamReport
from quizdl.report.forms import day, duration
from quizdl.report.sentences import against_line, changes, counted, flags, pace_rows, percent, setting, share
from quizdl.report.tally import Item, Part
from quizdl.report.words import EFFECTS, words
from quizdl.screen.page import Block, Facts, Gap, Page, Paragraph, Rule, Span, Table
from quizdl.screen.prose import blocks, inline
from quizdl.screen.tables import bar
from quizdl.text import Lang

INDENT = 2
_STYLES = {"helped": "good", "hurt": "bad", "neither": "quiet"}


def report_page(report: ExamReport, lang: Lang) -> Page:
    """The whole report."""
    t = words(lang)
    parts: tuple[tuple[str, Iterator[Block]], ...] = (
        ("", _head(report, lang)),
        (t["areas"], _areas(report, lang)),
        (t["chapters"], _parts(report.chapters, report, lang)),
        (t["levels"], _parts(report.levels, report, lang)),
        (t["kinds"], _parts(report.kinds, report, lang)),
        (t["sections"], _sections(report, lang)),
        (t["time"], _pace(report, lang)),
        (t["second_thoughts"], _changes(report, lang)),
        (t["history"], _history(report, lang)),
        (t["questions"], _questions(report, lang)),
        (t["mistakes"], _mistakes(report, lang)),
        (t["next"], _steps(report, lang)),
    )
    found: list[Block] = [Rule()]
    for title, lines in parts:
        if title:
            found.append(Paragraph(((title, "title"),)))
        found += [*lines, Gap()]
    return Page(tuple(found))


def _head(report: ExamReport, lang: Lang) -> Iterator[Block]:
    style = "good" if report.passed else "bad"
    yield Paragraph(((words(lang)["report"], "title"), (f"  {setting(report).of(lang)}", "quiet")))
    yield Paragraph(((f"{percent(report.total)}  ", "title"), (against_line(report).of(lang), style)))
    yield Paragraph(((counted(report).of(lang), ""),))


def _areas(report: ExamReport, lang: Lang) -> Iterator[Block]:
    """Beside the published averages, each under its year, and beside one's last exam."""
    t, before = words(lang), report.before
    titles = ["", t["percent"], t["right_of"], "", *([t["before"]] if before else []), *(one.exam for one in PUBLISHED)]
    rows = []
    for part in report.areas:
        last = [] if before is None else [_or_dash(before.areas.get(part.key))]
        averages = [f"{one.percent[part.key]}%" if part.key in one.percent else "–" for one in PUBLISHED]
        rows.append((*_part(part, lang), *((text, "quiet") for text in (*last, *averages))))
    yield Table(tuple(rows), tuple(titles), frozenset({1, 2, *range(4, len(titles))}), INDENT)
    named = " / ".join(f"{one.exam}: {one.name.of(lang)}" for one in PUBLISHED)
    for note in (named, t["averages_note"], t["few"]):
        yield Paragraph(((note, "quiet"),), indent=INDENT)


def _part(part: Part, lang: Lang) -> tuple[Span, ...]:
    filled = bar(part.right / part.count) if part.count else ""
    return ((part.name.of(lang), ""), (percent(part), ""), (share(part), "quiet"), (filled, "quiet"))


def _parts(parts: Sequence[Part], report: ExamReport, lang: Lang) -> Iterator[Block]:
    """With the time on each question, where there is any."""
    t = words(lang)
    timed = report.pace.is_measured
    rows = [(*_part(part, lang), *([(_each(part), "quiet")] if timed else [])) for part in parts]
    titles = ("", t["percent"], t["right_of"], "", *([t["per_question"]] if timed else []))
    yield Table(tuple(rows), titles, frozenset({1, 2, 4}), INDENT)


def _sections(report: ExamReport, lang: Lang) -> Iterator[Block]:
    """Those in which something was lost; the others need no table."""
    lost = [part for part in report.sections if part.lost]
    if lost:
        yield from _parts(lost, report, lang)
    if whole := [part.name.of(lang) for part in report.sections if not part.lost]:
        yield Paragraph(((", ".join(whole), ""),), ((f"{words(lang)['all_right']}  ", "good"),), INDENT)


def _each(part: Part) -> str:
    return duration(part.seconds / part.count) if part.count else "–"


def _pace(report: ExamReport, lang: Lang) -> Iterator[Block]:
    t = words(lang)
    if not report.pace.is_measured:
        yield Paragraph(((t["no_times"], ""),), indent=INDENT)
        return
    rows: list[tuple[str, tuple[Span, ...]]] = [(t[word], ((value, ""),)) for word, value in pace_rows(report)]
    if report.pace.slow:
        slow = ", ".join(f"{number} ({duration(report.items[number - 1].seconds)})" for number in report.pace.slow)
        rows.append((t["slow"], ((slow, ""),)))
    yield Facts(tuple(rows), INDENT)
    yield Paragraph(((t["pace_note"], "quiet"),), indent=INDENT)


def _changes(report: ExamReport, lang: Lang) -> Iterator[Block]:
    yield Paragraph(((flags(report).of(lang), ""),), indent=INDENT)
    if not report.changes:
        yield Paragraph(((words(lang)["no_changes"], ""),), indent=INDENT)
        return
    if len(report.changes) != report.flags.changed:
        yield Paragraph(((changes(report).of(lang), ""),), indent=INDENT)
    rows = tuple(
        (
            (str(one.number), ""),
            (one.question_id, ""),
            (words(lang)["flagged"] if one.flagged else "", "near"),
            (f"{one.first} → {one.last or '–'}", ""),
            (EFFECTS[one.effect].of(lang), _STYLES[one.effect]),
        )
        for one in report.changes
    )
    yield Table(rows, right=frozenset({0}), indent=INDENT)


def _history(report: ExamReport, lang: Lang) -> Iterator[Block]:
    areas = [part for part in report.areas if part.key]
    rows = [
        (
            (day(one.at), "title" if one.id == report.id else ""),
            (f"{one.percent}%", "title" if one.id == report.id else ""),
            (f"{one.right}/{one.count}", "quiet"),
            (bar(one.right / one.count), "quiet"),
            *((_or_dash(one.areas[part.key]), "quiet") for part in areas),
            (one.id[:8], "quiet"),
        )
        for one in report.history
    ]
    yield Table(tuple(rows), right=frozenset({1, 2, *range(4, 4 + len(areas))}), indent=INDENT)


def _or_dash(value: int | None) -> str:
    return "–" if value is None else f"{value}%"


def _mistakes(report: ExamReport, lang: Lang) -> Iterator[Block]:
    t = words(lang)
    if not report.mistakes:
        yield Paragraph(((t["no_mistakes"], ""),), indent=INDENT)
    for place, one in enumerate(report.mistakes, 1):
        earlier = f"  {t['times_before']} {one.earlier}" if one.earlier else ""
        timed = f"  {duration(one.seconds)}" if report.pace.is_measured else ""
        numbers = ", ".join(map(str, one.numbers))
        said = f"  {one.section_title.of(lang)}  {t['lost']} {one.lost}{earlier}{timed}  #{numbers}"
        yield Paragraph(((one.name, "near"), (said, "quiet")), ((f"{place:>2}. ", "quiet"),), INDENT)
        for reason in one.reasons:
            yield from blocks(reason.of(lang), INDENT + 4)


def _steps(report: ExamReport, lang: Lang) -> Iterator[Block]:
    for step in report.steps:
        yield Paragraph(((step.command, "title"),), indent=INDENT)
        yield Paragraph(inline(step.why.of(lang)), indent=INDENT + 2)


def _questions(report: ExamReport, lang: Lang) -> Iterator[Block]:
    """One's answer, the key and the reason; what was right takes one line."""
    timed = report.pace.is_measured
    for item in report.items:
        yield _line(item, lang, timed=timed)
        if not item.right:
            yield from _lost(item, lang)


def _line(item: Item, lang: Lang, *, timed: bool) -> Block:
    t = words(lang)
    mark, style = ("✓", "good") if item.right else ("✗", "bad") if item.answer else ("–", "near")
    answers = item.answer if item.right else f"{item.answer or t['unanswered']} → {item.key}"
    flag = f"  {t['flagged']}" if item.flagged else ""
    said = f"  {answers}{f'  {duration(item.seconds)}' if timed else ''}{flag}"
    return Paragraph(
        ((item.asked.question.id, "title"), (said, "quiet")), ((f"{mark} {item.number:>3}  ", style),), INDENT
    )


def _lost(item: Item, lang: Lang) -> Iterator[Block]:
    t, margin = words(lang), INDENT + 7
    for label, letters, style in ((t["your_answer"], item.answer, "bad"), (t["key"], item.key, "good")):
        if text := item.text_of(letters):
            yield Paragraph(inline(text.of(lang)), ((f"{label} {letters}  ", style),), margin)
    for reason in (item.why, item.asked.explanation):
        if reason:
            yield from blocks(reason.of(lang), margin)
