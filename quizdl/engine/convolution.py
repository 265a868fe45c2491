"""Convolution (really cross-correlation, as in every framework) of images (N, C, H, W) with filters (F, C, R, S).

    y[n, f, i, j] = b[f] + Σ_c Σ_r Σ_s w[f, c, r, s] · x[n, c, i·stride + r·dilation, j·stride + s·dilation]

Three linear maps do it all: `correlate` (images → outputs), `spread`, its transpose (outputs → images), and
`filter_gradient`. A convolution goes back by the last two; a transposed convolution is `spread`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple, TypeAlias

import numpy as np

from quizdl.engine.arrays import Array, Gradients, arriving, checked, transposed
from quizdl.engine.errors import ShapeError
from quizdl.engine.sizes import need_at_least
from quizdl.engine.small_convolution import SmallCache, small_conv2d_backward, small_conv2d_forward, tables
from quizdl.engine.windows import Both, Padding, Placement, pad_images, pair, placement, sides, unpad_images, windows

BLOCK_BYTES = 2 * 2**20
"""How much is unrolled at a time: what stays in the cache is twice as fast as the whole batch at once."""


SMALL = 2**12
"""Numbers in images that the form of `small_convolution.py` may be quicker for."""


class Unrolled:
    """The windows of padded images as columns (groups, C/groups·R·S, n·H'·row), a few samples at a time.

    row is W', but with stride 1 and not too many filters the windows are laid out `flat`: each row of them is as wide
    as the padded image, its last ones reading on into the image's next row. All rows are then one stretch of memory,
    which is copied several times as fast; the few windows too many are cut off from the output, and get the gradient 0.

    If one block holds all samples, it is kept for the backward; otherwise the blocks are made anew for each pass over
    them, always in the same memory.
    """

    def __init__(self, x: Array, place: Placement, groups: int) -> None:
        self.place, self.groups, self.samples = place, groups, len(x)
        (top, bottom), across = place.pad
        spare = place.row > place.output[1]  # the very last windows read on into a row that is below the border
        padded = pad_images(x, ((top, bottom + spare), across))
        self._view = windows(padded, place, place.row).transpose(1, 2, 3, 0, 4, 5)
        self._parts = _parts(self.samples, self._view.nbytes // self.samples)
        self._kept = None
        if len(self._parts) == 1:
            columns = self._view.copy().reshape(groups, -1, self.samples * place.output[0] * place.row)
            self._kept = [(self._parts[0], columns)]

    def __iter__(self) -> Iterator[tuple[slice, Array]]:
        return self._blocks() if self._kept is None else iter(self._kept)

    def _blocks(self) -> Iterator[tuple[slice, Array]]:
        C, R, S, _, H, row = self._view.shape
        buffer = np.empty(C * R * S * self._parts[0].stop * H * row, dtype=self._view.dtype)
        for part in self._parts:
            n = part.stop - part.start
            block = buffer[: C * R * S * n * H * row].reshape(C, R, S, n, H, row)
            block[...] = self._view[:, :, :, part]
            yield part, block.reshape(self.groups, -1, n * H * row)


class WindowsCache(NamedTuple):
    """The images' windows, the filters, and whether there was a bias."""

    columns: Unrolled
    w: Array
    biased: bool

    @property
    def output(self) -> tuple[int, int, int, int]:
        """(N, F, H', W')."""
        return self.columns.samples, len(self.w), *self.columns.place.output


ConvCache: TypeAlias = WindowsCache | SmallCache


def conv2d_forward(
    x: Array,
    w: Array,
    b: Array | None,
    stride: Both = 1,
    pad: Padding = 0,
    *,
    dilation: Both = 1,
    groups: int = 1,
) -> tuple[Array, ConvCache]:
    """y[n, f] = Σ_c x[n, c] ⋆ w[f, c] + b[f]; x: (N, C, H, W), w: (F, C/groups, R, S), b: (F,) → (N, F, H', W').

    H' = ⌊(H + 2·pad − dilation·(R − 1) − 1)/stride⌋ + 1. stride, pad, dilation: one number or (vertical, horizontal);
    pad also ((top, bottom), (left, right)). With groups, the f-th of their F/groups filters sees only the f-th part of
    the channels; groups = C is a depthwise convolution. O(N·F·C/groups·R·S·H'·W').
    """
    x, w, b = checked(x=(x, "N C H W"), w=(w, "F C R S" if groups == 1 else "F C/groups R S"), b=(b, "F"))
    need_even_groups(groups, x.shape[1], len(w))
    if w.shape[1] * groups != x.shape[1]:
        raise ShapeError(
            "w",
            f"{x.shape[1]} チャネルを {groups} グループに分けた形 (F, C/groups, R, S) が必要ですが、{w.shape} です",
            f"expected (F, C/groups, R, S) with C = {x.shape[1]} and groups = {groups}, found {w.shape}",
        )
    how = pair("stride", stride), sides(pad), pair("dilation", dilation)
    small = tables(x.shape, w.shape, *how) if groups == 1 and x.size <= SMALL else None
    if small is not None:
        return small_conv2d_forward(x, w, b, small)
    columns = Unrolled(x, placement(x.shape[2:], w.shape[2:], *how, filters=len(w) // groups), groups)
    return correlate(columns, w, b), WindowsCache(columns, w, b is not None)


def conv2d_backward(dy: Array, cache: ConvCache) -> Gradients:
    """dx: each window's share of dy, added back where it was taken; dw = Σ dy·window, db = Σ dy."""
    if isinstance(cache, SmallCache):
        return small_conv2d_backward(dy, cache)
    columns, w, biased = cache
    place = columns.place
    dy = arriving(dy, cache.output).astype(w.dtype, copy=False)
    dx = unpad_images(spread(dy, w, place, columns.groups), place.pad)
    gradients = {"x": dx, "w": filter_gradient(dy, columns)}
    return {**gradients, "b": dy.sum(axis=(0, 2, 3))} if biased else gradients


def im2col(x: Array, size: Both, stride: Both = 1, pad: Padding = 0, dilation: Both = 1) -> Array:
    """Every window as a row; x: (N, C, H, W), size: (R, S) → (N·H'·W', C·R·S).

    A convolution is then one matrix product: im2col(x) @ w.reshape(F, −1).T + b is y with its channels last.
    """
    (x,) = checked(x=(x, "N C H W"))
    place = _unrolling(x.shape, size, stride, pad, dilation)
    view = windows(pad_images(x, place.pad), place, place.output[1])
    return view.transpose(0, 4, 5, 1, 2, 3).copy().reshape(-1, x.shape[1] * place.size[0] * place.size[1])


def col2im(
    columns: Array,
    shape: tuple[int, int, int, int],
    size: Both,
    stride: Both = 1,
    pad: Padding = 0,
    dilation: Both = 1,
) -> Array:
    """The transpose of `im2col`: adds every row back where it was taken; columns: (N·H'·W', C·R·S) → (N, C, H, W).

    A pixel that several windows share gets the sum, so this is not the inverse, but the backward of `im2col`.
    """
    if len(shape) != 4 or min(shape) < 1:
        raise ShapeError(
            "shape", f"形 (N, C, H, W) が必要ですが、{shape} です", f"expected (N, C, H, W), found {shape}"
        )
    place = _unrolling(shape, size, stride, pad, dilation)
    (N, C), (R, S), (H, W) = shape[:2], place.size, place.output
    columns = arriving(columns, (N * H * W, C * R * S), "columns")
    images = np.zeros((N, C, *place.padded), dtype=columns.dtype)
    _add_windows(columns.reshape(N, H, W, C, R, S).transpose(0, 3, 4, 5, 1, 2), images, place)
    return unpad_images(images, place.pad)


def correlate(columns: Unrolled, w: Array, b: Array | None = None) -> Array:
    """y (N, F, H', W'): of each block, the filters (F, C·R·S) times the windows as columns (C·R·S, n·H'·W'), plus b."""
    place, groups, F = columns.place, columns.groups, len(w)
    H, W = place.output
    kernel = w.reshape(groups, F // groups, -1)
    bias = 0.0 if b is None else b[:, None, None]
    y = np.empty((columns.samples, F, H, W), dtype=w.dtype)
    for part, block in columns:
        outputs = _products(kernel, block).reshape(F, -1, H, place.row)
        np.add(outputs[..., :W].swapaxes(0, 1), bias, out=y[part])
    return y


def filter_gradient(dy: Array, columns: Unrolled) -> Array:
    """dw (F, C/groups, R, S): the sum over blocks of dy (F, n·H'·W') times the windows as rows (n·H'·W', C·R·S)."""
    place, groups, F = columns.place, columns.groups, dy.shape[1]
    H, W = place.output
    gradients = []
    for part, block in columns:
        outputs = np.zeros((F, part.stop - part.start, H, place.row), dtype=dy.dtype)
        outputs[..., :W] = dy[part].swapaxes(0, 1)
        gradients.append(_products(outputs.reshape(groups, F // groups, -1), transposed(block)))
    dw: Array = gradients[0] if len(gradients) == 1 else np.add.reduce(gradients)
    return dw.reshape(F, -1, *place.size)


def spread(dy: Array, w: Array, place: Placement, groups: int) -> Array:
    """The transpose of `correlate`: each output, times its filter, added where its window was; → (N, C, padded size).

    The columns are wᵀ dy (C·R·S, H'·W') for each sample, and then as in `col2im`.
    """
    N, F, (H, W) = len(dy), len(w), place.output
    C, (R, S) = w.shape[1] * groups, place.size
    back = transposed(w.reshape(groups, F // groups, -1))
    if place.flat:
        return _spread_flat(dy, back, place)
    images = np.zeros((N, C, *place.padded), dtype=dy.dtype)
    for part in _parts(N, C * R * S * H * W * dy.itemsize):
        columns = back @ dy[part].reshape(-1, groups, F // groups, H * W)
        _add_windows(columns.reshape(-1, C, R, S, H, W), images[part], place)
    return images


def need_even_groups(groups: int, *channels: int) -> None:
    """Raises ShapeError unless the groups share the channels evenly, on both sides where both are given."""
    if type(groups) is int and groups == 1:
        return
    need_at_least(1, groups=groups)
    if any(n % groups for n in channels):
        found = ", ".join(str(n) for n in channels)
        raise ShapeError(
            "groups",
            f"チャネル数 {found} の公約数が必要ですが、{groups} です",
            f"expected a divisor of the numbers of channels, {found}, found {groups}",
        )


def _products(a: Array, b: Array) -> Array:
    """a @ b for each group; a single one is multiplied without the stack, which for small images is a third quicker."""
    return a[0].dot(b[0])[None] if len(a) == 1 else a @ b


def _spread_flat(dy: Array, back: Array, place: Placement) -> Array:
    """`spread` for flat windows: there, entry (r, s) of all windows is the image moved by r rows and s columns.

    So pixel q of the flattened image is Σ_r Σ_s columns[r, s, q − r·row − s], the columns having zeros before and after
    them: one sum over a view, instead of R·S additions of slices that are no longer than a row.
    """
    (N, F), (H, W) = dy.shape[:2], place.output
    groups, own, _ = back.shape
    (R, S), row = place.size, place.row
    C, pixels = groups * own // (R * S), place.padded[0] * row
    down, across = place.dilation[0] * row, place.dilation[1]
    zeros = (R - 1) * down + (S - 1) * across
    length = zeros + pixels
    parts = _parts(N, groups * own * length * dy.itemsize)
    columns = np.zeros((parts[0].stop, groups, own, length), dtype=dy.dtype)
    steps = C * R * S * length, R * S * length, S * length - down, length - across, 1
    moved = np.ndarray(
        (len(columns), C, R, S, pixels),
        dy.dtype,
        columns,
        zeros * dy.itemsize,
        tuple(step * dy.itemsize for step in steps),
    )
    outputs = np.zeros((len(columns), F, H, row), dtype=dy.dtype)
    images = np.empty((N, C, *place.padded), dtype=dy.dtype)
    for part in parts:
        n = part.stop - part.start
        outputs[:n, ..., :W] = dy[part]
        rows = outputs[:n].reshape(n, groups, F // groups, H * row)
        np.matmul(back, rows, out=columns[:n, ..., zeros : zeros + H * row])
        np.add.reduce(moved[:n], axis=(2, 3), out=images[part].reshape(n, C, pixels))
    return images


def _add_windows(columns: Array, images: Array, place: Placement) -> None:
    """Adds columns (N, C, R, S, H', W') into padded images (N, C, …) where they were taken; R·S slice-additions."""
    for (r, s), entry in zip(product(*map(range, place.size)), place.entries, strict=True):
        images[entry] += columns[:, :, r, s]


def _parts(N: int, size: int) -> list[slice]:
    """The samples, as many at a time as BLOCK_BYTES hold, `size` bytes each; at least one."""
    n = min(N, max(1, BLOCK_BYTES // size))
    return [slice(start, min(start + n, N)) for start in range(0, N, n)]


def _unrolling(shape: tuple[int, ...], size: Both, stride: Both, pad: Padding, dilation: Both) -> Placement:
    return placement(
        shape[2:], pair("size", size), pair("stride", stride), sides(pad), pair("dilation", dilation), window="size"
    )
