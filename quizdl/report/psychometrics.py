"""What a table of scores says of a test and its questions: spread, discrimination, reliability. Plain Python.

A table has a row a learner and a column a question; every score stands for the same share of a question (0 to 1) or is
already weighted by its points. None of the numbers exists where nothing varies.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from math import floor, fsum, sqrt

import msgspec

_NOTHING = 1e-18
"""A variance below this is the rounding of equal numbers."""


class Table:
    """Rows of scores, eight bytes each. width: of a row."""

    def __init__(self, width: int, rows: Iterable[Sequence[float]] = ()) -> None:
        self.width = width
        self._scores = array("d")
        for row in rows:
            self.append(row)

    def append(self, row: Sequence[float]) -> None:
        """A learner's."""
        self._scores.extend(row)

    def __len__(self) -> int:
        return len(self._scores) // self.width if self.width else 0

    def __iter__(self) -> Iterator[Sequence[float]]:
        return (self._scores[begin : begin + self.width] for begin in range(0, len(self._scores), self.width or 1))

    def column(self, place: int) -> Sequence[float]:
        """A question's."""
        return self._scores[place :: self.width]


class Spread(msgspec.Struct, frozen=True):
    """How values lie. deviation: of the sample (n − 1), 0 for one value; quartiles as NumPy's default has them."""

    count: int
    mean: float
    deviation: float
    lowest: float
    lower: float
    median: float
    upper: float
    highest: float


def spread(values: Sequence[float]) -> Spread | None:
    """None of no values."""
    if not values:
        return None
    mean = fsum(values) / len(values)
    squares = fsum((value - mean) ** 2 for value in values)
    ordered = sorted(values)
    return Spread(
        count=len(values),
        mean=mean,
        deviation=sqrt(squares / (len(values) - 1)) if len(values) > 1 else 0.0,
        lowest=ordered[0],
        lower=quantile(ordered, 0.25),
        median=quantile(ordered, 0.5),
        upper=quantile(ordered, 0.75),
        highest=ordered[-1],
    )


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which this share lies, between neighbours in a straight line.

    >>> quantile([1.0, 2.0, 3.0, 4.0], 0.25)
    1.75
    """
    place = share * (len(ordered) - 1)
    below = floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def variance(values: Sequence[float]) -> float:
    """Of the population; 0 where all are equal but for rounding."""
    mean = fsum(values) / len(values)
    found = fsum((value - mean) ** 2 for value in values) / len(values)
    return found if found > _NOTHING * max(1.0, mean * mean) else 0.0


def correlation(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    """Pearson's r, between −1 and 1; None for fewer than two pairs, or where one side does not vary.

    Of a side that is 0 or 1 it is the point-biserial correlation.
    """
    if len(xs) < 2 or not (spread_x := variance(xs)) or not (spread_y := variance(ys)):
        return None
    mean_x, mean_y = fsum(xs) / len(xs), fsum(ys) / len(ys)
    together = fsum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / len(xs)
    return max(-1.0, min(1.0, together / sqrt(spread_x * spread_y)))


def discrimination(table: Table, place: int) -> float | None:
    """Corrected item-total correlation: a question's scores against the sum of all *other* questions.

    A question that good learners get right and weak ones wrong is near 1; below 0 something is odd about its key.
    None where there is no other question.
    """
    if not len(table) or table.width < 2:
        return None
    rest = array("d", (fsum(score for number, score in enumerate(row) if number != place) for row in table))
    return correlation(table.column(place), rest)


def cronbach_alpha(table: Table) -> float | None:
    """Cronbach's α = k/(k−1) · (1 − Σσ²(question) / σ²(total)). May be negative; at most 1.

    None for fewer than two questions or learners, or where all totals are equal. Cronbach 1951.
    """
    if len(table) < 2 or table.width < 2:
        return None
    of_total = variance(array("d", map(fsum, table)))
    if not of_total:
        return None
    count = table.width
    of_items = fsum(variance(table.column(place)) for place in range(count))
    return count / (count - 1) * (1 - of_items / of_total)


def histogram(percents: Sequence[float], bins: int = 10) -> tuple[int, ...]:
    """How many values of 0 to 100 lie in each of equal bins; the last holds 100 too.

    >>> histogram([0, 9.99, 10, 100], 10)
    (2, 1, 0, 0, 0, 0, 0, 0, 0, 1)
    """
    counts = [0] * bins
    for value in percents:
        counts[min(int(value * bins / 100 + 1e-9), bins - 1)] += 1
    return tuple(counts)
