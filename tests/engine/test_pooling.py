"""Pooling on cases worked by hand, against the counters' sizes, and unpooling as the way back."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from quizdl.engine.pooling import (
    avg_pool1d_forward,
    avg_pool2d_backward,
    avg_pool2d_forward,
    global_avg_pool_forward,
    global_max_pool_backward,
    global_max_pool_forward,
    lp_pool2d_backward,
    lp_pool2d_forward,
    max_pool1d_forward,
    max_pool2d_backward,
    max_pool2d_forward,
    max_pool2d_indices,
    max_unpool2d_backward,
    max_unpool2d_forward,
)
from quizdl.engine.sizes import pool_output_size

GRID = np.arange(1.0, 17.0).reshape(1, 1, 4, 4)


def random(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape)


def test_each_kind_of_pooling_of_one_to_sixteen() -> None:
    """2×2 windows: the last entry is the largest, the mean lies in the middle, Lp with p = 1 adds up."""
    np.testing.assert_array_equal(max_pool2d_forward(GRID, 2)[0][0, 0], [[6, 8], [14, 16]])
    np.testing.assert_array_equal(avg_pool2d_forward(GRID, 2)[0][0, 0], [[3.5, 5.5], [11.5, 13.5]])
    np.testing.assert_array_equal(lp_pool2d_forward(GRID, 2, p=1)[0][0, 0], [[14, 22], [46, 54]])
    np.testing.assert_array_equal(global_avg_pool_forward(GRID)[0], [[8.5]])
    np.testing.assert_array_equal(global_max_pool_forward(GRID)[0], [[16]])


@given(
    n=st.integers(1, 12),
    k=st.integers(1, 4),
    s=st.integers(1, 5),
    p=st.integers(0, 2),
    d=st.integers(1, 2),
    ceil_mode=st.booleans(),
)
def test_a_pools_width_is_the_counters(n: int, k: int, s: int, p: int, d: int, ceil_mode: bool) -> None:
    """With padding, dilation and ceil mode, wherever a window fits."""
    assume(d * (k - 1) + 1 <= n + 2 * p and p <= k // 2)
    y, _ = max_pool2d_forward(np.zeros((1, 1, n, n)), k, s, p, dilation=d, ceil_mode=ceil_mode)
    assert y.shape == (1, 1) + (pool_output_size(n, k, s, p, d=d, ceil_mode=ceil_mode),) * 2


def test_the_mean_may_count_the_padding_or_not() -> None:
    """One pixel of 9 in the middle of a padded 3×3 window is 1 on average, or 9 if it alone counts."""
    x = np.full((1, 1, 1, 1), 9.0)
    assert avg_pool2d_forward(x, 3, 1, 1)[0].item() == 1
    assert avg_pool2d_forward(x, 3, 1, 1, count_include_pad=False)[0].item() == 9


def test_a_mean_of_ones_is_one_when_padding_does_not_count() -> None:
    """In corners, on edges, inside, and in the incomplete windows of ceil mode."""
    y, _ = avg_pool2d_forward(np.ones((2, 3, 5, 7)), 3, 2, 1, ceil_mode=True, count_include_pad=False)
    np.testing.assert_array_equal(y, 1)


def test_what_lies_behind_the_padding_never_counts() -> None:
    """In ceil mode the last window of [1, 2, 3] holds the 3 alone: its mean is 3, not 3/2."""
    np.testing.assert_array_equal(avg_pool1d_forward([[[1, 2, 3]]], 2, ceil_mode=True)[0], [[[1.5, 3]]])


def test_a_window_of_nothing_but_padding() -> None:
    """Its maximum is −∞ and stands nowhere, its mean is 0, and no gradient comes from it."""
    x = np.full((1, 1, 1, 1), 5.0)
    y, cache = max_pool2d_forward(x, 1, 1, 1)
    assert np.sum(np.isneginf(y)) == 8
    np.testing.assert_array_equal(max_pool2d_indices(x, 1, 1, 1)[0, 0], [[-1, -1, -1], [-1, 0, -1], [-1, -1, -1]])
    np.testing.assert_array_equal(max_pool2d_backward(np.ones_like(y), cache)["x"], 1)
    y, cache = avg_pool2d_forward(x, 1, 1, 1, count_include_pad=False)
    assert y.sum() == 5
    np.testing.assert_array_equal(avg_pool2d_backward(np.ones_like(y), cache)["x"], 1)


def test_a_mean_shares_its_gradient_out_and_loses_none() -> None:
    """Windows that cover every pixel once: Σ dx = Σ dy."""
    y, cache = avg_pool2d_forward(random(2, 3, 6, 4), (3, 2))
    dy = np.cos(y)
    assert avg_pool2d_backward(dy, cache)["x"].sum() == pytest.approx(dy.sum())


def test_an_lp_norm_goes_from_the_sum_to_the_maximum() -> None:
    """Falling with p, and at p = 200 as good as the largest |x|."""
    x = random(2, 2, 4, 4)
    norms = [lp_pool2d_forward(x, 2, p=p)[0] for p in (1.0, 1.5, 2.0, 4.0, 200.0)]
    assert all((a >= b).all() for a, b in pairwise(norms))
    np.testing.assert_allclose(norms[-1], max_pool2d_forward(np.abs(x), 2)[0], rtol=0.01)


def test_lp_pooling_takes_signs_for_lengths() -> None:
    """3 and −4 make 5, and the gradient pulls each away from 0."""
    y, cache = lp_pool2d_forward(np.array([[[[3.0, -4.0]]]]), (1, 2))
    assert y.item() == pytest.approx(5)
    np.testing.assert_allclose(lp_pool2d_backward(np.ones_like(y), cache)["x"], [[[[0.6, -0.8]]]])


def test_a_window_of_zeros_has_no_direction() -> None:
    """Its Lp norm is 0, and so is its gradient, whatever p is."""
    for p in (1.0, 2.0, 3.5):
        y, cache = lp_pool2d_forward(np.zeros((1, 1, 2, 2)), 2, p=p)
        assert y.item() == 0
        np.testing.assert_array_equal(lp_pool2d_backward(np.ones_like(y), cache)["x"], 0)


def test_global_pooling_is_a_window_as_large_as_the_image() -> None:
    """Maximum and mean of all pixels, and the first of equal maxima takes the gradient."""
    x = np.floor(2 * random(2, 3, 4, 5))
    np.testing.assert_array_equal(global_max_pool_forward(x)[0], max_pool2d_forward(x, (4, 5))[0][..., 0, 0])
    np.testing.assert_allclose(global_avg_pool_forward(x)[0], avg_pool2d_forward(x, (4, 5))[0][..., 0, 0])
    y, cache = global_max_pool_forward(x)
    _, other = max_pool2d_forward(x, (4, 5))
    expected = max_pool2d_backward(np.cos(y)[..., None, None], other)["x"]
    np.testing.assert_array_equal(global_max_pool_backward(np.cos(y), cache)["x"], expected)


def test_a_sequence_is_pooled_as_an_image_of_height_1() -> None:
    """[4, 1, 3, 2] in pairs."""
    np.testing.assert_array_equal(max_pool1d_forward([[[4, 1, 3, 2]]], 2)[0], [[[4, 3]]])
    np.testing.assert_array_equal(max_pool1d_forward([[[4, 1, 3, 2]]], 2, 1, (1, 0))[0], [[[4, 4, 3, 3]]])
    np.testing.assert_array_equal(avg_pool1d_forward([[[4, 1, 3, 2]]], 2)[0], [[[2.5, 2.5]]])


def test_unpooling_puts_each_maximum_back_where_it_stood() -> None:
    """What is not a maximum is lost; pooling again gives the same maxima."""
    x = np.array([[[[1.0, 5.0, 2.0, 0.0], [3.0, 4.0, 6.0, 1.0]]]])
    y, _ = max_pool2d_forward(x, 2)
    indices = max_pool2d_indices(x, 2)
    np.testing.assert_array_equal(indices, [[[[1, 6]]]])
    back, _ = max_unpool2d_forward(y, indices, (2, 4))
    np.testing.assert_array_equal(back[0, 0], [[0, 5, 0, 0], [0, 0, 6, 0]])
    np.testing.assert_array_equal(max_pool2d_forward(back, 2)[0], y)


def test_of_two_entries_for_one_pixel_the_later_stands() -> None:
    """Windows that overlap may share their maximum; the entry that was overwritten has no gradient."""
    y, cache = max_unpool2d_forward(np.array([[[[1.0, 2.0, 3.0]]]]), np.array([[[[0, 1, 1]]]]), (1, 3))
    np.testing.assert_array_equal(y, [[[[1, 3, 0]]]])
    dx = max_unpool2d_backward(np.array([[[[5.0, 7.0, 9.0]]]]), cache)["x"]
    np.testing.assert_array_equal(dx, [[[[5, 0, 7]]]])


def test_what_is_not_a_number_stays_visible() -> None:
    """In every window that sees it, and only there."""
    x = random(1, 1, 4, 4)
    x[0, 0, 1, 1] = np.nan
    for pool in (max_pool2d_forward, avg_pool2d_forward, lp_pool2d_forward):
        y, _ = pool(x, 2)
        np.testing.assert_array_equal(np.isnan(y[0, 0]), [[True, False], [False, False]])


def test_pooling_a_moved_image_of_one_bright_pixel() -> None:
    """Invariance to small shifts: inside its window the pixel may move, and the maximum stays what it is."""
    for place in np.ndindex(2, 2):
        x = np.zeros((1, 1, 4, 4))
        x[(0, 0, *place)] = 1
        np.testing.assert_array_equal(max_pool2d_forward(x, 2)[0][0, 0], [[1, 0], [0, 0]])
