"""Sequence to sequence: an encoder reads, a decoder writes (Sutskever et al. 2014; Cho et al. 2014).

    H, s_0 = encoder(E_s[source])          s_t = decoder(E_t[y_{t−1}], s_{t−1})          P(y_t) = softmax(s̃_t W + b)

Without attention s̃_t = s_t: all that is known of the source is the state s_0 with which the decoder begins. With it,
s̃_t = tanh([c_t; s_t] W_c) with c_t = Σ α h over the source's states (Luong et al. 2015, eq. 5), where α comes from the
score "dot" or "general" (Luong et al. 2015, eq. 8) or "additive" (Bahdanau et al. 2015, §A.1.2) of s_t with each h.

Word ids are time-major: source (S, B), target (T, B). The target begins with a sign for the beginning and ends with one
for the end. Parameters: "source.E" (V_s, D_s), "target.E" (V_t, D_t), "encoder.0.W" and so on as in `stacked.py`, as
many layers in the "decoder."; "output.W" (H, V_t), "output.b"; with attention "combine.W" (2H, H) and, by its kind,
"attention.W" (H, H), or "attention.W_s", "attention.W_h" (H, A) and "attention.v" (A,).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from quizdl.engine.activations import log_softmax, tanh_forward
from quizdl.engine.affine import affine_forward
from quizdl.engine.arrays import Array, Ids, Mask, Sizes, whole
from quizdl.engine.attention import bahdanau_forward, luong_forward
from quizdl.engine.bidirectional import Layer
from quizdl.engine.elementary import concat_forward, stack_forward
from quizdl.engine.embedding import embedding_forward
from quizdl.engine.errors import RangeError, ShapeError
from quizdl.engine.losses import softmax_cross_entropy_forward
from quizdl.engine.parameters import fitted, part, replayed_as, within
from quizdl.engine.stacked import depth, init_stacked, kind_of, read_through, stacked_shapes
from quizdl.engine.tape import Recording, Value, Values, apply, one, recorded

Attention: TypeAlias = Literal["dot", "general", "additive"]

State: TypeAlias = dict[str, NDArray[Any]]
"""What `decode_step` goes on from, each with the batch as its first axis: h (B, L, H), c, and the source's states."""

_ATTENTION: Mapping[str | None, Mapping[str, str]] = {
    None: {},
    "dot": {"combine.W": "2H H"},
    "general": {"combine.W": "2H H", "attention.W": "H H"},
    "additive": {"combine.W": "2H H", "attention.W_s": "H A", "attention.W_h": "H A", "attention.v": "A"},
}


def seq2seq_forward(
    p: Mapping[str, Array],
    source: ArrayLike,
    target: ArrayLike,
    *,
    layer: Layer,
    attention: Attention | None = None,
    lengths: ArrayLike | None = None,
    ignore_index: int | None = None,
    **conventions: Any,
) -> tuple[tuple[Array, Array], Recording]:
    """The mean cross-entropy of target[1:] and its logits (T − 1, B, V_t), the decoder being given target[:−1].

    That is teacher forcing: the right word goes in whatever was predicted. lengths: (B,), where each source ends;
    targets equal to `ignore_index` (padding) do not count. `conventions` are the layer's own (reset_after, z_keeps).
    O((S + T)·B·L·H² + T·B·H·V_t), and O(S·T·B·H) for attention.
    """
    p, sizes = _fitted(p, layer, attention)
    source = whole("source", source, "S B", sizes, below=len(p["source.E"]))
    inputs, labels = _shifted(target, len(p["target.E"]), ignore_index, sizes)
    options = {"layer": layer, "attention": attention, "lengths": lengths, "conventions": conventions}
    words = {"source": source, "inputs": inputs, "labels": labels, "ignore_index": ignore_index}
    outputs, cache = recorded(_translate, p=p, options={**words, **options})
    return outputs, cache


