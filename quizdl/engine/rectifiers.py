"""What grew out of relu: softer, self-normalising, gated and learnt rectifiers, each beside its own derivative.

All are element-wise on x of any shape, except `prelu`, whose slopes belong to channels, and `glu`, which halves an
axis. O(size of x). Where a function has a corner, its slope there is said in the backward.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.activations import sigmoid, softplus
from quizdl.engine.arrays import Array, Cache, Gradients, arriving, checked, real
from quizdl.engine.checks import along, number
from quizdl.engine.errors import ShapeError
from quizdl.engine.special import normal_cdf, normal_pdf

SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805
"""With these two, mean 0 and variance 1 are a fixed point of a layer (Klambauer et al. 2017, eq. 14)."""


def elu(x: ArrayLike, alpha: float = 1.0) -> Array:
    """x where x > 0, else α(exp(x) − 1)."""
    x = real(x)
    return np.where(x > 0, x, number("alpha", alpha) * np.expm1(np.minimum(x, 0)))


def elu_forward(x: ArrayLike, alpha: float = 1.0) -> tuple[Array, Cache]:
    """y = x where x > 0, else α(exp(x) − 1), down to −α (Clevert et al. 2016, eq. 15)."""
    x = real(x)
    return elu(x, alpha), (x, float(alpha))


def elu_backward(dy: Array, cache: Cache) -> Gradients:
    """dx = dy where x > 0, else dy·α exp(x); so at 0 the slope is α."""
    x, alpha = cache
    return {"x": arriving(dy, x.shape) * np.where(x > 0, 1, alpha * np.exp(np.minimum(x, 0)))}


def selu(x: ArrayLike) -> Array:
    """λ·elu(x, α) with the α and λ that keep mean 0 and variance 1."""
    return SELU_SCALE * elu(x, SELU_ALPHA)


def selu_forward(x: ArrayLike) -> tuple[Array, Cache]:
    """y = λx where x > 0, else λα(exp(x) − 1), α = 1.6733, λ = 1.0507 (Klambauer et al. 2017, eq. 2)."""
    x = real(x)
    return selu(x), (x,)


def selu_backward(dy: Array, cache: Cache) -> Gradients:
    """dx = dy·λ where x > 0, else dy·λα exp(x); so at 0 the slope is λα."""
    (x,) = cache
    return {"x": SELU_SCALE * elu_backward(dy, (x, SELU_ALPHA))["x"]}


def gelu(x: ArrayLike) -> Array:
    """x·Φ(x), where Φ is the distribution function of the standard normal; exact, without tanh."""
    return gelu_forward(x)[0]


def gelu_forward(x: ArrayLike) -> tuple[Array, Cache]:
    """y = x·Φ(x), Φ(x) = ½(1 + erf(x/√2)) (Hendrycks & Gimpel 2016, eq. 1)."""
    x = real(x)
    cdf = normal_cdf(x)
    return np.asarray(x * cdf), (x, cdf)


def gelu_backward(dy: Array, cache: Cache) -> Gradients:
    """gelu'(x) = Φ(x) + x·φ(x)."""
    x, cdf = cache
    return {"x": arriving(dy, x.shape) * (cdf + x * normal_pdf(x))}


def gelu_tanh(x: ArrayLike) -> Array:
    """½x(1 + tanh(√(2/π)(x + 0.044715x³))), the approximation of gelu that GPT-2 and BERT compute."""
    return gelu_tanh_forward(x)[0]


def gelu_tanh_forward(x: ArrayLike) -> tuple[Array, Cache]:
    """y = ½x(1 + tanh(√(2/π)(x + 0.044715x³))) (Hendrycks & Gimpel 2016, §2); off gelu by up to 5·10⁻⁴."""
    x = real(x)
    g = np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))
    return np.asarray(0.5 * x * (1 + g)), (x, g)


def gelu_tanh_backward(dy: Array, cache: Cache) -> Gradients:
    """½(1 + g) + ½x(1 − g²)·√(2/π)(1 + 3·0.044715x²), g being the tanh."""
    x, g = cache
    dg = (1 - g**2) * math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x**2)
    return {"x": arriving(dy, x.shape) * (0.5 * (1 + g) + 0.5 * x * dg)}


def silu(x: ArrayLike) -> Array:
    """x·σ(x), also called swish."""
    x = real(x)
    return np.asarray(x * sigmoid(x))


def silu_forward(x: ArrayLike) -> tuple[Array, Cache]:
    """y = x·σ(x) (Elfwing et al. 2018, eq. 15); swish with β = 1 (Ramachandran et al. 2017)."""
    x = real(x)
    s = sigmoid(x)
    return np.asarray(x * s), (x, s)


