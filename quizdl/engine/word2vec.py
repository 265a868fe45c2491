"""word2vec (Mikolov et al. 2013a, b): CBOW and skip-gram, with the full softmax or with negative sampling.

W_in (V, D) holds a word's vector as input, W_out (V, D) as output, one row a word; word ids are whole numbers from 0 to
V − 1. What is drawn at random (negatives, the words that are kept) is drawn outside and given.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.activations import sigmoid, softplus
from quizdl.engine.arrays import Array, Cache, Gradients, Ids, Mask, Sizes, arriving, checked, whole
from quizdl.engine.checks import number
from quizdl.engine.embedding import add_rows
from quizdl.engine.errors import RangeError
from quizdl.engine.losses import softmax_cross_entropy_backward, softmax_cross_entropy_forward


def cbow_hidden(W_in: Array, context: ArrayLike) -> Array:
    """The mean of the context words' vectors; W_in: (V, D), context: (…, C) ids → (…, D)."""
    (W_in,) = checked(W_in=(W_in, "V D"))
    return _hidden(W_in, whole("context", context, "... C", below=len(W_in)))


def cbow_softmax_forward(W_in: Array, W_out: Array, context: ArrayLike, target: ArrayLike) -> tuple[Array, Cache]:
    """Mean cross-entropy of the middle word; context: (B, C) ids, target: (B,) ids. Mikolov et al. 2013a. O(B·V·D)."""
    W_in, W_out, (context, target) = _tables(W_in, W_out, context=(context, "B C"), target=(target, "B"))
    h = _hidden(W_in, context)
    loss, loss_cache = softmax_cross_entropy_forward(h @ W_out.T, target)
    return loss, (W_out, context, h, loss_cache)


def cbow_softmax_backward(dloss: float | Array, cache: Cache) -> Gradients:
    """Each context word gets 1/C of the hidden layer's gradient."""
    W_out, context, h, loss_cache = cache
    dz = softmax_cross_entropy_backward(_arriving_loss(dloss, h), loss_cache)["z"]
    return {"W_in": _spread_mean(context, dz @ W_out, len(W_out)), "W_out": dz.T @ h}


def skipgram_softmax_forward(W_in: Array, W_out: Array, center: ArrayLike, context: ArrayLike) -> tuple[Array, Cache]:
    """Mean over the batch of −log softmax(W_out v_c)[o]; center c, context o: (B,) ids. Mikolov et al. 2013b, eq. 2.

    A centre with several context words stands in the batch once for each of them. O(B·V·D).
    """
    W_in, W_out, (center, context) = _tables(W_in, W_out, center=(center, "B"), context=(context, "B"))
    v = W_in[center]
    loss, loss_cache = softmax_cross_entropy_forward(v @ W_out.T, context)
    return loss, (W_out, center, v, loss_cache)


def skipgram_softmax_backward(dloss: float | Array, cache: Cache) -> Gradients:
    """Gradients of W_in, where only the centres' rows are not 0, and of W_out, both (V, D)."""
    W_out, center, v, loss_cache = cache
    dz = softmax_cross_entropy_backward(_arriving_loss(dloss, v), loss_cache)["z"]
    return {"W_in": add_rows(center, dz @ W_out, len(W_out)), "W_out": dz.T @ v}


def cbow_negative_forward(
    W_in: Array, W_out: Array, context: ArrayLike, target: ArrayLike, negatives: ArrayLike
) -> tuple[Array, Cache]:
    """CBOW with negative sampling; context: (B, C), target: (B,), negatives: (B, K) ids. O(B·(C + K)·D)."""
    W_in, W_out, (context, target, negatives) = _tables(
        W_in, W_out, context=(context, "B C"), target=(target, "B"), negatives=(negatives, "B K")
    )
    loss, cache = _negative_sampling_forward(_hidden(W_in, context), W_out, target, negatives)
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
    W_in, W_out, (center, context, negatives) = _tables(
        W_in, W_out, center=(center, "B"), context=(context, "B"), negatives=(negatives, "B K")
    )
    loss, cache = _negative_sampling_forward(W_in[center], W_out, context, negatives)
    return loss, (center, cache)


def skipgram_negative_backward(dloss: float | Array, cache: Cache) -> Gradients:
    """Gradients of W_in and W_out, both (V, D); only the rows of words that were met are not 0."""
    center, inner = cache
    dv, dW_out = _negative_sampling_backward(dloss, inner)
    return {"W_in": add_rows(center, dv, len(dW_out)), "W_out": dW_out}


