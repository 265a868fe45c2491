"""Losses with a margin: what is right by more than the margin costs nothing. Hinges, and distances between embeddings.

A hinge max(0, a) has no slope at a = 0; here it is 0 there. A distance ‖d‖ has none at d = 0; it is 0 too.
`reduction` and `dloss` as in `losses.py`. O(size of the input).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.arrays import Array, Cache, Gradients, Sizes, checked, whole
from quizdl.engine.checks import number, same, same_shape
from quizdl.engine.errors import RangeError, one_of
from quizdl.engine.losses import Reduction, reduced, spread


def hinge_forward(
    y: ArrayLike, t: ArrayLike, *, margin: float = 1.0, reduction: Reduction = "mean"
) -> tuple[Array, Cache]:
    """Mean of max(0, margin − t·y); y: scores, t: classes −1 or +1, of one shape (Cortes & Vapnik 1995)."""
    y, t = same(y=y, t=t)
    if not np.all(np.abs(t) == 1):
        found = float(t[np.abs(t) != 1].flat[0])
        raise RangeError("t", f"−1 か 1 が必要ですが、{found:g} があります", f"expected −1 or 1, found {found:g}")
    short = np.maximum(number("margin", margin) - t * y, 0)
    return reduced(short, reduction), (t, short, reduction)


def hinge_backward(dloss: ArrayLike, cache: Cache) -> Gradients:
    """dy = −t/n where t·y < margin, else 0."""
    t, short, reduction = cache
    return {"y": -t * (short > 0) * spread(dloss, short, reduction)}


def multiclass_hinge_forward(
    z: Array, t: ArrayLike, *, p: int = 1, margin: float = 1.0, reduction: Reduction = "mean"
) -> tuple[Array, Cache]:
    """Mean over rows of 1/C Σ_{j≠t} max(0, margin − z_t + z_j)^p; z: (N, C) scores, t: (N,) labels, p = 1 or 2.

    Weston & Watkins 1999, with PyTorch's 1/C; Crammer & Singer take the largest term instead of the sum.
    """
    sizes: Sizes = {}
    (z,) = checked(sizes, z=(z, "N C"))
    t = whole("t", t, "N", sizes, below=sizes["C"])
    one_of("p", p, (1, 2))
    right = np.arange(len(t)), t
    short = np.maximum(number("margin", margin) - z[right][:, None] + z, 0)
    short[right] = 0
    return reduced((short**p).mean(axis=1), reduction), (short, t, p, reduction)


def multiclass_hinge_backward(dloss: ArrayLike, cache: Cache) -> Gradients:
    """dz_j = p·max(0, margin − z_t + z_j)^(p−1)/C where the hinge is open, and dz_t takes back the sum of these."""
    short, t, p, reduction = cache
    N, C = short.shape
    dz = (2 * short if p == 2 else (short > 0).astype(short.dtype)) / C
    dz[np.arange(N), t] = -dz.sum(axis=1)
    return {"z": dz * spread(dloss, short[:, 0], reduction)[..., None]}


def triplet_forward(
    anchor: ArrayLike,
    positive: ArrayLike,
    negative: ArrayLike,
    *,
    margin: float = 1.0,
    squared: bool = False,
    eps: float = 1e-6,
    reduction: Reduction = "mean",
) -> tuple[Array, Cache]:
    """Mean of max(0, d(anchor, positive) − d(anchor, negative) + margin); all (…, D), one embedding a row.

    d(a, b) = ‖a − b + eps‖₂, eps added to every component as PyTorch does; with `squared`, d is ‖…‖² as in
    Schroff et al. 2015, eq. 3, where eps should be 0.
    """
    anchor, positive, negative = _embeddings(anchor=anchor, positive=positive, negative=negative)
    eps = number("eps", eps, 0.0)
    near, far = anchor - positive + eps, anchor - negative + eps
    d_near, d_far = _distance(near, squared), _distance(far, squared)
    short = np.maximum(d_near - d_far + number("margin", margin, 0.0), 0)
    return reduced(short, reduction), (near, far, d_near, d_far, short, squared, reduction)


def triplet_backward(dloss: ArrayLike, cache: Cache) -> Gradients:
    """Where the hinge is open: dpositive = −∂d/∂near, dnegative = ∂d/∂far, and danchor = −dpositive − dnegative."""
    near, far, d_near, d_far, short, squared, reduction = cache
    share = (short > 0) * spread(dloss, short, reduction)
    dpositive = -share[..., None] * _distance_slope(near, d_near, squared)
    dnegative = share[..., None] * _distance_slope(far, d_far, squared)
    return {"anchor": -dpositive - dnegative, "positive": dpositive, "negative": dnegative}


def contrastive_forward(
    x_1: ArrayLike,
    x_2: ArrayLike,
    t: ArrayLike,
    *,
    margin: float = 1.0,
    similar: int = 0,
    reduction: Reduction = "mean",
) -> tuple[Array, Cache]:
    """Mean of ½d² for similar pairs and ½max(0, margin − d)² for the others, d = ‖x₁ − x₂‖₂.

    x_1, x_2: (…, D); t: (…), 0 or 1, of which `similar` marks a similar pair: 0 in the paper (Hadsell et al. 2006,
    eq. 4), 1 elsewhere.
    """
    x_1, x_2 = _embeddings(x_1=x_1, x_2=x_2)
    one_of("similar", similar, (0, 1))
    alike = whole("t", t, "...", below=2) == similar
    same_shape("t", alike.shape, "x_1", x_1.shape[:-1])
    gap = x_1 - x_2
    d = _distance(gap, squared=False)
    short = np.maximum(number("margin", margin, 0.0) - d, 0)
    each = 0.5 * np.where(alike, d, short) ** 2
    return reduced(each, reduction), (gap, d, short, alike, reduction)


def contrastive_backward(dloss: ArrayLike, cache: Cache) -> Gradients:
    """dx₁ = x₁ − x₂ for similar pairs, −max(0, margin − d)·(x₁ − x₂)/d for the others; dx₂ = −dx₁."""
    gap, d, short, alike, reduction = cache
    apart = -short[..., None] * _distance_slope(gap, d, squared=False)
    dx_1 = np.where(alike[..., None], gap, apart) * spread(dloss, d, reduction)[..., None]
    return {"x_1": dx_1, "x_2": -dx_1}


def _embeddings(**arguments: ArrayLike) -> tuple[Array, ...]:
    first = next(iter(arguments))
    checked(**{first: (arguments[first], "... D")})
    return same(**arguments)


def _distance(gap: Array, squared: bool) -> Array:
    d = np.asarray((gap**2).sum(axis=-1))
    return d if squared else np.sqrt(d)


def _distance_slope(gap: Array, d: Array, squared: bool) -> Array:
    """2·gap, or gap/d, and 0 where d is 0."""
    if squared:
        return 2 * gap
    safe = np.where(d > 0, d, 1)
    return np.asarray(gap / safe[..., None])
