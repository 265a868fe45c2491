"""Says what is wrong with one failing case: what came back, its shape, dtype, NaN, first bad index, errors, ratio."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np

from quizdl.grading.compare import Array, Difference, array_like, compare
from quizdl.grading.evidence import Failure
from quizdl.grading.leaf_rules import ratio_of
from quizdl.grading.printed import short, short_pair
from quizdl.model import GradientOf
from quizdl.text import Text, same


def diagnose(failure: Failure, gradient: GradientOf | None = None) -> list[Text]:
    """At most three sentences about this case, the most useful first. gradient: what the results are gradients of."""
    if failure.error is not None:
        return [failure.error]
    if failure.difference is None:
        return []
    if failure not in _TOLD_OF:
        told = _TOLD[failure.difference.reason](failure.difference)
        _TOLD_OF[failure] = told, [*_measured(failure), *_dtype(failure.difference)]
    told, further = _TOLD_OF[failure]
    return [_where(failure.difference, told, gradient), *further]


_TOLD_OF: WeakKeyDictionary[Failure, tuple[Text, list[Text]]] = WeakKeyDictionary()
"""Many submissions may share a failure, as long as that is known of."""


def _where(difference: Difference, told: Text, gradient: GradientOf | None) -> Text:
    """Which element of which result is spoken of."""
    if not difference.place:
        return Text(f"示した入力では、{told.ja}", f"On the input shown, {told.en}")
    path = "".join(f"[{step!r}]" for step in difference.place)
    step = difference.place[0]
    wrt = gradient.wrt if gradient is not None else ()
    name = wrt[step] if isinstance(step, int) and step < len(wrt) else ""
    said = Text(f"({name} の勾配)", f" (the gradient of {name})") if name else same("")
    return Text(
        f"示した入力では、返り値の {path}{said.ja} の{told.ja}",
        f"On the input shown, in element {path} of the result{said.en}, {told.en}",
    )


def described(value: object) -> Text:
    """What kind of thing a value is: `an array of shape (2, 3)`, `a tuple of 2`, `None`."""
    if isinstance(value, tuple | list) and array_like(value) is None:
        kind = type(value).__name__
        return Text(f"{len(value)} 個の {kind}", f"a {kind} of {len(value)}")
    array = array_like(value)
    if array is None:
        return same(short(value))
    if not array.ndim:
        return Text(f"数 {short(value)}", f"the number {short(value)}")
    return Text(f"形 {array.shape} の配列", f"an array of shape {array.shape}")


def _type(difference: Difference) -> Text:
    wanted, got = _wanted(difference.expected), described(difference.got)
    return Text(
        f"{wanted.ja}を返すはずですが、{got.ja} が返りました。", f"it should return {wanted.en}, but returned {got.en}."
    )


def _wanted(expected: object) -> Text:
    """The kind of thing that is right, without its value."""
    if isinstance(expected, tuple | list):
        return Text(f"{len(expected)} 個の値の組", f"a tuple of {len(expected)}")
    if isinstance(expected, np.ndarray) and not expected.ndim:
        return Text("数", "a number")
    return described(expected)


def _length(difference: Difference) -> Text:
    wanted, got = _wanted(difference.expected), described(difference.got)
    return Text(f"{wanted.ja}を返すはずですが、{got.ja}です。", f"it should return {wanted.en}, but returned {got.en}.")


def _keys(difference: Difference) -> Text:
    wanted, got = (", ".join(map(short, value)) if isinstance(value, dict) else "" for value in _both(difference))
    return Text(f"辞書のキーは {wanted} のはずですが、{got} です。", f"the keys should be {wanted}, but are {got}.")


def _both(difference: Difference) -> tuple[object, object]:
    return difference.expected, difference.got


def _shape(difference: Difference) -> Text:
    wanted, got = (np.asarray(value).shape for value in _both(difference))
    return Text(f"形は {wanted} のはずですが、{got} です。", f"the shape should be {wanted}, but is {got}.")


def _nan(difference: Difference) -> Text:
    place = _at(difference)
    if np.isnan(_entry(difference.got, difference.index)):
        return Text(f"{place.ja}が NaN になっています。", f"it is NaN{place.en}, where the right result is not.")
    return Text(f"{place.ja}は NaN のはずです。", f"it should be NaN{place.en}, but is not.")


def _value(difference: Difference) -> Text:
    place = _at(difference)
    wanted, got = short_pair(*(_entry(value, difference.index) for value in _both(difference)))
    return Text(f"{place.ja}は {wanted} のはずですが、{got} です。", f"it should be {wanted}{place.en}, but is {got}.")


def _at(difference: Difference) -> Text:
    if not difference.index:
        return Text("値", "")
    return Text(f"添字 {list(difference.index)} の値", f" at index {list(difference.index)}")


def _entry(value: object, index: tuple[int, ...]) -> Array:
    return np.asarray(np.asarray(value)[index])


_TOLD = {"type": _type, "length": _length, "keys": _keys, "shape": _shape, "nan": _nan, "value": _value}


def _measured(failure: Failure) -> list[Text]:
    """The largest errors, and the ratio where it is the same in every entry."""
    if failure.difference is None or failure.difference.reason != "value":
        return []
    key, result = np.asarray(failure.difference.expected, dtype=float), np.asarray(failure.difference.got)
    if key.size < 2:
        return []
    with np.errstate(all="ignore"):
        ratio = ratio_of([(key, result)])
        if ratio is not None and compare(key * ratio, result) is None:
            return [Text(f"どの要素も正解の {ratio:.6g} 倍です。", f"Every entry is {ratio:.6g} times the right one.")]
        return [_errors(key, result)]


def _errors(key: Array, result: Array) -> Text:
    """The largest absolute error, and the largest relative one where no wrong entry's key is zero."""
    absolute = np.abs(np.where(key == result, 0.0, result - key))
    relative = np.where(absolute == 0, 0.0, absolute / np.abs(key)).max()
    ja, en = (f"、相対 {relative:.3g}", f", {relative:.3g} relative") if np.isfinite(relative) else ("", "")
    return Text(
        f"誤差は最大で絶対 {absolute.max():.3g}{ja} です。", f"The largest error is {absolute.max():.3g} absolute{en}."
    )


def _dtype(difference: Difference) -> list[Text]:
    """A word on dtypes that lose digits, where the key has decimals."""
    result, key = array_like(difference.got), array_like(difference.expected)
    if result is None or key is None or difference.reason != "value":
        return []
    if result.dtype.kind in "iub" and np.any(key != np.round(key)):
        kind = result.dtype
        return [Text(f"dtype が {kind} なので、小数が失われます。", f"Its dtype is {kind}: decimals are lost.")]
    if result.dtype == np.float16:
        return [Text("dtype が float16 です。", "Its dtype is float16.")]
    return []
