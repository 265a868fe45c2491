"""Batch, layer, instance, group and RMS normalisation: the same sums over different axes.

Each is y = γ·x̂ + β, where x̂ = (x − μ)/√(σ² + eps), and σ² is the biased variance (over n, not n − 1). Images are
(N, C, H, W), vectors (N, C), sequences (N, C, T); gamma and beta may be left out (1 and 0). O(size of x) each.

    batch     μ, σ² over N, H, W: one for each channel of the batch
    layer     over the last axis: one for each row
    instance  over H, W: one for each channel of each sample
    group     over H, W and the channels of a group: one for each group of each sample
    RMS       over the last axis, with σ² = mean of x², and no μ
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np

from quizdl.engine.arrays import Array, Cache, Gradients, arriving, checked, real
from quizdl.engine.checks import every, number
from quizdl.engine.errors import RangeError, ShapeError, one_of

_BY_CHANNEL = {2: "N C", 3: "N C T", 4: "N C H W", 5: "N C Z H W"}
"""How an input with channels may look."""


class RunningStatistics(NamedTuple):
    """What batch normalisation uses at test time, each (C,)."""

    mean: Array
    var: Array


def batch_norm_forward(
    x: Array, gamma: Array | None = None, beta: Array | None = None, eps: float = 1e-5
) -> tuple[Array, Cache]:
    """y = γ·x̂ + β with μ and σ² of each channel in this batch: for training.

    x: (N, C), or (N, C, …) as images are, where every pixel of a channel counts; gamma, beta: (C,).
    Ioffe & Szegedy 2015, algorithm 1. What test time needs is kept by `update_running`.
    """
    x, gamma, beta = _with_channels(x, gamma, beta)
    axes = _all_but_channels(x)
    x_hat, std = _standardise(x, axes, number("eps", eps, 0.0))
    return _scale_and_shift(x_hat, gamma, beta), (x_hat, std, gamma, beta, axes)


def batch_norm_backward(dy: Array, cache: Cache) -> Gradients:
    """dx through the batch's mean and variance too; dγ = Σ dy·x̂, dβ = Σ dy."""
    x_hat, std, gamma, beta, axes = cache
    dy = arriving(dy, x_hat.shape)
    dx = _standardise_backward(_scaled(dy, gamma), x_hat, std, axes)
    return {"x": dx, **_weights_backward(dy, x_hat, gamma, beta, axes)}


def batch_norm_inference(
    x: Array,
    gamma: Array | None,
    beta: Array | None,
    running: RunningStatistics,
    eps: float = 1e-5,
) -> Array:
    """y = γ(x − running mean)/√(running variance + eps) + β: no entry depends on the others of its batch."""
    return batch_norm_inference_forward(x, gamma, beta, running, eps)[0]


def batch_norm_inference_forward(
    x: Array,
    gamma: Array | None,
    beta: Array | None,
    running: RunningStatistics,
    eps: float = 1e-5,
) -> tuple[Array, Cache]:
    """y = γ(x − running mean)/√(running variance + eps) + β; shapes as in training."""
    x, gamma, beta = _with_channels(x, gamma, beta)
    mean, var = (statistic.astype(x.dtype, copy=False) for statistic in _running(running, x.shape[1]))
    std = np.sqrt(_by_channel(var, x) + number("eps", eps, 0.0))
    x_hat = (x - _by_channel(mean, x)) / std
    return _scale_and_shift(x_hat, gamma, beta), (x_hat, std, gamma, beta)


def batch_norm_inference_backward(dy: Array, cache: Cache) -> Gradients:
    """dx = dy·γ/√(running variance + eps): the statistics are constants now; dγ = Σ dy·x̂, dβ = Σ dy."""
    x_hat, std, gamma, beta = cache
    dy = arriving(dy, x_hat.shape)
    dx = _scaled(dy, gamma) / std
    return {"x": dx, **_weights_backward(dy, x_hat, gamma, beta, _all_but_channels(x_hat))}


