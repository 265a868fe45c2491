"""Recurrent layers one on another: each reads the states of the one below (El Hihi & Bengio 1996; Graves et al. 2013).

    h⁽⁰⁾ = x,   h⁽ᵏ⁾ = layer(h⁽ᵏ⁻¹⁾);   read both ways, the next layer gets [h_ahead; h_back] of the same time

The parameters of layer k are named by the layer's own arguments: "k.W", "k.U", "k.b" (and "k.P" or "k.b_h"), or, where
it reads in both directions, "k.ahead.W", "k.back.W" and so on. The layer is named: "rnn", "lstm" or "gru".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from quizdl.engine.arrays import Array, Sizes, checked
from quizdl.engine.bidirectional import Layer
from quizdl.engine.elementary import concat_forward, stack_forward
from quizdl.engine.errors import RangeError
from quizdl.engine.gru import gru_backward, gru_forward
from quizdl.engine.lstm import lstm_backward, lstm_forward
from quizdl.engine.parameters import fitted, part, replayed_as, width, within
from quizdl.engine.recurrent import rnn_backward, rnn_forward
from quizdl.engine.tape import Recording, Value, Values, apply, one, recorded


class Kind(NamedTuple):
    """A recurrent layer: its pair, how many gates its weights begin with, what else it may have, and its states."""

    forward: Callable[..., tuple[Any, Any]]
    backward: Callable[..., dict[str, Any]]
    gates: int
    optional: Mapping[str, str]
    states: tuple[str, ...]

    def shapes(self, inputs: str, hidden: str = "H") -> dict[str, str]:
        """The weights' shapes in letters, for `checked`; inputs and hidden are the letters of the sizes."""
        gates = f"{self.gates} " if self.gates > 1 else ""
        return {
            "W": f"{gates}{inputs} {hidden}",
            "U": f"{gates}{hidden} {hidden}",
            "b": f"{gates}{hidden}",
            **{name: f"{count} {hidden}" for name, count in self.optional.items()},
        }


KINDS: Mapping[str, Kind] = {
    "rnn": Kind(rnn_forward, rnn_backward, 1, {}, ("h0",)),
    "lstm": Kind(lstm_forward, lstm_backward, 4, {"P": "3"}, ("h0", "c0")),
    "gru": Kind(gru_forward, gru_backward, 3, {"b_h": "3"}, ("h0",)),
}


DIRECTIONS = (("",), ("ahead.", "back."))
"""What stands between a layer's number and its parameters' names, read in one direction or in both."""


def kind_of(layer: str) -> Kind:
    """The layer of this name."""
    if layer not in KINDS:
        known = ", ".join(KINDS)
        raise RangeError("layer", f"{known} のどれかが必要ですが、{layer!r} です", f"expected {known}, found {layer!r}")
    return KINDS[layer]


def only_known_states(kind: Kind, layer: str, c0: Any) -> None:
    """Refuses a cell for a layer that has none, instead of leaving it out in silence."""
    if c0 is not None and "c0" not in kind.states:
        raise RangeError("c0", f"{layer} にはセルがありません", f"a layer of kind {layer} has no cell")


def stacked_forward(
    x: Array,
    p: Mapping[str, Array],
    h0: Array | None = None,
    c0: Array | None = None,
    *,
    layer: Layer,
    bidirectional: bool = False,
    lengths: ArrayLike | None = None,
    **conventions: Any,
) -> tuple[tuple[Array, ...], Recording]:
    """The states of the uppermost layer, (T, B, H) or (T, B, 2H), then the last ones read, h_last (and c_last).

    x: (T, B, I). h0, c0, h_last, c_last: (L, B, H), or (2L, B, H) with layer 0 ahead, layer 0 back, layer 1 ahead, …,
    as in PyTorch; None for zeros. `conventions` are the layer's own (reset_after, z_keeps). O(L·T·B·H·(I + H)).
    """
    kind = kind_of(layer)
    sizes: Sizes = {}
    p = fitted(
        p, stacked_shapes(p, sizes, layer=layer, bidirectional=bidirectional), sizes, optional=tuple(kind.optional)
    )
    sizes["L"] = depth(p) * (2 if bidirectional else 1)
    only_known_states(kind, layer, c0)
    x, h0, c0 = checked(sizes, x=(x, "T B I"), h0=(h0, "L B H"), c0=(c0, "L B H"))
    options = {"layer": layer, "bidirectional": bidirectional, "lengths": lengths, **conventions}
    outputs, cache = recorded(read_through, x=x, p=p, h0=h0, c0=c0, options=options)
    return outputs, cache


