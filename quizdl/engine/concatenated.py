"""The recurrent step in its concatenated form: one matrix for [h, x], and the LSTM's gates side by side in columns.

    h' = tanh([h, x] W + b)
    z  = [h, x] W + b,   i, f, o = σ(z_i), σ(z_f), σ(z_o),   g = tanh(z_g),   c' = f ⊙ c + i ⊙ g,   h' = o ⊙ tanh(c')

W is (H + I, H) for the simple network and (H + I, 4H) for the LSTM. In which order the gates stand side by side is a
convention: "ifog" (the gates-first form of `lstm.py`), "gifo" (courses that write a, i, f, o), "ifgo" (PyTorch). So is
what comes first: `first="h"` for [h, x], `first="x"` for [x, h].
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from quizdl.engine.activations import sigmoid
from quizdl.engine.arrays import Array, Cache, Gradients, Sizes, alike, arriving, checked
from quizdl.engine.errors import RangeError, ShapeError

First: TypeAlias = Literal["h", "x"]

GATES = "ifog"
"""The gates-first form's order."""

COURSE = "gifo"
"""The order of courses and examinations that split into a, i, f, o; their a is g."""


class StepCache(NamedTuple):
    """The two halves joined, how wide the first is and which, W, the gates by letter and their order, c and tanh c'."""

    joined: Array
    H: int
    first: First
    W: Array
    gates: dict[str, Array]
    order: str
    c: Array
    tanh_c: Array


def rnn_concatenated_step_forward(x: Array, h: Array, W: Array, b: Array, *, first: First = "h") -> tuple[Array, Cache]:
    """h' = tanh([h, x] W + b); x: (B, I), h: (B, H), W: (H + I, H), b: (H,) → (B, H). O(B·H·(H + I))."""
    sizes: Sizes = {}
    x, h = checked(sizes, x=(x, "B I"), h=(h, "B H"))
    sizes["H+I"] = sizes["H"] + sizes["I"]
    W, b = checked(sizes, W=(W, "H+I H"), b=(b, "H"))
    joined = _join(x, h, first)
    y = np.tanh(joined @ W + b)
    return y, (joined, sizes["H"], first, W, y)


def rnn_concatenated_step_backward(dy: Array, cache: Cache) -> Gradients:
    """da = (1 − h'²) ⊙ dy; d[h, x] = da Wᵀ falls apart into dh and dx."""
    joined, H, first, W, y = cache
    da = arriving(dy, y.shape) * (1 - y**2)
    return {**_part(da @ W.T, H, first), "W": joined.T @ da, "b": da.sum(axis=0)}


def lstm_concatenated_step_forward(
    x: Array, h: Array, c: Array, W: Array, b: Array, *, order: str = GATES, first: First = "h"
) -> tuple[tuple[Array, Array], StepCache]:
    """h', c' (B, H) after one step; x: (B, I), h, c: (B, H), W: (H + I, 4H), b: (4H,). O(B·4H·(H + I)).

    order: the letters i, f, o, g as the blocks of H columns stand in W.
    """
    sizes: Sizes = {}
    x, h, c = checked(sizes, x=(x, "B I"), h=(h, "B H"), c=(c, "B H"))
    sizes["H+I"], sizes["4H"] = sizes["H"] + sizes["I"], 4 * sizes["H"]
    W, b = checked(sizes, W=(W, "H+I 4H"), b=(b, "4H"))
    joined = _join(x, h, first)
    z = dict(zip(_ordered(order), np.split(joined @ W + b, 4, axis=1), strict=True))
    gates = {name: np.tanh(part) if name == "g" else sigmoid(part) for name, part in z.items()}
    c_new = gates["f"] * c + gates["i"] * gates["g"]
    tanh_c = np.tanh(c_new)
    cache = StepCache(joined, sizes["H"], first, W, gates, order, c, tanh_c)
    return (gates["o"] * tanh_c, c_new), cache


