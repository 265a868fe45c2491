"""Which questions an exam asks: areas by weight, sets whole, nothing that was asked of late, all by seed."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from quizdl.areas import AREAS, area_of
from quizdl.model import Framework, Scope

ELSEWHERE = ""
"""The area of numbers that belong to no syllabus, as a course's own bank may have; it weighs nothing."""


class Candidate(NamedTuple):
    """A question that can be asked with four options. set: the id of its set. chapter: its syllabus number."""

    id: str
    set: str | None
    chapter: str
    framework: Framework | None = None
    scope: Scope | None = None


class _Unit(NamedTuple):
    """A set, or a question by itself: asked as a whole or not at all. recent: how many of it were asked of late."""

    ids: tuple[str, ...]
    area: str
    recent: int


class _Plan(NamedTuple):
    """Some of the units. The costs are compared in their order, and add up.

    excess: how much further than one set the areas are from their shares. recent: questions asked of late.
    unevenness: squared distances from the shares.
    """

    excess: float = 0.0
    recent: int = 0
    unevenness: float = 0.0
    units: tuple[_Unit, ...] = ()


def compose(
    candidates: Iterable[Candidate],
    count: int,
    weights: Mapping[str, float],
    seed: int,
    recent: Collection[str] = (),
    *,
    framework: Framework = "pytorch",
    disputed: bool = True,
) -> list[str]:
    """The ids of an exam of `count` questions in the order they are asked; fewer where the pool holds no more.

    weights: area → weight, in any unit. recent: ids that are asked only where the pool does not suffice without them.
    Each area is within one set (or one question) of its share where the pool allows it. Which units are taken follows
    from the seed and their ids alone: a question more in the bank moves few others.
    """
    asked_here = [
        one for one in candidates if one.framework in (None, framework) and (disputed or one.scope != "disputed")
    ]
    areas = _by_area(_units(asked_here, set(recent)), seed)
    shares = _shares(areas, count, weights)
    plans: dict[int, _Plan] = {0: _Plan()}
    for area, units in areas.items():
        plans = _extend(plans, _reachable(units, count), shares[area], max(len(unit.ids) for unit in units), count)
    return [name for unit in plans[max(plans)].units for name in unit.ids]


def _units(candidates: Sequence[Candidate], recent: Collection[str]) -> list[_Unit]:
    groups: dict[tuple[str, str], list[Candidate]] = {}
    for one in candidates:
        groups.setdefault(("set", one.set) if one.set is not None else ("", one.id), []).append(one)
    return [
        _Unit(
            ids=tuple(one.id for one in group),
            area=area_of(group[0].chapter) or ELSEWHERE,
            recent=sum(one.id in recent for one in group),
        )
        for group in groups.values()
    ]


def _by_area(units: Iterable[_Unit], seed: int) -> dict[str, list[_Unit]]:
    """The units by area, in the score report's order; in each area as the seed shuffles them."""
    shuffled = sorted(units, key=lambda unit: (_drawn(seed, unit), unit.ids))
    found = {area: [unit for unit in shuffled if unit.area == area] for area in (*AREAS, ELSEWHERE)}
    return {area: units for area, units in found.items() if units}


def _drawn(seed: int, unit: _Unit) -> float:
    return random.Random(f"{seed}:exam:{unit.ids[0]}").random()  # noqa: S311 - chance for learning, not for secrets


def _shares(areas: Collection[str], count: int, weights: Mapping[str, float]) -> dict[str, float]:
    """How many questions each area ought to have; areas without any question leave theirs to the others."""
    weighed = {area: max(weights.get(area, 0.0), 0.0) for area in areas}
    heaviest = max(weighed.values(), default=0.0)
    parts = {area: weight / heaviest if heaviest else 1.0 for area, weight in weighed.items()}  # no overflow
    total = sum(parts.values())
    return {area: count * part / total for area, part in parts.items()}


def _reachable(units: Sequence[_Unit], most: int) -> dict[int, tuple[_Unit, ...]]:
    """For each number of questions that units can add up to, units that do.

    They are the first in the order given that make the number, those without recent questions before the others.
    """
    reached: dict[int, tuple[_Unit, ...]] = {0: ()}
    for unit in sorted(units, key=lambda one: one.recent > 0):
        for total, taken in list(reached.items()):
            larger = total + len(unit.ids)
            if larger <= most and larger not in reached:
                reached[larger] = (*taken, unit)
    return reached


def _extend(
    plans: Mapping[int, _Plan], choices: Mapping[int, tuple[_Unit, ...]], share: float, slack: int, most: int
) -> dict[int, _Plan]:
    """The best plan for each number of questions, with one area more. slack: the size of its largest unit."""
    found: dict[int, _Plan] = {}
    for total, units in choices.items():
        far = abs(total - share)
        excess, recent = max(far - slack, 0.0) ** 2, sum(unit.recent for unit in units)
        for before, plan in plans.items():
            together = before + total
            if together > most:
                continue
            longer = _Plan(plan.excess + excess, plan.recent + recent, plan.unevenness + far**2, (*plan.units, *units))
            if together not in found or longer[:3] < found[together][:3]:
                found[together] = longer
    return found
