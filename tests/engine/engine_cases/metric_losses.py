"""Losses with a margin: hinges with ties at their corners, distances near 0 and far away, with every reduction."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from engine_cases.kinds import Misuse, Parity, Rng, Slope, away_from_zero, draw, size
from engine_cases.losses import REDUCTIONS, any_reduction, case, misuse, on_each_argument, pair, reduce
from quizdl.engine.errors import RangeError, ShapeError


def hinge_cases() -> list[Parity]:
    cases = []
    for reduction in REDUCTIONS:
        for margin in (1.0, 0.2):
            t = np.array([[1, -1, 1], [-1, 1, -1]])

            def oracle(torch: Any, y: Any, t: Any = t, margin: float = margin, reduction: str = reduction) -> Any:
                return reduce(torch.relu(margin - torch.tensor(t) * y), reduction)

            y = draw("hinge", y=(2, 3))["y"]
            y[0, 0], y[0, 1], y[1, 0] = margin, -margin, 1e3  # two of them exactly at the corner
            options = {"t": t, "margin": margin, "reduction": reduction}
            cases.append(case("hinge", f"margin {margin}, {reduction}", oracle, {"y": y}, **options))
        for (N, C), p, margin in [((4, 3), 1, 1.0), ((4, 3), 2, 0.5), ((1, 1), 1, 1.0), ((1, 4), 2, 1.0)]:
            t = np.random.RandomState(N).randint(0, C, N)
            z = draw(f"multiclass {N, C}", z=(N, C))["z"]
            z[0] = 1e3 * z[0] if N > 1 else z[0]
            z[-1, 0] = z[-1, t[-1]] + margin * (N > 1)  # a tie at the corner of a hinge, where there are several rows
            options = {"t": t, "p": p, "margin": margin, "reduction": reduction}
            multi = partial(multi_margin, t, p, margin, reduction)
            cases.append(case("multiclass_hinge", f"{(N, C)}, p = {p}, {reduction}", multi, {"z": z}, **options))
    return cases


def multi_margin(t: Any, p: int, margin: float, reduction: str, torch: Any, z: Any) -> Any:
    return torch.nn.functional.multi_margin_loss(z, torch.tensor(t), p, margin, reduction=reduction)


def triplets(name: str, *shape: int) -> dict[str, np.ndarray]:
    return draw(name, anchor=shape, positive=shape, negative=shape)


def triplet_cases() -> list[Parity]:
    cases = []
    near = triplets("triplet near", 4, 3)
    near["positive"][0] = near["anchor"][0]  # a distance that is 0 but for eps
    far = {name: 1e3 * x for name, x in triplets("triplet far", 3, 2).items()}
    one, deep = triplets("triplet one", 1, 1), triplets("triplet deep", 2, 2, 3)
    for reduction in REDUCTIONS:
        for what, arguments in {"near": near, "far": far, "one": one, "two axes of rows": deep}.items():
            for margin in (1.0, 0.2):
                options = {"margin": margin, "reduction": reduction}
                name = f"{what}, margin {margin}, {reduction}"
                for eps in (1e-6, 1e-2):
                    label = f"{name}, eps {eps}"
                    oracle = partial(triplet, {**options, "eps": eps})
                    cases.append(case("triplet", label, oracle, arguments, **options, eps=eps))
                squared = partial(triplet_squared, margin, reduction)
                cases.append(case("triplet", f"{name}, squared", squared, arguments, **options, squared=True, eps=0.0))
    return cases


def triplet(options: dict[str, Any], torch: Any, anchor: Any, positive: Any, negative: Any) -> Any:
    return torch.nn.functional.triplet_margin_loss(anchor, positive, negative, p=2, **options)


def triplet_squared(margin: float, reduction: str, torch: Any, anchor: Any, positive: Any, negative: Any) -> Any:
    near, far = ((anchor - positive) ** 2).sum(-1), ((anchor - negative) ** 2).sum(-1)
    return reduce(torch.relu(near - far + margin), reduction)


def contrastive_cases() -> list[Parity]:
    cases = []
    for reduction in REDUCTIONS:
        for similar in (0, 1):
            for shape in [(5, 3), (1, 1), (4,), (2, 2, 2)]:
                t = np.random.RandomState(len(shape)).randint(0, 2, shape[:-1])
                margin = 2.5

                def oracle(torch: Any, x_1: Any, x_2: Any, t: Any = t, r: Any = reduction, s: int = similar) -> Any:
                    d = torch.linalg.vector_norm(x_1 - x_2, dim=-1)
                    alike = (torch.tensor(t) == s).to(d.dtype)
                    return reduce(alike * d**2 / 2 + (1 - alike) * torch.relu(2.5 - d) ** 2 / 2, r)

                name = f"{shape}, {similar} for similar, {reduction}"
                arguments = draw(f"contrastive {shape}", x_1=shape, x_2=shape)
                options = {"t": t, "margin": margin, "similar": similar, "reduction": reduction}
                cases.append(case("contrastive", name, oracle, arguments, **options))
    return cases


PARITY = [*hinge_cases(), *triplet_cases(), *contrastive_cases()]


# --- slopes


def hinge(rng: Rng) -> Slope:
    shape = size(rng), size(rng)
    t = rng.choice([-1, 1], shape)
    return Slope(*pair("hinge"), {"y": t * (1 + away_from_zero(rng, *shape))}, {"t": t, **any_reduction(rng)})


def multiclass_hinge(rng: Rng) -> Slope:
    N, C = size(rng), size(rng)
    z = rng.permutation(N * C).reshape(N, C) / 7.0  # in steps of 1/7, so that a margin of ½ = 3.5/7 is never met
    options = {"t": rng.integers(0, C, N), "p": int(rng.integers(1, 3)), "margin": 0.5}
    return Slope(*pair("multiclass_hinge"), {"z": z}, {**options, **any_reduction(rng)})


def apart(rng: Rng) -> tuple[tuple[int, ...], np.ndarray]:
    """A shape, and for each row a direction of unit length."""
    shape = size(rng), size(rng)
    direction = away_from_zero(rng, *shape)
    return shape, direction / np.linalg.norm(direction, axis=-1, keepdims=True)


def triplet_slope(squared: bool, rng: Rng) -> Slope:
    """The hinge of each row clearly open or clearly shut, no distance near 0."""
    shape, near = apart(rng)
    far = away_from_zero(rng, *shape)
    far *= rng.choice([1.3, 3.0], (shape[0], 1)) / np.linalg.norm(far, axis=-1, keepdims=True)
    anchor = rng.standard_normal(shape)
    arguments = {"anchor": anchor, "positive": anchor + near, "negative": anchor + far}
    return Slope(*pair("triplet"), arguments, {"squared": squared, **any_reduction(rng)})


def contrastive(rng: Rng) -> Slope:
    shape, direction = apart(rng)
    x_1 = rng.standard_normal(shape)
    x_2 = x_1 + direction * rng.choice([0.7, 1.3], (shape[0], 1))
    options = {"t": rng.integers(0, 2, shape[0]), "similar": int(rng.integers(0, 2)), **any_reduction(rng)}
    return Slope(*pair("contrastive"), {"x_1": x_1, "x_2": x_2}, options)


SLOPES: dict[str, Callable[[Rng], Slope]] = {
    **{maker.__name__: maker for maker in (hinge, multiclass_hinge, contrastive)},
    "triplet": partial(triplet_slope, False),
    "triplet_squared": partial(triplet_slope, True),
}


# --- misuses

ZEROS = np.zeros((2, 3))
CALLS: dict[str, dict[str, Any]] = {
    "hinge": {"y": ZEROS, "t": np.ones((2, 3))},
    "multiclass_hinge": {"z": ZEROS, "t": [0, 2]},
    "triplet": {"anchor": ZEROS, "positive": ZEROS, "negative": ZEROS},
    "contrastive": {"x_1": ZEROS, "x_2": ZEROS, "t": [0, 1]},
}


def wrong(loss: str, error: type[Exception], **wrong: Any) -> Misuse:
    return misuse(loss, CALLS[loss], error, **wrong)


MISUSES = [
    *on_each_argument(CALLS, ("multiclass_hinge", "contrastive")),
    wrong("hinge", RangeError, t=ZEROS),
    wrong("hinge", RangeError, margin=np.nan),
    wrong("multiclass_hinge", RangeError, p=3),
    wrong("multiclass_hinge", RangeError, margin=np.inf),
    wrong("triplet", RangeError, margin=-1.0),
    wrong("triplet", RangeError, eps=-1e-6),
    wrong("triplet", ShapeError, anchor=0.0),
    wrong("contrastive", RangeError, similar=2),
    wrong("contrastive", RangeError, margin=-1.0),
]
