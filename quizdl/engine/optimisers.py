"""Optimisers: pure steps for one array, and small classes that keep the state of a whole network.

w: parameters, g: their gradient, one shape; lr: learning rate. A step returns new arrays and changes none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from quizdl.engine.arrays import Array, Gradients


def sgd_step(w: Array, g: Array, lr: float) -> Array:
    """w ← w − lr·g."""
    return w - lr * g


def momentum_step(w: Array, g: Array, v: Array, lr: float, mu: float) -> tuple[Array, Array]:
    """v ← μ·v − lr·g, w ← w + v (Polyak 1964). Returns w, v."""
    v = mu * v - lr * g
    w = w + v
    return w, v


def adam_step(
    w: Array,
    g: Array,
    m: Array,
    v: Array,
    t: int,
    lr: float = 1e-3,
    b1: float = 0.9,
    b2: float = 0.999,
    eps: float = 1e-8,
) -> tuple[Array, Array, Array]:
    """Adam with bias correction, t counted from 1, eps outside the root (Kingma & Ba 2015, algorithm 1).

    Returns w, m, v.
    """
    m = b1 * m + (1 - b1) * g
    v = b2 * v + (1 - b2) * g**2
    m_hat = m / (1 - b1**t)
    v_hat = v / (1 - b2**t)
    w = w - lr * m_hat / (np.sqrt(v_hat) + eps)
    return w, m, v


class Optimiser(Protocol):
    """What trains a network: parameters and gradients under the same names in, new parameters out."""

    def update(self, parameters: Mapping[str, Array], gradients: Mapping[str, Array]) -> Gradients:
        """The parameters after one step."""


class SGD:
    """Plain gradient descent."""

    def __init__(self, lr: float) -> None:
        self.lr = lr

    def update(self, parameters: Mapping[str, Array], gradients: Mapping[str, Array]) -> Gradients:
        """The parameters after one step; O(number of parameters)."""
        return {name: sgd_step(w, gradients[name], self.lr) for name, w in parameters.items()}


class Momentum:
    """Gradient descent with a velocity for each parameter, at rest at first."""

    def __init__(self, lr: float, mu: float = 0.9) -> None:
        self.lr, self.mu = lr, mu
        self.velocity: Gradients = {}

    def update(self, parameters: Mapping[str, Array], gradients: Mapping[str, Array]) -> Gradients:
        """The parameters after one step; O(number of parameters)."""
        after = {}
        for name, w in parameters.items():
            v = self.velocity.get(name, np.zeros_like(w))
            after[name], self.velocity[name] = momentum_step(w, gradients[name], v, self.lr, self.mu)
        return after


class Adam:
    """Adam, with both moments at zero at first."""

    def __init__(self, lr: float = 1e-3, b1: float = 0.9, b2: float = 0.999, eps: float = 1e-8) -> None:
        self.lr, self.b1, self.b2, self.eps = lr, b1, b2, eps
        self.t = 0
        self.moments: dict[str, tuple[Array, Array]] = {}

    def update(self, parameters: Mapping[str, Array], gradients: Mapping[str, Array]) -> Gradients:
        """The parameters after one step; O(number of parameters)."""
        self.t += 1
        after = {}
        for name, w in parameters.items():
            m, v = self.moments.get(name, (np.zeros_like(w), np.zeros_like(w)))
            after[name], m, v = adam_step(w, gradients[name], m, v, self.t, self.lr, self.b1, self.b2, self.eps)
            self.moments[name] = m, v
        return after
