"""Computes a formula with as many digits as the value needs: cancellation cannot make equal formulas differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import Any, TypeAlias

from quizdl.formula import Binary, Call, Constant, Name, Node, Number, Unary, fold

Real: TypeAlias = Any
"""An `mpmath.mpf`; mpmath has no types."""

_DIGITS = (30, 100, 700)
_AGREE = 1e-15
_MOST_MAGNITUDE = 2**26
_MOST_ANGLE_MAGNITUDE = 512
_SNAP_BITS = 16


class Nothing(Enum):
    """Why a formula has no value at a point."""

    UNDEFINED = "outside its domain"
    BEYOND = "too large or too small to compute"
    UNSETTLED = "not settled with the most digits there are"


Outcome: TypeAlias = Any
"""A `Real`, or `Nothing` that says why there is none."""


class _UndefinedError(ArithmeticError):
    """Outside a function's domain."""


class _BeyondError(ArithmeticError):
    """Beyond what is computed in bounded time."""


def value_at(node: Node, point: Mapping[str, float]) -> Outcome:
    """The formula's value, right to 15 digits, or why it has none.

    It is computed with more and more digits until two results agree. A zero, and what is undefined, may come of digits
    that were lost on the way: they count where no step was so large or so small that it could swallow another.
    """
    arithmetic = _arithmetic()
    last: Outcome = Nothing.UNSETTLED
    for digits in _DIGITS:
        now = arithmetic.value(node, point, digits)
        if now is Nothing.BEYOND or (arithmetic.lost_nothing and (now is Nothing.UNDEFINED or now == 0)):
            return now
        if arithmetic.agree(now, last):
            return now
        last = now
    return arithmetic.zero if arithmetic.lost_nothing and arithmetic.vanishes(last) else Nothing.UNSETTLED


@lru_cache(maxsize=1)
def _arithmetic() -> _Arithmetic:
    return _Arithmetic()


class _Arithmetic:
    """Real arithmetic in a private mpmath context; what is complex, infinite or immense is refused."""

    def __init__(self) -> None:
        from mpmath.ctx_mp import MPContext  # type: ignore[import-untyped]  # 40 ms: maths answers alone need it

        self._context = MPContext()
        self.zero = self._context.mpf(0)
        self._functions = self._table()
        self._widest = 0

    @property
    def lost_nothing(self) -> bool:
        """Whether the steps of the last value were near enough in size for none to vanish beside another."""
        return 2 * self._widest <= int(self._context.prec)

    def agree(self, now: Outcome, last: Outcome) -> bool:
        """Whether two values are one; a zero beside a zero proves nothing."""
        if isinstance(now, Nothing) or isinstance(last, Nothing):
            return False
        return bool(now and abs(now - last) <= _AGREE * abs(now))

    def vanishes(self, value: Outcome) -> bool:
        """Whether a value is no more than what rounding leaves of a zero."""
        return not isinstance(value, Nothing) and bool(abs(value) < self._context.ldexp(1, -self._context.prec // 2))

    def value(self, node: Node, point: Mapping[str, float], digits: int) -> Outcome:
        """The value with so many digits."""
        self._context.dps = digits
        self._widest = 0
        try:
            return fold(node, lambda one, below: self._bounded(self._applied(one, below, point)))
        except (_UndefinedError, ZeroDivisionError):
            return Nothing.UNDEFINED
        except (_BeyondError, OverflowError):
            return Nothing.BEYOND

    def _applied(self, node: Node, below: Sequence[Real], point: Mapping[str, float]) -> Real:
        match node:
            case Number(value):
                return self._context.mpf(repr(value))  # the decimal as written, not the nearest binary fraction
            case Constant(id):
                return +self._context.e if id == "e" else +self._context.pi
            case Name(id):
                return self._context.mpf(repr(point[id]))
            case Unary(_, _):
                return -below[0]
            case Binary(op, _, _):
                return self._functions[op](*below)
            case Call(function, _):
                return self._functions[function](*below)
        raise _UndefinedError

    def _bounded(self, value: Real) -> Real:
        """The value, its size noted. Raises _BeyondError."""
        if not self._context.isfinite(value):
            raise _BeyondError
        self._widest = max(self._widest, abs(self._context.mag(value)) if value else 0)
        if self._widest > _MOST_MAGNITUDE:
            raise _BeyondError
        return value

    def _table(self) -> dict[str, Callable[..., Real]]:
        mp = self._context
        return {
            "+": lambda a, b: a + b,
            "-": lambda a, b: a - b,
            "*": lambda a, b: a * b,
            "/": lambda a, b: a / b,
            "^": self._power,
            "exp": self._exp,
            "sigmoid": lambda x: 1 / (1 + self._exp(-x)),
            "tanh": lambda x: 1 - 2 / (1 + self._exp(2 * x)),
            "softplus": lambda x: mp.log(1 + self._exp(x)),
            "log": self._log,
            "log2": lambda x: self._log(x) / mp.log(2),
            "sqrt": self._sqrt,
            "abs": abs,
            "max": max,
            "min": min,
            "relu": lambda x: max(x, self.zero),
            "floor": lambda x: mp.floor(self._snapped(x)),
            "ceil": lambda x: mp.ceil(self._snapped(x)),
            "sign": mp.sign,
            "sin": lambda x: mp.sin(self._angle(x)),
            "cos": lambda x: mp.cos(self._angle(x)),
        }

    def _exp(self, x: Real) -> Real:
        if abs(x) > _MOST_MAGNITUDE // 2:
            raise _BeyondError
        return self._bounded(self._context.exp(x))

    def _log(self, x: Real) -> Real:
        if x <= 0:
            raise _UndefinedError
        return self._context.log(x)

    def _sqrt(self, x: Real) -> Real:
        if x < 0:
            raise _UndefinedError
        return self._context.sqrt(x)

    def _power(self, base: Real, exponent: Real) -> Real:
        """base^exponent among the real numbers; its size is known before it is computed."""
        if base == 0 and exponent < 0:
            raise _UndefinedError
        whole = self._context.isint(exponent)
        if base < 0 and not whole:
            raise _UndefinedError
        if base and abs(exponent * (abs(self._context.mag(base)) + 1)) > _MOST_MAGNITUDE:
            raise _BeyondError
        return self._context.power(base, int(exponent) if whole else exponent)

    def _angle(self, x: Real) -> Real:
        """An angle whose digits before the point leave some after it."""
        if x and self._context.mag(x) > _MOST_ANGLE_MAGNITUDE:
            raise _BeyondError
        return x

    def _snapped(self, x: Real) -> Real:
        """The nearest whole number, where only rounding keeps the value from it: a third of 3 times 3 is 3."""
        if x and self._context.mag(x) > self._context.prec:
            return x
        nearest = self._context.nint(x)
        near = self._context.ldexp(1, _SNAP_BITS - self._context.prec) * (1 + abs(x))
        return nearest if abs(x - nearest) < near else x
