"""RNN, LSTM and GRU: steps and sequences, both directions, ragged lengths, peepholes, the GRU's four conventions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from engine_cases.kinds import Misuse, Parity, Rng, Slope, draw, size
from quizdl.engine.bidirectional import bidirectional_backward, bidirectional_forward
from quizdl.engine.errors import DTypeError, RangeError, ShapeError
from quizdl.engine.gru import gru_backward, gru_forward, gru_step_backward, gru_step_forward
from quizdl.engine.lstm import lstm_backward, lstm_forward, lstm_step_backward, lstm_step_forward
from quizdl.engine.recurrent import rnn_backward, rnn_forward, rnn_step_backward, rnn_step_forward

SIZES = [(1, 1, 1, 1), (1, 3, 2, 5), (5, 1, 3, 1), (4, 3, 2, 5), (7, 4, 1, 3)]
"""(T, B, I, H), with each of them 1 somewhere."""

PYTORCH_LSTM, PYTORCH_GRU = [0, 1, 3, 2], [0, 1, 2]
"""Where PyTorch's gates i, f, g, o and r, z, n stand among ours."""


def lengths_of(T: int, B: int) -> np.ndarray:
    return np.random.RandomState(10 * T + B).randint(1, T + 1, B)


# --- PyTorch's own layers


def layer_weights(suffix: str, order: list[int], W: Any, U: Any, b: Any, b_h: Any = None) -> dict[str, Any]:
    """Weights with the gates first, as PyTorch's layers hold them: stacked in its own order, transposed."""
    b_h = b.new_zeros(b.shape) if b_h is None else b_h
    return {
        f"weight_ih_l0{suffix}": W[order].transpose(1, 2).flatten(0, 1),
        f"weight_hh_l0{suffix}": U[order].transpose(1, 2).flatten(0, 1),
        f"bias_ih_l0{suffix}": b[order].flatten(),
        f"bias_hh_l0{suffix}": b_h[order].flatten(),
    }


def run_layer(torch: Any, layer: Any, parameters: dict[str, Any], x: Any, lengths: Any, state: Any) -> Any:
    """The layer with these tensors as its parameters, over the valid parts only → padded states, last states."""
    if lengths is None:
        return torch.func.functional_call(layer, parameters, (x, state))
    packed = torch.nn.utils.rnn.pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=False)
    h, last = torch.func.functional_call(layer, parameters, (packed, state))
    return torch.nn.utils.rnn.pad_packed_sequence(h, total_length=len(x))[0], last


def rnn_layer(torch: Any, lengths: Any, x: Any, h0: Any, W: Any, U: Any, b: Any) -> Any:
    layer = torch.nn.RNN(W.shape[0], W.shape[1], dtype=torch.float64)
    h, last = run_layer(torch, layer, layer_weights("", [0], W[None], U[None], b[None]), x, lengths, h0[None])
    return h, last[0]


def lstm_layer(torch: Any, lengths: Any, x: Any, h0: Any, c0: Any, W: Any, U: Any, b: Any) -> Any:
    layer = torch.nn.LSTM(W.shape[1], W.shape[2], dtype=torch.float64)
    weights = layer_weights("", PYTORCH_LSTM, W, U, b)
    h, (h_n, c_n) = run_layer(torch, layer, weights, x, lengths, (h0[None], c0[None]))
    return h, h_n[0], c_n[0]


def gru_layer(torch: Any, lengths: Any, x: Any, h0: Any, W: Any, U: Any, b: Any, b_h: Any) -> Any:
    layer = torch.nn.GRU(W.shape[1], W.shape[2], dtype=torch.float64)
    h, last = run_layer(torch, layer, layer_weights("", PYTORCH_GRU, W, U, b, b_h), x, lengths, h0[None])
    return h, last[0]


# --- the equations once more, a sample at a time, for what PyTorch's layers do not offer


