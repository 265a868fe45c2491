"""Convolution and its relatives: against the definition itself, against each other, and by what they must not do."""

from __future__ import annotations

import contextlib
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine_cases import frozen
from quizdl.engine import convolution
from quizdl.engine.convolution import (
    Unrolled,
    WindowsCache,
    col2im,
    conv2d_backward,
    conv2d_forward,
    correlate,
    filter_gradient,
    im2col,
    spread,
)
from quizdl.engine.convolution1d import conv1d_forward
from quizdl.engine.errors import DTypeError
from quizdl.engine.sizes import conv_output_size, conv_transpose_output_size
from quizdl.engine.small_convolution import SmallCache, tables
from quizdl.engine.transposed_convolution import conv_transpose2d_backward, conv_transpose2d_forward
from quizdl.engine.windows import pad_images, placement, unpad_images


def random(*shapes: tuple[int, ...], seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape) for shape in shapes]


def by_definition(x: Any, w: Any, b: Any, s: int, p: int, d: int, groups: int) -> np.ndarray:
    """The sum as it is written, pixel by pixel."""
    (N, _, H, W), (F, own, R, S) = x.shape, w.shape
    height, width = conv_output_size(H, R, s, p, d), conv_output_size(W, S, s, p, d)
    y = np.zeros((N, F, height, width))
    for n, f, i, j in np.ndindex(y.shape):
        y[n, f, i, j] = b[f]
        for c, r, q in np.ndindex(own, R, S):
            h, v = i * s + r * d - p, j * s + q * d - p
            if 0 <= h < H and 0 <= v < W:
                y[n, f, i, j] += w[f, c, r, q] * x[n, f // (F // groups) * own + c, h, v]
    return y


@pytest.mark.parametrize(("s", "p", "d", "groups"), list(product((1, 2), (0, 2), (1, 2), (1, 2))))
def test_a_convolution_is_the_sum_that_defines_it(s: int, p: int, d: int, groups: int) -> None:
    """Every combination of stride, padding, dilation and groups."""
    x, w, b = random((2, 4, 6, 5), (6, 4 // groups, 3, 2), (6,))
    y, _ = conv2d_forward(x, w, b, s, p, dilation=d, groups=groups)
    np.testing.assert_allclose(y, by_definition(x, w, b, s, p, d, groups), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("samples", [1, 2, 5])
@pytest.mark.parametrize("dilation", [(1, 1), (2, 1)])
def test_reading_over_the_end_of_a_row_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, groups: int, samples: int, dilation: tuple[int, int]
) -> None:
    """The quick layout for stride 1 and the general one agree, forward and backward, whatever the block holds."""
    x, w, dy = random((5, 4, 9, 8), (6, 4 // groups, 3, 3), (5, 6, 11 - 2 * dilation[0], 8))
    flat = placement((9, 8), (3, 3), (1, 1), ((1, 1), (1, 1)), dilation)
    general = flat._replace(flat=False, row=flat.output[1])
    assert flat.flat
    monkeypatch.setattr(convolution, "BLOCK_BYTES", samples * 4 * 9 * 11 * 10 * 8)
    found = []
    for place in (flat, general):
        columns = Unrolled(x, place, groups)
        found.append((correlate(columns, w), filter_gradient(dy, columns), spread(dy, w, place, groups)))
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("options", [{"stride": 2}, {"pad": 1}, {"stride": (1, 2), "dilation": 2, "groups": 2}])
def test_the_block_size_changes_no_gradient(monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]) -> None:
    """All samples at once, one at a time, and two at a time with one left over."""
    x, w, b = random((5, 4, 6, 6), (4, 4 // options.get("groups", 1), 3, 3), (4,))
    y, cache = conv2d_forward(x, w, b, **options)
    expected = conv2d_backward(np.cos(y), cache)
    for size in (1, 2 * 4 * 9 * 64 * 8):
        monkeypatch.setattr(convolution, "BLOCK_BYTES", size)
        again, cache = conv2d_forward(x, w, b, **options)
        np.testing.assert_allclose(again, y, rtol=1e-12, atol=1e-13)
        for name, gradient in conv2d_backward(np.cos(y), cache).items():
            np.testing.assert_allclose(gradient, expected[name], rtol=1e-10, atol=1e-12)


@settings(deadline=None)
@given(
    st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 6), st.integers(1, 6)),
    st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3)),
    st.tuples(st.integers(1, 3), st.integers(1, 2)),
    st.tuples(*[st.tuples(st.integers(0, 3), st.integers(0, 2))] * 2),
    st.tuples(st.integers(1, 2), st.integers(1, 2)),
    st.booleans(),
)
def test_small_images_are_convolved_as_large_ones(
    shape: Any, filters: Any, stride: Any, pad: Any, dilation: Any, biased: bool
) -> None:
    """By tables or by windows: the same output and the same gradients, in memory that nobody else has."""
    F, R, S = filters
    (top, bottom), (left, right) = pad
    assume(shape[2] + top + bottom > dilation[0] * (R - 1) and shape[3] + left + right > dilation[1] * (S - 1))
    x, w, b = random(shape, (F, shape[1], R, S), (F,))
    found = []
    for form in (contextlib.nullcontext, frozen.no_short_cuts):
        with form():
            y, cache = conv2d_forward(x, w, b if biased else None, stride, pad, dilation=dilation)
            gradients = conv2d_backward(np.cos(y), cache)
            y += 1  # whatever is done with one output, another backward gives the same
            again = conv2d_backward(np.cos(y - 1), cache)
        found.append((type(cache), {"y": y, **gradients}, again))
    (small, ours, twice), (large, theirs, _) = found
    assert (small, large) == (SmallCache, WindowsCache)
    assert ours.keys() == theirs.keys()
    for name, expected in theirs.items():
        np.testing.assert_allclose(ours[name], expected, rtol=1e-12, atol=1e-12, err_msg=name)
    for name, gradient in twice.items():
        np.testing.assert_allclose(gradient, ours[name], rtol=1e-12, atol=1e-12, err_msg=name)


def test_tables_are_for_small_images_alone() -> None:
    """They would grow with every window, and are kept."""
    where = (1, 1), ((1, 1), (1, 1)), (1, 1)
    assert tables((2, 3, 8, 8), (4, 3, 3, 3), *where) is not None
    assert tables((32, 16, 28, 28), (32, 16, 3, 3), *where) is None
    assert tables((1, 1, 8, 8), (4096, 1, 3, 3), *where) is None


def test_im2col_turns_a_convolution_into_one_matrix_product() -> None:
    """A row for each window, a column for each entry of a filter."""
    x, w, b = random((2, 3, 5, 4), (4, 3, 3, 2), (4,))
    y, _ = conv2d_forward(x, w, b, 2, 1)
    rows = im2col(x, (3, 2), 2, 1) @ w.reshape(4, -1).T + b
    np.testing.assert_allclose(rows.reshape(2, *y.shape[2:], 4).transpose(0, 3, 1, 2), y, rtol=1e-12)


def test_im2col_reads_the_windows_in_order() -> None:
    """3×3 pixels have four 2×2 windows."""
    rows = im2col(np.arange(9).reshape(1, 1, 3, 3), 2)
    np.testing.assert_array_equal(rows, [[0, 1, 3, 4], [1, 2, 4, 5], [3, 4, 6, 7], [4, 5, 7, 8]])


def test_col2im_adds_where_windows_overlap() -> None:
    """Ones give each pixel the number of 2×2 windows that it is in: 1 in a corner, 2 on an edge, 4 inside."""
    counts = col2im(np.ones((4, 4)), (1, 1, 3, 3), 2)
    np.testing.assert_array_equal(counts[0, 0], [[1, 2, 1], [2, 4, 2], [1, 2, 1]])


@pytest.mark.parametrize("options", [{}, {"stride": 2, "pad": 1}, {"dilation": 2, "pad": ((0, 2), (1, 0))}])
def test_col2im_is_the_transpose_of_im2col(options: dict[str, Any]) -> None:
    """⟨im2col(x), c⟩ = ⟨x, col2im(c)⟩ for any x and c."""
    (x,) = random((2, 3, 6, 5))
    rows = im2col(x, (2, 3), **options)
    (columns,) = random(rows.shape, seed=1)
    back = col2im(columns, x.shape, (2, 3), **options)
    assert np.sum(rows * columns) == pytest.approx(np.sum(x * back))


def test_im2col_gives_memory_of_its_own() -> None:
    """Even where the windows are the image itself, changing the rows changes no pixel."""
    x = np.zeros((1, 1, 2, 2))
    rows = im2col(x, 1)
    rows += 1
    np.testing.assert_array_equal(x, 0)


def test_padding_by_hand_is_the_same() -> None:
    """((1, 2), (3, 0)): one row above, two below, three columns on the left, none on the right."""
    x, w, b = random((2, 2, 4, 3), (3, 2, 3, 3), (3,))
    y, cache = conv2d_forward(x, w, b, pad=((1, 2), (3, 0)))
    by_hand, other = conv2d_forward(np.pad(x, ((0, 0), (0, 0), (1, 2), (3, 0))), w, b)
    np.testing.assert_allclose(y, by_hand, rtol=1e-12, atol=1e-13)
    dx = conv2d_backward(y, other)["x"][:, :, 1:-2, 3:]
    np.testing.assert_allclose(conv2d_backward(y, cache)["x"], dx, rtol=1e-12, atol=1e-13)


def test_an_image_that_moves_moves_its_features() -> None:
    """Equivariance: what a convolution finds, it finds one pixel to the right when the image is moved there."""
    x, w = random((1, 2, 6, 8), (3, 2, 3, 3))
    x[..., -1] = 0
    y, _ = conv2d_forward(x, w, None)
    moved, _ = conv2d_forward(np.roll(x, 1, axis=3), w, None)
    np.testing.assert_allclose(moved[..., 1:], y[..., :-1], rtol=1e-12)


def test_groups_are_convolutions_side_by_side() -> None:
    """Two groups: the first half of the filters sees the first half of the channels, and nothing else."""
    x, w, b = random((2, 4, 5, 5), (6, 2, 3, 3), (6,))
    y, _ = conv2d_forward(x, w, b, groups=2)
    halves = [conv2d_forward(x[:, 2 * k : 2 * k + 2], w[3 * k : 3 * k + 3], b[3 * k : 3 * k + 3])[0] for k in (0, 1)]
    np.testing.assert_allclose(y, np.concatenate(halves, axis=1), rtol=1e-12, atol=1e-13)


def test_dilation_is_a_filter_with_holes() -> None:
    """Zeros between the entries of the filter do the same."""
    x, w = random((1, 2, 7, 7), (2, 2, 3, 3))
    holes = np.zeros((2, 2, 5, 5))
    holes[:, :, ::2, ::2] = w
    np.testing.assert_allclose(
        conv2d_forward(x, w, None, dilation=2)[0], conv2d_forward(x, holes, None)[0], rtol=1e-12, atol=1e-13
    )


def test_a_sequence_is_an_image_of_height_1() -> None:
    """[1, 2, 3, 4] under the filter [1, 10]: 1 + 20, 2 + 30, 3 + 40; the filter is not turned over."""
    y, _ = conv1d_forward([[[1, 2, 3, 4]]], [[[1, 10]]], None)
    np.testing.assert_array_equal(y, [[[21, 32, 43]]])
    y, _ = conv1d_forward([[[1, 2, 3, 4]]], [[[1, 10]]], None, 2, pad=(1, 0))
    np.testing.assert_array_equal(y, [[[10, 32]]])


@pytest.mark.parametrize("options", [{}, {"stride": 2, "pad": 1}, {"stride": (2, 1), "dilation": 2, "pad": (0, 1)}])
def test_a_transposed_convolution_is_a_convolutions_backward(options: dict[str, Any]) -> None:
    """Its output is the convolution's dx, and its dx the convolution's output."""
    x, w = random((2, 3, 7, 6), (4, 3, 3, 2))
    y, cache = conv2d_forward(x, w, None, **options)
    dx = conv2d_backward(np.cos(y), cache)["x"]
    image, back = conv_transpose2d_forward(np.cos(y), w, None, **options)
    np.testing.assert_allclose(image, dx[:, :, : image.shape[2], : image.shape[3]], rtol=1e-12, atol=1e-13)
    again = conv_transpose2d_backward(x[:, :, : image.shape[2], : image.shape[3]], back)["x"]
    np.testing.assert_allclose(again, y, rtol=1e-12, atol=1e-13)


def test_a_transposed_convolution_spreads_each_pixel_over_its_filter() -> None:
    """Stride 2 leaves 3×3 filters of ones overlapping in the middle; 1, 2, 3, 4 add up there to 10."""
    y, _ = conv_transpose2d_forward(np.array([[[[1, 2], [3, 4]]]]), np.ones((1, 1, 3, 3)), None, stride=2)
    np.testing.assert_array_equal(
        y[0, 0], [[1, 1, 3, 2, 2], [1, 1, 3, 2, 2], [4, 4, 10, 6, 6], [3, 3, 7, 4, 4], [3, 3, 7, 4, 4]]
    )


def test_a_transposed_convolutions_size_is_the_counters() -> None:
    """(n − 1)s − 2p + d(f − 1) + output_padding + 1, wherever that is positive."""
    for n, f, s, p, d in product((1, 3), (1, 3), (1, 2), (0, 1), (1, 2)):
        for extra in range(max(s, d)):
            expected = (n - 1) * s - 2 * p + d * (f - 1) + extra + 1
            if expected < 1:
                continue
            assert expected == conv_transpose_output_size(n, f, s, p, extra, d)
            x, w = np.ones((1, 1, n, n)), np.ones((1, 1, f, f))
            y, _ = conv_transpose2d_forward(x, w, None, s, p, output_padding=extra, dilation=d)
            assert y.shape == (1, 1, expected, expected)


def test_where_no_window_reached_there_is_only_the_bias() -> None:
    """A stride of 3 leaves gaps between 1×1 filters, and output padding lies behind them all."""
    y, _ = conv_transpose2d_forward(np.ones((1, 1, 2, 1)), np.ones((1, 1, 1, 1)), np.array([0.5]), 3, output_padding=2)
    np.testing.assert_array_equal(y[0, 0, :, 0], [1.5, 0.5, 0.5, 1.5, 0.5, 0.5])


@pytest.mark.parametrize("stride", [1, 2])
def test_a_pixel_that_is_not_a_number_spoils_its_own_windows_only(stride: int) -> None:
    """Also in the quick layout, whose windows run over the end of a row; and the other way in the backward."""
    x, w = random((2, 2, 8, 8), (3, 2, 3, 3))
    x[0, 0, 2, 7] = np.nan
    y, _ = conv2d_forward(x, w, None, stride, 1)
    clean, cache = conv2d_forward(np.nan_to_num(x), w, None, stride, 1)
    seen = np.isnan(by_definition(x, w, np.zeros(3), stride, 1, 1, 1))
    assert seen.any()
    np.testing.assert_array_equal(np.isnan(y), seen)
    dy = np.ones_like(clean)
    dy[1, :, 2, -1] = np.nan
    dx = conv2d_backward(dy, cache)["x"]
    reached = np.zeros((8, 8), dtype=bool)
    reached[2 * stride - 1 : 2 * stride + 2, (y.shape[3] - 1) * stride - 1 : (y.shape[3] - 1) * stride + 2] = True
    np.testing.assert_array_equal(np.isnan(dx), np.stack([np.zeros((2, 8, 8), bool), np.stack([reached] * 2)]))


def test_arrays_may_lie_in_any_order_in_memory() -> None:
    """Transposed views of the images, the filters and the gradient, and a gradient repeated by broadcasting."""
    x, w, b = random((2, 3, 6, 7), (4, 3, 3, 2), (4,))
    for stride in (1, 2):
        y, cache = conv2d_forward(x, w, b, stride)
        turned, other = conv2d_forward(x.T.copy().T, w.T.copy().T, b, stride)
        np.testing.assert_allclose(turned, y, rtol=1e-12)
        dy = np.broadcast_to(random((4, 1, 1))[0], y.shape)
        expected = conv2d_backward(dy.copy(), cache)
        for name, gradient in conv2d_backward(dy, other).items():
            np.testing.assert_allclose(gradient, expected[name], rtol=1e-12, atol=1e-13)


def test_whole_numbers_are_allowed_as_numpy_has_them() -> None:
    """A stride from an array of sizes, a list instead of a tuple, whole images of integers."""
    x, w = np.arange(16).reshape(1, 1, 4, 4), np.ones((1, 1, 2, 2), dtype=int)
    expected, _ = conv2d_forward(x, w, None, 2, ((0, 1), (1, 0)))
    found, _ = conv2d_forward(x, w, None, np.int64(2), [[0, 1], np.array([1, 0])])
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == np.float64


def test_a_fraction_is_refused_even_after_the_whole_number_was_known() -> None:
    """1.0 equals 1 in the cache of placements, but is not a number of pixels."""
    x, w = np.zeros((1, 1, 4, 4)), np.zeros((1, 1, 2, 2))
    conv2d_forward(x, w, None, 1, 1)
    for wrong in ({"stride": 1.0}, {"pad": 1.0}, {"dilation": (1, 1.0)}, {"pad": ((1, 1), (1, 1.0))}):
        with pytest.raises(DTypeError):
            conv2d_forward(x, w, None, **wrong)


def test_a_border_comes_off_as_it_went_on() -> None:
    """Every side with its own width, and no copy where there is no border."""
    (x,) = random((2, 1, 3, 4))
    pad = ((1, 2), (0, 3))
    padded = pad_images(x, pad, -1.0)
    assert padded.shape == (2, 1, 6, 7)
    assert np.sum(padded == -1) == 2 * (6 * 7 - 3 * 4)
    np.testing.assert_array_equal(unpad_images(padded, pad), x)
    assert pad_images(x, ((0, 0), (0, 0))) is x


def test_gradient_descent_finds_the_filter_that_made_the_images() -> None:
    """The squared error of 3×3 filters falls to nothing."""
    x, hidden, w = random((4, 2, 8, 8), (3, 2, 3, 3), (3, 2, 3, 3))
    b = np.zeros(3)
    wanted, _ = conv2d_forward(x, hidden, np.array([1.0, -1.0, 0.5]), pad=1)
    errors = []
    for _ in range(150):
        y, cache = conv2d_forward(x, w, b, pad=1)
        errors.append(np.mean((y - wanted) ** 2))
        gradients = conv2d_backward((y - wanted) / y[:, 0].size, cache)
        w, b = w - 0.5 * gradients["w"], b - 0.5 * gradients["b"]
    assert errors[-1] < 1e-10 < 1 < errors[0]
    np.testing.assert_allclose(w, hidden, atol=1e-4)
