"""Three language models out of one Transformer: an encoder (BERT), a decoder (GPT), and both (T5).

    BERT  fills in words that were hidden, seeing both sides        Devlin et al. 2019
    GPT   says the next word, seeing the past                       Radford et al. 2018, 2019
    T5    writes a target, having read a source                     Raffel et al. 2020

Ids are batch-major, (B, T). Every model gives its loss and its logits, and shares the words' vectors with its output.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from quizdl.engine.activations import log_softmax
from quizdl.engine.affine import affine_forward
from quizdl.engine.arrays import Array, Gradients, Ids, Mask, Sizes, whole
from quizdl.engine.attention import causal_mask, padding_mask
from quizdl.engine.checks import number
from quizdl.engine.decoding import Hypothesis, greedy_decode, sample_decode
from quizdl.engine.embedding import embedding_forward
from quizdl.engine.errors import RangeError
from quizdl.engine.losses import softmax_cross_entropy_forward
from quizdl.engine.parameters import fitted, part, replayed_as, within
from quizdl.engine.positional import add_positions_forward, relative_bias_forward, relative_buckets
from quizdl.engine.rectifiers import gelu_forward
from quizdl.engine.tape import Recording, Value, Values, apply, one, recorded
from quizdl.engine.transformer import State, depth, initialised, shifted, stack_shapes, through_decoder, through_encoder
from quizdl.engine.transformer_layers import NORM, OPTIONAL, Activation, Shapes, Style, normalised

NOT_ASKED = -100
"""The label of a word that BERT is not asked for."""

NO_SIZES: Mapping[str, int] = MappingProxyType({})


def mask_tokens(
    ids: ArrayLike,
    rng: np.random.Generator,
    *,
    words: int,
    mask_id: int,
    p: float = 0.15,
    special: tuple[int, ...] = (),
) -> tuple[Ids, Ids]:
    """The ids as BERT reads them, and the labels: the words that were chosen, NOT_ASKED (−100) elsewhere.

    Each id is chosen with probability p, unless it is special ([CLS], [SEP], padding). Of the chosen, 80 % become
    mask_id, 10 % any of the `words` ids, and 10 % stay as they are (Devlin et al. 2019, §3.1 and A.1).
    """
    ids = whole("ids", ids, "B T", below=words)
    whole("mask_id", mask_id, "", below=words)
    chosen = (rng.random(ids.shape) < number("p", p, 0.0, 1.0)) & ~np.isin(ids, special)
    fate = rng.random(ids.shape)
    read = np.where(chosen & (fate < 0.8), mask_id, ids)
    read = np.where(chosen & (fate >= 0.8) & (fate < 0.9), rng.integers(0, words, ids.shape), read)
    return read, np.where(chosen, ids, NOT_ASKED)


def bert_forward(
    p: Mapping[str, Array],
    ids: ArrayLike,
    labels: ArrayLike,
    *,
    heads: int,
    segments: ArrayLike | None = None,
    lengths: ArrayLike | None = None,
    activation: Activation = "gelu",
    eps: float = 1e-12,
) -> tuple[tuple[Array, Array], Recording]:
    """The mean cross-entropy of the labels that are not NOT_ASKED, and the logits (B, T, V).

    norm(word + place + segment) goes through a post-norm encoder, then norm(gelu(h W + b)) times word.Eᵀ is the output.
    ids, labels, segments (0 where not given): (B, T); lengths: (B,). Parameters: "word.E" (V, D), "place.E" (L, D),
    "segment.E" (N, D), "norm.", the "encoder." stack, "head.W" (D, D), "head.b", "head_norm.", "output.b" (V,).
    Devlin et al. 2019, §3. O(B·T·L·D·(D + F) + B·T²·D + B·T·D·V).
    """
    p, sizes = _fitted(p, bert_shapes(depth(part(p, "encoder."))))
    ids = whole("ids", ids, "B T", sizes, below=len(p["word.E"]))
    segments = np.zeros_like(ids) if segments is None else segments
    segments = whole("segments", segments, "B T", sizes, below=len(p["segment.E"]))
    labels = whole("labels", labels, "B T", sizes)
    whole("labels", np.where(labels == NOT_ASKED, 0, labels), "B T", below=len(p["word.E"]))
    words = {"ids": ids, "segments": segments, "labels": labels, "mask": _padding(lengths, ids)}
    outputs, cache = recorded(_bert, p=p, options={**words, "style": Style(heads, "post", activation, eps)})
    return outputs, cache


def bert_backward(dloss: float | Array | None, dlogits: Array | None, cache: Recording) -> Gradients:
    """The gradient of every parameter; None where nothing arrives."""
    return replayed_as(cache, dloss=dloss, dlogits=dlogits)


def init_bert(
    rng: np.random.Generator,
    words: int,
    places: int,
    D: int,
    F: int,
    layers: int,
    *,
    segments: int = 2,
    dtype: DTypeLike = np.float64,
) -> dict[str, Array]:
    """Vectors from N(0, 0.02²), W by Xavier, γ = 1, b = β = 0."""
    sizes = {"V": words, "L": places, "N": segments, "D": D, "E": D, "F": F}
    return initialised(rng, bert_shapes(layers), sizes, dtype, std=0.02)


def gpt_forward(
    p: Mapping[str, Array],
    ids: ArrayLike,
    *,
    heads: int,
    ignore_index: int | None = None,
    activation: Activation = "gelu_tanh",
    eps: float = 1e-5,
) -> tuple[tuple[Array, Array], Recording]:
    """The mean cross-entropy of ids[:, 1:], each word said from those before it, and the logits (B, T − 1, V).

    word + place goes through a pre-norm stack whose attention cannot see the future; its output times word.Eᵀ says the
    next word. ids: (B, T); those equal to `ignore_index` do not count. Parameters: "word.E" (V, D), "place.E" (L, D),
    the "decoder." stack. Radford et al. 2019, §2.3. O(B·T·L·D·(D + F) + B·T²·D + B·T·D·V).
    """
    p, sizes = _fitted(p, gpt_shapes(depth(part(p, "decoder."))))
    inputs, labels = shifted("ids", ids, len(p["word.E"]), ignore_index, sizes)
    options = {"inputs": inputs, "labels": labels, "ignore_index": ignore_index}
    outputs, cache = recorded(_gpt_loss, p=p, options={**options, "style": Style(heads, "pre", activation, eps)})
    return outputs, cache


def gpt_backward(dloss: float | Array | None, dlogits: Array | None, cache: Recording) -> Gradients:
    """The gradient of every parameter; None where nothing arrives."""
    return replayed_as(cache, dloss=dloss, dlogits=dlogits)


def gpt_step(
    p: Mapping[str, Array],
    tokens: ArrayLike,
    state: Ids,
    *,
    heads: int,
    activation: Activation = "gelu_tanh",
    eps: float = 1e-5,
) -> tuple[Array, Ids]:
    """log P(next word) (B, V) after one more word each, tokens (B,); state: the ids so far (B, t), read anew."""
    p, _ = _fitted(p, gpt_shapes(depth(part(p, "decoder."))))
    tokens = whole("tokens", tokens, "B", {"B": len(state)}, below=len(p["word.E"]))
    inputs = np.concatenate([state, tokens[:, None]], axis=1)
    logits, _ = recorded(_gpt, p=p, options={"inputs": inputs, "style": Style(heads, "pre", activation, eps)})
    return log_softmax(logits[:, -1]), inputs


def generate(
    p: Mapping[str, Array],
    prompt: ArrayLike,
    *,
    heads: int,
    max_length: int,
    eos: int | None = None,
    rng: np.random.Generator | None = None,
    activation: Activation = "gelu_tanh",
    eps: float = 1e-5,
    **sampling: Any,
) -> list[Hypothesis]:
    """GPT goes on from each prompt (B, t) by up to max_length words: the likeliest, or with an rng drawn at random.

    sampling: temperature, top_k, top_p, as in `decoding.sample_decode`.
    """
    p, _ = _fitted(p, gpt_shapes(depth(part(p, "decoder."))))
    prompt = whole("prompt", prompt, "B t", below=len(p["word.E"]))
    places = prompt.shape[1] + max_length - 1
    if places > len(p["place.E"]):
        raise RangeError(
            "max_length",
            f"{places} 個の位置が必要ですが、{len(p['place.E'])} 個しかありません",
            f"{places} places are needed, there are only {len(p['place.E'])}",
        )
    step = partial(gpt_step, p, heads=heads, activation=activation, eps=eps)
    state, start = prompt[:, :-1], prompt[:, -1]
    if rng is None:
        return greedy_decode(step, state, start=start, eos=eos, max_length=max_length, **sampling)
    return sample_decode(step, state, start=start, eos=eos, max_length=max_length, rng=rng, **sampling)


def init_gpt(
    rng: np.random.Generator, words: int, places: int, D: int, F: int, layers: int, *, dtype: DTypeLike = np.float64
) -> dict[str, Array]:
    """Vectors from N(0, 0.02²), W by Xavier, γ = 1, b = β = 0."""
    sizes = {"V": words, "L": places, "D": D, "E": D, "F": F}
    return initialised(rng, gpt_shapes(layers), sizes, dtype, std=0.02)


def t5_forward(
    p: Mapping[str, Array],
    source: ArrayLike,
    target: ArrayLike,
    *,
    heads: int,
    max_distance: int = 128,
    lengths: ArrayLike | None = None,
    ignore_index: int | None = None,
    activation: Activation = "relu",
    eps: float = 1e-6,
) -> tuple[tuple[Array, Array], Recording]:
    """The mean cross-entropy of target[:, 1:] and its logits (B, T − 1, V), the decoder being given target[:, :−1].

    A pre-norm Transformer with RMS norm and without any b; scores are not divided by √d, but the heads add a learnt
    number for each bucket of distances, the same in all layers; the output is (y/√D)·word.Eᵀ. source: (B, S), target:
    (B, T), lengths: (B,). Parameters: "word.E" (V, D), "encoder_distance.E" (buckets, heads), "decoder_distance.E", the
    "encoder." and "decoder." stacks. Raffel et al. 2020, §2.1. O(B·(S + T)·D·(D + F) + B·(S + T)²·D + B·T·D·V).
    """
    p, sizes = _fitted_t5(p, heads)
    source = whole("source", source, "B S", sizes, below=len(p["word.E"]))
    inputs, labels = shifted("target", target, len(p["word.E"]), ignore_index, sizes)
    words = {"source": source, "inputs": inputs, "labels": labels, "ignore_index": ignore_index}
    options = {"max_distance": max_distance, "style": Style(heads, "pre", activation, eps, scale=1.0, rms=True)}
    outputs, cache = recorded(_t5, p=p, options={**words, "mask": _padding(lengths, source), **options})
    return outputs, cache


def t5_backward(dloss: float | Array | None, dlogits: Array | None, cache: Recording) -> Gradients:
    """The gradient of every parameter; None where nothing arrives."""
    return replayed_as(cache, dloss=dloss, dlogits=dlogits)


def t5_encode(
    p: Mapping[str, Array],
    source: ArrayLike,
    *,
    heads: int,
    max_distance: int = 128,
    lengths: ArrayLike | None = None,
    activation: Activation = "relu",
    eps: float = 1e-6,
) -> State:
    """Reads source (B, S) → the state from which `t5_step` writes the first word."""
    p, sizes = _fitted_t5(p, heads)
    source = whole("source", source, "B S", sizes, below=len(p["word.E"]))
    mask = _padding(lengths, source)
    options = {"max_distance": max_distance, "style": Style(heads, "pre", activation, eps, scale=1.0, rms=True)}
    memory, _ = recorded(_t5_encode, p=p, options={"source": source, "mask": mask, **options})
    return {"memory": memory, "mask": mask, "inputs": np.empty((len(source), 0), dtype=np.intp)}


def t5_step(
    p: Mapping[str, Array],
    tokens: ArrayLike,
    state: State,
    *,
    heads: int,
    max_distance: int = 128,
    activation: Activation = "relu",
    eps: float = 1e-6,
) -> tuple[Array, State]:
    """log P(next word) (B, V) after one more word each, tokens (B,), and the state after it."""
    p, _ = _fitted_t5(p, heads)
    tokens = whole("tokens", tokens, "B", {"B": len(state["inputs"])}, below=len(p["word.E"]))
    inputs = np.concatenate([state["inputs"], tokens[:, None]], axis=1)
    options = {"max_distance": max_distance, "style": Style(heads, "pre", activation, eps, scale=1.0, rms=True)}
    words = {"inputs": inputs, "mask": state["mask"]}
    logits, _ = recorded(_t5_decode, memory=state["memory"], p=p, options={**words, **options})
    return log_softmax(logits[:, -1]), {**state, "inputs": inputs}


def init_t5(
    rng: np.random.Generator,
    words: int,
    D: int,
    F: int,
    layers: int,
    *,
    heads: int,
    buckets: int = 32,
    dtype: DTypeLike = np.float64,
) -> dict[str, Array]:
    """Vectors and numbers from N(0, 1), W by Xavier but W_q by 1/√d of that, for the scores that nothing divides."""
    sizes = {"V": words, "D": D, "E": D, "F": F, "buckets": buckets, "heads": heads}
    p = initialised(rng, t5_shapes(layers, layers), sizes, dtype, std=1.0)
    return {name: w / (D // heads) ** 0.5 if name.endswith("W_q") else w for name, w in p.items()}


def _bert(p: Values, *, ids: Ids, segments: Ids, labels: Ids, mask: Mask | None, style: Style) -> tuple[Value, Value]:
    x = _looked_up(ids, p["word.E"]) + _looked_up(segments, p["segment.E"])
    x = normalised(one(apply(add_positions_forward, x=x, P=p["place.E"])), part(p, "norm."), style)
    h = through_encoder(x, part(p, "encoder."), style, mask)
    h = one(apply(gelu_forward, x=one(apply(affine_forward, x=h, W=p["head.W"], b=p["head.b"]))))
    h = normalised(h, part(p, "head_norm."), style)
    logits = one(apply(affine_forward, x=h, W=p["word.E"].transpose(1, 0), b=p["output.b"]))
    return _loss(logits, labels, NOT_ASKED), logits


def _gpt(p: Values, *, inputs: Ids, style: Style) -> Value:
    x = one(apply(add_positions_forward, x=_looked_up(inputs, p["word.E"]), P=p["place.E"]))
    h = through_encoder(x, part(p, "decoder."), style, causal_mask(inputs.shape[1]))
    return h @ p["word.E"].transpose(1, 0)


def _gpt_loss(p: Values, *, inputs: Ids, labels: Ids, ignore_index: int | None, style: Style) -> tuple[Value, Value]:
    logits = _gpt(p, inputs=inputs, style=style)
    return _loss(logits, labels, ignore_index), logits


def _t5(
    p: Values,
    *,
    source: Ids,
    inputs: Ids,
    labels: Ids,
    ignore_index: int | None,
    mask: Mask | None,
    **options: Any,
) -> tuple[Value, Value]:
    memory = _t5_encode(p, source=source, mask=mask, **options)
    logits = _t5_decode(memory, p, inputs=inputs, mask=mask, **options)
    return _loss(logits, labels, ignore_index), logits


def _t5_encode(p: Values, *, source: Ids, mask: Mask | None, max_distance: int, style: Style) -> Value:
    both = _distances(p["encoder_distance.E"], source.shape[1], max_distance, bidirectional=True)
    return through_encoder(_looked_up(source, p["word.E"]), part(p, "encoder."), style, mask, both)


def _t5_decode(memory: Value, p: Values, *, inputs: Ids, mask: Mask | None, max_distance: int, style: Style) -> Value:
    T, E = inputs.shape[1], p["word.E"]
    past = _distances(p["decoder_distance.E"], T, max_distance, bidirectional=False)
    y = through_decoder(_looked_up(inputs, E), memory, part(p, "decoder."), style, causal_mask(T), mask, past)
    return (y * (1 / math.sqrt(E.shape[1]))) @ E.transpose(1, 0)


def _distances(E: Value, T: int, max_distance: int, *, bidirectional: bool) -> Value:
    """What the heads add to the scores of each distance, (heads, T, T)."""
    buckets = relative_buckets(T, T, buckets=len(E), max_distance=max_distance, bidirectional=bidirectional)
    return one(apply(relative_bias_forward, E=E, buckets=buckets))


def _looked_up(ids: Ids, E: Value) -> Value:
    return one(apply(embedding_forward, ids=ids, E=E))


def _loss(logits: Value, labels: Ids, ignore_index: int | None) -> Value:
    return one(apply(softmax_cross_entropy_forward, z=logits, t=labels, ignore_index=ignore_index))


def _padding(lengths: ArrayLike | None, ids: Ids) -> Mask | None:
    if lengths is None:
        return None
    return padding_mask(whole("lengths", lengths, "B", {"B": len(ids)}), ids.shape[1])


def _fitted(
    p: Mapping[str, Array], shapes: Shapes, sizes: Mapping[str, int] = NO_SIZES
) -> tuple[dict[str, Array], Sizes]:
    found = dict(sizes)
    return fitted(p, shapes, found, optional=OPTIONAL), found


def _fitted_t5(p: Mapping[str, Array], heads: int) -> tuple[dict[str, Array], Sizes]:
    shapes = t5_shapes(depth(part(p, "encoder.")), depth(part(p, "decoder.")))
    return _fitted(p, shapes, {"heads": heads})


def bert_shapes(layers: int) -> Shapes:
    """BERT's parameters and their shapes in letters."""
    return {
        "word.E": "V D",
        "place.E": "L D",
        "segment.E": "N D",
        **within("norm.", NORM),
        **within("encoder.", stack_shapes(layers, "post")),
        "head.W": "D D",
        "head.b": "D",
        **within("head_norm.", NORM),
        "output.b": "V",
    }


def gpt_shapes(layers: int) -> Shapes:
    """GPT's parameters and their shapes in letters."""
    return {"word.E": "V D", "place.E": "L D", **within("decoder.", stack_shapes(layers, "pre"))}


def t5_shapes(encoder: int, decoder: int) -> Shapes:
    """T5's parameters, with that many layers in both stacks, and their shapes in letters."""
    stacks = within("encoder.", stack_shapes(encoder, "pre"))
    stacks |= within("decoder.", stack_shapes(decoder, "pre", cross=True))
    weights = {name: shape for name, shape in stacks.items() if name.rpartition(".")[2] not in OPTIONAL}
    return {"word.E": "V D", "encoder_distance.E": "buckets heads", "decoder_distance.E": "buckets heads", **weights}