def by_samples(torch: Any, step: Callable[..., Any], x: Any, states: list[Any], lengths: Any, reverse: bool) -> Any:
    """step(x_t, *states) → states, over each sample's own length, in either direction; padding gives 0."""
    T, B = x.shape[:2]
    outputs, ends = [], []
    for n in range(B):
        L = T if lengths is None else int(lengths[n])
        state, h = tuple(s[n] for s in states), [states[0][n] * 0] * T
        for t in reversed(range(L)) if reverse else range(L):
            state = step(x[t, n], *state)
            h[t] = state[0]
        outputs.append(torch.stack(h))
        ends.append(state)
    return torch.stack(outputs, 1), *(torch.stack([end[k] for end in ends]) for k in range(len(states)))


def lstm_equations(torch: Any, x: Any, h: Any, c: Any, W: Any, U: Any, b: Any, P: Any = None) -> Any:
    P = b.new_zeros(3, b.shape[1]) if P is None else P
    z = [x @ W[k] + h @ U[k] + b[k] for k in range(4)]
    i, f = torch.sigmoid(z[0] + P[0] * c), torch.sigmoid(z[1] + P[1] * c)
    c_new = f * c + i * torch.tanh(z[3])
    return torch.sigmoid(z[2] + P[2] * c_new) * torch.tanh(c_new), c_new


def gru_equations(
    torch: Any, x: Any, h: Any, W: Any, U: Any, b: Any, b_h: Any = None, *, reset_after: bool, z_keeps: str
) -> Any:
    b_h = torch.zeros_like(b) if b_h is None else b_h
    r, z = (torch.sigmoid(x @ W[k] + h @ U[k] + b[k] + b_h[k]) for k in range(2))
    if reset_after:
        n = torch.tanh(x @ W[2] + b[2] + r * (h @ U[2] + b_h[2]))
    else:
        n = torch.tanh(x @ W[2] + b[2] + (r * h) @ U[2] + b_h[2])
    return ((1 - z) * h + z * n if z_keeps == "new" else z * h + (1 - z) * n,)


def peephole_lstm(torch: Any, lengths: Any, reverse: bool, x: Any, h0: Any, c0: Any, **weights: Any) -> Any:
    step = partial(lstm_equations, torch, **weights)
    return by_samples(torch, lambda x, h, c: step(x, h, c), x, [h0, c0], lengths, reverse)


def gru_by_equations(
    torch: Any, lengths: Any, reverse: bool, conventions: dict[str, Any], x: Any, h0: Any, **weights: Any
) -> Any:
    step = partial(gru_equations, torch, **weights, **conventions)
    return by_samples(torch, lambda x, h: step(x, h), x, [h0], lengths, reverse)


# --- parity


def weights_of(gates: tuple[int, ...], inner: int, H: int) -> dict[str, tuple[int, ...]]:
    return {"W": (*gates, inner, H), "U": (*gates, H, H), "b": (*gates, H)}


def layer_cases() -> list[Parity]:
    cases = []
    for (T, B, inner, H), ragged in product(SIZES, (False, True)):
        lengths = lengths_of(T, B) if ragged else None
        tag = f"{'ragged ' if ragged else ''}T={T} B={B} I={inner} H={H}"
        name = f"rnn: {tag}"
        arguments = draw(name, x=(T, B, inner), h0=(B, H), **weights_of((), inner, H))
        cases.append(
            Parity(
                name, partial(rnn_forward, lengths=lengths), rnn_backward, with_lengths(rnn_layer, lengths), arguments
            )
        )
        name = f"lstm: {tag}"
        arguments = draw(name, x=(T, B, inner), h0=(B, H), c0=(B, H), **weights_of((4,), inner, H))
        forward = partial(lstm_forward, lengths=lengths)
        cases.append(Parity(name, forward, lstm_backward, with_lengths(lstm_layer, lengths), arguments))
        name = f"gru: as PyTorch's, {tag}"
        arguments = draw(name, x=(T, B, inner), h0=(B, H), **weights_of((3,), inner, H), b_h=(3, H))
        forward = partial(gru_forward, reset_after=True, z_keeps="old", lengths=lengths)
        cases.append(Parity(name, forward, gru_backward, with_lengths(gru_layer, lengths), arguments))
    return cases


def with_lengths(oracle: Callable[..., Any], lengths: Any) -> Callable[..., Any]:
    return lambda torch, **leaves: oracle(torch, lengths, **leaves)


