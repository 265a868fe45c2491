"""What rules about wrong results are made of: wrong elements beside their keys, ratios, offsets, enough evidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from quizdl.grading.compare import Array, compare
from quizdl.grading.evidence import Failure
from quizdl.text import Text

Leaf: TypeAlias = tuple[Array, Array]
"""A key and a result, element beside element."""

Cause: TypeAlias = Callable[[Sequence[Failure]], Text | None]
"""What to say of the failing cases where it explains them all, else None."""

ENOUGH = 3
"""Different entries it takes to believe in a rule: with one or two, chance fits many rules."""


def wrong_leaves(failures: Sequence[Failure]) -> list[Leaf]:
    """The wrong elements of the failures' results beside their keys, as decimals.

    Raises LookupError where a result is not built like its key.
    """
    return [leaf for failure in failures for leaf in failure.wrong_leaves]


def different(entries: Sequence[Array]) -> int:
    """How many different finite entries there are."""
    flat = np.concatenate([part.ravel() for part in entries]) if entries else np.empty(0)
    return int(np.unique(flat[np.isfinite(flat)]).size)


def follows(pairs: Sequence[Leaf], change: Callable[[Array], Array]) -> bool:
    """Whether every result is its key changed by one rule, seen on enough different entries."""
    if not all(key.shape == result.shape and compare(change(key), result) is None for key, result in pairs):
        return False
    return different([key[key != change(key)] for key, _ in pairs]) >= ENOUGH


def ratio_of(pairs: Sequence[Leaf]) -> float | None:
    """result/key at the largest entry of the keys; None where that says nothing."""
    largest = [(key.ravel()[place], result.ravel()[place]) for key, result in pairs for place in _largest(key, result)]
    key, result = max(largest, key=lambda pair: abs(pair[0]), default=(0.0, 0.0))
    ratio = float(np.real(result / key)) if key else 0.0
    return ratio if ratio and np.isfinite(ratio) else None


def _largest(key: Array, result: Array) -> list[int]:
    if key.shape != result.shape or not key.size:
        return []
    return [int(np.argmax(np.where(np.isfinite(key), np.abs(key), -1.0)))]


def offset_of(pairs: Sequence[Leaf]) -> float | None:
    """result − key at the first entry; None where that says nothing."""
    for key, result in pairs:
        if key.shape == result.shape and key.size:
            offset = float(np.real(result.ravel()[0] - key.ravel()[0]))
            return offset if offset and np.isfinite(offset) else None
    return None
