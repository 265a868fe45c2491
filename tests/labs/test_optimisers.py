"""Optimisers on a ravine: the surfaces' slopes, the edge that theory knows, and who arrives."""

from __future__ import annotations

import math
from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.engine import elementary
from quizdl.errors import InputError
from quizdl.labs.core import Setting
from quizdl.labs.optimisers import LAB, Descents
from quizdl.labs.optimisers_data import BEALE, ROSENBROCK, Surface, curvatures, heights_and_slopes, ravine
from quizdl.labs.optimisers_walks import METHODS, Walk

SURFACES = {"ravine": ravine(30.0, 20.0), "rosenbrock": ROSENBROCK, "beale": BEALE}
STATED = ("sgd", "momentum", "nesterov")


def small(**changed: Setting) -> dict[str, Setting]:
    return LAB.smallest(**changed)


def trained(**changed: Setting) -> Descents:
    run = Descents(small(**changed))
    for _ in run.steps():
        pass
    return run


@pytest.fixture(scope="module")
def finished() -> Descents:
    return trained()


@given(st.sampled_from(sorted(SURFACES)), st.floats(-3, 3), st.floats(-3, 3))
def test_the_slope_is_that_of_the_surface(name: str, x: float, y: float) -> None:
    """Against central differences of the heights alone."""
    surface, h = SURFACES[name], 1e-5
    _, slope = heights_and_slopes(surface, np.array([[x, y]]))
    around = np.array([x, y]) + h * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])
    heights, _ = heights_and_slopes(surface, around)
    expected = np.array([heights[0] - heights[1], heights[2] - heights[3]]) / (2 * h)
    np.testing.assert_allclose(slope[0], expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
def test_the_minimum_is_one(surface: Surface) -> None:
    """Height and slope are 0 there, and the surface curves upwards."""
    height, slope = heights_and_slopes(surface, np.array([surface.minimum]))
    np.testing.assert_allclose([height[0], *slope[0]], 0, atol=1e-12)
    assert curvatures(surface)[0].min() > 0


@given(st.floats(1, 1e4), st.floats(-90, 90))
def test_a_turned_ravine_is_as_steep_as_before(condition: float, angle: float) -> None:
    """λ_min = 1 and λ_max = κ whichever way it lies."""
    np.testing.assert_allclose(curvatures(ravine(condition, angle))[0], [1, condition], rtol=1e-6)


def test_methods_diverge_where_theory_says(finished: Descents) -> None:
    """With λ_max = κ = 20 and μ = 0.9: 2/20, 3.8/20 and 3.8/2.8/20."""
    metrics = finished.outcome().metrics
    expected = [2 / 20, 3.8 / 20, 3.8 / 2.8 / 20]
    assert metrics["condition"] == pytest.approx(20)
    assert [metrics[f"{name}_edge"] for name in STATED] == pytest.approx(expected, rel=0.02)
    assert [metrics[f"{name}_edge_theory"] for name in STATED] == pytest.approx(expected)


def test_every_method_arrives(finished: Descents) -> None:
    """A millionth of the first loss, for good, within 200 steps."""
    metrics = finished.outcome().metrics
    assert max(metrics[f"{name}_steps"] for name in METHODS) < 200


def test_nobody_has_arrived_before_the_first_step() -> None:
    """So that arriving says something."""
    outcome = Descents(small()).outcome()
    assert outcome.reached is None
    assert all(math.isnan(outcome.metrics[f"{name}_steps"]) for name in METHODS)
    assert min(outcome.metrics[f"{name}_final_loss"] for name in METHODS) > 1


def test_half_a_gradient_has_another_edge(monkeypatch: pytest.MonkeyPatch) -> None:
    """d(z·z) without one of its two terms is half as steep, and the measurement shows it."""
    right = elementary.multiply_backward

    def wrong(dy: Any, cache: Any) -> dict[str, Any]:
        return right(dy, cache) | {"b": np.zeros_like(cache[1])}

    monkeypatch.setattr(elementary, "multiply_backward", wrong)
    assert trained().outcome().metrics["sgd_edge"] > 1.5 * 2 / 20


def test_who_rushes_through_the_minimum_has_not_arrived() -> None:
    """Steps are counted to where the loss stays low."""
    walk = Walk(np.zeros((5, 2)), np.array([100.0, 0.0, 50.0, 1.0, 0.5]))
    assert [walk.steps_to(share) for share in (0.02, 0.005)] == [3, 4]
    assert math.isnan(walk.steps_to(0.001))


def test_noise_is_drawn_from_the_seed_alone() -> None:
    """The same seed, the same walks; another one, others."""
    ends = [trained(noise=1.0, steps=20, seed=seed).weights()["sgd.w"].tolist() for seed in (0, 0, 1)]
    assert ends[0] == ends[1] != ends[2]


def test_a_run_that_was_stopped_has_an_outcome_and_its_ends_can_be_gone_on_from() -> None:
    """What was found so far is there; the others stand where they began."""
    stopped = Descents(small())
    for _ in islice(stopped.steps(), 30):
        pass
    outcome = stopped.outcome()
    assert 0 < len(stopped.found) < len(METHODS)
    again = Descents(small())
    again.load(stopped.weights())
    ends = again.outcome().metrics
    assert all(ends[f"{name}_final_loss"] == outcome.metrics[f"{name}_final_loss"] for name in METHODS)


def test_places_of_another_shape_are_refused() -> None:
    """A file that is none of this lab's."""
    weights = Descents(small()).weights()
    with pytest.raises(InputError) as refused:
        Descents(small()).load(weights | {"adam.w": np.zeros(3)})
    assert refused.value.where == "adam.w"
