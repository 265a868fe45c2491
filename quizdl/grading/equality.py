"""Whether two formulas are the same function on the declared domain: by structure, by sampling, and last by proof."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from quizdl.formula import Node, names_of
from quizdl.grading.points import Domains, Point, more_points, points, readable_points
from quizdl.grading.precise import Nothing, Outcome, Real, value_at

_ALIKE = 1e-9
"""Relative. Keys may hold drawn decimals; two different formulas are farther apart than this at some point."""

_FAINT = 1e-100
_TELLING = 1e-3
_ENOUGH = 8
_ENOUGH_RATIOS = 6


class Sample(NamedTuple):
    """What two formulas give at one point."""

    point: Point
    got: Outcome
    expected: Outcome

    @property
    def compared(self) -> bool:
        """Whether both have a value, and not one nothing and the other next to nothing."""
        if isinstance(self.got, Nothing) or isinstance(self.expected, Nothing):
            return False
        return (
            bool(self.got and self.expected)
            or max(abs(self.got), abs(self.expected)) > _FAINT
            or self.got == self.expected
        )

    @property
    def differs(self) -> bool:
        """Whether the point proves them different: by value, or one has a value where the other is undefined."""
        if self.compared:
            return not alike(self.got, self.expected)
        valueless = [one for one in (self.got, self.expected) if isinstance(one, Nothing)]
        return valueless == [Nothing.UNDEFINED]


class Comparison(NamedTuple):
    """equal: None where it cannot be told. refuting: the point that proves them different, where one does."""

    equal: bool | None
    refuting: Sample | None = None


def alike(got: Real, expected: Real) -> bool:
    """Whether two values differ by no more than rounded decimals do."""
    return bool(abs(got - expected) <= _ALIKE * max(abs(got), abs(expected)))


def compare(got: Node, expected: Node, domains: Domains) -> Comparison:
    """Compare two formulas on their symbols' domains.

    domains: symbol → `real`, `positive`, `nonnegative`, `nonzero`, `integer` or `unit`.
    They are equal when they agree at every point where both have a value, and enough have. A formula that is too large
    to compute wherever it is tried is not the right one; what else sampling cannot tell is left to a proof.
    """
    if got == expected:
        return Comparison(True)
    used = _used(got, expected, domains)
    compared, too_large = 0, True
    for at in (points(used), more_points(used)):
        for sample in _sampled(got, expected, at):
            if sample.differs:
                return Comparison(False, sample)
            compared += sample.compared
            too_large &= sample.got is Nothing.BEYOND
        if compared >= _ENOUGH:
            return Comparison(True)
    return Comparison(False if too_large else _proven(got, expected, used))


def _proven(got: Node, expected: Node, used: Domains) -> bool | None:
    from quizdl.grading.proof import proven_equal

    return proven_equal(got, expected, used)


def readable(got: Node, expected: Node, domains: Domains, refuting: Sample) -> Sample:
    """A point like `refuting` at which the difference is plain and can be worked out by hand, where there is one."""
    by_hand = _sampled(got, expected, readable_points(_used(got, expected, domains)))
    return next((sample for sample in by_hand if sample.compared and _far_apart(sample)), refuting)


def common_ratio(got: Node, expected: Node, domains: Domains) -> Real | None:
    """The one number by which `expected` is multiplied in `got`, at every point; None where there is none."""
    ratios = []
    for sample in _sampled(got, expected, points(_used(got, expected, domains))):
        if sample.compared and sample.expected:
            ratios.append(sample.got / sample.expected)
        elif sample.differs:
            return None
    constant = len(ratios) >= _ENOUGH_RATIOS and all(alike(ratio, ratios[0]) for ratio in ratios)
    return ratios[0] if constant and ratios[0] and not alike(ratios[0], 1) else None


def _used(got: Node, expected: Node, domains: Domains) -> Domains:
    named = names_of(got) | names_of(expected)
    return {name: domain for name, domain in domains.items() if name in named}


def _sampled(got: Node, expected: Node, at: Iterable[Point]) -> Iterator[Sample]:
    return (Sample(point, value_at(got, point), value_at(expected, point)) for point in at)


def _far_apart(sample: Sample) -> bool:
    return bool(abs(sample.got - sample.expected) > _TELLING * max(abs(sample.got), abs(sample.expected)))
