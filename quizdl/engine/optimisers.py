"""Gradient descent, with momentum, and Adam with its kin; AdaGrad, RMSProp and AdaDelta are in `adaptive.py`.

A `*_step` is the pure rule for one array: w the parameters, g their gradient, then what is kept from step to step, all
of one shape; lr the learning rate. It returns the new w and the new kept arrays, and changes none. A class keeps that
state for a whole network, by the parameters' names. O(number of parameters).

Two momenta are in use. The courses' has the learning rate inside the velocity, v ← μv − lr·g, w ← w + v; PyTorch's has
it outside, v ← μv + g, w ← w − lr·v. They walk the same way until the learning rate changes: then the first keeps the
speed it had, the second changes it at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from quizdl.engine.arrays import Array, Gradients, real
from quizdl.engine.checks import number, same
from quizdl.engine.errors import RangeError

State = tuple[Array, ...]
"""What a method keeps for one parameter."""


def decayed(w: Array, g: Array, weight_decay: float) -> Array:
    """g + λw: the gradient with that of ½λ‖w‖² added (L2 regularisation, "coupled" weight decay)."""
    w, g = same(w=w, g=g)
    return g + weight_decay * w


def sgd_step(w: Array, g: Array, lr: float) -> Array:
    """w ← w − lr·g."""
    w, g = same(w=w, g=g)
    return w - lr * g


def momentum_step(w: Array, g: Array, v: Array, lr: float, mu: float) -> tuple[Array, Array]:
    """v ← μ·v − lr·g, w ← w + v (Polyak 1964; the courses' form). Returns w, v."""
    w, g, v = same(w=w, g=g, v=v)
    v = mu * v - lr * g
    w = w + v
    return w, v


def nesterov_step(w: Array, g: Array, v: Array, lr: float, mu: float) -> tuple[Array, Array]:
    """v ← μ·v − lr·g, w ← w + μ·v − lr·g, with the new v. Returns w, v.

    Nesterov's gradient is taken where the velocity is about to lead, at θ + μv (Sutskever et al. 2013, eq. 3–4). Here w
    *is* that place, so that g is the gradient at w like everybody else's (Bengio et al. 2013, §3.5).
    """
    w, g, v = same(w=w, g=g, v=v)
    v = mu * v - lr * g
    w = w + mu * v - lr * g
    return w, v


def velocity_step(
    w: Array, g: Array, v: Array | None, lr: float, mu: float, *, dampening: float = 0.0, nesterov: bool = False
) -> tuple[Array, Array]:
    """v ← μ·v + (1 − dampening)·g, w ← w − lr·v, or with Nesterov w ← w − lr·(g + μ·v): PyTorch's momentum.

    v: None at the first step, which takes v = g without dampening. Returns w, v.
    """
    w, g = same(w=w, g=g)
    if v is None:
        v = g
    else:
        _, v = same(w=w, v=v)
        v = mu * v + (1 - dampening) * g
    return w - lr * (g + mu * v if nesterov else v), v


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
    w, g, m, v = same(w=w, g=g, m=m, v=v)
    _counted(t)
    m = b1 * m + (1 - b1) * g
    v = b2 * v + (1 - b2) * g**2
    m_hat = m / (1 - b1**t)
    v_hat = v / (1 - b2**t)
    w = w - lr * m_hat / (np.sqrt(v_hat) + eps)
    return w, m, v


def amsgrad_step(
    w: Array,
    g: Array,
    m: Array,
    v: Array,
    v_max: Array,
    t: int,
    lr: float = 1e-3,
    b1: float = 0.9,
    b2: float = 0.999,
    eps: float = 1e-8,
    *,
    corrected: bool = True,
) -> tuple[Array, Array, Array, Array]:
    """Adam whose denominator never shrinks: it is the root of the largest v so far. Returns w, m, v, v_max.

    corrected: with Adam's bias correction, of v_max too, as PyTorch does; without it is Reddi et al. 2018, algorithm 2.
    """
    w, g, m, v, v_max = same(w=w, g=g, m=m, v=v, v_max=v_max)
    _counted(t)
    m = b1 * m + (1 - b1) * g
    v = b2 * v + (1 - b2) * g**2
    v_max = np.maximum(v_max, v)
    m_hat = m / (1 - b1**t) if corrected else m
    v_hat = v_max / (1 - b2**t) if corrected else v_max
    w = w - lr * m_hat / (np.sqrt(v_hat) + eps)
    return w, m, v, v_max


def adamw_step(
    w: Array,
    g: Array,
    m: Array,
    v: Array,
    t: int,
    lr: float = 1e-3,
    b1: float = 0.9,
    b2: float = 0.999,
    eps: float = 1e-8,
    weight_decay: float = 1e-2,
) -> tuple[Array, Array, Array]:
    """Adam, and w shrinks by lr·λ·w besides: the decay does not pass through the moments. Returns w, m, v.

    Loshchilov & Hutter 2019, algorithm 2, with lr for both α and η.
    """
    return adam_step(shrunk(w, lr, weight_decay), g, m, v, t, lr, b1, b2, eps)


def shrunk(w: Array, lr: float, weight_decay: float) -> Array:
    """w − lr·λ·w: decoupled weight decay."""
    w = real(w, "w")
    return w - lr * weight_decay * w


class Optimiser(Protocol):
    """What trains a network: parameters and gradients under the same names in, new parameters out."""

    def update(self, parameters: Mapping[str, Array], gradients: Mapping[str, Array]) -> Gradients:
        """The parameters after one step."""


class Method:
    """What the optimisers have in common: a learning rate, which may be set anew before any step, a count, a state."""

    slots = 0
    """How many arrays of zeros a parameter begins with."""

    def __init__(self, lr: float, weight_decay: float = 0.0) -> None:
        self.lr = number("lr", lr, 0)
        self.weight_decay = number("weight_decay", weight_decay, 0)
        self.t = 0
        self.state: dict[str, State] = {}

    def update(self, parameters: Mapping[str, Array], gradients: Mapping[str, Array]) -> Gradients:
        """The parameters after one step; gradients of anything else, such as of the input x, are passed over."""
        missing = [name for name in parameters if name not in gradients]
        if missing:
            raise RangeError("gradients", f"{missing} の勾配がありません", f"there is none for {missing}")
        self.t += 1
        after = {}
        for name, w in parameters.items():
            g = decayed(w, gradients[name], self.weight_decay) if self.weight_decay else gradients[name]
            state = self.state[name] if name in self.state else self.begin(w)
            after[name], *kept = self.step(w, g, state)
            self.state[name] = tuple(kept)
        return after

    def begin(self, w: Array) -> State:
        """What is kept for w before the first step."""
        return (np.zeros_like(real(w, "w")),) * self.slots

    def step(self, w: Array, g: Array, state: State) -> State:
        """The new w, then the new state."""
        raise NotImplementedError


class SGD(Method):
    """Plain gradient descent."""

    def step(self, w: Array, g: Array, state: State) -> State:
        """The new w."""
        return (sgd_step(w, g, self.lr),)


class Momentum(Method):
    """Gradient descent with a velocity for each parameter, at rest at first.

    lr_inside: the courses' velocity, v ← μv − lr·g; without it PyTorch's, v ← μv + (1 − dampening)·g.
    """

    slots = 1

    def __init__(
        self,
        lr: float,
        mu: float = 0.9,
        *,
        nesterov: bool = False,
        lr_inside: bool = True,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(lr, weight_decay)
        if dampening and lr_inside:
            raise RangeError("dampening", "lr_inside=False でのみ使えます", "it belongs to lr_inside=False")
        self.mu, self.dampening = number("mu", mu, 0), number("dampening", dampening)
        self.nesterov, self.lr_inside = nesterov, lr_inside

    def begin(self, w: Array) -> State:
        """A velocity of zero, or none yet where the learning rate is outside."""
        return super().begin(w) if self.lr_inside else ()

    def step(self, w: Array, g: Array, state: State) -> State:
        """The new w and v."""
        if self.lr_inside:
            rule = nesterov_step if self.nesterov else momentum_step
            return rule(w, g, state[0], self.lr, self.mu)
        v = state[0] if state else None
        return velocity_step(w, g, v, self.lr, self.mu, dampening=self.dampening, nesterov=self.nesterov)


class Adam(Method):
    """Adam, with both moments at zero at first; with `amsgrad`, AMSGrad. weight_decay is the coupled one, as in L2."""

    def __init__(
        self,
        lr: float = 1e-3,
        b1: float = 0.9,
        b2: float = 0.999,
        eps: float = 1e-8,
        *,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
    ) -> None:
        super().__init__(lr, weight_decay)
        self.b1, self.b2, self.eps = below_one("b1", b1), below_one("b2", b2), number("eps", eps, 0)
        self.amsgrad = amsgrad
        self.slots = 3 if amsgrad else 2

    def step(self, w: Array, g: Array, state: State) -> State:
        """The new w and moments."""
        if self.amsgrad:
            m, v, v_max = state
            return amsgrad_step(w, g, m, v, v_max, self.t, self.lr, self.b1, self.b2, self.eps)
        m, v = state
        return adam_step(w, g, m, v, self.t, self.lr, self.b1, self.b2, self.eps)


class AdamW(Adam):
    """Adam, or AMSGrad, with decoupled weight decay."""

    def __init__(
        self,
        lr: float = 1e-3,
        b1: float = 0.9,
        b2: float = 0.999,
        eps: float = 1e-8,
        *,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
    ) -> None:
        super().__init__(lr, b1, b2, eps, amsgrad=amsgrad)
        self.decoupled = number("weight_decay", weight_decay, 0)

    def step(self, w: Array, g: Array, state: State) -> State:
        """The new w and moments."""
        return super().step(shrunk(w, self.lr, self.decoupled), g, state)


def below_one(name: str, x: float) -> float:
    """x as a plain float in [0, 1), for what is divided by 1 − x. Raises RangeError."""
    x = number(name, x, 0)
    if x >= 1:
        raise RangeError(
            name, f"0 以上 1 未満の数が必要ですが、{x:g} です", f"expected at least 0 and below 1, found {x:g}"
        )
    return x


def _counted(t: int) -> None:
    if t < 1:
        raise RangeError("t", f"1 から数えますが、{t} です", f"steps are counted from 1, found {t}")
