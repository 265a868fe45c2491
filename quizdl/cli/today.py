"""Bare `quizdl`: what is due, what is covered, minutes this week, and the next command to type."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from quizdl.cli.language import tr
from quizdl.model import Past


def run(as_json: bool) -> int:
    """Print today's page."""
    page = _today(history())
    if as_json:
        from quizdl.cli.objects import print_json

        print_json(page)
        return 0
    _print(page)
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


def _today(history: list[Past]) -> dict[str, Any]:
    from quizdl.bank import Library
    from quizdl.report.statistics import statistics

    ids = set(Library().all_ids())
    met = {past.question_id for past in history} & ids
    waiting = due_now(history) & ids
    numbers = statistics(history, time.time())
    return {
        "due": len(waiting),
        "questions": len(ids),
        "covered": len(met),
        "minutes_this_week": round(numbers.minutes_this_week, 1),
        "next": "quizdl practice --due" if waiting else "quizdl practice --day 3",
    }


def due_now(history: list[Past]) -> set[str]:
    """The ids of the questions due for review at this moment."""
    if not history:
        return set()
    from quizdl.study.review import due

    return due(history, datetime.now(UTC))


def _print(page: dict[str, Any]) -> None:
    from quizdl.screen.console import make_console
    from quizdl.screen.tables import facts

    rows = [
        (tr("復習の時期", "Due for review"), tr(f"{page['due']} 問", f"{page['due']} questions")),
        (tr("解いた問題", "Covered"), f"{page['covered']} / {page['questions']}"),
        (tr("今週の学習", "This week"), tr(f"{page['minutes_this_week']} 分", f"{page['minutes_this_week']} minutes")),
        (tr("次のコマンド", "Next"), page["next"]),
    ]
    make_console().print(facts("quizdl", rows))
