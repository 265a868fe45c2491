"""Checks of single arguments that `arrays.checked` does not make: plain numbers, sameness of shape, emptiness."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.arrays import Array, alike, real
from quizdl.engine.errors import RangeError, ShapeError, Words


def number(
    name: str, x: ArrayLike, low: float = -math.inf, high: float = math.inf, *, above: float | None = None
) -> float:
    """x as a plain float (which widens no float32), finite and from `low` to `high`; `above` itself is refused.

    Raises DTypeError for anything but a real number, ShapeError for an array of them, RangeError outside.
    """
    value = x if type(x) is float else _single(name, x)
    if math.isfinite(value) and low <= value <= high and (above is None or value > above):
        return value
    if above is not None:
        wanted = Words(f"{above:g} より大きい数", f"a number above {above:g}")
    elif math.isfinite(low) and math.isfinite(high):
        wanted = Words(f"{low:g} 以上 {high:g} 以下の数", f"a number from {low:g} to {high:g}")
    elif math.isfinite(low):
        wanted = Words(f"{low:g} 以上の数", f"a number of at least {low:g}")
    else:
        wanted = Words("有限の数", "a finite number")
    raise RangeError(name, f"{wanted.ja}が必要ですが、{value:g} です", f"expected {wanted.en}, found {value:g}")


def same(**arguments: ArrayLike) -> tuple[Array, ...]:
    """The arguments as floats of one dtype, once all have the shape of the first; nothing is broadcast.

    Whole numbers and truth values beside floats (labels, masks) take the first one's dtype, so that they widen nothing.
    Raises ShapeError, also for empty arrays (whose mean would be 0/0), or DTypeError.
    """
    (first, given), *others = arguments.items()
    x = real(given, first)
    if x.size == 0:
        raise ShapeError(first, f"{x.shape} は空です", f"{x.shape} is empty")
    arrays = [x]
    for name, given in others:
        y = real(given, name)
        same_shape(name, y.shape, first, x.shape)
        arrays.append(y.astype(x.dtype, copy=False) if np.asarray(given).dtype.kind in "iub" else y)
    return alike(*arrays)


def same_shape(name: str, found: tuple[int, ...], first: str, expected: tuple[int, ...]) -> None:
    """Raises ShapeError unless `name` has the shape that `first` asks of it."""
    if found != expected:
        raise ShapeError(
            name,
            f"{first} に合う形 {expected} が必要ですが、{found} です",
            f"expected {expected} to go with {first}, found {found}",
        )


def every(name: str, x: Array, low: float, high: float = math.inf) -> None:
    """Raises RangeError, with an entry that is outside, unless all are from `low` to `high`; NaN passes."""
    least, most = np.fmin.reduce(x, axis=None), np.fmax.reduce(x, axis=None)
    if least < low or most > high:
        found = float(least if least < low else most)
        ja, en = (
            (f"{low:g} 以上 {high:g} 以下", f"{low:g} to {high:g}")
            if math.isfinite(high)
            else (f"{low:g} 以上", f"at least {low:g}")
        )
        raise RangeError(name, f"{ja}の値が必要ですが、{found:g} があります", f"expected {en}, found {found:g}")


def along(x: ArrayLike, axis: int) -> Array:
    """x as floats, with at least one entry along an axis that it has. Raises ShapeError, RangeError or DTypeError."""
    x = real(x)
    if x.ndim == 0:
        raise ShapeError("x", "軸が必要ですが、数が 1 つだけです", "expected at least one axis, found a single number")
    if not -x.ndim <= axis < x.ndim:
        raise RangeError(
            "axis",
            f"{-x.ndim} から {x.ndim - 1} の軸番号が必要ですが、{axis} です",
            f"expected {-x.ndim} to {x.ndim - 1}, found {axis}",
        )
    if x.shape[axis] == 0:
        raise ShapeError("x", f"{x.shape} は軸 {axis} が空です", f"{x.shape} is empty along axis {axis}")
    return x


def _single(name: str, x: ArrayLike) -> float:
    found = real(x, name)
    if found.shape != ():
        raise ShapeError(
            name, f"1 つの数が必要ですが、形 {found.shape} の配列です", f"expected one number, found {found.shape}"
        )
    return float(found)
