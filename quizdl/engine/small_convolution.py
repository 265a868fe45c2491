"""The convolution of `convolution.py` for few and small images, by tables of which number goes where.

    [x, 0, 1] looked up by one table are the windows (C·R·S + 1, N·H'·W'), the last row being ones: y = [w, b] · windows
    [dy, 0] looked up by another are, for each pixel, the outputs that it had a share in: dx = wᵀ · outputs

With so little to compute, what a convolution costs is the number of NumPy's calls, and these are the fewest: no border
is put around, no window moved, no bias added. The table is the border (it names the 0), and is kept for the next call.
`convolution.py` is the form to read; tests hold the two together.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np

from quizdl.engine.arrays import Array, Gradients, Ids, arriving
from quizdl.engine.windows import Pair, Sides, placement, windows

MOST_ENTRIES = 2**14
"""Of a table. From there on looking up takes longer than copying the windows, and the tables would fill the memory."""


class Tables(NamedTuple):
    """windows (C·R·S + 1, N·H'·W'): places in [x, 0, 1]; outputs (F·R·S, N·H·W): places in [dy, 0]; size: (H', W')."""

    windows: Ids
    outputs: Ids
    size: Pair


class SmallCache(NamedTuple):
    """The windows, the filters, the images' and the outputs' shapes, the way back's table; whether there was a bias."""

    columns: Array
    w: Array
    shape: tuple[int, int, int, int]
    output: tuple[int, int, int, int]
    outputs: Ids
    biased: bool


@lru_cache(maxsize=32)
def tables(shape: tuple[int, ...], filters: tuple[int, ...], stride: Pair, pad: Sides, dilation: Pair) -> Tables | None:
    """For images (N, C, H, W) and filters (F, C, R, S); None where they would be large. Raises as `placement`."""
    (N, C, H, W), (F, _, R, S) = shape, filters
    place = placement((H, W), (R, S), stride, pad, dilation)
    outputs = place.output[0] * place.output[1]
    if R * S * N * max(C * outputs, F * H * W) > MOST_ENTRIES:
        return None
    (top, _), (left, _) = pad
    inside = (..., slice(top, top + H), slice(left, left + W))

    zero, one = N * C * H * W, N * C * H * W + 1
    numbered = np.full((N, C, *place.padded), zero)
    numbered[inside] = np.arange(zero).reshape(shape)
    looked_at = windows(numbered, place, place.output[1]).transpose(1, 2, 3, 0, 4, 5).reshape(C * R * S, -1)

    answers = np.arange(N * F * outputs).reshape(N, F, *place.output)
    reached = np.full((R, S, N, F, *place.padded), answers.size)
    for (r, s), entry in zip(product(range(R), range(S)), place.entries, strict=True):
        reached[r, s][entry] = answers
    shares = reached[inside].transpose(3, 0, 1, 2, 4, 5).reshape(F * R * S, -1)

    ones = np.full((1, looked_at.shape[1]), one)
    return Tables(np.concatenate([looked_at, ones]), np.ascontiguousarray(shares), place.output)


def small_conv2d_forward(x: Array, w: Array, b: Array | None, tables: Tables) -> tuple[Array, SmallCache]:
    """y = [w, b] · windows, as `conv2d_forward` has it, whose shapes are checked already; → (N, F, H', W')."""
    F, N = len(w), len(x)
    numbers = np.empty(x.size + 2, dtype=x.dtype)
    numbers[:-2], numbers[-2], numbers[-1] = x.ravel(), 0, 1
    columns = numbers.take(tables.windows)
    filters = np.zeros((F, len(columns)), dtype=w.dtype)
    filters[:, :-1] = w.reshape(F, -1)
    if b is not None:
        filters[:, -1] = b
    y = filters.dot(columns).reshape(F, N, *tables.size).swapaxes(0, 1)
    return y, SmallCache(columns, w, x.shape, y.shape, tables.outputs, b is not None)


def small_conv2d_backward(dy: Array, cache: SmallCache) -> Gradients:
    """[dw, db] = dy · windowsᵀ; dx = wᵀ · the outputs that each pixel had a share in."""
    columns, w, (N, C, H, W), output, outputs, biased = cache
    F = len(w)
    dy = arriving(dy, output).astype(w.dtype, copy=False)
    filters = dy.swapaxes(0, 1).reshape(F, -1).dot(columns.T)
    numbers = np.zeros(dy.size + 1, dtype=dy.dtype)
    numbers[:-1] = dy.ravel()
    dx = w.swapaxes(0, 1).reshape(C, -1).dot(numbers.take(outputs)).reshape(C, N, H, W).swapaxes(0, 1)
    gradients = {"x": dx, "w": filters[:, :-1].reshape(w.shape)}
    return {**gradients, "b": filters[:, -1]} if biased else gradients
