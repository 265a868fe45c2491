"""Cases of encoder and decoder, with every layer and every kind of attention."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from engine_cases.kinds import Misuse, Parity, Rng, Slope, draw, size
from engine_cases.stacked import PYTORCHS_GRU, conventions_of, stack_shapes, torch_layers
from quizdl.engine.errors import DTypeError, RangeError, ShapeError
from quizdl.engine.seq2seq import decode_step, encode, seq2seq_backward, seq2seq_forward

ATTENTION: dict[str | None, Callable[[int, int], dict[str, tuple[int, ...]]]] = {
    None: lambda H, A: {},
    "dot": lambda H, A: {"combine.W": (2 * H, H)},
    "general": lambda H, A: {"combine.W": (2 * H, H), "attention.W": (H, H)},
    "additive": lambda H, A: {
        "combine.W": (2 * H, H),
        "attention.W_s": (H, A),
        "attention.W_h": (H, A),
        "attention.v": (A,),
    },
}


def parameter_shapes(
    layer: str, attention: str | None, words: tuple[int, int], sizes: tuple[int, int, int, int], layers: int = 1
) -> dict[str, tuple[int, ...]]:
    """words: of source and target; sizes: their vectors', H, and A of additive attention."""
    (V_s, V_t), (D_s, D_t, H, A) = words, sizes
    extra = layer == "gru"
    return {
        "source.E": (V_s, D_s),
        "target.E": (V_t, D_t),
        **{f"encoder.{n}": s for n, s in stack_shapes(layer, D_s, H, layers, extra=extra).items()},
        **{f"decoder.{n}": s for n, s in stack_shapes(layer, D_t, H, layers, extra=extra).items()},
        **ATTENTION[attention](H, A),
        "output.W": (H, V_t),
        "output.b": (V_t,),
    }


def _scores(torch: Any, p: Any, attention: str, s: Any, H: Any) -> Any:
    """(T, S, B): each decoder state with each state of the source."""
    if attention == "dot":
        return torch.einsum("tbh,sbh->tsb", s, H)
    if attention == "general":
        return torch.einsum("tbh,gh,sbg->tsb", s, p["attention.W"], H)
    both = (s @ p["attention.W_s"])[:, None] + (H @ p["attention.W_h"])[None]
    return torch.tanh(both) @ p["attention.v"]


def oracle(
    torch: Any, p: Any, *, source: Any, target: Any, layer: str, attention: Any, lengths: Any, ignore_index: Any
) -> Any:
    """torch.nn's layers, embedding and cross_entropy; attention over all decoder states at once."""
    F = torch.nn.functional
    source, target = torch.tensor(source), torch.tensor(target)
    side = {
        name: {k.removeprefix(name): w for k, w in p.items() if k.startswith(name)} for name in ("encoder.", "decoder.")
    }
    H, *last = torch_layers(torch, layer, F.embedding(source, p["source.E"]), side["encoder."], lengths=lengths)
    inside = target[:-1].clamp(0, len(p["target.E"]) - 1)
    s, *_ = torch_layers(torch, layer, F.embedding(inside, p["target.E"]), side["decoder."], *last)
    if attention:
        scores = _scores(torch, p, attention, s, H)
        if lengths is not None:
            ended = torch.arange(len(H))[:, None] >= torch.tensor(lengths)
            scores = scores.masked_fill(ended, -torch.inf)
        context = torch.einsum("tsb,sbh->tbh", torch.softmax(scores, 1), H)
        s = torch.tanh(torch.cat([context, s], -1) @ p["combine.W"])
    logits = s @ p["output.W"] + p["output.b"]
    ignored = -100 if ignore_index is None else ignore_index
    return F.cross_entropy(logits.flatten(0, 1), target[1:].flatten(), ignore_index=ignored), logits


SOURCE = [[1, 0, 3], [2, 2, 1], [0, 3, 3], [1, 1, 2]]
TARGET = [[0, 0, 0], [3, 1, 4], [2, 4, 4], [1, -1, 2]]
"""Begun by word 0; −1 is padding."""


def seq2seq_parity(
    what: str, layer: str, attention: str | None = None, *, lengths: Any = None, scale: float = 1.0, layers: int = 1
) -> Parity:
    name = f"seq2seq {layer}: {what}"
    p = draw(name, **parameter_shapes(layer, attention, (4, 5), (3, 2, 2, 3), layers))
    p["source.E"] *= scale
    options = {
        "source": SOURCE,
        "target": TARGET,
        "layer": layer,
        "attention": attention,
        "lengths": lengths,
        "ignore_index": -1,
    }
    forward = partial(seq2seq_forward, **options, **(PYTORCHS_GRU if layer == "gru" else {}))
    return Parity(name, forward, seq2seq_backward, partial(oracle, **options), {"p": p})


def smallest(layer: str, attention: str | None) -> Parity:
    name = f"seq2seq {layer}: every size one, {attention}"
    p = draw(name, **parameter_shapes(layer, attention, (1, 1), (1, 1, 1, 1)))
    options = {"source": [[0]], "target": [[0], [0]], "layer": layer, "attention": attention}
    options |= {"lengths": None, "ignore_index": None}
    forward = partial(seq2seq_forward, **options, **(PYTORCHS_GRU if layer == "gru" else {}))
    return Parity(name, forward, seq2seq_backward, partial(oracle, **options), {"p": p})


