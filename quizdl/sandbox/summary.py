"""Describes a value in a few plain numbers and words: a shape, a dtype, a range, whether it is finite.

Both sides use this file. The functions are taken from NumPy before any learner's code runs, so that its patches change
nothing here. What a learner's own class says of itself is never asked.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from quizdl.sandbox.values import type_name

_MOST_ENTRIES = 1 << 20  # a larger array is not read through for each line
_MOST_SHOWN = 6
_MOST_TEXT = 80
_NUMERIC = "biufc"

_asarray, _isnan, _isfinite, _min, _max, _sum = np.asarray, np.isnan, np.isfinite, np.min, np.max, np.sum
_ndarray, _generic = np.ndarray, np.generic


def summary(name: str, value: object) -> dict[str, Any]:
    """name, kind (`array`, `scalar`, `group`, `other`) and what there is to say of a value of that kind."""
    try:
        return {"name": name[:_MOST_TEXT], **_described(value)}
    except MemoryError:
        raise
    except Exception:  # a subclass of the learner's may raise from anything
        return {"name": name[:_MOST_TEXT], "kind": "other", "text": type_name(value)[:_MOST_TEXT]}


def _described(value: object) -> dict[str, Any]:
    if isinstance(value, _ndarray) and value.ndim:
        return _array(value)
    if isinstance(value, _generic | _ndarray):
        plain = _asarray(value)
        return {"kind": "scalar", "text": repr(plain.item())[:_MOST_TEXT], "dtype": plain.dtype.name[:_MOST_TEXT]}
    if value is None or type(value) in (bool, int, float, complex, str):
        return {"kind": "scalar", "text": _short(value), "dtype": type_name(value)}
    if type(value) in (list, tuple, dict):
        return _group(value)
    return {"kind": "other", "text": type_name(value)[:_MOST_TEXT]}


def _short(value: object) -> str:
    if type(value) is int and value.bit_length() > 256:
        return f"int of {value.bit_length()} bits"
    return repr(value[:_MOST_TEXT] if type(value) is str else value)[:_MOST_TEXT]


def _array(value: np.ndarray[Any, Any]) -> dict[str, Any]:
    plain = _asarray(value)
    said: dict[str, Any] = {
        "kind": "array",
        "shape": list(plain.shape),
        "dtype": str(plain.dtype.name)[:_MOST_TEXT],
    }
    if plain.dtype.kind not in _NUMERIC or not 0 < plain.size <= _MOST_ENTRIES:
        return said
    if plain.dtype.kind in "fc":
        nan, finite = _isnan(plain), _isfinite(plain)
        said |= {"nan": int(_sum(nan)), "infinite": int(plain.size - _sum(finite) - _sum(nan))}
        plain = plain[finite]
    if plain.dtype.kind != "c" and plain.size:
        said |= {"low": _number(_min(plain)), "high": _number(_max(plain))}
    if 0 < value.size <= _MOST_SHOWN:
        said["text"] = " ".join(np.array2string(_asarray(value), precision=4, separator=", ").split())[:_MOST_TEXT]
    return said


def _number(entry: Any) -> float:
    return float(entry)


def _group(value: Any) -> dict[str, Any]:
    """A list, tuple or dict: how many there are, and the form of the first few."""
    items = list(value.values()) if type(value) is dict else list(value)
    forms = ", ".join(_form(item) for item in items[:3])
    more = ", …" if len(items) > 3 else ""
    return {"kind": "group", "text": f"{type_name(value)}[{len(items)}]: {forms}{more}"[:_MOST_TEXT]}


def _form(item: object) -> str:
    if isinstance(item, _ndarray):
        return str(item.shape)
    return _short(item) if item is None or type(item) in (bool, int, float) else type_name(item)
