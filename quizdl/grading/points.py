"""Points of a question's domain at which two formulas are compared; the same points every time."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

Point: TypeAlias = dict[str, float]
Domains: TypeAlias = Mapping[str, str]

_MODERATE = ((0.1, 1.0), (1.0, 3.0))
_STRATA = (*_MODERATE * 5, (3.0, 10.0), (0.001, 0.1), (10.0, 100.0), (100.0, 1000.0))
_EXTRA = 40
_UNIT = (0.03, 0.97)
_SIGNED = ("real", "nonzero", "integer")
_FEWEST_WHOLE, _MOST_WHOLE = 2, 9
_SEED = "quizdl"

_READABLE: dict[str, Sequence[float]] = {
    "real": (1, 2, -1, 3, -2, 0.5),
    "nonzero": (1, 2, -1, 3, -2, 0.5),
    "positive": (1, 2, 3, 0.5, 4, 5),
    "nonnegative": (1, 2, 3, 0.5, 4, 5),
    "integer": (2, 3, 5, -2, 4, -3),
    "unit": (0.5, 0.25, 0.75, 0.2, 0.8, 0.4),
}


def points(domains: Domains) -> Iterator[Point]:
    """Fourteen points: every magnitude from 0.001 to 1000, and every sign in turn, mostly moderate ones."""
    draw = random.Random(_SEED).random  # noqa: S311 - the same points for everybody
    for number, stratum in enumerate(_STRATA):
        yield {
            name: _drawn(domain, stratum, bool(number >> (place % 3) & 1), draw())
            for place, (name, domain) in enumerate(domains.items())
        }


def more_points(domains: Domains) -> Iterator[Point]:
    """Forty more of moderate size, for formulas that are undefined at most points."""
    draw = random.Random(f"{_SEED} more").random  # noqa: S311
    for number in range(_EXTRA):
        yield {name: _drawn(domain, _MODERATE[number % 2], draw() < 0.5, draw()) for name, domain in domains.items()}


def readable_points(domains: Domains) -> Iterator[Point]:
    """Points that a learner can work through by hand."""
    for shift in range(6):
        yield {name: _READABLE[domain][(shift + place) % 6] for place, (name, domain) in enumerate(domains.items())}


def _drawn(domain: str, stratum: tuple[float, float], negative: bool, share: float) -> float:
    """A value with four digits, so that a point can be shown as it is."""
    low, high = _UNIT if domain == "unit" else stratum
    size = low * (high / low) ** share
    if domain == "unit":
        size = low + share * (high - low)
    if domain == "integer":
        size = max(round(size), _FEWEST_WHOLE + int(share * (_MOST_WHOLE - _FEWEST_WHOLE)))
    return (-1 if negative and domain in _SIGNED else 1) * float(f"{size:.4g}")
