"""The functions that code questions name: each takes a question's inputs by keyword and returns what is expected.

Whole numbers become float64 where the maths is real, no input is changed, and float32 stays float32. `REFERENCES` at
the end is what a bank's `reference:` may say. The course's own formulas are in `course.py`, the small functions of a
first network in `foundations.py`, what is no network in `classic.py` and `classic_statistics.py`, and what the fourth
day adds (reinforcement, detection, Transformers, compression) in `applied.py`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from quizdl.engine import (
    activations,
    applied,
    classic,
    classic_statistics,
    convolution,
    course,
    foundations,
    losses,
    normalisation,
    optimisers,
    pooling,
    word2vec,
)
from quizdl.engine import attention as attention_
from quizdl.engine.activations import relu_grad, softmax, softplus
from quizdl.engine.arrays import Array, real, reals
from quizdl.engine.clipping import clip_by_norm, clip_by_value
from quizdl.engine.counters import conv_output_size as conv_width
from quizdl.engine.dropout import dropout_forward as dropout
from quizdl.engine.gru import gru_step_forward
from quizdl.engine.lstm import lstm_step_forward
from quizdl.engine.positional import positional_encoding
from quizdl.engine.recurrent import rnn_step_forward


def mse(p: Array, y: Array) -> Array:
    """p, y: one shape → the mean over all entries of (p − y)²."""
    return losses.mse(p, y)


def mean_squared_error(y: Array, t: Array) -> Array:
    """y, t: one shape → the mean over all entries of (y − t)²."""
    return losses.mse(y, t)


def softmax_last(x: Array) -> Array:
    """x: (…, C) → softmax over the last axis."""
    return softmax(x)


def tanh_grad(x: Array) -> Array:
    """x: any shape → 1 − tanh(x)²."""
    return 1 - activations.tanh(x) ** 2


def affine_backward(dy: Array, x: Array, W: Array) -> tuple[Array, Array, Array]:
    """dy: (N, O), x: (N, I), W: (I, O) → dx, dW, db of y = xW + b."""
    dy, x, W = reals(dy, x, W)
    return dy @ W.T, x.T @ dy, dy.sum(axis=0)


def relu_backward(dy: Array, x: Array) -> Array:
    """dy, x: one shape → dy where x > 0, else 0."""
    return real(dy) * relu_grad(x)


def conv_output_size(h: int, f: int, s: int, p: int) -> int:
    """Height h, filter f, stride s, padding p → ⌊(h + 2p − f)/s⌋ + 1."""
    return conv_width(h, f, s, p)


def conv2d(x: Array, w: Array, b: Array, stride: int, pad: int) -> Array:
    """x: (N, C, H, W), w: (F, C, R, S), b: (F,) → (N, F, H', W')."""
    return convolution.conv2d_forward(x, w, b, stride, pad)[0]


def max_pool2d(x: Array, k: int, stride: int) -> Array:
    """x: (N, C, H, W) → (N, C, H', W'), the largest entry of each k×k window."""
    return pooling.max_pool2d_forward(x, k, stride)[0]


def batch_norm(x: Array, gamma: Array, beta: Array, eps: float) -> Array:
    """x: (N, D), gamma, beta: (D,) → (N, D), normalised over this batch with the population variance."""
    return normalisation.batch_norm_forward(x, gamma, beta, eps)[0]


def layer_norm(x: Array) -> Array:
    """x: (…, D) → each row with mean 0 and (biased) variance 1; eps = 1e-5 under the root."""
    return normalisation.layer_norm_forward(x)[0]


def dropout_forward(x: Array, mask: Array, p: float) -> Array:
    """x, mask: one shape → x·mask/(1 − p)."""
    return dropout(x, mask, p)[0]


def rnn_step(x: Array, h: Array, W: Array, U: Array, b: Array) -> Array:
    """x: (B, I), h: (B, H), W: (I, H), U: (H, H), b: (H,) → (B, H)."""
    return rnn_step_forward(x, h, W, U, b)[0]


def lstm_step(x: Array, h: Array, c: Array, W: Array, U: Array, b: Array) -> tuple[Array, Array]:
    """x: (B, I), h, c: (B, H), W: (4, I, H), U: (4, H, H), b: (4, H), gates i, f, o, g → h, c."""
    return lstm_step_forward(x, h, c, W, U, b)[0]


def gru_step(x: Array, h: Array, W: Array, U: Array, b: Array) -> Array:
    """x: (B, I), h: (B, H), W: (3, I, H), U: (3, H, H), b: (3, H), gates r, z, n; h' = (1 − z)h + zn → (B, H)."""
    return gru_step_forward(x, h, W, U, b)[0]


def attention(Q: Array, K: Array, V: Array) -> Array:
    """Q: (T, d), K: (S, d), V: (S, e) → (T, e)."""
    return attention_.scaled_dot_product_forward(Q, K, V)[0][0]


