"""Gradients through time and depth: products that theory knows, what vanishes, and what learns all the same."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizdl.engine import activations
from quizdl.engine.activations import sigmoid
from quizdl.errors import InputError
from quizdl.labs.core import Setting
from quizdl.labs.vanishing_gradient import LAB, Vanishing
from quizdl.labs.vanishing_gradient_networks import (
    IN_DEPTH,
    IN_TIME,
    initial_in_time,
    inputs_in_time,
    rings,
    through_time,
)


def small(**changed: Setting) -> dict[str, Setting]:
    return LAB.smallest(**changed)


@pytest.fixture(scope="module")
def finished() -> Vanishing:
    run = Vanishing(small())
    for _ in run.steps():
        pass
    return run


@given(st.integers(1, 300), st.integers(0, 2**32 - 1))
def test_a_point_is_in_the_disc_or_in_the_ring(count: int, seed: int) -> None:
    """The label is read off the radius."""
    x, t = rings(np.random.default_rng(seed), count)
    radius = np.hypot(x[:, 0], x[:, 1])
    assert ((radius > 1) == (t == 1)).all()
    assert (radius <= 2 + 1e-9).all()


@settings(max_examples=20)
@given(st.floats(-3, 6), st.integers(3, 12), st.integers(0, 2**32 - 1))
def test_a_cell_hands_back_its_forget_gate_at_every_step(bias: float, length: int, seed: int) -> None:
    """With all weights 0 the gate is σ(bias), and so is the ratio of two neighbouring gradients."""
    rng = np.random.default_rng(seed)
    network = IN_TIME["lstm"]
    p = initial_in_time(rng, network, 4, 0.0, bias)
    p["W"][:3] = 0  # g, the fourth, must say something, or tanh(c) would have no slope to speak of
    x, above = inputs_in_time(rng, length, 2), rng.standard_normal((2, 4))
    norms = through_time(network, x, p, above).norms[:-1]  # the last state is judged by h alone
    np.testing.assert_allclose(norms[:-1] / norms[1:], sigmoid(np.array(bias)), rtol=1e-6)


@settings(max_examples=20)
@given(st.sampled_from(["rnn_sigmoid", "rnn_tanh"]), st.floats(0.1, 3), st.integers(0, 2**32 - 1))
def test_no_gradient_exceeds_the_product_of_slope_and_greatest_singular_value(
    name: str, scale: float, seed: int
) -> None:
    """‖dL/dh_1‖ ≤ (γ·σ_max(U))^(T−1)·‖dL/dh_T‖, γ = ¼ for the sigmoid and 1 for tanh (Pascanu et al. 2013)."""
    rng = np.random.default_rng(seed)
    p = initial_in_time(rng, IN_TIME[name], 8, scale, 0.0)
    x, above = inputs_in_time(rng, 10, 3), rng.standard_normal((3, 8))
    norms = through_time(IN_TIME[name], x, p, above).norms
    base = (0.25 if name == "rnn_sigmoid" else 1.0) * float(np.linalg.norm(p["U"], 2))
    assert norms[0] <= base**9 * norms[-1] * (1 + 1e-9)


def test_an_open_forget_gate_keeps_what_everything_else_loses(finished: Vanishing) -> None:
    """Over 20 steps at scale 1."""
    metrics = finished.outcome().metrics
    assert metrics["lstm_open_ratio"] > 0.05
    assert max(metrics[f"{name}_ratio"] for name in ("rnn_sigmoid", "rnn_tanh", "gru", "lstm")) < 0.01


def test_a_sigmoid_layer_passes_on_less_than_a_quarter(finished: Vanishing) -> None:
    """The slope is at most ¼, Xavier's weights neither add nor take: 14 layers leave 0.2^14 to 0.25^14."""
    ratio = finished.outcome().metrics["depth_plain_ratio"]
    assert 0.2**14 < ratio < 0.25**14


def test_residual_layers_pass_everything_on_and_learn(finished: Vanishing) -> None:
    """The same layers, weights and minibatches; only the sum is new."""
    metrics = finished.outcome().metrics
    assert metrics["depth_residual_ratio"] == pytest.approx(1, abs=0.5)
    assert metrics["depth_residual_accuracy"] > 0.95
    assert metrics["depth_plain_accuracy"] < 0.6


def test_untrained_networks_cannot_tell_the_ring() -> None:
    """So that the accuracy says something of training."""
    metrics = Vanishing(small()).outcome().metrics
    assert max(metrics[f"depth_{name}_accuracy"] for name in IN_DEPTH) < 0.8


def test_a_sigmoid_without_its_second_factor_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """σ′ = σ(1 − σ); with σ alone the gradient falls half as fast in each layer, far outside the bound above."""

    def wrong(dy: Any, cache: Any) -> dict[str, Any]:
        return {"x": dy * cache[0]}

    monkeypatch.setattr(activations, "sigmoid_backward", wrong)
    assert Vanishing(small()).outcome().metrics["depth_plain_ratio"] > 0.25**14


def test_a_gradient_below_what_float32_holds_is_measured() -> None:
    """0.01 weights over 30 layers leave less than 1e-38 of it, which is not 0."""
    metrics = Vanishing(small(depth=30, init="small")).outcome().metrics
    assert 0 < metrics["depth_plain_ratio"] < 1e-38


def test_a_run_that_was_stopped_has_an_outcome_and_its_weights_give_it_again() -> None:
    """Ctrl-C keeps what there is."""
    stopped = Vanishing(small())
    for _ in islice(stopped.steps(), 50):
        pass
    outcome = stopped.outcome()
    again = Vanishing(small())
    again.load(stopped.weights())
    assert again.outcome().metrics == outcome.metrics


def test_weights_of_another_depth_are_refused() -> None:
    """Rather than leaving the rest of the layers as they were."""
    with pytest.raises(InputError) as refused:
        Vanishing(small()).load(Vanishing(small(depth=3)).weights())
    assert refused.value.where == "plain.3.W"
