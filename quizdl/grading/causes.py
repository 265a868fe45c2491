"""Generic causes of wrong results: transposed, the wrong sign, a missing factor, nothing returned, …

A false cause is worse than none: one is named only where it explains every failing input and no other does as well.
Each cause is a function from the failing cases to what to say, None where it does not explain them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import permutations

import numpy as np

from quizdl.grading.compare import Array, compare
from quizdl.grading.evidence import Failure, leaves
from quizdl.grading.leaf_rules import ENOUGH, Cause, Leaf, different, follows, offset_of, ratio_of, wrong_leaves
from quizdl.grading.row_causes import counts_by_one, off_by_one
from quizdl.grading.size_causes import by_size, sample_variance
from quizdl.text import Text

_MOST_RESULTS = 5
_MOST_DECIMALS = 6


def generic_cause(failures: Sequence[Failure], printed: str = "") -> tuple[str, Text] | None:
    """The id and the sentence of the one cause that explains all failures; None where none or several do."""
    found = fitting_causes(failures, printed)
    return next(iter(found.items())) if len(found) == 1 else None


def fitting_causes(failures: Sequence[Failure], printed: str = "") -> dict[str, Text]:
    """Every cause that explains all failures by the results alone: its id and its sentence.

    printed: what the code wrote on the cases that may be shown, which come first.
    """
    if not failures or any(failure.error is not None for failure in failures):
        return {}
    if all(failure.got is None for failure in failures):
        return dict([_nothing_returned(failures, printed)])
    with np.errstate(all="ignore"):
        tried = {f"generic:{name}": _tried(cause, failures) for name, cause in _CAUSES.items()}
    return {name: text for name, text in tried.items() if text is not None}


def _tried(cause: Cause, failures: Sequence[Failure]) -> Text | None:
    try:
        return cause(failures)
    except LookupError:  # a result is not built like its key
        return None


def _nothing_returned(failures: Sequence[Failure], printed: str) -> tuple[str, Text]:
    shown = [failure for failure in failures if failure.case.edge]
    if shown and all(_mentions(printed, failure.expected) for failure in shown):
        return "generic:prints_instead", Text(
            "正しい値を表示していますが、返していません。print ではなく return を使います。",
            "The right value is printed, not returned: use `return` instead of `print`.",
        )
    return "generic:no_return", Text(
        "None が返っています。return を忘れていませんか。", "It returns None: is a `return` missing?"
    )


def _mentions(printed: str, value: object) -> bool:
    written = "".join(printed.split())
    return any("".join(form.split()) in written for form in (str(value), repr(value)))


# --- the right numbers, laid out differently ----------------------------------------------------------------------


def _layout(arrange: Callable[[Array, Array], Array | None], text: Text) -> Cause:
    """`arrange` lays the key out as the result would be, None where it cannot."""

    def explains(key: Array, result: Array) -> bool:
        laid_out = arrange(key, result)
        return laid_out is not None and compare(laid_out, result) is None

    def cause(failures: Sequence[Failure]) -> Text | None:
        pairs = wrong_leaves(failures)
        enough = different([key for key, _ in pairs]) >= ENOUGH
        return text if enough and all(explains(*leaf) for leaf in pairs) else None

    return cause


def _flattened(key: Array, result: Array) -> Array | None:
    return key.ravel() if key.ndim > 1 and result.ndim == 1 else None


def _axis_of_one(key: Array, result: Array) -> Array | None:
    alike = key.shape != result.shape and key.squeeze().shape == result.squeeze().shape
    return key.reshape(result.shape) if alike else None


def _transposed(key: Array, result: Array) -> Array | None:
    return key.T if key.ndim > 1 else None


def _reversed(key: Array, result: Array) -> Array | None:
    return key[::-1] if key.ndim else None


def _results_swapped(failures: Sequence[Failure]) -> Text | None:
    expected = failures[0].expected
    count = len(expected) if isinstance(expected, tuple) else 0
    if not 2 <= count <= _MOST_RESULTS or different([key for key, _ in _all_leaves(failures)]) < ENOUGH:
        return None
    fitting = [order for order in permutations(range(count)) if all(_in_order(failure, order) for failure in failures)]
    if len(fitting) != 1:
        return None
    return Text("返す値の順番が入れ替わっています。", "The values are right, but returned in another order.")


def _all_leaves(failures: Sequence[Failure]) -> Iterator[Leaf]:
    for failure in failures:
        yield from leaves(failure.expected, failure.got)


def _in_order(failure: Failure, order: tuple[int, ...]) -> bool:
    expected, got = failure.expected, failure.got
    if not isinstance(expected, tuple) or not isinstance(got, tuple | list) or len(got) != len(expected):
        return False
    return compare(tuple(expected[number] for number in order), got) is None


def _returned_input(failures: Sequence[Failure]) -> Text | None:
    if different([key for key, _ in _all_leaves(failures)]) < ENOUGH:
        return None
    for name in failures[0].case.inputs:
        if all(compare(failure.case.inputs[name], failure.got) is None for failure in failures):
            return Text(f"引数 {name} がそのまま返っています。", f"It returns its argument `{name}` unchanged.")
    return None


# --- entries changed by one rule ----------------------------------------------------------------------------------


def _values(change: Callable[[Array], Array], text: Text) -> Cause:
    """Every entry changed by the same rule, seen on enough different entries."""

    def cause(failures: Sequence[Failure]) -> Text | None:
        return text if follows(wrong_leaves(failures), change) else None

    return cause


def _half_precision(failures: Sequence[Failure]) -> Text | None:
    if not all(result.dtype == np.float16 and _near(key, result) for key, result in wrong_leaves(failures)):
        return None
    return Text(
        "結果が float16 なので、桁が足りません。float32 か float64 で計算してください。",
        "The result is float16, which has too few digits: compute in float32 or float64.",
    )


def _near(key: Array, result: Array) -> bool:
    if key.shape != result.shape:
        return False
    return bool(np.allclose(result.astype(np.float64), key, rtol=2e-2, atol=2e-2 * np.abs(key).max(initial=0.0)))


def _round(decimals: int, key: Array) -> Array:
    return np.asarray(np.round(key, decimals))


def _rounded(failures: Sequence[Failure]) -> Text | None:
    pairs = wrong_leaves(failures)
    for decimals in range(_MOST_DECIMALS + 1):
        if follows(pairs, partial(_round, decimals)):
            return Text(
                f"結果が小数第 {decimals} 位までに丸められています。丸めずに返してください。",
                f"The result is rounded to {decimals} decimals: return it unrounded.",
            )
    return None


def _factor(failures: Sequence[Failure]) -> Text | None:
    pairs = wrong_leaves(failures)
    ratio = ratio_of(pairs)
    if ratio is None or np.isclose(abs(ratio), 1) or not follows(pairs, lambda key: key * ratio):
        return None
    return Text(f"結果がどれも正解の {ratio:.4g} 倍です。", f"Every result is {ratio:.4g} times the right one.")


def _constant_offset(failures: Sequence[Failure]) -> Text | None:
    pairs = wrong_leaves(failures)
    offset = offset_of(pairs)
    if offset is None or not follows(pairs, lambda key: key + offset) or counts_by_one(pairs, offset):
        return None
    return Text(f"結果がどれも正解より {offset:+.4g} ずれています。", f"Every result is off by {offset:+.4g}.")


def _integer_division(failures: Sequence[Failure]) -> Text | None:
    """Decimals are cut as `//` cuts them: downwards, and the result may still be a float."""
    pairs = wrong_leaves(failures)
    if not follows(pairs, np.floor) or all(result.dtype.kind in "iu" and not np.any(key < 0) for key, result in pairs):
        return None
    return Text(
        "結果が整数に切り下げられています。// ではなく / で割ってください。",
        "The result is rounded down to a whole number: divide by `/`, not by `//`.",
    )


def _truncated(failures: Sequence[Failure]) -> Text | None:
    """Decimals are cut as a conversion to whole numbers cuts them: towards zero."""
    pairs = wrong_leaves(failures)
    whole = all(result.dtype.kind in "iu" for _, result in pairs)
    if not follows(pairs, np.trunc) or not (whole or any(np.any(key < 0) for key, _ in pairs)):
        return None
    return Text("結果の小数部が切り捨てられています。", "The result lacks its decimals.")


_CAUSES: dict[str, Cause] = {
    "transposed": _layout(_transposed, Text("結果が転置されています。", "The result is transposed.")),
    "reversed": _layout(
        _reversed, Text("結果の先頭の軸が逆順です。", "The result is in reverse order along its first axis.")
    ),
    "flattened": _layout(
        _flattened,
        Text("値は合っていますが、1 次元に潰れています。", "The values are right, but flattened to one axis."),
    ),
    "axis_of_one": _layout(
        _axis_of_one,
        Text(
            "値は合っていますが、長さ 1 の軸が余分か、足りません。",
            "The values are right, but an axis of length 1 is missing or too many.",
        ),
    ),
    "results_swapped": _results_swapped,
    "returned_input": _returned_input,
    "float16": _half_precision,
    "rounded": _rounded,
    "truncated": _truncated,
    "integer_division": _integer_division,
    "off_by_one": off_by_one,
    "sign": _values(np.negative, Text("結果の符号が逆です。", "The result has the opposite sign.")),
    "factor": _factor,
    "constant_offset": _constant_offset,
    "sum_not_mean": by_size(
        1,
        lambda name: Text(
            f"結果が正解の「{name} の個数」倍です。平均を取り忘れていませんか。",
            f"The result is larger by a size of `{name}`: is a mean missing?",
        ),
    ),
    "mean_not_sum": by_size(
        -1,
        lambda name: Text(
            f"結果が「{name} の個数」で割られています。平均ではなく和ではありませんか。",
            f"The result is divided by a size of `{name}`: should it be a sum, not a mean?",
        ),
    ),
    "sample_variance": sample_variance,
    "reciprocal": _values(
        np.reciprocal, Text("結果が正解の逆数です。", "The result is the reciprocal of the right one.")
    ),
    "complement": _values(
        lambda key: 1 - key, Text("結果が「1 − 正解」になっています。", "The result is 1 minus the right one.")
    ),
    "squared": _values(np.square, Text("結果が正解の 2 乗です。", "The result is the square of the right one.")),
    "square_root": _values(
        np.sqrt, Text("結果が正解の平方根です。", "The result is the square root of the right one.")
    ),
    "absolute": _values(np.abs, Text("結果が正解の絶対値です。", "The result is the absolute value of the right one.")),
}