def equation_cases() -> list[Parity]:
    T, B, inner, H = 4, 3, 2, 3
    empty = np.array([4, 0, 2])
    cases = []
    for reverse, lengths in product((False, True), (None, empty)):
        tag = f"{'back' if reverse else 'ahead'}{', one sequence empty' if lengths is not None else ''}"
        order = {"lengths": lengths, "reverse": reverse}
        name = f"lstm: peepholes, {tag}"
        arguments = draw(name, x=(T, B, inner), h0=(B, H), c0=(B, H), **weights_of((4,), inner, H), P=(3, H))
        oracle = partial(_late, peephole_lstm, (lengths, reverse))
        cases.append(Parity(name, partial(lstm_forward, **order), lstm_backward, oracle, arguments))
        for reset_after, z_keeps, b_h in product((False, True), ("new", "old"), (False, True)):
            conventions = {"reset_after": reset_after, "z_keeps": z_keeps}
            name = f"gru: reset {'after' if reset_after else 'before'}, z keeps {z_keeps}, b_h {b_h}, {tag}"
            shapes = weights_of((3,), inner, H) | ({"b_h": (3, H)} if b_h else {})
            arguments = draw(name, x=(T, B, inner), h0=(B, H), **shapes)
            forward = partial(gru_forward, **order, **conventions)
            oracle = partial(_late, gru_by_equations, (lengths, reverse, conventions))
            cases.append(Parity(name, forward, gru_backward, oracle, arguments))
    return cases


def _late(oracle: Callable[..., Any], first: tuple[Any, ...], torch: Any, **leaves: Any) -> Any:
    return oracle(torch, *first, **leaves)


def step_cases() -> list[Parity]:
    cases = []
    for (_, B, inner, H), scale in product((SIZES[1], SIZES[2], SIZES[4]), (1.0, 1e3)):
        tag = f"B={B} I={inner} H={H} scale {scale:g}"
        name = f"rnn step: {tag}"
        arguments = draw(name, x=(B, inner), h=(B, H), **weights_of((), inner, H))
        arguments["x"] = arguments["x"] * scale

        def rnn_oracle(torch: Any, x: Any, h: Any, W: Any, U: Any, b: Any) -> Any:
            return torch.nn.functional.linear(x, W.T, b).add(h @ U).tanh()

        cases.append(Parity(name, rnn_step_forward, rnn_step_backward, rnn_oracle, arguments))
        for P in (False, True):
            name = f"lstm step: {'peepholes ' if P else ''}{tag}"
            shapes = weights_of((4,), inner, H) | ({"P": (3, H)} if P else {})
            arguments = draw(name, x=(B, inner), h=(B, H), c=(B, H), **shapes)
            arguments["x"] = arguments["x"] * scale
            cases.append(Parity(name, lstm_step_forward, lstm_step_backward, lstm_equations, arguments))
        for reset_after, z_keeps in product((False, True), ("new", "old")):
            conventions = {"reset_after": reset_after, "z_keeps": z_keeps}
            name = f"gru step: reset {'after' if reset_after else 'before'}, z keeps {z_keeps}, {tag}"
            arguments = draw(name, x=(B, inner), h=(B, H), **weights_of((3,), inner, H), b_h=(3, H))
            arguments["x"] = arguments["x"] * scale
            forward, oracle = partial(gru_step_forward, **conventions), partial(gru_equations, **conventions)
            cases.append(Parity(name, forward, gru_step_backward, oracle, arguments))
    return cases


def bidirectional_cases() -> list[Parity]:
    cases = []
    for (T, B, inner, H), ragged in product(SIZES[2:4], (False, True)):
        lengths = lengths_of(T, B) if ragged else None
        name = f"bidirectional lstm: {'ragged ' if ragged else ''}T={T} B={B} I={inner} H={H}"
        shapes = {"h0": (B, H), "c0": (B, H), **weights_of((4,), inner, H)}
        both = {f"{way}.{key}": shape for way in ("ahead", "back") for key, shape in shapes.items()}
        drawn = draw(name, x=(T, B, inner), **both)
        arguments = {"x": drawn.pop("x"), "p": drawn}
        forward = partial(both_ways, lengths)
        cases.append(Parity(name, forward, both_ways_backward, partial(_late, both_ways_oracle, (lengths,)), arguments))
    return cases


