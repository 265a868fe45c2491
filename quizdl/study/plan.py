"""The day's menu: the questions that raise the expected score on the exam day most for each minute, within a budget.

A part of the day is kept for what is about to be forgotten, since one step ahead a repetition always looks worth less
than something new. What is overdue has no claim beyond that part and is chosen by its gain like all the rest, so that
missed days never pile up into one. `benchmarks/plan.py` holds this against FSRS's own order.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import filterfalse, islice
from typing import NamedTuple

import msgspec

from quizdl.model import Alike, Census, Framework, Past, Profile
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


class _Line(NamedTuple):
    """Units that the plan cannot tell apart, first come first; each is asked as a whole or not at all.

    A unit is a set, or a question by itself. profiles: of each. numbers: the units', ascending. What was answered
    before, and what was chosen to choose from, stands in a line of its own.
    """

    profiles: tuple[Profile, ...]
    seconds: float
    longest: float
    numbers: Iterable[int]


def menu(
    history: Sequence[Past],
    census: Census,
    minutes: float,
    terms: Terms,
    *,
    among: Collection[str] | None = None,
) -> Menu:
    """The menu for these minutes; its expected time is never longer.

    history: in the order of time. among: the ids that may be asked, by default all.
    """
    pool = _Pool(census, terms.framework, among)
    met = {one.id: one for one in pool.of_framework(census.known({past.question_id for past in history}).values())}
    pace = pace_of(history, met)
    outlook = Outlook(history, met, pool.sizes(), pace, terms)
    chosen = _chosen(pool.lines(met, pace), outlook, 60.0 * minutes)
    asked_now = [one for number in chosen for one in pool.unit(number)]
    repeated = sum(one.id in outlook.cards for one in asked_now)
    return Menu(
        ids=tuple(one.id for one in asked_now),
        expected=tuple(map(pace.seconds, asked_now)),
        repeated=repeated,
        new=len(asked_now) - repeated,
        topics=tuple(dict.fromkeys(one.chapter for one in asked_now)),
    )


class _Pool:
    """What there is to choose from: of every unit, the questions of the framework that may be asked."""

    def __init__(self, census: Census, framework: Framework, among: Collection[str] | None) -> None:
        self._census, self._framework, self._among = census, framework, among
        self._natures: list[tuple[tuple[Profile, ...], Alike]] = [
            (self.of_framework(same.nature), same) for same in census.alike()
        ]

    def of_framework(self, profiles: Iterable[Profile]) -> tuple[Profile, ...]:
        """Those that are not about the other framework."""
        return tuple(one for one in profiles if one.framework in (None, self._framework))

    def sizes(self) -> dict[str, int]:
        """How many questions each topic has, whatever may be asked today."""
        found: dict[str, int] = {}
        for nature, same in self._natures:
            for one in nature:
                found[one.chapter] = found.get(one.chapter, 0) + same.units
        return found

    def unit(self, number: int) -> tuple[Profile, ...]:
        """What would be asked of this unit."""
        found = self.of_framework(self._census.unit(number))
        return found if self._among is None else tuple(one for one in found if one.id in self._among)

    def lines(self, met: Iterable[str], pace: Pace) -> Iterator[_Line]:
        """All units. met: the ids answered before."""
        found = map(self._census.number, met if self._among is None else self._among)
        alone = {number for number in found if number is not None}
        lines: list[tuple[tuple[Profile, ...], Iterable[int]]] = [(self.unit(number), (number,)) for number in alone]
        if self._among is None:
            lines += [(nature, filterfalse(alone.__contains__, same.numbers)) for nature, same in self._natures]
        for profiles, numbers in lines:
            if profiles:
                seconds = list(map(pace.seconds, profiles))
                yield _Line(profiles, sum(seconds), max(seconds), numbers)


def _chosen(lines: Iterable[_Line], outlook: Outlook, seconds: float) -> list[int]:
    """Repetitions that are due for a part of the time, then whatever adds most; the units' numbers."""
    due: list[_Line] = []
    others: list[_Line] = []
    for line in lines:
        if line.longest > max(TOO_LONG * seconds, SHORT_SECONDS):
            continue
        (due if any(map(outlook.is_due, line.profiles)) else others).append(line)
    repeats = dict(_filled(due, outlook, REPEATS * seconds))
    others += [line for line in due if not repeats.keys() & set(line.numbers)]
    rest = dict(_filled(others, outlook, seconds - sum(line.seconds for line in repeats.values())))
    chosen = {**repeats, **rest}
    return sorted(chosen, key=lambda number: chosen[number].longest <= LONG * seconds)


def _filled(lines: Iterable[_Line], outlook: Outlook, seconds: float) -> Iterator[tuple[int, _Line]]:
    """Units that fit, the largest gain per second first; what one teaches makes others of its topic less urgent.

    Of equals the first in the bank comes first. A gain never grows by what is chosen, so that only the unit at the top
    has to be looked at again, and of a line only the first that is left.
    """
    fitting = [(line, iter(line.numbers)) for line in lines if line.seconds <= seconds]
    waiting = [
        (-_rate(line, outlook), number, line, numbers) for line, numbers in fitting for number in islice(numbers, 1)
    ]
    heapq.heapify(waiting)
    while waiting:
        _, number, line, numbers = heapq.heappop(waiting)
        if line.seconds > seconds:
            continue
        rate = -_rate(line, outlook)
        if rate >= 0.0:
            continue
        if waiting and (rate, number) > waiting[0][:2]:
            heapq.heappush(waiting, (rate, number, line, numbers))
            continue
        seconds -= line.seconds
        for one in line.profiles:
            outlook.count(one, outlook.kept_more(one))
        yield number, line
        for following in islice(numbers, 1):
            heapq.heappush(waiting, (rate, following, line, numbers))


def _rate(line: _Line, outlook: Outlook) -> float:
    return sum(map(outlook.gain, line.profiles)) / line.seconds
