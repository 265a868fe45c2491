"""Pooling of images (N, C, H, W): one number for each window, each channel by itself; and unpooling.

k, stride and dilation are one number or (vertical, horizontal); stride is k where it is not given; pad also may be
((top, bottom), (left, right)). With ceil_mode a last, incomplete window counts if it begins in the image or in the
padding before it. H' = ⌊(H + 2·pad − dilation·(k − 1) − 1)/stride⌋ + 1, or ⌈…⌉ + 1. O(N·C·H'·W'·k²) each.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.arrays import Array, Cache, Gradients, Ids, Mask, arriving, checked, whole
from quizdl.engine.checks import number
from quizdl.engine.sizes import need_at_least
from quizdl.engine.windows import (
    Both,
    Padding,
    Pair,
    Placement,
    pad_images,
    pair,
    placement,
    sides,
    unpad_images,
    widthwise,
)


def max_pool2d_forward(
    x: Array, k: Both, stride: Both | None = None, pad: Padding = 0, *, dilation: Both = 1, ceil_mode: bool = False
) -> tuple[Array, Cache]:
    """The largest entry of each window; x: (N, C, H, W) → (N, C, H', W').

    Padding is −∞, so that it never wins over a negative entry; a window of nothing but padding gives −∞.
    """
    (x,) = checked(x=(x, "N C H W"))
    place = _windows(x, k, stride, pad, dilation, ceil_mode)
    padded = pad_images(x, place.pad, -np.inf)
    y = padded[place.entries[0]].copy()
    for entry in place.entries[1:]:
        np.maximum(y, padded[entry], out=y)
    return y, (padded, y, place)


def max_pool2d_backward(dy: Array, cache: Cache) -> Gradients:
    """The gradient goes to the entry that won; of equal ones, the first in reading order."""
    padded, y, place = cache
    dy = arriving(dy, y.shape)
    dpadded = np.zeros(padded.shape, dtype=dy.dtype)
    for entry, won in _winners(padded, y, place):
        dpadded[entry] += dy * won
    return {"x": unpad_images(dpadded, place.pad)}


def max_pool2d_indices(
    x: Array, k: Both, stride: Both | None = None, pad: Padding = 0, *, dilation: Both = 1, ceil_mode: bool = False
) -> Ids:
    """Where each window's largest entry stands, as h·W + w in its own channel: what `max_unpool2d` needs.

    −1 where the window holds NaN, or nothing but padding. (N, C, H', W').
    """
    y, (padded, _, place) = max_pool2d_forward(x, k, stride, pad, dilation=dilation, ceil_mode=ceil_mode)
    H, W = np.shape(x)[2:]
    numbers = np.zeros((1, 1, *place.padded), dtype=np.intp)
    unpad_images(numbers, place.pad)[...] = np.arange(1, H * W + 1).reshape(H, W)
    indices = np.full(y.shape, -1)
    for entry, won in _winners(padded, y, place):
        indices += numbers[entry] * won
    return indices


def max_unpool2d_forward(x: Array, indices: ArrayLike, size: Pair) -> tuple[Array, Cache]:
    """Each entry back to where its maximum stood, 0 elsewhere; x, indices: (N, C, H', W'), size: (H, W) → (N, C, H, W).

    Where two windows had the same maximum, the later entry stands. Zeiler & Fergus 2014, §2.1. O(N·C·H·W).
    """
    (x,) = checked(x=(x, "N C H W"))
    (H, W), (N, C) = pair("size", size), x.shape[:2]
    need_at_least(1, size=min(H, W))
    indices = whole("indices", indices, "N C H W", dict(zip("NCHW", x.shape, strict=True)), below=H * W)
    planes = indices.reshape(N, C, -1)
    y = np.zeros((N, C, H * W), dtype=x.dtype)
    np.put_along_axis(y, planes, x.reshape(N, C, -1), axis=-1)
    return y.reshape(N, C, H, W), (planes, x.shape, (N, C, H, W))


def max_unpool2d_backward(dy: Array, cache: Cache) -> Gradients:
    """dx is read from where x was put; 0 for an entry that was overwritten."""
    planes, shape, size = cache
    dy = arriving(dy, size).reshape(*shape[:2], -1)
    entries = np.broadcast_to(np.arange(planes.shape[-1]), planes.shape)
    last = np.empty(dy.shape, dtype=np.intp)
    np.put_along_axis(last, planes, entries, axis=-1)
    stands = np.take_along_axis(last, planes, axis=-1) == entries
    dx = np.where(stands, np.take_along_axis(dy, planes, axis=-1), dy.dtype.type(0))
    return {"x": dx.reshape(shape)}


def avg_pool2d_forward(
    x: Array,
    k: Both,
    stride: Both | None = None,
    pad: Padding = 0,
    *,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> tuple[Array, Cache]:
    """The mean of each window; x: (N, C, H, W) → (N, C, H', W').

    Padding is 0 and counts in the mean, or, with count_include_pad=False, does not; what lies behind the padding (in
    ceil_mode) never counts. A window of nothing that counts gives 0.
    """
    (x,) = checked(x=(x, "N C H W"))
    place = _windows(x, k, stride, pad, 1, ceil_mode)
    counts = _counts(x, place, sides(pad) if count_include_pad else ((0, 0), (0, 0)))
    return _sum(pad_images(x, place.pad), place) / counts, (x.shape, counts, place)


def avg_pool2d_backward(dy: Array, cache: Cache) -> Gradients:
    """Every entry of a mean over n gets 1/n of its gradient, from every window that it is in."""
    shape, counts, place = cache
    share = arriving(dy, (*shape[:2], *place.output)) / counts
    return {"x": unpad_images(_shared_out(share, place), place.pad)}


def lp_pool2d_forward(
    x: Array, k: Both, stride: Both | None = None, pad: Padding = 0, *, p: float = 2.0, ceil_mode: bool = False
) -> tuple[Array, Cache]:
    """(Σ |x|^p)^(1/p) of each window, p ≥ 1: the sum for p = 1, and ever nearer the maximum as p grows.

    x: (N, C, H, W) → (N, C, H', W'). In ceil_mode, the sum of an incomplete window is scaled up to a whole one's, as in
    PyTorch (which has x^p instead of |x|^p: the same for even p and where x ≥ 0). Sermanet et al. 2012, §3.1.
    """
    (x,) = checked(x=(x, "N C H W"))
    p = number("p", p, 1.0)
    place = _windows(x, k, stride, pad, 1, ceil_mode)
    padded = np.abs(pad_images(x, place.pad))
    scale = place.size[0] * place.size[1] / _counts(x, place, sides(pad))
    y = (_sum(padded**p, place) * scale) ** (1 / p)
    return y, (x, padded, y, scale, p, place)


def lp_pool2d_backward(dy: Array, cache: Cache) -> Gradients:
    """dx = Σ dy·(|x|/y)^(p−1)·sign(x), 0 in a window of zeros."""
    x, padded, y, scale, p, place = cache
    share = arriving(dy, y.shape) * scale
    norm = np.where(y > 0, y, y.dtype.type(1))
    dpadded = np.zeros(padded.shape, dtype=dy.dtype)
    for entry in place.entries:
        dpadded[entry] += share * (padded[entry] / norm) ** (p - 1)
    return {"x": unpad_images(dpadded, place.pad) * np.sign(x)}


def global_avg_pool_forward(x: Array) -> tuple[Array, Cache]:
    """The mean of each channel; x: (N, C, H, W) → (N, C). Lin et al. 2014, §3.2. O(N·C·H·W)."""
    (x,) = checked(x=(x, "N C H W"))
    return x.mean(axis=(2, 3)), (x.shape,)


def global_avg_pool_backward(dy: Array, cache: Cache) -> Gradients:
    """Every pixel gets 1/(H·W) of its channel's gradient."""
    (shape,) = cache
    share = arriving(dy, shape[:2]) / (shape[2] * shape[3])
    return {"x": np.broadcast_to(share[..., None, None], shape).copy()}


