"""Cases of stacked, truncated and concatenated recurrent layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from engine_cases.kinds import Misuse, Parity, Rng, Slope, draw, size
from quizdl.engine import concatenated
from quizdl.engine.concatenated import lstm_concatenated_step_backward, lstm_concatenated_step_forward
from quizdl.engine.errors import DTypeError, RangeError, ShapeError
from quizdl.engine.stacked import stacked_backward, stacked_forward
from quizdl.engine.truncated import truncated_backward, truncated_forward

GATES = {"rnn": (), "lstm": (4,), "gru": (3,)}
TORCH_ORDER = {"rnn": [0], "lstm": [0, 1, 3, 2], "gru": [0, 1, 2]}
"""Where PyTorch's gates stand among ours."""

PYTORCHS_GRU = {"reset_after": True, "z_keeps": "old"}


def layer_shapes(layer: str, inputs: int, H: int, *, extra: bool = False) -> dict[str, tuple[int, ...]]:
    """W, U and b of one layer, and what it may have besides: peepholes, or the second bias."""
    gates = GATES[layer]
    shapes = {"W": (*gates, inputs, H), "U": (*gates, H, H), "b": (*gates, H)}
    besides = {"lstm": {"P": (3, H)}, "gru": {"b_h": (3, H)}}.get(layer, {}) if extra else {}
    return {**shapes, **besides}


def stack_shapes(
    layer: str, inputs: int, H: int, layers: int, *, both: bool = False, extra: bool = False
) -> dict[str, tuple[int, ...]]:
    """The shapes of all layers' parameters, by dotted name."""
    directions = ("ahead.", "back.") if both else ("",)
    return {
        f"{k}.{direction}{name}": shape
        for k in range(layers)
        for direction in directions
        for name, shape in layer_shapes(layer, inputs if k == 0 else H * len(directions), H, extra=extra).items()
    }


def torch_weights(layer: str, p: Mapping[str, Any], torch: Any) -> dict[str, Any]:
    """Dotted parameters as PyTorch's multi-layer module holds them: gates stacked in its own order, transposed."""
    order, found = TORCH_ORDER[layer], {}
    prefixes = {name.rpartition(".")[0] for name in p}
    for prefix in prefixes:
        k, _, direction = prefix.partition(".")
        suffix = f"l{k}" + ("_reverse" if direction == "back" else "")
        W, U, b = (p[f"{prefix}.{name}"] for name in ("W", "U", "b"))
        b_h = p.get(f"{prefix}.b_h", torch.zeros_like(b))
        if layer == "rnn":
            W, U, b, b_h = W[None], U[None], b[None], b_h[None]
        found |= {
            f"weight_ih_{suffix}": W[order].transpose(1, 2).flatten(0, 1),
            f"weight_hh_{suffix}": U[order].transpose(1, 2).flatten(0, 1),
            f"bias_ih_{suffix}": b[order].flatten(),
            f"bias_hh_{suffix}": b_h[order].flatten(),
        }
    return found


def torch_layers(
    torch: Any,
    layer: str,
    x: Any,
    p: Mapping[str, Any],
    h0: Any = None,
    c0: Any = None,
    *,
    lengths: list[int] | None = None,
) -> tuple[Any, ...]:
    """torch.nn.RNN, LSTM or GRU with these parameters: the states, h_n (and c_n)."""
    both = "0.ahead.W" in p
    H = p["0.ahead.U" if both else "0.U"].shape[-1]
    depth = 1 + max(int(name.partition(".")[0]) for name in p)
    module = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[layer](
        x.shape[-1], H, num_layers=depth, bidirectional=both, dtype=torch.float64
    )
    state = (h0, c0) if layer == "lstm" and h0 is not None else h0
    if lengths is not None:
        packed = torch.nn.utils.rnn.pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=False)
        h, last = _call(torch, module, torch_weights(layer, p, torch), packed, state)
        h, _ = torch.nn.utils.rnn.pad_packed_sequence(h, total_length=len(x))
    else:
        h, last = _call(torch, module, torch_weights(layer, p, torch), x, state)
    return (h, *last) if layer == "lstm" else (h, last)


