"""The gated recurrent unit (Cho et al. 2014; Chung et al. 2014), in the four conventions that are in use.

    r, z = σ(x W + h U + b)
    n  = tanh(x W + (r ⊙ h) U + b)                      reset before the product (Cho, Chung, the default here), or
    n  = tanh(x W + b + r ⊙ (h U + b_h))                reset_after=True (cuDNN, PyTorch, Keras' default)
    h' = (1 − z) ⊙ h + z ⊙ n                            z_keeps="new" (Chung, the default here), or
    h' = z ⊙ h + (1 − z) ⊙ n                            z_keeps="old" (Cho, PyTorch, Keras)

Shapes: x (T, B, I) or, for a step, (B, I); h (B, H); W (3, I, H); U (3, H, H); b (3, H); the gates are r, z, n.
b_h (3, H) is the bias of the recurrent side, added to b everywhere but inside r ⊙ (…). A pass is O(T·B·3H·(I + H)).
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.arrays import Array, Gradients, arriving, checked, rows, transposed
from quizdl.engine.errors import one_of
from quizdl.engine.sequences import Reading, arriving_states, initial_state, squash

Keeps: TypeAlias = Literal["new", "old"]


class Weights(NamedTuple):
    """The recurrent side of the layer and its conventions; b_h (3, H) is zero where none was given."""

    W: Array
    U: Array
    b_h: Array
    reset_after: bool
    z_keeps: Keeps
    has_b_h: bool


class StepCache(NamedTuple):
    """A step's arguments, its gates r, z, n (3, B, H), and s (B, H), what r multiplied."""

    x: Array
    h: Array
    weights: Weights
    gates: Array
    s: Array


class SequenceCache(NamedTuple):
    """x as it was read, h (T + 1, B, H) from the initial one on, gates (3, T, B, H), s (T, B, H), what r multiplied."""

    x: Array
    h: Array
    weights: Weights
    gates: Array
    s: Array
    reading: Reading


def gru_step_forward(
    x: Array,
    h: Array,
    W: Array,
    U: Array,
    b: Array,
    b_h: Array | None = None,
    *,
    reset_after: bool = False,
    z_keeps: Keeps = "new",
) -> tuple[Array, StepCache]:
    """h' (B, H) after one step."""
    x, h, W, U, b, b_h = checked(x=(x, "B I"), h=(h, "B H"), **_shapes(W, U, b, b_h))
    weights = _weights(W, U, b_h, reset_after, z_keeps)
    gates = x @ W + _outer_bias(b, weights)[:, None, :]
    with np.errstate(over="ignore"):
        h_new, s = _cell(gates, h, weights)
    return h_new, StepCache(x, h, weights, gates, s)


def gru_step_backward(dy: Array, cache: StepCache) -> Gradients:
    """Gradients of x, h, W, U, b (and b_h) from that of h'."""
    x, h, weights, gates, s = cache
    da, du = np.empty_like(gates), np.empty_like(gates)
    dh = _cell_backward(arriving(dy, h.shape), gates, h, s, weights, da, du)
    return {"x": (da @ transposed(weights.W)).sum(axis=0), "h": dh, **_weight_gradients(x, h, gates, da, du, weights)}


def gru_forward(
    x: Array,
    h0: Array | None,
    W: Array,
    U: Array,
    b: Array,
    b_h: Array | None = None,
    *,
    reset_after: bool = False,
    z_keeps: Keeps = "new",
    lengths: ArrayLike | None = None,
    reverse: bool = False,
) -> tuple[tuple[Array, Array], SequenceCache]:
    """All states h (T, B, H) in the time order of x, and the last one read, h_last (B, H).

    h0: (B, H) or None for zeros. reverse: from the end of each sequence to its beginning.
    """
    x, h0, W, U, b, b_h = checked(x=(x, "T B I"), h0=(h0, "B H"), **_shapes(W, U, b, b_h))
    weights = _weights(W, U, b_h, reset_after, z_keeps)
    (T, B, _), H = x.shape, U.shape[-1]
    reading = Reading(T, B, lengths, reverse)
    x = reading.blank(reading.arrange(x))
    gates = (rows(x) @ W + _outer_bias(b, weights)[:, None, :]).reshape(3, T, B, H)
    h = np.empty((T + 1, B, H), dtype=gates.dtype)
    s = np.empty((T, B, H), dtype=gates.dtype)
    h[0] = initial_state(h0)
    with np.errstate(over="ignore"):
        for t in range(T):
            h[t + 1], s[t] = _cell(gates[:, t], h[t], weights)
            if reading.ended is not None:
                np.copyto(h[t + 1], h[t], where=reading.ended[t])
    return (reading.arrange(reading.blank(h[1:])), h[T].copy()), SequenceCache(x, h, weights, gates, s, reading)


