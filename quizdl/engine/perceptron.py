"""Fully connected networks on the tape, and how a network's parameters are checked: autoencoders and GANs are made so.

Parameters are a flat dict by dotted name; a perceptron's are `0.W`, `0.b`, `1.W`, …, after a prefix such as `encoder.`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from quizdl.engine.activations import (
    identity_forward,
    leaky_relu_forward,
    relu_forward,
    sigmoid_forward,
    softplus_forward,
    tanh_forward,
)
from quizdl.engine.affine import affine_forward
from quizdl.engine.arrays import Array, Cache, arriving, checked
from quizdl.engine.errors import RangeError, ShapeError, one_of
from quizdl.engine.parameters import need_names
from quizdl.engine.tape import Recording, Value, Values, apply, one, recorded, replayed

ACTIVATIONS: Mapping[str, Callable[..., tuple[Array, Cache]]] = MappingProxyType(
    {
        "identity": identity_forward,
        "leaky_relu": leaky_relu_forward,
        "relu": relu_forward,
        "sigmoid": sigmoid_forward,
        "softplus": softplus_forward,
        "tanh": tanh_forward,
    }
)
"""What the keyword `activation` may be."""


def init_perceptron(
    rng: np.random.Generator, sizes: Sequence[int], *, prefix: str = "", dtype: DTypeLike = np.float64
) -> dict[str, Array]:
    """Weights of variance 2/(I + O) and biases 0; sizes: (I, H1, …, O). Glorot & Bengio 2010, eq. 12."""
    positive(**{f"sizes[{k}]": n for k, n in enumerate(sizes)})
    p: dict[str, Array] = {}
    for k, (inner, outer) in enumerate(pairwise(sizes)):
        scale = math.sqrt(2 / (inner + outer))
        p[f"{prefix}{k}.W"] = (scale * rng.standard_normal((inner, outer))).astype(dtype)
        p[f"{prefix}{k}.b"] = np.zeros(outer, dtype=dtype)
    return p


def dense(x: Value, W: Value | Array, b: Value | Array, activation: str) -> Value:
    """f(xW + b)."""
    y = one(apply(affine_forward, x=x, W=W, b=b))
    return one(apply(ACTIVATIONS[activation], x=y))


def perceptron(
    x: Value, p: Values | Mapping[str, Array], *, prefix: str = "", activation: str = "tanh", output: str = "identity"
) -> Value:
    """h ← f(hW + b), layer after layer; the last one has the activation `output`."""
    last = depth(p, prefix) - 1
    h = x
    for k in range(last + 1):
        h = dense(h, p[f"{prefix}{k}.W"], p[f"{prefix}{k}.b"], output if k == last else activation)
    return h


def perceptron_forward(
    x: Array, p: Mapping[str, Array], *, activation: str = "tanh", output: str = "identity"
) -> tuple[Array, Recording]:
    """h ← f(hW_k + b_k), the last layer with `output`; x: (B, I), `k.W`: (H_k, H_k+1) → (B, O). O(B·Σ I·O)."""
    one_of("activation", activation, tuple(ACTIVATIONS))
    one_of("output", output, tuple(ACTIVATIONS))
    x, p = checked_network(p, perceptron_shapes(p), x=(x, "B I"))
    y, cache = recorded(perceptron, x=x, p=p, options={"activation": activation, "output": output})
    return y, cache


def perceptron_backward(dy: Array, cache: Recording) -> dict[str, Array]:
    """Gradients of x and of every parameter."""
    return replayed(dy, cache=cache)


def perceptron_shapes(
    p: Mapping[str, Any], prefix: str = "", inner: str = "I", hidden: str = "H", outer: str = "O"
) -> dict[str, str]:
    """The shape in letters of every parameter of a perceptron that has as many layers as `p` holds."""
    layers = max(depth(p, prefix), 1)
    letters = [inner, *(f"{hidden}{k}" for k in range(1, layers)), outer]
    shapes: dict[str, str] = {}
    for k, (below, above) in enumerate(pairwise(letters)):
        shapes |= {f"{prefix}{k}.W": f"{below} {above}", f"{prefix}{k}.b": above}
    return shapes


def depth(p: Mapping[str, Any], prefix: str = "") -> int:
    """How many layers `p` holds after the prefix: `0.W`, `1.W`, … without a gap."""
    layers = 0
    while f"{prefix}{layers}.W" in p:
        layers += 1
    return layers


def checked_network(
    p: Mapping[str, Array], shapes: Mapping[str, str], /, **arguments: tuple[Array | None, str]
) -> tuple[Any, ...]:
    """The arguments, and then the parameters that `shapes` names, all of one dtype, once all shapes agree.

    Raises ShapeError for a parameter that is missing, RangeError for one too many, and whatever `checked` raises.
    """
    need_names(p, shapes)
    found = checked(**arguments, **{name: (p[name], shape) for name, shape in shapes.items()})
    count = len(arguments)
    return *found[:count], dict(zip(shapes, found[count:], strict=True))


def of_one_shape(letters: str = "...", /, **arguments: Array) -> tuple[Array, ...]:
    """The arguments as floats of one dtype; ShapeError where they are not all of the first one's shape, or empty."""
    arrays = checked(**{name: (x, letters) for name, x in arguments.items()})
    shape = arrays[0].shape
    for name, x in zip(arguments, arrays, strict=True):
        if x.size == 0:
            raise ShapeError(name, f"{x.shape} は空です", f"{x.shape} is empty")
        if x.shape != shape:
            raise ShapeError(
                name, f"形 {shape} が必要ですが、{x.shape} です", f"expected the shape {shape}, found {x.shape}"
            )
    return arrays


def positive(**sizes: int) -> None:
    """Raises ShapeError for a size that is not a whole number of at least 1."""
    for name, n in sizes.items():
        if not isinstance(n, int | np.integer) or n < 1:
            raise ShapeError(
                name, f"1 以上の整数が必要ですが、{n!r} です", f"expected a whole number of at least 1, found {n!r}"
            )


def within(low: float, high: float, **numbers: float) -> None:
    """Raises RangeError for a number outside low … high, and for NaN."""
    for name, x in numbers.items():
        if not low <= x <= high:
            raise RangeError(
                name,
                f"{low:g} から {high:g} の数が必要ですが、{x!r} です",
                f"expected {low:g} to {high:g}, found {x!r}",
            )


def share_of(dloss: float | Array, n: int, like: Array, name: str = "dloss") -> Array:
    """What arrives at each of n rows, in the dtype of the layer: a plain 1 is no reason for float64."""
    return np.asarray(arriving(dloss, (), name) / n, dtype=like.dtype)
