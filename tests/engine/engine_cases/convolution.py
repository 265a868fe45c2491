"""Convolution and transposed convolution of images and sequences, im2col and col2im, causal convolution."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from engine_cases.kinds import Misuse, Parity, Rng, Slope, draw, size
from quizdl.engine import convolution as c
from quizdl.engine import convolution1d as c1
from quizdl.engine import transposed_convolution as t
from quizdl.engine.errors import DTypeError, RangeError, ShapeError
from quizdl.engine.wavenet import causal_conv1d_backward, causal_conv1d_forward

Shape = tuple[int, ...]

CONVOLUTIONS: list[tuple[str, Shape, Shape, dict[str, Any]]] = [
    ("plain", (2, 2, 4, 4), (3, 2, 3, 3), {}),
    ("size kept", (2, 2, 4, 5), (2, 2, 3, 3), {"pad": 1}),
    ("everything is 1", (1, 1, 1, 1), (1, 1, 1, 1), {}),
    ("1×1 across channels", (2, 3, 2, 3), (2, 3, 1, 1), {}),
    ("1×1 with a stride", (1, 2, 5, 4), (2, 2, 1, 1), {"stride": 2}),
    ("the filter is the image", (2, 2, 3, 2), (2, 2, 3, 2), {}),
    ("a stride that leaves a rest", (2, 2, 7, 5), (2, 2, 3, 2), {"stride": 2}),
    ("a stride beyond the filter", (1, 1, 6, 7), (2, 1, 2, 1), {"stride": 3}),
    ("strides that differ", (2, 1, 5, 6), (2, 1, 2, 3), {"stride": (1, 2)}),
    ("more padding than is needed", (1, 2, 3, 3), (1, 2, 3, 3), {"stride": 2, "pad": 3}),
    ("paddings that differ", (2, 1, 4, 3), (2, 1, 3, 3), {"pad": (2, 1)}),
    ("padding on the left and below only", (2, 1, 3, 4), (2, 1, 2, 3), {"pad": ((0, 1), (2, 0))}),
    ("padding above and right, with a stride", (1, 2, 4, 4), (2, 2, 3, 3), {"pad": ((2, 0), (0, 1)), "stride": 2}),
    ("dilation", (2, 1, 5, 6), (2, 1, 2, 2), {"dilation": 2}),
    ("dilations that differ", (1, 2, 7, 5), (2, 2, 3, 2), {"dilation": (2, 3), "pad": 1}),
    ("dilation and stride", (2, 1, 7, 8), (1, 1, 2, 3), {"dilation": 2, "stride": (2, 3), "pad": (1, 2)}),
    ("two groups", (2, 4, 3, 4), (6, 2, 2, 2), {"groups": 2}),
    ("three groups of one", (1, 3, 4, 3), (3, 1, 3, 3), {"groups": 3, "pad": 1}),
    ("depthwise with two filters a channel", (2, 2, 4, 4), (4, 1, 3, 3), {"groups": 2, "stride": 2, "pad": 1}),
    ("all at once", (2, 4, 6, 5), (2, 2, 2, 3), {"groups": 2, "stride": (1, 2), "pad": (1, 2), "dilation": (2, 1)}),
]


def convolutions() -> list[Parity]:
    found = []
    for what, images, filters, options in CONVOLUTIONS:
        name = f"conv2d: {what}"

        def oracle(torch: Any, x: Any, w: Any, b: Any = None, options: Any = options) -> Any:
            F = torch.nn.functional
            given = dict(options)
            pad = given.pop("pad", 0)
            if isinstance(pad, tuple) and isinstance(pad[0], tuple):
                x, pad = F.pad(x, (*pad[1], *pad[0])), 0
            return F.conv2d(x, w, b, padding=pad, **given)

        forward = partial(c.conv2d_forward, **options)
        arguments = draw(name, x=images, w=filters, b=filters[:1])
        found.append(Parity(name, forward, c.conv2d_backward, oracle, arguments))
    unbiased = partial(c.conv2d_forward, b=None, pad=1)
    name = "conv2d: without bias"
    arguments = draw(name, x=(2, 2, 3, 3), w=(2, 2, 3, 3))
    found.append(Parity(name, unbiased, c.conv2d_backward, oracle_of("conv2d", padding=1), arguments))
    for what, change in {
        "extremes": lambda x: 1e3 * np.sign(x),
        "zeros": np.zeros_like,
        "some zeros": lambda x: np.where(x > 0, x, 0.0),
    }.items():
        name = f"conv2d: {what}"
        arguments = {key: change(x) for key, x in draw(name, x=(1, 2, 4, 3), w=(2, 2, 3, 2), b=(2,)).items()}
        forward = partial(c.conv2d_forward, pad=1)
        found.append(Parity(name, forward, c.conv2d_backward, oracle_of("conv2d", padding=1), arguments))
    return found


def oracle_of(function: str, **options: Any) -> Callable[..., Any]:
    """torch.nn.functional's function of x, w and, where there is one, b."""

    def oracle(torch: Any, x: Any, w: Any, b: Any = None) -> Any:
        return getattr(torch.nn.functional, function)(x, w, b, **options)

    return oracle