def update_running(
    running: RunningStatistics,
    x: Array,
    momentum: float = 0.1,
    *,
    momentum_weighs: Literal["batch", "running"] = "batch",
    unbiased: bool = True,
) -> RunningStatistics:
    """The running statistics after one more batch x, (N, C, …).

    momentum_weighs="batch": (1 − m)·running + m·batch, PyTorch's m = 0.1; "running": m·running + (1 − m)·batch, the m =
    0.9 of Keras and ONNX. PyTorch keeps the unbiased variance although it normalises with the biased one
    (`unbiased`, which needs two values a channel); ONNX keeps the biased. The statistics keep their own dtype.
    """
    x, _, _ = _with_channels(x, None, None)
    mean, var = _running(running, x.shape[1])
    dtype = mean.dtype
    m = number("momentum", momentum, 0.0, 1.0)
    one_of("momentum_weighs", momentum_weighs, ("batch", "running"))
    new = m if momentum_weighs == "batch" else 1 - m
    axes = _all_but_channels(x)
    if unbiased and x.size == x.shape[1]:
        raise ShapeError(
            "x",
            f"不偏分散にはチャネルごとに 2 個以上の値が必要ですが、{x.shape} です",
            f"the unbiased variance needs two values a channel, found {x.shape}",
        )
    batch = x.mean(axis=axes), x.var(axis=axes, ddof=int(unbiased))
    mean, var = ((1 - new) * kept + new * seen for kept, seen in zip((mean, var), batch, strict=True))
    return RunningStatistics(mean.astype(dtype, copy=False), var.astype(dtype, copy=False))


def layer_norm_forward(
    x: Array, gamma: Array | None = None, beta: Array | None = None, eps: float = 1e-5, *, axes: int = 1
) -> tuple[Array, Cache]:
    """y = γ·x̂ + β with μ and σ² over the last axis of each row by itself (Ba et al. 2016, eq. 3).

    x: (…, D); gamma, beta: (D,). With `axes` = 3, over the last three axes of images (N, C, H, W) and so on; gamma and
    beta then have the shape of these.
    """
    x, gamma, beta, last = _with_last_axes(x, gamma, beta, axes)
    x_hat, std = _standardise(x, last, number("eps", eps, 0.0))
    y = x_hat if gamma is None else gamma * x_hat
    return y if beta is None else y + beta, (x_hat, std, gamma, beta, last)


def layer_norm_backward(dy: Array, cache: Cache) -> Gradients:
    """dx through the row's mean and variance too; dγ = Σ dy·x̂, dβ = Σ dy over all rows."""
    x_hat, std, gamma, beta, last = cache
    dy = arriving(dy, x_hat.shape)
    dx = _standardise_backward(dy if gamma is None else dy * gamma, x_hat, std, last)
    return {"x": dx, **_weights_backward(dy, x_hat, gamma, beta, tuple(range(dy.ndim - len(last))))}


def instance_norm_forward(
    x: Array, gamma: Array | None = None, beta: Array | None = None, eps: float = 1e-5
) -> tuple[Array, Cache]:
    """y = γ·x̂ + β with μ and σ² over the pixels of each channel of each sample (Ulyanov et al. 2016, eq. 4).

    x: (N, C, H, W), or (N, C, T); gamma, beta: (C,). The same as `group_norm` with as many groups as channels.
    """
    x = real(x)
    if x.ndim < 3:
        raise ShapeError(
            "x", f"形 (N, C, H, W) が必要ですが、{x.shape} です", f"expected (N, C, H, W), found {x.shape}"
        )
    return group_norm_forward(x, gamma, beta, groups=x.shape[1], eps=eps)


def instance_norm_backward(dy: Array, cache: Cache) -> Gradients:
    """As `group_norm_backward`: dx through the mean and variance of the sample's own channel."""
    return group_norm_backward(dy, cache)


def group_norm_forward(
    x: Array, gamma: Array | None = None, beta: Array | None = None, *, groups: int, eps: float = 1e-5
) -> tuple[Array, Cache]:
    """y = γ·x̂ + β with μ and σ² over C/groups neighbouring channels and their pixels (Wu & He 2018, eq. 7).

    x: (N, C), (N, C, …); gamma, beta: (C,), one for each channel and not for each group.
    """
    x, gamma, beta = _with_channels(x, gamma, beta)
    N, C = x.shape[:2]
    if groups < 1 or C % groups:
        raise RangeError(
            "groups",
            f"チャネル数 {C} の約数が必要ですが、{groups} です",
            f"expected a divisor of the {C} channels, found {groups}",
        )
    x_hat, std = _standardise(x.reshape(N, groups, -1), (2,), number("eps", eps, 0.0))
    y = _scale_and_shift(x_hat.reshape(x.shape), gamma, beta)
    return y, (x_hat, std, gamma, beta, x.shape)


def group_norm_backward(dy: Array, cache: Cache) -> Gradients:
    """dx through the group's mean and variance too; dγ = Σ dy·x̂, dβ = Σ dy for each channel."""
    x_hat, std, gamma, beta, shape = cache
    dy = arriving(dy, shape)
    dx = _standardise_backward(_scaled(dy, gamma).reshape(x_hat.shape), x_hat, std, (2,))
    weights = _weights_backward(dy, x_hat.reshape(shape), gamma, beta, _all_but_channels(dy))
    return {"x": dx.reshape(shape), **weights}


