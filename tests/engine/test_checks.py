"""What single arguments are told: the number that was found, and what was asked for, in both languages."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from quizdl.engine.checks import along, every, number, same
from quizdl.engine.errors import ArgumentError

TOLD: list[tuple[Callable[[], object], str, str]] = [
    (
        lambda: number("p", 1.5, 0.0, 1.0),
        "p: expected a number from 0 to 1, found 1.5",
        "p: 0 以上 1 以下の数が必要ですが、1.5 です",
    ),
    (
        lambda: number("eps", -1, 0.0),
        "eps: expected a number of at least 0, found -1",
        "eps: 0 以上の数が必要ですが、-1 です",
    ),
    (
        lambda: number("delta", 0, above=0.0),
        "delta: expected a number above 0, found 0",
        "delta: 0 より大きい数が必要ですが、0 です",
    ),
    (
        lambda: number("alpha", math.nan),
        "alpha: expected a finite number, found nan",
        "alpha: 有限の数が必要ですが、nan です",
    ),
    (
        lambda: number("p", [1.0, 2.0]),
        "p: expected one number, found (2,)",
        "p: 1 つの数が必要ですが、形 (2,) の配列です",
    ),
    (
        lambda: every("y", np.array([0.5, -2.0]), 0.0, 1.0),
        "y: expected 0 to 1, found -2",
        "y: 0 以上 1 以下の値が必要ですが、-2 があります",
    ),
    (
        lambda: every("y", np.array([0.5, 2.0]), 0.0, 1.0),
        "y: expected 0 to 1, found 2",
        "y: 0 以上 1 以下の値が必要ですが、2 があります",
    ),
    (
        lambda: every("var", np.array([-3.0]), 0.0),
        "var: expected at least 0, found -3",
        "var: 0 以上の値が必要ですが、-3 があります",
    ),
    (
        lambda: same(y=np.zeros((2, 3)), t=np.zeros(3)),
        "t: expected (2, 3) to go with y, found (3,)",
        "t: y に合う形 (2, 3) が必要ですが、(3,) です",
    ),
    (lambda: same(y=np.zeros((0, 3)), t=np.zeros((0, 3))), "y: (0, 3) is empty", "y: (0, 3) は空です"),
    (
        lambda: along(np.zeros((2, 3)), 2),
        "axis: expected -2 to 1, found 2",
        "axis: -2 から 1 の軸番号が必要ですが、2 です",
    ),
    (lambda: along(np.zeros((2, 0)), 1), "x: (2, 0) is empty along axis 1", "x: (2, 0) は軸 1 が空です"),
]


@pytest.mark.parametrize(("call", "en", "ja"), TOLD, ids=[en for _, en, _ in TOLD])
def test_an_error_says_what_was_asked_for_and_what_was_found(call: Callable[[], object], en: str, ja: str) -> None:
    """The same values in both languages."""
    with pytest.raises(ArgumentError) as caught:
        call()
    assert str(caught.value) == en
    assert caught.value.ja == ja


def test_what_is_allowed_comes_back_as_a_plain_float() -> None:
    """Bounds are included; NumPy's numbers lose their dtype, so that they widen nothing."""
    for x in (0, 1, 0.5, np.float64(1), np.array(0.0), True):
        assert type(number("p", x, 0.0, 1.0)) is float
    every("y", np.array([0.0, 1.0, np.nan]), 0.0, 1.0)


def test_labels_take_the_dtype_of_what_they_stand_beside() -> None:
    """Whole numbers and truth values widen no float32; floats are never narrowed."""
    y = np.zeros(2, dtype=np.float32)
    for t, dtype in (([0, 1], np.float32), ([True, False], np.float32), ([0.5, 1.0], np.float64)):
        assert {x.dtype for x in same(y=y, t=t)} == {np.dtype(dtype)}
