"""The Transformer (Vaswani et al. 2017): stacks of the layers of `transformer_layers.py`, and both stacks together.

Sequences and ids are batch-major, (B, T, D) and (B, T), unlike those of the recurrent layers. A stack's parameters are
those of its layers with the layer's number before them, "0.attention.W_q"; a pre-norm stack ends with one norm more,
"norm.gamma" and "norm.beta", since nothing else normalises its output.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from quizdl.engine.activations import log_softmax
from quizdl.engine.affine import affine_forward
from quizdl.engine.arrays import Array, Gradients, Ids, Mask, Sizes, whole
from quizdl.engine.attention import causal_mask, padding_mask
from quizdl.engine.embedding import embedding_forward
from quizdl.engine.errors import ShapeError, one_of
from quizdl.engine.initialisers import xavier_uniform
from quizdl.engine.losses import softmax_cross_entropy_forward
from quizdl.engine.parameters import fitted, part, replayed_as, within
from quizdl.engine.positional import add_positions_forward, positional_encoding
from quizdl.engine.tape import Recording, Value, Values, apply, one, recorded
from quizdl.engine.transformer_layers import (
    NORM,
    OPTIONAL,
    Activation,
    Norm,
    Shapes,
    Style,
    causal,
    layer_shapes,
    normalised,
    run_layers,
    through_decoder_layer,
    through_encoder_layer,
)

State: TypeAlias = dict[str, Any]
"""What `decode_step` goes on from: the memory (B, S, D), its mask (B, 1, S) or None, the words so far (B, t)."""


def encoder_forward(
    x: Array,
    p: Mapping[str, Array],
    *,
    heads: int,
    norm: Norm = "post",
    activation: Activation = "relu",
    mask: ArrayLike | None = None,
    eps: float = 1e-5,
) -> tuple[Array, Recording]:
    """Layers 0, 1, … one on another, and at the end of pre-norm a norm; as `encoder_layer_forward` otherwise."""
    shapes, style = stack_shapes(depth(p), norm), Style(heads, norm, activation, eps)
    return run_layers(through_encoder, shapes, p, style, {"mask": mask}, x=x)


def encoder_backward(dy: Array, cache: Recording) -> Gradients:
    """The gradients of x and of every parameter."""
    return replayed_as(cache, dy=dy)


def decoder_forward(
    x: Array,
    memory: Array,
    p: Mapping[str, Array],
    *,
    heads: int,
    norm: Norm = "post",
    activation: Activation = "relu",
    mask: ArrayLike | None = None,
    memory_mask: ArrayLike | None = None,
    eps: float = 1e-5,
) -> tuple[Array, Recording]:
    """Layers 0, 1, … one on another, and at the end of pre-norm a norm; as `decoder_layer_forward` otherwise."""
    masks = {"mask": causal(mask, x), "memory_mask": memory_mask}
    shapes, style = stack_shapes(depth(p), norm, cross=True), Style(heads, norm, activation, eps)
    return run_layers(through_decoder, shapes, p, style, masks, x=x, memory=memory)


def decoder_backward(dy: Array, cache: Recording) -> Gradients:
    """The gradients of x, memory and every parameter."""
    return replayed_as(cache, dy=dy)


def transformer_forward(
    p: Mapping[str, Array],
    source: ArrayLike,
    target: ArrayLike,
    *,
    heads: int,
    norm: Norm = "post",
    activation: Activation = "relu",
    tied: bool = False,
    lengths: ArrayLike | None = None,
    ignore_index: int | None = None,
    eps: float = 1e-5,
) -> tuple[tuple[Array, Array], Recording]:
    """The mean cross-entropy of target[:, 1:] and its logits (B, T − 1, V_t), the decoder being given target[:, :−1].

    source: (B, S), target: (B, T) ids; lengths: (B,), where each source ends; targets equal to `ignore_index` do not
    count. Embeddings are multiplied by √D, then positions are added (Vaswani et al. 2017, §3.4–3.5). Parameters:
    "source.E" (V_s, D), "target.E" (V_t, D), an "encoder." and a "decoder." stack, "output.W" (D, V_t) unless it is
    tied, which makes it target.Eᵀ, and "output.b". O(B·(S + T)·D·(D + F) + B·(S + T)²·D + B·T·D·V_t).
    """
    style = Style(heads, norm, activation, eps)
    p, sizes = _fitted(p, norm, tied)
    source = whole("source", source, "B S", sizes, below=len(p["source.E"]))
    inputs, labels = shifted("target", target, len(p["target.E"]), ignore_index, sizes)
    words = {"source": source, "inputs": inputs, "labels": labels, "ignore_index": ignore_index}
    mask = None if lengths is None else _mask(lengths, source)
    outputs, cache = recorded(_translate, p=p, options={**words, "mask": mask, "style": style})
    return outputs, cache


def transformer_backward(dloss: float | Array | None, dlogits: Array | None, cache: Recording) -> Gradients:
    """The gradient of every parameter; None where nothing arrives."""
    return replayed_as(cache, dloss=dloss, dlogits=dlogits)


def encode(
    p: Mapping[str, Array],
    source: ArrayLike,
    *,
    heads: int,
    norm: Norm = "post",
    activation: Activation = "relu",
    tied: bool = False,
    lengths: ArrayLike | None = None,
    eps: float = 1e-5,
) -> State:
    """Reads source (B, S) → the state from which `decode_step` writes the first word."""
    p, sizes = _fitted(p, norm, tied)
    source = whole("source", source, "B S", sizes, below=len(p["source.E"]))
    mask = None if lengths is None else _mask(lengths, source)
    options = {"source": source, "mask": mask, "style": Style(heads, norm, activation, eps)}
    memory, _ = recorded(_encode, p=p, options=options)
    return {"memory": memory, "mask": mask, "inputs": np.empty((len(source), 0), dtype=np.intp)}


def decode_step(
    p: Mapping[str, Array],
    tokens: ArrayLike,
    state: State,
    *,
    heads: int,
    norm: Norm = "post",
    activation: Activation = "relu",
    tied: bool = False,
    eps: float = 1e-5,
) -> tuple[Array, State]:
    """log P(next word) (B, V_t) after one more word each, tokens (B,), and the state after it.

    `functools.partial(decode_step, p, heads=…)` is the step of `decoding`. All words so far are read anew at each step.
    """
    p, _ = _fitted(p, norm, tied)
    tokens = whole("tokens", tokens, "B", {"B": len(state["inputs"])}, below=len(p["target.E"]))
    inputs = np.concatenate([state["inputs"], tokens[:, None]], axis=1)
    options = {"inputs": inputs, "mask": state["mask"], "style": Style(heads, norm, activation, eps)}
    logits, _ = recorded(_decode, memory=state["memory"], p=p, options=options)
    return log_softmax(logits[:, -1]), {**state, "inputs": inputs}


def init_encoder(
    rng: np.random.Generator, D: int, F: int, layers: int, *, norm: Norm = "post", dtype: DTypeLike = np.float64
) -> dict[str, Array]:
    """Xavier's uniform distribution for W, γ = 1, b = β = 0."""
    return initialised(rng, stack_shapes(layers, norm), {"D": D, "E": D, "F": F}, dtype)