def rms_norm_forward(x: Array, gamma: Array | None = None, eps: float = 1e-5) -> tuple[Array, Cache]:
    """y = γ·x/√(mean of x² + eps) over the last axis (Zhang & Sennrich 2019, eq. 4); x: (…, D), gamma: (D,)."""
    x, gamma = checked(x=(x, "... D"), gamma=(gamma, "D"))
    x_hat, rms = _divided(x, (x**2).mean(axis=-1, keepdims=True), number("eps", eps, 0.0))
    return x_hat if gamma is None else gamma * x_hat, (x_hat, rms, gamma)


def rms_norm_backward(dy: Array, cache: Cache) -> Gradients:
    """dx = (dx̂ − x̂·mean(dx̂·x̂))/rms, since no mean was taken off; dγ = Σ dy·x̂ over all rows."""
    x_hat, rms, gamma = cache
    dy = arriving(dy, x_hat.shape)
    dx_hat = dy if gamma is None else dy * gamma
    dx = (dx_hat - x_hat * (dx_hat * x_hat).mean(axis=-1, keepdims=True)) / rms
    return {"x": dx, **_weights_backward(dy, x_hat, gamma, None, tuple(range(dy.ndim - 1)))}


def _standardise(x: Array, axes: tuple[int, ...], eps: float) -> tuple[Array, Array]:
    """x̂ and √(σ² + eps), the latter with the axes 1 long."""
    centred = x - x.mean(axis=axes, keepdims=True)
    return _divided(centred, (centred**2).mean(axis=axes, keepdims=True), eps)


def _standardise_backward(dx_hat: Array, x_hat: Array, std: Array, axes: tuple[int, ...]) -> Array:
    """(dx̂ − mean(dx̂) − x̂·mean(dx̂·x̂))/√(σ² + eps): Ioffe & Szegedy's chain of six, gathered."""
    mean = dx_hat.mean(axis=axes, keepdims=True)
    along = (dx_hat * x_hat).mean(axis=axes, keepdims=True)
    dx: Array = (dx_hat - mean - x_hat * along) / std
    return dx


def _divided(x: Array, mean_square: Array, eps: float) -> tuple[Array, Array]:
    root = np.sqrt(mean_square + eps)
    with np.errstate(invalid="ignore"):  # 0/0, where nothing varies and eps = 0, is NaN on purpose
        return x / root, root


def _scale_and_shift(x_hat: Array, gamma: Array | None, beta: Array | None) -> Array:
    y = _scaled(x_hat, gamma)
    return y if beta is None else y + _by_channel(beta, x_hat)


def _scaled(x: Array, gamma: Array | None) -> Array:
    return x if gamma is None else x * _by_channel(gamma, x)


def _weights_backward(
    dy: Array, x_hat: Array, gamma: Array | None, beta: Array | None, axes: tuple[int, ...]
) -> Gradients:
    """Of those that were given: each entry's gradient summed over wherever it was used."""
    gradients = {} if gamma is None else {"gamma": (dy * x_hat).sum(axis=axes)}
    return gradients if beta is None else {**gradients, "beta": dy.sum(axis=axes)}


def _with_channels(x: Array, gamma: Array | None, beta: Array | None) -> tuple[Any, ...]:
    x = real(x)
    return checked(x=(x, _BY_CHANNEL.get(x.ndim, "N C H W")), gamma=(gamma, "C"), beta=(beta, "C"))


def _with_last_axes(x: Array, gamma: Array | None, beta: Array | None, axes: int) -> tuple[Any, ...]:
    """The three, checked, and the last axes of x that are normalised together."""
    if axes < 1:
        raise RangeError("axes", f"1 以上が必要ですが、{axes} です", f"expected at least 1, found {axes}")
    shape = "D" if axes == 1 else " ".join(f"D{k}" for k in range(1, axes + 1))
    found = checked(x=(x, f"... {shape}"), gamma=(gamma, shape), beta=(beta, shape))
    return *found, tuple(range(-axes, 0))


def _all_but_channels(x: Array) -> tuple[int, ...]:
    return (0, *range(2, x.ndim))


def _by_channel(values: Array, x: Array) -> Array:
    """(C,) → (C, 1, …), to stand beside x."""
    return values.reshape(-1, *(1,) * (x.ndim - 2))


def _running(running: RunningStatistics, channels: int) -> tuple[Array, Array]:
    """Mean and variance, checked: one for each channel, no variance below 0."""
    mean, var = checked({"C": channels}, mean=(running.mean, "C"), var=(running.var, "C"))
    every("var", var, 0.0)
    return mean, var
