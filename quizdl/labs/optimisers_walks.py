"""Walking down a surface: the methods, what a walk is, and many learning rates side by side."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from typing import NamedTuple

import numpy as np

from quizdl.engine.adaptive import AdaGrad, RMSProp
from quizdl.engine.optimisers import SGD, Adam, Momentum, Optimiser
from quizdl.labs.core import Array
from quizdl.labs.optimisers_data import Surface, heights_and_slopes
from quizdl.text import Text, same

_LOST = 1e3
"""So many times the height of the start, and a walk is lost: it goes no further."""

_TOLD_EVERY = 50


class Method(NamedTuple):
    """An optimiser: made from η and μ. `edge`: λ_max times the η from which on it diverges, by μ; None: no such η."""

    name: Text
    make: Callable[[float, float], Optimiser]
    edge: Callable[[float], float] | None = None


METHODS = {
    "sgd": Method(same("SGD"), lambda lr, mu: SGD(lr), lambda mu: 2.0),
    "momentum": Method(same("Momentum"), lambda lr, mu: Momentum(lr, mu), lambda mu: 2 * (1 + mu)),
    "nesterov": Method(
        same("Nesterov"),
        lambda lr, mu: Momentum(lr, mu, nesterov=True),
        lambda mu: 2 * (1 + mu) / (1 + 2 * mu),
    ),
    "adagrad": Method(same("AdaGrad"), lambda lr, mu: AdaGrad(lr)),
    "rmsprop": Method(same("RMSProp"), lambda lr, mu: RMSProp(lr)),
    "adam": Method(same("Adam"), lambda lr, mu: Adam(lr)),
}


class Walk(NamedTuple):
    """The points that were passed, (S + 1, 2), and their heights, (S + 1,)."""

    points: Array
    heights: Array

    def steps_to(self, tolerance: float) -> float:
        """After how many steps the height is `tolerance` of the first one for good; NaN if it ended above that.

        Whoever only rushes through the minimum has not arrived.
        """
        above = np.flatnonzero(~(self.heights <= tolerance * self.heights[0]))
        arrived = int(above[-1]) + 1 if len(above) else 0
        return float(arrived) if arrived < len(self.heights) else math.nan

    @property
    def last(self) -> float:
        """How high it ended."""
        return float(self.heights[-1])

    @property
    def lost(self) -> bool:
        """Whether it ended higher than it began."""
        return not self.last <= float(self.heights[0])


class Walker:
    """Walks from one place, with the momentum μ and noise of a standard deviation on each entry of the gradient."""

    def __init__(self, surface: Surface, start: Array, steps: int, mu: float, noise: float, seed: int) -> None:
        self.surface, self.start, self.count = surface, start, steps
        self.mu, self.noise, self.seed = mu, noise, seed

    def walk(self, method: Method, rates: Sequence[float]) -> Generator[float, None, list[Walk]]:
        """A walk for each learning rate, side by side: their points are the rows of one array, (R, 2).

        So the tape gives all gradients at once, while each row keeps an optimiser of its own. Now and then it says how
        low the lowest one is.
        """
        rng = np.random.default_rng(self.seed)
        methods = [method.make(rate, self.mu) for rate in rates]
        w = np.repeat(self.start[None], len(methods), axis=0)
        points, heights = [w], []
        for step in range(self.count + 1):
            height, slopes = heights_and_slopes(self.surface, points[-1])
            heights.append(height)
            if step % _TOLD_EVERY == 0:
                yield float(height.min())
            if step == self.count:
                break
            slopes = slopes + self.noise * rng.standard_normal(slopes.shape)
            w = points[-1].copy()
            for row in np.flatnonzero(height <= _LOST * heights[0]):
                w[row] = methods[row].update({"w": w[row]}, {"w": slopes[row]})["w"]
            points.append(w)
        return [Walk(*pair) for pair in zip(np.stack(points, axis=1), np.stack(heights, axis=1), strict=True)]

    def edge(self, method: Method, rates: Sequence[float], walks: Sequence[Walk]) -> Generator[float, None, float]:
        """The least learning rate whose walk is lost, ever finer between its neighbours; NaN where none is lost."""
        for _ in range(2):
            lost = [walk.lost for walk in walks]
            if not any(lost) or lost[0]:
                return math.nan
            first = lost.index(True)
            rates = np.geomspace(rates[first - 1], rates[first], 33).tolist()
            walks = yield from self.walk(method, rates)
        return float(next(rate for rate, walk in zip(rates, walks, strict=True) if walk.lost))
