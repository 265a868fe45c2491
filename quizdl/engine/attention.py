"""Attention: a weighted sum of values, the weights coming from how well queries and keys go together.

A mask is True (or 1) where one may look. A row that may look nowhere (all scores −∞) gets weights 0, context 0 and
gradient 0 instead of NaN, so that a padded sample cannot spoil its batch.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.arrays import Array, Cache, Gradients, reals, transposed


def masked_softmax(scores: Array, mask: ArrayLike | None = None, axis: int = -1) -> Array:
    """Softmax along `axis` over what may be looked at; 0 in a row with nothing to look at."""
    if mask is not None:
        scores = np.where(np.asarray(mask, dtype=bool), scores, scores.dtype.type(-np.inf))
    top = scores.max(axis=axis, keepdims=True)
    e = np.exp(scores - np.where(np.isneginf(top), scores.dtype.type(0), top))
    total = e.sum(axis=axis, keepdims=True)
    return e / np.where(total == 0, scores.dtype.type(1), total)


def _softmax_backward(dalpha: Array, alpha: Array, axis: int) -> Array:
    dscores: Array = alpha * (dalpha - (dalpha * alpha).sum(axis=axis, keepdims=True))
    return dscores


def causal_mask(T: int) -> Array:
    """(T, T): row t may look at the columns up to t."""
    return np.tril(np.ones((T, T), dtype=bool))


def scaled_dot_product_forward(
    Q: Array, K: Array, V: Array, mask: ArrayLike | None = None
) -> tuple[tuple[Array, Array], Cache]:
    """softmax(Q Kᵀ/√d) V and the weights; Q: (…, T, d), K: (…, S, d), V: (…, S, e), mask: (…, T, S).

    → (…, T, e) and (…, T, S). Vaswani et al. 2017, eq. 1. O(T·S·(d + e)).
    """
    Q, K, V = reals(Q, K, V)
    scale = 1 / math.sqrt(Q.shape[-1])
    scores = Q @ transposed(K) * scale
    alpha = masked_softmax(scores, mask)
    return (alpha @ V, alpha), (Q, K, V, alpha, scale)


def scaled_dot_product_backward(dy: Array, dalpha: Array | None, cache: Cache) -> Gradients:
    """dQ = ds K/√d, dK = dsᵀ Q/√d, dV = αᵀ dy; dalpha is what arrives at the weights themselves, usually None."""
    Q, K, V, alpha, scale = cache
    dV = transposed(alpha) @ dy
    dalpha = dy @ transposed(V) + (0 if dalpha is None else dalpha)
    ds = _softmax_backward(dalpha, alpha, axis=-1) * scale
    return {"Q": ds @ K, "K": transposed(ds) @ Q, "V": dV}


def luong_forward(
    s: Array, H: Array, W: Array | None = None, mask: ArrayLike | None = None
) -> tuple[tuple[Array, Array], Cache]:
    """The context Σ α_t h_t (B, D) and α (T, B) = softmax over t of h_t W s; without W the score is h_t·s.

    s: (B, S) the decoder's state, H: (T, B, D) the encoder's, W: (D, S), mask: (T, B).
    Luong et al. 2015, eq. 8 ("general" and "dot"). O(T·B·D·S).
    """
    s, H = reals(s, H)
    W = None if W is None else reals(W)[0]
    q = s if W is None else s @ W.T
    alpha = masked_softmax((H * q).sum(axis=-1), mask, axis=0)
    return (_context(alpha, H), alpha), (s, H, W, q, alpha)


def luong_backward(dcontext: Array, dalpha: Array | None, cache: Cache) -> Gradients:
    """Gradients of s, H (and W)."""
    s, H, W, q, alpha = cache
    dscores, dH = _context_backward(dcontext, dalpha, alpha, H)
    dH += dscores[..., None] * q
    dq = (dscores[..., None] * H).sum(axis=0)
    return {"s": dq, "H": dH} if W is None else {"s": dq @ W, "H": dH, "W": dq.T @ s}


def bahdanau_forward(
    s: Array, H: Array, W_s: Array, W_h: Array, v: Array, mask: ArrayLike | None = None
) -> tuple[tuple[Array, Array], Cache]:
    """The context Σ α_t h_t (B, D) and α (T, B) = softmax over t of v·tanh(s W_s + h_t W_h).

    s: (B, S), H: (T, B, D), W_s: (S, A), W_h: (D, A), v: (A,), mask: (T, B).
    Bahdanau et al. 2015, §A.1.2 (additive attention). O(T·B·D·A).
    """
    s, H, W_s, W_h, v = reals(s, H, W_s, W_h, v)
    a = np.tanh(s @ W_s + H @ W_h)
    alpha = masked_softmax(a @ v, mask, axis=0)
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


def _context(alpha: Array, H: Array) -> Array:
    return np.asarray((alpha[..., None] * H).sum(axis=0))


def _context_backward(dcontext: Array, dalpha: Array | None, alpha: Array, H: Array) -> tuple[Array, Array]:
    """Gradients of the scores (T, B), and of H (T, B, D) as far as it is the values."""
    dalpha = (H * dcontext).sum(axis=-1) + (0 if dalpha is None else dalpha)
    return _softmax_backward(dalpha, alpha, axis=0), alpha[..., None] * dcontext
