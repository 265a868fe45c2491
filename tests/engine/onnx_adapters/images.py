"""Convolution and pooling: ONNX gives padding as all beginnings, then all ends, or asks for "same"."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from onnx_adapters.node import Adapter, Node, NotHeldError, images
from quizdl.engine.convolution import col2im, conv2d_forward
from quizdl.engine.pooling import (
    avg_pool2d_forward,
    global_avg_pool_forward,
    global_max_pool_forward,
    lp_pool2d_forward,
    max_pool2d_forward,
    max_pool2d_indices,
    max_unpool2d_forward,
)
from quizdl.engine.transposed_convolution import conv_transpose2d_forward

Pair = tuple[int, int]


class Geometry(NamedTuple):
    """Where the windows are taken: size, stride, padding of both axes, dilation."""

    size: Pair
    stride: Pair
    pad: tuple[Pair, Pair]
    dilation: Pair


def pair(values: Any, flat: int = 1) -> Pair:
    """Two numbers; one alone belongs to the width, and the height of a sequence is `flat`."""
    found = [int(value) for value in values]
    if len(found) > 2:
        raise NotHeldError(f"{len(found)} spatial axes")
    return (flat, found[0]) if len(found) == 1 else (found[0], found[1])


def geometry(node: Node, shape: tuple[int, ...], size: Any) -> Geometry:
    """The node's attributes, for images of this height and width."""
    one = [1] * len(size)
    k, stride = pair(size), pair(node.get("strides", one))
    dilation = pair(node.get("dilations", one))
    auto = node.get("auto_pad", "NOTSET")
    if auto.startswith("SAME"):
        pad = tuple(same_padding(n, *rest, auto) for n, *rest in zip(shape, k, stride, dilation, strict=True))
    else:
        pads = node.get("pads", [0, 0] * len(size))
        begin, end = pair(pads[: len(size)], 0), pair(pads[len(size) :], 0)
        pad = tuple(zip(begin, end, strict=True))
    return Geometry(k, stride, pad, dilation)  # type: ignore[arg-type]


