"""A learning rate for each parameter, from the squares of its gradients: AdaGrad, RMSProp, AdaDelta.

h keeps the squares, all of w's shape; the rest is as in `optimisers.py`, where Adam is.
"""

from __future__ import annotations

import numpy as np

from quizdl.engine.arrays import Array
from quizdl.engine.checks import number, same
from quizdl.engine.optimisers import Method, State, below_one, velocity_step


def adagrad_step(w: Array, g: Array, h: Array, lr: float = 1e-2, eps: float = 1e-10) -> tuple[Array, Array]:
    """h ← h + g², w ← w − lr·g/(√h + eps) (Duchi et al. 2011). Returns w, h."""
    w, g, h = same(w=w, g=g, h=h)
    h = h + g**2
    w = w - lr * g / (np.sqrt(h) + eps)
    return w, h


def rmsprop_step(
    w: Array, g: Array, h: Array, lr: float = 1e-2, rho: float = 0.99, eps: float = 1e-8, *, eps_inside: bool = False
) -> tuple[Array, Array]:
    """h ← ρh + (1 − ρ)g², w ← w − lr·g/(√h + eps) (Hinton 2012, lecture 6e). Returns w, h.

    eps_inside: divided by √(h + eps) instead (Goodfellow et al. 2016, algorithm 8.5).
    """
    w, g, h = same(w=w, g=g, h=h)
    direction, h, _ = _rmsprop_direction(g, h, None, rho, eps, eps_inside)
    return w - lr * direction, h


def centred_rmsprop_step(
    w: Array,
    g: Array,
    h: Array,
    m: Array,
    lr: float = 1e-2,
    rho: float = 0.99,
    eps: float = 1e-8,
    *,
    eps_inside: bool = False,
) -> tuple[Array, Array, Array]:
    """m ← ρm + (1 − ρ)g, and RMSProp with the variance h − m² in the place of h (Graves 2013, eq. 38–40).

    Returns w, h, m.
    """
    w, g, h, m = same(w=w, g=g, h=h, m=m)
    direction, h, mean = _rmsprop_direction(g, h, m, rho, eps, eps_inside)
    return w - lr * direction, h, m if mean is None else mean


def adadelta_step(
    w: Array, g: Array, h: Array, s: Array, lr: float = 1.0, rho: float = 0.9, eps: float = 1e-6
) -> tuple[Array, Array, Array]:
    """h ← ρh + (1 − ρ)g², Δ = √(s + eps)/√(h + eps)·g, s ← ρs + (1 − ρ)Δ², w ← w − lr·Δ. Returns w, h, s.

    s keeps the squares of the steps, so that a step has w's own unit (Zeiler 2012, algorithm 1, where lr = 1).
    """
    w, g, h, s = same(w=w, g=g, h=h, s=s)
    h = rho * h + (1 - rho) * g**2
    step = np.sqrt(s + eps) / np.sqrt(h + eps) * g
    s = rho * s + (1 - rho) * step**2
    return w - lr * step, h, s


class AdaGrad(Method):
    """AdaGrad; at step t the learning rate is lr/(1 + (t − 1)·lr_decay), and h begins at `initial`."""

    slots = 1

    def __init__(
        self,
        lr: float = 1e-2,
        eps: float = 1e-10,
        *,
        lr_decay: float = 0.0,
        initial: float = 0.0,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(lr, weight_decay)
        self.eps, self.lr_decay = number("eps", eps, 0), number("lr_decay", lr_decay, 0)
        self.initial = number("initial", initial, 0)

    def begin(self, w: Array) -> State:
        """h = `initial` everywhere."""
        return (super().begin(w)[0] + self.initial,)

    def step(self, w: Array, g: Array, state: State) -> State:
        """The new w and h."""
        (h,) = state
        return adagrad_step(w, g, h, self.lr / (1 + (self.t - 1) * self.lr_decay), self.eps)


class RMSProp(Method):
    """RMSProp; `centred`: by the variance; mu: v ← μv + the divided gradient, w ← w − lr·v, as in PyTorch."""

    def __init__(
        self,
        lr: float = 1e-2,
        rho: float = 0.99,
        eps: float = 1e-8,
        *,
        mu: float = 0.0,
        centred: bool = False,
        eps_inside: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(lr, weight_decay)
        self.rho, self.eps, self.mu = below_one("rho", rho), number("eps", eps, 0), number("mu", mu, 0)
        self.centred, self.eps_inside = centred, eps_inside
        self.slots = 1 + centred + (mu > 0)

    def step(self, w: Array, g: Array, state: State) -> State:
        """The new w, h, the mean m if centred, and the velocity if there is one."""
        w, g, h = same(w=w, g=g, h=state[0])
        m = state[1] if self.centred else None
        direction, h, m = _rmsprop_direction(g, h, m, self.rho, self.eps, self.eps_inside)
        kept = (h,) if m is None else (h, m)
        if not self.mu:
            return w - self.lr * direction, *kept
        w, v = velocity_step(w, direction, state[-1], self.lr, self.mu)
        return w, *kept, v


class AdaDelta(Method):
    """AdaDelta; h and s begin at zero."""

    slots = 2

    def __init__(self, lr: float = 1.0, rho: float = 0.9, eps: float = 1e-6, *, weight_decay: float = 0.0) -> None:
        super().__init__(lr, weight_decay)
        self.rho, self.eps = below_one("rho", rho), number("eps", eps, 0)

    def step(self, w: Array, g: Array, state: State) -> State:
        """The new w, h and s."""
        h, s = state
        return adadelta_step(w, g, h, s, self.lr, self.rho, self.eps)


def _rmsprop_direction(
    g: Array, h: Array, m: Array | None, rho: float, eps: float, eps_inside: bool
) -> tuple[Array, Array, Array | None]:
    """The divided gradient, the new h, and the new m where one is kept: then h − m² divides."""
    h = rho * h + (1 - rho) * g**2
    spread = h
    if m is not None:
        m = rho * m + (1 - rho) * g
        spread = np.maximum(h - m**2, 0)  # never below 0 but for rounding
    return g / (np.sqrt(spread + eps) if eps_inside else np.sqrt(spread) + eps), h, m
