"""Cases of the language models: BERT and GPT out of PyTorch's layers, T5 out of its equations."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from engine_cases.heads import bucket_of
from engine_cases.kinds import Misuse, Parity, Rng, Slope, draw, size
from engine_cases.transformer import (
    activation_of,
    below,
    future,
    mean_cross_entropy,
    parameters,
    run_torch,
    shapes_of,
)
from quizdl.engine import language_models as lm
from quizdl.engine.errors import DTypeError, RangeError, ShapeError


def some_ids(name: str, words: int, *shape: int) -> np.ndarray:
    """Ids that depend on the name alone."""
    return np.abs(draw(f"{name}, ids", ids=shape)["ids"] * 100).astype(int) % words


def bert(
    special: str,
    sizes: tuple[int, int, int],
    *,
    heads: int = 2,
    segments: bool = False,
    lengths: list[int] | None = None,
    activation: str = "gelu",
    asked: bool = True,
) -> Parity:
    """For the sizes B, T, D."""
    name, V = f"bert: {special}", 5
    B, T, D = sizes
    p = parameters(name, lm.bert_shapes(1), V=V, L=T + 1, N=2, D=D, E=D, F=3)
    ids, labels = some_ids(name, V, B, T), some_ids(f"{name}, labels", V, B, T)
    labels = np.where((np.arange(T) + np.arange(B)[:, None]) % 2, lm.NOT_ASKED, labels) if asked else labels * 0 - 100
    parts = np.sort(some_ids(f"{name}, parts", 2, B, T)) if segments else None

    def oracle(torch: Any, p: Any) -> Any:
        functional = torch.nn.functional

        def normalised(x: Any, prefix: str) -> Any:
            return functional.layer_norm(x, (D,), p[f"{prefix}.gamma"], p[f"{prefix}.beta"], 1e-12)

        x = p["word.E"][torch.tensor(ids)] + p["place.E"][:T]
        x = x + p["segment.E"][torch.tensor(np.zeros_like(ids) if parts is None else parts)]
        hidden = None if lengths is None else torch.arange(T) >= torch.tensor(lengths)[:, None]
        style = {"heads": heads, "norm": "post", "activation": activation_of(torch, activation), "eps": 1e-12}
        h = run_torch(
            torch, "encoder", below(p, "encoder."), normalised(x, "norm"), **style, src_key_padding_mask=hidden
        )
        h = normalised(functional.gelu(h @ p["head.W"] + p["head.b"]), "head_norm")
        logits = h @ p["word.E"].T + p["output.b"]
        return mean_cross_entropy(torch, logits, labels, None) if asked else logits.sum() * 0, logits

    options = {"ids": ids, "labels": labels, "segments": parts, "lengths": lengths, "activation": activation}
    return Parity(name, partial(lm.bert_forward, heads=heads, **options), lm.bert_backward, oracle, {"p": p})


def gpt(
    special: str,
    sizes: tuple[int, int, int],
    *,
    heads: int = 2,
    layers: int = 1,
    ignored: int | None = None,
    activation: str = "gelu_tanh",
) -> Parity:
    """For the sizes B, T, D."""
    name, V = f"gpt: {special}", 5
    B, T, D = sizes
    p = parameters(name, lm.gpt_shapes(layers), V=V, L=T, D=D, E=D, F=3)
    ids = some_ids(name, V, B, T)

    def oracle(torch: Any, p: Any) -> Any:
        x = p["word.E"][torch.tensor(ids[:, :-1])] + p["place.E"][: T - 1]
        style = {"heads": heads, "norm": "pre", "activation": activation_of(torch, activation)}
        h = run_torch(torch, "encoder", below(p, "decoder."), x, **style, mask=future(torch, T - 1))
        logits = h @ p["word.E"].T
        return mean_cross_entropy(torch, logits, ids[:, 1:], ignored), logits

    options = {"ids": ids, "ignore_index": ignored, "activation": activation}
    return Parity(name, partial(lm.gpt_forward, heads=heads, **options), lm.gpt_backward, oracle, {"p": p})


def t5_attention(torch: Any, x: Any, memory: Any, p: Mapping[str, Any], heads: int, mask: Any, bias: Any = None) -> Any:
    """Head by head: no biases, no 1/√d."""
    found = []
    for head in range(heads):
        d = x.shape[-1] // heads
        own = slice(head * d, (head + 1) * d)
        q, k, v = x @ p["W_q"][:, own], memory @ p["W_k"][:, own], memory @ p["W_v"][:, own]
        scores = q @ k.transpose(1, 2) + (0 if bias is None else bias[head])
        found.append(scores.masked_fill(~mask, -math.inf).softmax(-1) @ v)
    return torch.cat(found, -1) @ p["W_o"]


def t5_stack(
    torch: Any, x: Any, p: Mapping[str, Any], heads: int, mask: Any, bias: Any, memory: Any = None, seen: Any = None
) -> Any:
    """x after all layers and the last norm."""

    def rms(y: Any, gamma: Any) -> Any:
        return y * (y**2).mean(-1, keepdim=True).add(1e-6).rsqrt() * gamma

    for k in range(len([key for key in p if key.endswith(".attention.W_q")])):
        layer = below(p, f"{k}.")
        y = rms(x, layer["norm_1.gamma"])
        x = x + t5_attention(torch, y, y, below(layer, "attention."), heads, mask, bias)
        if memory is not None:
            x = x + t5_attention(torch, rms(x, layer["norm_2.gamma"]), memory, below(layer, "cross."), heads, seen)
        y = rms(x, layer[f"norm_{2 if memory is None else 3}.gamma"])
        x = x + torch.relu(y @ layer["feed_forward.W_1"]) @ layer["feed_forward.W_2"]
    return rms(x, p["norm.gamma"])


def t5(
    special: str,
    sizes: tuple[int, int, int, int],
    *,
    heads: int = 2,
    layers: int = 1,
    buckets: int = 4,
    furthest: int = 3,
    lengths: list[int] | None = None,
    ignored: int | None = None,
) -> Parity:
    """For the sizes B, S, T, D."""
    name, V = f"t5: {special}", 5
    B, S, T, D = sizes
    p = parameters(name, lm.t5_shapes(layers, layers), V=V, D=D, E=D, F=3, buckets=buckets, heads=heads)
    source, target = some_ids(f"{name}, source", V, B, S), some_ids(f"{name}, target", V, B, T)

    def distances(torch: Any, E: Any, n: int, both: bool) -> Any:
        ids = [[bucket_of(t, s, buckets, furthest, both) for s in range(n)] for t in range(n)]
        return E[torch.tensor(ids)].permute(2, 0, 1)

    def oracle(torch: Any, p: Any) -> Any:
        E = p["word.E"]
        seen = torch.arange(S) < torch.tensor([S] * B if lengths is None else lengths)[:, None, None]
        bias = distances(torch, p["encoder_distance.E"], S, both=True)
        memory = t5_stack(torch, E[torch.tensor(source)], below(p, "encoder."), heads, seen, bias)
        bias, past = distances(torch, p["decoder_distance.E"], T - 1, both=False), ~future(torch, T - 1)
        y = E[torch.tensor(target[:, :-1])]
        y = t5_stack(torch, y, below(p, "decoder."), heads, past, bias, memory, seen)
        logits = y / math.sqrt(D) @ E.T
        return mean_cross_entropy(torch, logits, target[:, 1:], ignored), logits

    options = {"source": source, "target": target, "lengths": lengths, "ignore_index": ignored}
    forward = partial(lm.t5_forward, heads=heads, max_distance=furthest, **options)
    return Parity(name, forward, lm.t5_backward, oracle, {"p": p})


PARITY = [
    bert("odd sizes", (2, 3, 4)),
    bert("segments, padding", (2, 4, 2), segments=True, lengths=[4, 2], heads=1),
    bert("one word", (1, 1, 2), heads=1, activation="relu"),
    bert("nobody is asked", (1, 2, 2), asked=False),
    gpt("odd sizes", (2, 4, 4)),
    gpt("two layers, ignored label", (2, 3, 2), layers=2, ignored=2, activation="relu", heads=1),
    gpt("one word", (1, 2, 1), heads=1),
    t5("odd sizes", (2, 3, 4, 4)),
    t5("two layers, padding, ignored label", (2, 4, 3, 2), layers=2, lengths=[4, 2], ignored=1),
    t5("far distances", (1, 9, 9, 2), heads=1, buckets=6, furthest=5),
    t5("sizes 1", (1, 1, 2, 1), heads=1),
]


def drawn(rng: Rng, letters: Mapping[str, str], **sizes: int) -> dict[str, np.ndarray]:
    return {key: 0.7 * rng.standard_normal(shape) for key, shape in shapes_of(letters, **sizes).items()}


def bert_slope(rng: Rng) -> Slope:
    B, T, heads, V = size(rng, 3), size(rng), size(rng, 2), size(rng)
    D = heads * size(rng, 2)
    p = drawn(rng, lm.bert_shapes(size(rng, 2)), V=V, L=T + size(rng) - 1, N=2, D=D, E=D, F=size(rng))
    labels = np.where(rng.random((B, T)) < 0.5, lm.NOT_ASKED, rng.integers(0, V, (B, T)))
    options = {"ids": rng.integers(0, V, (B, T)), "labels": labels, "heads": heads, "eps": 0.1}
    options |= {"segments": rng.integers(0, 2, (B, T)), "lengths": rng.integers(0, T + 1, B)}
    return Slope(lm.bert_forward, lm.bert_backward, {"p": p}, options)


def gpt_slope(rng: Rng) -> Slope:
    B, T, heads, V = size(rng, 3), 1 + size(rng), size(rng, 2), size(rng)
    D = heads * size(rng, 2)
    p = drawn(rng, lm.gpt_shapes(size(rng, 2)), V=V, L=T + size(rng) - 2, D=D, E=D, F=size(rng))
    options = {"ids": rng.integers(0, V, (B, T)), "heads": heads, "eps": 0.1, "ignore_index": 0}
    return Slope(lm.gpt_forward, lm.gpt_backward, {"p": p}, options)


def t5_slope(rng: Rng) -> Slope:
    B, S, T, heads, V = size(rng, 3), size(rng), 1 + size(rng), size(rng, 2), size(rng)
    D = heads * size(rng, 2)
    letters = lm.t5_shapes(size(rng, 2), size(rng, 2))
    p = drawn(rng, letters, V=V, D=D, E=D, F=size(rng), buckets=4, heads=heads)
    options = {"source": rng.integers(0, V, (B, S)), "target": rng.integers(0, V, (B, T)), "heads": heads}
    options |= {"lengths": rng.integers(0, S + 1, B), "activation": "gelu", "eps": 0.1, "max_distance": 3}
    return Slope(lm.t5_forward, lm.t5_backward, {"p": p}, options)


SLOPES: dict[str, Callable[[Rng], Slope]] = {"bert": bert_slope, "gpt": gpt_slope, "t5": t5_slope}

RNG = np.random.default_rng(0)
BERT, GPT, T5 = (
    lm.init_bert(RNG, 5, 3, 4, 3, 1),
    lm.init_gpt(RNG, 5, 3, 4, 3, 1),
    lm.init_t5(RNG, 5, 4, 3, 1, heads=2, buckets=4),
)


def _bert(ids: Any = ((0, 1),), labels: Any = ((-100, 1),), **options: Any) -> Callable[[], object]:
    return lambda: lm.bert_forward(BERT, ids, labels, heads=2, **options)


def _gpt(ids: Any = ((0, 1),), **options: Any) -> Callable[[], object]:
    return lambda: lm.gpt_forward(GPT, ids, **{"heads": 2, **options})


def _t5(source: Any = ((0, 1),), target: Any = ((0, 1),), **options: Any) -> Callable[[], object]:
    return lambda: lm.t5_forward(T5, source, target, **{"heads": 2, **options})


def _masked(ids: Any, **options: Any) -> Callable[[], object]:
    return lambda: lm.mask_tokens(ids, np.random.default_rng(0), **{"words": 5, "mask_id": 4, **options})


MISUSES = [
    Misuse(_bert(((0, 5),)), RangeError, "ids"),
    Misuse(_bert(((0.0, 1.0),)), DTypeError, "ids"),
    Misuse(_bert((0, 1)), ShapeError, "ids"),
    Misuse(_bert(((0, 1, 2, 3),), ((0, 1, 2, 3),)), RangeError, "x"),
    Misuse(_bert(labels=((0, 5),)), RangeError, "labels"),
    Misuse(_bert(labels=((0, -1),)), RangeError, "labels"),
    Misuse(_bert(labels=((0,),)), ShapeError, "labels"),
    Misuse(_bert(segments=((0, 2),)), RangeError, "segments"),
    Misuse(_bert(segments=((0,),)), ShapeError, "segments"),
    Misuse(_bert(lengths=[3]), RangeError, "lengths"),
    Misuse(_bert(activation="swish"), RangeError, "activation"),
    Misuse(lambda: lm.bert_forward({**BERT, "head.w": np.ones(1)}, [[0]], [[0]], heads=2), RangeError, "head.w"),
    Misuse(lambda: lm.bert_backward(np.ones(2), None, _bert()()[1]), ShapeError, "dloss"),
    Misuse(_masked(((0, 5),)), RangeError, "ids"),
    Misuse(_masked(((0, 1),), mask_id=5), RangeError, "mask_id"),
    Misuse(_masked(((0, 1),), p=1.5), RangeError, "p"),
    Misuse(_gpt(((0,),)), ShapeError, "ids"),
    Misuse(_gpt(((0, 7),)), RangeError, "ids"),
    Misuse(_gpt(((0, 1, 2, 3, 4),)), RangeError, "x"),
    Misuse(_gpt(heads=3), RangeError, "heads"),
    Misuse(lambda: lm.gpt_forward({}, [[0, 1]], heads=2), ShapeError, "word.E"),
    Misuse(lambda: lm.gpt_backward(None, np.ones(2), _gpt()()[1]), ShapeError, "dlogits"),
    Misuse(lambda: lm.gpt_step(GPT, [0, 1], np.zeros((1, 0), int), heads=2), ShapeError, "tokens"),
    Misuse(lambda: lm.generate(GPT, [[0, 1]], heads=2, max_length=3), RangeError, "max_length"),
    Misuse(lambda: lm.generate(GPT, [0, 1], heads=2, max_length=1), ShapeError, "prompt"),
    Misuse(_t5(((5,),)), RangeError, "source"),
    Misuse(_t5(target=((0,),)), ShapeError, "target"),
    Misuse(_t5(target=((0, 1), (0, 1))), ShapeError, "target"),
    Misuse(_t5(heads=1), ShapeError, "encoder_distance.E"),
    Misuse(_t5(max_distance=1), RangeError, "max_distance"),
    Misuse(_t5(lengths=[-1]), RangeError, "lengths"),
    Misuse(lambda: lm.t5_backward(np.ones(1), None, _t5()()[1]), ShapeError, "dloss"),
    Misuse(lambda: lm.t5_encode(T5, [[9]], heads=2), RangeError, "source"),
    Misuse(lambda: lm.t5_step(T5, [9], lm.t5_encode(T5, [[1]], heads=2), heads=2), RangeError, "tokens"),
]