def seq2seq_backward(dloss: float | Array | None, dlogits: Array | None, cache: Recording) -> dict[str, Array]:
    """The gradient of every parameter; None where nothing arrives."""
    return replayed_as(cache, dloss=dloss, dlogits=dlogits)


def encode(
    p: Mapping[str, Array],
    source: ArrayLike,
    *,
    layer: Layer,
    attention: Attention | None = None,
    lengths: ArrayLike | None = None,
    **conventions: Any,
) -> State:
    """Reads source (S, B) → the state from which `decode_step` writes the first word."""
    p, sizes = _fitted(p, layer, attention)
    source = whole("source", source, "S B", sizes, below=len(p["source.E"]))
    options = {"source": source, "layer": layer, "lengths": lengths, "conventions": conventions}
    (H, *last), _ = recorded(_encode, p=p, options=options)
    state = _batch_first(last)
    if attention is not None:
        state["H"] = H.swapaxes(0, 1)
        state["mask"] = _mask(lengths, *source.shape).T
    return state


def decode_step(
    p: Mapping[str, Array],
    tokens: ArrayLike,
    state: State,
    *,
    layer: Layer,
    attention: Attention | None = None,
    **conventions: Any,
) -> tuple[Array, State]:
    """log P(next word) (B, V_t) after the words tokens (B,), and the state after them.

    `functools.partial(decode_step, p, layer=…)` is a step of `decoding.greedy_decode` and `decoding.beam_search`.
    """
    p, sizes = _fitted(p, layer, attention)
    inputs = whole("tokens", tokens, "B", sizes, below=len(p["target.E"]))[None]
    mask = state["mask"].T if attention is not None else None
    H = state["H"].swapaxes(0, 1) if attention is not None else None
    last = [state[name].swapaxes(0, 1) for name in _STATES if name in state]
    options = {"inputs": inputs, "mask": mask, "layer": layer, "attention": attention, "conventions": conventions}
    (logits, *last), _ = recorded(_decode, last=last, p=p, H=H, options=options)
    return log_softmax(logits[0]), {**state, **_batch_first(last)}


def init_seq2seq(
    rng: np.random.Generator,
    source_words: int,
    target_words: int,
    D: int,
    H: int,
    *,
    layer: Layer,
    layers: int = 1,
    attention: Attention | None = None,
    dtype: DTypeLike = np.float64,
) -> dict[str, Array]:
    """Vectors of D drawn from N(0, 1), all other weights evenly from ±1/√(what they read), A = H."""
    shapes = {"output.W": (H, target_words), "combine.W": (2 * H, H), "attention.v": (H,)}
    wanted = ["output.W", *_ATTENTION[attention]]
    p = {"source.E": rng.standard_normal((source_words, D)), "target.E": rng.standard_normal((target_words, D))}
    for side in ("encoder.", "decoder."):
        p |= within(side, init_stacked(rng, D, H, layer=layer, layers=layers))
    for name in wanted:
        shape = shapes.get(name, (H, H))
        bound = 1 / math.sqrt(shape[0])
        p[name] = rng.uniform(-bound, bound, shape)
    p["output.b"] = np.zeros(target_words)
    return {name: w.astype(dtype) for name, w in p.items()}


def _translate(
    p: Values, *, source: Ids, inputs: Ids, labels: Ids, ignore_index: int | None, attention: str | None, **options: Any
) -> tuple[Value, Value]:
    H, *last = _encode(p, source, **options)
    mask = _mask(options.pop("lengths"), *source.shape)
    logits, *_ = _decode(last, p, H, inputs=inputs, mask=mask, attention=attention, **options)
    loss = one(apply(softmax_cross_entropy_forward, z=logits, t=labels, ignore_index=ignore_index))
    return loss, logits


