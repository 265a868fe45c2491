"""Causes that lie in where a range begins and ends: rows one too early, one too late, too few or too many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quizdl.grading.compare import Array, compare
from quizdl.grading.evidence import Failure
from quizdl.grading.leaf_rules import ENOUGH, Leaf, different, follows, offset_of, wrong_leaves
from quizdl.text import Text


def off_by_one(failures: Sequence[Failure]) -> Text | None:
    """Rows (or steps) that come one too early or too late, one too few or too many; whole numbers that are off by 1."""
    pairs = wrong_leaves(failures)
    offset = offset_of(pairs)
    if offset is not None and counts_by_one(pairs, offset) and follows(pairs, lambda key: key + offset):
        return Text(f"結果がどれも正解より {offset:+.0f} ずれています。", f"Every result is off by {offset:+.0f}.")
    for told, key_part, result_part in _SHIFTS:
        compared = [(_part_of(key, key_part), _part_of(result, result_part)) for key, result in pairs]
        fits = all(key.shape == result.shape and compare(key, result) is None for key, result in compared)
        if fits and all(_rows_differ_as_told(told, *pair) for pair in pairs):
            enough = different([key for key, _ in compared]) >= ENOUGH  # of a single row, nothing is left to compare
            return _SHIFTED[told] if enough else None
    return None


def counts_by_one(pairs: Sequence[Leaf], offset: float) -> bool:
    """Whether an offset is a step of 1 between whole numbers."""
    return abs(offset) == 1 and all(bool(np.all(key == np.round(key))) for key, _ in pairs)


def _part_of(array: Array, rows: slice) -> Array:
    """Some of the rows of an array; nothing of a number."""
    return array[rows] if array.ndim else array.ravel()[:0]


def _rows_differ_as_told(told: str, key: Array, result: Array) -> bool:
    if not key.ndim or key.ndim != result.ndim or key.shape[1:] != result.shape[1:]:
        return False
    return len(result) - len(key) == {"late": 0, "early": 0, "few": -1, "many": 1}[told]


_ALL, _BUT_FIRST, _BUT_LAST = slice(None), slice(1, None), slice(None, -1)
_SHIFTS = (
    ("late", _BUT_LAST, _BUT_FIRST),
    ("early", _BUT_FIRST, _BUT_LAST),
    ("few", _BUT_LAST, _ALL),
    ("few", _BUT_FIRST, _ALL),
    ("many", _ALL, _BUT_LAST),
    ("many", _ALL, _BUT_FIRST),
)
_SHIFTED = {
    "late": Text("結果の行が 1 つ後ろにずれています。", "The rows of the result come one too late."),
    "early": Text("結果の行が 1 つ前にずれています。", "The rows of the result come one too early."),
    "few": Text(
        "結果の行が端で 1 つ足りません。範囲の端を確認してください。",
        "A row at the end of the result is missing: check where the range ends.",
    ),
    "many": Text(
        "結果の行が端で 1 つ余分です。範囲の端を確認してください。",
        "There is a row too many at the end of the result: check where the range ends.",
    ),
}