def sgd_update(W: Array, grad: Array, learning_rate: float) -> Array:
    """W, grad: one shape → W − learning_rate·grad."""
    return optimisers.sgd_step(real(W), real(grad), learning_rate)


def momentum_step(w: Array, g: Array, v: Array, lr: float, mu: float) -> tuple[Array, Array]:
    """w, g, v: one shape → w, v with v = μv − lr·g."""
    return optimisers.momentum_step(real(w), real(g), real(v), lr, mu)


def adam_step(
    w: Array, g: Array, m: Array, v: Array, t: int, lr: float, b1: float, b2: float, eps: float
) -> tuple[Array, Array, Array]:
    """w, g, m, v: one shape, t from 1 → w, m, v."""
    return optimisers.adam_step(real(w), real(g), real(m), real(v), t, lr, b1, b2, eps)


def skipgram_negative_loss(v_c: Array, u_o: Array, U_neg: Array) -> Array:
    """v_c, u_o: (D,), U_neg: (K, D) → −log σ(u_o·v_c) − Σ log σ(−u_k·v_c)."""
    v_c, u_o, U_neg = reals(v_c, u_o, U_neg)
    return np.asarray(softplus(-(u_o @ v_c)) + softplus(U_neg @ v_c).sum())


def reparameterize(mu: Array, log_var: Array, eps: Array) -> Array:
    """mu, log_var, eps: one shape → μ + exp(log σ²/2)·ε."""
    from quizdl.engine.vae import (
        reparameterize_forward,
    )  # a whole network stands behind it: no other answer waits for it

    return reparameterize_forward(mu, log_var, eps)[0]


def kl_gaussian(mu: Array, log_var: Array) -> Array:
    """mu, log_var: (…, D) → −½ Σ (1 + log σ² − μ² − σ²) over D, the mean over the rest."""
    from quizdl.engine.vae import kl_standard_normal_forward

    return kl_standard_normal_forward(mu, log_var)[0]


def additive_scores(s: Array, H: Array, W_s: Array, W_h: Array, v: Array) -> Array:
    """s: (S,), H: (T, D), W_s: (S, A), W_h: (D, A), v: (A,) → (T,), v·tanh(s W_s + h_t W_h)."""
    s, H, W_s, W_h, v = reals(s, H, W_s, W_h, v)
    return np.asarray(np.tanh(s @ W_s + H @ W_h) @ v)


def luong_scores(s: Array, H: Array, W: Array) -> Array:
    """s: (S,), H: (T, D), W: (D, S) → (T,), h_t W s."""
    s, H, W = reals(s, H, W)
    return H @ W @ s


def attention_context(scores: Array, H: Array) -> Array:
    """scores: (T,), H: (T, D) → (D,), the sum of the rows weighted by softmax(scores)."""
    return softmax(scores) @ real(H)


def masked_mean(h: Array, mask: Array) -> Array:
    """h: (T, H), mask: (T,) of 0 and 1 → (H,), the mean of the rows that count; zeros where none does."""
    h, mask = reals(h, mask)
    return np.asarray(mask @ h / (mask.sum() or 1))


def beam_step(log_probs: Array, scores: Array, k: int) -> tuple[Array, Array, Array]:
    """log_probs: (K, V), scores: (K,) → beams, tokens, scores, each (k,), best first, ties to the lowest flat index."""
    log_probs, scores = reals(log_probs, scores)
    total = (scores[:, None] + log_probs).ravel()
    best = np.argsort(-total, kind="stable")[:k]
    beams, tokens = np.divmod(best, log_probs.shape[1])
    return beams, tokens, total[best]


def sigmoid(x: Array) -> Array:
    """x: any shape → 1/(1 + exp(−x))."""
    return activations.sigmoid(x)


_FUNCTIONS: tuple[Callable[..., object], ...] = (
    sigmoid,
    relu_grad,
    tanh_grad,
    losses.cross_entropy,
    mean_squared_error,
    mse,
    affine_backward,
    relu_backward,
    conv_output_size,
    conv2d,
    max_pool2d,
    batch_norm,
    layer_norm,
    dropout_forward,
    rnn_step,
    lstm_step,
    gru_step,
    attention,
    sgd_update,
    momentum_step,
    adam_step,
    clip_by_norm,
    clip_by_value,
    positional_encoding,
    word2vec.cbow_hidden,
    skipgram_negative_loss,
    reparameterize,
    kl_gaussian,
    additive_scores,
    luong_scores,
    attention_context,
    masked_mean,
    beam_step,
)

REFERENCES: dict[str, Callable[..., object]] = {
    **{function.__name__: function for function in _FUNCTIONS},
    "softmax": softmax_last,
    **course.FUNCTIONS,
    **foundations.FUNCTIONS,
    **classic.FUNCTIONS,
    **classic_statistics.FUNCTIONS,
    **applied.FUNCTIONS,
}
"""What a question may name as its `reference`: name → function. Its parameters are the inputs that it needs."""