def init_decoder(
    rng: np.random.Generator, D: int, F: int, layers: int, *, norm: Norm = "post", dtype: DTypeLike = np.float64
) -> dict[str, Array]:
    """Xavier's uniform distribution for W, γ = 1, b = β = 0."""
    return initialised(rng, stack_shapes(layers, norm, cross=True), {"D": D, "E": D, "F": F}, dtype)


def init_transformer(
    rng: np.random.Generator,
    source_words: int,
    target_words: int,
    D: int,
    F: int,
    layers: int,
    *,
    norm: Norm = "post",
    tied: bool = False,
    dtype: DTypeLike = np.float64,
) -> dict[str, Array]:
    """As `init_encoder`; words are drawn from N(0, 1/D), so that √D times them have the size of the positions."""
    shapes = transformer_shapes(layers, layers, norm, tied)
    return initialised(rng, shapes, {"V_s": source_words, "V_t": target_words, "D": D, "E": D, "F": F}, dtype)


def initialised(
    rng: np.random.Generator, shapes: Shapes, sizes: Sizes, dtype: DTypeLike, *, std: float | None = None
) -> dict[str, Array]:
    """Parameters of these shapes: γ = 1, b = β = 0, E from N(0, std²), std being 1/√D where None, W by Xavier."""
    std = 1 / math.sqrt(sizes["D"]) if std is None else std
    p: dict[str, Array] = {}
    for name, letters in shapes.items():
        shape, kind = tuple(sizes[letter] for letter in letters.split()), name.rpartition(".")[2][0]
        if kind == "W":
            p[name] = xavier_uniform(rng, shape, dtype=dtype)
        elif kind == "E":
            p[name] = (std * rng.standard_normal(shape)).astype(dtype)
        else:
            p[name] = np.full(shape, 1.0 if kind == "g" else 0.0, dtype=dtype)
    return p


