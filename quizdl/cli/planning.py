"""What the record, the bank and the settings say about today: the plan up to the exam, and how far it is done."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from quizdl.model import Listed, Past
from quizdl.settings import Settings
from quizdl.study.day import Day

if TYPE_CHECKING:
    from quizdl.bank import Library
    from quizdl.study.plan import Menu

EXAM_HOUR = 9
MOST_MINUTES = 24 * 60.0


def day_of(at: float) -> date:
    """The date at a Unix time, where the learner is."""
    return datetime.fromtimestamp(at).astimezone().date()


def today(history: Iterable[Past], settings: Settings, now: float | None = None) -> Day:
    """Today's minutes so far, and whether an exam is ahead."""
    from quizdl.report.statistics import minutes

    moment = time.time() if now is None else now
    day = day_of(moment)
    midnight = datetime.combine(day, datetime.min.time()).astimezone().timestamp()
    exam = date.fromisoformat(settings.exam_date) if settings.exam_date else None
    return Day(
        now=moment,
        today=day,
        done=minutes(past for past in history if past.at >= midnight and not past.undone),
        planned=float(settings.daily_minutes),
        exam=exam if exam and exam >= day else None,
    )


def planned_menu(
    library: Library,
    history: Sequence[Past],
    settings: Settings,
    day: Day,
    *,
    minutes: float | None = None,
    among: Collection[str] | None = None,
) -> Menu | None:
    """What to do now; None where no exam is ahead. minutes: by default what is left of today's plan."""
    if day.exam is None:
        return None
    from quizdl.study.outlook import Terms
    from quizdl.study.plan import Menu, menu

    budget = min(day.left if minutes is None else minutes, MOST_MINUTES)
    if budget <= 0:
        return Menu()
    terms = Terms(now=day.now, exam=_exam_time(day), weights=settings.weights, framework=settings.framework)
    return menu(history, library.census(), budget, terms, among=among)


def in_menu(questions: Sequence[Listed], menu: Menu) -> list[Listed]:
    """Those of the questions that are on the menu, in its order."""
    places = {question_id: place for place, question_id in enumerate(menu.ids)}
    return sorted((one for one in questions if one.id in places), key=lambda one: places[one.id])


def _exam_time(day: Day) -> float:
    """Unix time at which the exam begins; on its own day, soon."""
    assert day.exam is not None  # noqa: S101 - the caller has looked
    morning = datetime.combine(day.exam, datetime.min.time()) + timedelta(hours=EXAM_HOUR)
    return max(morning.astimezone().timestamp(), day.now + 3600.0)
