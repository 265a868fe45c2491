"""The layers of a Transformer: attention and feed-forward networks, each with a way around it.

    post-norm (Vaswani et al. 2017): x ← norm(x + sublayer(x))
    pre-norm (Xiong et al. 2020):    x ← x + sublayer(norm(x))

The sublayers of an encoder's layer are self-attention and feed_forward(x) = φ(x W_1 + b_1) W_2 + b_2; those of a
decoder's layer are self-attention that cannot see the future, attention to the memory (what the encoder made of the
source), and feed-forward.

Sequences are batch-major, (B, T, D), unlike those of the recurrent layers. Parameters by name: "attention.W_q", W_k,
W_v, W_o and their b_q, …; the decoder's "cross.W_q", …; "feed_forward.W_1", b_1, W_2, b_2; "norm_1.gamma",
"norm_1.beta" and so on, one norm for each sublayer. All b and beta may be left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.activations import relu_backward, relu_forward
from quizdl.engine.arrays import Array, Cache, Gradients, Mask, Sizes, arriving, checked
from quizdl.engine.attention import as_mask, causal_mask
from quizdl.engine.errors import one_of
from quizdl.engine.multi_head import (
    for_all_heads,
    multi_head_attention_backward,
    multi_head_attention_forward,
    project,
    project_backward,
)
from quizdl.engine.normalisation import layer_norm_forward, rms_norm_forward
from quizdl.engine.parameters import fitted, part, replayed_as, within
from quizdl.engine.rectifiers import gelu_backward, gelu_forward, gelu_tanh_backward, gelu_tanh_forward
from quizdl.engine.tape import Recording, Value, Values, apply, one, recorded

Norm: TypeAlias = Literal["pre", "post"]
Activation: TypeAlias = Literal["relu", "gelu", "gelu_tanh"]
Shapes: TypeAlias = dict[str, str]

ACTIVATIONS: Mapping[str, tuple[Callable[..., Any], Callable[..., Gradients]]] = {
    "relu": (relu_forward, relu_backward),
    "gelu": (gelu_forward, gelu_backward),
    "gelu_tanh": (gelu_tanh_forward, gelu_tanh_backward),
}

ATTENTION = {"W_q": "D E", "W_k": "D E", "W_v": "D E", "W_o": "E D", "b_q": "E", "b_k": "E", "b_v": "E", "b_o": "D"}
FEED_FORWARD = {"W_1": "D F", "b_1": "F", "W_2": "F D", "b_2": "D"}
NORM = {"gamma": "D", "beta": "D"}
OPTIONAL = ("b_q", "b_k", "b_v", "b_o", "b_1", "b_2", "beta")
"""Parameters that may be left out, by the last part of their names."""


class Style(NamedTuple):
    """What all layers of a Transformer have in common; a scale of attention's scores of None is 1/√d."""

    heads: int
    norm: Norm
    activation: Activation
    eps: float
    scale: float | None = None
    rms: bool = False


def feed_forward_forward(
    x: Array,
    W_1: Array,
    b_1: Array | None,
    W_2: Array,
    b_2: Array | None,
    *,
    activation: Activation = "relu",
) -> tuple[Array, Cache]:
    """y = φ(x W_1 + b_1) W_2 + b_2 at every place by itself; x: (B, T, D), W_1: (D, F), W_2: (F, D) → (B, T, D).

    Vaswani et al. 2017, eq. 2; φ is relu there, gelu in BERT. O(B·T·D·F).
    """
    one_of("activation", activation, tuple(ACTIVATIONS))
    x, W_1, b_1, W_2, b_2 = checked(
        x=(x, "B T D"), W_1=(W_1, "D F"), b_1=(b_1, "F"), W_2=(W_2, "F D_o"), b_2=(b_2, "D_o")
    )
    forward, backward = ACTIVATIONS[activation]
    a, inner = forward(project(x, W_1, b_1))
    return project(a, W_2, b_2), (x, W_1, b_1 is None, W_2, b_2 is None, a, inner, backward)


def feed_forward_backward(dy: Array, cache: Cache) -> Gradients:
    """Gradients of x, W_1, W_2, and of the biases that there were."""
    x, W_1, no_b_1, W_2, no_b_2, a, inner, backward = cache
    dy = arriving(dy, (*x.shape[:-1], W_2.shape[1]))
    da, dW_2, db_2 = project_backward(dy, a, W_2)
    dx, dW_1, db_1 = project_backward(backward(da, inner)["x"], x, W_1)
    gradients = {"x": dx, "W_1": dW_1, "W_2": dW_2}
    gradients |= {} if no_b_1 else {"b_1": db_1}
    return gradients | ({} if no_b_2 else {"b_2": db_2})


def encoder_layer_forward(
    x: Array,
    p: Mapping[str, Array],
    *,
    heads: int,
    norm: Norm = "post",
    activation: Activation = "relu",
    mask: ArrayLike | None = None,
    eps: float = 1e-5,
) -> tuple[Array, Recording]:
    """Self-attention and feed-forward, each with a way around it; x: (B, T, D) → (B, T, D).

    mask: (T, T), (B, T, T) or (B, heads, T, T). Vaswani et al. 2017, §3.1. O(B·T·D·(D + F) + B·T²·D).
    """
    return run_layers(
        through_encoder_layer, layer_shapes(), p, Style(heads, norm, activation, eps), {"mask": mask}, x=x
    )


