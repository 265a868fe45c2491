"""The report as Markdown: the tables, and every question below them. Texts of bank and learner stay texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from quizdl.areas import AREAS
from quizdl.report.averages import PUBLISHED
from quizdl.report.exam import ExamReport
from quizdl.report.forms import day, duration
from quizdl.report.markdown_parts import block, code, fenced, literal, on_one_line, quoted, table
from quizdl.report.sentences import against_line, changes, counted, flags, pace_rows, percent, setting, share
from quizdl.report.tally import Item, Part
from quizdl.report.words import EFFECTS, words
from quizdl.text import Lang


def report_markdown(report: ExamReport, lang: Lang) -> str:
    """The whole report, ending with a newline."""
    return "\n".join(_lines(report, lang)) + "\n"


def _lines(report: ExamReport, lang: Lang) -> Iterator[str]:
    t = words(lang)
    yield from (f"# {t['report']}", "", literal(setting(report).of(lang)), "")
    yield from (f"**{percent(report.total)}** {against_line(report).of(lang)} {counted(report).of(lang)}", "")
    yield from (f"## {t['areas']}", "", *_areas(report, lang), "", t["averages_note"], "")
    yield from (f"### {t['chapters']}", "", *_parts(t["chapter"], report.chapters, lang), "")
    yield from (
        f"## {t['next']}",
        "",
        *(f"- {code(step.command)} — {on_one_line(step.why, lang)}" for step in report.steps),
        "",
    )
    yield from (f"## {t['mistakes']}", "", *_mistakes(report, lang), "")
    yield from (f"## {t['time']}", "", *_pace(report, lang), "")
    yield from (f"## {t['second_thoughts']}", "", *_changes(report, lang), "")
    for name in ("level", "kind", "section"):
        yield from (f"## {t[f'{name}s']}", "", *_parts(t[name], getattr(report, f"{name}s"), lang), "")
    yield from (f"## {t['history']}", "", *_history(report, lang), "", f"## {t['questions']}", "")
    for item in report.items:
        yield from _question(item, lang)


def _parts(title: str, parts: Sequence[Part], lang: Lang) -> Iterator[str]:
    t = words(lang)
    rows = [(literal(part.name.of(lang)), percent(part), share(part)) for part in parts]
    return table((title, t["percent"], t["right_of"]), rows)


def _areas(report: ExamReport, lang: Lang) -> Iterator[str]:
    t = words(lang)
    rows = [
        (
            part.name.of(lang),
            percent(part),
            share(part),
            *(f"{one.percent[part.key]}%" if part.key in one.percent else "–" for one in PUBLISHED),
        )
        for part in report.areas
    ]
    return table((t["area"], t["percent"], t["right_of"], *(one.name.of(lang) for one in PUBLISHED)), rows)


def _mistakes(report: ExamReport, lang: Lang) -> Iterator[str]:
    t = words(lang)
    if not report.mistakes:
        yield t["no_mistakes"]
    for one in report.mistakes:
        earlier = f", {t['times_before']} {one.earlier}" if one.earlier else ""
        ids = ", ".join(map(code, one.question_ids))
        reasons = " ".join(on_one_line(reason, lang) for reason in one.reasons)
        facts = f"{on_one_line(one.section_title, lang)}; {t['lost']} {one.lost}{earlier}; {ids}"
        yield f"1. {code(one.name)} ({facts}) {reasons}"


def _pace(report: ExamReport, lang: Lang) -> Iterator[str]:
    t = words(lang)
    if not report.pace.is_measured:
        yield t["no_times"]
        return
    for word, value in pace_rows(report):
        yield f"- {t[word]}: {value}"
    if report.pace.slow:
        slow = ", ".join(f"{number} ({duration(report.items[number - 1].seconds)})" for number in report.pace.slow)
        yield f"- {t['slow']}: {slow}"


def _changes(report: ExamReport, lang: Lang) -> Iterator[str]:
    t = words(lang)
    yield from (flags(report).of(lang), "")
    if not report.changes:
        yield t["no_changes"]
        return
    rows = [
        (
            f"{one.number} {literal(one.question_id)}",
            "●" if one.flagged else "",
            literal(one.first),
            literal(one.last) or "–",
            EFFECTS[one.effect].of(lang),
        )
        for one in report.changes
    ]
    yield from (changes(report).of(lang), "")
    yield from table((t["question"], t["flagged"], t["first_answer"], t["last_answer"], t["effect"]), rows)


def _history(report: ExamReport, lang: Lang) -> Iterator[str]:
    t = words(lang)
    rows = [
        (
            f"**{day(one.at)}**" if one.id == report.id else day(one.at),
            f"{one.percent}%",
            f"{one.right}/{one.count}",
            *("–" if (share := one.areas[area]) is None else f"{share}%" for area in AREAS),
        )
        for one in report.history
    ]
    return table((t["date"], t["total"], t["right_of"], *(name.of(lang) for name in AREAS.values())), rows)


def _question(item: Item, lang: Lang) -> Iterator[str]:
    t, asked = words(lang), item.asked
    state = "right" if item.right else "wrong" if item.answer else "unanswered"
    mark = {"right": "✓", "wrong": "✗", "unanswered": "–"}[state]
    yield from (
        f"### {item.number}. {mark} {literal(asked.question.id)}",
        "",
        f"{t[state]}, {duration(item.seconds)}",
        "",
    )
    if asked.stem:
        yield from (*quoted(asked.stem.of(lang)), "")
    if asked.code:
        yield from (*fenced(asked.code), "")
    yield from (*block(asked.prompt.of(lang)), "")
    for option in asked.options:
        note = t["key"] if option.correct else t["your_answer"] if option.letter == item.answer else ""
        yield f"- {option.letter}. {on_one_line(option.text, lang)}{f' **← {note}**' if note else ''}"
    if item.why:
        yield from ("", f"**{t['why_wrong']}** {on_one_line(item.why, lang)}")
    yield from ("", f"**{t['explanation']}**", "", *block(asked.explanation.of(lang)), "")
