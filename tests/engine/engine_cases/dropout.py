"""Dropout in both conventions; its weight-wise sister is among the affine cases."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from engine_cases.kinds import Misuse, Parity, Rng, Slope, draw, size
from quizdl.engine import dropout as d
from quizdl.engine.errors import DTypeError, RangeError, ShapeError


def mask_of(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.RandomState(sum(shape)).random_sample(shape) < 0.6


def cases() -> list[Parity]:
    found = []
    for shape in [(1,), (1, 1), (3, 4), (2, 3, 2)]:
        mask = mask_of(shape)
        for p in (0.0, 0.4, 1.0):
            name = f"dropout: inverted, {shape}, p = {p}"

            def oracle(torch: Any, x: Any, p: float = p, mask: Any = mask) -> Any:
                kept = torch.tensor(mask)
                return torch.where(kept, x / (1 - p), 0.0) if p < 1 else x * 0

            forward = partial(d.dropout_forward, mask=mask, p=p)
            found.append(Parity(name, forward, d.dropout_backward, oracle, draw(name, x=shape)))
            name = f"dropout: classic at test time, {shape}, p = {p}"
            found.append(
                Parity(
                    name,
                    partial(d.classic_dropout_inference_forward, p=p),
                    d.classic_dropout_inference_backward,
                    lambda torch, x, p=p: x - p * x,
                    draw(name, x=shape),
                )
            )
        name = f"dropout: classic, {shape}"
        found.append(
            Parity(
                name,
                partial(d.classic_dropout_forward, mask=mask),
                d.classic_dropout_backward,
                lambda torch, x, mask=mask: torch.where(torch.tensor(mask), x, 0.0),
                draw(name, x=shape),
            )
        )
    return found


PARITY = cases()


def dropout(rng: Rng) -> Slope:
    x = rng.standard_normal((size(rng), size(rng)))
    return Slope(d.dropout_forward, d.dropout_backward, {"x": x}, {"mask": d.dropout_mask(x.shape, 0.4, rng), "p": 0.4})


def classic_dropout(rng: Rng) -> Slope:
    x = rng.standard_normal((size(rng), size(rng)))
    options = {"mask": rng.random(x.shape) < 0.6}
    return Slope(d.classic_dropout_forward, d.classic_dropout_backward, {"x": x}, options)


def classic_dropout_inference(rng: Rng) -> Slope:
    x = rng.standard_normal((size(rng), size(rng)))
    pair = d.classic_dropout_inference_forward, d.classic_dropout_inference_backward
    return Slope(*pair, {"x": x}, {"p": float(rng.random())})


SLOPES: dict[str, Callable[[Rng], Slope]] = {
    maker.__name__: maker for maker in (dropout, classic_dropout, classic_dropout_inference)
}

X, MASK = np.zeros((2, 3)), np.ones((2, 3))

MISUSES = [
    Misuse(lambda: d.dropout_forward("text", MASK, 0.5), DTypeError, "x"),
    Misuse(lambda: d.dropout_forward(X, "text", 0.5), DTypeError, "mask"),
    Misuse(lambda: d.dropout_forward(X, np.ones(3), 0.5), ShapeError, "mask"),
    Misuse(lambda: d.dropout_forward(np.zeros((0, 3)), np.ones((0, 3)), 0.5), ShapeError, "x"),
    Misuse(lambda: d.dropout_forward(X, MASK, 1.5), RangeError, "p"),
    Misuse(lambda: d.dropout_forward(X, MASK, -0.1), RangeError, "p"),
    Misuse(lambda: d.dropout_forward(X, MASK, np.nan), RangeError, "p"),
    Misuse(lambda: d.dropout_forward(X, MASK, "half"), DTypeError, "p"),
    Misuse(lambda: d.dropout_mask((2,), 2, np.random.default_rng(0)), RangeError, "p"),
    Misuse(lambda: d.dropout_backward(np.zeros(3), d.dropout_forward(X, MASK, 0.5)[1]), ShapeError, "dy"),
    Misuse(lambda: d.classic_dropout_forward(X, np.ones((3, 2))), ShapeError, "mask"),
    Misuse(lambda: d.classic_dropout_backward(np.zeros(3), d.classic_dropout_forward(X, MASK)[1]), ShapeError, "dy"),
    Misuse(lambda: d.classic_dropout_inference_forward(X, 1.1), RangeError, "p"),
    Misuse(lambda: d.classic_dropout_inference_forward("text", 0.5), DTypeError, "x"),
    Misuse(
        lambda: d.classic_dropout_inference_backward(np.zeros(3), d.classic_dropout_inference_forward(X, 0.5)[1]),
        ShapeError,
        "dy",
    ),
]
