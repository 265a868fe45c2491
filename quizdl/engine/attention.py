"""Attention: a weighted sum of values, the weights coming from how well queries and keys go together.

A mask is True (or 1) where one may look. A row that may look nowhere (all scores −∞) gets weights 0, context 0 and
gradient 0 instead of NaN, so that a padded sample cannot spoil its batch.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.arrays import Array, Cache, Gradients, Mask, Sizes, arriving, checked, real, transposed, whole
from quizdl.engine.checks import number, same_shape
from quizdl.engine.elementary import unbroadcast
from quizdl.engine.errors import RangeError, ShapeError


def masked_softmax(scores: ArrayLike, mask: ArrayLike | None = None, axis: int = -1) -> Array:
    """Softmax along `axis` over what may be looked at; 0 in a row with nothing to look at. O(size of scores)."""
    scores = real(scores, "scores")
    if scores.size == 0 or scores.ndim == 0:
        raise ShapeError(
            "scores", f"{scores.shape} には軸か要素がありません", f"{scores.shape} has no axis or no entry"
        )
    if not -scores.ndim <= axis < scores.ndim:
        low, high = -scores.ndim, scores.ndim - 1
        raise RangeError(
            "axis", f"{low} から {high} の軸番号が必要ですが、{axis} です", f"expected {low} to {high}, found {axis}"
        )
    return _softmax(scores.copy(), as_mask(mask, scores.shape), axis)


def as_mask(mask: ArrayLike | None, shape: tuple[int, ...], name: str = "mask") -> Mask | None:
    """The mask as truth values, once it is known to hold nothing but 0 and 1 and to broadcast to the scores' shape."""
    if mask is None:
        return None
    if isinstance(mask, np.ndarray) and mask.dtype == np.bool_:
        allowed: Mask = mask
    else:
        numbers = real(mask, name)
        allowed = np.asarray(numbers == 1)
        if not (allowed | (numbers == 0)).all():
            raise RangeError(name, "True と False、または 1 と 0 が必要です", "expected True and False, or 1 and 0")
    _broadcasts(name, allowed.shape, shape)
    return allowed


def causal_mask(T: int) -> Mask:
    """(T, T): row t may look at the columns up to t."""
    if T < 1:
        raise RangeError("T", f"1 以上が必要ですが、{T} です", f"expected at least 1, found {T}")
    return np.tri(T, dtype=bool)


def padding_mask(lengths: ArrayLike, T: int) -> Mask:
    """(B, 1, T): every query of sample n may look at the keys before lengths[n], what follows being padding.

    lengths: (B,), each from 0 to T. `causal_mask(T) & padding_mask(lengths, T)` is (B, T, T), both at once.
    """
    lengths = whole("lengths", lengths, "B", below=T + 1)
    return np.asarray(np.arange(T) < lengths[:, None, None])


def scaled_dot_product_forward(
    Q: Array,
    K: Array,
    V: Array,
    mask: ArrayLike | None = None,
    *,
    bias: Array | None = None,
    scale: float | None = None,
) -> tuple[tuple[Array, Array], Cache]:
    """softmax(Q Kᵀ/√d) V and the weights; Q: (…, T, d), K: (…, S, d), V: (…, S, e) → (…, T, e) and (…, T, S).

    mask, and bias, which is added to the scores, broadcast to (…, T, S); scale, where given, stands for 1/√d.
    Vaswani et al. 2017, eq. 1. O(T·S·(d + e)) for each sample and head.
    """
    Q, K, V, bias = checked(Q=(Q, "... T d"), K=(K, "... S d"), V=(V, "... S e"), bias=(bias, "..."))
    if Q.size == 0:
        raise ShapeError("Q", f"{Q.shape} は空です", f"{Q.shape} is empty")
    same_shape("K", K.shape, "Q", (*Q.shape[:-2], *K.shape[-2:]))
    same_shape("V", V.shape, "Q", (*Q.shape[:-2], *V.shape[-2:]))
    shape = (*Q.shape[:-1], K.shape[-2])
    scale = 1 / math.sqrt(Q.shape[-1]) if scale is None else number("scale", scale)
    return attend(Q, K, V, as_mask(mask, shape), as_bias(bias, shape), scale)


