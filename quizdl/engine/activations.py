"""Activation functions, each beside its own derivative; those that grew out of relu are in `rectifiers.py`.

All are element-wise on x of any shape, except `softmax` and `log_softmax`, which run over one axis. O(size of x).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.arrays import Array, Cache, Gradients, arriving, real
from quizdl.engine.checks import along, number


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
    return {"x": arriving(dy, y.shape) * y * (1 - y)}


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
    return {"x": arriving(dy, y.shape) * (1 - y**2)}


def hard_tanh(x: ArrayLike) -> Array:
    """min(max(x, −1), 1)."""
    return np.asarray(np.minimum(np.maximum(real(x), -1), 1))


def hard_tanh_forward(x: ArrayLike) -> tuple[Array, Cache]:
    """y = min(max(x, −1), 1), tanh by straight lines (Collobert 2004)."""
    x = real(x)
    return hard_tanh(x), (x,)


def hard_tanh_backward(dy: Array, cache: Cache) -> Gradients:
    """dx = dy where −1 < x < 1, else 0; at the two corners 0, as in PyTorch."""
    (x,) = cache
    return {"x": arriving(dy, x.shape) * ((x > -1) & (x < 1))}


def hard_sigmoid(x: ArrayLike) -> Array:
    """min(max(x + 3, 0), 6)/6, as in PyTorch; Keras once had the slope 1/5 instead of 1/6."""
    return np.asarray(np.minimum(np.maximum(real(x) + 3, 0), 6) / 6)


def hard_sigmoid_forward(x: ArrayLike) -> tuple[Array, Cache]:
    """y = min(max(x + 3, 0), 6)/6, σ by straight lines (Howard et al. 2019, §5.2)."""
    x = real(x)
    return hard_sigmoid(x), (x,)


def hard_sigmoid_backward(dy: Array, cache: Cache) -> Gradients:
    """dx = dy/6 where −3 < x < 3, else 0; at the two corners 0, as in PyTorch."""
    (x,) = cache
    return {"x": arriving(dy, x.shape) * ((x > -3) & (x < 3)) / 6}


def softsign(x: ArrayLike) -> Array:
    """x/(1 + |x|)."""
    x = real(x)
    return np.asarray(x / (1 + np.abs(x)))


def softsign_forward(x: ArrayLike) -> tuple[Array, Cache]:
    """y = x/(1 + |x|), which nears ±1 as 1/|x| does, not as exp(−|x|) (Glorot & Bengio 2010)."""
    x = real(x)
    return softsign(x), (x,)


def softsign_backward(dy: Array, cache: Cache) -> Gradients:
    """softsign'(x) = 1/(1 + |x|)²."""
    (x,) = cache
    return {"x": arriving(dy, x.shape) / (1 + np.abs(x)) ** 2}


def step(x: ArrayLike, at_zero: float = 0.0) -> Array:
    """Heaviside's step: 0 where x < 0, 1 where x > 0, and `at_zero` (0, ½ or 1 by convention) where x = 0."""
    return np.asarray(np.heaviside(real(x), number("at_zero", at_zero, 0.0, 1.0)))


def step_forward(x: ArrayLike, at_zero: float = 0.0) -> tuple[Array, Cache]:
    """y = 0 where x < 0, 1 where x > 0, `at_zero` where x = 0: the unit of McCulloch & Pitts (1943)."""
    y = step(x, at_zero)
    return y, (y.shape,)


def step_backward(dy: Array, cache: Cache) -> Gradients:
    """dx = 0 everywhere, which is why such units cannot be taught by gradients."""
    (shape,) = cache
    return {"x": np.zeros_like(arriving(dy, shape))}


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
    return {"x": arriving(dy, x.shape) * relu_grad(x)}


def leaky_relu(x: ArrayLike, slope: float = 0.01) -> Array:
    """x where x > 0, else slope·x."""
    x = real(x)
    return np.where(x > 0, x, number("slope", slope) * x)


def leaky_relu_forward(x: ArrayLike, slope: float = 0.01) -> tuple[Array, Cache]:
    """y = x where x > 0, else slope·x (Maas et al. 2013); `rectifiers.prelu_forward` learns the slope."""
    x = real(x)
    return leaky_relu(x, slope), (x, float(slope))


def leaky_relu_backward(dy: Array, cache: Cache) -> Gradients:
    """dx = dy where x > 0, else slope·dy."""
    x, slope = cache
    dy = arriving(dy, x.shape)
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
    return {"x": arriving(dy, x.shape) * sigmoid(x)}


def identity_forward(x: ArrayLike) -> tuple[Array, Cache]:
    """y = x."""
    x = real(x)
    return x, (x.shape,)


def identity_backward(dy: Array, cache: Cache) -> Gradients:
    """dx = dy."""
    (shape,) = cache
    return {"x": arriving(dy, shape)}


def softmax(x: ArrayLike, axis: int = -1) -> Array:
    """exp(x)/Σ exp(x) along `axis`; subtracting the largest x changes nothing but the range. All −∞ gives NaN."""
    x = along(x, axis)
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
    dy = arriving(dy, y.shape)
    return {"x": y * (dy - (dy * y).sum(axis=axis, keepdims=True))}


def log_softmax(x: ArrayLike, axis: int = -1) -> Array:
    """x − log Σ exp(x) along `axis`, exact where the softmax itself is 0 in floating point."""
    x = along(x, axis)
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
    dy = arriving(dy, y.shape)
    return {"x": dy - np.exp(y) * dy.sum(axis=axis, keepdims=True)}
