"""Inverted dropout: what is kept grows by 1/(1 − p), so that test time changes nothing (Srivastava et al. 2014)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.arrays import Array, Cache, Gradients, reals


def dropout_mask(shape: tuple[int, ...], p: float, rng: np.random.Generator) -> Array:
    """0 with probability p, else 1."""
    return (rng.random(shape) >= p).astype(np.float64)


def dropout_forward(x: ArrayLike, mask: ArrayLike, p: float) -> tuple[Array, Cache]:
    """y = x ⊙ mask/(1 − p); mask: 1 keeps, 0 drops; p is the probability of dropping. With p = 1 nothing is left: 0."""
    x, mask = reals(x, mask)
    scale = (mask / (1 - p) if p < 1 else np.zeros_like(mask)).astype(x.dtype, copy=False)
    return x * scale, (scale,)


def dropout_backward(dy: Array, cache: Cache) -> Gradients:
    """dx = dy ⊙ mask/(1 − p)."""
    (scale,) = cache
    return {"x": dy * scale}
