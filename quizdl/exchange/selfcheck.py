"""What a notebook's checks run: this file, as it is, is the notebook's first code cell. It needs NumPy alone."""

from typing import Any

import numpy as np

MOST_SHOWN = 3


def check(function: Any, examples: Any, words: Any) -> None:
    """Calls `function` with each example's inputs and prints which results are right; never raises.

    examples: (inputs by name, expected). words: (right, wrong, raised), each with two places to fill.
    """
    right, wrong, raised = words
    passed = said = 0
    for number, (inputs, expected) in enumerate(examples, 1):
        shown = ", ".join(f"{name}={value!r}" for name, value in inputs.items())
        try:
            with np.errstate(all="ignore"):
                got = function(*[_copied(value) for value in inputs.values()])
            trouble = wrong.format(number, f"{shown}\n  expected {expected!r}\n  got      {got!r}")
            if equal(expected, got):
                passed, trouble = passed + 1, ""
        except Exception as error:
            trouble = raised.format(number, f"{type(error).__name__}: {error}")
        if trouble and said < MOST_SHOWN:
            print(trouble)
            said += 1
    print(right.format(passed, len(examples)))


def equal(expected: Any, got: Any) -> bool:
    """Whether a result is right: structure and shape, then each number within 1e-6 (1e-4 for float32)."""
    if isinstance(expected, (tuple, list)):
        sequence = isinstance(got, (tuple, list)) and len(got) == len(expected)
        return sequence and all(map(equal, expected, got))
    if isinstance(expected, dict):
        return isinstance(got, dict) and expected.keys() == got.keys() and all(equal(expected[k], got[k]) for k in got)
    if isinstance(expected, str) or expected is None:
        return type(expected) is type(got) and expected == got
    try:
        if np.asarray(expected).dtype == object:  # a whole number larger than an array holds
            return bool(expected == got)
        key, result = np.asarray(expected) + 0, np.asarray(got) + 0  # true and false become numbers
        if key.shape != result.shape or result.dtype.kind not in "biufc":
            return False
        rtol = 1e-4 if result.dtype == np.float32 else 1e-6
        with np.errstate(all="ignore"):
            size = np.abs(np.where(np.isfinite(key), key, 0))
            close = np.abs(result - key) <= rtol * size + 1e-3 * rtol * size.max(initial=0.0)
        return bool(np.all(close | (key == result) | (np.isnan(key) & np.isnan(result))))
    except (TypeError, ValueError):
        return False


def _copied(value: Any) -> Any:
    """The value, so that a function which changes its inputs does not change the examples."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, (list, tuple)):
        return type(value)(map(_copied, value))
    return value
