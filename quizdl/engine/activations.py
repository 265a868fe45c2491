"""Activation functions, each beside its own derivative.

All are element-wise on x of any shape, except `softmax` and `log_softmax`, which run over one axis. O(size of x).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.arrays import Array, Cache, Gradients, real


def sigmoid(x: ArrayLike) -> Array:
    """σ(x) = 1/(1 + exp(−x)). Where exp overflows, 1/∞ = 0 is the right value, so only the warning is silenced."""
    x = real(x)
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-x)))


def sigmoid_forward(x: ArrayLike) -> tuple[Array, Cache]:
    """y = σ(x)."""
    y = sigmoid(x)
    return y, (y,)


def sigmoid_backward(dy: Array, cache: Cache) -> Gradients:
    """σ'(x) = y(1 − y), at most 1/4."""
    (y,) = cache
    return {"x": dy * y * (1 - y)}


def tanh(x: ArrayLike) -> Array:
    """tanh(x)."""
    return np.asarray(np.tanh(real(x)))


def tanh_forward(x: ArrayLike) -> tuple[Array, Cache]:
    """y = tanh(x)."""
    y = tanh(x)
    return y, (y,)


def tanh_backward(dy: Array, cache: Cache) -> Gradients:
    """tanh'(x) = 1 − y²."""
    (y,) = cache
    return {"x": dy * (1 - y**2)}


def relu(x: ArrayLike) -> Array:
    """max(0, x)."""
    return np.asarray(np.maximum(real(x), 0))


def relu_grad(x: ArrayLike) -> Array:
    """1 where x > 0, else 0: at 0 itself the convention is 0."""
    x = real(x)
    return (x > 0).astype(x.dtype)


def relu_forward(x: ArrayLike) -> tuple[Array, Cache]:
    """y = max(0, x)."""
    x = real(x)
    return relu(x), (x,)


def relu_backward(dy: Array, cache: Cache) -> Gradients:
    """dx = dy where x > 0, else 0."""
    (x,) = cache
    return {"x": dy * relu_grad(x)}


def leaky_relu(x: ArrayLike, slope: float = 0.01) -> Array:
    """x where x > 0, else slope·x."""
    x = real(x)
    return np.where(x > 0, x, slope * x)


def leaky_relu_forward(x: ArrayLike, slope: float = 0.01) -> tuple[Array, Cache]:
    """y = x where x > 0, else slope·x."""
    x = real(x)
    return leaky_relu(x, slope), (x, slope)


def leaky_relu_backward(dy: Array, cache: Cache) -> Gradients:
    """dx = dy where x > 0, else slope·dy."""
    x, slope = cache
    return {"x": np.where(x > 0, dy, slope * dy)}


def softplus(x: ArrayLike) -> Array:
    """log(1 + exp(x)) = max(x, 0) + log(1 + exp(−|x|)), which cannot overflow."""
    x = real(x)
    return np.asarray(np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))))


def softplus_forward(x: ArrayLike) -> tuple[Array, Cache]:
    """y = log(1 + exp(x))."""
    x = real(x)
    return softplus(x), (x,)


def softplus_backward(dy: Array, cache: Cache) -> Gradients:
    """softplus'(x) = σ(x)."""
    (x,) = cache
    return {"x": dy * sigmoid(x)}


def identity_forward(x: ArrayLike) -> tuple[Array, Cache]:
    """y = x."""
    return real(x), ()


def identity_backward(dy: Array, cache: Cache) -> Gradients:
    """dx = dy."""
    return {"x": dy}


def softmax(x: ArrayLike, axis: int = -1) -> Array:
    """exp(x)/Σ exp(x) along `axis`; subtracting the largest x changes nothing but the range. All −∞ gives NaN."""
    x = real(x)
    with np.errstate(invalid="ignore"):  # −∞ − (−∞): a distribution over nothing is NaN on purpose
        e = np.exp(x - x.max(axis=axis, keepdims=True))
    return np.asarray(e / e.sum(axis=axis, keepdims=True))


def softmax_forward(x: ArrayLike, axis: int = -1) -> tuple[Array, Cache]:
    """y = softmax(x) along `axis`."""
    y = softmax(x, axis)
    return y, (y, axis)


def softmax_backward(dy: Array, cache: Cache) -> Gradients:
    """dx = y ⊙ (dy − Σ dy·y): the Jacobian diag(y) − y yᵀ, never built."""
    y, axis = cache
    return {"x": y * (dy - (dy * y).sum(axis=axis, keepdims=True))}


def log_softmax(x: ArrayLike, axis: int = -1) -> Array:
    """x − log Σ exp(x) along `axis`, exact where the softmax itself is 0 in floating point."""
    x = real(x)
    with np.errstate(invalid="ignore"):
        shifted = x - x.max(axis=axis, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True)))


def log_softmax_forward(x: ArrayLike, axis: int = -1) -> tuple[Array, Cache]:
    """y = log softmax(x) along `axis`."""
    y = log_softmax(x, axis)
    return y, (y, axis)


def log_softmax_backward(dy: Array, cache: Cache) -> Gradients:
    """dx = dy − softmax(x)·Σ dy."""
    y, axis = cache
    return {"x": dy - np.exp(y) * dy.sum(axis=axis, keepdims=True)}
