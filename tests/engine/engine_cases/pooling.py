"""Max, average, Lp and global pooling of images and sequences, and max unpooling."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from engine_cases.kinds import Misuse, Parity, Rng, Slope, away_from_zero, distinct, draw, size
from quizdl.engine import pooling as p
from quizdl.engine.errors import DTypeError, RangeError, ShapeError

Shape = tuple[int, ...]

TORCHS = {"k": "kernel_size", "pad": "padding"}

MAX: list[tuple[str, Shape, dict[str, Any]]] = [
    ("plain", (2, 2, 4, 4), {"k": 2}),
    ("a rest that no window reaches", (1, 2, 5, 3), {"k": 2}),
    ("everything is 1", (1, 1, 1, 1), {"k": 1}),
    ("the window is the image", (2, 2, 3, 2), {"k": (3, 2)}),
    ("windows that overlap", (1, 2, 4, 5), {"k": 3, "stride": 1, "pad": 1}),
    ("windows with gaps between them", (1, 1, 7, 6), {"k": 2, "stride": 3}),
    ("numbers that differ", (1, 2, 5, 6), {"k": (2, 3), "stride": (1, 2), "pad": (0, 1)}),
    ("dilation", (1, 1, 6, 7), {"k": 2, "stride": 1, "dilation": (2, 3)}),
    ("ceil mode", (1, 2, 5, 6), {"k": (2, 3), "stride": (2, 2), "ceil_mode": True}),
    ("ceil mode, a last window behind the image", (1, 1, 4, 5), {"k": 1, "stride": 3, "ceil_mode": True}),
    ("ceil mode with padding", (1, 2, 5, 4), {"k": 3, "stride": 3, "pad": 1, "ceil_mode": True}),
    ("ceil mode, a window larger than the image", (2, 1, 1, 2), {"k": 3, "ceil_mode": True}),
    ("ceil mode with dilation", (1, 1, 6, 7), {"k": 2, "stride": 2, "dilation": 2, "pad": 1, "ceil_mode": True}),
]


def torchs(options: dict[str, Any]) -> dict[str, Any]:
    return {TORCHS.get(key, key): value for key, value in options.items()}


def functional(function: str, **options: Any) -> Callable[..., Any]:
    def oracle(torch: Any, x: Any) -> Any:
        return getattr(torch.nn.functional, function)(x, **options)

    return oracle


def indexed(x: Any, **options: Any) -> Any:
    """The maxima and, as floats, where they stand."""
    y, cache = p.max_pool2d_forward(x, **options)
    return (y, p.max_pool2d_indices(x, **options)), cache


def indexed_backward(dy: Any, _: Any, cache: Any) -> Any:
    return p.max_pool2d_backward(dy, cache)


def maxima() -> list[Parity]:
    found = []
    for what, shape, options in MAX:
        for kind in ("negative", "ties"):
            name = f"max_pool2d: {what}, {kind}"
            x = -1 - np.abs(draw(name, x=shape)["x"])
            x = np.floor(x) if kind == "ties" else x

            def oracle(torch: Any, x: Any, options: Any = options) -> Any:
                return torch.nn.functional.max_pool2d(x, **torchs(options), return_indices=True)

            found.append(Parity(name, partial(indexed, **options), indexed_backward, oracle, {"x": x}))
    name = "max_pool2d: zeros and extremes"
    x = 1e3 * np.sign(draw(name, x=(1, 2, 4, 4))["x"]) * np.tri(4)
    oracle = functional("max_pool2d", kernel_size=2)
    found.append(Parity(name, partial(p.max_pool2d_forward, k=2), p.max_pool2d_backward, oracle, {"x": x}))
    for options in ({"k": 2}, {"k": 3, "stride": 2, "pad": 1, "ceil_mode": True}, {"k": 2, "stride": 1, "dilation": 3}):
        name = f"max_pool1d: {options}"
        oracle = functional("max_pool1d", **torchs(options))
        x1 = draw(name, x=(2, 2, 6))
        found.append(Parity(name, partial(p.max_pool1d_forward, **options), p.max_pool1d_backward, oracle, x1))
    return found


def averages() -> list[Parity]:
    found = []
    for what, shape, options in MAX:
        if "dilation" in options:
            continue
        for include in (True, False) if "pad" in options else (True,):
            name = f"avg_pool2d: {what}" + ("" if include else ", padding does not count")
            given = {**options, "count_include_pad": include}
            oracle = functional("avg_pool2d", **torchs(given))
            forward = partial(p.avg_pool2d_forward, **given)
            found.append(Parity(name, forward, p.avg_pool2d_backward, oracle, draw(name, x=shape)))
    for options in (
        {"k": 2},
        {"k": 3, "stride": 2, "pad": 1, "ceil_mode": True},
        {"k": 3, "stride": 2, "pad": 1, "ceil_mode": True, "count_include_pad": False},
    ):
        name = f"avg_pool1d: {options}"
        oracle = functional("avg_pool1d", **torchs(options))
        forward = partial(p.avg_pool1d_forward, **options)
        found.append(Parity(name, forward, p.avg_pool1d_backward, oracle, draw(name, x=(2, 2, 6))))
    return found


def norms() -> list[Parity]:
    found = []
    for norm in (1.0, 1.5, 2.0, 3.0, 4.0):
        for what, shape, options in MAX:
            if "dilation" in options or "pad" in options or (norm != 2 and "ceil" not in what):
                continue
            name = f"lp_pool2d: p = {norm}, {what}"
            x = draw(name, x=shape)["x"]
            x = x if norm in (2, 4) else np.abs(x)

            def oracle(torch: Any, x: Any, norm: float = norm, options: Any = options) -> Any:
                return torch.nn.functional.lp_pool2d(x, norm, **torchs(options))

            forward = partial(p.lp_pool2d_forward, p=norm, **options)
            found.append(Parity(name, forward, p.lp_pool2d_backward, oracle, {"x": x}))
    for what, x in {"zeros": np.zeros((1, 1, 2, 4)), "extremes": 1e3 * np.array([[[[1.0, -1.0], [0.0, 1.0]]]])}.items():
        name = f"lp_pool2d: {what}"
        oracle = functional("lp_pool2d", norm_type=2.0, kernel_size=2)
        found.append(Parity(name, partial(p.lp_pool2d_forward, k=2), p.lp_pool2d_backward, oracle, {"x": x}))
    return found


def whole_images() -> list[Parity]:
    found = []
    for shape in ((2, 3, 3, 2), (1, 1, 1, 1), (2, 2, 1, 4)):
        name = f"global_avg_pool: {shape}"
        x = draw(name, x=shape)
        forward: Callable[..., Any] = p.global_avg_pool_forward
        found.append(Parity(name, forward, p.global_avg_pool_backward, lambda torch, x: x.mean((2, 3)), x))
        for kind in ("", ", ties"):
            name = f"global_max_pool: {shape}{kind}"
            x = draw(name, x=shape)
            x = {"x": np.floor(x["x"])} if kind else x
            forward = p.global_max_pool_forward
            found.append(
                Parity(
                    name,
                    forward,
                    p.global_max_pool_backward,
                    lambda torch, x: torch.nn.functional.max_pool2d(x, x.shape[2:])[..., 0, 0],
                    x,
                )
            )
    return found


def unpooled() -> list[Parity]:
    found = []
    for shape, options in (
        ((2, 2, 4, 4), {"k": 2}),
        ((1, 2, 5, 7), {"k": (2, 3), "pad": (1, 0)}),
        ((1, 1, 1, 1), {"k": 1}),
        ((2, 1, 6, 5), {"k": 2, "stride": 3}),
    ):
        name = f"max_unpool2d: {shape}, {options}"
        large = draw(name + " before", x=shape)["x"]
        indices = p.max_pool2d_indices(large, **options)

        def oracle(torch: Any, x: Any, indices: Any = indices, shape: Any = shape, options: Any = options) -> Any:
            given = torchs(options)
            return torch.nn.functional.max_unpool2d(x, torch.tensor(indices), **given, output_size=shape[2:])

        forward = partial(p.max_unpool2d_forward, indices=indices, size=shape[2:])
        found.append(Parity(name, forward, p.max_unpool2d_backward, oracle, draw(name, x=indices.shape)))
    return found


PARITY = maxima() + averages() + norms() + whole_images() + unpooled()


def sized(rng: Rng) -> tuple[Shape, dict[str, Any]]:
    """An image in which a window fits, and how the windows lie."""
    N, C, R, S = (size(rng, 3) for _ in range(4))
    options: dict[str, Any] = {
        "k": R if R == S else (R, S),
        "stride": [None, size(rng, 3), (size(rng, 3), size(rng, 3))][rng.integers(3)],
        "pad": (int(rng.integers(0, R // 2 + 1)), int(rng.integers(0, S // 2 + 1))),
        "ceil_mode": bool(rng.integers(2)),
    }
    return (N, C, R + size(rng), S + size(rng)), options


def max_pool2d(rng: Rng) -> Slope:
    shape, options = sized(rng)
    return Slope(p.max_pool2d_forward, p.max_pool2d_backward, {"x": distinct(rng, *shape)}, options)


def max_pool1d(rng: Rng) -> Slope:
    k = size(rng, 3)
    x = distinct(rng, size(rng), size(rng), 2 * k + size(rng))
    options = {"k": k, "stride": size(rng), "pad": k // 2, "dilation": size(rng, 2), "ceil_mode": bool(rng.integers(2))}
    return Slope(p.max_pool1d_forward, p.max_pool1d_backward, {"x": x}, options)


def avg_pool2d(rng: Rng) -> Slope:
    shape, options = sized(rng)
    options["count_include_pad"] = bool(rng.integers(2))
    return Slope(p.avg_pool2d_forward, p.avg_pool2d_backward, {"x": rng.standard_normal(shape)}, options)


def avg_pool1d(rng: Rng) -> Slope:
    k = size(rng, 3)
    x = rng.standard_normal((size(rng), size(rng), k + size(rng)))
    options = {"k": k, "stride": size(rng), "pad": (0, k // 2), "count_include_pad": bool(rng.integers(2))}
    return Slope(p.avg_pool1d_forward, p.avg_pool1d_backward, {"x": x}, options)


def lp_pool2d(rng: Rng) -> Slope:
    shape, options = sized(rng)
    options["p"] = float(rng.choice([1.0, 2.0, 2.5, 3.0]))
    return Slope(p.lp_pool2d_forward, p.lp_pool2d_backward, {"x": away_from_zero(rng, *shape)}, options)


def global_avg_pool(rng: Rng) -> Slope:
    x = rng.standard_normal([size(rng) for _ in range(4)])
    return Slope(p.global_avg_pool_forward, p.global_avg_pool_backward, {"x": x})


def global_max_pool(rng: Rng) -> Slope:
    x = distinct(rng, *(size(rng) for _ in range(4)))
    return Slope(p.global_max_pool_forward, p.global_max_pool_backward, {"x": x})


def max_unpool2d(rng: Rng) -> Slope:
    """The same pixel may be named twice: the later entry stands, and only it has a gradient."""
    N, C, H, W = (size(rng) for _ in range(4))
    shape = N, C, size(rng, 3), size(rng, 3)
    options = {"indices": rng.integers(0, H * W, shape), "size": (H, W)}
    return Slope(p.max_unpool2d_forward, p.max_unpool2d_backward, {"x": rng.standard_normal(shape)}, options)


SLOPES: dict[str, Callable[[Rng], Slope]] = {
    maker.__name__: maker
    for maker in (
        max_pool2d,
        max_pool1d,
        avg_pool2d,
        avg_pool1d,
        lp_pool2d,
        global_avg_pool,
        global_max_pool,
        max_unpool2d,
    )
}

X = np.zeros((2, 3, 5, 4))
PAIRS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "max": (p.max_pool2d_forward, p.max_pool2d_backward),
    "average": (p.avg_pool2d_forward, p.avg_pool2d_backward),
    "Lp": (p.lp_pool2d_forward, p.lp_pool2d_backward),
}


def of_every_kind(forward: Callable[..., Any], backward: Callable[..., Any]) -> list[Misuse]:
    return [
        Misuse(lambda: forward(X[0], 2), ShapeError, "x"),
        Misuse(lambda: forward("text", 2), DTypeError, "x"),
        Misuse(lambda: forward(X[:0], 2), ShapeError, "x"),
        Misuse(lambda: forward(X, 6), ShapeError, "k"),
        Misuse(lambda: forward(X, (2, 5)), ShapeError, "k"),
        Misuse(lambda: forward(X, 9, 1, ceil_mode=True), ShapeError, "k"),
        Misuse(lambda: forward(X, 0), RangeError, "k"),
        Misuse(lambda: forward(X, 2.0), DTypeError, "k"),
        Misuse(lambda: forward(X, (2, 2, 2)), ShapeError, "k"),
        Misuse(lambda: forward(X, 2, 0), RangeError, "stride"),
        Misuse(lambda: forward(X, 2, "2"), DTypeError, "stride"),
        Misuse(lambda: forward(X, 2, pad=-1), RangeError, "pad"),
        Misuse(lambda: backward(np.zeros((2, 3, 5, 4)), forward(X, 2)[1]), ShapeError, "dy"),
        Misuse(lambda: backward("text", forward(X, 2)[1]), DTypeError, "dy"),
    ]


MISUSES = [
    *(misuse for pair in PAIRS.values() for misuse in of_every_kind(*pair)),
    Misuse(lambda: p.max_pool2d_forward(X, 2, dilation=0), RangeError, "dilation"),
    Misuse(lambda: p.max_pool2d_forward(X, 2, dilation=5), ShapeError, "k"),
    Misuse(lambda: p.lp_pool2d_forward(X, 2, p=0.5), RangeError, "p"),
    Misuse(lambda: p.lp_pool2d_forward(X, 2, p=np.inf), RangeError, "p"),
    Misuse(lambda: p.lp_pool2d_forward(X, 2, p="two"), DTypeError, "p"),
    Misuse(lambda: p.global_avg_pool_forward(X[0]), ShapeError, "x"),
    Misuse(lambda: p.global_avg_pool_backward(X, p.global_avg_pool_forward(X)[1]), ShapeError, "dy"),
    Misuse(lambda: p.global_max_pool_forward(X[..., :0]), ShapeError, "x"),
    Misuse(lambda: p.global_max_pool_backward(X, p.global_max_pool_forward(X)[1]), ShapeError, "dy"),
    Misuse(lambda: p.max_pool1d_forward(X, 2), ShapeError, "x"),
    Misuse(lambda: p.max_pool1d_forward(X[0], 5), ShapeError, "k"),
    Misuse(lambda: p.max_pool1d_forward(X[0], (1, 2)), DTypeError, "k"),
    Misuse(lambda: p.max_pool1d_backward(X, p.max_pool1d_forward(X[0], 2)[1]), ShapeError, "dy"),
    Misuse(lambda: p.avg_pool1d_forward(X, 2), ShapeError, "x"),
    Misuse(lambda: p.avg_pool1d_forward(X[0], 2, 0), RangeError, "stride"),
    Misuse(lambda: p.avg_pool1d_backward(X, p.avg_pool1d_forward(X[0], 2)[1]), ShapeError, "dy"),
    Misuse(lambda: p.max_unpool2d_forward(X[0], np.zeros((3, 5, 4), int), (9, 9)), ShapeError, "x"),
    Misuse(lambda: p.max_unpool2d_forward(X, np.zeros((2, 3, 5, 5), int), (9, 9)), ShapeError, "indices"),
    Misuse(lambda: p.max_unpool2d_forward(X, np.zeros(X.shape), (9, 9)), DTypeError, "indices"),
    Misuse(lambda: p.max_unpool2d_forward(X, np.full(X.shape, 9), (3, 3)), RangeError, "indices"),
    Misuse(lambda: p.max_unpool2d_forward(X, np.full(X.shape, -1), (3, 3)), RangeError, "indices"),
    Misuse(lambda: p.max_unpool2d_forward(X, np.zeros(X.shape, int), (9, 9, 9)), ShapeError, "size"),
    Misuse(lambda: p.max_unpool2d_forward(X, np.zeros(X.shape, int), (0, 9)), RangeError, "size"),
    Misuse(
        lambda: p.max_unpool2d_backward(X, p.max_unpool2d_forward(X, np.zeros(X.shape, int), (9, 9))[1]),
        ShapeError,
        "dy",
    ),
]
