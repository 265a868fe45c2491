"""Attention: what the weights are, what happens where there is nothing to look at, and where words stand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.engine.attention import (
    bahdanau_backward,
    bahdanau_forward,
    causal_mask,
    luong_concat_forward,
    luong_forward,
    masked_softmax,
    padding_mask,
    scaled_dot_product_backward,
    scaled_dot_product_forward,
)
from quizdl.engine.multi_head import (
    join_heads,
    multi_head_attention_backward,
    multi_head_attention_forward,
    split_heads,
)
from quizdl.engine.positional import positional_encoding, relative_buckets


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


def test_luongs_concatenation_is_bahdanaus_score_with_both_matrices_in_one() -> None:
    """W's upper rows are W_s, its lower ones W_h."""
    rng = np.random.default_rng(4)
    s, H, W, v = (rng.standard_normal(shape) for shape in ((2, 3), (4, 2, 5), (8, 6), (6,)))
    for ours, theirs in zip(
        luong_concat_forward(s, H, W, v)[0], bahdanau_forward(s, H, W[:3], W[3:], v)[0], strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_a_worked_example_of_scaled_dot_product_attention() -> None:
    """By hand: scores (ln 3)/1 and 0 give the weights ¾ and ¼, so y = ¾·4 + ¼·8 = 5; dV is the weights."""
    Q, K, V = np.array([[math.log(3)]]), np.array([[1.0], [0.0]]), np.array([[4.0], [8.0]])
    (y, alpha), cache = scaled_dot_product_forward(Q, K, V)
    np.testing.assert_allclose(alpha, [[0.75, 0.25]])
    np.testing.assert_allclose(y, [[5.0]])
    gradients = scaled_dot_product_backward(np.ones((1, 1)), None, cache)
    np.testing.assert_allclose(gradients["V"], [[0.75], [0.25]])
    np.testing.assert_allclose(gradients["Q"], [[0.75 * (4 - 5)]])  # ds = α(dα − Σ α dα), dQ = ds K


def test_masks_of_padding_and_of_the_future_go_together() -> None:
    """By hand, for lengths 1 and 3: the queries before the end see the past as far as it is not padding."""
    both = causal_mask(3) & padding_mask([1, 3], 3)
    np.testing.assert_array_equal(both[0], [[1, 0, 0], [1, 0, 0], [1, 0, 0]])
    np.testing.assert_array_equal(both[1], [[1, 0, 0], [1, 1, 0], [1, 1, 1]])
    np.testing.assert_array_equal(padding_mask([0, 2], 2), [[[False, False]], [[True, True]]])


@pytest.mark.parametrize("kind", [bool, int, float, list])
def test_a_mask_may_be_of_truth_values_or_of_ones_and_zeros(kind: type) -> None:
    """Arrays of bool, int or float, and lists, say the same."""
    rng = np.random.default_rng(5)
    scores, mask = rng.standard_normal((3, 4)), rng.random((3, 4)) < 0.5
    given_as = mask.tolist() if kind is list else mask.astype(kind)
    np.testing.assert_array_equal(masked_softmax(scores, given_as), masked_softmax(scores, mask))


def test_masked_softmax_leaves_its_scores_alone() -> None:
    """It works in place only on a copy."""
    scores = np.array([[1.0, 2.0]])
    masked_softmax(scores, [[True, False]])
    np.testing.assert_array_equal(scores, [[1.0, 2.0]])


def test_nan_stays_in_its_own_row() -> None:
    """A query that is not a number gives a row of NaN, without a warning, and no other row is touched."""
    rng = np.random.default_rng(6)
    Q, K, V = rng.standard_normal((3, 2)), rng.standard_normal((4, 2)), rng.standard_normal((4, 2))
    expected = scaled_dot_product_forward(Q, K, V)[0][0]
    Q[1] = np.nan
    (y, _), _ = scaled_dot_product_forward(Q, K, V)
    np.testing.assert_array_equal(y[[0, 2]], expected[[0, 2]])
    assert np.all(np.isnan(y[1]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_largest_numbers_there_are_give_no_warning(dtype: type) -> None:
    """Scores at both ends of the range: the difference overflows to −∞, whose weight is 0."""
    top = np.finfo(dtype).max
    np.testing.assert_array_equal(masked_softmax(np.array([[top, -top]], dtype=dtype)), [[1, 0]])


def heads_of(rng: np.random.Generator, D: int) -> dict[str, np.ndarray]:
    return {name: rng.standard_normal((D, D)) for name in ("W_q", "W_k", "W_v", "W_o")}


def test_splitting_and_joining_heads_undo_each_other() -> None:
    """Head k has the columns from k·d on, and the batch stays in front."""
    x = np.arange(2 * 3 * 4).reshape(2, 3, 4)
    heads = split_heads(x, 2)
    np.testing.assert_array_equal(heads[1, 1], x[1, :, 2:])
    np.testing.assert_array_equal(join_heads(heads), x)


def test_one_head_with_identities_is_scaled_dot_product_attention() -> None:
    """W = I everywhere and no biases leave Q, K and V as they are."""
    rng = np.random.default_rng(7)
    Q, K, V = rng.standard_normal((2, 3, 4)), rng.standard_normal((2, 5, 4)), rng.standard_normal((2, 5, 4))
    (y, alpha), _ = multi_head_attention_forward(Q, K, V, *[np.eye(4)] * 4, heads=1)
    (expected, weights), _ = scaled_dot_product_forward(Q, K, V)
    np.testing.assert_allclose(y, expected, rtol=1e-12)
    np.testing.assert_allclose(alpha[:, 0], weights, rtol=1e-12)


def test_self_attention_does_not_know_the_order_of_its_sequence() -> None:
    """Another order of the words gives the same outputs in that order: that is why positions are added."""
    rng = np.random.default_rng(8)
    x, weights, order = rng.standard_normal((2, 5, 4)), heads_of(rng, 4), rng.permutation(5)
    (y, _), _ = multi_head_attention_forward(x, x, x, **weights, heads=2)
    moved = x[:, order]
    (other, _), _ = multi_head_attention_forward(moved, moved, moved, **weights, heads=2)
    np.testing.assert_allclose(other, y[:, order], rtol=1e-10)


def test_a_sample_without_anything_to_look_at_gets_the_output_bias_and_teaches_nothing() -> None:
    """Its weights are 0, its output b_o, and the gradients of the rest are as if it were not there."""
    rng = np.random.default_rng(9)
    x, weights, b_o = rng.standard_normal((2, 3, 4)), heads_of(rng, 4), rng.standard_normal(4)
    mask = padding_mask([0, 3], 3)
    (y, alpha), cache = multi_head_attention_forward(x, x, x, **weights, b_o=b_o, heads=2, mask=mask)
    np.testing.assert_array_equal(alpha[0], 0)
    np.testing.assert_array_equal(y[0], np.tile(b_o, (3, 1)))
    alone = x[1:]
    _, cache_alone = multi_head_attention_forward(alone, alone, alone, **weights, b_o=b_o, heads=2)
    both = multi_head_attention_backward(np.ones_like(y), None, cache)
    one = multi_head_attention_backward(np.ones_like(y[1:]), None, cache_alone)
    assert np.all(both["Q"][0] == 0)
    for name in weights:
        np.testing.assert_allclose(both[name], one[name], rtol=1e-10, atol=1e-12)


def test_sinusoids_of_a_later_place_are_a_rotation_of_an_earlier_ones() -> None:
    """PE(t + 3) is a linear function of PE(t), the same for every t (Vaswani et al. 2017, §3.5)."""
    P = positional_encoding(20, 8)
    np.testing.assert_array_equal(P[0], [0, 1] * 4)
    for i in range(4):
        angle = 3 / 10000 ** (2 * i / 8)
        turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        np.testing.assert_allclose(P[3:, 2 * i : 2 * i + 2], P[:-3, 2 * i : 2 * i + 2] @ turn, atol=1e-12)


def test_t5s_buckets_by_the_paper() -> None:
    """32 buckets to 128: both ways 8 near ones each, then 8 wider ones; one way 16 and 16; far ones share the last."""
    both = relative_buckets(400, 400)[200]
    np.testing.assert_array_equal(both[200 - np.arange(8)], np.arange(8))
    np.testing.assert_array_equal(both[200 + np.arange(1, 8)], 16 + np.arange(1, 8))
    assert [int(both[200 - n]) for n in (8, 11, 12, 15, 16, 90, 91, 127, 200)] == [8, 8, 9, 9, 10, 14, 15, 15, 15]
    past = relative_buckets(400, 400, bidirectional=False)[300]
    np.testing.assert_array_equal(past[300 - np.arange(17)], np.arange(17))
    assert set(past[300:].tolist()) == {0}
    assert set(past[: 300 - 113].tolist()) == {31}


@given(st.integers(1, 40), st.integers(2, 20), st.booleans())
def test_buckets_depend_on_the_distance_alone_and_never_fall(T: int, buckets: int, bidirectional: bool) -> None:
    """Every diagonal is constant; farther into the past never means a lower bucket."""
    buckets = 2 * buckets
    ids = relative_buckets(T, T, buckets=buckets, max_distance=50, bidirectional=bidirectional)
    assert ids.min() >= 0
    assert ids.max() < buckets
    for offset in range(-T + 1, T):
        assert len(set(np.diagonal(ids, offset).tolist())) == 1
    assert np.all(np.diff(ids[-1]) <= 0)