def _call(torch: Any, module: Any, weights: dict[str, Any], x: Any, state: Any) -> Any:
    """With the weights in the module's place, so that gradients flow to them; packing needs a module around it."""
    wrapper = torch.nn.Module()
    wrapper.inner = module
    wrapper.forward = lambda y, s: module(y, s)
    return torch.func.functional_call(wrapper, {f"inner.{name}": w for name, w in weights.items()}, (x, state))


def drawn(name: str, p: Mapping[str, tuple[int, ...]], scale: float = 1.0, **shapes: tuple[int, ...]) -> dict[str, Any]:
    """Arguments by name and parameters in `p`."""
    flat = draw(name, **shapes, **p)
    return {**{key: scale * flat[key] for key in shapes}, "p": {key: flat[key] for key in p}}


def stacked_parity(
    what: str,
    layer: str,
    sizes: tuple[int, int, int, int],
    layers: int,
    *,
    both: bool = False,
    lengths: list[int] | None = None,
    initial: bool = True,
    scale: float = 1.0,
) -> Parity:
    name = f"stacked {layer}: {what}"
    (T, B, inputs, H), directions = sizes, 2 if both else 1
    states = ("h0", "c0")[: 2 if layer == "lstm" else 1] if initial else ()
    p = stack_shapes(layer, inputs, H, layers, both=both, extra=layer == "gru")
    arguments = drawn(name, p, scale, x=(T, B, inputs), **dict.fromkeys(states, (layers * directions, B, H)))
    conventions = PYTORCHS_GRU if layer == "gru" else {}
    forward = partial(stacked_forward, layer=layer, bidirectional=both, lengths=lengths, **conventions)

    def oracle(torch: Any, **leaves: Any) -> Any:
        return torch_layers(torch, layer, **leaves, lengths=lengths)

    return Parity(name, forward, stacked_backward, oracle, arguments)


def truncated_parity(what: str, layer: str, sizes: tuple[int, int, int, int], k: int) -> Parity:
    """PyTorch, piece by piece, the state detached between the pieces."""
    name = f"truncated {layer}: {what}"
    T, B, inputs, H = sizes
    states = ("h0", "c0")[: 2 if layer == "lstm" else 1]
    p = layer_shapes(layer, inputs, H, extra=layer == "gru")
    arguments = drawn(name, p, x=(T, B, inputs), **dict.fromkeys(states, (B, H)))
    conventions = PYTORCHS_GRU if layer == "gru" else {}

    def oracle(torch: Any, x: Any, p: Any, **initial: Any) -> Any:
        state = [initial[s][None] for s in states]
        pieces = []
        for start in range(0, T, k):
            if start:
                state = [s.detach() for s in state]
            h, *state = torch_layers(torch, layer, x[start : start + k], {f"0.{n}": w for n, w in p.items()}, *state)
            pieces.append(h)
        return torch.cat(pieces), *(s[0] for s in state)

    forward = partial(truncated_forward, layer=layer, k=k, **conventions)
    return Parity(name, forward, truncated_backward, oracle, arguments)


def concatenated_rnn(what: str, sizes: tuple[int, int, int], first: str, scale: float = 1.0) -> Parity:
    name = f"concatenated rnn: {what}"
    B, inputs, H = sizes
    arguments = draw(name, x=(B, inputs), h=(B, H), W=(H + inputs, H), b=(H,))
    arguments["x"] *= scale

    def oracle(torch: Any, x: Any, h: Any, W: Any, b: Any) -> Any:
        return torch.tanh(torch.cat([h, x] if first == "h" else [x, h], 1) @ W + b)

    forward = partial(concatenated.rnn_concatenated_step_forward, first=first)
    return Parity(name, forward, concatenated.rnn_concatenated_step_backward, oracle, arguments)