SEQUENCES: list[tuple[str, Shape, Shape, dict[str, Any]]] = [
    ("plain", (2, 3, 7), (2, 3, 3), {}),
    ("everything is 1", (1, 1, 1), (1, 1, 1), {}),
    ("stride, padding and dilation", (2, 2, 9), (3, 2, 3), {"stride": 2, "pad": 2, "dilation": 3}),
    ("groups", (1, 4, 5), (2, 2, 2), {"groups": 2, "pad": 1}),
]


def sequences() -> list[Parity]:
    found = []
    for what, x, w, options in SEQUENCES:
        torchs = {"padding" if key == "pad" else key: value for key, value in options.items()}
        name = f"conv1d: {what}"
        forward: Callable[..., Any] = partial(c1.conv1d_forward, **options)
        arguments = draw(name, x=x, w=w, b=w[:1])
        found.append(Parity(name, forward, c1.conv1d_backward, oracle_of("conv1d", **torchs), arguments))
    for dilation, K in [(1, 1), (1, 3), (2, 2), (4, 3)]:
        name = f"causal_conv1d: {K} entries, dilation {dilation}"

        def causal(torch: Any, x: Any, w: Any, b: Any, dilation: int = dilation, K: int = K) -> Any:
            F = torch.nn.functional
            return F.conv1d(F.pad(x, ((K - 1) * dilation, 0)), w, b, dilation=dilation)

        forward = partial(causal_conv1d_forward, dilation=dilation)
        arguments = draw(name, x=(2, 2, 6), w=(3, 2, K), b=(3,))
        found.append(Parity(name, forward, causal_conv1d_backward, causal, arguments))
    return found


TRANSPOSED: list[tuple[str, Shape, Shape, dict[str, Any]]] = [
    ("plain", (2, 2, 3, 2), (2, 3, 3, 2), {}),
    ("everything is 1", (1, 1, 1, 1), (1, 1, 1, 1), {}),
    ("one pixel becomes a filter", (2, 2, 1, 1), (2, 2, 3, 2), {}),
    ("twice the size", (2, 2, 2, 3), (2, 2, 4, 4), {"stride": 2, "pad": 1}),
    ("output padding", (1, 2, 3, 2), (2, 2, 3, 3), {"stride": 2, "pad": 1, "output_padding": 1}),
    ("output padding behind every window", (1, 1, 2, 2), (1, 2, 2, 2), {"stride": 3, "output_padding": (2, 1)}),
    (
        "output padding up to the dilation",
        (1, 2, 2, 3),
        (2, 1, 2, 2),
        {"dilation": 3, "output_padding": 2, "pad": (0, 1)},
    ),
    ("filters that do not meet", (1, 1, 3, 3), (1, 1, 2, 2), {"stride": (3, 4)}),
    ("stride and padding differ", (2, 1, 3, 4), (1, 2, 3, 3), {"stride": (2, 1), "pad": (1, 2)}),
    ("groups", (2, 4, 2, 3), (4, 1, 2, 2), {"groups": 2, "stride": 2}),
    ("depthwise", (1, 3, 3, 3), (3, 1, 3, 3), {"groups": 3, "pad": 1}),
    ("dilation", (2, 2, 3, 2), (2, 1, 2, 3), {"dilation": (2, 1), "stride": (1, 2)}),
]


