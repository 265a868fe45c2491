"""Dropout, DropConnect and embeddings beyond parity: means over all masks, both conventions, padding."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.engine import dropout as d
from quizdl.engine.affine import affine_forward
from quizdl.engine.dropconnect import dropconnect_forward, dropconnect_inference_forward, dropconnect_moments
from quizdl.engine.embedding import embedding_backward, embedding_forward


def every_mask(p: float, *shape: int) -> list[tuple[np.ndarray, float]]:
    """All masks of a shape, and how likely each is."""
    size = int(np.prod(shape))
    masks = [np.array(bits).reshape(shape) for bits in product([0, 1], repeat=size)]
    return [(mask, (1 - p) ** mask.sum() * p ** (size - mask.sum())) for mask in masks]


@given(p=st.floats(0, 0.95))
def test_over_all_masks_both_conventions_have_the_mean_of_test_time(p: float) -> None:
    """Inverted: x itself, so test time changes nothing. Classic: (1 − p)·x, what its test time gives."""
    x = np.array([1.5, -2.0, 0.25])
    inverted = sum(share * d.dropout_forward(x, mask, p)[0] for mask, share in every_mask(p, 3))
    classic = sum(share * d.classic_dropout_forward(x, mask)[0] for mask, share in every_mask(p, 3))
    np.testing.assert_allclose(inverted, x, rtol=1e-12)
    np.testing.assert_allclose(classic, d.classic_dropout_inference_forward(x, p)[0], rtol=1e-12)


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_nothing_is_dropped_or_everything(p: float) -> None:
    """At the ends the masks are certain, and p = 1 gives 0 and not 0/0."""
    x = np.array([[1.5, -2.0]])
    mask = d.dropout_mask(x.shape, p, np.random.default_rng(0))
    np.testing.assert_array_equal(mask, 1 - p)
    np.testing.assert_array_equal(d.dropout_forward(x, mask, p)[0], (1 - p) * x)
    np.testing.assert_array_equal(d.classic_dropout_forward(x, mask)[0], (1 - p) * x)
    np.testing.assert_array_equal(d.classic_dropout_inference_forward(x, p)[0], (1 - p) * x)


def test_a_mask_drops_at_the_rate_asked_for() -> None:
    """0.3 of 100 000, give or take half a percent; the same generator gives the same mask."""
    mask = d.dropout_mask((1000, 100), 0.3, np.random.default_rng(0))
    assert 1 - mask.mean() == pytest.approx(0.3, abs=0.005)
    np.testing.assert_array_equal(mask, d.dropout_mask((1000, 100), 0.3, np.random.default_rng(0)))


@pytest.mark.parametrize("kind", [bool, int, np.float32, np.float64])
def test_no_kind_of_mask_widens_float32(kind: type) -> None:
    """Forward and backward, in both conventions."""
    x, mask = np.ones((2, 3), dtype=np.float32), np.array([[1, 0, 1], [0, 1, 1]]).astype(kind)
    y, cache = d.dropout_forward(x, mask, 0.5)
    assert y.dtype == d.dropout_backward(x, cache)["x"].dtype == np.float32
    y, cache = d.classic_dropout_forward(x, mask)
    assert y.dtype == d.classic_dropout_backward(x, cache)["x"].dtype == np.float32
    y, _ = dropconnect_forward(x, np.ones((3, 2), np.float32), np.zeros(2, np.float32), mask.T)
    assert y.dtype == np.float32


def test_the_gradient_flows_only_where_the_unit_was_kept() -> None:
    """And by the factor that the forward had."""
    x, mask = np.array([3.0, 4.0]), np.array([1, 0])
    _, cache = d.dropout_forward(x, mask, 0.75)
    np.testing.assert_array_equal(d.dropout_backward(np.ones(2), cache)["x"], [4, 0])


@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_dropconnects_moments_are_those_over_all_masks(p: float) -> None:
    """Mean and variance of y over all 64 masks of a 3×2 layer; test time gives the mean."""
    rng = np.random.default_rng(0)
    x, W, b = rng.standard_normal((1, 3)), rng.standard_normal((3, 2)), rng.standard_normal(2)
    outcomes = [(dropconnect_forward(x, W, b, mask)[0], share) for mask, share in every_mask(p, 3, 2)]
    mean = sum(share * y for y, share in outcomes)
    var = sum(share * (y - mean) ** 2 for y, share in outcomes)
    found_mean, found_var = dropconnect_moments(x, W, b, p)
    np.testing.assert_allclose(found_mean, mean, rtol=1e-12)
    np.testing.assert_allclose(found_var, var, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(dropconnect_inference_forward(x, W, b, p)[0], mean, rtol=1e-12)


def test_dropconnect_without_dropping_is_the_affine_layer() -> None:
    """Masks of ones; and one mask for all is the same mask for each."""
    rng = np.random.default_rng(0)
    x, W, b = rng.standard_normal((4, 3)), rng.standard_normal((3, 2)), rng.standard_normal(2)
    np.testing.assert_array_equal(dropconnect_forward(x, W, b, np.ones((3, 2)))[0], affine_forward(x, W, b)[0])
    mask = rng.random((3, 2)) < 0.5
    each = np.broadcast_to(mask, (4, 3, 2))
    np.testing.assert_allclose(dropconnect_forward(x, W, b, each)[0], dropconnect_forward(x, W, b, mask)[0])


def test_an_embedding_is_a_one_hot_times_the_table() -> None:
    """Values and gradient, repeated words among them."""
    rng = np.random.default_rng(0)
    E, ids = rng.standard_normal((5, 3)), np.array([[0, 4, 4], [2, 4, 0]])
    y, cache = embedding_forward(ids, E)
    np.testing.assert_array_equal(y, np.eye(5)[ids] @ E)
    dy = rng.standard_normal(y.shape)
    np.testing.assert_allclose(embedding_backward(dy, cache)["E"], np.einsum("btv,btd->vd", np.eye(5)[ids], dy))


def test_padding_is_looked_up_but_never_taught() -> None:
    """Its row comes out like any other's, and its gradient is 0; the other rows' gradients stay."""
    E, ids = np.arange(6.0).reshape(3, 2), np.array([0, 2, 0, 1])
    y, cache = embedding_forward(ids, E, padding_idx=0)
    np.testing.assert_array_equal(y, E[ids])
    np.testing.assert_array_equal(embedding_backward(np.ones((4, 2)), cache)["E"], [[0, 0], [1, 1], [1, 1]])


def test_no_ids_at_all_teach_nothing() -> None:
    """An empty sentence: an empty result, a gradient of zeros."""
    y, cache = embedding_forward(np.zeros((0,), dtype=int), np.ones((3, 2)))
    assert y.shape == (0, 2)
    np.testing.assert_array_equal(embedding_backward(y, cache)["E"], np.zeros((3, 2)))
