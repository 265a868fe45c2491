"""The course's own formulas, in the course's own names: what the confirmation tests and coding exercises ask.

Each is one line of a recurrent network or of its backpropagation, for one time. z are hidden activations, u what went
into them, delta the gradient ∂E/∂u; rows (1, H) unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from quizdl.engine.activations import sigmoid
from quizdl.engine.arrays import Array, real, reals
from quizdl.engine.recurrent import rnn_forward as rnn_sequence


def rnn_forward(x: Array, h0: Array, W_in: Array, W: Array, b: Array) -> Array:
    """x: (T, D), h0: (H,), W_in: (D, H), W: (H, H), b: (H,) → (T, H), h_t = tanh(x_t W_in + h_{t−1} W + b)."""
    (h, _), _ = rnn_sequence(real(x)[:, None, :], real(h0).reshape(1, -1), W_in, W, real(b).reshape(-1))
    return h[:, 0]


def birnn_backward_states(x: Array, h0: Array, W_in: Array, W: Array, b: Array) -> Array:
    """The same read from the end: h_t = tanh(x_t W_in + h_{t+1} W + b), h_{T} = h0 → (T, H) in the time order of x."""
    return rnn_forward(real(x)[::-1], h0, W_in, W, b)[::-1]


def rnn_state_course(x: Array, z_prev: Array, W_in: Array, W: Array) -> Array:
    """x: (1, D), z_prev: (1, H), W_in: (D, H), W: (H, H) → (1, H), σ(x W_in + z_prev W)."""
    x, z_prev, W_in, W = reals(x, z_prev, W_in, W)
    return sigmoid(x @ W_in + z_prev @ W)


def rnn_output_course(z: Array, W_out: Array) -> Array:
    """z: (1, H), W_out: (H, O) → (1, O), σ(z W_out)."""
    z, W_out = reals(z, W_out)
    return sigmoid(z @ W_out)


def output_delta_sigmoid(y: Array, d: Array) -> Array:
    """y, d: one shape → (y − d)·y(1 − y), the delta of squared error ½(y − d)² through a sigmoid."""
    y, d = reals(y, d)
    delta: Array = (y - d) * y * (1 - y)
    return delta


def hidden_delta(delta_next: Array, delta_out: Array, W: Array, W_out: Array, u: Array) -> Array:
    """delta_next, u: (1, H), delta_out: (1, O), W: (H, H), W_out: (H, O) → (δ_next Wᵀ + δ_out W_outᵀ) ⊙ σ'(u)."""
    delta_next, delta_out, W, W_out, u = reals(delta_next, delta_out, W, W_out, u)
    z = sigmoid(u)
    return (delta_next @ W.T + delta_out @ W_out.T) * z * (1 - z)


def bptt_delta(delta_next: Array, U: Array, z: Array) -> Array:
    """delta_next, z: (B, H), U: (H, H) → (δ Uᵀ) ⊙ z(1 − z)."""
    delta_next, U, z = reals(delta_next, U, z)
    return delta_next @ U.T * z * (1 - z)


def bptt_delta_linear(delta_t: Array, U: Array) -> Array:
    """delta_t: (…, H), U: (H, H) → delta_t.dot(U), one step back where the activation is the identity."""
    delta_t, U = reals(delta_t, U)
    return delta_t @ U


def rnn_grad_w_out(z: Array, delta_out: Array) -> Array:
    """z: (H,), delta_out: (O,) → (H, O), one time's share of ∂E/∂W_out."""
    return np.outer(real(z), real(delta_out))


def rnn_grad_w(z_prev: Array, delta: Array) -> Array:
    """z_prev, delta: (H,) → (H, H), one time's share of ∂E/∂W."""
    return np.outer(real(z_prev), real(delta))


def lstm_cell_state(input_gate: Array, forget_gate: Array, a: Array, c: Array) -> Array:
    """All one shape → input_gate ⊙ a + forget_gate ⊙ c."""
    input_gate, forget_gate, a, c = reals(input_gate, forget_gate, a, c)
    return input_gate * a + forget_gate * c


def lstm_hidden(o: Array, c: Array) -> Array:
    """o, c: one shape → o ⊙ tanh(c)."""
    o, c = reals(o, c)
    return o * np.tanh(c)


def lstm_split(z: Array) -> tuple[Array, ...]:
    """z: (B, 4H) → its four parts, each (B, H)."""
    return tuple(np.split(real(z), 4, axis=1))


def peephole_gate(x: Array, h: Array, c: Array, W: Array, U: Array, p: Array, b: Array) -> Array:
    """x: (B, I), h, c: (B, H), W: (I, H), U: (H, H), p, b: (H,) → σ(xW + hU + p ⊙ c + b)."""
    x, h, c, W, U, p, b = reals(x, h, c, W, U, p, b)
    return sigmoid(x @ W + h @ U + p * c + b)


def gru_update(z: Array, h: Array, h_bar: Array) -> Array:
    """All one shape → (1 − z) ⊙ h + z ⊙ h_bar (Chung's convention)."""
    z, h, h_bar = reals(z, h, h_bar)
    return (1 - z) * h + z * h_bar


def gru_candidate(x: Array, h: Array, r: Array, W: Array, U: Array, b: Array) -> Array:
    """x: (B, I), h, r: (B, H), W: (I, H), U: (H, H), b: (H,) → tanh(xW + (r ⊙ h)U + b)."""
    x, h, r, W, U, b = reals(x, h, r, W, U, b)
    return np.tanh(x @ W + (r * h) @ U + b)


def birnn_concat(h_f: Array, h_b: Array) -> Array:
    """h_f, h_b: (T, H), h_b in the order it was read (from the end) → (T, 2H), both at the same time side by side."""
    h_f, h_b = reals(h_f, h_b)
    return np.concatenate([h_f, h_b[::-1]], axis=1)


def embedding_lookup(E: Array, w: Array) -> Array:
    """E: (embed, vocab), w: (vocab,) one-hot → (embed,), E.dot(w)."""
    E, w = reals(E, w)
    return E @ w


def encode(words: Array, E: Array, W: Array, U: Array, b: Array) -> Array:
    """words: (T, V) one-hot, E: (D, V), W: (H, D), U: (H, H), b: (H,) → (H,), the last h = tanh(W·e + U·h + b)."""
    words, E, W, U, b = reals(words, E, W, U, b)
    h = np.zeros_like(b)
    for w in words:
        e = E @ w
        h = np.tanh(W @ e + U @ h + b)
    return h


def recursive_merge(W: Array, left: Array, right: Array) -> Array:
    """W: (D, 2D), left, right: (D,) → (D,), W.dot([left; right]), before any activation."""
    W, left, right = reals(W, left, right)
    return np.asarray(W @ np.concatenate([left, right]))


FUNCTIONS: dict[str, Callable[..., object]] = {
    function.__name__: function
    for function in (
        rnn_forward,
        birnn_backward_states,
        rnn_state_course,
        rnn_output_course,
        output_delta_sigmoid,
        hidden_delta,
        bptt_delta,
        bptt_delta_linear,
        rnn_grad_w_out,
        rnn_grad_w,
        lstm_cell_state,
        lstm_hidden,
        lstm_split,
        peephole_gate,
        gru_update,
        gru_candidate,
        birnn_concat,
        embedding_lookup,
        encode,
        recursive_merge,
    )
}
"""name → function, as `references.py` lists them."""
