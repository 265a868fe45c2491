"""Batch and layer normalisation. Both divide by the root of the biased variance (over N, not N − 1) plus eps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.arrays import Array, Cache, Gradients, real, reals


class RunningStatistics(NamedTuple):
    """What batch normalisation uses at test time, each (D,)."""

    mean: Array
    var: Array


def batch_norm_forward(x: ArrayLike, gamma: ArrayLike, beta: ArrayLike, eps: float = 1e-5) -> tuple[Array, Cache]:
    """y = γ·x̂ + β, x̂ = (x − μ)/√(σ² + eps), each column with its own μ and σ² of this batch.

    x: (N, D), or (N, D, …) as images are, where every pixel of a channel counts; gamma, beta: (D,).
    Ioffe & Szegedy 2015, algorithm 1. O(size of x).
    """
    x, gamma, beta = reals(x, gamma, beta)
    axes = (0, *range(2, x.ndim))
    gamma_, beta_ = _by_channel(gamma, x), _by_channel(beta, x)
    x_hat, std = _standardise(x, axes, eps)
    return gamma_ * x_hat + beta_, (x_hat, std, gamma_, axes)


def batch_norm_backward(dy: Array, cache: Cache) -> Gradients:
    """dx through the batch's mean and variance too; dγ = Σ dy·x̂, dβ = Σ dy."""
    x_hat, std, gamma, axes = cache
    dx = _standardise_backward(dy * gamma, x_hat, std, axes)
    return {"x": dx, "gamma": (dy * x_hat).sum(axis=axes), "beta": dy.sum(axis=axes)}


def batch_norm_inference(
    x: ArrayLike, gamma: ArrayLike, beta: ArrayLike, running: RunningStatistics, eps: float = 1e-5
) -> Array:
    """y = γ(x − running mean)/√(running variance + eps) + β: no entry depends on the others of its batch."""
    x, gamma, beta = reals(x, gamma, beta)
    scale = gamma / np.sqrt(running.var + eps)
    return (x - _by_channel(running.mean, x)) * _by_channel(scale, x) + _by_channel(beta, x)


def update_running(
    running: RunningStatistics, x: ArrayLike, momentum: float = 0.1, *, unbiased: bool = True
) -> RunningStatistics:
    """(1 − momentum)·running + momentum·batch, as PyTorch writes it (ONNX's momentum is 1 minus this one).

    PyTorch keeps the unbiased variance although it normalises with the biased one; ONNX keeps the biased.
    """
    x = real(x)
    axes = (0, *range(2, x.ndim))
    mean = (1 - momentum) * running.mean + momentum * x.mean(axis=axes)
    var = (1 - momentum) * running.var + momentum * x.var(axis=axes, ddof=int(unbiased))
    return RunningStatistics(mean, var)


def layer_norm_forward(
    x: ArrayLike, gamma: ArrayLike | None = None, beta: ArrayLike | None = None, eps: float = 1e-5
) -> tuple[Array, Cache]:
    """y = γ·x̂ + β, x̂ = (x − μ)/√(σ² + eps) over the last axis of each row by itself (Ba et al. 2016).

    x: (…, D); gamma, beta: (D,), 1 and 0 where not given. O(size of x).
    """
    x = real(x)
    gamma = np.ones(x.shape[-1:], dtype=x.dtype) if gamma is None else real(gamma)
    beta = np.zeros(x.shape[-1:], dtype=x.dtype) if beta is None else real(beta)
    x_hat, std = _standardise(x, (-1,), eps)
    return gamma * x_hat + beta, (x_hat, std, gamma)


def layer_norm_backward(dy: Array, cache: Cache) -> Gradients:
    """dx through the row's mean and variance too; dγ = Σ dy·x̂, dβ = Σ dy over all rows."""
    x_hat, std, gamma = cache
    outer = tuple(range(dy.ndim - 1))
    dx = _standardise_backward(dy * gamma, x_hat, std, (-1,))
    return {"x": dx, "gamma": (dy * x_hat).sum(axis=outer), "beta": dy.sum(axis=outer)}


def _standardise(x: Array, axes: tuple[int, ...], eps: float) -> tuple[Array, Array]:
    mu = x.mean(axis=axes, keepdims=True)
    var = ((x - mu) ** 2).mean(axis=axes, keepdims=True)
    std = np.sqrt(var + eps)
    return (x - mu) / std, std


def _standardise_backward(dx_hat: Array, x_hat: Array, std: Array, axes: tuple[int, ...]) -> Array:
    mean = dx_hat.mean(axis=axes, keepdims=True)
    along = (dx_hat * x_hat).mean(axis=axes, keepdims=True)
    dx: Array = (dx_hat - mean - x_hat * along) / std
    return dx


def _by_channel(values: Array, x: Array) -> Array:
    return values.reshape(-1, *(1,) * (x.ndim - 2))