def same_padding(n: int, k: int, stride: int, dilation: int, auto: str) -> Pair:
    """As much that ⌈n/stride⌉ windows fit; an odd one goes to the end (upper) or to the beginning (lower)."""
    total = max((-(-n // stride) - 1) * stride + dilation * (k - 1) + 1 - n, 0)
    less, more = total // 2, total - total // 2
    return (less, more) if auto == "SAME_UPPER" else (more, less)


def back(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """A sequence's result without the height that it was given."""
    return y[:, :, 0] if x.ndim == 3 else y


def convolution(node: Node) -> list[Any]:
    """Cross-correlation, with groups and dilation."""
    x, w = images(node.inputs[0]), images(node.inputs[1])
    place = geometry(node, x.shape[2:], node.inputs[1].shape[2:])
    options: dict[str, Any] = {"dilation": place.dilation, "groups": node.get("group", 1)}
    y, _ = conv2d_forward(x, w, node.input(2), place.stride, place.pad, **options)
    return [back(y, node.inputs[0])]


def transposed(node: Node) -> list[Any]:
    """With padding cut off and with output padding; `output_shape` chooses the padding."""
    x, w = images(node.inputs[0]), images(node.inputs[1])
    size = node.inputs[1].shape[2:]
    place = geometry(node, x.shape[2:], size)
    extra = pair(node.get("output_padding", [0] * len(size)), 0)
    wanted = node.get("output_shape")
    auto = node.get("auto_pad", "NOTSET")
    pad = place.pad
    if wanted is not None or auto.startswith("SAME"):
        full = [
            (n - 1) * s + d * (k - 1) + 1 + e
            for n, s, d, k, e in zip(x.shape[2:], place.stride, place.dilation, place.size, extra, strict=True)
        ]
        target = pair(wanted) if wanted is not None else [n * s for n, s in zip(x.shape[2:], place.stride, strict=True)]
        cut = [max(whole - part, 0) for whole, part in zip(full, target, strict=True)]
        lower = auto != "SAME_UPPER"
        pad = tuple((c - c // 2, c // 2) if lower else (c // 2, c - c // 2) for c in cut)  # type: ignore[assignment]
        extra = tuple(max(part - whole, 0) + e for part, whole, e in zip(target, full, extra, strict=True))  # type: ignore[assignment]
    y, _ = conv_transpose2d_forward(
        x,
        w,
        node.input(2),
        place.stride,
        pad,
        output_padding=extra,
        dilation=place.dilation,
        groups=node.get("group", 1),
    )
    return [back(y, node.inputs[0])]


def max_pool(node: Node) -> list[Any]:
    """The maxima, and where they stood in the whole array."""
    x = images(node.inputs[0])
    if x.dtype.kind != "f":
        x = x.astype(np.float64)
    place = geometry(node, x.shape[2:], node.get("kernel_shape"))
    options: dict[str, Any] = {"dilation": place.dilation, "ceil_mode": bool(node.get("ceil_mode", 0))}
    y, _ = max_pool2d_forward(x, place.size, place.stride, place.pad, **options)
    inside = max_pool2d_indices(x, place.size, place.stride, place.pad, **options)
    N, C, H, W = x.shape
    if node.get("storage_order", 0):
        inside = inside % W * H + inside // W
    start = np.arange(N * C).reshape(N, C, 1, 1) * H * W
    return [back(y, node.inputs[0]).astype(node.inputs[0].dtype), back(inside + start, node.inputs[0])]


def average_pool(node: Node) -> list[Any]:
    """The means, padding counted or not."""
    x = images(node.inputs[0])
    place = geometry(node, x.shape[2:], node.get("kernel_shape"))
    if place.dilation != (1, 1):
        raise NotHeldError("average pooling with dilation")
    options: dict[str, Any] = {
        "ceil_mode": bool(node.get("ceil_mode", 0)),
        "count_include_pad": bool(node.get("count_include_pad", 0)),
    }
    y, _ = avg_pool2d_forward(x, place.size, place.stride, place.pad, **options)
    return [back(y, node.inputs[0])]


def lp_pool(node: Node) -> list[Any]:
    """The p-norm of each window."""
    x = images(node.inputs[0])
    place = geometry(node, x.shape[2:], node.get("kernel_shape"))
    if place.dilation != (1, 1) or node.get("ceil_mode", 0):
        raise NotHeldError("Lp pooling with dilation, or ONNX's ceil mode, which scales nothing up")
    y, _ = lp_pool2d_forward(np.abs(x), place.size, place.stride, place.pad, p=float(node.get("p", 2)))
    return [back(y, node.inputs[0])]


def unpool(node: Node) -> list[Any]:
    """Each maximum back in its place."""
    x, indices, shape = images(node.inputs[0]), node.inputs[1], node.input(2)
    if shape is None:
        place = geometry(node, x.shape[2:], node.get("kernel_shape"))
        size = [
            (n - 1) * s + k - sum(p)
            for n, s, k, p in zip(x.shape[2:], place.stride, place.size, place.pad, strict=True)
        ]
    else:
        place = geometry(node, x.shape[2:], node.get("kernel_shape"))
        size = [int(n) for n in shape[2:]]
        inner = [(n - 1) * s + k for n, s, k in zip(x.shape[2:], place.stride, place.size, strict=True)]
        rows, columns = np.divmod(indices % (inner[0] * inner[1]), inner[1])
        indices = rows * inner[1] + columns  # ONNX counts in the unpadded input, which lies in the corner of the output
        y = max_unpool2d_forward(x, indices, (inner[0], inner[1]))[0]
        padded = np.zeros((*x.shape[:2], *size), dtype=x.dtype)
        padded[:, :, : inner[0], : inner[1]] = y
        return [padded]
    return [max_unpool2d_forward(x, indices % (size[0] * size[1]), (size[0], size[1]))[0]]


def overlaps_added(node: Node) -> list[Any]:
    """ONNX's Col2Im."""
    columns, image, block = node.inputs
    if len(image) != 2:
        raise NotHeldError(f"{len(image)} spatial axes")
    place = geometry(node, tuple(image), block)
    C = columns.shape[1] // int(np.prod(block))
    shape = (len(columns), C, int(image[0]), int(image[1]))
    rows = columns.transpose(0, 2, 1).reshape(-1, columns.shape[1])
    return [col2im(rows, shape, place.size, place.stride, place.pad, place.dilation)]


def over_pixels(forward: Any) -> Adapter:
    """Global pooling, which keeps the axes in ONNX."""

    def adapter(node: Node) -> list[Any]:
        x = images(node.inputs[0])
        y, _ = forward(x)
        return [y.reshape(*x.shape[:2], *(1,) * (node.inputs[0].ndim - 2))]

    return adapter


ADAPTERS: dict[str, Adapter] = {
    "Conv": convolution,
    "ConvTranspose": transposed,
    "MaxPool": max_pool,
    "AveragePool": average_pool,
    "LpPool": lp_pool,
    "MaxUnpool": unpool,
    "Col2Im": overlaps_added,
    "GlobalAveragePool": over_pixels(global_avg_pool_forward),
    "GlobalMaxPool": over_pixels(global_max_pool_forward),
}
