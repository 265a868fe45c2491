"""Networks that are deep in time or in layers, and how long the gradient is at each of their states.

    in time     h_t = f(x_t W + h_{t−1} U + b)      dL/dh_{t−1} = (f′ ⊙ dL/dh_t) Uᵀ, T − 1 times over
    in depth    h_k = f(h_{k−1}) W_k + b_k          dL/dh_{k−1} = f′ ⊙ (dL/dh_k W_kᵀ), D − 1 times over

Both are long products. Whether they vanish or explode is decided by f′ (at most ¼ for the sigmoid, 1 for tanh and ReLU)
and by the size of the weights. A residual h_k = h_{k−1} + f(…) and an LSTM's c_t = f ⊙ c_{t−1} + … put a sum where the
product was: then dL/dh_{k−1} = dL/dh_k + …, and dL/dc_{t−1} = f ⊙ dL/dc_t + ….
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from quizdl.engine.activations import relu_forward, sigmoid_forward, tanh_forward
from quizdl.engine.affine import affine_forward
from quizdl.engine.gru import gru_step_forward
from quizdl.engine.initialisers import he_normal, xavier_normal
from quizdl.engine.lstm import lstm_step_forward
from quizdl.engine.normalisation import batch_norm_forward
from quizdl.engine.tape import Recording, Value, Values, apply, constant, one, recorded
from quizdl.labs.core import Array
from quizdl.text import Text, same

ACTIVATIONS = {"sigmoid": sigmoid_forward, "tanh": tanh_forward, "relu": relu_forward}
INITS = ("xavier", "he", "small", "normal")
"""N(0, 1/H), N(0, 2/H), N(0, 0.01²) and N(0, 1) for H × H weights."""

_INPUTS = 8


class InTime(NamedTuple):
    """A network that is unrolled over T steps; `layer` is an activation's name, "gru" or "lstm"."""

    name: Text
    layer: str
    gates: int = 0


IN_TIME = {
    "rnn_sigmoid": InTime(same("RNN sigmoid"), "sigmoid"),
    "rnn_tanh": InTime(same("RNN tanh"), "tanh"),
    "rnn_relu": InTime(same("RNN ReLU"), "relu"),
    "gru": InTime(same("GRU"), "gru", 3),
    "lstm": InTime(Text("LSTM（忘却バイアス 0）", "LSTM, forget bias 0"), "lstm", 4),
    "lstm_open": InTime(Text("LSTM（忘却ゲートを開く）", "LSTM, forget gate open"), "lstm", 4),
}

IN_DEPTH = {
    "plain": Text("そのまま", "plain"),
    "batch_norm": Text("バッチ正規化", "batch norm"),
    "residual": Text("残差接続", "residual"),
    "residual_bn": Text("残差接続+BN", "residual + BN"),
}


def initial_in_time(
    rng: np.random.Generator, network: InTime, hidden_size: int, scale: float, forget_bias: float
) -> dict[str, Array]:
    """U ~ N(0, scale²/H), whose eigenvalues lie in a disc of radius `scale`; W ~ N(0, 1/I); only f has a bias."""
    gates = (network.gates,) if network.gates else ()
    p = {
        "W": rng.standard_normal((*gates, _INPUTS, hidden_size)) / math.sqrt(_INPUTS),
        "U": scale * rng.standard_normal((*gates, hidden_size, hidden_size)) / math.sqrt(hidden_size),
        "b": np.zeros((*gates, hidden_size)),
    }
    if network.layer == "lstm":
        p["b"][1] = forget_bias
    return p


def inputs_in_time(rng: np.random.Generator, length: int, batch: int) -> Array:
    """x (T, B, I), N(0, 1)."""
    return rng.standard_normal((length, batch, _INPUTS))


def unrolled(x: Value, p: Values, layer: str) -> tuple[Value, ...]:
    """h_1, …, h_T and, of an LSTM, c_1, …, c_T too, each (B, H)."""
    h = c = constant(x, np.zeros((x.shape[1], p["U"].shape[-1])))
    states, cells = [], []
    for t in range(len(x)):
        if layer == "lstm":
            h, c = apply(lstm_step_forward, x=x[t], h=h, c=c, W=p["W"], U=p["U"], b=p["b"])
            cells.append(c)
        elif layer == "gru":
            h = one(apply(gru_step_forward, x=x[t], h=h, W=p["W"], U=p["U"], b=p["b"]))
        else:
            a = one(apply(affine_forward, x=x[t], W=p["W"], b=p["b"])) + h @ p["U"]
            h = one(apply(ACTIVATIONS[layer], x=a))
        states.append(h)
    return (*states, *cells)


