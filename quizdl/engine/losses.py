"""Losses: one number from predictions and targets, and its gradient.

Means are over everything that was predicted; `dloss` is the gradient arriving from above, usually 1. O(size of input).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from quizdl.engine.activations import log_softmax, sigmoid
from quizdl.engine.arrays import Array, Cache, Gradients, Ids, real, reals


def mse(y: ArrayLike, t: ArrayLike) -> Array:
    """Mean over all entries of (y − t)²."""
    y, t = reals(y, t)
    return np.asarray(np.mean((y - t) ** 2))


def mse_forward(y: ArrayLike, t: ArrayLike) -> tuple[Array, Cache]:
    """Mean over all entries of (y − t)²; y and t have one shape."""
    y, t = reals(y, t)
    return mse(y, t), (y, t)


def mse_backward(dloss: float | Array, cache: Cache) -> Gradients:
    """dy = 2(y − t)/n, dt = −dy."""
    y, t = cache
    dy = dloss * 2 * (y - t) / y.size
    return {"y": dy, "t": -dy}


def cross_entropy(y: ArrayLike, t: ArrayLike) -> Array:
    """−mean log y[n, t_n]; y: (N, C) probabilities, t: (N,) labels. A right class of probability 0 costs ∞."""
    y, t = real(y), np.asarray(t)
    with np.errstate(divide="ignore"):
        return np.asarray(-np.mean(np.log(y[np.arange(len(t)), t])))


def cross_entropy_forward(y: ArrayLike, t: ArrayLike) -> tuple[Array, Cache]:
    """−mean log y[n, t_n]; y: (N, C) probabilities, t: (N,) labels."""
    y, t = real(y), np.asarray(t)
    return cross_entropy(y, t), (y, t)


def cross_entropy_backward(dloss: float | Array, cache: Cache) -> Gradients:
    """dy = −1/(N·y) at the right classes, 0 elsewhere."""
    y, t = cache
    right = np.arange(len(t)), t
    dy = np.zeros_like(y)
    dy[right] = -np.asarray(dloss) / (len(t) * y[right])
    return {"y": dy}


def softmax_cross_entropy_forward(
    z: ArrayLike, t: ArrayLike, *, ignore_index: int | None = None, label_smoothing: float = 0.0
) -> tuple[Array, Cache]:
    """Mean cross-entropy of softmax(z); z: (…, C) logits, t: (…) labels.

    Labels equal to `ignore_index` (padding) count neither in the sum nor in the mean; if all are, the loss is 0.
    With `label_smoothing` ε the target is (1 − ε)·one_hot + ε/C (Szegedy et al. 2016, §7).
    """
    z, t = real(z), np.asarray(t)
    counted = np.ones(t.shape, dtype=bool) if ignore_index is None else t != ignore_index
    target = _smoothed(np.where(counted, t, 0), z.shape[-1], label_smoothing, z.dtype) * counted[..., None]
    log_y = log_softmax(z)
    n = max(int(counted.sum()), 1)
    loss = -np.sum(target * log_y) / n
    return np.asarray(loss), (log_y, target, counted, n)


def softmax_cross_entropy_backward(dloss: float | Array, cache: Cache) -> Gradients:
    """dz = (softmax(z) − target)/n, and 0 where the label was ignored."""
    log_y, target, counted, n = cache
    return {"z": dloss * (np.exp(log_y) * counted[..., None] - target) / n}


def _smoothed(t: Ids, classes: int, epsilon: float, dtype: DTypeLike) -> Array:
    one_hot: Array = (t[..., None] == np.arange(classes)).astype(dtype)
    return (1 - epsilon) * one_hot + epsilon / classes


def bce_with_logits_forward(z: ArrayLike, t: ArrayLike) -> tuple[Array, Cache]:
    """Mean of −t·log σ(z) − (1 − t)·log(1 − σ(z)), as max(z, 0) − z·t + log(1 + exp(−|z|)); t in [0, 1]."""
    z, t = reals(z, t)
    loss = np.mean(np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z))))
    return np.asarray(loss), (z, t)


def bce_with_logits_backward(dloss: float | Array, cache: Cache) -> Gradients:
    """dz = (σ(z) − t)/n, dt = −z/n."""
    z, t = cache
    return {"z": dloss * (sigmoid(z) - t) / z.size, "t": -dloss * z / z.size}


def kl_gaussians_forward(
    mu_1: ArrayLike, log_var_1: ArrayLike, mu_2: ArrayLike, log_var_2: ArrayLike
) -> tuple[Array, Cache]:
    """KL(N(μ₁, σ₁²) ‖ N(μ₂, σ₂²)) of diagonal Gaussians, all (…, D): summed over D, mean over the rest.

    ½ Σ (log σ₂² − log σ₁² + (σ₁² + (μ₁ − μ₂)²)/σ₂² − 1).
    """
    mu_1, log_var_1, mu_2, log_var_2 = reals(mu_1, log_var_1, mu_2, log_var_2)
    ratio = np.exp(log_var_1 - log_var_2)
    gap = mu_1 - mu_2
    precision = np.exp(-log_var_2)
    kl = 0.5 * np.sum(log_var_2 - log_var_1 + ratio + gap**2 * precision - 1, axis=-1)
    return np.asarray(kl.mean()), (ratio, gap, precision, kl.size)


def kl_gaussians_backward(dloss: float | Array, cache: Cache) -> Gradients:
    """∂/∂μ₁ = (μ₁ − μ₂)/σ₂², ∂/∂log σ₁² = ½(σ₁²/σ₂² − 1), and so on, divided by the number of rows."""
    ratio, gap, precision, n = cache
    share = np.asarray(dloss) / n
    dmu = share * gap * precision
    return {
        "mu_1": dmu,
        "log_var_1": share * 0.5 * (ratio - 1),
        "mu_2": -dmu,
        "log_var_2": share * 0.5 * (1 - ratio - gap**2 * precision),
    }
