"""The small steps between layers: sums, products, joining and cutting, each with its derivative.

NumPy's broadcasting is undone in the backward by summing over what was repeated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from quizdl.engine.arrays import Array, Cache, Gradients, transposed
from quizdl.engine.errors import ShapeError


def add_forward(a: Array, b: Array) -> tuple[Array, Cache]:
    """a + b, broadcast."""
    return np.add(a, b), (np.shape(a), np.shape(b))


def add_backward(dy: Array, cache: Cache) -> Gradients:
    """da = dy, db = dy."""
    shape_a, shape_b = cache
    return {"a": unbroadcast(dy, shape_a), "b": unbroadcast(dy, shape_b)}


def subtract_forward(a: Array, b: Array) -> tuple[Array, Cache]:
    """a − b, broadcast."""
    return np.subtract(a, b), (np.shape(a), np.shape(b))


def subtract_backward(dy: Array, cache: Cache) -> Gradients:
    """da = dy, db = −dy."""
    shape_a, shape_b = cache
    return {"a": unbroadcast(dy, shape_a), "b": unbroadcast(-dy, shape_b)}


def multiply_forward(a: Array, b: Array) -> tuple[Array, Cache]:
    """a ⊙ b, broadcast."""
    return np.multiply(a, b), (a, b)


def multiply_backward(dy: Array, cache: Cache) -> Gradients:
    """da = dy ⊙ b, db = dy ⊙ a."""
    a, b = cache
    return {"a": unbroadcast(dy * b, np.shape(a)), "b": unbroadcast(dy * a, np.shape(b))}


def scale_forward(x: Array, factor: float) -> tuple[Array, Cache]:
    """factor·x, the factor a plain number, so that float32 stays float32."""
    return x * float(factor), (float(factor),)


def scale_backward(dy: Array, cache: Cache) -> Gradients:
    """dx = factor·dy."""
    (factor,) = cache
    return {"x": dy * factor}


def matmul_forward(a: Array, b: Array) -> tuple[Array, Cache]:
    """a @ b; a: (…, M, K), b: (…, K, N) → (…, M, N). O(M·K·N) for each matrix."""
    if a.ndim < 2 or b.ndim < 2 or a.shape[-1] != b.shape[-2]:
        raise ShapeError(
            "b",
            f"{a.shape} に続く (…, K, N) が必要ですが、{b.shape} です",
            f"expected (…, K, N) to follow a of {a.shape}, found {b.shape}",
        )
    return a @ b, (a, b)


def matmul_backward(dy: Array, cache: Cache) -> Gradients:
    """da = dy bᵀ, db = aᵀ dy."""
    a, b = cache
    return {"a": unbroadcast(dy @ transposed(b), a.shape), "b": unbroadcast(transposed(a) @ dy, b.shape)}


def concat_forward(parts: Sequence[Array], axis: int = -1) -> tuple[Array, Cache]:
    """The parts one after another along an axis."""
    return np.concatenate(list(parts), axis=axis), ([part.shape[axis] for part in parts], axis)


def concat_backward(dy: Array, cache: Cache) -> dict[str, list[Array]]:
    """Each part gets its own piece of dy."""
    sizes, axis = cache
    ends = np.cumsum([0, *sizes])
    pieces = np.moveaxis(dy, axis, 0)
    return {"parts": [np.moveaxis(pieces[start:end], 0, axis) for start, end in pairwise(ends)]}


def stack_forward(parts: Sequence[Array], axis: int = 0) -> tuple[Array, Cache]:
    """The parts, all of one shape, along a new axis."""
    return np.stack(list(parts), axis=axis), (len(parts), axis)


def stack_backward(dy: Array, cache: Cache) -> dict[str, list[Array]]:
    """Each part gets its own slice of dy."""
    _, axis = cache
    return {"parts": list(np.moveaxis(dy, axis, 0))}


def take_forward(x: Array, index: Any) -> tuple[Array, Cache]:
    """x[index]: a slice, a step in time, chosen rows (a row may be chosen twice)."""
    return x[index], (x.shape, index)


def take_backward(dy: Array, cache: Cache) -> Gradients:
    """dy where it was taken from, 0 elsewhere."""
    shape, index = cache
    dx = np.zeros(shape, dtype=dy.dtype)
    if _only_slices(index):
        dx[index] += dy
    else:
        np.add.at(dx, index, dy)  # slow, but right where a row was chosen twice
    return {"x": dx}


def reshape_forward(x: Array, shape: tuple[int, ...]) -> tuple[Array, Cache]:
    """x with other axes, in the same order of entries."""
    return x.reshape(shape), (x.shape,)


def reshape_backward(dy: Array, cache: Cache) -> Gradients:
    """dy in the shape that x had."""
    (shape,) = cache
    return {"x": dy.reshape(shape)}


def transpose_forward(x: Array, axes: tuple[int, ...]) -> tuple[Array, Cache]:
    """x with its axes in another order."""
    return x.transpose(axes), (axes,)


def transpose_backward(dy: Array, cache: Cache) -> Gradients:
    """dy with the axes back in their places."""
    (axes,) = cache
    return {"x": dy.transpose(np.argsort(axes))}


def sum_forward(x: Array, axis: int | tuple[int, ...] | None = None) -> tuple[Array, Cache]:
    """Σ x over the axes, or over all."""
    return np.asarray(x.sum(axis=axis)), (x.shape, axis)


def sum_backward(dy: Array, cache: Cache) -> Gradients:
    """Every entry of a sum gets the sum's gradient."""
    shape, axis = cache
    return {"x": np.broadcast_to(_restored(np.asarray(dy), len(shape), axis), shape).copy()}


def mean_forward(x: Array, axis: int | tuple[int, ...] | None = None) -> tuple[Array, Cache]:
    """The mean of x over the axes, or over all."""
    y = np.asarray(x.mean(axis=axis))
    return y, (x.shape, axis, math.prod(x.shape) // max(math.prod(y.shape), 1))


def mean_backward(dy: Array, cache: Cache) -> Gradients:
    """Every entry of a mean over n gets 1/n of its gradient."""
    shape, axis, n = cache
    return {"x": sum_backward(np.asarray(dy) / n, (shape, axis))["x"]}


def exp_forward(x: Array) -> tuple[Array, Cache]:
    """y = eˣ."""
    y = np.exp(x)
    return y, (y,)


def exp_backward(dy: Array, cache: Cache) -> Gradients:
    """dx = dy ⊙ y."""
    (y,) = cache
    return {"x": dy * y}


def unbroadcast(dy: Array, shape: tuple[int, ...]) -> Array:
    """dy summed back into the shape that was broadcast to dy's."""
    if dy.shape == shape:
        return dy
    front = tuple(range(dy.ndim - len(shape)))
    dy = np.asarray(dy.sum(axis=front))
    repeated = tuple(axis for axis, size in enumerate(shape) if size == 1 and dy.shape[axis] != 1)
    return np.asarray(dy.sum(axis=repeated, keepdims=True))


def _only_slices(index: Any) -> bool:
    parts = index if isinstance(index, tuple) else (index,)
    return all(isinstance(part, int | slice | np.integer) or part is Ellipsis or part is None for part in parts)


def _restored(dy: Array, ndim: int, axis: int | tuple[int, ...] | None) -> Array:
    """dy with the summed axes back, each 1 long."""
    if axis is None:
        return dy.reshape((1,) * ndim)
    return np.expand_dims(dy, axis)
