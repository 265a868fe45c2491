"""Convolution, pooling and batch normalisation on cases worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from quizdl.engine import convolution
from quizdl.engine.convolution import conv2d_forward
from quizdl.engine.normalisation import RunningStatistics, batch_norm_inference, update_running
from quizdl.engine.pooling import max_pool2d_backward, max_pool2d_forward


def test_a_filter_slides_without_being_turned_over() -> None:
    """Cross-correlation: a filter that looks one pixel to the right picks that pixel; outside there are zeros."""
    x = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)
    w = np.zeros((1, 1, 3, 3))
    w[0, 0, 1, 2] = 1
    y, _ = conv2d_forward(x, w, np.zeros(1), stride=1, pad=1)
    np.testing.assert_array_equal(y[0, 0], [[2, 3, 0], [5, 6, 0], [8, 9, 0]])


def test_channels_are_summed_and_filters_are_not() -> None:
    """Two channels of ones under filters of 1 and 10 give 2 and 20, plus each filter's own bias."""
    w = np.array([1.0, 10.0]).reshape(2, 1, 1, 1) * np.ones((2, 2, 1, 1))
    y, _ = conv2d_forward(np.ones((1, 2, 1, 1)), w, np.array([0.5, 0.25]))
    np.testing.assert_array_equal(y[0, :, 0, 0], [2.5, 20.25])


def test_the_block_size_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """All samples at once, or two at a time with one left over."""
    rng = np.random.default_rng(0)
    x, w, b = rng.standard_normal((5, 2, 6, 6)), rng.standard_normal((3, 2, 3, 3)), rng.standard_normal(3)
    y, cache = conv2d_forward(x, w, b)
    gradients = convolution.conv2d_backward(np.cos(y), cache)
    monkeypatch.setattr(convolution, "BLOCK_BYTES", 2 * 2 * 9 * 16 * 8)
    np.testing.assert_allclose(conv2d_forward(x, w, b)[0], y, rtol=1e-12)
    for name, gradient in convolution.conv2d_backward(np.cos(y), cache).items():
        np.testing.assert_allclose(gradient, gradients[name], rtol=1e-10, atol=1e-12)


def test_arguments_of_two_precisions_are_computed_in_the_wider() -> None:
    """float32 images under float64 filters lose nothing more, forward or backward."""
    x, w = np.full((1, 1, 2, 2), 0.5, dtype=np.float32), np.full((1, 1, 1, 1), 1 / 3)
    y, cache = conv2d_forward(x, w, np.zeros(1))
    np.testing.assert_array_equal(y, np.full((1, 1, 2, 2), 0.5 / 3))
    assert convolution.conv2d_backward(y, cache)["x"].dtype == np.float64


def test_a_filter_larger_than_the_image_is_refused() -> None:
    """With the numbers, not with a shape error from deep inside."""
    with pytest.raises(ValueError, match="the filter spans 3, more than the padded input of 2"):
        conv2d_forward(np.zeros((1, 1, 2, 2)), np.zeros((1, 1, 3, 3)), np.zeros(1))


def test_padding_never_wins_a_pool_and_takes_no_gradient() -> None:
    """All entries are negative, and the padded border still gives way to them."""
    x = np.array([[-1.0, -2.0], [-3.0, -4.0]]).reshape(1, 1, 2, 2)
    y, cache = max_pool2d_forward(x, 2, stride=1, pad=1)
    np.testing.assert_array_equal(y[0, 0], [[-1, -1, -2], [-1, -1, -2], [-3, -3, -4]])
    dx = max_pool2d_backward(np.ones_like(y), cache)["x"]
    np.testing.assert_array_equal(dx[0, 0], [[4, 2], [2, 1]])


def test_of_equal_entries_the_first_takes_the_gradient() -> None:
    """In reading order: left before right, upper before lower."""
    y, cache = max_pool2d_forward(np.zeros((1, 1, 2, 2)), 2)
    dx = max_pool2d_backward(np.ones_like(y), cache)["x"]
    np.testing.assert_array_equal(dx[0, 0], [[1, 0], [0, 0]])


def test_the_running_variance_is_unbiased_unless_asked() -> None:
    """Of 0 and 2 the mean is 1, the biased variance 1, the unbiased one 2."""
    before, x = RunningStatistics(np.zeros(1), np.zeros(1)), np.array([[0.0], [2.0]])
    after = update_running(before, x, momentum=0.5)
    np.testing.assert_array_equal(after, [[0.5], [1.0]])
    np.testing.assert_array_equal(update_running(before, x, momentum=0.5, unbiased=False), [[0.5], [0.5]])
    np.testing.assert_array_equal(before, [[0.0], [0.0]])


def test_at_test_time_a_sample_does_not_depend_on_its_batch() -> None:
    """(5 − 1)/√4·3 + 2 = 8, alone or with others."""
    running = RunningStatistics(np.array([1.0]), np.array([4.0]))
    y = batch_norm_inference([[5.0], [1.0]], [3.0], [2.0], running, eps=0.0)
    np.testing.assert_array_equal(y, [[8.0], [2.0]])
