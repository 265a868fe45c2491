"""Attention: what the weights are, and what happens where there is nothing to look at."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.engine.attention import (
    bahdanau_backward,
    bahdanau_forward,
    causal_mask,
    luong_forward,
    masked_softmax,
    scaled_dot_product_backward,
    scaled_dot_product_forward,
)


@given(st.integers(0, 2**32 - 1), st.floats(1e-3, 1e3))
def test_weights_are_a_distribution_over_what_may_be_looked_at(seed: int, scale: float) -> None:
    """Each row sums to 1 (or is 0 throughout, where nothing may be looked at), and masked entries are exactly 0."""
    rng = np.random.default_rng(seed)
    mask = rng.random((5, 4)) < 0.5
    alpha = masked_softmax(scale * rng.standard_normal((5, 4)), mask)
    np.testing.assert_allclose(alpha.sum(axis=-1), mask.any(axis=-1), atol=1e-12)
    assert np.all(alpha[~mask] == 0)


def test_a_row_that_may_look_nowhere_gives_zeros_and_stops_the_gradient() -> None:
    """Not NaN: neither its output nor its gradients may spoil the rest of the batch."""
    rng = np.random.default_rng(0)
    Q, K, V = rng.standard_normal((3, 2)), rng.standard_normal((4, 2)), rng.standard_normal((4, 2))
    mask = np.array([[True] * 4, [False] * 4, [True] * 4])
    (y, alpha), cache = scaled_dot_product_forward(Q, K, V, mask)
    assert np.all(y[1] == 0)
    assert np.all(alpha[1] == 0)
    gradients = scaled_dot_product_backward(np.ones_like(y), None, cache)
    assert np.all(gradients["Q"][1] == 0)
    assert all(np.all(np.isfinite(g)) for g in gradients.values())


def test_scores_of_minus_infinity_are_a_mask_too() -> None:
    """−∞ in a score gives the weight 0, and a row of −∞ gives zeros, without a mask and without a warning."""
    scores = np.array([[0.0, -np.inf, 0.0], [-np.inf, -np.inf, -np.inf]])
    np.testing.assert_array_equal(masked_softmax(scores), [[0.5, 0, 0.5], [0, 0, 0]])


def test_a_causal_mask_hides_the_future() -> None:
    """Changing a later key and value changes no earlier output."""
    rng = np.random.default_rng(1)
    Q, K, V = (rng.standard_normal((5, 3)) for _ in range(3))
    (before, _), _ = scaled_dot_product_forward(Q, K, V, causal_mask(5))
    K[3:], V[3:] = 100.0, 100.0
    (after, _), _ = scaled_dot_product_forward(Q, K, V, causal_mask(5))
    np.testing.assert_array_equal(before[:3], after[:3])
    assert not np.allclose(before[3:], after[3:])


def test_huge_scores_pick_the_best_key_without_a_warning() -> None:
    """Scores of ±1e6 would overflow exp; the weights are 0 and 1."""
    (y, alpha), _ = scaled_dot_product_forward(np.array([[1e3]]), np.array([[1e3], [-1e3]]), np.array([[1.0], [2.0]]))
    np.testing.assert_array_equal(alpha, [[1.0, 0.0]])
    np.testing.assert_array_equal(y, [[1.0]])


def test_luongs_dot_score_is_the_general_one_with_the_identity() -> None:
    """W = I changes nothing."""
    rng = np.random.default_rng(2)
    s, H = rng.standard_normal((2, 3)), rng.standard_normal((4, 2, 3))
    (dot, alpha), _ = luong_forward(s, H)
    (general, _), _ = luong_forward(s, H, np.eye(3))
    np.testing.assert_allclose(dot, general, rtol=1e-12)
    np.testing.assert_allclose(alpha.sum(axis=0), 1)


@pytest.mark.parametrize("T", [1, 4])
def test_equal_encoder_states_share_bahdanaus_attention_equally(T: int) -> None:
    """α = 1/T and the context is that state; with nothing to tell apart, s, W_s and v get no gradient."""
    rng = np.random.default_rng(3)
    H = np.broadcast_to(rng.standard_normal((1, 2, 3)), (T, 2, 3))
    arguments = rng.standard_normal((2, 5)), H, rng.standard_normal((5, 4)), rng.standard_normal((3, 4))
    (context, alpha), cache = bahdanau_forward(*arguments, rng.standard_normal(4))
    np.testing.assert_allclose(alpha, 1 / T)
    np.testing.assert_allclose(context, H[0])
    gradients = bahdanau_backward(np.ones_like(context), None, cache)
    for name in ("s", "W_s", "v"):
        np.testing.assert_allclose(gradients[name], 0, atol=1e-12)
