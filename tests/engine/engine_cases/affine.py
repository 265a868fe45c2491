"""The fully connected layer, with and without masks on its weights, and the embedding."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from engine_cases.kinds import Misuse, Parity, Rng, Slope, draw, size
from quizdl.engine.affine import affine_backward, affine_forward
from quizdl.engine.dropconnect import (
    dropconnect_backward,
    dropconnect_forward,
    dropconnect_inference_backward,
    dropconnect_inference_forward,
)
from quizdl.engine.embedding import embedding_backward, embedding_forward
from quizdl.engine.errors import DTypeError, RangeError, ShapeError


def affine_cases() -> list[Parity]:
    cases = []
    for front, inner, outer in [((3,), 4, 2), ((1,), 1, 1), ((2, 3), 1, 4), ((), 3, 2), ((2, 1, 3), 2, 1)]:
        name = f"affine: {(*front, inner)} to {outer}"
        cases.append(
            Parity(
                name,
                affine_forward,
                affine_backward,
                lambda torch, x, W, b: torch.nn.functional.linear(x, W.T, b),
                draw(name, x=(*front, inner), W=(inner, outer), b=(outer,)),
            )
        )
    return cases


def masked(mask: np.ndarray, torch: Any, x: Any, W: Any, b: Any) -> Any:
    """Sample by sample, each with its own weights."""
    masks = torch.tensor(np.broadcast_to(mask, (len(x), *W.shape)).astype(float))
    return torch.stack([torch.nn.functional.linear(x[n], (masks[n] * W).T, b) for n in range(len(x))])


def dropconnect_cases() -> list[Parity]:
    cases = []
    for N, inner, outer in [(3, 2, 4), (1, 1, 1), (2, 3, 1)]:
        for what, shape in (("a mask for all", (inner, outer)), ("a mask for each", (N, inner, outer))):
            name = f"dropconnect: {what}, {(N, inner, outer)}"
            mask = np.random.RandomState(N).random_sample(shape) < 0.6
            cases.append(
                Parity(
                    name,
                    partial(dropconnect_forward, mask=mask),
                    dropconnect_backward,
                    partial(masked, mask),
                    draw(name, x=(N, inner), W=(inner, outer), b=(outer,)),
                )
            )
    for p in (0.0, 0.3, 1.0):
        name = f"dropconnect: at test time, p = {p}"
        cases.append(
            Parity(
                name,
                partial(dropconnect_inference_forward, p=p),
                dropconnect_inference_backward,
                lambda torch, x, W, b, p=p: x @ ((1 - p) * W) + b,
                draw(name, x=(2, 3), W=(3, 2), b=(2,)),
            )
        )
    return cases


IDS: dict[str, Any] = {
    "repeated": [[0, 2], [2, 2], [1, 4]],
    "one": [3],
    "all the same": [[1, 1, 1]],
    "a single id": 2,
    "three axes": [[[0], [4]]],
}


def embedding_cases() -> list[Parity]:
    cases = []
    for what, ids in IDS.items():
        for padding_idx in (None, 2):
            name = f"embedding: {what}, padding {padding_idx}"

            def forward(E: Any, ids: Any = ids, padding_idx: Any = padding_idx) -> Any:
                return embedding_forward(ids, E, padding_idx)

            def oracle(torch: Any, E: Any, ids: Any = ids, padding_idx: Any = padding_idx) -> Any:
                return torch.nn.functional.embedding(torch.tensor(ids), E, padding_idx)

            cases.append(Parity(name, forward, embedding_backward, oracle, draw(name, E=(5, 3))))
    return cases


PARITY = [*affine_cases(), *dropconnect_cases(), *embedding_cases()]


# --- slopes


def weights(rng: Rng) -> dict[str, np.ndarray]:
    inner, outer = size(rng), size(rng)
    return {"W": rng.standard_normal((inner, outer)), "b": rng.standard_normal(outer)}


def affine(rng: Rng) -> Slope:
    parameters = weights(rng)
    front = [size(rng) for _ in range(rng.integers(0, 4))]
    return Slope(
        affine_forward, affine_backward, {"x": rng.standard_normal((*front, len(parameters["W"]))), **parameters}
    )


def dropconnect(rng: Rng) -> Slope:
    parameters, N = weights(rng), size(rng)
    shape = parameters["W"].shape if rng.random() < 0.5 else (N, *parameters["W"].shape)
    arguments = {"x": rng.standard_normal((N, len(parameters["W"]))), **parameters}
    return Slope(dropconnect_forward, dropconnect_backward, arguments, {"mask": rng.random(shape) < 0.6})


def dropconnect_inference(rng: Rng) -> Slope:
    parameters = weights(rng)
    arguments = {"x": rng.standard_normal((size(rng), len(parameters["W"]))), **parameters}
    return Slope(dropconnect_inference_forward, dropconnect_inference_backward, arguments, {"p": float(rng.random())})


def embedding(rng: Rng) -> Slope:
    V = size(rng)
    ids = rng.integers(0, V, [size(rng) for _ in range(rng.integers(0, 3))])
    return Slope(embedding_forward, embedding_backward, {"E": rng.standard_normal((V, size(rng)))}, {"ids": ids})


SLOPES: dict[str, Callable[[Rng], Slope]] = {
    maker.__name__: maker for maker in (affine, dropconnect, dropconnect_inference, embedding)
}


# --- misuses

LAYER = {"x": np.zeros((2, 3)), "W": np.zeros((3, 4)), "b": np.zeros(4)}
E = np.zeros((5, 3))


def misuse(forward: Callable[..., Any], error: type[Exception], **wrong: Any) -> Misuse:
    return Misuse(lambda: forward(**{**LAYER, **wrong}), error, next(iter(wrong)))


MISUSES = [
    misuse(affine_forward, ShapeError, x=1.0),
    misuse(affine_forward, ShapeError, x=np.zeros((2, 0))),
    misuse(affine_forward, ShapeError, W=np.zeros((4, 3))),
    misuse(affine_forward, ShapeError, W=np.zeros(3)),
    misuse(affine_forward, ShapeError, b=np.zeros((1, 4))),
    misuse(affine_forward, DTypeError, x="text"),
    misuse(affine_forward, DTypeError, W=np.full((3, 4), None)),
    Misuse(lambda: affine_backward(np.zeros((2, 3)), affine_forward(**LAYER)[1]), ShapeError, "dy"),
    Misuse(lambda: affine_backward("text", affine_forward(**LAYER)[1]), DTypeError, "dy"),
    misuse(dropconnect_forward, ShapeError, mask=np.ones((4, 3))),
    misuse(dropconnect_forward, ShapeError, mask=np.ones((3, 3, 4))),
    misuse(dropconnect_forward, DTypeError, mask="text"),
    misuse(dropconnect_forward, ShapeError, x=np.zeros(3), mask=np.ones((3, 4))),
    misuse(dropconnect_inference_forward, RangeError, p=1.5),
    misuse(dropconnect_inference_forward, ShapeError, b=np.zeros(3), p=0.5),
    Misuse(
        lambda: dropconnect_backward(np.zeros(4), dropconnect_forward(**LAYER, mask=np.ones((3, 4)))[1]),
        ShapeError,
        "dy",
    ),
    Misuse(
        lambda: dropconnect_inference_backward(np.zeros(4), dropconnect_inference_forward(**LAYER, p=0.5)[1]),
        ShapeError,
        "dy",
    ),
    Misuse(lambda: embedding_forward([0.5], E), DTypeError, "ids"),
    Misuse(lambda: embedding_forward([0.0], E), DTypeError, "ids"),
    Misuse(lambda: embedding_forward(["a"], E), DTypeError, "ids"),
    Misuse(lambda: embedding_forward([0, 5], E), RangeError, "ids"),
    Misuse(lambda: embedding_forward([0, -1], E), RangeError, "ids"),
    Misuse(lambda: embedding_forward([0], np.zeros(5)), ShapeError, "E"),
    Misuse(lambda: embedding_forward([0], E, 5), RangeError, "padding_idx"),
    Misuse(lambda: embedding_forward([0], E, 0.5), DTypeError, "padding_idx"),
    Misuse(lambda: embedding_backward(np.zeros(3), embedding_forward([0], E)[1]), ShapeError, "dy"),
]