def stacked_backward(dh: Array | None, *d_last_and_cache: Any) -> dict[str, Array]:
    """Gradients of x, of each parameter and of the initial states that were given.

    stacked_backward(dh, dh_last, cache), or (dh, dh_last, dc_last, cache) for an LSTM; None where nothing arrives.
    """
    *d_last, cache = d_last_and_cache
    return replayed_as(cache, **dict(zip(("dh", "dh_last", "dc_last"), (dh, *d_last), strict=False)))


def read_through(
    x: Value,
    p: Values,
    h0: Value | None = None,
    c0: Value | None = None,
    *,
    layer: str,
    bidirectional: bool = False,
    lengths: ArrayLike | None = None,
    **conventions: Any,
) -> tuple[Value, ...]:
    """`stacked_forward` on the tape: the uppermost states, then the last ones of each layer, stacked."""
    kind = kind_of(layer)
    initial = dict(zip(kind.states, (h0, c0), strict=False))
    last: list[list[Value]] = []
    for k in range(depth(p)):
        read: list[Value] = []
        for direction in DIRECTIONS[bidirectional]:
            states: dict[str, Any] = {
                name: None if state is None else state[len(last)] for name, state in initial.items()
            }
            weights = part(p, f"{k}.{direction}")
            reverse = direction == "back."
            h, *ends = apply(kind.forward, x=x, **states, **weights, lengths=lengths, reverse=reverse, **conventions)
            read.append(h)
            last.append(ends)
        x = one(apply(concat_forward, parts=read)) if bidirectional else read[0]
    return x, *(one(apply(stack_forward, parts=ends)) for ends in map(list, zip(*last, strict=True)))


def init_stacked(
    rng: np.random.Generator,
    inputs: int,
    H: int,
    *,
    layer: Layer,
    layers: int = 2,
    bidirectional: bool = False,
    dtype: DTypeLike = np.float64,
) -> dict[str, Array]:
    """The weights of all layers, by dotted name."""
    p: dict[str, Array] = {}
    for k in range(layers):
        below = inputs if k == 0 else H * len(DIRECTIONS[bidirectional])
        for direction in DIRECTIONS[bidirectional]:
            weights = init_layer(rng, below, H, layer=layer, dtype=dtype)
            p |= within(f"{k}.{direction}", weights)
    return p


def init_layer(
    rng: np.random.Generator,
    inputs: int,
    H: int,
    *,
    layer: Layer,
    dtype: DTypeLike = np.float64,
) -> dict[str, Array]:
    """One layer's W, U and b, drawn evenly from ±1/√H; an LSTM's forget gates begin open (bias 1: Gers et al. 2000)."""
    gates = (kind_of(layer).gates,) if kind_of(layer).gates > 1 else ()
    bound = 1 / math.sqrt(H)
    shapes = {"W": (*gates, inputs, H), "U": (*gates, H, H), "b": (*gates, H)}
    p = {name: rng.uniform(-bound, bound, shape).astype(dtype) for name, shape in shapes.items()}
    if layer == "lstm":
        p["b"][1] = 1
    return p


def depth(p: Mapping[str, Any]) -> int:
    """How many layers the names of the parameters begin with: "0.", "1.", …"""
    k = 0
    while any(name.startswith(f"{k}.") for name in p):
        k += 1
    return k


def stacked_shapes(
    p: Mapping[str, Any],
    sizes: Sizes,
    *,
    layer: str,
    bidirectional: bool = False,
    layers: int | None = None,
    inputs: str = "I",
) -> dict[str, str]:
    """The shapes of all layers' parameters: the first reads `inputs`, the others H or, from both directions, 2H.

    `layers` is, where it is not given, how many p names; `sizes` is told what 2H is.
    """
    kind = kind_of(layer)
    below = "2H" if bidirectional else "H"
    shapes: dict[str, str] = {}
    for k in range(layers or max(depth(p), 1)):
        for direction in DIRECTIONS[bidirectional]:
            shapes |= within(f"{k}.{direction}", kind.shapes(inputs if k == 0 else below))
    sizes["2H"] = 2 * width(p.get("0.ahead.U" if bidirectional else "0.U"))
    return shapes