def global_max_pool_forward(x: Array) -> tuple[Array, Cache]:
    """The largest entry of each channel; x: (N, C, H, W) → (N, C). O(N·C·H·W)."""
    (x,) = checked(x=(x, "N C H W"))
    planes = x.reshape(*x.shape[:2], -1)
    winner = planes.argmax(axis=-1)[..., None]
    return np.take_along_axis(planes, winner, axis=-1)[..., 0], (winner, x.shape)


def global_max_pool_backward(dy: Array, cache: Cache) -> Gradients:
    """The gradient goes to the entry that won; of equal ones, the first in reading order."""
    winner, shape = cache
    dy = arriving(dy, shape[:2])
    dx = np.zeros((*shape[:2], shape[2] * shape[3]), dtype=dy.dtype)
    np.put_along_axis(dx, winner, dy[..., None], axis=-1)
    return {"x": dx.reshape(shape)}


def max_pool1d_forward(
    x: Array, k: int, stride: int | None = None, pad: Both = 0, *, dilation: int = 1, ceil_mode: bool = False
) -> tuple[Array, Cache]:
    """`max_pool2d` of sequences, which are images of height 1; x: (N, C, L) → (N, C, L'); pad may be (left, right)."""
    (x,) = checked(x=(x, "N C L"))
    strides = None if stride is None else (1, stride)
    options: dict[str, Any] = {"dilation": (1, dilation), "ceil_mode": ceil_mode}
    y, cache = max_pool2d_forward(x[:, :, None], (1, k), strides, widthwise(pad), **options)
    return y[:, :, 0], cache


