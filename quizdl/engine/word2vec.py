"""word2vec (Mikolov et al. 2013a, b): CBOW and skip-gram, with the full softmax or with negative sampling.

W_in (V, D) holds a word's vector as input, W_out (V, D) as output, one row a word; word ids are whole numbers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.activations import sigmoid, softplus
from quizdl.engine.arrays import Array, Cache, Gradients, reals
from quizdl.engine.embedding import add_rows
from quizdl.engine.losses import softmax_cross_entropy_backward, softmax_cross_entropy_forward


def cbow_hidden(W_in: Array, context: ArrayLike) -> Array:
    """The mean of the context words' vectors; context: (…, C) ids → (…, D)."""
    (W_in,) = reals(W_in)
    return np.asarray(W_in[np.asarray(context)].mean(axis=-2))


def cbow_softmax_forward(W_in: Array, W_out: Array, context: ArrayLike, target: ArrayLike) -> tuple[Array, Cache]:
    """Mean cross-entropy of the middle word; context: (B, C) ids, target: (B,) ids. O(B·V·D)."""
    W_in, W_out = reals(W_in, W_out)
    context = np.asarray(context)
    h = cbow_hidden(W_in, context)
    loss, loss_cache = softmax_cross_entropy_forward(h @ W_out.T, target)
    return loss, (W_out, context, h, loss_cache)


def cbow_softmax_backward(dloss: float | Array, cache: Cache) -> Gradients:
    """Each context word gets 1/C of the hidden layer's gradient."""
    W_out, context, h, loss_cache = cache
    dz = softmax_cross_entropy_backward(dloss, loss_cache)["z"]
    return {"W_in": _spread_mean(context, dz @ W_out, len(W_out)), "W_out": dz.T @ h}


def cbow_negative_forward(
    W_in: Array, W_out: Array, context: ArrayLike, target: ArrayLike, negatives: ArrayLike
) -> tuple[Array, Cache]:
    """CBOW with negative sampling; context: (B, C), target: (B,), negatives: (B, K) ids. O(B·(C + K)·D)."""
    W_in, W_out = reals(W_in, W_out)
    context = np.asarray(context)
    loss, cache = _negative_sampling_forward(cbow_hidden(W_in, context), W_out, target, negatives)
    return loss, (context, cache)


def cbow_negative_backward(dloss: float | Array, cache: Cache) -> Gradients:
    """Gradients of W_in and W_out, both (V, D)."""
    context, inner = cache
    dh, dW_out = _negative_sampling_backward(dloss, inner)
    return {"W_in": _spread_mean(context, dh, len(dW_out)), "W_out": dW_out}


def skipgram_negative_forward(
    W_in: Array, W_out: Array, center: ArrayLike, context: ArrayLike, negatives: ArrayLike
) -> tuple[Array, Cache]:
    """Mean over the batch of −log σ(u_o·v_c) − Σ_k log σ(−u_k·v_c).

    center, context: (B,) ids, negatives: (B, K) ids. Mikolov et al. 2013b, eq. 4. O(B·K·D).
    """
    W_in, W_out = reals(W_in, W_out)
    center = np.asarray(center)
    loss, cache = _negative_sampling_forward(W_in[center], W_out, context, negatives)
    return loss, (center, cache)


def skipgram_negative_backward(dloss: float | Array, cache: Cache) -> Gradients:
    """Gradients of W_in and W_out, both (V, D); only the rows of words that were met are not 0."""
    center, inner = cache
    dv, dW_out = _negative_sampling_backward(dloss, inner)
    return {"W_in": add_rows(center, dv, len(dW_out)), "W_out": dW_out}


def _negative_sampling_forward(v: Array, W_out: Array, right: ArrayLike, wrong: ArrayLike) -> tuple[Array, Cache]:
    """Mean over the batch of Σ softplus(−sign·u·v), where the right word has sign +1 and the wrong ones −1."""
    ids = np.concatenate([np.asarray(right)[:, None], np.asarray(wrong)], axis=1)
    sign = np.where(np.arange(ids.shape[1]) == 0, 1, -1).astype(v.dtype)
    u = W_out[ids]
    scores = (u @ v[:, :, None])[:, :, 0]
    loss = softplus(-sign * scores).sum(axis=1).mean()
    return np.asarray(loss), (v, u, ids, sign, scores, len(W_out))


def _negative_sampling_backward(dloss: float | Array, cache: Cache) -> tuple[Array, Array]:
    v, u, ids, sign, scores, V = cache
    dscores = -sign * sigmoid(-sign * scores) * dloss / len(v)
    dv = (dscores[:, None, :] @ u)[:, 0]
    du = dscores[:, :, None] * v[:, None, :]
    return dv, add_rows(ids, du, V)


def _spread_mean(context: Array, dh: Array, V: int) -> Array:
    B, C = context.shape
    each = np.broadcast_to(dh[:, None, :] / C, (B, C, dh.shape[-1]))
    return add_rows(context, each, V)
