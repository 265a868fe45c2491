"""Whether two formulas are the same function: tried at fixed points of the domain, without SymPy or chance."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from quizdl.bank.values import read
from quizdl.errors import FormulaError
from quizdl.formula import Evaluator

_POINTS = 12
_GOLDEN = 0.6180339887498949
_DOMAINS: dict[str, tuple[float, float]] = {
    "real": (-2.7, 3.1),
    "nonzero": (-2.7, 3.1),
    "positive": (0.07, 4.3),
    "nonnegative": (0.07, 4.3),
    "unit": (0.03, 0.97),
    "integer": (-4.0, 7.0),
}


def same_expression(one: str, other: str, symbols: Mapping[str, str]) -> bool:
    """Whether two formulas agree at every point tried, and are defined at the same ones.

    Good enough to drop a mistake that happens to equal the key; grading itself asks `quizdl.grading`.
    """
    if one == other:
        return True
    first, second = Evaluator(read(one, integers=False)), Evaluator(read(other, integers=False))
    agreed = 0
    for point in _points(symbols):
        a, b = _value(first, point), _value(second, point)
        if (a is None) != (b is None):
            return False
        if a is not None and b is not None:
            if not math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12):
                return False
            agreed += 1
    return agreed > 0


def _points(symbols: Mapping[str, str]) -> Iterable[dict[str, int | float]]:
    """Points spread over the domain: multiples of the golden ratio never fall into step with a formula."""
    for point in range(1, _POINTS + 1):
        yield {
            name: _within(domain, (point * _GOLDEN + index * math.sqrt(2)) % 1.0)
            for index, (name, domain) in enumerate(symbols.items())
        }


def _within(domain: str, share: float) -> int | float:
    low, high = _DOMAINS[domain]
    value = low + share * (high - low)
    return round(value) if domain == "integer" else value


def _value(formula: Evaluator, point: Mapping[str, int | float]) -> float | None:
    try:
        value = float(formula(point))
    except (FormulaError, OverflowError):
        return None
    return value if math.isfinite(value) else None