def scaled_dot_product_backward(dy: Array, dalpha: Array | None, cache: Cache) -> Gradients:
    """Gradients of Q, K, V (and bias); dalpha is what arrives at the weights themselves, usually None."""
    _, _, V, alpha, _, _ = cache
    dy = arriving(dy, (*alpha.shape[:-1], V.shape[-1])).astype(alpha.dtype, copy=False)
    return attend_backward(dy, arriving_weights(dalpha, alpha), cache)


def as_bias(bias: Array | None, shape: tuple[int, ...]) -> Array | None:
    """The bias, once it is known to broadcast to the scores' shape."""
    if bias is not None:
        _broadcasts("bias", bias.shape, shape)
    return bias


def arriving_weights(dalpha: ArrayLike | None, alpha: Array) -> Array | None:
    """The gradient that arrives at the weights, checked; None where none does."""
    return None if dalpha is None else arriving(dalpha, alpha.shape, "dalpha").astype(alpha.dtype, copy=False)


def attend(
    Q: Array, K: Array, V: Array, mask: Mask | None, bias: Array | None, scale: float
) -> tuple[tuple[Array, Array], Cache]:
    """α = softmax(Q Kᵀ·scale + bias), y = α V: the maths of `scaled_dot_product_forward`, its arguments checked."""
    Q = Q * scale  # before the product, because Q is smaller than the scores
    scores = Q @ transposed(K)
    if bias is not None:
        scores += bias
    alpha = _softmax(scores, mask, axis=-1)
    return (alpha @ V, alpha), (Q, K, V, alpha, scale, None if bias is None else bias.shape)


def attend_backward(dy: Array, dalpha: Array | None, cache: Cache) -> Gradients:
    """dV = αᵀ dy, dα = dy Vᵀ, ds = α ⊙ (dα − Σ dα·α), dQ = ds K·scale, dK = dsᵀ Q·scale; Q in the cache is scaled."""
    Q, K, V, alpha, scale, bias_shape = cache
    dV = transposed(alpha) @ dy
    weights = dy @ transposed(V)
    if dalpha is not None:
        weights += dalpha
    ds = _softmax_backward(weights, alpha)
    gradients = {"Q": ds @ K * scale, "K": transposed(ds) @ Q, "V": dV}
    return gradients if bias_shape is None else {**gradients, "bias": unbroadcast(ds, bias_shape)}


def luong_forward(
    s: Array, H: Array, W: Array | None = None, mask: ArrayLike | None = None
) -> tuple[tuple[Array, Array], Cache]:
    """The context Σ α_t h_t (B, D) and α (T, B) = softmax over t of h_t W s; without W the score is h_t·s.

    s: (B, S) the decoder's state, H: (T, B, D) the encoder's, W: (D, S), mask: (T, B).
    Luong et al. 2015, §3.1 ("general" and "dot"). O(T·B·D + B·D·S).
    """
    s, H, W = checked(s=(s, "B D" if W is None else "B S"), H=(H, "T B D"), W=(W, "D S"))
    q = s if W is None else s @ W.T
    alpha = _softmax(np.vecdot(H, q), as_mask(mask, H.shape[:2]), axis=0)
    return (_context(alpha, H), alpha), (s, H, W, q, alpha)


def luong_backward(dcontext: Array, dalpha: Array | None, cache: Cache) -> Gradients:
    """Gradients of s, H (and W); dalpha is what arrives at the weights themselves, usually None."""
    s, H, W, q, alpha = cache
    dscores, dH = _context_backward(dcontext, dalpha, alpha, H)
    dH += dscores[..., None] * q
    dq = _context(dscores, H)
    return {"s": dq, "H": dH} if W is None else {"s": dq @ W, "H": dH, "W": dq.T @ s}


def luong_concat_forward(
    s: Array, H: Array, W: Array, v: Array, mask: ArrayLike | None = None
) -> tuple[tuple[Array, Array], Cache]:
    """The context Σ α_t h_t (B, D) and α (T, B) = softmax over t of v·tanh([s; h_t] W).

    s: (B, S), H: (T, B, D), W: (S + D, A), s's rows first, v: (A,), mask: (T, B).
    Luong et al. 2015, §3.1 ("concat"): Bahdanau's score with both matrices in one. O(T·B·D·A).
    """
    sizes: Sizes = {}
    s, H = checked(sizes, s=(s, "B S"), H=(H, "T B D"))
    S = sizes["S"]
    sizes["S+D"] = S + sizes["D"]
    W, v = checked(sizes, W=(W, "S+D A"), v=(v, "A"))
    outputs, cache = bahdanau_forward(s, H, W[:S], W[S:], v, mask)
    return outputs, cache


