"""Does a backward agree with its forward? Ask by central differences, along a random direction or entry by entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from quizdl.engine.arrays import Array, Gradients

Forward = Callable[..., tuple[Any, Any]]
Backward = Callable[..., Gradients]
Differentiable = Mapping[str, Any]
"""Arrays by name, float64; a network's parameters may be one mapping among them."""


def directional_error(
    forward: Forward,
    backward: Backward,
    arguments: Differentiable,
    rng: np.random.Generator,
    h: float = 1e-5,
    **options: Any,
) -> float:
    """How far ⟨gradient, d⟩ is from (L(θ + h·d) − L(θ − h·d))/2h, relative to the larger of them (at least 1).

    arguments: the differentiable ones by name, float64 (one may be a mapping of parameters); options: the others. L
    weighs every entry of every output with its own random number, so that no wrong entry can hide; d is a random
    direction of unit length in all arguments together. Two forwards and one backward, whatever the size. About 1e-10
    where all is well.
    """
    outputs, cache = forward(**arguments, **options)
    weights = [rng.standard_normal(np.shape(y)) for y in _each(outputs)]
    gradients = backward(*weights, cache)
    direction = {name: rng.standard_normal(np.shape(x)) for name, x in _flat(arguments).items()}
    length = np.sqrt(sum(np.sum(d**2) for d in direction.values()))
    direction = {name: d / length for name, d in direction.items()}

    def loss(step: float) -> float:
        moved = {name: _moved(name, x, direction, step) for name, x in arguments.items()}
        return _weighted_sum(forward(**moved, **options)[0], weights)

    analytic = sum(float(np.sum(gradients[name] * d)) for name, d in direction.items())
    numeric = (loss(h) - loss(-h)) / (2 * h)
    return abs(analytic - numeric) / max(1.0, abs(analytic), abs(numeric))


def numeric_gradients(
    forward: Forward, arguments: Differentiable, weights: tuple[Array, ...], h: float = 1e-5, **options: Any
) -> Gradients:
    """The gradient of Σ weights·outputs, by two forwards for each entry: to find *which* one is wrong."""

    def loss(name: str, moved: Array) -> float:
        return _weighted_sum(forward(**{**arguments, name: moved}, **options)[0], weights)

    gradients: Gradients = {name: np.empty_like(np.asarray(x), dtype=np.float64) for name, x in arguments.items()}
    for name, gradient in gradients.items():
        for index in np.ndindex(gradient.shape):
            step = np.zeros(gradient.shape)
            step[index] = h
            gradient[index] = (loss(name, arguments[name] + step) - loss(name, arguments[name] - step)) / (2 * h)
    return gradients


def _flat(arguments: Differentiable) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, x in arguments.items():
        flat |= x if isinstance(x, Mapping) else {name: x}
    return flat


def _moved(name: str, x: Any, direction: Mapping[str, Array], step: float) -> Any:
    if isinstance(x, Mapping):
        return {part: _moved(part, y, direction, step) for part, y in x.items()}
    return x + step * direction[name]


def _each(outputs: Any) -> tuple[Any, ...]:
    return outputs if isinstance(outputs, tuple) else (outputs,)


def _weighted_sum(outputs: Any, weights: list[Any] | tuple[Array, ...]) -> float:
    return sum(float(np.sum(weight * y)) for weight, y in zip(weights, _each(outputs), strict=True))
