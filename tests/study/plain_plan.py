"""The plan question by question, as it is meant: each time the whole bank is looked through for what adds most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from quizdl.model import Past, Profile
from quizdl.study.budget import pace_of
from quizdl.study.outlook import Outlook, Terms
from quizdl.study.plan import LONG, REPEATS, SHORT_SECONDS, TOO_LONG, Menu

Unit = tuple[Profile, ...]


class PlainPlan:
    """One day's menu; everything is computed of all questions."""

    def __init__(self, history: Sequence[Past], profiles: Sequence[Profile], terms: Terms) -> None:
        asked = {one.id: one for one in profiles if one.framework in (None, terms.framework)}
        sizes = Counter(one.chapter for one in asked.values())
        self.asked = asked
        self.pace = pace_of(history, asked)
        self.outlook = Outlook(history, asked, sizes, self.pace, terms)

    def menu(self, minutes: float, among: Collection[str] | None) -> Menu:
        """Repetitions that are due for a part of the time, then whatever adds most."""
        seconds = 60.0 * minutes
        longest = max(TOO_LONG * seconds, SHORT_SECONDS)
        units = [unit for unit in self._units(among) if max(map(self.pace.seconds, unit)) <= longest]
        due = [unit for unit in units if any(map(self.outlook.is_due, unit))]
        repeats = list(self._filled(due, REPEATS * seconds))
        others = [unit for unit in units if unit not in repeats]
        chosen = [*repeats, *self._filled(others, seconds - sum(map(self._seconds, repeats)))]
        chosen.sort(key=lambda unit: max(map(self.pace.seconds, unit)) <= LONG * seconds)
        found = [one for unit in chosen for one in unit]
        repeated = sum(one.id in self.outlook.cards for one in found)
        return Menu(
            ids=tuple(one.id for one in found),
            expected=tuple(map(self.pace.seconds, found)),
            repeated=repeated,
            new=len(found) - repeated,
            topics=tuple(dict.fromkeys(one.chapter for one in found)),
        )

    def _units(self, among: Collection[str] | None) -> list[Unit]:
        groups: dict[tuple[str, str], list[Profile]] = {}
        for one in self.asked.values():
            if among is None or one.id in among:
                groups.setdefault(("set", one.set) if one.set is not None else ("", one.id), []).append(one)
        return [tuple(group) for group in groups.values()]

    def _filled(self, units: Sequence[Unit], seconds: float) -> Iterator[Unit]:
        waiting = list(units)
        while fitting := [unit for unit in waiting if self._seconds(unit) <= seconds]:
            best = max(fitting, key=self._rate)  # of equals the first
            if self._rate(best) <= 0.0:
                return
            waiting.remove(best)
            seconds -= self._seconds(best)
            for one in best:
                self.outlook.count(one, self.outlook.kept_more(one))
            yield best

    def _seconds(self, unit: Unit) -> float:
        return sum(map(self.pace.seconds, unit))

    def _rate(self, unit: Unit) -> float:
        return sum(map(self.outlook.gain, unit)) / self._seconds(unit)