def silu_backward(dy: Array, cache: Cache) -> Gradients:
    """silu'(x) = σ(x)(1 + x(1 − σ(x)))."""
    x, s = cache
    return {"x": arriving(dy, x.shape) * s * (1 + x * (1 - s))}


def mish(x: ArrayLike) -> Array:
    """x·tanh(softplus(x))."""
    x = real(x)
    return np.asarray(x * np.tanh(softplus(x)))


def mish_forward(x: ArrayLike) -> tuple[Array, Cache]:
    """y = x·tanh(softplus(x)) (Misra 2019, eq. 1)."""
    x = real(x)
    g = np.tanh(softplus(x))
    return np.asarray(x * g), (x, g)


def mish_backward(dy: Array, cache: Cache) -> Gradients:
    """g + x(1 − g²)σ(x), g being the tanh: softplus'(x) = σ(x)."""
    x, g = cache
    return {"x": arriving(dy, x.shape) * (g + x * (1 - g**2) * sigmoid(x))}


def hard_swish(x: ArrayLike) -> Array:
    """x·min(max(x + 3, 0), 6)/6."""
    x = real(x)
    return np.asarray(x * np.minimum(np.maximum(x + 3, 0), 6) / 6)


def hard_swish_forward(x: ArrayLike) -> tuple[Array, Cache]:
    """y = x·min(max(x + 3, 0), 6)/6, swish by straight lines (Howard et al. 2019, §5.2)."""
    x = real(x)
    return hard_swish(x), (x,)


def hard_swish_backward(dy: Array, cache: Cache) -> Gradients:
    """dx = 0 where x ≤ −3, dy where x ≥ 3, between them dy·(2x + 3)/6; the corners as in PyTorch."""
    (x,) = cache
    slope = np.where(x >= 3, 1, np.where(x > -3, (2 * x + 3) / 6, 0))
    return {"x": arriving(dy, x.shape) * slope}


def prelu_forward(x: Array, slope: Array) -> tuple[Array, Cache]:
    """y = x where x > 0, else slope·x, the slope learnt (He et al. 2015, eq. 1).

    x: (N, C, …) and slope: (C,), one for each channel; or x of any shape and slope: (1,) or (), one for all.
    """
    x, slope = checked(x=(x, "..."), slope=(slope, "..."))
    channels = x.shape[1:2] if x.ndim > 1 else (1,)
    if slope.shape not in {(), (1,), channels} or not slope.size:
        raise ShapeError(
            "slope",
            f"チャネルごとの形 {channels} か (1,) が必要ですが、{slope.shape} です",
            f"expected one for each channel, {channels}, or one for all, (1,), found {slope.shape}",
        )
    by_channel = slope.reshape(() if slope.size == 1 else (-1, *(1,) * (x.ndim - 2)))
    return np.where(x > 0, x, by_channel * x), (x, slope.shape, by_channel)


def prelu_backward(dy: Array, cache: Cache) -> Gradients:
    """dx = dy where x > 0, else slope·dy; dslope = Σ dy·x over the x ≤ 0 that share it (eq. 3)."""
    x, shape, slope = cache
    dy = arriving(dy, x.shape)
    each = np.where(x > 0, 0, dy * x)
    dslope = each.sum(axis=(0, *range(2, x.ndim))) if slope.size > 1 else each.sum()
    return {"x": np.where(x > 0, dy, slope * dy), "slope": np.reshape(dslope, shape)}


def glu_forward(x: ArrayLike, axis: int = -1) -> tuple[Array, Cache]:
    """y = a ⊙ σ(b), a and b the two halves of x along `axis`, which becomes half as long (Dauphin et al. 2017)."""
    x = along(x, axis)
    if x.shape[axis] % 2:
        raise ShapeError(
            "x",
            f"軸 {axis} の長さは偶数が必要ですが、{x.shape} です",
            f"expected an even length along axis {axis}, found {x.shape}",
        )
    a, b = np.split(x, 2, axis=axis)
    gate = sigmoid(b)
    return a * gate, (a, gate, axis)


def glu_backward(dy: Array, cache: Cache) -> Gradients:
    """da = dy ⊙ σ(b), db = dy ⊙ a ⊙ σ(b)(1 − σ(b))."""
    a, gate, axis = cache
    dy = arriving(dy, a.shape)
    return {"x": np.concatenate([dy * gate, dy * a * gate * (1 - gate)], axis=axis)}
