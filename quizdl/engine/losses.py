"""Losses: one number from predictions and targets, and its gradient. O(size of the input) each.

`reduction` says what becomes of the single losses: "mean" (over everything that was predicted), "sum", or "none", which
leaves an array of them. `dloss` is the gradient arriving from above, in the shape of the loss; usually it is 1.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.activations import log_softmax, sigmoid
from quizdl.engine.arrays import Array, Cache, Gradients, Ids, Mask, arriving, checked, rows, whole
from quizdl.engine.checks import every, number, same, same_shape
from quizdl.engine.errors import ShapeError, one_of

Reduction: TypeAlias = Literal["mean", "sum", "none"]


def reduced(losses: Array, reduction: Reduction, n: int | None = None) -> Array:
    """The mean of the losses (their sum over n where n of them count), their sum, or all of them."""
    one_of("reduction", reduction, ("mean", "sum", "none"))
    if reduction == "none":
        return np.asarray(losses)
    total = losses.sum()
    return np.asarray(total / max(losses.size if n is None else n, 1) if reduction == "mean" else total)


def spread(dloss: ArrayLike, losses: Array, reduction: Reduction, n: int | None = None) -> Array:
    """The gradient of each single loss: dloss/n or dloss, one number for all, or its own.

    `losses` may be any array of their shape; the gradient gets its dtype, since dloss is often a plain 1.
    """
    dloss = arriving(dloss, losses.shape if reduction == "none" else (), "dloss").astype(losses.dtype, copy=False)
    if reduction == "mean":
        dloss = dloss / max(losses.size if n is None else n, 1)
    return np.asarray(dloss)


def mse(y: ArrayLike, t: ArrayLike) -> Array:
    """Mean over all entries of (y − t)²."""
    return mse_forward(y, t)[0]


def mse_forward(y: ArrayLike, t: ArrayLike, *, reduction: Reduction = "mean") -> tuple[Array, Cache]:
    """Mean over all entries of (y − t)²; y and t have one shape."""
    y, t = same(y=y, t=t)
    gap = y - t
    return reduced(gap**2, reduction), (gap, reduction)


def mse_backward(dloss: ArrayLike, cache: Cache) -> Gradients:
    """dy = 2(y − t)/n, dt = −dy."""
    gap, reduction = cache
    dy = spread(dloss, gap, reduction) * 2 * gap
    return {"y": dy, "t": -dy}


def mae(y: ArrayLike, t: ArrayLike) -> Array:
    """Mean over all entries of |y − t|."""
    return mae_forward(y, t)[0]


def mae_forward(y: ArrayLike, t: ArrayLike, *, reduction: Reduction = "mean") -> tuple[Array, Cache]:
    """Mean over all entries of |y − t|; y and t have one shape."""
    y, t = same(y=y, t=t)
    gap = y - t
    return reduced(np.abs(gap), reduction), (gap, reduction)


def mae_backward(dloss: ArrayLike, cache: Cache) -> Gradients:
    """dy = sign(y − t)/n, dt = −dy; where y = t, any slope from −1 to 1 would do, and it is 0."""
    gap, reduction = cache
    dy = spread(dloss, gap, reduction) * np.sign(gap)
    return {"y": dy, "t": -dy}


def huber_forward(
    y: ArrayLike, t: ArrayLike, *, delta: float = 1.0, reduction: Reduction = "mean"
) -> tuple[Array, Cache]:
    """Mean of ½(y − t)² where |y − t| ≤ δ, else δ(|y − t| − ½δ) (Huber 1964); y and t have one shape.

    With δ = 1 this is also called smooth L1 (Girshick 2015, eq. 3).
    """
    y, t = same(y=y, t=t)
    delta = number("delta", delta, above=0.0)
    gap = y - t
    size = np.abs(gap)
    each = np.where(size <= delta, 0.5 * gap**2, delta * (size - 0.5 * delta))
    return reduced(each, reduction), (gap, delta, reduction)


def huber_backward(dloss: ArrayLike, cache: Cache) -> Gradients:
    """dy = (y − t)/n, cut off at ±δ/n; dt = −dy."""
    gap, delta, reduction = cache
    dy = spread(dloss, gap, reduction) * np.minimum(np.maximum(gap, -delta), delta)
    return {"y": dy, "t": -dy}


def cross_entropy(y: Array, t: ArrayLike) -> Array:
    """−mean log y[n, t_n]; y: (N, C) probabilities, t: (N,) labels. A right class of probability 0 costs ∞."""
    return cross_entropy_forward(y, t)[0]


def cross_entropy_forward(y: Array, t: ArrayLike, *, reduction: Reduction = "mean") -> tuple[Array, Cache]:
    """−mean log y[n, t_n]; y: (N, C) probabilities, t: (N,) labels. A right class of probability 0 costs ∞."""
    (y,) = checked(y=(y, "N C"))
    every("y", y, 0.0)
    t, _ = _labels(t, y, None, "y")
    right = y[np.arange(len(t)), t]
    with np.errstate(divide="ignore"):
        each = -np.log(right)
    return reduced(each, reduction), (y.shape, t, right, reduction)


def cross_entropy_backward(dloss: ArrayLike, cache: Cache) -> Gradients:
    """dy = −1/(N·y) at the right classes (−∞ where y = 0), 0 elsewhere."""
    shape, t, right, reduction = cache
    dy = np.zeros(shape, dtype=right.dtype)
    with np.errstate(divide="ignore", invalid="ignore"):
        dy[np.arange(len(t)), t] = -spread(dloss, right, reduction) / right
    return {"y": dy}


def nll_forward(
    log_y: Array, t: ArrayLike, *, ignore_index: int | None = None, reduction: Reduction = "mean"
) -> tuple[Array, Cache]:
    """−mean log_y[…, t]; log_y: (…, C) log-probabilities, as `log_softmax` gives them, t: (…) labels.

    Labels equal to `ignore_index` count neither in the sum nor in the mean; if all are, the loss is 0.
    """
    (log_y,) = checked(log_y=(log_y, "... C"))
    t, counted = _labels(t, log_y, ignore_index, "log_y")
    each = _each_row(-_picked(log_y, t), counted)
    return reduced(each, reduction, _number_of(counted, each)), (log_y.shape, each, t, counted, reduction)


def nll_backward(dloss: ArrayLike, cache: Cache) -> Gradients:
    """dlog_y = −1/n at the right classes, 0 elsewhere and where the label was ignored."""
    shape, each, t, counted, reduction = cache
    share = _each_row(spread(dloss, each, reduction, _number_of(counted, each)), counted)
    dlog_y = np.zeros(shape, dtype=each.dtype)
    rows(dlog_y)[np.arange(t.size), t.ravel()] = -share.ravel()
    return {"log_y": dlog_y}


def softmax_cross_entropy_forward(
    z: Array,
    t: ArrayLike,
    *,
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    reduction: Reduction = "mean",
) -> tuple[Array, Cache]:
    """Mean cross-entropy of softmax(z); z: (…, C) logits, t: (…) labels.

    Labels equal to `ignore_index` (padding) count neither in the sum nor in the mean; if all are, the loss is 0.
    With `label_smoothing` ε the target is (1 − ε)·one_hot + ε/C (Szegedy et al. 2016, §7).
    """
    (z,) = checked(z=(z, "... C"))
    epsilon = number("label_smoothing", label_smoothing, 0.0, 1.0)
    t, counted = _labels(t, z, ignore_index, "z")
    log_y = log_softmax(z)
    each = -_picked(log_y, t)
    if epsilon:
        each = (1 - epsilon) * each - epsilon * log_y.mean(axis=-1)
    each = _each_row(each, counted)
    return reduced(each, reduction, _number_of(counted, each)), (log_y, each, t, counted, epsilon, reduction)


def softmax_cross_entropy_backward(dloss: ArrayLike, cache: Cache) -> Gradients:
    """dz = (softmax(z) − target)/n, and 0 where the label was ignored."""
    log_y, each, t, counted, epsilon, reduction = cache
    share = spread(dloss, each, reduction, _number_of(counted, each))
    dz = np.exp(rows(log_y))
    if epsilon:
        dz -= epsilon / dz.shape[-1]
    dz[np.arange(t.size), t.ravel()] -= 1 - epsilon
    dz = dz.reshape(log_y.shape) * share[..., None]
    return {"z": _each_row(dz, None if counted is None else counted[..., None])}


def bce_forward(y: ArrayLike, t: ArrayLike, *, reduction: Reduction = "mean") -> tuple[Array, Cache]:
    """Mean of −t·log y − (1 − t)·log(1 − y); y: probabilities, t: targets in [0, 1], of one shape.

    As in PyTorch, each logarithm is at least −100, so that a sure and wrong y costs 100 and not ∞. From logits, use
    `bce_with_logits_forward`, which needs no such limit.
    """
    y, t = same(y=y, t=t)
    every("y", y, 0.0, 1.0)
    every("t", t, 0.0, 1.0)
    with np.errstate(divide="ignore"):
        log_y, log_rest = np.maximum(np.log(y), -100), np.maximum(np.log1p(-y), -100)
    return reduced(-t * log_y - (1 - t) * log_rest, reduction), (y, t, log_y, log_rest, reduction)


def bce_backward(dloss: ArrayLike, cache: Cache) -> Gradients:
    """dy = (y − t)/(y(1 − y))/n, dt = (log(1 − y) − log y)/n; as in PyTorch, y(1 − y) is taken as at least 10⁻¹²."""
    y, t, log_y, log_rest, reduction = cache
    share = spread(dloss, y, reduction)
    return {"y": share * (y - t) / np.maximum(y * (1 - y), 1e-12), "t": share * (log_rest - log_y)}


def bce_with_logits_forward(z: ArrayLike, t: ArrayLike, *, reduction: Reduction = "mean") -> tuple[Array, Cache]:
    """Mean of −t·log σ(z) − (1 − t)·log(1 − σ(z)), as max(z, 0) − z·t + log(1 + exp(−|z|)); t in [0, 1]."""
    z, t = same(z=z, t=t)
    every("t", t, 0.0, 1.0)
    each = np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z)))
    return reduced(each, reduction), (z, t, reduction)


def bce_with_logits_backward(dloss: ArrayLike, cache: Cache) -> Gradients:
    """dz = (σ(z) − t)/n, dt = −z/n."""
    z, t, reduction = cache
    share = spread(dloss, z, reduction)
    return {"z": share * (sigmoid(z) - t), "t": -share * z}


def kl_gaussians_forward(
    mu_1: ArrayLike, log_var_1: ArrayLike, mu_2: ArrayLike, log_var_2: ArrayLike, *, reduction: Reduction = "mean"
) -> tuple[Array, Cache]:
    """KL(N(μ₁, σ₁²) ‖ N(μ₂, σ₂²)) of diagonal Gaussians, all (…, D): summed over D, mean over the rest.

    ½ Σ (log σ₂² − log σ₁² + (σ₁² + (μ₁ − μ₂)²)/σ₂² − 1). A variance ratio beyond the range of floats costs ∞.
    """
    mu_1, log_var_1, mu_2, log_var_2 = same(mu_1=mu_1, log_var_1=log_var_1, mu_2=mu_2, log_var_2=log_var_2)
    if mu_1.ndim == 0:
        raise ShapeError("mu_1", "形 (..., D) が必要ですが、() です", "expected (..., D), found ()")
    with np.errstate(over="ignore"):
        ratio = np.exp(log_var_1 - log_var_2)
        root = np.exp(-log_var_2 / 2)  # 1/σ₂; before squaring, so that a gap of 0 stays 0 for any σ₂
        gap = (mu_1 - mu_2) * root
        each = 0.5 * np.sum(log_var_2 - log_var_1 + ratio + gap**2 - 1, axis=-1)
    return reduced(each, reduction), (ratio, gap, root, np.asarray(each), reduction)


def kl_gaussians_backward(dloss: ArrayLike, cache: Cache) -> Gradients:
    """∂/∂μ₁ = (μ₁ − μ₂)/σ₂², ∂/∂log σ₁² = ½(σ₁²/σ₂² − 1), and so on, divided by the number of rows."""
    ratio, gap, root, each, reduction = cache
    share = spread(dloss, each, reduction)[..., None]
    with np.errstate(over="ignore"):
        dmu = share * gap * root
        return {
            "mu_1": dmu,
            "log_var_1": share * 0.5 * (ratio - 1),
            "mu_2": -dmu,
            "log_var_2": share * 0.5 * (1 - ratio - gap**2),
        }


def _labels(t: ArrayLike, y: Array, ignore_index: int | None, name: str) -> tuple[Ids, Mask | None]:
    """Labels of the rows of y, checked; and which count, None where all do. One that does not count becomes 0."""
    t = whole("t", t, "...")
    same_shape("t", t.shape, name, y.shape[:-1])
    if y.size == 0:
        raise ShapeError(name, f"{y.shape} は空です", f"{y.shape} is empty")
    counted = None if ignore_index is None else np.asarray(t != ignore_index)
    return whole("t", t if counted is None else t * counted, "...", below=y.shape[-1]), counted


def _picked(y: Array, t: Ids) -> Array:
    """y[…, t]: of each row, the entry of its label."""
    return rows(y)[np.arange(t.size), t.ravel()].reshape(t.shape)


def _each_row(x: Array, counted: Mask | None) -> Array:
    """x where the label counts, else 0, whatever x is there."""
    return x if counted is None else np.where(counted, x, 0)


def _number_of(counted: Mask | None, losses: Array) -> int:
    return losses.size if counted is None else int(counted.sum())
