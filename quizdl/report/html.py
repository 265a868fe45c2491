"""The report as one HTML file: no script, no network, every text of bank and learner escaped."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from quizdl.report.averages import PUBLISHED
from quizdl.report.charts import area_bars, history_line, time_strip
from quizdl.report.exam import ExamReport
from quizdl.report.forms import day
from quizdl.report.sentences import against_line, changes, counted, flags, pace_rows, percent, setting, share
from quizdl.report.tally import Item
from quizdl.report.templating import environment, style_of
from quizdl.report.words import EFFECTS, words
from quizdl.screen.figures import as_svg, scene_of
from quizdl.screen.html import page_html
from quizdl.screen.words import KINDS, LEVELS
from quizdl.text import Lang, Text

if TYPE_CHECKING:
    from jinja2 import Environment


def report_html(report: ExamReport, lang: Lang) -> str:
    """The whole page."""
    title = f"quizdl: {words(lang)['report']} {day(report.at)}"
    body = _environment().get_template("exam.html.j2").render(_context(report, lang))
    return page_html(title, body, lang, style=style_of("charts", "exam"))


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return environment(share=share, percent=percent)


def _context(report: ExamReport, lang: Lang) -> dict[str, Any]:
    from markupsafe import Markup

    before = report.before
    return {
        "report": report,
        "lang": lang,
        "t": words(lang),
        "averages": [(one, one.when.of(lang)) for one in PUBLISHED],
        "before": before.areas if before else {},
        "before_total": before.percent if before else None,
        "setting": setting(report).of(lang),
        "counted": counted(report).of(lang),
        "against_line": against_line(report).of(lang),
        "flags": flags(report).of(lang),
        "changes": changes(report).of(lang),
        "effects": {name: text.of(lang) for name, text in EFFECTS.items()},
        "pace": pace_rows(report),
        "area_bars": Markup(area_bars(report.areas, lang)),  # noqa: S704 - charts escape
        "time_strip": Markup(time_strip(report.items, report.pace, lang)),  # noqa: S704
        "history_line": Markup(history_line(report.history, report.id, report.pass_line, lang)),  # noqa: S704
        "items": [_item(item, lang) for item in report.items],
    }


def _item(item: Item, lang: Lang) -> dict[str, Any]:
    """One question as the template shows it."""
    asked, question = item.asked, item.asked.question
    return {
        "item": item,
        "state": "right" if item.right else "wrong" if item.answer else "unanswered",
        "details": [
            question.section_title.of(lang),
            KINDS[item.kind].of(lang),
            LEVELS[question.level].of(lang),
            question.chapter,
        ],
        "stem": _of(asked.stem, lang),
        "prompt": asked.prompt.of(lang),
        "figure": _figure(item, lang),
        "figure_first": question.figure is None,
        "options": [
            {
                "option": option,
                "text": option.text.of(lang),
                "chosen": option.letter == item.answer,
                "why": _of(option.why, lang),
            }
            for option in asked.options
        ],
        "explanation": asked.explanation.of(lang),
        "lab": question.section_lab,
    }


def _figure(item: Item, lang: Lang) -> Any:
    from markupsafe import Markup

    figure = item.asked.figure
    return Markup(as_svg(scene_of(figure), lang)) if figure else None  # noqa: S704 - as_svg escapes


def _of(text: Text | None, lang: Lang) -> str:
    return text.of(lang) if text else ""
