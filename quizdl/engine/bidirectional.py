"""Two recurrent layers over one sequence, one reading ahead and one back (Schuster & Paliwal 1997).

Each direction has parameters of its own, given as a dict by the layer's argument names: {"W": …, "U": …, "b": …}, and,
as wanted, h0, c0, P, b_h. The layer is named: "rnn", "lstm" or "gru".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.arrays import Array, Gradients, real
from quizdl.engine.errors import one_of
from quizdl.engine.gru import gru_backward, gru_forward
from quizdl.engine.lstm import lstm_backward, lstm_forward
from quizdl.engine.recurrent import rnn_backward, rnn_forward

Layer: TypeAlias = Literal["rnn", "lstm", "gru"]
Merge: TypeAlias = Literal["concat", "sum"]


class _Kind(NamedTuple):
    forward: Callable[..., tuple[Any, Any]]
    backward: Callable[..., Gradients]
    initial: tuple[str, ...]


_KINDS: dict[Layer, _Kind] = {
    "rnn": _Kind(rnn_forward, rnn_backward, ("h0",)),
    "lstm": _Kind(lstm_forward, lstm_backward, ("h0", "c0")),
    "gru": _Kind(gru_forward, gru_backward, ("h0",)),
}


def bidirectional_forward(
    layer: Layer,
    x: Array,
    ahead: Mapping[str, Array],
    back: Mapping[str, Array],
    *,
    lengths: ArrayLike | None = None,
    merge: Merge = "concat",
    **options: Any,
) -> tuple[tuple[Array, tuple[Array, ...], tuple[Array, ...]], tuple[Any, ...]]:
    """The states of both directions at the same time t, side by side: (T, B, 2H), or added: (T, B, H).

    Then the last states of each direction; those of the one reading back belong to time 0. x: (T, B, I). Only the valid
    part of a sequence is read backwards. `options` are the layer's own (reset_after, z_keeps). Twice the layer's cost.
    """
    one_of("layer", layer, tuple(_KINDS))
    one_of("merge", merge, ("concat", "sum"))
    kind = _KINDS[layer]
    absent = dict.fromkeys(kind.initial)
    (h_f, *last_f), cache_f = kind.forward(x, **{**absent, **ahead}, lengths=lengths, **options)
    (h_b, *last_b), cache_b = kind.forward(x, **{**absent, **back}, lengths=lengths, reverse=True, **options)
    h = np.concatenate([h_f, h_b], axis=-1) if merge == "concat" else h_f + h_b
    return (h, tuple(last_f), tuple(last_b)), (layer, cache_f, cache_b, merge)


def bidirectional_backward(
    dh: Array, dlast_ahead: tuple[Array, ...] | None, dlast_back: tuple[Array, ...] | None, cache: tuple[Any, ...]
) -> dict[str, Any]:
    """The gradient of x, where both directions meet, and those of `ahead` and `back`, each a dict by parameter."""
    layer, cache_f, cache_b, merge = cache
    kind = _KINDS[layer]
    nothing = (None,) * len(kind.initial)
    dh_f, dh_b = np.split(real(dh, "dh"), 2, axis=-1) if merge == "concat" else (dh, dh)
    ahead = kind.backward(dh_f, *(dlast_ahead or nothing), cache_f)
    back = kind.backward(dh_b, *(dlast_back or nothing), cache_b)
    return {"x": ahead.pop("x") + back.pop("x"), "ahead": ahead, "back": back}
