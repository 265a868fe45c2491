"""DropConnect (Wan et al. 2013): at training time each *weight* of a layer is left out, with probability p.

The paper's convention is the classic one: training is not rescaled, and test time uses the mean (1 − p)·W. The bias is
always kept here. Masks, 1 keeps and 0 drops, come from `dropout.dropout_mask`.
"""

from __future__ import annotations

import numpy as np

from quizdl.engine.affine import affine_backward, affine_forward
from quizdl.engine.arrays import Array, Cache, Gradients, Sizes, arriving, checked, real
from quizdl.engine.checks import number


def dropconnect_forward(x: Array, W: Array, b: Array, mask: Array) -> tuple[Array, Cache]:
    """y = x(mask ⊙ W) + b; x: (N, I), W: (I, O), b: (O,) → (N, O). O(N·I·O). Wan et al. 2013, §3.

    mask: (N, I, O), each sample's own, as in the paper; or (I, O), one for the whole batch.
    """
    sizes: Sizes = {}
    x, W, b = checked(sizes, x=(x, "N I"), W=(W, "I O"), b=(b, "O"))
    each = real(mask, "mask").ndim == 3
    (mask,) = checked(sizes, mask=(mask, "N I O" if each else "I O"))
    mask = mask.astype(x.dtype, copy=False)
    kept = mask * W
    y = (x[:, None, :] @ kept)[:, 0] if each else x @ kept
    return y + b, (x, mask, kept)


def dropconnect_backward(dy: Array, cache: Cache) -> Gradients:
    """dx = dy(mask ⊙ W)ᵀ, dW = Σ mask ⊙ xᵀdy over the samples, db = Σ dy."""
    x, mask, kept = cache
    dy = arriving(dy, (len(x), kept.shape[-1]))
    if mask.ndim == 3:
        dx = (kept @ dy[:, :, None])[:, :, 0]
        dW = (mask * (x[:, :, None] * dy[:, None, :])).sum(axis=0)
    else:
        dx = dy @ kept.T
        dW = mask * (x.T @ dy)
    return {"x": dx, "W": dW, "b": dy.sum(axis=0)}


def dropconnect_inference_forward(x: Array, W: Array, b: Array, p: float) -> tuple[Array, Cache]:
    """y = x·(1 − p)W + b, the mean over all masks; shapes and cost as `affine_forward`."""
    x, W, b = checked(x=(x, "... I"), W=(W, "I O"), b=(b, "O"))
    keep = 1 - number("p", p, 0.0, 1.0)
    y, cache = affine_forward(x, keep * W, b)
    return y, (cache, keep)


def dropconnect_inference_backward(dy: Array, cache: Cache) -> Gradients:
    """As `affine_backward`, with dW = (1 − p)·xᵀdy."""
    affine, keep = cache
    gradients = affine_backward(dy, affine)
    return {**gradients, "W": keep * gradients["W"]}


def dropconnect_moments(x: Array, W: Array, b: Array, p: float) -> tuple[Array, Array]:
    """Mean and variance of y over all masks: (1 − p)xW + b and p(1 − p)·x²W² (Wan et al. 2013, §3.1).

    At test time the paper draws y from the normal distribution with these two, before the activation.
    """
    x, W, b = checked(x=(x, "... I"), W=(W, "I O"), b=(b, "O"))
    keep = 1 - number("p", p, 0.0, 1.0)
    return np.asarray(keep * (x @ W) + b), np.asarray((1 - keep) * keep * (x**2 @ W**2))
