"""`quizdl stats`: how the learner stands, how the work goes, and how ready they are for the exam."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quizdl.cli.language import current, tr
from quizdl.cli.options import JsonOption, LangOption, check_language

if TYPE_CHECKING:
    from quizdl.screen.progress import Standing

HELP = tr(
    "学習の記録を集計して表示する: 範囲、学習時間、定着率、誤答の原因、合格の見込み(推定)、カレンダー。",
    "Show how you stand: coverage, minutes, retention, causes of errors, readiness (an estimate), a calendar of work.",
)
EXAMPLES = "quizdl stats\nquizdl stats --all\nquizdl stats --json"

AllOption = Annotated[
    bool, typer.Option("--all", help=tr("すべての節とシラバス項目も", "Every section and chapter of the syllabus too"))
]


def command(everything: AllOption = False, as_json: JsonOption = False, lang: LangOption = None) -> int:
    """Count the record."""
    check_language(lang)
    found = _standing()
    if as_json:
        from quizdl.cli.objects import print_json

        print_json(_object(found))
        return 0
    from quizdl.screen.console import make_console
    from quizdl.screen.progress import standing_page

    make_console().print(standing_page(found, current(), everything=everything))
    return 0


def _standing() -> Standing:
    """All the numbers, as of now."""
    from quizdl.cli.banks import open_library
    from quizdl.cli.planning import day_of, today
    from quizdl.cli.today import history
    from quizdl.report.causes import causes
    from quizdl.report.progress import minutes_by_day, retention, topics_met
    from quizdl.report.statistics import statistics
    from quizdl.screen.progress import Standing
    from quizdl.settings import load_settings
    from quizdl.study.readiness import forecasts, readiness

    past, settings, now = history(), load_settings(), time.time()
    census = open_library().census()
    return Standing(
        numbers=statistics(past, now),
        topics=topics_met(past, {one.chapter for same in census.alike() for one in same.nature}),
        retention=retention(past, now),
        causes=causes(past),
        readiness=readiness(past, census, now, weights=settings.weights, line=settings.pass_line / 100),
        forecasts=forecasts(past, census),
        days=minutes_by_day(past, day_of),
        day=today(past, settings, now),
    )


def _object(found: Standing) -> dict[str, Any]:
    import msgspec

    numbers: dict[str, Any] = msgspec.to_builtins(found.numbers)
    others = {
        name: msgspec.to_builtins(getattr(found, name))
        for name in ("topics", "retention", "causes", "readiness", "forecasts")
    }
    return {
        **numbers,
        "minutes_planned_this_week": 7 * found.day.planned,
        **others,
        "days": {day.isoformat(): round(minutes, 1) for day, minutes in sorted(found.days.items())},
    }