def stack_shapes(layers: int, norm: Norm, *, cross: bool = False) -> Shapes:
    """The parameters of a stack of that many layers."""
    one_of("norm", norm, ("pre", "post"))
    each = layer_shapes(cross=cross)
    shapes = {f"{k}.{name}": shape for k in range(max(layers, 1)) for name, shape in each.items()}
    return shapes | (within("norm.", NORM) if norm == "pre" else {})


def transformer_shapes(encoder: int, decoder: int, norm: Norm, tied: bool) -> Shapes:
    """The parameters of the whole, with that many layers in the encoder and in the decoder."""
    return {
        "source.E": "V_s D",
        "target.E": "V_t D",
        **within("encoder.", stack_shapes(encoder, norm)),
        **within("decoder.", stack_shapes(decoder, norm, cross=True)),
        **({} if tied else {"output.W": "D V_t"}),
        "output.b": "V_t",
    }


def depth(p: Mapping[str, Any]) -> int:
    """How many layers there are by the names of the parameters."""
    k = 0
    while f"{k}.attention.W_q" in p:
        k += 1
    return k


def shifted(name: str, ids: ArrayLike, V: int, ignore_index: int | None, sizes: Sizes | None = None) -> tuple[Ids, Ids]:
    """What goes in, ids[:, :−1], and what is to come out, ids[:, 1:]; what is ignored goes in as some word."""
    ids = whole(name, ids, "B T", sizes)
    if ids.shape[1] < 2:
        raise ShapeError(
            name,
            "入力する単語と、予測する単語が必要です (T ≥ 2)",
            "expected at least a word to read and one to predict (T ≥ 2)",
        )
    counted = ids if ignore_index is None else np.where(ids == ignore_index, 0, ids)
    whole(name, counted, "B T", below=V)
    return np.where((ids < 0) | (ids >= V), 0, ids)[:, :-1], ids[:, 1:]


def through_encoder(x: Value, p: Values, style: Style, mask: Any = None, bias: Value | None = None) -> Value:
    """x read by all layers of an encoder's stack, on the tape."""
    for k in range(depth(p)):
        x = through_encoder_layer(x, part(p, f"{k}."), style, mask, bias)
    return normalised(x, part(p, "norm."), style) if style.norm == "pre" else x


def through_decoder(
    x: Value, memory: Value, p: Values, style: Style, mask: Any, memory_mask: Any = None, bias: Value | None = None
) -> Value:
    """x read by all layers of a decoder's stack; `mask` must hide the future."""
    for k in range(depth(p)):
        x = through_decoder_layer(x, memory, part(p, f"{k}."), style, mask, memory_mask, bias)
    return normalised(x, part(p, "norm."), style) if style.norm == "pre" else x


def _translate(
    p: Values, *, source: Ids, inputs: Ids, labels: Ids, ignore_index: int | None, mask: Mask | None, style: Style
) -> tuple[Value, Value]:
    memory = _encode(p, source=source, mask=mask, style=style)
    logits = _decode(memory, p, inputs=inputs, mask=mask, style=style)
    loss = one(apply(softmax_cross_entropy_forward, z=logits, t=labels, ignore_index=ignore_index))
    return loss, logits


def _encode(p: Values, *, source: Ids, mask: Mask | None, style: Style) -> Value:
    return through_encoder(_placed(source, p["source.E"]), part(p, "encoder."), style, mask)


def _decode(memory: Value, p: Values, *, inputs: Ids, mask: Mask | None, style: Style) -> Value:
    """The logits (B, T, V_t) after each word of inputs (B, T)."""
    causal = causal_mask(inputs.shape[1])
    y = through_decoder(_placed(inputs, p["target.E"]), memory, part(p, "decoder."), style, causal, mask)
    W = p["output.W"] if "output.W" in p else p["target.E"].transpose(1, 0)
    b = p.get("output.b")
    return y @ W if b is None else one(apply(affine_forward, x=y, W=W, b=b))


def _placed(ids: Ids, E: Value) -> Value:
    """E[ids]·√D + the sinusoids of the places."""
    x = one(apply(embedding_forward, ids=ids, E=E)) * math.sqrt(E.shape[1])
    P = positional_encoding(ids.shape[1], E.shape[1]).astype(E.data.dtype)
    return one(apply(add_positions_forward, x=x, P=P))


def _mask(lengths: ArrayLike, source: Ids) -> Mask:
    return padding_mask(whole("lengths", lengths, "B", {"B": len(source)}), source.shape[1])


def _fitted(p: Mapping[str, Array], norm: Norm, tied: bool) -> tuple[dict[str, Array], Sizes]:
    sizes: Sizes = {}
    layers = depth(part(p, "encoder.")), depth(part(p, "decoder."))
    return fitted(p, transformer_shapes(*layers, norm, tied), sizes, optional=(*OPTIONAL, "b")), sizes