def concatenated_lstm(what: str, sizes: tuple[int, int, int], order: str, first: str, scale: float = 1.0) -> Parity:
    name = f"concatenated lstm: {what}"
    B, inputs, H = sizes
    arguments = draw(name, x=(B, inputs), h=(B, H), c=(B, H), W=(H + inputs, 4 * H), b=(4 * H,))
    arguments["x"] *= scale

    def oracle(torch: Any, x: Any, h: Any, c: Any, W: Any, b: Any) -> Any:
        U, V = (W[:H], W[H:]) if first == "h" else (W[inputs:], W[:inputs])
        columns = [slice(order.index(gate) * H, (order.index(gate) + 1) * H) for gate in "ifgo"]
        w_ih, w_hh, b_ih = (torch.cat([part[..., s] for s in columns], -1) for part in (V, U, b))
        cell = torch.nn.LSTMCell(inputs, H, dtype=torch.float64)
        weights = {"weight_ih": w_ih.T, "weight_hh": w_hh.T, "bias_ih": b_ih, "bias_hh": torch.zeros_like(b)}
        return torch.func.functional_call(cell, weights, (x, (h, c)))

    forward = partial(lstm_concatenated_step_forward, order=order, first=first)
    return Parity(name, forward, lstm_concatenated_step_backward, oracle, arguments)


PARITY: list[Parity] = [
    *(
        case
        for layer in GATES
        for case in (
            stacked_parity("two layers", layer, (4, 2, 3, 2), 2),
            stacked_parity("two layers in both directions", layer, (3, 2, 1, 2), 2, both=True),
            stacked_parity("ragged, in both directions", layer, (4, 3, 2, 1), 2, both=True, lengths=[2, 4, 1]),
            stacked_parity("every size one", layer, (1, 1, 1, 1), 1, initial=False),
            stacked_parity("inputs of a thousand", layer, (3, 1, 2, 2), 2, scale=1e3, initial=False),
        )
    ),
    stacked_parity("three layers, ragged", "lstm", (3, 2, 2, 2), 3, lengths=[3, 1]),
    *(
        case
        for layer in GATES
        for case in (
            truncated_parity("cut every two of five", layer, (5, 2, 3, 2), 2),
            truncated_parity("cut at every step", layer, (3, 1, 1, 2), 1),
            truncated_parity("not cut at all", layer, (3, 2, 2, 1), 7),
        )
    ),
    concatenated_rnn("[h, x]", (3, 2, 4), "h"),
    concatenated_rnn("[x, h]", (2, 3, 2), "x"),
    concatenated_rnn("every size one, a thousand", (1, 1, 1), "h", 1e3),
    concatenated_lstm("i, f, o, g and [h, x]", (3, 2, 4), "ifog", "h"),
    concatenated_lstm("the course's a, i, f, o", (2, 3, 2), "gifo", "h"),
    concatenated_lstm("PyTorch's order and [x, h]", (2, 1, 3), "ifgo", "x"),
    concatenated_lstm("every size one, a thousand", (1, 1, 1), "gifo", "x", 1e3),
]


def conventions_of(layer: str, rng: Rng) -> dict[str, Any]:
    if layer != "gru":
        return {}
    return {"reset_after": bool(rng.random() < 0.5), "z_keeps": "new" if rng.random() < 0.5 else "old"}


def random_arguments(rng: Rng, p: Mapping[str, tuple[int, ...]], **shapes: tuple[int, ...]) -> dict[str, Any]:
    """Normal numbers; the parameters in `p`, a little smaller."""
    arguments = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    return {**arguments, "p": {name: 0.7 * rng.standard_normal(shape) for name, shape in p.items()}}


