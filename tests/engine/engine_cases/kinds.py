"""The three kinds of case, and how random arguments are drawn for them."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

NONE: Mapping[str, Any] = MappingProxyType({})

Rng = np.random.Generator


class Parity(NamedTuple):
    """The same computation here and in PyTorch: outputs and the gradient of every argument must agree.

    name: unique, "family: what is special here". forward(**arguments) → (output or outputs, cache);
    backward(*arriving, cache) → gradients by name, or None where there is none (then only outputs are compared).
    oracle(torch, **leaves) → PyTorch's output or outputs, from float64 tensors under the same names.
    An argument may be a mapping of arrays; the gradients of its arrays are then found under their own names.
    """

    name: str
    forward: Callable[..., Any]
    backward: Callable[..., Mapping[str, Any]] | None
    oracle: Callable[..., Any]
    arguments: Mapping[str, Any]


class Slope(NamedTuple):
    """A pair, its differentiable arguments, and the others: the backward must be the slope of the forward."""

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    arguments: dict[str, Any]
    options: Mapping[str, Any] = NONE


class Misuse(NamedTuple):
    """A call that must raise the error and name the argument."""

    call: Callable[[], object]
    error: type[Exception]
    argument: str


def draw(name: str, /, **shapes: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Normal numbers that depend on the name alone, the same on every machine and with every NumPy."""
    rng = np.random.RandomState(zlib.crc32(name.encode()))
    return {argument: rng.standard_normal(shape) for argument, shape in shapes.items()}


def size(rng: Rng, high: int = 4) -> int:
    """From 1 to `high`."""
    return int(rng.integers(1, high + 1))


def away_from_zero(rng: Rng, *shape: int) -> np.ndarray:
    """No entry so near 0 that a step of the check could cross a kink there."""
    x = rng.standard_normal(shape)
    return x + 0.1 * np.sign(x)


def distinct(rng: Rng, *shape: int) -> np.ndarray:
    """All entries differ by more than a step of the check, so that no maximum changes hands."""
    return rng.permutation(int(np.prod(shape))).reshape(shape) / 7.0 - 1
