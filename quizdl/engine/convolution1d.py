"""Convolution of sequences (N, C, L): that of images of height 1."""

from __future__ import annotations

from quizdl.engine.arrays import Array, Gradients, arriving, checked
from quizdl.engine.convolution import ConvCache, conv2d_backward, conv2d_forward
from quizdl.engine.windows import Both, widthwise


def conv1d_forward(
    x: Array,
    w: Array,
    b: Array | None,
    stride: int = 1,
    pad: Both = 0,
    *,
    dilation: int = 1,
    groups: int = 1,
) -> tuple[Array, ConvCache]:
    """y[n, f] = Σ_c x[n, c] ⋆ w[f, c] + b[f]; x: (N, C, L), w: (F, C/groups, K), b: (F,) → (N, F, L').

    L' = ⌊(L + 2·pad − dilation·(K − 1) − 1)/stride⌋ + 1; pad: one number or (left, right). O(N·F·C/groups·K·L').
    """
    x, w, b = checked(x=(x, "N C L"), w=(w, "F C K" if groups == 1 else "F C/groups K"), b=(b, "F"))
    y, cache = conv2d_forward(
        x[:, :, None], w[:, :, None], b, (1, stride), widthwise(pad), dilation=(1, dilation), groups=groups
    )
    return y[:, :, 0], cache


def conv1d_backward(dy: Array, cache: ConvCache) -> Gradients:
    """As `conv2d_backward`."""
    N, F, _, length = cache.output
    dy = arriving(dy, (N, F, length))
    gradients = conv2d_backward(dy[:, :, None], cache)
    return {**gradients, "x": gradients["x"][:, :, 0], "w": gradients["w"][:, :, 0]}
