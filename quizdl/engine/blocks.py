"""Blocks of convolutional networks: residual, densely connected, depthwise separable, squeeze-and-excitation.

Each is written on values (`residual`, …) and has its `init_`, `_forward` and `_backward`. x is (N, C, H, W); p holds
the block's parameters by name: `conv1.w` (F, C, R, S), `bn1.gamma` (F,), … No convolution has a bias, which the batch
normalisation after it would take away again. Batch normalisation uses the statistics of the batch, as in training.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from quizdl.engine.activations import relu_forward, sigmoid_forward
from quizdl.engine.affine import affine_forward
from quizdl.engine.arrays import Array, Sizes, checked
from quizdl.engine.convolution import conv2d_forward
from quizdl.engine.elementary import concat_forward
from quizdl.engine.errors import RangeError
from quizdl.engine.initialisers import he_normal
from quizdl.engine.normalisation import batch_norm_forward
from quizdl.engine.parameters import fitted, replayed_as
from quizdl.engine.pooling import avg_pool2d_forward, global_avg_pool_forward
from quizdl.engine.sizes import need_at_least, need_sizes
from quizdl.engine.tape import Recording, Value, Values, apply, one, recorded


def init_residual(
    rng: np.random.Generator, c_in: int, c_out: int, *, stride: int = 1, dtype: DTypeLike = np.float64
) -> dict[str, Array]:
    """Parameters of a residual block; those of a projection too where the shapes of x and of the output differ."""
    need_sizes(c_in=c_in, c_out=c_out)
    need_at_least(1, stride=stride)
    p = {
        "conv1.w": he_normal(rng, (c_out, c_in, 3, 3), dtype=dtype),
        **_init_norm("bn1", c_out, dtype),
        "conv2.w": he_normal(rng, (c_out, c_out, 3, 3), dtype=dtype),
        **_init_norm("bn2", c_out, dtype),
    }
    if stride == 1 and c_in == c_out:
        return p
    projection = {"projection.w": he_normal(rng, (c_out, c_in, 1, 1), dtype=dtype)}
    return {**p, **projection, **_init_norm("projection_bn", c_out, dtype)}


def residual(x: Value, p: Values, stride: int) -> Value:
    """y = ReLU(F(x) + x), where F is conv-BN-ReLU-conv-BN; or + BN(x's 1×1 projection) where the shapes differ."""
    h = _relu(_norm(_conv(x, p["conv1.w"], stride), p, "bn1"))
    h = _norm(_conv(h, p["conv2.w"]), p, "bn2")
    skip = x if "projection.w" not in p else _norm(_conv(x, p["projection.w"], stride), p, "projection_bn")
    return _relu(h + skip)


def residual_forward(x: Array, p: Mapping[str, Array], *, stride: int = 1) -> tuple[Array, Recording]:
    """y = ReLU(F(x) + x), the basic block of ResNet-18 and -34; x: (N, C, H, W) → (N, F, ⌈H/stride⌉, ⌈W/stride⌉).

    With `projection.w` in p, x is projected (1×1, with the stride); without, C = F and the stride is 1.
    He et al. 2016, eq. 1 and 2. O(N·F·(C + F)·9·H'·W').
    """
    need_at_least(1, stride=stride)
    projected = "projection.w" in p
    if stride != 1 and not projected:
        raise RangeError(
            "stride",
            f"projection.w がないときは 1 が必要ですが、{stride} です",
            f"expected 1 where p has no projection.w, found {stride}",
        )
    F = "F" if projected else "C"
    shapes = {"conv1.w": f"{F} C 3 3", **_norm_shapes("bn1", F), "conv2.w": f"{F} {F} 3 3", **_norm_shapes("bn2", F)}
    if projected:
        shapes |= {"projection.w": "F C 1 1", **_norm_shapes("projection_bn", F)}
    x, p = _checked(x, p, shapes)
    y, cache = recorded(residual, x=x, p=p, options={"stride": stride})
    return y, cache


def residual_backward(dy: Array, cache: Recording) -> dict[str, Array]:
    """Gradients of x, which arrive by both ways, and of every parameter."""
    return replayed_as(cache, dy=dy)


def init_dense_block(
    rng: np.random.Generator, c_in: int, *, growth: int, layers: int, dtype: DTypeLike = np.float64
) -> dict[str, Array]:
    """Parameters `0.bn.gamma`, `0.bn.beta`, `0.conv.w`, `1.bn.gamma`, …; layer l reads c_in + l·growth channels."""
    need_sizes(c_in=c_in, growth=growth, layers=layers)
    p: dict[str, Array] = {}
    for layer in range(layers):
        channels = c_in + layer * growth
        p |= _init_norm(f"{layer}.bn", channels, dtype)
        p[f"{layer}.conv.w"] = he_normal(rng, (growth, channels, 3, 3), dtype=dtype)
    return p


def dense_block(x: Value, p: Values) -> Value:
    """x_l = H_l([x_0, …, x_(l−1)]), where H is BN-ReLU-conv; all of them, x_0 = x first."""
    for layer in range(_layers(p)):
        h = _conv(_relu(_norm(x, p, f"{layer}.bn")), p[f"{layer}.conv.w"])
        x = one(apply(concat_forward, parts=[x, h], axis=1))
    return x


def dense_block_forward(x: Array, p: Mapping[str, Array]) -> tuple[Array, Recording]:
    """Every layer reads what all before it made, and adds k channels (the growth rate) to it.

    x: (N, C, H, W) → (N, C + L·k, H, W) after L layers. Huang et al. 2017, eq. 2. O(N·L·k·(C + L·k)·9·H·W).
    """
    (x,) = checked(x=(x, "N C H W"))
    first = np.shape(p["0.conv.w"]) if "0.conv.w" in p else (0,)
    channels, growth = x.shape[1], first[0] if first else 0
    shapes: dict[str, str] = {}
    for layer in range(max(1, _layers(p))):
        C = str(channels + layer * growth)
        shapes |= {**_norm_shapes(f"{layer}.bn", C), f"{layer}.conv.w": f"K {C} 3 3"}
    x, p = _checked(x, p, shapes)
    y, cache = recorded(dense_block, x=x, p=p)
    return y, cache


def dense_block_backward(dy: Array, cache: Recording) -> dict[str, Array]:
    """Gradients of x, from every layer that read it, and of every parameter."""
    return replayed_as(cache, dy=dy)


def init_transition(rng: np.random.Generator, c_in: int, c_out: int, dtype: DTypeLike = np.float64) -> dict[str, Array]:
    """Parameters of the layer between two dense blocks; c_out = θ·c_in, with the paper's compression θ = 1/2."""
    need_sizes(c_in=c_in, c_out=c_out)
    return {**_init_norm("bn", c_in, dtype), "conv.w": he_normal(rng, (c_out, c_in, 1, 1), dtype=dtype)}


def transition(x: Value, p: Values) -> Value:
    """BN-ReLU-conv 1×1, then the mean of every 2×2 window."""
    h = _conv(_relu(_norm(x, p, "bn")), p["conv.w"])
    return one(apply(avg_pool2d_forward, x=h, k=2))


def transition_forward(x: Array, p: Mapping[str, Array]) -> tuple[Array, Recording]:
    """Fewer channels and half the size; x: (N, C, H, W) → (N, F, ⌊H/2⌋, ⌊W/2⌋).

    Huang et al. 2017, §3, "Pooling layers" (with the ReLU of the authors' own networks). O(N·C·F·H·W).
    """
    x, p = _checked(x, p, {**_norm_shapes("bn", "C"), "conv.w": "F C 1 1"})
    y, cache = recorded(transition, x=x, p=p)
    return y, cache


def transition_backward(dy: Array, cache: Recording) -> dict[str, Array]:
    """Gradients of x and of every parameter."""
    return replayed_as(cache, dy=dy)


def init_depthwise_separable(
    rng: np.random.Generator, c_in: int, c_out: int, dtype: DTypeLike = np.float64
) -> dict[str, Array]:
    """Parameters `depthwise.w` (C, 1, 3, 3), `pointwise.w` (F, C, 1, 1), and of a normalisation after each."""
    need_sizes(c_in=c_in, c_out=c_out)
    return {
        "depthwise.w": he_normal(rng, (c_in, 1, 3, 3), dtype=dtype),
        **_init_norm("bn1", c_in, dtype),
        "pointwise.w": he_normal(rng, (c_out, c_in, 1, 1), dtype=dtype),
        **_init_norm("bn2", c_out, dtype),
    }


def depthwise_separable(x: Value, p: Values, stride: int) -> Value:
    """A 3×3 filter for each channel by itself, then 1×1 across the channels, BN and ReLU after each."""
    h = _relu(_norm(_conv(x, p["depthwise.w"], stride, groups=x.shape[1]), p, "bn1"))
    return _relu(_norm(_conv(h, p["pointwise.w"]), p, "bn2"))


def depthwise_separable_forward(x: Array, p: Mapping[str, Array], *, stride: int = 1) -> tuple[Array, Recording]:
    """MobileNet's block; x: (N, C, H, W) → (N, F, ⌈H/stride⌉, ⌈W/stride⌉). Howard et al. 2017, §3.1 and fig. 3.

    O(N·C·(9 + F)·H'·W'), which is 1/F + 1/9 of the full convolution's.
    """
    need_at_least(1, stride=stride)
    shapes = {"depthwise.w": "C 1 3 3", **_norm_shapes("bn1", "C"), "pointwise.w": "F C 1 1"}
    x, p = _checked(x, p, shapes | _norm_shapes("bn2", "F"))
    y, cache = recorded(depthwise_separable, x=x, p=p, options={"stride": stride})
    return y, cache


def depthwise_separable_backward(dy: Array, cache: Recording) -> dict[str, Array]:
    """Gradients of x and of every parameter."""
    return replayed_as(cache, dy=dy)


def init_squeeze_excitation(
    rng: np.random.Generator, channels: int, *, reduction: int = 16, dtype: DTypeLike = np.float64
) -> dict[str, Array]:
    """Parameters `W1` (C, C/r), `b1`, `W2` (C/r, C), `b2`; C/r is at least 1."""
    need_sizes(channels=channels, reduction=reduction)
    narrow = max(1, channels // reduction)
    return {
        "W1": he_normal(rng, (channels, narrow), dtype=dtype),
        "b1": np.zeros(narrow, dtype=dtype),
        "W2": he_normal(rng, (narrow, channels), gain=1.0, dtype=dtype),
        "b2": np.zeros(channels, dtype=dtype),
    }


def squeeze_excitation(x: Value, p: Values) -> Value:
    """z = the mean of each channel, s = σ(ReLU(zW1 + b1)W2 + b2), y = s·x, channel by channel."""
    z = one(apply(global_avg_pool_forward, x=x))
    h = _relu(one(apply(affine_forward, x=z, W=p["W1"], b=p["b1"])))
    s = one(apply(sigmoid_forward, x=one(apply(affine_forward, x=h, W=p["W2"], b=p["b2"]))))
    return x * s.reshape(*s.shape, 1, 1)


def squeeze_excitation_forward(x: Array, p: Mapping[str, Array]) -> tuple[Array, Recording]:
    """Each channel weighed by a gate that all channels' means decide; x: (N, C, H, W) → (N, C, H, W).

    Hu et al. 2018, eq. 2 to 4. O(N·C·(H·W + C/r)).
    """
    x, p = _checked(x, p, {"W1": "C R", "b1": "R", "W2": "R C", "b2": "C"})
    y, cache = recorded(squeeze_excitation, x=x, p=p)
    return y, cache


def squeeze_excitation_backward(dy: Array, cache: Recording) -> dict[str, Array]:
    """Gradients of x, as what is weighed and as what decides, and of every parameter."""
    return replayed_as(cache, dy=dy)


def _conv(x: Value, w: Value, stride: int = 1, groups: int = 1) -> Value:
    """Without bias, padded so that stride 1 keeps the size."""
    return one(apply(conv2d_forward, x=x, w=w, b=None, stride=stride, pad=w.shape[-1] // 2, groups=groups))


def _norm(x: Value, p: Values, name: str) -> Value:
    return one(apply(batch_norm_forward, x=x, gamma=p[f"{name}.gamma"], beta=p[f"{name}.beta"]))


def _relu(x: Value) -> Value:
    return one(apply(relu_forward, x=x))


def _init_norm(name: str, channels: int, dtype: DTypeLike) -> dict[str, Array]:
    return {f"{name}.gamma": np.ones(channels, dtype=dtype), f"{name}.beta": np.zeros(channels, dtype=dtype)}


def _norm_shapes(name: str, channels: str) -> dict[str, str]:
    return {f"{name}.gamma": channels, f"{name}.beta": channels}


def _layers(p: Mapping[str, Any]) -> int:
    layers = 0
    while f"{layers}.conv.w" in p:
        layers += 1
    return layers


def _checked(x: Array, p: Mapping[str, Array], shapes: Mapping[str, str]) -> tuple[Array, dict[str, Array]]:
    sizes: Sizes = {}
    (x,) = checked(sizes, x=(x, "N C H W"))
    return x, fitted(p, shapes, sizes)
