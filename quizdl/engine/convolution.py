"""Convolution (really cross-correlation, as in every framework) and max pooling of images (N, C, H, W)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from quizdl.engine.arrays import Array, Cache, Gradients, alike, reals, transposed
from quizdl.engine.counters import conv_output_size

BLOCK_BYTES = 2 * 2**20
"""How much of im2col is unrolled at a time: what stays in the cache is twice as fast as the whole batch at once."""


class ConvCache(NamedTuple):
    """The padded images, their windows (a view of them), and the arguments."""

    padded: Array
    windows: Array
    w: Array
    stride: int
    pad: int


def conv2d_forward(x: Array, w: Array, b: Array, stride: int = 1, pad: int = 0) -> tuple[Array, ConvCache]:
    """y[n, f] = Σ_c x[n, c] ⋆ w[f, c] + b[f]; x: (N, C, H, W), w: (F, C, R, S), b: (F,) → (N, F, H', W').

    H' = ⌊(H + 2·pad − R)/stride⌋ + 1. Each window becomes a row (im2col), so that the sum is one matrix product.
    O(N·F·C·R·S·H'·W').
    """
    x, w, b = alike(x, w, b)
    padded = pad_images(x, pad)
    windows = _windows(padded, w.shape[2:], stride)
    y = np.empty((len(x), len(w), *windows.shape[4:]), dtype=x.dtype)
    kernel = w.reshape(len(w), -1)
    for part, columns in _blocks(windows):
        np.matmul(kernel, columns, out=y[part].reshape(len(columns), len(w), -1))
    y += b[:, None, None]
    return y, ConvCache(padded, windows, w, stride, pad)


def conv2d_backward(dy: Array, cache: ConvCache) -> Gradients:
    """dw = Σ dy·window, dx = the windows' gradients added back where they overlap (col2im), db = Σ dy."""
    padded, windows, w, stride, pad = cache
    F = len(w)
    kernel = w.reshape(F, -1)
    dw = np.zeros_like(kernel)
    dpadded = np.zeros_like(padded)
    for part, columns in _blocks(windows):
        dy_part = dy[part].reshape(len(columns), F, -1)
        dw += (dy_part @ transposed(columns)).sum(axis=0)
        # the windows are done with, and their buffer is still in the processor's cache
        dcolumns = np.matmul(kernel.T, dy_part, out=columns)
        col2im(dcolumns.reshape(windows[part].shape), dpadded[part], stride)
    return {"x": unpad_images(dpadded, pad), "w": dw.reshape(w.shape), "b": dy.sum(axis=(0, 2, 3))}


def max_pool2d_forward(x: Array, k: int, stride: int | None = None, pad: int = 0) -> tuple[Array, Cache]:
    """The largest entry of each k×k window; x: (N, C, H, W) → (N, C, H', W'). stride: k where not given.

    Padding is −∞, so that it never wins over a negative entry; a window of nothing but padding gives −∞.
    O(N·C·H'·W'·k²).
    """
    (x,) = reals(x)
    stride = k if stride is None else stride
    padded = pad_images(x, pad, -np.inf)
    windows = _windows(padded, (k, k), stride).transpose(0, 1, 4, 5, 2, 3)
    flat = windows.reshape(*windows.shape[:4], k * k)
    winner = flat.argmax(axis=-1)
    y = np.take_along_axis(flat, winner[..., None], axis=-1)[..., 0]
    return y, (winner, padded.shape, k, stride, pad)


def max_pool2d_backward(dy: Array, cache: Cache) -> Gradients:
    """The gradient goes to the entry that won; of equal ones, the first in reading order."""
    winner, shape, k, stride, pad = cache
    won = winner[:, :, None] == np.arange(k * k)[:, None, None]
    dcolumns = np.where(won, dy[:, :, None], dy.dtype.type(0)).reshape(*dy.shape[:2], k, k, *dy.shape[2:])
    dpadded = np.zeros(shape, dtype=dy.dtype)
    col2im(dcolumns, dpadded, stride)
    return {"x": unpad_images(dpadded, pad)}


def col2im(columns: Array, images: Array, stride: int) -> None:
    """Adds columns (N, C, R, S, H', W') into images (N, C, H, W) where the windows were taken; R·S slice-additions."""
    *_, R, S, height, width = columns.shape
    for r in range(R):
        for s in range(S):
            images[:, :, r : r + stride * height : stride, s : s + stride * width : stride] += columns[:, :, r, s]


def pad_images(x: Array, pad: int, value: float = 0.0) -> Array:
    """x with `pad` more pixels on all four sides; x itself where pad is 0."""
    if pad == 0:
        return x
    N, C, H, W = x.shape
    padded = np.full((N, C, H + 2 * pad, W + 2 * pad), value, dtype=x.dtype)
    padded[:, :, pad:-pad, pad:-pad] = x
    return padded


def unpad_images(x: Array, pad: int) -> Array:
    """x without the `pad` pixels on all four sides."""
    return x[:, :, pad:-pad, pad:-pad] if pad else x


def _windows(x: Array, size: tuple[int, ...], stride: int) -> Array:
    """(N, C, R, S, H', W'), a view: entry (r, s) of every window. Raises ValueError where no window fits."""
    for n, f in zip(x.shape[2:], size, strict=True):
        conv_output_size(n, f, stride)
    windows = sliding_window_view(x, size, axis=(2, 3))[:, :, ::stride, ::stride]
    return windows.transpose(0, 1, 4, 5, 2, 3)


def _blocks(windows: Array) -> Iterator[tuple[slice, Array]]:
    """A few samples at a time, unrolled: (samples, C·R·S, H'·W'), always in the same buffer."""
    N, C, R, S, height, width = windows.shape
    size = max(1, BLOCK_BYTES // max(1, windows[:1].size * windows.itemsize))
    buffer = np.empty((min(size, N), C, R, S, height, width), dtype=windows.dtype)
    for start in range(0, N, size):
        part = slice(start, min(start + size, N))
        block = buffer[: part.stop - start]
        block[...] = windows[part]
        yield part, block.reshape(len(block), C * R * S, height * width)
