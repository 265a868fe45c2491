"""The small steps between layers: broadcasting undone, joining, cutting, rows taken twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine_cases.kinds import Misuse, Parity, Rng, Slope, draw, size
from quizdl.engine import elementary as e
from quizdl.engine.errors import ShapeError


def binary(symbol: str, forward: Any, backward: Any, oracle: Callable[..., Any]) -> list[Parity]:
    shapes = [((2, 3), (2, 3)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((4, 2, 3), (2, 1)), ((1,), (2, 2))]
    cases = []
    for a, b in shapes:
        name = f"{symbol}: {a} and {b}"
        cases.append(Parity(name, forward, backward, oracle, draw(name, a=a, b=b)))
    return cases


def concat(a: Any, b: Any, axis: int) -> Any:
    return e.concat_forward([a, b], axis)


def concat_case(axis: int) -> Parity:
    name = f"concat: axis {axis}"
    shapes = {"a": (2, 3, 4), "b": (2, 5, 4)} if axis == 1 else {"a": (2, 3, 4), "b": (2, 3, 1)}
    return Parity(
        name,
        lambda a, b: concat(a, b, axis),
        lambda dy, cache: dict(zip("ab", e.concat_backward(dy, cache)["parts"], strict=True)),
        lambda torch, a, b: torch.cat([a, b], axis),
        draw(name, **shapes),
    )


def stack_case(axis: int) -> Parity:
    name = f"stack: axis {axis}"
    return Parity(
        name,
        lambda a, b: e.stack_forward([a, b], axis),
        lambda dy, cache: dict(zip("ab", e.stack_backward(dy, cache)["parts"], strict=True)),
        lambda torch, a, b: torch.stack([a, b], axis),
        draw(name, a=(2, 3), b=(2, 3)),
    )


def take_case(what: str, index: Any) -> Parity:
    name = f"take: {what}"
    return Parity(
        name, lambda x: e.take_forward(x, index), e.take_backward, lambda torch, x: x[index], draw(name, x=(4, 3, 2))
    )


def over_axes(word: str, forward: Any, backward: Any) -> list[Parity]:
    def oracle(axis: Any) -> Callable[..., Any]:
        return lambda torch, x: getattr(x, word)() if axis is None else getattr(x, word)(axis)

    return [
        Parity(
            f"{word}: axis {axis}",
            lambda x, axis=axis: forward(x, axis),
            backward,
            oracle(axis),
            draw(f"{word}: axis {axis}", x=(2, 3, 4)),
        )
        for axis in (None, 0, -1, (0, 2))
    ]


PARITY = [
    *binary("add", e.add_forward, e.add_backward, lambda torch, a, b: a + b),
    *binary("subtract", e.subtract_forward, e.subtract_backward, lambda torch, a, b: a - b),
    *binary("multiply", e.multiply_forward, e.multiply_backward, lambda torch, a, b: a * b),
    Parity(
        "matmul: a batch and one matrix",
        e.matmul_forward,
        e.matmul_backward,
        lambda torch, a, b: a @ b,
        draw("matmul: a batch and one matrix", a=(2, 3, 4), b=(4, 5)),
    ),
    concat_case(1),
    concat_case(-1),
    stack_case(0),
    stack_case(-1),
    take_case("a step in time", 2),
    take_case("the last axis", (..., 1)),
    take_case("every other", slice(None, None, 2)),
    take_case("rows, one of them twice", [0, 3, 3]),
    *over_axes("sum", e.sum_forward, e.sum_backward),
    *over_axes("mean", e.mean_forward, e.mean_backward),
    Parity("exp", e.exp_forward, e.exp_backward, lambda torch, x: torch.exp(x), draw("exp", x=(2, 3))),
]


def scale(rng: Rng) -> Slope:
    x = rng.standard_normal((size(rng), size(rng)))
    return Slope(e.scale_forward, e.scale_backward, {"x": x}, {"factor": 8**0.5})


def reshape(rng: Rng) -> Slope:
    a, b = size(rng), size(rng)
    return Slope(e.reshape_forward, e.reshape_backward, {"x": rng.standard_normal((a, b))}, {"shape": (b, 1, a)})


def transpose(rng: Rng) -> Slope:
    x = rng.standard_normal((size(rng), size(rng), size(rng)))
    axes = tuple(int(k) for k in rng.permutation(3))
    return Slope(e.transpose_forward, e.transpose_backward, {"x": x}, {"axes": axes})


SLOPES = {maker.__name__: maker for maker in (scale, reshape, transpose)}

MISUSES = [
    Misuse(lambda: e.matmul_forward(np.zeros((2, 3)), np.zeros((2, 3))), ShapeError, "b"),
    Misuse(lambda: e.matmul_forward(np.zeros((2, 3)), np.zeros(3)), ShapeError, "b"),
]