def stacked(rng: Rng) -> Slope:
    layer, both = str(rng.choice(list(GATES))), bool(rng.random() < 0.5)
    T, B, inputs, H, layers = size(rng), size(rng), size(rng), size(rng, 3), size(rng, 3)
    p = stack_shapes(layer, inputs, H, layers, both=both, extra=bool(rng.random() < 0.5))
    states = ("h0", "c0")[: int(rng.integers(0, 3 if layer == "lstm" else 2))]
    count = layers * (2 if both else 1)
    arguments = random_arguments(rng, p, x=(T, B, inputs), **dict.fromkeys(states, (count, B, H)))
    lengths = rng.integers(0, T + 1, B) if rng.random() < 0.5 else None
    options = {"layer": layer, "bidirectional": both, "lengths": lengths, **conventions_of(layer, rng)}
    return Slope(stacked_forward, stacked_backward, arguments, options)


def truncated(rng: Rng) -> Slope:
    """Not cut (k ≥ T): where it is cut, the backward is not the slope of the forward, which is the point of it."""
    layer = str(rng.choice(list(GATES)))
    T, B, inputs, H = size(rng), size(rng), size(rng), size(rng)
    p = layer_shapes(layer, inputs, H, extra=bool(rng.random() < 0.5))
    states = ("h0", "c0")[: int(rng.integers(0, 3 if layer == "lstm" else 2))]
    arguments = random_arguments(rng, p, x=(T, B, inputs), **dict.fromkeys(states, (B, H)))
    lengths = rng.integers(0, T + 1, B) if rng.random() < 0.5 else None
    options = {"layer": layer, "k": T + size(rng) - 1, "lengths": lengths, **conventions_of(layer, rng)}
    return Slope(truncated_forward, truncated_backward, arguments, options)


def concatenated_rnn_step(rng: Rng) -> Slope:
    B, inputs, H = size(rng), size(rng), size(rng)
    shapes = {"x": (B, inputs), "h": (B, H), "W": (H + inputs, H), "b": (H,)}
    arguments = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    pair = concatenated.rnn_concatenated_step_forward, concatenated.rnn_concatenated_step_backward
    return Slope(*pair, arguments, {"first": "h" if rng.random() < 0.5 else "x"})


def concatenated_lstm_step(rng: Rng) -> Slope:
    B, inputs, H = size(rng), size(rng), size(rng)
    shapes = {"x": (B, inputs), "h": (B, H), "c": (B, H), "W": (H + inputs, 4 * H), "b": (4 * H,)}
    arguments = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    options = {"first": "h" if rng.random() < 0.5 else "x", "order": "".join(rng.permutation(list("ifog")))}
    return Slope(lstm_concatenated_step_forward, lstm_concatenated_step_backward, arguments, options)


SLOPES: dict[str, Callable[[Rng], Slope]] = {
    maker.__name__: maker for maker in (stacked, truncated, concatenated_rnn_step, concatenated_lstm_step)
}


def _stack(**changed: Any) -> Callable[[], object]:
    p = {name: np.ones(shape) for name, shape in stack_shapes("lstm", 3, 2, 2).items()}
    arguments = {"x": np.ones((4, 2, 3)), "p": p, "layer": "lstm"}
    changed["p"] = {**p, **changed.get("p", {})}
    return lambda: stacked_forward(**{**arguments, **changed})


def _cut(**changed: Any) -> Callable[[], object]:
    p = {name: np.ones(shape) for name, shape in layer_shapes("gru", 3, 2).items()}
    return lambda: truncated_forward(**{"x": np.ones((4, 2, 3)), "p": p, "layer": "gru", "k": 2, **changed})


def _lstm(**changed: Any) -> Callable[[], object]:
    shapes = {"x": (2, 3), "h": (2, 2), "c": (2, 2), "W": (5, 8), "b": (8,)}
    return lambda: lstm_concatenated_step_forward(**{**{n: np.ones(s) for n, s in shapes.items()}, **changed})


def _rnn(**changed: Any) -> Callable[[], object]:
    shapes = {"x": (2, 3), "h": (2, 2), "W": (5, 2), "b": (2,)}
    call = concatenated.rnn_concatenated_step_forward
    return lambda: call(**{**{n: np.ones(s) for n, s in shapes.items()}, **changed})


