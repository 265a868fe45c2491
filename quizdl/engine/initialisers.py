"""Weights to begin with: random, and of such a size that signals neither grow nor fade from layer to layer.

Every initialiser takes the generator and the shape. How many inputs and outputs a unit has follows from the layout:
"dense" (in, out), "recurrent" (gates, in, out), each gate by itself, and "conv" (F, C, R, S), in: C·R·S, out: F·R·S.
Unless it is given, 2 axes are dense, 3 recurrent, 4 or more conv.
"""

from __future__ import annotations

import math
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import DTypeLike

from quizdl.engine.arrays import Array
from quizdl.engine.errors import DTypeError, RangeError, ShapeError

Layout: TypeAlias = Literal["dense", "recurrent", "conv"]
Mode: TypeAlias = Literal["in", "out"]

GAINS = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4}
"""How many times larger the weights before an activation should be; the customary values (PyTorch's)."""


def gain_for(activation: str, slope: float = 0.01) -> float:
    """The factor for the layer before an activation; √(2/(1 + slope²)) for "leaky_relu" (He et al. 2015, eq. 15)."""
    if activation == "leaky_relu":
        return math.sqrt(2 / (1 + slope**2))
    if activation not in GAINS:
        known = ", ".join([*GAINS, "leaky_relu"])
        raise RangeError(
            "activation",
            f"{known} のどれかが必要ですが、{activation} です",
            f"expected one of {known}, found {activation}",
        )
    return GAINS[activation]


def fans(shape: tuple[int, ...], layout: Layout | None = None) -> tuple[int, int]:
    """How many inputs a unit reads, and how many units read an input."""
    layout = _layout_of(shape, layout)
    if layout == "conv":
        F, C, *filter_size = shape
        return C * math.prod(filter_size), F * math.prod(filter_size)
    return shape[-2], shape[-1]


def xavier_uniform(
    rng: np.random.Generator,
    shape: tuple[int, ...],
    *,
    gain: float = 1.0,
    layout: Layout | None = None,
    dtype: DTypeLike = np.float64,
) -> Array:
    """U(−a, a), a = gain·√(6/(in + out)), so that the variance is 2/(in + out) (Glorot & Bengio 2010, eq. 16)."""
    return _uniform(rng, shape, gain * math.sqrt(2 / sum(fans(shape, layout))), dtype)


def xavier_normal(
    rng: np.random.Generator,
    shape: tuple[int, ...],
    *,
    gain: float = 1.0,
    layout: Layout | None = None,
    dtype: DTypeLike = np.float64,
) -> Array:
    """N(0, gain²·2/(in + out)) (Glorot & Bengio 2010, eq. 12)."""
    return _normal(rng, shape, gain * math.sqrt(2 / sum(fans(shape, layout))), dtype)


def he_uniform(
    rng: np.random.Generator,
    shape: tuple[int, ...],
    *,
    gain: float = GAINS["relu"],
    mode: Mode = "in",
    layout: Layout | None = None,
    dtype: DTypeLike = np.float64,
) -> Array:
    """U(−a, a), a = gain·√(3/in), so that the variance is 2/in for ReLU's gain √2 (He et al. 2015, eq. 10)."""
    return _uniform(rng, shape, gain / math.sqrt(_fan(shape, layout, mode)), dtype)


def he_normal(
    rng: np.random.Generator,
    shape: tuple[int, ...],
    *,
    gain: float = GAINS["relu"],
    mode: Mode = "in",
    layout: Layout | None = None,
    dtype: DTypeLike = np.float64,
) -> Array:
    """N(0, gain²/in); mode "out": /out, which keeps the gradients' size instead (He et al. 2015, eq. 10 and 14)."""
    return _normal(rng, shape, gain / math.sqrt(_fan(shape, layout, mode)), dtype)