PARITY: list[Parity] = [
    *(seq2seq_parity(f"attention {kind}", layer, kind) for layer in ("rnn", "lstm", "gru") for kind in ATTENTION),
    *(seq2seq_parity(f"ragged, {kind}", "gru", kind, lengths=[2, 4, 1]) for kind in ATTENTION),
    seq2seq_parity("two layers, ragged, general", "lstm", "general", lengths=[1, 3, 4], layers=2),
    seq2seq_parity("vectors of a thousand, dot", "lstm", "dot", scale=1e3),
    seq2seq_parity("vectors of zeros, additive", "rnn", "additive", scale=0.0),
    *(smallest("lstm", kind) for kind in ATTENTION),
]


def seq2seq_slope(attention: str | None, rng: Rng) -> Slope:
    layer = str(rng.choice(["rnn", "lstm", "gru"]))
    V_s, V_t, D_s, D_t, A, S, T, B = (size(rng, 3) for _ in range(8))
    shapes = parameter_shapes(layer, attention, (V_s, V_t), (D_s, D_t, size(rng, 3), A), size(rng, 2))
    options = {
        "source": rng.integers(0, V_s, (S, B)),
        "target": rng.integers(-1, V_t, (T + 1, B)),
        "layer": layer,
        "attention": attention,
        "lengths": rng.integers(0, S + 1, B) if rng.random() < 0.5 else None,
        "ignore_index": -1,
        **conventions_of(layer, rng),
    }
    p = {name: 0.7 * rng.standard_normal(shape) for name, shape in shapes.items()}
    return Slope(seq2seq_forward, seq2seq_backward, {"p": p}, options)


SLOPES: dict[str, Callable[[Rng], Slope]] = {f"seq2seq_{kind}": partial(seq2seq_slope, kind) for kind in ATTENTION}


def weights(attention: str | None = "general", **changed: Any) -> dict[str, Any]:
    """A small LSTM's, with what is to be changed in them."""
    shapes = parameter_shapes("lstm", attention, (4, 5), (3, 2, 2, 3))
    return {**{name: np.ones(shape) for name, shape in shapes.items()}, **changed}


def _call(p: Any = None, **changed: Any) -> Callable[[], Any]:
    arguments = {"source": SOURCE, "target": TARGET, "layer": "lstm", "attention": "general", "ignore_index": -1}
    return lambda: seq2seq_forward(weights() if p is None else p, **{**arguments, **changed})


def _step(tokens: Any) -> Callable[[], Any]:
    options: dict[str, Any] = {"layer": "lstm", "attention": "general"}
    return lambda: decode_step(weights(), tokens, encode(weights(), SOURCE, **options), **options)


MISUSES: list[Misuse] = [
    Misuse(_call(source=[1, 2, 3]), ShapeError, "source"),
    Misuse(_call(source=[[1, 2, 4]]), RangeError, "source"),
    Misuse(_call(source=[[0.5, 1, 2]]), DTypeError, "source"),
    Misuse(_call(source=np.ones((0, 3), int)), ShapeError, "source"),
    Misuse(_call(target=[[0, 0], [1, 1]]), ShapeError, "target"),
    Misuse(_call(target=[[0, 0, 0]]), ShapeError, "target"),
    Misuse(_call(target=[[0, 0, 0], [1, 5, 2]]), RangeError, "target"),
    Misuse(_call(ignore_index=None), RangeError, "target"),
    Misuse(_call(target=[["a", "b", "c"]] * 2), DTypeError, "target"),
    Misuse(_call(attention="cosine"), RangeError, "attention"),
    Misuse(_call(attention="additive"), ShapeError, "attention.W_s"),
    Misuse(_call(attention=None), RangeError, "combine.W"),
    Misuse(_call(layer="transformer"), RangeError, "layer"),
    Misuse(_call(lengths=[1, 2]), ShapeError, "lengths"),
    Misuse(_call(lengths=[1, 2, 5]), RangeError, "lengths"),
    Misuse(_call(p=weights(**{"combine.W": np.ones((3, 2))})), ShapeError, "combine.W"),
    Misuse(_call(p=weights(**{"decoder.1.W": np.ones((4, 2, 2))})), RangeError, "decoder.1.W"),
    Misuse(_call(p=weights(**{"decoder.0.U": np.ones((4, 3, 3))})), ShapeError, "decoder.0.U"),
    Misuse(_call(p=weights(**{"output.b": np.ones(4)})), ShapeError, "output.b"),
    Misuse(_call(p={}), ShapeError, "source.E"),
    Misuse(lambda: seq2seq_backward(np.ones(1), None, _call()()[1]), ShapeError, "dloss"),
    Misuse(lambda: seq2seq_backward(1.0, np.ones((4, 3, 5)), _call()()[1]), ShapeError, "dlogits"),
    Misuse(lambda: encode(weights(), [1, 2], layer="lstm", attention="general"), ShapeError, "source"),
    Misuse(_step([[1, 2, 3]]), ShapeError, "tokens"),
    Misuse(_step([1, 2, 5]), RangeError, "tokens"),
]