def gru_backward(dh: Array, dh_last: Array | None, cache: SequenceCache) -> Gradients:
    """Backpropagation through time; dh: (T, B, H) for the states, dh_last: (B, H) for the last one, or None."""
    x, h, weights, gates, s, reading = cache
    dh, carried = arriving_states(dh, {"dh_last": dh_last}, h)
    dh = reading.blank(reading.arrange(dh))
    da, du = np.empty_like(gates), np.empty_like(gates)
    for t in reversed(range(len(x))):
        delta = dh[t] + carried
        carried = _cell_backward(delta, gates[:, t], h[t], s[t], weights, da[:, t], du[:, t])
        if reading.ended is not None:
            da[:, t] *= ~reading.ended[t]
            du[:, t] *= ~reading.ended[t]
            carried = np.where(reading.ended[t], delta, carried)
    H = h.shape[-1]
    flat_da, flat_du, flat_gates = da.reshape(3, -1, H), du.reshape(3, -1, H), gates.reshape(3, -1, H)
    return {
        "x": reading.arrange((flat_da @ transposed(weights.W)).sum(axis=0).reshape(x.shape)),
        "h0": carried,
        **_weight_gradients(rows(x), rows(h[:-1]), flat_gates, flat_da, flat_du, weights),
    }


def _shapes(W: Array, U: Array, b: Array, b_h: Array | None) -> dict[str, tuple[Array | None, str]]:
    return {"W": (W, "3 I H"), "U": (U, "3 H H"), "b": (b, "3 H"), "b_h": (b_h, "3 H")}


def _weights(W: Array, U: Array, b_h: Array | None, reset_after: bool, z_keeps: Keeps) -> Weights:
    one_of("z_keeps", z_keeps, ("new", "old"))
    bias = np.zeros_like(W[:, 0, :]) if b_h is None else b_h
    return Weights(W, U, bias, reset_after, z_keeps, b_h is not None)


def _outer_bias(b: Array, weights: Weights) -> Array:
    """b + b_h, except for the part of b_h that stands inside r ⊙ (…)."""
    outside = weights.b_h * np.array([[1], [1], [not weights.reset_after]], dtype=b.dtype)
    return b + outside


def _cell(a: Array, h: Array, weights: Weights) -> tuple[Array, Array]:
    """h' and what r multiplied; a (3, B, H), the input's part of each gate, becomes the gates themselves."""
    U, b_h = weights.U, weights.b_h
    r, z, n = a
    a[:2] += h @ U[:2]
    squash(a[:2], out=a[:2])
    if weights.reset_after:
        s = h @ U[2] + b_h[2]
        n += r * s
    else:
        s = h
        n += (r * s) @ U[2]
    np.tanh(n, out=n)
    keep, take = (1 - z, z) if weights.z_keeps == "new" else (z, 1 - z)
    return keep * h + take * n, s


def _cell_backward(dh: Array, gates: Array, h: Array, s: Array, weights: Weights, da: Array, du: Array) -> Array:
    """The gradient of the old h. Into da (3, B, H) goes that of x W + b, into du that of the products with U."""
    U = weights.U
    r, z, n = gates
    slope_r, slope_z = gates[:2] * (1 - gates[:2])
    keep, take, sign = (1 - z, z, 1) if weights.z_keeps == "new" else (z, 1 - z, -1)
    dn = dh * take * (1 - n**2)
    dz = sign * dh * (n - h) * slope_z
    if weights.reset_after:
        dr = dn * s * slope_r
        du[0], du[1], du[2] = dr, dz, dn * r
        dh_old: Array = dh * keep + (du @ transposed(U)).sum(axis=0)
    else:
        ds = dn @ U[2].T
        dr = ds * s * slope_r
        du[0], du[1], du[2] = dr, dz, dn
        dh_old = dh * keep + ds * r + dr @ U[0].T + dz @ U[1].T
    da[0], da[1], da[2] = dr, dz, dn
    return dh_old


def _weight_gradients(x: Array, h: Array, gates: Array, da: Array, du: Array, weights: Weights) -> Gradients:
    """dW, dU, db (and db_h) over all rows (N, ·) at once."""
    candidate = h if weights.reset_after else gates[0] * h
    dU = np.concatenate([h.T @ du[:2], (candidate.T @ du[2])[None]])
    gradients = {"W": x.T @ da, "U": dU, "b": da.sum(axis=1)}
    return {**gradients, "b_h": du.sum(axis=1)} if weights.has_b_h else gradients
