"""Short printed forms of values for a learner: sanitised, on one line, at most 200 characters."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from quizdl.grading.compare import numeric
from quizdl.sanitise import printable

_LONGEST = 200
_LEAVE_OUT_ABOVE = 24
_USUAL_DTYPES = ("float64", "int64", "bool")


def short(value: object, digits: int = 4) -> str:
    """`value` as a person would type it; an unusual dtype, or the shape of what is cut, is said behind.

    >>> short((2.0, [1, "a"]))
    "(2.0, [1, 'a'])"
    """
    return printable(" ".join(_form(value, digits).split()), limit=_LONGEST)


def short_pair(expected: object, got: object) -> tuple[str, str]:
    """Both printed, with as many digits as it takes to see that they differ."""
    for digits in (4, 8, 17):
        forms = short(expected, digits), short(got, digits)
        if forms[0] != forms[1]:
            break
    return forms


def short_difference(expected: object, got: object) -> str:
    """got − expected, element by element; nothing where that is no number."""
    if isinstance(expected, tuple | list):
        if not isinstance(got, tuple | list) or len(got) != len(expected):
            return ""
        parts = [short_difference(key, result) for key, result in zip(expected, got, strict=True)]
        return f"({', '.join(parts)})" if all(parts) else ""
    key, result = numeric(expected), numeric(got)
    if key is None or result is None or key.shape != result.shape or "b" in (key.dtype.kind, result.dtype.kind):
        return ""
    with np.errstate(all="ignore"):
        return short(np.asarray(np.where(key == result, 0, result - key)) + 0)


def _form(value: object, digits: int) -> str:
    number = numeric(value)
    if number is not None:
        return _array(number, digits) if number.ndim else _scalar(number, digits)
    if isinstance(value, tuple):
        return _joined(value, digits, "({})" if len(value) != 1 else "({},)")
    if isinstance(value, list):
        return _joined(value, digits, "[{}]")
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {_form(item, digits)}" for key, item in value.items()) + "}"
    if value is None or isinstance(value, str | bytes):
        return repr(value)
    return str(getattr(value, "description", type(value).__name__))


def _joined(values: tuple[object, ...] | list[object], digits: int, brackets: str) -> str:
    return brackets.format(", ".join(_form(item, digits) for item in values[:_LEAVE_OUT_ABOVE]))


def _scalar(number: NDArray[Any], digits: int) -> str:
    return _entry(number.item(), digits) + _dtype(number)


def _array(array: NDArray[Any], digits: int) -> str:
    form = np.array2string(
        array,
        separator=", ",
        threshold=_LEAVE_OUT_ABOVE,
        edgeitems=2,
        formatter={"all": lambda entry: _entry(np.asarray(entry).item(), digits)},
    )
    cut = array.size > _LEAVE_OUT_ABOVE or not array.size
    return form + (f" {array.shape}" if cut else "") + _dtype(array)


def _entry(entry: object, digits: int) -> str:
    return repr(float(f"{entry:.{digits + 1}g}")) if isinstance(entry, float) else str(entry)


def _dtype(array: NDArray[Any]) -> str:
    name = array.dtype.name
    return "" if name in _USUAL_DTYPES else f" ({name})"