def transposed() -> list[Parity]:
    found = []
    for what, x, w, options in TRANSPOSED:
        torchs = {"padding" if key == "pad" else key: value for key, value in options.items()}
        name = f"conv_transpose2d: {what}"
        forward: Callable[..., Any] = partial(t.conv_transpose2d_forward, **options)
        arguments = draw(name, x=x, w=w, b=(w[1] * options.get("groups", 1),))
        oracle = oracle_of("conv_transpose2d", **torchs)
        found.append(Parity(name, forward, t.conv_transpose2d_backward, oracle, arguments))
    name = "conv_transpose2d: without bias"
    arguments = draw(name, x=(2, 2, 2, 2), w=(2, 2, 2, 2))
    forward = partial(t.conv_transpose2d_forward, b=None, stride=2)
    oracle = oracle_of("conv_transpose2d", stride=2)
    found.append(Parity(name, forward, t.conv_transpose2d_backward, oracle, arguments))
    for what, options in {
        "plain": {},
        "all at once": {"stride": 3, "pad": 1, "output_padding": 2, "dilation": 2, "groups": 2},
    }.items():
        torchs = {"padding" if key == "pad" else key: value for key, value in options.items()}
        name = f"conv_transpose1d: {what}"
        arguments = draw(name, x=(2, 2, 4), w=(2, 2, 3), b=(2 * options.get("groups", 1),))
        forward = partial(t.conv_transpose1d_forward, **options)
        oracle = oracle_of("conv_transpose1d", **torchs)
        found.append(Parity(name, forward, t.conv_transpose1d_backward, oracle, arguments))
    return found


UNROLLINGS: list[tuple[str, Shape, dict[str, Any]]] = [
    ("plain", (2, 2, 4, 3), {"size": (3, 2)}),
    ("everything is 1", (1, 1, 1, 1), {"size": 1}),
    ("stride, padding and dilation", (1, 2, 5, 4), {"size": 2, "stride": (2, 1), "pad": (1, 0), "dilation": (1, 2)}),
]


def unrollings() -> list[Parity]:
    """PyTorch's unfold gives (N, C·R·S, H'·W'), ours (N·H'·W', C·R·S)."""
    found = []
    for what, shape, options in UNROLLINGS:
        torchs = {"kernel_size" if key == "size" else key: value for key, value in options.items()}
        torchs["padding"] = torchs.pop("pad", 0)

        def unfolded(torch: Any, x: Any, torchs: Any = torchs) -> Any:
            rows = torch.nn.functional.unfold(x, **torchs).transpose(1, 2)
            return rows.reshape(-1, rows.shape[-1])

        def folded(torch: Any, columns: Any, shape: Any = shape, torchs: Any = torchs) -> Any:
            rows = columns.reshape(shape[0], -1, columns.shape[-1]).transpose(1, 2)
            return torch.nn.functional.fold(rows, shape[2:], **torchs)

        def unroll(x: Any, options: Any = options) -> Any:
            return c.im2col(x, **options), None

        def unroll_backward(dy: Any, _: Any, shape: Any = shape, options: Any = options) -> Any:
            return {"x": c.col2im(dy, shape, **options)}

        def roll(columns: Any, shape: Any = shape, options: Any = options) -> Any:
            return c.col2im(columns, shape, **options), None

        def roll_backward(dy: Any, _: Any, options: Any = options) -> Any:
            return {"columns": c.im2col(dy, **options)}

        name = f"im2col: {what}"
        arguments = draw(name, x=shape)
        found.append(Parity(name, unroll, unroll_backward, unfolded, arguments))
        name = f"col2im: {what}"
        columns = draw(name, columns=c.im2col(arguments["x"], **options).shape)
        found.append(Parity(name, roll, roll_backward, folded, columns))
    return found


