"""Dropout (Srivastava et al. 2014): at training time each unit is left out with probability p.

Two conventions, told apart by name. Inverted dropout divides what is kept by 1 − p, so that test time changes nothing.
Classic dropout, the paper's, leaves training as it is and multiplies by 1 − p at test time. Both have the same mean.
Masks are arguments, 1 keeps and 0 drops, so that the same mask gives the same result. O(size of x).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.arrays import Array, Cache, Gradients, arriving, real
from quizdl.engine.checks import number, same


def dropout_mask(shape: tuple[int, ...], p: float, rng: np.random.Generator) -> Array:
    """0 with probability p, else 1."""
    return (rng.random(shape) >= number("p", p, 0.0, 1.0)).astype(np.float64)


def dropout_forward(x: ArrayLike, mask: ArrayLike, p: float) -> tuple[Array, Cache]:
    """Inverted: y = x ⊙ mask/(1 − p); x, mask: one shape. With p = 1 nothing is left: 0."""
    x, mask = _with_mask(x, mask)
    p = number("p", p, 0.0, 1.0)
    scale = mask / (1 - p) if p < 1 else np.zeros_like(mask)
    return x * scale, (scale,)


def dropout_backward(dy: Array, cache: Cache) -> Gradients:
    """dx = dy ⊙ mask/(1 − p)."""
    (scale,) = cache
    return {"x": arriving(dy, scale.shape) * scale}


def classic_dropout_forward(x: ArrayLike, mask: ArrayLike) -> tuple[Array, Cache]:
    """Classic, at training time: y = x ⊙ mask; x, mask: one shape (Srivastava et al. 2014, §4)."""
    x, mask = _with_mask(x, mask)
    return x * mask, (mask,)


def classic_dropout_backward(dy: Array, cache: Cache) -> Gradients:
    """dx = dy ⊙ mask."""
    (mask,) = cache
    return {"x": arriving(dy, mask.shape) * mask}


def classic_dropout_inference_forward(x: ArrayLike, p: float) -> tuple[Array, Cache]:
    """Classic, at test time: y = (1 − p)·x, the mean of what training gives, since all units are there now."""
    x, keep = real(x), 1 - number("p", p, 0.0, 1.0)
    return np.asarray(keep * x), (x.shape, keep)


def classic_dropout_inference_backward(dy: Array, cache: Cache) -> Gradients:
    """dx = (1 − p)·dy."""
    shape, keep = cache
    return {"x": keep * arriving(dy, shape)}


def _with_mask(x: ArrayLike, mask: ArrayLike) -> tuple[Array, Array]:
    """Both in the dtype of x: a mask is often float64 or bool, and widens nothing."""
    x = real(x)
    _, mask = same(x=x, mask=mask)
    return x, mask.astype(x.dtype, copy=False)
