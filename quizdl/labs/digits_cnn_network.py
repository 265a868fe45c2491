"""A small convolutional network, taken apart at its last feature maps, where Grad-CAM looks and transfer cuts.

    A = three times ReLU(BN(conv₃ₓ₃(·))), halved by pooling wherever a map is 12 pixels or larger
    z = dropout(the mean of each map of A) W + b

Since only the maps' means are weighed, a map speaks for a class wherever it is bright: that makes Grad-CAM exact here.
Batch normalisation is another function when it is not training: the mean and variance of the batch give way to the
running ones, so that no picture's class depends on its neighbours. So is dropout, which then does nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quizdl.engine.activations import relu_forward
from quizdl.engine.affine import affine_forward
from quizdl.engine.convolution import conv2d_forward
from quizdl.engine.dropout import dropout_forward, dropout_mask
from quizdl.engine.grad_cam import grad_cam
from quizdl.engine.initialisers import he_normal, xavier_normal
from quizdl.engine.losses import softmax_cross_entropy_forward
from quizdl.engine.normalisation import (
    RunningStatistics,
    batch_norm_forward,
    batch_norm_inference_forward,
    update_running,
)
from quizdl.engine.optimisers import Optimiser
from quizdl.engine.pooling import global_avg_pool_forward, max_pool2d_forward
from quizdl.engine.tape import Value, Values, apply, one, recorded, replayed
from quizdl.labs.core import Array
from quizdl.labs.training import descend, float32

Labels = NDArray[np.intp]

CONVOLUTIONS = ("conv1", "conv2", "conv3")
_LARGE = 12
_AT_ONCE = 512


class Shape(NamedTuple):
    """How many filters the first convolution has (the others have twice as many), and how many classes there are."""

    channels: int
    classes: int

    @property
    def filters(self) -> tuple[int, ...]:
        """Of each convolution."""
        return self.channels, 2 * self.channels, 2 * self.channels


def initial_features(rng: np.random.Generator, shape: Shape, *, normalised: bool) -> dict[str, Array]:
    """The convolutions; with batch normalisation each has γ and β, and no bias, which BN would take off again."""
    p: dict[str, Array] = {}
    for name, (inner, outer) in zip(CONVOLUTIONS, pairwise((1, *shape.filters)), strict=True):
        p[f"{name}.w"] = he_normal(rng, (outer, inner, 3, 3))
        after = {"gamma": np.ones(outer), "beta": np.zeros(outer)} if normalised else {"b": np.zeros(outer)}
        p |= {f"{name}.{key}": value for key, value in after.items()}
    return float32(p)


def initial_head(rng: np.random.Generator, shape: Shape) -> dict[str, Array]:
    """The last layer."""
    return float32({"W": xavier_normal(rng, (shape.filters[-1], shape.classes)), "b": np.zeros(shape.classes)})


def feature_maps(
    x: Value, p: Values, running: Mapping[str, RunningStatistics] | None, names: Sequence[str] = CONVOLUTIONS
) -> tuple[Value, ...]:
    """A (N, F, H, W), then what went into each batch normalisation. `running` None: training, with the batch's own.

    names: the convolutions to go through, where x is no picture but what came out of those before.
    """
    h = x
    before: list[Value] = []
    for name in names:
        if min(h.shape[2:]) >= _LARGE and name != CONVOLUTIONS[0]:
            h = one(apply(max_pool2d_forward, x=h, k=2))
        h = one(apply(conv2d_forward, x=h, w=p[f"{name}.w"], b=p.get(f"{name}.b"), pad=1))
        before.append(h)
        if f"{name}.gamma" in p:
            gamma, beta = p[f"{name}.gamma"], p[f"{name}.beta"]
            if running is None:
                h = one(apply(batch_norm_forward, x=h, gamma=gamma, beta=beta))
            else:
                h = one(apply(batch_norm_inference_forward, x=h, gamma=gamma, beta=beta, running=running[name]))
        h = one(apply(relu_forward, x=h))
    return (h, *before)


def scores(A: Value, p: Values, mask: Array | None = None, dropout: float = 0.0) -> Value:
    """z (N, K); mask (N, F): which maps dropout keeps, 1 or 0; None: nothing is dropped."""
    means = one(apply(global_avg_pool_forward, x=A))
    if mask is not None:
        means = one(apply(dropout_forward, x=means, mask=mask, p=dropout))
    return one(apply(affine_forward, x=means, W=p["W"], b=p["b"]))


def loss_of(
    x: Value, p: Values, t: Labels, mask: Array | None, dropout: float, names: Sequence[str]
) -> tuple[Value, ...]:
    """The cross entropy, then what went into each batch normalisation."""
    A, *before = feature_maps(x, p, None, names)
    return (one(apply(softmax_cross_entropy_forward, z=scores(A, p, mask, dropout), t=t)), *before)


class Cnn:
    """A network and what it has seen of its features' means and variances."""

    def __init__(self, rng: np.random.Generator, shape: Shape, *, normalised: bool, dropout: float) -> None:
        self.shape, self.dropout, self.rng, self.updates = shape, dropout, rng, 0
        self.p = initial_features(rng, shape, normalised=normalised) | initial_head(rng, shape)
        self.running = {
            name: RunningStatistics(np.zeros(filters, np.float32), np.ones(filters, np.float32))
            for name, filters in zip(CONVOLUTIONS, shape.filters, strict=True)
            if normalised
        }

    def learn(self, method: Optimiser, x: Array, t: Labels, *, frozen: int = 0) -> float:
        """One update from a minibatch x (B, 1, H, W), t (B,); the loss before it.

        With so many convolutions `frozen`, x is what came out of them, `maps(pictures, frozen)`: what does not learn is
        just an input, computed once.
        """
        names = CONVOLUTIONS[frozen:]
        learning = {key: w for key, w in self.p.items() if key in ("W", "b") or key.partition(".")[0] in names}
        options = {"t": t, "mask": self._mask(len(x)), "dropout": self.dropout, "names": names}
        (loss, *before), cache = recorded(loss_of, x=x, p=learning, options=options)
        after, _ = descend(method, learning, replayed(1.0, *(None for _ in before), cache=cache))
        self.p |= after
        self.updates += 1
        newest = max(0.1, 1 / self.updates)  # a plain mean at first, in which the 0 and 1 of the beginning do not count
        for name, z in zip(names, before, strict=True):
            if name in self.running:
                self.running[name] = update_running(self.running[name], z, newest)
        return float(loss)

    def maps(self, x: Array, convolutions: int = len(CONVOLUTIONS)) -> Array:
        """What comes out of the first so many convolutions, (N, F, H, W), as it is when nothing is trained."""
        options = {"running": self.running, "names": CONVOLUTIONS[:convolutions]}
        parts = np.array_split(x, max(-(-len(x) // _AT_ONCE), 1))
        return np.concatenate([recorded(feature_maps, x=part, p=self.p, options=options)[0][0] for part in parts])

    def classes(self, x: Array) -> Labels:
        """The class with the highest score, (N,)."""
        parts = np.array_split(x, max(-(-len(x) // _AT_ONCE), 1))
        found = [recorded(scores, A=self.maps(part), p=self.p)[0].argmax(axis=1) for part in parts]
        return np.concatenate(found)

    def accuracy(self, x: Array, t: Labels) -> float:
        """The share of pictures whose class is right."""
        return float((self.classes(x) == t).mean())

    def looks(self, x: Array, labels: Labels) -> Array:
        """Grad-CAM: which pixels (N, H, W) speak for the given class of each picture (Selvaraju et al. 2017).

        Where pooling has made the maps smaller than the picture, each of their pixels stands for several.
        """
        A = self.maps(x)
        z, cache = recorded(scores, A=A, p=self.p)
        dz = np.zeros_like(z)
        dz[np.arange(len(x)), labels] = 1
        looks = grad_cam(A, replayed(dz, cache=cache)["A"])[0]
        down, across = (np.arange(size) * small // size for size, small in zip(x.shape[2:], A.shape[2:], strict=True))
        return looks[:, down[:, None], across]

    def with_new_head(self, rng: np.random.Generator) -> Cnn:
        """A copy with the same features and a last layer that has learnt nothing: what transfer begins with."""
        other = Cnn(rng, self.shape, normalised=bool(self.running), dropout=self.dropout)
        other.p = {**self.p, **initial_head(rng, self.shape)}
        other.running, other.updates = dict(self.running), self.updates
        return other

    def _mask(self, count: int) -> Array | None:
        return dropout_mask((count, len(self.p["W"])), self.dropout, self.rng) if self.dropout else None
