"""Causes that follow a size of an argument: a mean that is a sum, a sum that is a mean, n − 1 for n."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from quizdl.grading.compare import Array, compare
from quizdl.grading.evidence import Failure
from quizdl.grading.leaf_rules import Cause, ratio_of, wrong_leaves
from quizdl.text import Text

_SIZES: tuple[Callable[[Array], int], ...] = (
    lambda array: array.size,
    lambda array: array.shape[0],
    lambda array: array.shape[-1],
)


def by_size(power: int, told: Callable[[str], Text]) -> Cause:
    """Every result is its key times (power 1) or divided by (power -1) a size of one argument."""

    def cause(failures: Sequence[Failure]) -> Text | None:
        ratios = [ratio_of(wrong_leaves([failure])) for failure in failures]
        known = [ratio for ratio in ratios if ratio is not None]
        if len(known) < len(failures) or len(np.unique(np.round(known, 6))) < 2:
            return None
        if not all(map(_is_multiple, failures, known)):
            return None
        names = [name for name in failures[0].case.inputs if _is_size(failures, name, np.power(known, float(power)))]
        return told(", ".join(names)) if names else None

    return cause


def sample_variance(failures: Sequence[Failure]) -> Text | None:
    """The ratio is n/(n − 1), or its root, for a size n of one argument: the divisor was n − 1."""
    ratios = [ratio_of(wrong_leaves([failure])) for failure in failures]
    known = [ratio for ratio in ratios if ratio is not None]
    if len(known) < len(failures) or len(np.unique(np.round(known, 6))) < 2:
        return None
    if not all(map(_is_multiple, failures, known)):
        return None
    for power in (1, 2, -1, -2):  # the variance, its root, and what is divided by them
        divided = np.power(known, float(power))
        if any(_is_size(failures, name, divided / (divided - 1)) for name in failures[0].case.inputs):
            return Text(
                "n ではなく n − 1 で割った値(標本の不偏分散)と一致します。ここでは n で割ります。",
                "It equals the value with n − 1 as the divisor (the sample variance); here the divisor is n.",
            )
    return None


def _is_multiple(failure: Failure, ratio: float) -> bool:
    return all(
        key.shape == result.shape and compare(key * ratio, result) is None for key, result in wrong_leaves([failure])
    )


def _is_size(failures: Sequence[Failure], name: str, ratios: Array) -> bool:
    arrays = [value for failure in failures if isinstance(value := failure.case.inputs[name], np.ndarray)]
    if len(arrays) < len(failures) or not all(array.ndim for array in arrays):
        return False
    return any(np.allclose([size(array) for array in arrays], ratios, rtol=1e-6) for size in _SIZES)
