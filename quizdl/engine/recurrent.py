"""The simple recurrent network (Elman 1990): h_t = tanh(x_t W + h_{t−1} U + b), and BPTT through it.

Shapes: x (T, B, I) or, for a step, (B, I); h (B, H); W (I, H); U (H, H); b (H,). A pass is O(T·B·H·(I + H)).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.arrays import Array, Gradients, arriving, checked, rows
from quizdl.engine.sequences import Reading, arriving_states, initial_state


class StepCache(NamedTuple):
    """What one step keeps: its arguments and its result."""

    x: Array
    h: Array
    W: Array
    U: Array
    y: Array


class SequenceCache(NamedTuple):
    """x as it was read, the states h (T + 1, B, H) from the initial one on, the weights, and how x was read."""

    x: Array
    h: Array
    W: Array
    U: Array
    reading: Reading


def rnn_step_forward(x: Array, h: Array, W: Array, U: Array, b: Array) -> tuple[Array, StepCache]:
    """h' = tanh(xW + hU + b); → (B, H)."""
    x, h, W, U, b = checked(x=(x, "B I"), h=(h, "B H"), W=(W, "I H"), U=(U, "H H"), b=(b, "H"))
    y = np.tanh(x @ W + h @ U + b)
    return y, StepCache(x, h, W, U, y)


def rnn_step_backward(dy: Array, cache: StepCache) -> Gradients:
    """dh = ((1 − h'²) ⊙ dy) Uᵀ, and the rest as in an affine layer."""
    x, h, W, U, y = cache
    da = arriving(dy, y.shape) * (1 - y**2)
    return {"x": da @ W.T, "h": da @ U.T, "W": x.T @ da, "U": h.T @ da, "b": da.sum(axis=0)}


def rnn_forward(
    x: Array,
    h0: Array | None,
    W: Array,
    U: Array,
    b: Array,
    *,
    lengths: ArrayLike | None = None,
    reverse: bool = False,
) -> tuple[tuple[Array, Array], SequenceCache]:
    """All states h (T, B, H) in the time order of x, and the last one read, h_last (B, H).

    h0: (B, H) or None for zeros. reverse: from the end of each sequence to its beginning.
    """
    x, h0, W, U, b = checked(x=(x, "T B I"), h0=(h0, "B H"), W=(W, "I H"), U=(U, "H H"), b=(b, "H"))
    T, B, _ = x.shape
    reading = Reading(T, B, lengths, reverse)
    x = reading.blank(reading.arrange(x))
    a = x @ W + b
    h = np.empty((T + 1, *a.shape[1:]), dtype=a.dtype)
    h[0] = initial_state(h0)
    for t in range(T):
        np.tanh(a[t] + h[t] @ U, out=h[t + 1])
        if reading.ended is not None:
            np.copyto(h[t + 1], h[t], where=reading.ended[t])
    return (reading.arrange(reading.blank(h[1:])), h[T].copy()), SequenceCache(x, h, W, U, reading)


def rnn_backward(dh: Array, dh_last: Array | None, cache: SequenceCache) -> Gradients:
    """Backpropagation through time; dh: (T, B, H) for the states, dh_last: (B, H) for the last one, or None."""
    x, h, W, U, reading = cache
    dh, carried = arriving_states(dh, {"dh_last": dh_last}, h)
    dh = reading.blank(reading.arrange(dh))
    da = np.empty_like(h[1:])
    for t in reversed(range(len(x))):
        delta = dh[t] + carried
        da[t] = delta * (1 - h[t + 1] ** 2)
        carried = da[t] @ U.T
        if reading.ended is not None:
            da[t] = np.where(reading.ended[t], 0, da[t])
            carried = np.where(reading.ended[t], delta, carried)
    return {
        "x": reading.arrange(da @ W.T),
        "h0": carried,
        "W": rows(x).T @ rows(da),
        "U": rows(h[:-1]).T @ rows(da),
        "b": rows(da).sum(axis=0),
    }
