"""Gradient clipping: keep the step short without, or with, turning it (Pascanu et al. 2013)."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.arrays import Array, Gradients, real
from quizdl.engine.errors import RangeError


def clip_by_norm(gradient: ArrayLike, threshold: float) -> Array:
    """gradient·threshold/‖gradient‖ where the norm (over all entries) exceeds the threshold, else as it is.

    Pascanu et al. 2013, algorithm 1. A zero gradient stays zero: nothing is divided by its norm. The norm is added up
    in float64. O(size).
    """
    gradient = real(gradient, "gradient")
    _not_negative("threshold", threshold)
    norm = float(np.linalg.norm(gradient.astype(np.float64, copy=False)))
    return _scaled(gradient, threshold / norm) if norm > threshold else gradient


def clip_by_global_norm(gradients: Mapping[str, Array], threshold: float, eps: float = 0.0) -> tuple[Gradients, float]:
    """All gradients times one rate, min(1, threshold/(norm + eps)), and the norm they had together.

    The norm is that of all entries of all arrays, added up in float64. PyTorch's `clip_grad_norm_` has eps = 1e-6.
    O(size).
    """
    _not_negative("threshold", threshold)
    _not_negative("eps", eps)
    arrays = {name: real(g, name) for name, g in gradients.items()}
    norm = math.sqrt(sum(float(np.sum(np.square(g, dtype=np.float64))) for g in arrays.values()))
    if not norm + eps > threshold:
        return arrays, norm
    return {name: _scaled(g, threshold / (norm + eps)) for name, g in arrays.items()}, norm


def clip_by_value(gradient: ArrayLike, limit: float) -> Array:
    """Each entry into [−limit, limit]; unlike clipping by norm, this turns the gradient. O(size)."""
    gradient = real(gradient, "gradient")
    _not_negative("limit", limit)
    return np.asarray(np.clip(gradient, -float(limit), float(limit)))


def _scaled(gradient: Array, rate: float) -> Array:
    with np.errstate(invalid="ignore"):  # an infinite gradient has the rate 0, and ∞·0 is NaN
        return gradient * float(rate)


def _not_negative(name: str, x: float) -> None:
    if not x >= 0:
        raise RangeError(name, f"0 以上が必要ですが、{x} です", f"expected at least 0, found {x}")
