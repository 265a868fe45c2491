"""Where a word stands: encodings that are added to its embedding, and biases that are added to attention's scores."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.arrays import Array, Cache, Gradients, Ids, arriving, checked, whole
from quizdl.engine.embedding import add_rows
from quizdl.engine.errors import RangeError


def positional_encoding(T: int, D: int) -> Array:
    """(T, D): sin(t/10000^(2i/D)) in the even columns 2i, cos of the same in the odd 2i + 1.

    Vaswani et al. 2017, §3.5. An odd D ends with a sine.
    """
    _at_least_one(T=T, D=D)
    column = np.arange(D)
    angle = np.arange(T)[:, None] / 10000 ** (2 * (column // 2) / D)
    return np.where(column % 2 == 0, np.sin(angle), np.cos(angle))


def add_positions_forward(x: Array, P: Array) -> tuple[Array, Cache]:
    """y_t = x_t + P_t; x: (B, T, D), P: (L, D) with L ≥ T, either learnt or `positional_encoding(T, D)`.

    Learnt positions are an embedding whose ids are the places 0, 1, …, T − 1 (Gehring et al. 2017, §3.1). O(B·T·D).
    """
    x, P = checked(x=(x, "B T D"), P=(P, "L D"))
    T = x.shape[1]
    if len(P) < T:
        raise RangeError(
            "x", f"長さ {T} の列ですが、位置は {len(P)} までです", f"a sequence of {T}, but P has only {len(P)} places"
        )
    return x + P[:T], (x.shape, P.shape)


def add_positions_backward(dy: Array, cache: Cache) -> Gradients:
    """dx = dy, dP_t = Σ dy_t over the batch, and 0 for places that no sequence reached."""
    x_shape, P_shape = cache
    dy = arriving(dy, x_shape)
    dP = np.zeros(P_shape, dtype=dy.dtype)
    dP[: x_shape[1]] = dy.sum(axis=0)
    return {"x": dy, "P": dP}


def relative_buckets(T: int, S: int, *, buckets: int = 32, max_distance: int = 128, bidirectional: bool = True) -> Ids:
    """(T, S): to which of T5's buckets the distance from query t to key s belongs (Raffel et al. 2020, §2.1).

    Near distances have a bucket each; farther ones share buckets that widen as the logarithm, and all from
    max_distance on share the last. bidirectional: half of the buckets for keys after the query; without it (in a
    decoder) such keys, which are masked anyway, count as distance 0. O(T·S).
    """
    _at_least_one(T=T, S=S)
    distance = np.arange(T)[:, None] - np.arange(S)
    after = distance < 0
    if bidirectional:
        buckets //= 2
        distance = np.abs(distance)
    else:
        distance = np.maximum(distance, 0)
    near = buckets // 2
    if near < 1 or max_distance <= near:
        raise RangeError(
            "buckets" if near < 1 else "max_distance",
            f"バケット {buckets} と最大距離 {max_distance} では近い距離と遠い距離に分けられません",
            f"{buckets} buckets and a greatest distance of {max_distance} leave nothing near or nothing far",
        )
    widening = np.log(np.maximum(distance, near) / near) / math.log(max_distance / near)
    far = near + np.floor(widening * (buckets - near) + 1e-9).astype(np.intp)  # 1e-9: a border belongs to what follows
    found = np.where(distance < near, distance, np.minimum(far, buckets - 1))
    return np.asarray(found + buckets * (after & bidirectional))


def relative_bias_forward(E: Array, buckets: ArrayLike) -> tuple[Array, Cache]:
    """(heads, T, S): what each head adds to its scores, E[buckets]; E: (number of buckets, heads), buckets: (T, S).

    Raffel et al. 2020, §2.1: a number instead of a vector for each distance. O(heads·T·S).
    """
    (E,) = checked(E=(E, "N heads"))
    ids = whole("buckets", buckets, "T S", below=len(E))
    return np.moveaxis(E[ids], -1, 0), (ids, E.shape)


def relative_bias_backward(dy: Array, cache: Cache) -> Gradients:
    """dE = Σ of dy over all places of the same bucket."""
    ids, (N, heads) = cache
    dy = arriving(dy, (heads, *ids.shape))
    return {"E": add_rows(ids, np.moveaxis(dy, 0, -1), N)}


def _at_least_one(**sizes: int) -> None:
    for name, size in sizes.items():
        if size < 1:
            raise RangeError(name, f"1 以上が必要ですが、{size} です", f"expected at least 1, found {size}")
