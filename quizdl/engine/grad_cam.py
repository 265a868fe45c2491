"""A small convolutional network, and Grad-CAM: which part of the picture speaks for a class (Selvaraju et al. 2017)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from quizdl.engine.activations import relu_forward
from quizdl.engine.affine import affine_forward
from quizdl.engine.arrays import Array, Sizes, checked, whole
from quizdl.engine.convolution import conv2d_forward
from quizdl.engine.errors import ShapeError
from quizdl.engine.initialisers import he_normal, xavier_normal
from quizdl.engine.parameters import fitted, replayed_as
from quizdl.engine.pooling import global_avg_pool_forward, max_pool2d_forward
from quizdl.engine.sizes import need_sizes
from quizdl.engine.tape import Recording, Value, Values, apply, one, recorded

SHAPES = {
    "conv1.w": "E C 3 3",
    "conv1.b": "E",
    "conv2.w": "F E 3 3",
    "conv2.b": "F",
    "W": "F K",
    "b": "K",
}
"""The network's parameters."""


def init_cnn(
    rng: np.random.Generator,
    c_in: int,
    classes: int,
    *,
    channels: tuple[int, int] = (8, 16),
    dtype: DTypeLike = np.float64,
) -> dict[str, Array]:
    """Parameters; channels: how many filters (E, F) the two convolutions have."""
    need_sizes(c_in=c_in, classes=classes, **{f"channels[{n}]": c for n, c in enumerate(channels)})
    first, second = channels
    return {
        "conv1.w": he_normal(rng, (first, c_in, 3, 3), dtype=dtype),
        "conv1.b": np.zeros(first, dtype=dtype),
        "conv2.w": he_normal(rng, (second, first, 3, 3), dtype=dtype),
        "conv2.b": np.zeros(second, dtype=dtype),
        "W": xavier_normal(rng, (second, classes), dtype=dtype),
        "b": np.zeros(classes, dtype=dtype),
    }


def feature_maps(x: Value, p: Values) -> Value:
    """A = conv-ReLU-pool-conv-ReLU; the convolutions keep the size, the pooling halves it."""
    h = one(apply(relu_forward, x=one(apply(conv2d_forward, x=x, w=p["conv1.w"], b=p["conv1.b"], pad=1))))
    h = one(apply(max_pool2d_forward, x=h, k=2))
    return one(apply(relu_forward, x=one(apply(conv2d_forward, x=h, w=p["conv2.w"], b=p["conv2.b"], pad=1))))


def scores(A: Value, p: Values) -> Value:
    """z = (the mean of each feature map) W + b."""
    return one(apply(affine_forward, x=one(apply(global_avg_pool_forward, x=A)), W=p["W"], b=p["b"]))


def cnn(x: Value, p: Values) -> Value:
    """conv-ReLU-pool-conv-ReLU-GAP-affine."""
    return scores(feature_maps(x, p), p)


def cnn_forward(x: Array, p: Mapping[str, Array]) -> tuple[Array, Recording]:
    """Logits of the classes; x: (N, C, H, W) → (N, K). O(N·9·(C·E·H·W + E·F·H·W/4))."""
    x, p = _checked(x, p)
    z, cache = recorded(cnn, x=x, p=p)
    return z, cache


def cnn_backward(dz: Array, cache: Recording) -> dict[str, Array]:
    """Gradients of x and of every parameter."""
    return replayed_as(cache, dz=dz)


def grad_cam(A: Array, dA: Array) -> tuple[Array, Array]:
    """L = ReLU(Σ_k α_k A_k) (N, H, W), and α (N, F): how much each feature map matters to the score, on average.

    A: (N, F, H, W), the feature maps; dA: the score's gradient there. α_k = the mean of dA_k over its pixels.
    Selvaraju et al. 2017, eq. 1 and 2. O(N·F·H·W).
    """
    A, dA = checked(A=(A, "N F H W"), dA=(dA, "N F H W"))
    alpha = dA.mean(axis=(2, 3))
    return np.maximum((alpha[:, :, None, None] * A).sum(axis=1), A.dtype.type(0)), alpha


def cnn_grad_cam(x: Array, p: Mapping[str, Array], labels: ArrayLike) -> tuple[Array, Array]:
    """`grad_cam` of the network's last feature maps, for the score (before softmax) of one class for each sample.

    x: (N, C, H, W), labels: (N,) → L (N, ⌊H/2⌋, ⌊W/2⌋) and α (N, F).
    """
    x, p = _checked(x, p)
    labels = whole("labels", labels, "N", {"N": len(x)}, below=p["W"].shape[1])
    A, _ = recorded(feature_maps, x=x, p=p)
    z, cache = recorded(scores, A=A, p=p)
    dz = np.zeros_like(z)
    dz[np.arange(len(x)), labels] = 1
    return grad_cam(A, replayed_as(cache, dz=dz)["A"])


def _checked(x: Array, p: Mapping[str, Array]) -> tuple[Array, dict[str, Array]]:
    sizes: Sizes = {}
    (x,) = checked(sizes, x=(x, "N C H W"))
    if min(x.shape[2:]) < 2:
        raise ShapeError(
            "x",
            f"縦横とも 2 以上の画像が必要ですが、{x.shape} です",
            f"expected images of at least 2×2, found {x.shape}",
        )
    return x, fitted(p, SHAPES, sizes)
