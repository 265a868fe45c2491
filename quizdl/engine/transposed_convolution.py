"""Transposed convolution ("deconvolution", "fractionally strided convolution"), which makes images larger.

It is the backward of a convolution, run as a forward: where a convolution with w makes y of x, and dx of dy in its
backward, the transposed convolution with the same w makes its output of x as that dx is made of dy. Each pixel of x,
times its filters, is added into the output where that convolution's window stood. Its own backward is then an ordinary
convolution. It undoes a convolution's shape, and not its values. Dumoulin & Visin 2016, §4.
"""

from __future__ import annotations

from typing import NamedTuple

from quizdl.engine.arrays import Array, Gradients, arriving, checked
from quizdl.engine.convolution import Unrolled, correlate, filter_gradient, need_even_groups, spread
from quizdl.engine.errors import RangeError, ShapeError
from quizdl.engine.windows import Both, Padding, Pair, Placement, Sides, pair, placement, sides, unpad_images, widthwise


class TransposedCache(NamedTuple):
    """The arguments, the output's size, and the windows of the convolution that this one is the backward of."""

    x: Array
    w: Array
    biased: bool
    size: Pair
    place: Placement
    groups: int


def conv_transpose2d_forward(
    x: Array,
    w: Array,
    b: Array | None,
    stride: Both = 1,
    pad: Padding = 0,
    *,
    output_padding: Both = 0,
    dilation: Both = 1,
    groups: int = 1,
) -> tuple[Array, TransposedCache]:
    """y = the sum of x[n, c, i, j]·w[c] at (i·stride, j·stride), less `pad` on every side, plus b.

    x: (N, C, H, W), w: (C, F/groups, R, S), b: (F,) → (N, F, H', W'), where H' = (H − 1)·stride − 2·pad +
    dilation·(R − 1) + output_padding + 1. output_padding (below and right, less than the stride or the dilation)
    chooses among the sizes from which the convolution gives H. O(N·C·F/groups·R·S·H·W).
    """
    x, w, b = checked(x=(x, "N C H W"), w=(w, "C F R S" if groups == 1 else "C F/groups R S"), b=(b, "F"))
    need_even_groups(groups, len(w))
    F = w.shape[1] * groups
    if b is not None and len(b) != F:
        raise ShapeError("b", f"形 ({F},) が必要ですが、{b.shape} です", f"expected ({F},), found {b.shape}")
    placed = pair("stride", stride), sides(pad), pair("dilation", dilation)
    place, size = _enlarging(x, w, *placed, output_padding, groups)
    y = unpad_images(spread(x, w, place, groups), place.pad)
    return y + (0.0 if b is None else b[:, None, None]), TransposedCache(x, w, b is not None, size, place, groups)


def conv_transpose2d_backward(dy: Array, cache: TransposedCache) -> Gradients:
    """dx: dy convolved with w; dw: as a convolution's, dy being its images and x what arrives at it; db = Σ dy."""
    x, w, biased, size, place, groups = cache
    dy = arriving(dy, (len(x), w.shape[1] * groups, *size)).astype(w.dtype, copy=False)
    columns = Unrolled(dy, place, groups)
    gradients = {"x": correlate(columns, w), "w": filter_gradient(x, columns)}
    return {**gradients, "b": dy.sum(axis=(0, 2, 3))} if biased else gradients


def conv_transpose1d_forward(
    x: Array,
    w: Array,
    b: Array | None,
    stride: int = 1,
    pad: Both = 0,
    *,
    output_padding: int = 0,
    dilation: int = 1,
    groups: int = 1,
) -> tuple[Array, TransposedCache]:
    """`conv_transpose2d` of sequences, which are images of height 1: x (N, C, L), w (C, F/groups, K) → (N, F, L')."""
    x, w, b = checked(x=(x, "N C L"), w=(w, "C F/groups K"), b=(b, "F"))
    y, cache = conv_transpose2d_forward(
        x[:, :, None],
        w[:, :, None],
        b,
        (1, stride),
        widthwise(pad),
        output_padding=(0, output_padding),
        dilation=(1, dilation),
        groups=groups,
    )
    return y[:, :, 0], cache


def conv_transpose1d_backward(dy: Array, cache: TransposedCache) -> Gradients:
    """As `conv_transpose2d_backward`."""
    dy = arriving(dy, (len(cache.x), cache.w.shape[1] * cache.groups, cache.size[1]))
    gradients = conv_transpose2d_backward(dy[:, :, None], cache)
    return {**gradients, "x": gradients["x"][:, :, 0], "w": gradients["w"][:, :, 0]}


def _enlarging(
    x: Array, w: Array, stride: Pair, pad: Sides, dilation: Pair, output_padding: Both, groups: int
) -> tuple[Placement, Pair]:
    """The windows of the convolution that makes x of the output, and the output's size (H', W')."""
    extra = pair("output_padding", output_padding)
    for more, s, d in zip(extra, stride, dilation, strict=True):
        if not 0 <= more < max(s, d, 1):
            raise RangeError(
                "output_padding",
                f"ストライドか dilation より小さい 0 以上の数が必要ですが、{more} です",
                f"expected at least 0 and less than the stride or the dilation, found {more}",
            )
    height, width = (
        (n - 1) * s - sum(p) + d * (f - 1) + more + 1
        for n, f, s, p, d, more in zip(x.shape[2:], w.shape[2:], stride, pad, dilation, extra, strict=True)
    )
    if min(height, width) < 1:
        raise ShapeError(
            "pad",
            f"パディングで何も残りません。出力の大きさが {(height, width)} になります",
            f"the padding cuts away everything: the output would be {(height, width)}",
        )
    size = height, width
    count = x.shape[2], x.shape[3]
    return placement(size, w.shape[2:], stride, pad, dilation, filters=len(w) // groups, count=count), size
