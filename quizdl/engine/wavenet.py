"""WaveNet: dilated causal convolutions, so that what comes out at time t depends on nothing after t.

Sequences are (N, C, L). van den Oord et al. 2016, §2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import DTypeLike

from quizdl.engine.activations import relu_forward, sigmoid_forward, tanh_forward
from quizdl.engine.arrays import Array, Gradients, Sizes, checked
from quizdl.engine.convolution import ConvCache
from quizdl.engine.convolution1d import conv1d_backward, conv1d_forward
from quizdl.engine.errors import ShapeError
from quizdl.engine.initialisers import xavier_normal
from quizdl.engine.parameters import fitted, part, replayed_as, within
from quizdl.engine.sizes import need_at_least, need_sizes, receptive_field
from quizdl.engine.tape import Recording, Value, Values, apply, one, recorded

BLOCK = {
    "filter.w": "D C K",
    "filter.b": "D",
    "gate.w": "D C K",
    "gate.b": "D",
    "residual.w": "C D 1",
    "residual.b": "C",
    "skip.w": "S D 1",
    "skip.b": "S",
}
"""The parameters of a block."""


def causal_conv1d_forward(x: Array, w: Array, b: Array | None, *, dilation: int = 1) -> tuple[Array, ConvCache]:
    """y[t] = b + Σ_k w[k] x[t − (K − 1 − k)·dilation]: padded on the left only, so that y keeps the length.

    x: (N, C, L), w: (F, C, K), its last entry for the present, b: (F,) → (N, F, L). van den Oord et al. 2016, §2.1.
    O(N·F·C·K·L).
    """
    need_at_least(1, dilation=dilation)
    x, w, b = checked(x=(x, "N C L"), w=(w, "F C K"), b=(b, "F"))
    return conv1d_forward(x, w, b, pad=((w.shape[2] - 1) * dilation, 0), dilation=dilation)


def causal_conv1d_backward(dy: Array, cache: ConvCache) -> Gradients:
    """As `conv1d_backward`: dx at time t comes from dy at t and after."""
    return conv1d_backward(dy, cache)


def causal_receptive_field(k: int, dilations: Sequence[int]) -> int:
    """How many steps, the present one among them, an output depends on: 1 + (k − 1)·Σ dilations."""
    need_sizes(k=k)
    need_at_least(1, **{f"dilations[{n}]": d for n, d in enumerate(dilations)})
    return receptive_field([(d * (k - 1) + 1, 1) for d in dilations])


def init_wavenet_block(
    rng: np.random.Generator, channels: int, inner: int, skip: int, *, k: int = 2, dtype: DTypeLike = np.float64
) -> dict[str, Array]:
    """Parameters; channels (C) go through, inner (D) are gated, skip (S) come out at the side, k is the filter's."""
    need_sizes(channels=channels, inner=inner, skip=skip, k=k)
    shapes = {"filter": (inner, channels, k), "gate": (inner, channels, k)}
    return _init(rng, shapes | {"residual": (channels, inner, 1), "skip": (skip, inner, 1)}, dtype)


def wavenet_block(x: Value, p: Values, dilation: int) -> tuple[Value, Value]:
    """z = tanh(W_f ∗ x) ⊙ σ(W_g ∗ x); x + the 1×1 residual of z goes on, the 1×1 skip of z comes out."""
    f = _causal(x, p, "filter", dilation)
    g = _causal(x, p, "gate", dilation)
    z = one(apply(tanh_forward, x=f)) * one(apply(sigmoid_forward, x=g))
    return x + _causal(z, p, "residual"), _causal(z, p, "skip")


def wavenet_block_forward(
    x: Array, p: Mapping[str, Array], *, dilation: int = 1
) -> tuple[tuple[Array, Array], Recording]:
    """What goes on to the next block (N, C, L), and the skip output (N, S, L); x: (N, C, L).

    van den Oord et al. 2016, eq. 2 and fig. 4. O(N·L·D·(2·C·K + C + S)).
    """
    need_at_least(1, dilation=dilation)
    sizes: Sizes = {}
    (x,) = checked(sizes, x=(x, "N C L"))
    outputs, cache = recorded(wavenet_block, x=x, p=fitted(p, BLOCK, sizes), options={"dilation": dilation})
    return outputs, cache


