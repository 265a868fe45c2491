"""Where numbers stand on an axis, and how they are written: for plots in a terminal and for those in a page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Axis:
    """A stretch of numbers, low < high; on a `log` axis both are powers of ten in the exponent."""

    low: float
    high: float
    log: bool = False

    @classmethod
    def of(cls, values: Iterable[float], *, log: bool = False) -> Axis:
        """The axis that shows all the values that can be shown on it: a log axis shows no zeros."""
        shown = [placed for value in values if math.isfinite(placed := _placed(value, log))]
        if not shown:
            return cls(0.0, 1.0, log)
        low, high = float(min(shown)), float(max(shown))
        if log:
            low, high = float(math.floor(low + _NEARLY)), float(math.ceil(high - _NEARLY))
        if high - low < _NEARLY * max(abs(high), abs(low), 1.0):
            pad = 1.0 if log else max(0.5, 1e-6 * abs(high))
            return cls(low - pad, high + pad, log)
        return cls(low, high, log)

    def share(self, value: float) -> float | None:
        """How far along the axis the value stands, 0 to 1; None for what cannot be shown."""
        placed = _placed(value, self.log)
        if not math.isfinite(placed):
            return None
        return min(max((placed - self.low) / (self.high - self.low), 0.0), 1.0)

    def ticks(self, count: int) -> list[float]:
        """About so many round numbers on the axis, its ends where there are none."""
        if self.log:
            every = max(math.ceil((self.high - self.low) / max(count - 1, 1)), 1)
            return [10.0**n for n in range(math.ceil(self.low), math.floor(self.high) + 1, every)]
        for intervals in (count - 1, 2 * (count - 1)):
            step = _round_step((self.high - self.low) / max(intervals, 1))
            first, last = math.ceil(self.low / step - _NEARLY), math.floor(self.high / step + _NEARLY)
            if last > first:
                return [n * step for n in range(first, last + 1)]
        return [self.low, self.high]


_NEARLY = 1e-9


_MOST = 1e150
"""Larger numbers overflow where they are subtracted; nobody reads them off an axis either."""


def _placed(value: float, log: bool) -> float:
    """Where the value stands; NaN for what cannot be shown."""
    if not log:
        return value if abs(value) <= _MOST else math.nan
    return math.log10(value) if 1 / _MOST <= value <= _MOST else math.nan


def _round_step(least: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is at least this.

    >>> _round_step(0.3), _round_step(12)
    (0.5, 20.0)
    """
    power = 10.0 ** math.floor(math.log10(least))
    return next((power * digit for digit in (1, 2, 5) if power * digit >= least * (1 - _NEARLY)), power * 10)


def number(value: float) -> str:
    """A number with three significant digits, as short as it goes.

    >>> number(0.000012345), number(65536.0), number(0.98765), number(-0.0), number(float("nan"))
    ('1.23e-05', '65536', '0.988', '0', '–')
    """
    if not math.isfinite(value):
        return "–" if math.isnan(value) else "∞" if value > 0 else "−∞"
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    return f"{value:.3g}"


def tick(value: float) -> str:
    """A number beside an axis.

    >>> tick(0.30000000000000004), tick(1e-05), tick(20000.0)
    ('0.3', '1e-5', '20000')
    """
    text = f"{value:.6g}"
    if "e" not in text and (value == 0 or abs(value) >= 1e-3):
        return text
    mantissa, _, exponent = f"{value:.3e}".partition("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


def extent(values: Sequence[float]) -> tuple[float, float]:
    """The least and the greatest of the values that are numbers; 0 and 1 where there are none."""
    shown = [value for value in values if math.isfinite(value)]
    return (min(shown), max(shown)) if shown else (0.0, 1.0)


def share_of(value: float, low: float, high: float) -> float:
    """How far from the least to the greatest a value is, 0 to 1; 0 for what is no number.

    >>> share_of(3.0, 2.0, 4.0), share_of(1e308, -1e308, 1e308), share_of(float("nan"), 0.0, 1.0)
    (0.5, 1.0, 0.0)
    """
    if not (high > low and math.isfinite(value)):
        return 0.0
    half = high / 2 - low / 2  # the whole may be more than a float can hold
    return min(max((value / 2 - low / 2) / half, 0.0), 1.0) if half else 0.0
