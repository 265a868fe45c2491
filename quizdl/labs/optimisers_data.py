"""Surfaces to walk down: a ravine whose steepness is known, and two that are customary (Rosenbrock 1960; Beale 1958).

Each is a function on the tape, (N, 2) points → (N,) heights, so that the engine gives its gradient.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from quizdl.engine.elementary import sum_forward
from quizdl.engine.tape import Value, apply, one, recorded, replayed
from quizdl.labs.core import Array


class Surface(NamedTuple):
    """A function of two parameters: where one begins, where its minimum (of height 0) is, and what part is shown."""

    height: Callable[[Value], Value]
    start: tuple[float, float]
    minimum: tuple[float, float]
    across: tuple[float, float]
    up: tuple[float, float]


def ravine(condition: float, angle: float) -> Surface:
    """f(w) = ½(z₁² + κ·z₂²), z = wR: κ times as steep across as along, the floor turned by `angle` degrees.

    Its Hessian is R diag(1, κ) Rᵀ everywhere: λ_min = 1, λ_max = κ.
    """
    turn = math.radians(angle)
    R = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    curvature = np.array([1.0, condition])

    def height(w: Value) -> Value:
        z = w @ R
        return one(apply(sum_forward, x=z * z * curvature, axis=-1)) * 0.5

    x, y = np.array([-7.0, 2.0]) @ R.T
    return Surface(height, (float(x), float(y)), (0.0, 0.0), (-8.0, 8.0), (-8.0, 8.0) if angle else (-4.0, 4.0))


def rosenbrock(w: Value) -> Value:
    """f = (1 − x)² + 100(y − x²)²: a curved valley with an almost level floor."""
    x, y = w[..., 0], w[..., 1]
    along, wall = x - np.ones(1), y - x * x
    return along * along + wall * wall * 100.0


def beale(w: Value) -> Value:
    """f = (1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)²: a plateau, then a narrow valley."""
    x, y = w[..., 0], w[..., 1]
    a = x * y - x + np.full(1, 1.5)
    b = x * y * y - x + np.full(1, 2.25)
    c = x * y * y * y - x + np.full(1, 2.625)
    return a * a + b * b + c * c


ROSENBROCK = Surface(rosenbrock, (-1.2, 1.0), (1.0, 1.0), (-2.0, 2.0), (-1.0, 3.0))
BEALE = Surface(beale, (1.0, 1.5), (3.0, 0.5), (-1.0, 4.5), (-1.0, 2.0))


def heights_and_slopes(surface: Surface, w: Array) -> tuple[Array, Array]:
    """f (N,) and its gradient (N, 2) at each of the points w (N, 2)."""
    heights, cache = recorded(surface.height, w=w)
    return heights, replayed(np.ones_like(heights), cache=cache)["w"]


def curvatures(surface: Surface) -> tuple[Array, Array]:
    """The eigenvalues of the Hessian at the minimum, the least first, and their directions as columns.

    Column j of the Hessian is (∇f(w + h·e_j) − ∇f(w − h·e_j))/2h.
    """
    h = 1e-4
    _, slopes = heights_and_slopes(surface, np.array(surface.minimum) + h * np.vstack([np.eye(2), -np.eye(2)]))
    hessian = (slopes[:2] - slopes[2:]) / (2 * h)
    values, directions = np.linalg.eigh((hessian + hessian.T) / 2)
    return values, directions