def lstm_concatenated_step_backward(dh: Array | None, dc: Array | None, cache: StepCache) -> Gradients:
    """Gradients of x, h, c, W and b from those of h' and c'; None where nothing arrives."""
    joined, H, first, W, gates, order, c, tanh_c = cache
    i, f, o, g = (gates[name] for name in GATES)
    dh = np.zeros_like(c) if dh is None else arriving(dh, c.shape, "dh")
    dc = np.zeros_like(c) if dc is None else arriving(dc, c.shape, "dc")
    dc = dc + dh * o * (1 - tanh_c**2)
    dz = {
        "i": dc * g * i * (1 - i),
        "f": dc * c * f * (1 - f),
        "o": dh * tanh_c * o * (1 - o),
        "g": dc * i * (1 - g**2),
    }
    side_by_side = np.concatenate([dz[name] for name in order], axis=1)
    return {
        **_part(side_by_side @ W.T, H, first),
        "c": dc * f,
        "W": joined.T @ side_by_side,
        "b": side_by_side.sum(axis=0),
    }


def concatenated_weights(
    W: Array, U: Array, b: Array, *, order: str = GATES, first: First = "h"
) -> tuple[Array, Array]:
    """The LSTM's W (4, I, H), U (4, H, H), b (4, H), gates i, f, o, g → W (H + I, 4H), b (4H,)."""
    W, U, b = checked(W=(W, "4 I H"), U=(U, "4 H H"), b=(b, "4 H"))
    numbers = [GATES.index(name) for name in _ordered(order)]
    both = np.concatenate([U, W] if _of_two(first) == "h" else [W, U], axis=1)[numbers]
    return np.concatenate(list(both), axis=1), b[numbers].ravel()


def gates_first_weights(W: Array, b: Array, *, order: str = GATES, first: First = "h") -> tuple[Array, Array, Array]:
    """The LSTM's W (H + I, 4H), b (4H,) → W (4, I, H), U (4, H, H), b (4, H), gates i, f, o, g."""
    W, b = checked(W=(W, "H+I 4H"), b=(b, "4H"))
    H, rest = divmod(len(b), 4)
    if rest or len(W) <= H:
        raise ShapeError("W", f"形 (H+I, 4H) が必要ですが、{W.shape} です", f"expected (H+I, 4H), found {W.shape}")
    numbers = [_ordered(order).index(name) for name in GATES]
    gates = np.stack(np.split(W, 4, axis=1))[numbers]
    U, W = (gates[:, :H], gates[:, H:]) if _of_two(first) == "h" else (gates[:, -H:], gates[:, :-H])
    return W, U, b.reshape(4, H)[numbers]


def rnn_concatenated_weights(W: Array, U: Array, b: Array, *, first: First = "h") -> tuple[Array, Array]:
    """The simple network's W (I, H), U (H, H), b (H,) → W (H + I, H), b (H,)."""
    W, U, b = checked(W=(W, "I H"), U=(U, "H H"), b=(b, "H"))
    return np.concatenate([U, W] if _of_two(first) == "h" else [W, U]), b


def rnn_separate_weights(W: Array, b: Array, *, first: First = "h") -> tuple[Array, Array, Array]:
    """The simple network's W (H + I, H), b (H,) → W (I, H), U (H, H), b (H,)."""
    W, b = checked(W=(W, "H+I H"), b=(b, "H"))
    H = len(b)
    if len(W) <= H:
        raise ShapeError("W", f"形 (H+I, H) が必要ですが、{W.shape} です", f"expected (H+I, H), found {W.shape}")
    return (W[H:], W[:H], b) if _of_two(first) == "h" else (W[:-H], W[-H:], b)


def _join(x: Array, h: Array, first: First) -> Array:
    x, h = alike(x, h)
    return np.concatenate([h, x] if _of_two(first) == "h" else [x, h], axis=1)


def _part(d_joined: Array, H: int, first: First) -> Gradients:
    """The gradient of [h, x] or [x, h] as those of x and h."""
    if first == "h":
        return {"x": d_joined[:, H:], "h": d_joined[:, :H]}
    return {"x": d_joined[:, :-H], "h": d_joined[:, -H:]}


def _ordered(order: str) -> str:
    if sorted(str(order)) != sorted(GATES):
        raise RangeError(
            "order",
            f"i, f, o, g を 1 つずつ並べてください: {order!r}",
            f"expected i, f, o, g once each, found {order!r}",
        )
    return order


def _of_two(first: First) -> First:
    if first not in ("h", "x"):
        raise RangeError("first", f"h か x が必要ですが、{first!r} です", f"expected h or x, found {first!r}")
    return first
