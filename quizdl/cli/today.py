"""Bare `quizdl`: today's plan and how far it is done, or what is due, and the next command to type."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from quizdl.cli.language import current
from quizdl.model import Past, Profile

if TYPE_CHECKING:
    from quizdl.settings import Settings
    from quizdl.study.day import Day
    from quizdl.study.plan import Menu

DIAGNOSTIC = "quizdl exam -n 26 --minutes 30"
"""A quarter of an exam: enough to say something about every area."""


def run(as_json: bool) -> int:
    """Print today's page; at a terminal, the first time, ask for the exam's date."""
    from quizdl.settings import load_settings

    past, settings = history(), load_settings()
    if not as_json and _is_first_run(past) and sys.stdin.isatty() and sys.stdout.isatty():
        from quizdl.cli.welcome import welcome

        settings = welcome(settings)
    page = _today(past, settings)
    if as_json:
        from quizdl.cli.objects import print_json

        print_json(page)
        return 0
    from quizdl.screen.console import make_console
    from quizdl.screen.today import today_page

    make_console().print(today_page(page, current()))
    return 0


def history() -> list[Past]:
    """Every attempt so far, oldest first; nothing is created where there is none."""
    from quizdl.paths import record_file

    path = record_file()
    if not path.exists():
        return []
    from quizdl.record import Store

    with Store.open(path) as store:
        return store.past()


def _is_first_run(past: list[Past]) -> bool:
    """Nothing was answered, and nothing chosen: whoever passes over the question once has chosen."""
    from quizdl.settings import settings_file

    return not past and not settings_file().exists()


def _today(past: list[Past], settings: Settings) -> dict[str, Any]:
    """The object of `--json`, from which the page is made too."""
    from quizdl.cli.banks import open_library
    from quizdl.cli.planning import planned_menu, today
    from quizdl.report.progress import topics_met
    from quizdl.report.statistics import statistics

    library = open_library()
    census = library.census()
    met = census.known({one.question_id for one in past})
    waiting = due_now(past, met) & met.keys()
    day = today(past, settings)
    menu = planned_menu(library, past, settings, day)
    bank = [(one.chapter, same.units) for same in census.alike() for one in same.nature]
    topics = topics_met(past, {chapter for chapter, _ in bank})
    return {
        "due": len(waiting),
        "questions": sum(count for _, count in bank),
        "covered": len(met),
        "minutes_this_week": round(statistics(past, time.time()).minutes_this_week, 1),
        "next": _next(past, day, menu, due=bool(waiting)),
        "minutes_today": round(day.done, 1),
        "minutes_planned": settings.daily_minutes,
        "done": day.left == 0.0,
        "exam_date": day.exam.isoformat() if day.exam else None,
        "days_left": day.days_left,
        "plan": menu and _plan(menu),
        "topics": sum(one.total for one in topics),
        "topics_met": sum(one.met for one in topics),
        "unfinished_exam": _unfinished_exam(),
        "first_run": not past,
        "diagnostic": DIAGNOSTIC,
    }


def _plan(menu: Menu) -> dict[str, Any]:
    return {
        "questions": len(menu.ids),
        "minutes": round(menu.seconds / 60, 1),
        "repeated": menu.repeated,
        "new": menu.new,
        "topics": list(menu.topics),
    }


def _next(past: list[Past], day: Day, menu: Menu | None, *, due: bool) -> str:
    """What to type: first the diagnostic, then the plan or what is due; when it is done, a look at how one stands."""
    if menu is None:
        return "quizdl practice --due" if due else "quizdl practice --day 3"
    if not past:
        return DIAGNOSTIC
    return "quizdl practice --due" if menu.ids else "quizdl stats"


def _unfinished_exam() -> bool:
    from quizdl.paths import record_file

    if not record_file().exists():
        return False
    from quizdl.record import Store

    with Store.open(record_file()) as store:
        return store.latest_exam(unfinished=True) is not None


def due_now(history: list[Past], met: Mapping[str, Profile] = MappingProxyType({})) -> set[str]:
    """The ids of the questions due for review at this moment. met: those answered, so that speed counts too."""
    if not history:
        return set()
    from quizdl.study.budget import pace_of
    from quizdl.study.review import due
    from quizdl.study.speed import usual

    return due(history, datetime.now(UTC), usual(met, pace_of(history, met)))
