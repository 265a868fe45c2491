"""Long short-term memory (Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000; peepholes: Gers et al. 2002).

    i, f, o = σ(x W + h U + b)        g = tanh(x W + h U + b)
    c' = f ⊙ c + i ⊙ g                h' = o ⊙ tanh(c')

Shapes: x (T, B, I) or, for a step, (B, I); h, c (B, H); W (4, I, H); U (4, H, H); b (4, H); the gates are i, f, o, g.
Peepholes P (3, H) for i, f, o are diagonal: i and f look at the old cell c, o at the new one c'.
A pass is O(T·B·4H·(I + H)).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.arrays import Array, Gradients, checked, rows, transposed
from quizdl.engine.sequences import Reading, arriving_states, gradient_or_zero, initial_state, squash


class StepCache(NamedTuple):
    """A step's arguments, its gates i, f, o, g (4, B, H), and the new cell."""

    x: Array
    h: Array
    c: Array
    W: Array
    U: Array
    P: Array | None
    gates: Array
    c_new: Array


class SequenceCache(NamedTuple):
    """x as it was read, gates (4, T, B, H), h and c (T + 1, B, H) from the initial ones on."""

    x: Array
    W: Array
    U: Array
    P: Array | None
    gates: Array
    h: Array
    c: Array
    reading: Reading


def lstm_step_forward(
    x: Array, h: Array, c: Array, W: Array, U: Array, b: Array, P: Array | None = None
) -> tuple[tuple[Array, Array], StepCache]:
    """h', c' (B, H) after one step."""
    x, h, c, W, U, b, P = checked(x=(x, "B I"), h=(h, "B H"), c=(c, "B H"), **_weights(W, U, b, P))
    gates = x @ W + h @ U + b[:, None, :]
    c_new = np.empty_like(c)
    with np.errstate(over="ignore"):
        h_new = _cell(gates, c, P, c_new)
    return (h_new, c_new), StepCache(x, h, c, W, U, P, gates, c_new)


def lstm_step_backward(dh: Array | None, dc: Array | None, cache: StepCache) -> Gradients:
    """Gradients of x, h, c, W, U, b (and P) from those of h' and c'; None where nothing arrives."""
    x, h, c, W, U, P, gates, c_new = cache
    dh = gradient_or_zero(dh, c, "dh")
    dc = gradient_or_zero(dc, c, "dc")
    dz = np.empty_like(gates)
    dc = _cell_backward(dh, dc, gates, c, c_new, P, out=dz)
    gradients = {
        "x": (dz @ transposed(W)).sum(axis=0),
        "h": (dz @ transposed(U)).sum(axis=0),
        "c": dc,
        "W": x.T @ dz,
        "U": h.T @ dz,
        "b": dz.sum(axis=1),
    }
    return gradients if P is None else {**gradients, "P": _peephole_gradient(dz, c, c_new)}


def lstm_forward(
    x: Array,
    h0: Array | None,
    c0: Array | None,
    W: Array,
    U: Array,
    b: Array,
    P: Array | None = None,
    *,
    lengths: ArrayLike | None = None,
    reverse: bool = False,
) -> tuple[tuple[Array, Array, Array], SequenceCache]:
    """All states h (T, B, H) in the time order of x, and the last ones read, h_last and c_last (B, H).

    h0, c0: (B, H) or None for zeros. reverse: from the end of each sequence to its beginning.
    """
    x, h0, c0, W, U, b, P = checked(x=(x, "T B I"), h0=(h0, "B H"), c0=(c0, "B H"), **_weights(W, U, b, P))
    (T, B, _), H = x.shape, U.shape[-1]
    reading = Reading(T, B, lengths, reverse)
    x = reading.blank(reading.arrange(x))
    gates = (rows(x) @ W + b[:, None, :]).reshape(4, T, B, H)
    h, c = np.empty((2, T + 1, B, H), dtype=gates.dtype)
    h[0] = initial_state(h0)
    c[0] = initial_state(c0)
    with np.errstate(over="ignore"):
        for t in range(T):
            gates[:, t] += h[t] @ U
            h[t + 1] = _cell(gates[:, t], c[t], P, c[t + 1])
            if reading.ended is not None:
                np.copyto(h[t + 1], h[t], where=reading.ended[t])
                np.copyto(c[t + 1], c[t], where=reading.ended[t])
    output = reading.arrange(reading.blank(h[1:])), h[T].copy(), c[T].copy()
    return output, SequenceCache(x, W, U, P, gates, h, c, reading)


