"""Decides whether a result equals the key: structure and shape first, then where NaN stands, then the values.

Python numbers, NumPy scalars and arrays without axes are one shape. A value may be off by
rtol·|expected| + 1e-3·rtol·max|expected|, with rtol 1e-6, or 1e-4 where the result is float32.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Reason = Literal["type", "length", "keys", "shape", "nan", "value"]

_SINGLE = (np.dtype("float32"), np.dtype("complex64"))


@dataclass(frozen=True, slots=True)
class Difference:
    """The first difference. `place` leads to the element of a tuple or dict, `index` to the entry of an array.

    expected, got: the two elements there (not entries), as arrays where both are numbers.
    """

    reason: Reason
    expected: object
    got: object
    place: tuple[int | str, ...] = ()
    index: tuple[int, ...] = ()


def compare(expected: object, got: object) -> Difference | None:
    """The first difference between a key and a result, None where the result is right.

    A tuple or list is compared element by element, a dict by its keys. A list of numbers stands for an array where the
    key is an array with axes; it never stands for a number.

    >>> compare(2.0, 2) is None
    True
    >>> compare((1.0, 2.0), [1.0, 3.0]).place
    (1,)
    """
    if type(expected) is np.ndarray and type(got) is np.ndarray and _are_the_same(expected, got):
        return None
    if isinstance(expected, tuple | list):
        return _sequences(expected, got)
    if isinstance(expected, dict):
        return _tables(expected, got)
    if (key := numeric(expected)) is not None:
        return _numbers(key, got)
    same = type(expected) is type(got) and expected == got
    return None if same else Difference("type", expected, got)


def numeric(value: object) -> Array | None:
    """A number or an array of numbers as an array, None for anything else.

    A whole number that no machine integer holds becomes the nearest float64, or infinity.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return np.asarray(_nearest(value))
    if isinstance(value, bool | float | complex | np.generic | np.ndarray):
        array = np.asarray(value)
        return array if array.dtype.kind in "biufc" else None
    return None


def array_like(value: object) -> Array | None:
    """Like `numeric`, and reads lists and tuples of numbers or equal arrays too; None where rows differ in length."""
    if not isinstance(value, list | tuple):
        return numeric(value)
    try:
        return numeric(np.array(value))
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None


def wrong_entries(expected: Array, got: Array) -> NDArray[np.bool_]:
    """Which entries differ by more than their tolerance. Both arrays have one shape."""
    rtol = 1e-4 if got.dtype in _SINGLE else 1e-6
    key, result = _wide(expected), _wide(got)
    with np.errstate(all="ignore"):
        size = np.abs(np.where(np.isfinite(key), key, 0))
        tolerance = rtol * size + 1e-3 * rtol * size.max(initial=0.0)
        right = (np.abs(result - key) <= tolerance) | (key == result) | (np.isnan(key) & np.isnan(result))
    return np.asarray(~right)


def _nearest(value: int) -> int | float:
    if -(2**63) <= value < 2**63:
        return value
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _wide(numbers: Array) -> Array:
    return numbers if numbers.dtype.kind == "c" else numbers.astype(np.float64, copy=False)


def _sequences(expected: tuple[object, ...] | list[object], got: object) -> Difference | None:
    if not isinstance(got, tuple | list):
        return Difference("type", expected, got)
    if len(got) != len(expected):
        return Difference("length", expected, got)
    for number, (key, result) in enumerate(zip(expected, got, strict=True)):
        if found := compare(key, result):
            return _inside(number, found)
    return None


def _tables(expected: dict[str, object], got: object) -> Difference | None:
    if not isinstance(got, dict):
        return Difference("type", expected, got)
    if expected.keys() != got.keys():
        return Difference("keys", expected, got)
    for name, key in expected.items():
        if found := compare(key, got[name]):
            return _inside(name, found)
    return None


def _inside(step: int | str, found: Difference) -> Difference:
    return replace(found, place=(step, *found.place))


def _numbers(expected: Array, got: object) -> Difference | None:
    result = array_like(got) if expected.ndim else numeric(got)
    if result is None:
        return Difference("type", expected, got)
    if result.shape != expected.shape:
        return Difference("shape", expected, result)
    if _plainly_right(expected, result):
        return None
    strays = np.isnan(expected) != np.isnan(result)
    if strays.any():
        return Difference("nan", expected, result, index=_first(strays))
    wrong = wrong_entries(expected, result)
    return Difference("value", expected, result, index=_first(wrong)) if wrong.any() else None


def _plainly_right(expected: Array, got: Array) -> bool:
    """Whether every entry lies within the least tolerance that any has, as in nearly every right result: cheap to see.

    Nothing follows where it is false: there may be an infinite entry, a NaN, or one that a larger tolerance allows.
    """
    if expected.dtype != np.float64 or got.dtype != np.float64 or not expected.size:
        return False
    with np.errstate(all="ignore"):
        most = float(np.abs(expected).max())
        return most < np.inf and bool(np.abs(got - expected).max() <= 1e-9 * most)


def _are_the_same(expected: Array, got: Array) -> bool:
    """Bit by bit, as in many a right result."""
    alike = expected.dtype == got.dtype and expected.shape == got.shape
    return alike and expected.dtype.kind in "biufc" and expected.tobytes() == got.tobytes()


def _first(flags: Array) -> tuple[int, ...]:
    return tuple(int(axis[0]) for axis in np.nonzero(np.atleast_1d(flags)))[: flags.ndim]