def lecun_uniform(
    rng: np.random.Generator,
    shape: tuple[int, ...],
    *,
    gain: float = 1.0,
    layout: Layout | None = None,
    dtype: DTypeLike = np.float64,
) -> Array:
    """U(−a, a), a = gain·√(3/in), so that the variance is 1/in (LeCun et al. 1998, §4.6)."""
    return _uniform(rng, shape, gain / math.sqrt(_fan(shape, layout, "in")), dtype)


def lecun_normal(
    rng: np.random.Generator,
    shape: tuple[int, ...],
    *,
    gain: float = 1.0,
    layout: Layout | None = None,
    dtype: DTypeLike = np.float64,
) -> Array:
    """N(0, gain²/in) (LeCun et al. 1998, §4.6)."""
    return _normal(rng, shape, gain / math.sqrt(_fan(shape, layout, "in")), dtype)


def orthogonal(
    rng: np.random.Generator,
    shape: tuple[int, ...],
    *,
    gain: float = 1.0,
    layout: Layout | None = None,
    dtype: DTypeLike = np.float64,
) -> Array:
    """gain·Q, whose rows (or columns, if there are fewer) are orthonormal: lengths stay as they are (Saxe et al. 2014).

    Each gate by itself; a convolution as the matrix (F, C·R·S). Q comes from the QR decomposition of normal numbers,
    with the signs of R's diagonal, without which not every Q would be as likely (Mezzadri 2007). O(rows·columns·fewer).
    """
    recurrent = _layout_of(shape, layout) == "recurrent"
    dtype = _floating(dtype)
    matrix = shape if recurrent else (shape[0], math.prod(shape[1:]))
    a = rng.standard_normal(matrix)
    wide = matrix[-2] < matrix[-1]
    q, r = np.linalg.qr(np.swapaxes(a, -1, -2) if wide else a)
    q = q * np.sign(np.diagonal(r, axis1=-2, axis2=-1))[..., None, :]
    return np.asarray((gain * (np.swapaxes(q, -1, -2) if wide else q)).reshape(shape).astype(dtype))


def _uniform(rng: np.random.Generator, shape: tuple[int, ...], std: float, dtype: DTypeLike) -> Array:
    """A uniform distribution from −a to a has the standard deviation a/√3."""
    a = math.sqrt(3) * std
    return rng.uniform(-a, a, shape).astype(_floating(dtype))


def _normal(rng: np.random.Generator, shape: tuple[int, ...], std: float, dtype: DTypeLike) -> Array:
    return (std * rng.standard_normal(shape)).astype(_floating(dtype))


def _fan(shape: tuple[int, ...], layout: Layout | None, mode: Mode) -> int:
    if mode not in ("in", "out"):
        raise RangeError("mode", f"in か out が必要ですが、{mode} です", f"expected in or out, found {mode}")
    return fans(shape, layout)[mode == "out"]


def _layout_of(shape: tuple[int, ...], layout: Layout | None) -> Layout:
    """The layout, once the shape fits it. Raises ShapeError or RangeError."""
    if layout is None:
        layout = "dense" if len(shape) == 2 else "recurrent" if len(shape) == 3 else "conv"
    if layout not in ("dense", "recurrent", "conv"):
        raise RangeError(
            "layout",
            f"dense, recurrent, conv のどれかが必要ですが、{layout} です",
            f"expected dense, recurrent or conv, found {layout}",
        )
    fits = {"dense": len(shape) == 2, "recurrent": len(shape) == 3, "conv": len(shape) >= 3}[layout]
    if not fits or min(shape, default=0) < 1:
        raise ShapeError(
            "shape", f"{layout} の形ではありません: {shape}", f"this is not the shape of a {layout} layer: {shape}"
        )
    return layout


def _floating(dtype: DTypeLike) -> np.dtype[Any]:
    kind = np.dtype(dtype)
    if kind.kind != "f":
        raise DTypeError("dtype", f"浮動小数点の型が必要ですが、{kind} です", f"expected a floating type, found {kind}")
    return kind