def both_ways(lengths: Any, x: Any, p: Any) -> Any:
    ahead, back = ({key.split(".")[1]: w for key, w in p.items() if key.startswith(way)} for way in ("ahead", "back"))
    (h, last_f, last_b), cache = bidirectional_forward("lstm", x, ahead, back, lengths=lengths)
    return (h, *last_f, *last_b), cache


def both_ways_backward(dh: Any, *rest: Any) -> Any:
    *last, cache = rest
    gradients = bidirectional_backward(dh, tuple(last[:2]), tuple(last[2:]), cache)
    return {
        "x": gradients["x"],
        **{f"{way}.{key}": g for way in ("ahead", "back") for key, g in gradients[way].items()},
    }


def both_ways_oracle(torch: Any, lengths: Any, x: Any, p: Any) -> Any:
    one, two = ({key.split(".")[1]: w for key, w in p.items() if key.startswith(way)} for way in ("ahead", "back"))
    layer = torch.nn.LSTM(x.shape[2], one["h0"].shape[1], bidirectional=True, dtype=torch.float64)
    parameters = layer_weights("", PYTORCH_LSTM, one["W"], one["U"], one["b"])
    parameters |= layer_weights("_reverse", PYTORCH_LSTM, two["W"], two["U"], two["b"])
    state = torch.stack([one["h0"], two["h0"]]), torch.stack([one["c0"], two["c0"]])
    h, (h_n, c_n) = run_layer(torch, layer, parameters, x, lengths, state)
    return h, h_n[0], c_n[0], h_n[1], c_n[1]


PARITY = [*layer_cases(), *equation_cases(), *step_cases(), *bidirectional_cases()]


# --- slopes