PARITY = convolutions() + sequences() + transposed() + unrollings()


def options_of(rng: Rng, sequence: bool = False) -> dict[str, Any]:
    """Stride, padding and dilation, each one number or, for images, sometimes two."""

    def number(low: int, high: int) -> Any:
        several = rng.integers(low, high + 1, 2).tolist()
        return several[0] if sequence or rng.random() < 0.5 else tuple(several)

    return {"stride": number(1, 3), "pad": number(0, 2), "dilation": number(1, 2)}


def conv2d(rng: Rng) -> Slope:
    N, R, S, groups, own, each = (size(rng, 3) for _ in range(6))
    shapes = {
        "x": (N, groups * own, 2 * R + size(rng), 2 * S + size(rng)),
        "w": (groups * each, own, R, S),
        "b": (groups * each,),
    }
    arguments = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    options = {**options_of(rng), "groups": groups}
    if rng.random() < 0.3:
        options["pad"] = tuple(tuple(rng.integers(0, 3, 2).tolist()) for _ in range(2))
    if rng.random() < 0.3:
        del arguments["b"]
        options["b"] = None
    return Slope(c.conv2d_forward, c.conv2d_backward, arguments, options)


def conv1d(rng: Rng) -> Slope:
    N, K, groups, own, each = (size(rng, 3) for _ in range(5))
    shapes = {"x": (N, groups * own, 2 * K + size(rng)), "w": (groups * each, own, K), "b": (groups * each,)}
    arguments = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    options = {**options_of(rng, sequence=True), "groups": groups}
    return Slope(c1.conv1d_forward, c1.conv1d_backward, arguments, options)


def conv_transpose2d(rng: Rng) -> Slope:
    N, R, S, groups, own, each = (size(rng, 3) for _ in range(6))
    shapes = {
        "x": (N, groups * own, 2 + size(rng), 2 + size(rng)),
        "w": (groups * own, each, 1 + R, 1 + S),
        "b": (groups * each,),
    }
    arguments = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    options = {**options_of(rng), "groups": groups}
    strides = np.broadcast_to(options["stride"], 2)
    options["pad"] = int(rng.integers(0, 2))
    options["output_padding"] = tuple(int(rng.integers(0, s)) for s in strides)
    return Slope(t.conv_transpose2d_forward, t.conv_transpose2d_backward, arguments, options)


def conv_transpose1d(rng: Rng) -> Slope:
    N, K, groups, own, each = (size(rng, 3) for _ in range(5))
    shapes = {"x": (N, groups * own, 2 + size(rng)), "w": (groups * own, each, 1 + K), "b": (groups * each,)}
    arguments = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    options = {**options_of(rng, sequence=True), "pad": int(rng.integers(0, 2)), "groups": groups}
    return Slope(t.conv_transpose1d_forward, t.conv_transpose1d_backward, arguments, options)


def causal_conv1d(rng: Rng) -> Slope:
    N, C, F, K, L = (size(rng) for _ in range(5))
    arguments = {
        name: rng.standard_normal(shape) for name, shape in {"x": (N, C, L), "w": (F, C, K), "b": (F,)}.items()
    }
    return Slope(causal_conv1d_forward, causal_conv1d_backward, arguments, {"dilation": size(rng)})