def wavenet_block_backward(dy: Array | None, dskip: Array | None, cache: Recording) -> dict[str, Array]:
    """Gradients of x and of every parameter; None where nothing arrives."""
    return replayed_as(cache, dy=dy, dskip=dskip)


def init_wavenet(
    rng: np.random.Generator,
    c_in: int,
    c_out: int,
    *,
    channels: int,
    skip: int,
    blocks: int,
    k: int = 2,
    dtype: DTypeLike = np.float64,
) -> dict[str, Array]:
    """Parameters `input.w`, `0.filter.w`, …, `hidden.w`, `output.w`, and a bias of each."""
    need_sizes(c_in=c_in, c_out=c_out, channels=channels, skip=skip, blocks=blocks, k=k)
    p = _init(rng, {"input": (channels, c_in, k)}, dtype)
    for n in range(blocks):
        p |= within(f"{n}.", init_wavenet_block(rng, channels, channels, skip, k=k, dtype=dtype))
    return p | _init(rng, {"hidden": (skip, skip, 1), "output": (c_out, skip, 1)}, dtype)


def wavenet(x: Value, p: Values, dilations: tuple[int, ...]) -> Value:
    """A causal convolution, the blocks one after another, and ReLU-1×1-ReLU-1×1 of the sum of their skip outputs."""
    h = _causal(x, p, "input")
    h, total = wavenet_block(h, part(p, "0."), dilations[0])
    for n, dilation in enumerate(dilations[1:], 1):
        h, skip = wavenet_block(h, part(p, f"{n}."), dilation)
        total = total + skip
    hidden = _causal(one(apply(relu_forward, x=total)), p, "hidden")
    return _causal(one(apply(relu_forward, x=hidden)), p, "output")


def wavenet_forward(x: Array, p: Mapping[str, Array], *, dilations: Sequence[int]) -> tuple[Array, Recording]:
    """Logits of the next step at every step; x: (N, I, L) → (N, A, L); dilations: one for each block, as 1, 2, 4, ….

    An output depends on the present and on causal_receptive_field(K, (1, *dilations)) − 1 steps before it.
    van den Oord et al. 2016, fig. 4. O(N·L·Σ of the sizes of the filters).
    """
    dilations = tuple(dilations)
    if not dilations:
        raise ShapeError("dilations", "1 つ以上が必要です", "expected at least one")
    need_at_least(1, **{f"dilations[{n}]": d for n, d in enumerate(dilations)})
    shapes = {"input.w": "C I K", "input.b": "C"}
    for n in range(len(dilations)):
        shapes |= within(f"{n}.", BLOCK)
    shapes |= {"hidden.w": "S S 1", "hidden.b": "S", "output.w": "A S 1", "output.b": "A"}
    sizes: Sizes = {}
    (x,) = checked(sizes, x=(x, "N I L"))
    y, cache = recorded(wavenet, x=x, p=fitted(p, shapes, sizes), options={"dilations": dilations})
    return y, cache


def wavenet_backward(dy: Array, cache: Recording) -> dict[str, Array]:
    """Gradients of x and of every parameter."""
    return replayed_as(cache, dy=dy)


def _causal(x: Value, p: Values, name: str, dilation: int = 1) -> Value:
    return one(apply(causal_conv1d_forward, x=x, w=p[f"{name}.w"], b=p[f"{name}.b"], dilation=dilation))


def _init(rng: np.random.Generator, shapes: Mapping[str, tuple[int, int, int]], dtype: DTypeLike) -> dict[str, Array]:
    """Filters (F, C, K), and biases of zeros."""
    p: dict[str, Array] = {}
    for name, shape in shapes.items():
        p[f"{name}.w"] = xavier_normal(rng, shape, layout="conv", dtype=dtype)
        p[f"{name}.b"] = np.zeros(shape[0], dtype=dtype)
    return p