class Backward(NamedTuple):
    """‖dL/dstate_t‖ for t = 1 … T, and the gradient of each parameter."""

    norms: Array
    gradients: dict[str, Array]


def through_time(network: InTime, x: Array, p: Mapping[str, Array], above: Array) -> Backward:
    """BPTT for L = Σ above ⊙ h_T, a loss at the last step alone. The state of an LSTM is h and c together.

    The tape knows the gradient of every value that it passed, not of the parameters alone.
    """
    _, recording = recorded(unrolled, x=x, p=p, options={"layer": network.layer})
    found = recording.tape.backward([(recording.outputs[len(x) - 1], above)])
    norms = _norms(recording.outputs, found).reshape(-1, len(x))
    gradients = {name: found[id(w)] for name, w in recording.watched["p"].items() if id(w) in found}
    return Backward(np.hypot.reduce(norms, axis=0), gradients)


class Rings(NamedTuple):
    """Points x (N, 2) and whether each lies in the disc (0) or in the ring around it (1), t (N,)."""

    x: Array
    t: NDArray[np.intp]


def rings(rng: np.random.Generator, count: int) -> Rings:
    """A disc of radius 0.8 and a ring from 1.2 to 2: no line parts them, one hidden layer does."""
    t = rng.integers(0, 2, count)
    radius = np.where(t == 0, rng.uniform(0, 0.8, count), rng.uniform(1.2, 2, count))
    angle = rng.uniform(0, 2 * np.pi, count)
    return Rings(np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1), t)


def weights_of(rng: np.random.Generator, init: str, shape: tuple[int, int]) -> Array:
    """Initial weights of one of the INITS."""
    if init == "xavier":
        return xavier_normal(rng, shape)
    if init == "he":
        return he_normal(rng, shape)
    return (0.01 if init == "small" else 1.0) * rng.standard_normal(shape)


def initial_in_depth(
    rng: np.random.Generator, depth: int, hidden_size: int, init: str, *, normalised: bool
) -> dict[str, Array]:
    """Two inputs, `depth` hidden layers 0, 1, …, two classes; γ and β where there is batch normalisation."""
    sizes = [2] + [hidden_size] * depth
    p: dict[str, Array] = {}
    for k in range(depth):
        p[f"{k}.W"] = weights_of(rng, init if k else "he", (sizes[k], hidden_size))
        p[f"{k}.b"] = np.zeros(hidden_size)
        if normalised:
            p[f"{k}.gamma"], p[f"{k}.beta"] = np.ones(hidden_size), np.zeros(hidden_size)
    return p | {"out.W": xavier_normal(rng, (hidden_size, 2)), "out.b": np.zeros(2)}


def stacked_layers(x: Value, p: Values, architecture: str, activation: str) -> tuple[Value, ...]:
    """The logits (B, 2), then h_1, …, h_D (B, H).

    h_1 = xW_1 + b_1, then h_k = f(h_{k−1})W_k + b_k, with batch normalisation f(BN(h_{k−1})). The sum of a residual
    connection is the very last thing, so that h_{k−1} goes through unchanged (He et al. 2016b).
    """
    h, states = one(apply(affine_forward, x=x, W=p["0.W"], b=p["0.b"])), []
    while True:
        states.append(h)
        k = len(states)
        gamma, beta = p.get(f"{k - 1}.gamma"), p.get(f"{k - 1}.beta")
        z = h if gamma is None else one(apply(batch_norm_forward, x=h, gamma=gamma, beta=beta))
        y = one(apply(ACTIVATIONS[activation], x=z))
        if f"{k}.W" not in p:
            return (one(apply(affine_forward, x=y, W=p["out.W"], b=p["out.b"])), *states)
        y = one(apply(affine_forward, x=y, W=p[f"{k}.W"], b=p[f"{k}.b"]))
        h = h + y if architecture.startswith("residual") else y


def norms_in_depth(recording: Recording, d_logits: Array) -> Array:
    """‖dL/dh_k‖ for k = 1 … D, from the gradient of the logits; `recording` is that of `stacked_layers`."""
    logits, *states = recording.outputs
    return _norms(states, recording.tape.backward([(logits, d_logits)]))


def _norms(values: Sequence[Value], gradients: Mapping[int, Any]) -> Array:
    """The norm of each value's gradient over all its entries; 0 where none arrives."""
    return np.array([_norm(gradients[id(value)]) if id(value) in gradients else 0.0 for value in values])


def _norm(g: Array) -> float:
    """‖g‖, also where the squares of its entries would be too small or too large for a float."""
    greatest = float(np.abs(g).max())
    return greatest * float(np.linalg.norm(g / greatest)) if 0 < greatest < math.inf else greatest