def _encode(p: Values, source: Ids, layer: str, lengths: Any, conventions: Mapping[str, Any]) -> tuple[Value, ...]:
    """All states of the uppermost layer (S, B, H) and the last ones of all layers."""
    x = one(apply(embedding_forward, ids=source, E=p["source.E"]))
    return read_through(x, part(p, "encoder."), layer=layer, lengths=lengths, **conventions)


def _decode(
    last: list[Value],
    p: Values,
    H: Value | None = None,
    *,
    inputs: Ids,
    mask: Mask | None,
    layer: str,
    attention: str | None,
    conventions: Mapping[str, Any],
) -> tuple[Value, ...]:
    """The logits (T, B, V_t) after each word of inputs (T, B), and the last states of all layers."""
    x = one(apply(embedding_forward, ids=inputs, E=p["target.E"]))
    s, *last = read_through(x, part(p, "decoder."), *last, layer=layer, **conventions)
    if attention is not None and H is not None:
        looked = [_context(s[t], H, mask, part(p, "attention."), attention) for t in range(len(s))]
        context = one(apply(stack_forward, parts=looked))
        s = one(apply(tanh_forward, x=one(apply(concat_forward, parts=[context, s])) @ p["combine.W"]))
    return one(apply(affine_forward, x=s, W=p["output.W"], b=p["output.b"])), *last


def _context(s: Value, H: Value, mask: Mask | None, p: Mapping[str, Any], attention: str) -> Value:
    """c_t = Σ α h (B, H), the source's states as seen from s (B, H)."""
    if attention == "additive":
        context, _ = apply(bahdanau_forward, s=s, H=H, **p, mask=mask)
    else:
        context, _ = apply(luong_forward, s=s, H=H, **p, mask=mask)
    return one(context)


def _fitted(p: Mapping[str, Array], layer: str, attention: str | None) -> tuple[dict[str, Array], Sizes]:
    if attention not in _ATTENTION:
        known = ", ".join(map(str, _ATTENTION))
        raise RangeError(
            "attention", f"{known} のどれかが必要ですが、{attention!r} です", f"expected {known}, found {attention!r}"
        )
    sizes: Sizes = {}
    encoder, layers = part(p, "encoder."), depth(part(p, "encoder."))
    shapes = {
        "source.E": "V_s D_s",
        "target.E": "V_t D_t",
        **within("encoder.", stacked_shapes(encoder, sizes, layer=layer, inputs="D_s")),
        **within("decoder.", stacked_shapes(encoder, sizes, layer=layer, layers=layers, inputs="D_t")),
        **_ATTENTION[attention],
        "output.W": "H V_t",
        "output.b": "V_t",
    }
    return fitted(p, shapes, sizes, optional=tuple(kind_of(layer).optional)), sizes


def _shifted(target: ArrayLike, V: int, ignore_index: int | None, sizes: Sizes) -> tuple[Ids, Ids]:
    """What goes into the decoder, target[:−1], and what is to come out, target[1:]; padding goes in as some word."""
    target = whole("target", target, "T B", sizes)
    if len(target) < 2:
        raise ShapeError(
            "target",
            "最初の記号と、予測する単語が 1 つ以上必要です (T ≥ 2)",
            "expected the sign for the beginning and at least one word to predict (T ≥ 2)",
        )
    counted = np.ones(target.shape, bool) if ignore_index is None else target != ignore_index
    whole("target", np.where(counted, target, 0), "T B", sizes, below=V)
    inside = (target >= 0) & (target < V)
    return np.where(inside, target, 0)[:-1], target[1:]


def _mask(lengths: ArrayLike | None, S: int, B: int) -> Mask:
    """(S, B): where there is a source to look at."""
    ends = np.full(B, S) if lengths is None else np.asarray(lengths)
    return np.asarray(np.arange(S)[:, None] < ends)


_STATES = ("h", "c")


def _batch_first(last: list[Array]) -> State:
    return {name: x.swapaxes(0, 1) for name, x in zip(_STATES, last, strict=False)}
