"""The day's menu: the questions that raise the expected score on the exam day most for each minute, within a budget.

A part of the day is kept for what is about to be forgotten, since one step ahead a repetition always looks worth less
than something new. What is overdue has no claim beyond that part and is chosen by its gain like all the rest, so that
missed days never pile up into one. `benchmarks/plan.py` holds this against FSRS's own order.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from quizdl.model import Past, Profile
from quizdl.study.budget import Pace, pace_of
from quizdl.study.outlook import Outlook, Terms

REPEATS = 0.4
"""The part of the time that is kept for repetitions that are due, where there are as many."""


LONG, TOO_LONG = 0.1, 0.25
"""A question that takes more than this part of the day is done first, while there is room for taking longer still;
one that takes more than TOO_LONG is for a day with more minutes.
"""

SHORT_SECONDS = 150.0
"""What takes no longer is never too long."""


class Menu(msgspec.Struct, frozen=True):
    """What to do today, in order: what takes long, repetitions, then what adds most. topics: syllabus numbers.

    expected: seconds, question by question. repeated, new: how many were answered before, and how many were not.
    """

    ids: tuple[str, ...] = ()
    expected: tuple[float, ...] = ()
    repeated: int = 0
    new: int = 0
    topics: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """Expected for all of it."""
        return sum(self.expected)


class _Unit(NamedTuple):
    """A set, or a question by itself: asked as a whole or not at all."""

    profiles: tuple[Profile, ...]
    seconds: float
    longest: float


def menu(
    history: Sequence[Past],
    profiles: Iterable[Profile],
    minutes: float,
    terms: Terms,
    *,
    among: Collection[str] | None = None,
) -> Menu:
    """The menu for these minutes; its expected time is never longer.

    history: in the order of time. among: the ids that may be asked, by default all.
    """
    asked = {one.id: one for one in profiles if one.framework in (None, terms.framework)}
    pace = pace_of(history, asked)
    outlook = Outlook(history, asked, pace, terms)
    units = _units([one for one in asked.values() if among is None or one.id in among], pace)
    chosen = _chosen(units, outlook, 60.0 * minutes)
    asked_now = [one for unit in chosen for one in unit.profiles]
    repeated = sum(one.id in outlook.cards for one in asked_now)
    return Menu(
        ids=tuple(one.id for one in asked_now),
        expected=tuple(map(pace.seconds, asked_now)),
        repeated=repeated,
        new=len(asked_now) - repeated,
        topics=tuple(dict.fromkeys(one.chapter for one in asked_now)),
    )


def _units(profiles: Iterable[Profile], pace: Pace) -> list[_Unit]:
    groups: dict[tuple[str, str], list[Profile]] = {}
    for one in profiles:
        groups.setdefault(("set", one.set) if one.set is not None else ("", one.id), []).append(one)
    return [
        _Unit(tuple(group), sum(map(pace.seconds, group)), max(map(pace.seconds, group))) for group in groups.values()
    ]


def _chosen(units: Iterable[_Unit], outlook: Outlook, seconds: float) -> list[_Unit]:
    """Repetitions that are due for a part of the time, then whatever adds most."""
    due: list[_Unit] = []
    others: list[_Unit] = []
    for unit in units:
        if unit.longest > max(TOO_LONG * seconds, SHORT_SECONDS):
            continue
        (due if any(map(outlook.is_due, unit.profiles)) else others).append(unit)
    repeats = list(_filled(due, outlook, REPEATS * seconds))
    others += [unit for unit in due if unit not in repeats]
    rest = _filled(others, outlook, seconds - sum(unit.seconds for unit in repeats))
    return sorted([*repeats, *rest], key=lambda unit: unit.longest <= LONG * seconds)


def _filled(units: Iterable[_Unit], outlook: Outlook, seconds: float) -> Iterator[_Unit]:
    """Units that fit, the largest gain per second first; what one teaches makes others of its topic less urgent.

    A gain never grows by what is chosen, so that only the unit at the top has to be looked at again.
    """
    waiting = [(-_rate(unit, outlook), place, unit) for place, unit in enumerate(units) if unit.seconds <= seconds]
    heapq.heapify(waiting)
    while waiting:
        _, place, unit = heapq.heappop(waiting)
        if unit.seconds > seconds:
            continue
        rate = -_rate(unit, outlook)
        if rate >= 0.0:
            continue
        if waiting and rate > waiting[0][0]:
            heapq.heappush(waiting, (rate, place, unit))
            continue
        seconds -= unit.seconds
        for one in unit.profiles:
            outlook.count(one, outlook.kept_more(one))
        yield unit


def _rate(unit: _Unit, outlook: Outlook) -> float:
    return sum(map(outlook.gain, unit.profiles)) / unit.seconds