MISUSES: list[Misuse] = [
    Misuse(_stack(x=np.ones((4, 3))), ShapeError, "x"),
    Misuse(_stack(x=np.ones((4, 2, 5))), ShapeError, "x"),
    Misuse(_stack(x=np.ones((0, 2, 3))), ShapeError, "x"),
    Misuse(_stack(x=[[["a", "b", "c"]]]), DTypeError, "x"),
    Misuse(_stack(p={"1.W": np.ones((4, 3, 2))}), ShapeError, "1.W"),
    Misuse(_stack(p={"2.W": np.ones((4, 2, 2))}), ShapeError, "2.U"),
    Misuse(_stack(p={"0.b_h": np.ones((3, 2))}), RangeError, "0.b_h"),
    Misuse(_stack(bidirectional=True), ShapeError, "0.ahead.W"),
    Misuse(_stack(h0=np.ones((1, 2, 2))), ShapeError, "h0"),
    Misuse(_stack(c0=np.ones((2, 2))), ShapeError, "c0"),
    Misuse(_stack(layer="LSTM"), RangeError, "layer"),
    Misuse(_stack(lengths=[5, 1]), RangeError, "lengths"),
    Misuse(_stack(lengths=[0.5, 1]), DTypeError, "lengths"),
    Misuse(lambda: stacked_backward(np.ones((4, 2, 3)), None, None, _stack()()[1]), ShapeError, "dh"),
    Misuse(lambda: stacked_backward(None, np.ones((2, 2)), None, _stack()()[1]), ShapeError, "dh_last"),
    Misuse(_cut(k=0), RangeError, "k"),
    Misuse(_cut(k=1.5), DTypeError, "k"),
    Misuse(_cut(k=[1, 2]), ShapeError, "k"),
    Misuse(_cut(x=np.ones((4, 2, 2))), ShapeError, "x"),
    Misuse(_cut(h0=np.ones((2, 3))), ShapeError, "h0"),
    Misuse(_cut(c0=np.ones((2, 2))), RangeError, "c0"),
    Misuse(_cut(p={"W": np.ones((3, 3, 2))}), ShapeError, "U"),
    Misuse(_cut(lengths=[1, 5]), RangeError, "lengths"),
    Misuse(lambda: truncated_backward(np.ones((3, 2, 2)), None, _cut()()[1]), ShapeError, "dh"),
    Misuse(_lstm(W=np.ones((8, 5))), ShapeError, "W"),
    Misuse(_lstm(b=np.ones((4, 2))), ShapeError, "b"),
    Misuse(_lstm(c=np.ones((2, 3))), ShapeError, "c"),
    Misuse(_lstm(order="ifo"), RangeError, "order"),
    Misuse(_lstm(first="c"), RangeError, "first"),
    Misuse(_lstm(h=[["a", "b"], ["c", "d"]]), DTypeError, "h"),
    Misuse(lambda: lstm_concatenated_step_backward(np.ones((2, 3)), None, _lstm()()[1]), ShapeError, "dh"),
    Misuse(lambda: lstm_concatenated_step_backward(None, np.ones(2), _lstm()()[1]), ShapeError, "dc"),
    Misuse(_rnn(W=np.ones((5, 3))), ShapeError, "W"),
    Misuse(_rnn(x=np.ones((3, 3))), ShapeError, "h"),
    Misuse(lambda: concatenated.rnn_concatenated_step_backward(np.ones((2, 3)), _rnn()()[1]), ShapeError, "dy"),
    Misuse(lambda: concatenated.gates_first_weights(np.ones((5, 6)), np.ones(6)), ShapeError, "W"),
    Misuse(lambda: concatenated.gates_first_weights(np.ones((2, 8)), np.ones(8)), ShapeError, "W"),
    Misuse(lambda: concatenated.rnn_separate_weights(np.ones((2, 2)), np.ones(2)), ShapeError, "W"),
    Misuse(
        lambda: concatenated.concatenated_weights(np.ones((3, 2, 2)), np.ones((4, 2, 2)), np.ones((4, 2))),
        ShapeError,
        "W",
    ),
]