def normal(rng: Rng, shapes: dict[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    return {name: rng.standard_normal(shape) for name, shape in shapes.items()}


def sequence_options(rng: Rng, T: int, B: int) -> dict[str, Any]:
    lengths = rng.integers(0, T + 1, B) if rng.random() < 0.6 else None
    return {"lengths": lengths, "reverse": bool(rng.random() < 0.5)}


def rnn_step(rng: Rng) -> Slope:
    B, inner, H = size(rng), size(rng), size(rng)
    arguments = normal(rng, {"x": (B, inner), "h": (B, H), **weights_of((), inner, H)})
    return Slope(rnn_step_forward, rnn_step_backward, arguments)


def rnn(rng: Rng) -> Slope:
    T, B, inner, H = size(rng), size(rng), size(rng), size(rng)
    arguments = normal(rng, {"x": (T, B, inner), "h0": (B, H), **weights_of((), inner, H)})
    return Slope(rnn_forward, rnn_backward, arguments, sequence_options(rng, T, B))


def lstm_step(rng: Rng) -> Slope:
    B, inner, H = size(rng), size(rng), size(rng)
    P = {"P": (3, H)} if rng.random() < 0.5 else {}
    arguments = normal(rng, {"x": (B, inner), "h": (B, H), "c": (B, H), **weights_of((4,), inner, H), **P})
    return Slope(lstm_step_forward, lstm_step_backward, arguments)


def lstm(rng: Rng) -> Slope:
    T, B, inner, H = size(rng), size(rng), size(rng), size(rng)
    P = {"P": (3, H)} if rng.random() < 0.5 else {}
    arguments = normal(rng, {"x": (T, B, inner), "h0": (B, H), "c0": (B, H), **weights_of((4,), inner, H), **P})
    return Slope(lstm_forward, lstm_backward, arguments, sequence_options(rng, T, B))


def gru_conventions(rng: Rng) -> dict[str, Any]:
    return {"reset_after": bool(rng.random() < 0.5), "z_keeps": "new" if rng.random() < 0.5 else "old"}


def gru_step(rng: Rng) -> Slope:
    B, inner, H = size(rng), size(rng), size(rng)
    b_h = {"b_h": (3, H)} if rng.random() < 0.5 else {}
    arguments = normal(rng, {"x": (B, inner), "h": (B, H), **weights_of((3,), inner, H), **b_h})
    return Slope(gru_step_forward, gru_step_backward, arguments, gru_conventions(rng))


def gru(rng: Rng) -> Slope:
    T, B, inner, H = size(rng), size(rng), size(rng), size(rng)
    b_h = {"b_h": (3, H)} if rng.random() < 0.5 else {}
    arguments = normal(rng, {"x": (T, B, inner), "h0": (B, H), **weights_of((3,), inner, H), **b_h})
    return Slope(gru_forward, gru_backward, arguments, {**gru_conventions(rng), **sequence_options(rng, T, B)})


SLOPES = {maker.__name__: maker for maker in (rnn_step, rnn, lstm_step, lstm, gru_step, gru)}


# --- misuses


def zeros(**shapes: tuple[int, ...]) -> dict[str, np.ndarray]:
    return {name: np.zeros(shape) for name, shape in shapes.items()}


RNN = zeros(x=(4, 2, 3), h0=(2, 5), W=(3, 5), U=(5, 5), b=(5,))
LSTM = zeros(x=(4, 2, 3), h0=(2, 5), c0=(2, 5), W=(4, 3, 5), U=(4, 5, 5), b=(4, 5), P=(3, 5))
GRU = zeros(x=(4, 2, 3), h0=(2, 5), W=(3, 3, 5), U=(3, 5, 5), b=(3, 5))


def misuse(forward: Callable[..., Any], arguments: dict[str, Any], error: type[Exception], **wrong: Any) -> Misuse:
    (argument,) = wrong
    return Misuse(lambda: forward(**{**arguments, **wrong}), error, argument)


def late(error: type[Exception], argument: str, forward: Any, arguments: Any, backward: Any, *above: Any) -> Misuse:
    return Misuse(lambda: backward(*above, forward(**arguments)[1]), error, argument)


MISUSES = [
    misuse(rnn_forward, RNN, ShapeError, x=np.zeros((0, 2, 3))),
    misuse(rnn_forward, RNN, ShapeError, x=np.zeros((4, 3))),
    misuse(rnn_forward, RNN, ShapeError, W=np.zeros((5, 3))),
    misuse(rnn_forward, RNN, ShapeError, b=np.zeros((1, 5))),
    misuse(rnn_forward, RNN, DTypeError, x="not numbers"),
    misuse(rnn_forward, RNN, DTypeError, U=np.zeros((5, 5), dtype=complex)),
    misuse(rnn_forward, RNN, ShapeError, lengths=[1]),
    misuse(rnn_forward, RNN, ShapeError, lengths=[1, 2, 3]),
    misuse(rnn_forward, RNN, RangeError, lengths=[-1, 2]),
    misuse(rnn_forward, RNN, RangeError, lengths=[0, 5]),
    misuse(rnn_forward, RNN, DTypeError, lengths=[1.0, np.nan]),
    misuse(lstm_forward, LSTM, ShapeError, x=np.zeros((0, 2, 3))),
    misuse(lstm_forward, LSTM, ShapeError, W=np.zeros((3, 20))),
    misuse(lstm_forward, LSTM, ShapeError, c0=np.zeros((2, 4))),
    misuse(lstm_forward, LSTM, ShapeError, P=np.zeros((5, 5))),
    misuse(gru_forward, GRU, ShapeError, x=np.zeros((4, 0, 3))),
    misuse(gru_forward, GRU, ShapeError, U=np.zeros((5, 15))),
    misuse(gru_forward, GRU, RangeError, z_keeps="both"),
    late(ShapeError, "dh", rnn_forward, RNN, rnn_backward, np.zeros((2, 4, 5)), None),
    late(ShapeError, "dh_last", rnn_forward, RNN, rnn_backward, np.zeros((4, 2, 5)), np.zeros(5)),
    late(ShapeError, "dc_last", lstm_forward, LSTM, lstm_backward, np.zeros((4, 2, 5)), None, np.zeros((2, 3))),
    late(ShapeError, "dh_last", gru_forward, GRU, gru_backward, np.zeros((4, 2, 5)), np.zeros((1, 5))),
]
