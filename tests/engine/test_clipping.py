"""Gradient clipping: by value, by an array's norm, by the norm of all arrays together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quizdl.engine.clipping import clip_by_global_norm, clip_by_norm, clip_by_value

numbers = arrays(np.float64, st.integers(0, 6), elements=st.floats(-1e6, 1e6))


@given(numbers, st.floats(1e-3, 1e3))
def test_one_array_alone_is_clipped_alike_by_both_norms(gradient: np.ndarray, threshold: float) -> None:
    """The global norm of one array is its own."""
    together, norm = clip_by_global_norm({"W": gradient}, threshold)
    np.testing.assert_allclose(together["W"], clip_by_norm(gradient, threshold), rtol=1e-12)
    assert norm == pytest.approx(np.linalg.norm(gradient))


@given(numbers, numbers, st.floats(1e-3, 1e3))
def test_together_they_are_never_longer_than_the_threshold(W: np.ndarray, b: np.ndarray, threshold: float) -> None:
    """And both shrink by one rate, so that the direction stays; short ones are returned as they are."""
    clipped, norm = clip_by_global_norm({"W": W, "b": b}, threshold)
    length = np.sqrt(np.sum(clipped["W"] ** 2) + np.sum(clipped["b"] ** 2))
    assert length <= threshold * (1 + 1e-12)
    rate = min(1, threshold / norm) if norm else 1
    np.testing.assert_allclose(clipped["W"], rate * W, rtol=1e-12)
    np.testing.assert_allclose(clipped["b"], rate * b, rtol=1e-12)
    if norm <= threshold:
        np.testing.assert_array_equal(clipped["W"], W)


def test_a_norm_of_exactly_the_threshold_is_left_alone() -> None:
    """(3, 4) at 5 is the same to the last bit, in both precisions."""
    for dtype in (np.float32, np.float64):
        g = np.array([3, 4], dtype=dtype)
        np.testing.assert_array_equal(clip_by_norm(g, 5.0), g)
        np.testing.assert_array_equal(clip_by_global_norm({"W": g}, 5.0)[0]["W"], g)


def test_pytorchs_eps_clips_a_little_early_and_a_little_too_much() -> None:
    """(3, 4) at 5 with eps = 1 counts as 6 long: it becomes 5/6 of itself; the norm that is told is 5."""
    clipped, norm = clip_by_global_norm({"W": np.array([3.0, 4.0])}, 5.0, eps=1.0)
    np.testing.assert_allclose(clipped["W"], [2.5, 20 / 6])
    assert norm == 5


def test_zero_stays_zero() -> None:
    """Also at the threshold 0, where everything else becomes 0 too."""
    zeros = np.zeros((2, 3))
    np.testing.assert_array_equal(clip_by_norm(zeros, 0.0), zeros)
    np.testing.assert_array_equal(clip_by_global_norm({"W": zeros}, 0.0)[0]["W"], zeros)
    np.testing.assert_array_equal(clip_by_norm(np.ones(3), 0.0), np.zeros(3))
    np.testing.assert_array_equal(clip_by_value(np.ones(3), 0.0), np.zeros(3))


def test_float32_is_added_up_in_float64_and_stays_float32() -> None:
    """1e20² is ∞ in float32. The threshold may be NumPy's own float64."""
    g, threshold = np.full(4, 1e20, dtype=np.float32), np.float64(1.0)
    clipped = [clip_by_norm(g, threshold), clip_by_global_norm({"W": g}, threshold)[0]["W"]]
    for x in clipped:
        assert x.dtype == np.float32
        np.testing.assert_allclose(x, 0.5, rtol=1e-6)
    assert clip_by_value(g, threshold).dtype == np.float32


def test_clipping_by_value_turns_the_gradient_and_by_norm_does_not() -> None:
    """(3, −4) to 1: (1, −1) by value, (0.6, −0.8) by norm."""
    np.testing.assert_array_equal(clip_by_value([3, -4], 1), [1, -1])
    np.testing.assert_allclose(clip_by_norm([3, -4], 1), [0.6, -0.8])


def test_what_is_not_finite_goes_through_quietly() -> None:
    """NaN stays NaN; beside ∞ everything finite becomes 0, and ∞ itself NaN."""
    assert np.isnan(clip_by_norm([np.nan, 1.0], 0.5)).tolist() == [True, False]
    assert np.isnan(clip_by_norm([np.inf, 1.0], 0.5)).tolist() == [True, False]
    clipped, norm = clip_by_global_norm({"W": np.array([np.inf]), "b": np.ones(2)}, 0.5)
    assert norm == np.inf
    np.testing.assert_array_equal(clipped["b"], 0)
    assert np.isnan(clip_by_value([np.nan, np.inf], 0.5)).tolist() == [True, False]
