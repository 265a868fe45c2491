"""Truncated backpropagation through time (Williams & Peng 1990): the state goes on, its gradient stops every k steps.

The forward is the layer's own, in pieces of k steps, each beginning with the last state of the piece before. The
backward goes through each piece alone: to what a state before the cut did, nothing flows back. With k ≥ T it is full
BPTT. A pass costs what the layer costs; going back, only k steps would have to be kept at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.arrays import Array, Gradients, Sizes, arriving, checked, whole
from quizdl.engine.bidirectional import Layer
from quizdl.engine.errors import RangeError
from quizdl.engine.parameters import fitted
from quizdl.engine.stacked import Kind, kind_of, only_known_states


class Pieces(NamedTuple):
    """The layer, each piece's cache in the order of time, k, and the shape of h; which initial states were given."""

    kind: Kind
    caches: list[Any]
    k: int
    shape: tuple[int, ...]
    given: tuple[str, ...]


def truncated_forward(
    x: Array,
    p: Mapping[str, Array],
    h0: Array | None = None,
    c0: Array | None = None,
    *,
    layer: Layer,
    k: int,
    lengths: ArrayLike | None = None,
    **conventions: Any,
) -> tuple[tuple[Array, ...], Pieces]:
    """All states h (T, B, H) and the last ones, h_last (and c_last), (B, H): what the layer itself gives.

    x: (T, B, I); p: the layer's parameters, "W", "U", "b" (and "P" or "b_h"); k ≥ 1, the steps between two cuts.
    `conventions` are the layer's own (reset_after, z_keeps).
    """
    kind = kind_of(layer)
    sizes: Sizes = {}
    p = fitted(p, kind.shapes("I"), sizes, optional=tuple(kind.optional))
    only_known_states(kind, layer, c0)
    x, h0, c0 = checked(sizes, x=(x, "T B I"), h0=(h0, "B H"), c0=(c0, "B H"))
    k, T = _steps(k), len(x)
    ends = None if lengths is None else whole("lengths", lengths, "B", sizes, below=T + 1)
    last = dict(zip(kind.states, (h0, c0), strict=False))
    given = tuple(name for name, state in last.items() if state is not None)
    states, caches = [], []
    for start in range(0, T, k):
        piece = x[start : start + k]
        rest = None if ends is None else np.clip(ends - start, 0, len(piece))
        (h, *after), cache = kind.forward(piece, **last, **p, lengths=rest, **conventions)
        last = dict(zip(kind.states, after, strict=True))
        states.append(h)
        caches.append(cache)
    h = np.concatenate(states)
    return (h, *last.values()), Pieces(kind, caches, k, h.shape, given)


def truncated_backward(dh: Array | None, *d_last_and_cache: Any) -> Gradients:
    """The sum over the pieces of what the layer's own backward gives in each; h0 and c0 hear of the first piece alone.

    truncated_backward(dh, dh_last, cache), or (dh, dh_last, dc_last, cache) for an LSTM; None where nothing arrives.
    """
    *d_last, pieces = d_last_and_cache
    kind, caches, k, shape, given = pieces
    dh = None if dh is None else arriving(dh, shape, "dh")
    cut = (None,) * len(kind.states)
    found: list[Gradients] = []
    for number, cache in enumerate(caches):
        dh_piece = None if dh is None else dh[number * k : (number + 1) * k]
        arrived = d_last if number == len(caches) - 1 else cut
        found.append(kind.backward(dh_piece, *arrived, cache))
    initial = {name: found[0][name] for name in given}
    weights = [name for name in found[0] if name != "x" and name not in kind.states]
    return {
        "x": np.concatenate([gradients["x"] for gradients in found]),
        **initial,
        **{name: np.sum([gradients[name] for gradients in found], axis=0) for name in weights},
    }


def _steps(k: int) -> int:
    k = int(whole("k", k, ""))
    if k < 1:
        raise RangeError("k", f"1 以上のステップ数が必要ですが、{k} です", f"expected at least 1 step, found {k}")
    return k