SLOPES: dict[str, Callable[[Rng], Slope]] = {
    maker.__name__: maker for maker in (conv2d, conv1d, conv_transpose2d, conv_transpose1d, causal_conv1d)
}

X, W, B = np.zeros((2, 4, 5, 5)), np.zeros((6, 4, 3, 3)), np.zeros(6)
X1, W1 = X[:, :, 0], W[:, :, 0]
WT, BT = np.zeros((4, 6, 3, 3)), np.zeros(6)


def cached(forward: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    return forward(*arguments, **options)[1]


MISUSES = [
    Misuse(lambda: c.conv2d_forward(X[0], W, B), ShapeError, "x"),
    Misuse(lambda: c.conv2d_forward("text", W, B), DTypeError, "x"),
    Misuse(lambda: c.conv2d_forward(X[:0], W, B), ShapeError, "x"),
    Misuse(lambda: c.conv2d_forward(X[:, :3], W, B), ShapeError, "w"),
    Misuse(lambda: c.conv2d_forward(X, W[0], B), ShapeError, "w"),
    Misuse(lambda: c.conv2d_forward(X, W[..., :0], B), ShapeError, "w"),
    Misuse(lambda: c.conv2d_forward(X, W, B[:5]), ShapeError, "b"),
    Misuse(lambda: c.conv2d_forward(X, W, "text"), DTypeError, "b"),
    Misuse(lambda: c.conv2d_forward(X[:, :, :2], W, B), ShapeError, "w"),
    Misuse(lambda: c.conv2d_forward(X, W, B, dilation=3), ShapeError, "w"),
    Misuse(lambda: c.conv2d_forward(X, W, B, 0), RangeError, "stride"),
    Misuse(lambda: c.conv2d_forward(X, W, B, (1, -1)), RangeError, "stride"),
    Misuse(lambda: c.conv2d_forward(X, W, B, 1.0), DTypeError, "stride"),
    Misuse(lambda: c.conv2d_forward(X, W, B, (1, 1.5)), DTypeError, "stride"),
    Misuse(lambda: c.conv2d_forward(X, W, B, (1, 1, 1)), ShapeError, "stride"),
    Misuse(lambda: c.conv2d_forward(X, W, B, "1"), DTypeError, "stride"),
    Misuse(lambda: c.conv2d_forward(X, W, B, pad=-1), RangeError, "pad"),
    Misuse(lambda: c.conv2d_forward(X, W, B, pad=((0, 0), (0, -1))), RangeError, "pad"),
    Misuse(lambda: c.conv2d_forward(X, W, B, pad=(1, 2, 3)), ShapeError, "pad"),
    Misuse(lambda: c.conv2d_forward(X, W, B, pad=((1, 2, 3), 1)), ShapeError, "pad"),
    Misuse(lambda: c.conv2d_forward(X, W, B, pad=0.5), DTypeError, "pad"),
    Misuse(lambda: c.conv2d_forward(X, W, B, pad="same"), DTypeError, "pad"),
    Misuse(lambda: c.conv2d_forward(X, W, B, dilation=0), RangeError, "dilation"),
    Misuse(lambda: c.conv2d_forward(X, W, B, dilation=None), DTypeError, "dilation"),
    Misuse(lambda: c.conv2d_forward(X, W, B, groups=2), ShapeError, "w"),
    Misuse(lambda: c.conv2d_forward(X, W[:, :1], B, groups=3), ShapeError, "groups"),
    Misuse(lambda: c.conv2d_forward(X, W[:5, :1], B[:5], groups=4), ShapeError, "groups"),
    Misuse(lambda: c.conv2d_forward(X, W, B, groups=0), RangeError, "groups"),
    Misuse(lambda: c.conv2d_forward(X, W, B, groups=1.0), DTypeError, "groups"),
    Misuse(lambda: c.conv2d_backward(np.zeros((2, 6, 3)), cached(c.conv2d_forward, X, W, B)), ShapeError, "dy"),
    Misuse(lambda: c.conv2d_backward("text", cached(c.conv2d_forward, X, W, B)), DTypeError, "dy"),
    Misuse(lambda: c1.conv1d_forward(X, W1, B), ShapeError, "x"),
    Misuse(lambda: c1.conv1d_forward(X1, W, B), ShapeError, "w"),
    Misuse(lambda: c1.conv1d_forward(X1, W1, B[:2]), ShapeError, "b"),
    Misuse(lambda: c1.conv1d_forward(X1, W1, B, pad=(1, 2, 3)), ShapeError, "pad"),
    Misuse(lambda: c1.conv1d_forward(X1, W1, B, 0), RangeError, "stride"),
    Misuse(lambda: c1.conv1d_forward(X1, W1, B, (1, 2)), DTypeError, "stride"),
    Misuse(lambda: c1.conv1d_backward(np.zeros((2, 6, 1, 3)), cached(c1.conv1d_forward, X1, W1, B)), ShapeError, "dy"),
    Misuse(lambda: causal_conv1d_forward(X1, W1, B, dilation=0), RangeError, "dilation"),
    Misuse(lambda: causal_conv1d_forward(X, W1, B), ShapeError, "x"),
    Misuse(
        lambda: causal_conv1d_backward(np.zeros((2, 6, 4)), cached(causal_conv1d_forward, X1, W1, B)), ShapeError, "dy"
    ),
    Misuse(lambda: t.conv_transpose2d_forward(X, W, BT), ShapeError, "w"),
    Misuse(lambda: t.conv_transpose2d_forward(X, WT, BT[:2]), ShapeError, "b"),
    Misuse(lambda: t.conv_transpose2d_forward(X, WT[:, :3], BT[:3], groups=2), ShapeError, "b"),
    Misuse(lambda: t.conv_transpose2d_forward(X, WT, BT, groups=3), ShapeError, "groups"),
    Misuse(lambda: t.conv_transpose2d_forward(X, WT, BT, output_padding=1), RangeError, "output_padding"),
    Misuse(lambda: t.conv_transpose2d_forward(X, WT, BT, 2, output_padding=-1), RangeError, "output_padding"),
    Misuse(lambda: t.conv_transpose2d_forward(X, WT, BT, pad=4), ShapeError, "pad"),
    Misuse(lambda: t.conv_transpose2d_forward(X, WT, BT, pad=-1), RangeError, "pad"),
    Misuse(lambda: t.conv_transpose2d_forward(X, WT, BT, 0), RangeError, "stride"),
    Misuse(lambda: t.conv_transpose2d_backward(X, cached(t.conv_transpose2d_forward, X, WT, BT)), ShapeError, "dy"),
    Misuse(lambda: t.conv_transpose1d_forward(X, W1, B), ShapeError, "x"),
    Misuse(lambda: t.conv_transpose1d_forward(X1, WT[..., 0], BT, groups=3), ShapeError, "groups"),
    Misuse(
        lambda: t.conv_transpose1d_backward(X1, cached(t.conv_transpose1d_forward, X1, WT[..., 0], BT)),
        ShapeError,
        "dy",
    ),
    Misuse(lambda: c.im2col(X[0], 2), ShapeError, "x"),
    Misuse(lambda: c.im2col(X, 6), ShapeError, "size"),
    Misuse(lambda: c.im2col(X, 0), RangeError, "size"),
    Misuse(lambda: c.im2col(X, 2, 0), RangeError, "stride"),
    Misuse(lambda: c.col2im(np.zeros((3, 4)), (2, 4, 5, 5), 2), ShapeError, "columns"),
    Misuse(lambda: c.col2im(np.zeros((32, 16)), (4, 5, 5), 2), ShapeError, "shape"),
    Misuse(lambda: c.col2im("text", (2, 4, 5, 5), 2), DTypeError, "columns"),
]
