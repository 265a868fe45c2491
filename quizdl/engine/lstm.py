"""Long short-term memory (Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000; peepholes: Gers et al. 2002).

    i, f, o = σ(x W + h U + b)        g = tanh(x W + h U + b)
    c' = f ⊙ c + i ⊙ g                h' = o ⊙ tanh(c')

Shapes: x (T, B, I) or, for a step, (B, I); h, c (B, H); W (4, I, H); U (4, H, H); b (4, H); the gates are i, f, o, g.
Peepholes P (3, H) for i, f, o are diagonal: i and f look at the old cell c, o at the new one c'.
A pass is O(T·B·4H·(I + H)).

The step functions are the equations as they stand. The sequence functions compute the same with fewer and larger
operations: x W + h U + b is one product, of [x, h, 1] with W, U and b stacked; one product over all steps then gives
dW, dU and db, one dx; and in the backward the gates stand side by side, so that one product sums over them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.arrays import Array, Gradients, checked, rows, transposed
from quizdl.engine.sequences import ONE, Reading, arriving_states, gradient_or_zero, initial_state, squash

BLOCK_BYTES = 2**18
"""How much of the gates the backward prepares at a time: what stays in the cache."""


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
    """[x, h, 1] of each step (T, B, I + H + 1), x as it was read; gates (T, 4, B, H); c (T + 1, B, H) with c0."""

    joined: Array
    W: Array
    U: Array
    P: Array | None
    gates: Array
    c: Array
    reading: Reading


def lstm_step_forward(
    x: Array, h: Array, c: Array, W: Array, U: Array, b: Array, P: Array | None = None
) -> tuple[tuple[Array, Array], StepCache]:
    """h', c' (B, H) after one step."""
    x, h, c, W, U, b, P = checked(x=(x, "B I"), h=(h, "B H"), c=(c, "B H"), **_weights(W, U, b, P))
    z = x @ W + h @ U + b[:, None, :]
    gates, c_new, h_new = np.empty_like(z), np.empty_like(c), np.empty_like(c)
    with np.errstate(over="ignore"):
        _cell(z, c, P, gates, c_new, h_new)
    return (h_new, c_new), StepCache(x, h, c, W, U, P, gates, c_new)


def lstm_step_backward(dh: Array | None, dc: Array | None, cache: StepCache) -> Gradients:
    """Gradients of x, h, c, W, U, b (and P) from those of h' and c'; None where nothing arrives."""
    x, h, c, W, U, P, gates, c_new = cache
    dh = gradient_or_zero(dh, c, "dh")
    dc = gradient_or_zero(dc, c, "dc")
    dz, slope = _slopes(gates[None], c[None], c_new[None])
    dz = dz[0]
    dc = _cell_backward(dh, dc, dz, slope[0], gates[1], P)
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
    (T, B, inputs), H = x.shape, U.shape[-1]
    reading = Reading(T, B, lengths, reverse)
    joined = np.empty((T, B, inputs + H + 1), dtype=np.result_type(x))
    joined[:, :, -1] = 1
    joined[:, :, :inputs] = reading.blank(reading.arrange(x))
    weights = np.concatenate([W, U, b[:, None, :]], axis=1)
    z, gates = np.empty((4, B, H), dtype=joined.dtype), np.empty((T, 4, B, H), dtype=joined.dtype)
    h, c = np.empty((2, T + 1, B, H), dtype=joined.dtype)
    h[0] = initial_state(h0)
    c[0] = initial_state(c0)
    with np.errstate(over="ignore"):
        for t in range(T):
            joined[t, :, inputs:-1] = h[t]
            np.matmul(joined[t], weights, out=z)
            _cell(z, c[t], P, gates[t], c[t + 1], h[t + 1])
            if reading.ended is not None:
                np.copyto(h[t + 1], h[t], where=reading.ended[t])
                np.copyto(c[t + 1], c[t], where=reading.ended[t])
    output = reading.arrange(reading.blank(h[1:])), h[T].copy(), c[T].copy()
    return output, SequenceCache(joined, W, U, P, gates, c, reading)


def lstm_backward(dh: Array, dh_last: Array | None, dc_last: Array | None, cache: SequenceCache) -> Gradients:
    """Backpropagation through time; dh: (T, B, H) for the states, dh_last and dc_last: (B, H) or None."""
    joined, W, U, P, gates, c, reading = cache
    T, _, B, H = gates.shape
    inputs = W.shape[1]
    dh, carried_h, carried_c = arriving_states(dh, {"dh_last": dh_last, "dc_last": dc_last}, c)
    dh = reading.blank(reading.arrange(dh))
    flat = np.empty((T, B, 4 * H), dtype=gates.dtype)
    U_T = transposed(_side_by_side(U))
    for t, dz, slope in _slopes_backwards(gates, c):
        dh_t, dc_t = dh[t] + carried_h, carried_c
        carried_c = _cell_backward(dh_t, dc_t, dz, slope, gates[t, 1], P)
        if reading.ended is not None:
            dz *= ~reading.ended[t]
            carried_c = np.where(reading.ended[t], dc_t, carried_c)
        flat[t].reshape(B, 4, H)[...] = dz.swapaxes(0, 1)
        carried_h = flat[t] @ U_T
        if reading.ended is not None:
            carried_h = np.where(reading.ended[t], dh_t, carried_h)
    weights = (rows(joined).T @ rows(flat)).reshape(-1, 4, H).swapaxes(0, 1)
    gradients = {
        "x": reading.arrange((rows(flat) @ transposed(_side_by_side(W))).reshape(T, B, inputs)),
        "h0": carried_h,
        "c0": carried_c,
        "W": weights[:, :inputs],
        "U": weights[:, inputs:-1],
        "b": weights[:, -1],
    }
    if P is None:
        return gradients
    return {**gradients, "P": _peephole_gradient(flat.reshape(-1, 4, H).swapaxes(0, 1), rows(c[:-1]), rows(c[1:]))}


def _weights(W: Array, U: Array, b: Array, P: Array | None) -> dict[str, tuple[Array | None, str]]:
    return {"W": (W, "4 I H"), "U": (U, "4 H H"), "b": (b, "4 H"), "P": (P, "3 H")}


def _side_by_side(W: Array) -> Array:
    """(4, I, H) → (I, 4H)."""
    return W.swapaxes(0, 1).reshape(W.shape[1], -1)


def _cell(z: Array, c: Array, P: Array | None, gates: Array, c_new: Array, h_new: Array) -> None:
    """Fills gates (4, B, H), c_new and h_new (B, H) from z (4, B, H), which flows into the gates and is used up.

    The equations above: i, f, o = σ(z), g = tanh(z), c' = f ⊙ c + i ⊙ g, h' = o ⊙ tanh(c').
    """
    i, f, o, g = gates
    np.tanh(z[3], out=g)
    if P is None:
        squash(z[:3], out=gates[:3])
    else:
        z[:2] += P[:2, None] * c
        squash(z[:2], out=gates[:2])
    np.multiply(f, c, out=c_new)
    c_new += i * g
    if P is not None:
        z[2] += P[2] * c_new
        squash(z[2], out=o)
    np.tanh(c_new, out=h_new)
    h_new *= o


def _slopes_backwards(gates: Array, c: Array) -> Iterator[tuple[int, Array, Array]]:
    """Each step t, from the last to the first, with its `_slopes`: of as many steps at a time as stay in the cache."""
    steps = max(1, BLOCK_BYTES // gates[0].nbytes)
    for end in range(len(gates), 0, -steps):
        start = max(0, end - steps)
        dz, slope = _slopes(gates[start:end], c[start:end], c[start + 1 : end + 1])
        yield from zip(reversed(range(start, end)), dz[::-1], slope[::-1], strict=True)


def _slopes(gates: Array, c: Array, c_new: Array) -> tuple[Array, Array]:
    """∂c'/∂z of i, f and g and ∂h'/∂z of o, and ∂h'/∂c' = o ⊙ (1 − tanh² c'): what need not wait for later steps.

    gates (T, 4, B, H); c, c_new (T, B, H) → (T, 4, B, H), (T, B, H).
    """
    slopes, one = np.empty_like(gates), ONE[gates.dtype.char]
    i, _, o, g = gates.swapaxes(0, 1)
    slope_i, slope_f, slope_o, slope_g = slopes.swapaxes(0, 1)
    np.subtract(one, gates[:, :3], out=slopes[:, :3])
    slopes[:, :3] *= gates[:, :3]  # σ' = σ(1 − σ)
    np.subtract(one, g**2, out=slope_g)  # tanh' = 1 − tanh²
    tanh_c = np.tanh(c_new)
    slope_i *= g
    slope_f *= c
    slope_o *= tanh_c
    slope_g *= i
    return slopes, o * (one - tanh_c**2)


def _cell_backward(dh: Array, dc: Array, dz: Array, slope: Array, f: Array, P: Array | None) -> Array:
    """The gradient of the old cell c; dz (4, B, H), the gates' `_slopes` at first, is multiplied by what arrives."""
    dz_i, dz_f, dz_o, dz_g = dz
    dz_o *= dh
    dc = dc + dh * slope
    if P is not None:
        dc += dz_o * P[2]  # o looked at c', so this must come before the other gates
    dz_i *= dc
    dz_f *= dc
    dz_g *= dc
    dc *= f
    if P is not None:
        dc += dz_i * P[0] + dz_f * P[1]
    return dc


def _peephole_gradient(dz: Array, c: Array, c_new: Array) -> Array:
    return np.stack([(dz[0] * c).sum(axis=0), (dz[1] * c).sum(axis=0), (dz[2] * c_new).sum(axis=0)])