def lstm_backward(dh: Array, dh_last: Array | None, dc_last: Array | None, cache: SequenceCache) -> Gradients:
    """Backpropagation through time; dh: (T, B, H) for the states, dh_last and dc_last: (B, H) or None."""
    x, W, U, P, gates, h, c, reading = cache
    dh, carried_h, carried_c = arriving_states(dh, {"dh_last": dh_last, "dc_last": dc_last}, h)
    dh = reading.blank(reading.arrange(dh))
    dz = np.empty_like(gates)
    U_T = transposed(U)
    for t in reversed(range(len(x))):
        dh_t, dc_t = dh[t] + carried_h, carried_c
        carried_c = _cell_backward(dh_t, dc_t, gates[:, t], c[t], c[t + 1], P, out=dz[:, t])
        if reading.ended is not None:
            dz[:, t] *= ~reading.ended[t]
            carried_c = np.where(reading.ended[t], dc_t, carried_c)
        carried_h = (dz[:, t] @ U_T).sum(axis=0)
        if reading.ended is not None:
            carried_h = np.where(reading.ended[t], dh_t, carried_h)
    flat = dz.reshape(4, -1, dz.shape[-1])
    gradients = {
        "x": reading.arrange((flat @ transposed(W)).sum(axis=0).reshape(x.shape)),
        "h0": carried_h,
        "c0": carried_c,
        "W": rows(x).T @ flat,
        "U": rows(h[:-1]).T @ flat,
        "b": flat.sum(axis=1),
    }
    return gradients if P is None else {**gradients, "P": _peephole_gradient(flat, rows(c[:-1]), rows(c[1:]))}


def _weights(W: Array, U: Array, b: Array, P: Array | None) -> dict[str, tuple[Array | None, str]]:
    return {"W": (W, "4 I H"), "U": (U, "4 H H"), "b": (b, "4 H"), "P": (P, "3 H")}


def _cell(z: Array, c: Array, P: Array | None, c_new: Array) -> Array:
    """h'; z (4, B, H), what flows into the gates, becomes the gates themselves, and c_new the new cell.

    The equations above, done in place: i, f, o = σ(z), g = tanh(z), c' = f ⊙ c + i ⊙ g, h' = o ⊙ tanh(c').
    """
    i, f, o, g = z
    np.tanh(g, out=g)
    if P is None:
        squash(z[:3])
    else:
        z[:2] += P[:2, None] * c
        squash(z[:2])
    np.multiply(f, c, out=c_new)
    c_new += i * g
    if P is not None:
        o += P[2] * c_new
        squash(o)
    h_new: Array = np.tanh(c_new)
    h_new *= o
    return h_new


def _cell_backward(dh: Array, dc: Array, gates: Array, c: Array, c_new: Array, P: Array | None, out: Array) -> Array:
    """The gradient of the old cell c; that of what flowed into the gates goes into `out` (4, B, H)."""
    i, f, o, g = gates
    dz_i, dz_f, dz_o, dz_g = out
    np.subtract(1, gates[:3], out=out[:3])
    out[:3] *= gates[:3]  # σ' = σ(1 − σ) of i, f and o
    tanh_c = np.tanh(c_new)
    dz_o *= dh * tanh_c
    dc = dc + dh * o * (1 - tanh_c**2)
    if P is not None:
        dc += dz_o * P[2]  # o looked at c', so this must come before the other gates
    dz_i *= dc * g
    dz_f *= dc * c
    np.multiply(dc * i, 1 - g**2, out=dz_g)
    dc *= f
    if P is not None:
        dc += dz_i * P[0] + dz_f * P[1]
    return dc


def _peephole_gradient(dz: Array, c: Array, c_new: Array) -> Array:
    return np.stack([(dz[0] * c).sum(axis=0), (dz[1] * c).sum(axis=0), (dz[2] * c_new).sum(axis=0)])
