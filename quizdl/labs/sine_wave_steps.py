"""A trained recurrent layer used step by step: reading a beginning, then drawing on from its own outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from quizdl.engine.gru import gru_step_forward
from quizdl.engine.lstm import lstm_step_forward
from quizdl.engine.recurrent import rnn_step_forward
from quizdl.labs.core import Array

STEPS: dict[str, Any] = {"rnn": rnn_step_forward, "lstm": lstm_step_forward, "gru": gru_step_forward}

States = tuple[Array, ...]
"""h, and for an LSTM c, (B, H) each."""


def step(layer: str, x: Array, states: States, p: Mapping[str, Array]) -> States:
    """One step of the engine's layer: x (B, 1), h (and c) (B, H) → the new ones."""
    new, _ = STEPS[layer](x, *states, p["W"], p["U"], p["b"])
    return new if isinstance(new, tuple) else (new,)


def read(layer: str, beginning: Array, p: Mapping[str, Array]) -> list[States]:
    """The states before a beginning (T, B, 1), all zeros, and then after each of its values: T + 1 of them."""
    states: States = (np.zeros((beginning.shape[1], p["U"].shape[-1]), beginning.dtype),) * (1 + (layer == "lstm"))
    found = [states]
    for x in beginning:
        found.append(step(layer, x, found[-1], p))
    return found


def foretold(states: States, p: Mapping[str, Array]) -> Array:
    """ŷ = h V + c, (B, 1)."""
    return np.asarray(states[0] @ p["V"] + p["c"])


def draw_on(layer: str, states: States, p: Mapping[str, Array], horizon: int) -> Array:
    """(horizon, B, 1): each value that the network foretells is the next one that it reads."""
    drawn = [foretold(states, p)]
    for _ in range(horizon - 1):
        states = step(layer, drawn[-1], states, p)
        drawn.append(foretold(states, p))
    return np.stack(drawn)