def max_pool1d_backward(dy: Array, cache: Cache) -> Gradients:
    """As `max_pool2d_backward`."""
    _, y, _ = cache
    return _flattened(max_pool2d_backward(_as_images(dy, y.shape), cache))


def avg_pool1d_forward(
    x: Array,
    k: int,
    stride: int | None = None,
    pad: Both = 0,
    *,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> tuple[Array, Cache]:
    """`avg_pool2d` of sequences, which are images of height 1; x: (N, C, L) → (N, C, L'); pad may be (left, right)."""
    (x,) = checked(x=(x, "N C L"))
    strides = None if stride is None else (1, stride)
    options: dict[str, Any] = {"ceil_mode": ceil_mode, "count_include_pad": count_include_pad}
    y, cache = avg_pool2d_forward(x[:, :, None], (1, k), strides, widthwise(pad), **options)
    return y[:, :, 0], cache


def avg_pool1d_backward(dy: Array, cache: Cache) -> Gradients:
    """As `avg_pool2d_backward`."""
    shape, _, place = cache
    return _flattened(avg_pool2d_backward(_as_images(dy, (*shape[:2], *place.output)), cache))


def _windows(x: Array, k: Both, stride: Both | None, pad: Padding, dilation: Both, ceil_mode: bool) -> Placement:
    size = pair("k", k)
    strides = size if stride is None else pair("stride", stride)
    shape = x.shape[2], x.shape[3]
    return placement(shape, size, strides, sides(pad), pair("dilation", dilation), window="k", ceil_mode=ceil_mode)


def _winners(padded: Array, y: Array, place: Placement) -> Iterator[tuple[Any, Mask]]:
    """For each entry of the windows, in reading order: where it stands, and where it is the first maximum."""
    free = np.ones(y.shape, dtype=bool)
    for entry in place.entries:
        won = padded[entry] == y
        won &= free
        free ^= won
        yield entry, won


def _sum(padded: Array, place: Placement) -> Array:
    total = padded[place.entries[0]].copy()
    for entry in place.entries[1:]:
        total += padded[entry]
    return total


def _shared_out(share: Array, place: Placement) -> Array:
    """The transpose of `_sum`: each window's number added to all its entries; → (N, C, padded size)."""
    dpadded = np.zeros((*share.shape[:2], *place.padded), dtype=share.dtype)
    for entry in place.entries:
        dpadded[entry] += share
    return dpadded


def _counts(x: Array, place: Placement, counted: tuple[Pair, Pair]) -> Array:
    """(H', W'), or () where all are alike: how many entries of each window are in the image or the counted padding."""
    R, S = place.size
    if counted == place.pad:
        return np.asarray(R * S, dtype=x.dtype)
    rows, columns = (
        np.minimum(_begins(place, axis) + place.size[axis], x.shape[2 + axis] + counted[axis][1])
        - np.maximum(_begins(place, axis), -counted[axis][0])
        for axis in (0, 1)
    )
    counts: Array = (np.maximum(rows, 0)[:, None] * np.maximum(columns, 0)).astype(x.dtype)
    return np.maximum(counts, counts.dtype.type(1))


def _begins(place: Placement, axis: int) -> Ids:
    """Where the windows begin along an axis of the image, negative in the padding before it."""
    return np.arange(place.output[axis]) * place.stride[axis] - place.pad[axis][0]


def _as_images(dy: Array, shape: tuple[int, ...]) -> Array:
    """(N, C, L) → (N, C, 1, L)."""
    return arriving(dy, (*shape[:2], shape[3]))[:, :, None]


def _flattened(gradients: Gradients) -> Gradients:
    """(N, C, 1, L) → (N, C, L)."""
    return {name: gradient[:, :, 0] for name, gradient in gradients.items()}