def noise_distribution(counts: ArrayLike, power: float = 0.75) -> Array:
    """P(w) = count(w)^power / Σ count^power, what negatives are drawn from; counts: (V,) → (V,). O(V).

    power 0.75 draws rare words more often than the text has them, power 0 all words alike. Mikolov et al. 2013b, §2.2.
    """
    met, power = _shares("counts", counts), number("power", power)
    weights = np.where(met > 0, met, 1) ** power * (met > 0)  # a word that never came is never drawn
    return np.asarray(weights / weights.sum())


def draw_negatives(rng: np.random.Generator, distribution: Array, shape: tuple[int, ...]) -> Ids:
    """Word ids drawn from the distribution (V,), one of `shape`, such as (B, K). O(V + draws·log V).

    Nothing keeps a right word from being drawn as a wrong one; in a large vocabulary that is rare.
    """
    below = np.cumsum(_shares("distribution", distribution), dtype=np.float64)
    drawn = rng.random(shape) * below[-1]
    return np.asarray(np.searchsorted(below[:-1], drawn, side="right"), dtype=np.intp)


def keep_probability(counts: ArrayLike, t: float = 1e-5) -> Array:
    """min(1, √(t/f(w))), with which each place of a word is kept; f(w) is the word's share of the text.

    counts: (V,) → (V,). A word that is rarer than t is always kept. Mikolov et al. 2013b, eq. 5. O(V).
    """
    met, t = _shares("counts", counts), number("t", t, above=0)
    share = met / met.sum()
    return np.asarray(np.sqrt(t / np.maximum(share, t)))


def subsample(rng: np.random.Generator, words: ArrayLike, keep: Array) -> Mask:
    """Which places of the text stay, one truth value for each of words (…) ids; keep: (V,) from `keep_probability`."""
    (keep,) = checked(keep=(keep, "V"))
    ids = whole("words", words, "...", below=len(keep))
    return np.asarray(rng.random(ids.shape) < keep[ids])


def _hidden(W_in: Array, context: Ids) -> Array:
    return np.asarray(W_in[context].mean(axis=-2))


def _tables(W_in: Array, W_out: Array, **ids: tuple[ArrayLike, str]) -> tuple[Array, Array, list[Ids]]:
    """Both tables, of one size and dtype, and the ids, each of its shape and within the vocabulary."""
    sizes: Sizes = {}
    W_in, W_out = checked(sizes, W_in=(W_in, "V D"), W_out=(W_out, "V D"))
    return W_in, W_out, [whole(name, x, shape, sizes, below=len(W_in)) for name, (x, shape) in ids.items()]


def _shares(name: str, x: ArrayLike) -> Array:
    """Numbers (V,) that can be shares of a whole."""
    (shares,) = checked(**{name: (x, "V")})
    if not (np.all((shares >= 0) & (shares < np.inf)) and np.any(shares > 0)):
        raise RangeError(
            name,
            "0 以上の有限な数で、少なくとも 1 つは正の数が必要です",
            "expected finite numbers from 0 up, at least one of them positive",
        )
    return np.asarray(shares)


def _arriving_loss(dloss: float | Array, like: Array) -> Array:
    """The gradient that arrives at the loss, in the network's dtype: a plain 1.0 makes no float64 of float32."""
    return arriving(dloss, (), "dloss").astype(like.dtype, copy=False)


def _negative_sampling_forward(v: Array, W_out: Array, right: Ids, wrong: Ids) -> tuple[Array, Cache]:
    """Mean over the batch of Σ softplus(−sign·u·v), where the right word has sign +1 and the wrong ones −1."""
    ids = np.concatenate([right[:, None], wrong], axis=1)
    sign = np.where(np.arange(ids.shape[1]) == 0, 1, -1).astype(v.dtype)
    u = W_out[ids]
    scores = (u @ v[:, :, None])[:, :, 0]
    loss = softplus(-sign * scores).sum(axis=1).mean()
    return np.asarray(loss), (v, u, ids, sign, scores, len(W_out))


def _negative_sampling_backward(dloss: float | Array, cache: Cache) -> tuple[Array, Array]:
    v, u, ids, sign, scores, V = cache
    dscores = -sign * sigmoid(-sign * scores) * (_arriving_loss(dloss, v) / len(v))
    dv = (dscores[:, None, :] @ u)[:, 0]
    du = dscores[:, :, None] * v[:, None, :]
    return dv, add_rows(ids, du, V)


def _spread_mean(context: Ids, dh: Array, V: int) -> Array:
    B, C = context.shape
    each = np.broadcast_to(dh[:, None, :] / C, (B, C, dh.shape[-1]))
    return add_rows(context, each, V)