def luong_concat_backward(dcontext: Array, dalpha: Array | None, cache: Cache) -> Gradients:
    """Gradients of s, H, W and v."""
    gradients = bahdanau_backward(dcontext, dalpha, cache)
    W = np.concatenate([gradients.pop("W_s"), gradients.pop("W_h")])
    return {**gradients, "W": W}


def bahdanau_forward(
    s: Array, H: Array, W_s: Array, W_h: Array, v: Array, mask: ArrayLike | None = None
) -> tuple[tuple[Array, Array], Cache]:
    """The context Σ α_t h_t (B, D) and α (T, B) = softmax over t of v·tanh(s W_s + h_t W_h).

    s: (B, S), H: (T, B, D), W_s: (S, A), W_h: (D, A), v: (A,), mask: (T, B).
    Bahdanau et al. 2015, §A.1.2 (additive attention). O(T·B·D·A).
    """
    s, H, W_s, W_h, v = checked(s=(s, "B S"), H=(H, "T B D"), W_s=(W_s, "S A"), W_h=(W_h, "D A"), v=(v, "A"))
    a = np.tanh(s @ W_s + H @ W_h)
    alpha = _softmax(a @ v, as_mask(mask, H.shape[:2]), axis=0)
    return (_context(alpha, H), alpha), (s, H, W_s, W_h, v, a, alpha)


def bahdanau_backward(dcontext: Array, dalpha: Array | None, cache: Cache) -> Gradients:
    """Gradients of s, H, W_s, W_h and v."""
    s, H, W_s, W_h, v, a, alpha = cache
    dscores, dH = _context_backward(dcontext, dalpha, alpha, H)
    du = dscores[..., None] * v * (1 - a**2)
    du_s = du.sum(axis=0)
    return {
        "s": du_s @ W_s.T,
        "H": dH + du @ W_h.T,
        "W_s": s.T @ du_s,
        "W_h": np.tensordot(H, du, axes=((0, 1), (0, 1))),
        "v": np.tensordot(dscores, a, axes=2),
    }


def _softmax(scores: Array, mask: Mask | None, axis: int) -> Array:
    """Makes the scores into weights, in place: they must be nobody else's.

    The largest score is taken as finite, so that where all are −∞ exp gives 0; where one is not, the sum is at least
    exp(0) = 1, so that dividing by at least 1 only ever helps the row of zeros.
    """
    if mask is not None:
        np.copyto(scores, -np.inf, where=~mask)
    with np.errstate(over="ignore", invalid="ignore"):  # ∞ − ∞ is NaN on purpose
        scores -= scores.max(axis=axis, keepdims=True, initial=np.finfo(scores.dtype).min)
    np.exp(scores, out=scores)
    scores /= np.maximum(scores.sum(axis=axis, keepdims=True), 1)
    return scores


def _softmax_backward(dalpha: Array, alpha: Array) -> Array:
    """ds = α ⊙ (dα − Σ dα·α) over the last axis, in place of dα, which must be nobody else's."""
    dalpha -= np.vecdot(dalpha, alpha)[..., None]
    dalpha *= alpha
    return dalpha


def _context(alpha: Array, H: Array) -> Array:
    """Σ α_t h_t: of each sample, the row (1, T) of weights times its states (T, D)."""
    return np.asarray((alpha.T[:, None, :] @ H.swapaxes(0, 1))[:, 0])


def _context_backward(dcontext: ArrayLike, dalpha: ArrayLike | None, alpha: Array, H: Array) -> tuple[Array, Array]:
    """Gradients of the scores (T, B), and of H (T, B, D) as far as it is the values."""
    dcontext = arriving(dcontext, H.shape[1:], "dcontext").astype(alpha.dtype, copy=False)
    above = arriving_weights(dalpha, alpha)
    weights = np.vecdot(H, dcontext)
    if above is not None:
        weights += above
    return _softmax_backward(weights.T, alpha.T).T, alpha[..., None] * dcontext


def _broadcasts(name: str, found: tuple[int, ...], shape: tuple[int, ...]) -> None:
    front = len(shape) - len(found)
    if front < 0 or any(n not in (1, size) for n, size in zip(found, shape[front:], strict=True)):
        raise ShapeError(
            name,
            f"スコアの形 {shape} にブロードキャストできる形が必要ですが、{found} です",
            f"expected a shape that broadcasts to the scores' {shape}, found {found}",
        )
