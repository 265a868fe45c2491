"""Gradient clipping: keep the step short without, or with, turning it (Pascanu et al. 2013)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.arrays import Array, Gradients, real


def clip_by_norm(gradient: ArrayLike, threshold: float) -> Array:
    """gradient·threshold/‖gradient‖ where the norm (over all entries) exceeds the threshold, else as it is.

    A zero gradient stays zero: nothing is divided by its norm.
    """
    gradient = real(gradient)
    norm = np.linalg.norm(gradient)
    return gradient * (threshold / norm) if norm > threshold else gradient


def clip_by_global_norm(gradients: Mapping[str, Array], threshold: float, eps: float = 0.0) -> tuple[Gradients, float]:
    """All gradients times one rate, min(1, threshold/(norm + eps)), and the norm they had together.

    The norm is that of all entries of all arrays, added up in float64. PyTorch's `clip_grad_norm_` has eps = 1e-6.
    """
    norm = float(np.sqrt(sum(np.sum(np.square(g, dtype=np.float64)) for g in gradients.values())))
    rate = threshold / (norm + eps) if norm + eps > threshold else 1.0
    return {name: g * rate for name, g in gradients.items()}, norm


def clip_by_value(gradient: ArrayLike, limit: float) -> Array:
    """Each entry into [−limit, limit]; unlike clipping by norm, this turns the gradient."""
    return np.asarray(np.clip(real(gradient), -limit, limit))