def encoder_layer_backward(dy: Array, cache: Recording) -> Gradients:
    """The gradients of x and of every parameter."""
    return replayed_as(cache, dy=dy)


def decoder_layer_forward(
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
    """Causal self-attention, attention to the memory, feed-forward; x: (B, T, D), memory: (B, S, D) → (B, T, D).

    mask, besides the causal one: (T, T) or (B, T, T); memory_mask: (T, S), (B, T, S) or (B, heads, T, S).
    Vaswani et al. 2017, §3.1. O(B·T·D·(D + F) + B·T·(T + S)·D).
    """
    masks = {"mask": causal(mask, x), "memory_mask": memory_mask}
    style = Style(heads, norm, activation, eps)
    return run_layers(through_decoder_layer, layer_shapes(cross=True), p, style, masks, x=x, memory=memory)


def decoder_layer_backward(dy: Array, cache: Recording) -> Gradients:
    """The gradients of x, memory and every parameter."""
    return replayed_as(cache, dy=dy)


def layer_shapes(*, cross: bool = False) -> Shapes:
    """The parameters of an encoder's layer, or with `cross` of a decoder's, and their shapes in letters."""
    parts = {"attention.": ATTENTION, **({"cross.": ATTENTION} if cross else {}), "feed_forward.": FEED_FORWARD}
    norms = {f"norm_{k}.": NORM for k in range(1, len(parts) + 1)}
    return {name: shape for prefix, shapes in (parts | norms).items() for name, shape in within(prefix, shapes).items()}


def through_encoder_layer(x: Value, p: Values, style: Style, mask: Any = None, bias: Value | None = None) -> Value:
    """x read by one layer: self-attention, feed-forward."""
    x = _around(x, lambda h: _attended(h, h, part(p, "attention."), style, mask, bias), part(p, "norm_1."), style)
    return _around(x, lambda h: _fed_forward(h, part(p, "feed_forward."), style), part(p, "norm_2."), style)


def through_decoder_layer(
    x: Value, memory: Value, p: Values, style: Style, mask: Any, memory_mask: Any = None, bias: Value | None = None
) -> Value:
    """x read by one layer: self-attention, attention to the memory, feed-forward."""
    x = _around(x, lambda h: _attended(h, h, part(p, "attention."), style, mask, bias), part(p, "norm_1."), style)
    x = _around(x, lambda h: _attended(h, memory, part(p, "cross."), style, memory_mask), part(p, "norm_2."), style)
    return _around(x, lambda h: _fed_forward(h, part(p, "feed_forward."), style), part(p, "norm_3."), style)


def normalised(x: Value, p: Values, style: Style) -> Value:
    """Layer norm, or RMS norm."""
    arguments: dict[str, Any] = {"x": x, **p, "eps": style.eps}
    return one(apply(rms_norm_forward if style.rms else layer_norm_forward, **arguments))


def _around(x: Value, sublayer: Callable[[Value], Value], norm: Values, style: Style) -> Value:
    """x + sublayer(norm(x)), or norm(x + sublayer(x))."""
    if style.norm == "pre":
        return x + sublayer(normalised(x, norm, style))
    return normalised(x + sublayer(x), norm, style)


def _attended(x: Value, context: Value, p: Values, style: Style, mask: Any, bias: Value | None = None) -> Value:
    arguments: dict[str, Any] = {"Q": x, "K": context, "V": context, **p}
    options = {"heads": style.heads, "mask": mask, "bias": bias, "scale": style.scale}
    return one(apply(_attention_forward, **arguments, **options))


def _attention_forward(**arguments: Any) -> tuple[Array, Cache]:
    """Without the weights, so that the backward need not add a gradient of zeros to theirs."""
    (y, _), cache = multi_head_attention_forward(**arguments)
    return y, cache


def _attention_backward(dy: Array, cache: Cache) -> Gradients:
    return multi_head_attention_backward(dy, None, cache)


def _fed_forward(x: Value, p: Values, style: Style) -> Value:
    arguments: dict[str, Any] = {"x": x, "b_1": None, "b_2": None, **p}
    return one(apply(feed_forward_forward, **arguments, activation=style.activation))


def run_layers(
    build: Callable[..., Value], shapes: Shapes, p: Mapping[str, Array], style: Style, masks: Any, **x: Array
) -> tuple[Array, Recording]:
    """A network of layers on x (and memory), all checked."""
    one_of("norm", style.norm, ("pre", "post"))
    sizes: Sizes = {}
    letters = {"x": "B T D", "memory": "B S D"}
    arrays = checked(sizes, **{name: (value, letters[name]) for name, value in x.items()})
    p = fitted(p, shapes, sizes, optional=OPTIONAL)
    B, T = sizes["B"], sizes["T"]
    seen = {"mask": T, "memory_mask": sizes.get("S", T)}
    options: dict[str, Any] = {"style": style}
    options |= {name: for_all_heads(m, (B, style.heads, T, seen[name]), name) for name, m in masks.items()}
    outputs, cache = recorded(build, **dict(zip(x, arrays, strict=True)), p=p, options=options)
    return outputs, cache


def causal(mask: ArrayLike | None, x: Array) -> Mask:
    """Only the past, and of it only what the mask allows."""
    B, T, _ = np.shape(checked(x=(x, "B T D"))[0])
    allowed = as_mask(mask, (B, T, T))
    return causal_mask(T) if allowed is None else causal_mask(T) & allowed
