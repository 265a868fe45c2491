"""What the engine calls an array, and how other numbers become one."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = NDArray[np.floating[Any]]

Ids: TypeAlias = NDArray[np.integer[Any]]

Mask: TypeAlias = NDArray[np.bool_]

Cache: TypeAlias = tuple[Any, ...]
"""What a forward keeps for its backward; nobody else looks inside, and nobody changes it."""

Gradients: TypeAlias = dict[str, Array]
"""One gradient for each differentiable argument, under the argument's name."""


def real(x: ArrayLike) -> Array:
    """x as an array of floats: float32 stays float32, whole numbers and truth values become float64."""
    x = np.asarray(x)
    return x if x.dtype.kind == "f" else x.astype(np.float64)


def reals(*arrays: ArrayLike) -> tuple[Array, ...]:
    """Each of the arrays as `real` gives it."""
    return tuple(real(x) for x in arrays)


def alike(*arrays: ArrayLike) -> tuple[Array, ...]:
    """Each of the arrays as `real` gives it, all in the widest dtype among them."""
    converted = reals(*arrays)
    dtype = np.result_type(*converted)
    return tuple(x.astype(dtype, copy=False) for x in converted)


def rows(x: Array) -> Array:
    """(…, D) → (N, D): everything but the last axis becomes one."""
    return x.reshape(-1, x.shape[-1])


def transposed(W: Array) -> Array:
    """W with its last two axes exchanged: (…, I, H) → (…, H, I)."""
    return np.swapaxes(W, -1, -2)
