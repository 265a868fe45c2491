"""Where the windows of a convolution or a pooling lie, and how images get their border.

Images are (N, C, H, W); whatever has two numbers is (vertical, horizontal). Window (i, j) begins at row i·stride and
column j·stride of the padded image, and its entry (r, s) stands r·dilation rows and s·dilation columns further on.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from types import EllipsisType
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from quizdl.engine.arrays import Array
from quizdl.engine.errors import DTypeError, RangeError, ShapeError

Pair: TypeAlias = tuple[int, int]
"""(vertical, horizontal), or (before, after)."""

Sides: TypeAlias = tuple[Pair, Pair]
"""((top, bottom), (left, right))."""

Both: TypeAlias = int | Sequence[int]
"""What a caller may say: one number for both directions, or (vertical, horizontal)."""

Padding: TypeAlias = int | Sequence[int | Sequence[int]]
"""One number for all sides, (vertical, horizontal), or ((top, bottom), (left, right))."""


class Placement(NamedTuple):
    """A layer's windows on images of one size.

    padded: the size with the border; output: how many windows; entries: for each entry (r, s) of a window, in reading
    order, where all windows have it in the padded images; flat and row: see `convolution.Unrolled`.
    """

    size: Pair
    stride: Pair
    pad: Sides
    dilation: Pair
    padded: Pair
    output: Pair
    entries: tuple[tuple[EllipsisType, slice, slice], ...]
    flat: bool
    row: int


def pair(name: str, x: Both) -> Pair:
    """(vertical, horizontal). Raises ShapeError or DTypeError, naming the argument."""
    if type(x) is int:
        return x, x
    found = _two(x)
    if len(found) != 2:
        raise ShapeError(
            name,
            f"整数 1 つか (縦, 横) が必要ですが、{x!r} です",
            f"expected one whole number or (vertical, horizontal), found {x!r}",
        )
    for number in found:
        if not hasattr(number, "__index__"):
            raise DTypeError(name, f"整数が必要ですが、{x!r} です", f"expected whole numbers, found {x!r}")
    return int(found[0]), int(found[1])


def sides(pad: Padding) -> Sides:
    """((top, bottom), (left, right)). Raises ShapeError or DTypeError."""
    if type(pad) is int:
        return (pad, pad), (pad, pad)
    found = _two(pad)
    if len(found) != 2:
        raise ShapeError(
            "pad",
            f"整数 1 つ、(縦, 横)、((上, 下), (左, 右)) のどれかが必要ですが、{pad!r} です",
            f"expected one whole number, (vertical, horizontal) or ((top, bottom), (left, right)), found {pad!r}",
        )
    return pair("pad", found[0]), pair("pad", found[1])


def widthwise(pad: Both) -> Sides:
    """The sides of a sequence as an image of height 1, from one number or (left, right)."""
    return (0, 0), pair("pad", pad)


@lru_cache(maxsize=256)
def placement(
    image: Pair,
    size: Pair,
    stride: Pair,
    pad: Sides,
    dilation: Pair,
    *,
    window: str = "w",
    filters: int = 1,
    ceil_mode: bool = False,
    count: Pair | None = None,
) -> Placement:
    """All windows that fit, or only the first `count`; in ceil mode also a last one that does not quite.

    The padding below and right then grows by what it lacks. filters: how many a group has, for `flat`. Raises
    RangeError for a number that is too small, ShapeError (naming the argument `window`) where no window fits.
    """
    _need_at_least(1, **{window: size, "stride": stride, "dilation": dilation})
    _need_at_least(0, pad=(*pad[0], *pad[1]))
    (H, bottom), (W, right) = (
        _along(window, image[axis], size[axis], stride[axis], pad[axis], dilation[axis], ceil_mode) for axis in (0, 1)
    )
    H, W = (H, W) if count is None else count
    pad = (pad[0][0], bottom), (pad[1][0], right)
    padded = image[0] + sum(pad[0]), image[1] + sum(pad[1])
    entries = tuple(
        (..., slice(r, r + stride[0] * H, stride[0]), slice(s, s + stride[1] * W, stride[1]))
        for r in range(0, size[0] * dilation[0], dilation[0])
        for s in range(0, size[1] * dilation[1], dilation[1])
    )
    # Copying is saved for every window, and every window too many costs a product with each filter; measured.
    too_many = filters * (padded[1] - W)
    flat = stride == (1, 1) and too_many <= 12 * W and padded[0] * padded[1] <= 4 * H * W
    return Placement(size, stride, pad, dilation, padded, (H, W), entries, flat, padded[1] if flat else W)


def windows(padded: Array, place: Placement, width: int) -> Array:
    """(N, C, R, S, H', width), a view: entry (r, s) of every window, of which `width` are taken in each row.

    np.ndarray on the images' memory is ten times as quick as `as_strided`, and refuses to leave that memory.
    """
    padded = np.ascontiguousarray(padded)
    n, c, h, w = padded.strides
    (down, across), (dilated_down, dilated_across) = place.stride, place.dilation
    return np.ndarray(
        (*padded.shape[:2], *place.size, place.output[0], width),
        padded.dtype,
        padded,
        strides=(n, c, dilated_down * h, dilated_across * w, down * h, across * w),
    )


def pad_images(x: Array, pad: Sides, value: float = 0.0) -> Array:
    """x with a border of `value`; x itself where there is nothing to add."""
    (top, bottom), (left, right) = pad
    if not (top or bottom or left or right):
        return x
    N, C, H, W = x.shape
    shape = N, C, top + H + bottom, left + W + right
    padded = np.zeros(shape, dtype=x.dtype) if value == 0 else np.full(shape, value, dtype=x.dtype)
    padded[:, :, top : top + H, left : left + W] = x
    return padded


def unpad_images(x: Array, pad: Sides) -> Array:
    """x without its border."""
    (top, bottom), (left, right) = pad
    return x[:, :, top : x.shape[2] - bottom, left : x.shape[3] - right]


def _along(name: str, n: int, f: int, s: int, pad: Pair, d: int, ceil_mode: bool) -> Pair:
    """How many windows there are along one axis, and how much padding behind the image they reach into."""
    before, after = pad
    span = d * (f - 1) + 1
    rest = before + n + after - span
    count = (-(-rest // s) if ceil_mode else rest // s) + 1
    if ceil_mode and (count - 1) * s >= before + n:  # as in PyTorch, a window may not begin behind the image
        count -= 1
    if count < 1:
        raise ShapeError(
            name,
            f"フィルタの幅が {span} で、パディング後の入力 {before + n + after} より大きくなっています",
            f"the filter spans {span}, more than the padded input of {before + n + after}",
        )
    return count, max(after, (count - 1) * s + span - before - n)


def _need_at_least(least: int, **arguments: tuple[int, ...]) -> None:
    for name, numbers in arguments.items():
        if min(numbers) < least:
            raise RangeError(
                name,
                f"{least} 以上が必要ですが、{min(numbers)} です",
                f"expected at least {least}, found {min(numbers)}",
            )


def _two(x: Any) -> list[Any]:
    """What is in a pair; or one number, twice."""
    several = isinstance(x, tuple | list) or (isinstance(x, np.ndarray) and x.ndim > 0)
    return list(x) if several else [x, x]
