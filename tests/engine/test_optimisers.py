"""Optimisers: the textbooks' numbers, how the variants hang together, and that they find the bottom."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.engine import adaptive, optimisers
from quizdl.engine.adaptive import AdaDelta, AdaGrad, RMSProp
from quizdl.engine.optimisers import SGD, Adam, AdamW, Method, Momentum

ALL: dict[str, Callable[[], Method]] = {
    "sgd": lambda: SGD(0.1),
    "momentum": lambda: Momentum(0.02),
    "nesterov": lambda: Momentum(0.02, nesterov=True),
    "momentum outside": lambda: Momentum(0.02, lr_inside=False),
    "nesterov outside": lambda: Momentum(0.02, nesterov=True, lr_inside=False),
    "adagrad": lambda: AdaGrad(0.5),
    "rmsprop": lambda: RMSProp(0.005, 0.9),
    "rmsprop, eps inside": lambda: RMSProp(0.005, 0.9, eps_inside=True),
    "rmsprop, everything": lambda: RMSProp(0.002, 0.9, 1e-4, mu=0.5, centred=True),
    "adadelta": lambda: AdaDelta(1.0, 0.9, 1e-3),
    "adam": lambda: Adam(0.05),
    "amsgrad": lambda: Adam(0.05, amsgrad=True),
    "adamw": lambda: AdamW(0.05, weight_decay=0.0),
}

every_method = pytest.mark.parametrize("name", ALL)


@every_method
def test_a_method_finds_the_bottom_of_a_bowl(name: str) -> None:
    """From (3, −2) to the minimum of ½(w₁ − 1)² + 2(w₂ − 1)² within 800 steps; what was given is not changed."""
    optimiser, start = ALL[name](), {"w": np.array([3.0, -2.0])}
    parameters = dict(start)
    for _ in range(800):
        parameters = optimiser.update(parameters, {"w": np.array([1.0, 4.0]) * (parameters["w"] - 1)})
    np.testing.assert_allclose(parameters["w"], 1, atol=1e-2)
    np.testing.assert_array_equal(start["w"], [3.0, -2.0])


@every_method
def test_float32_stays_float32(name: str) -> None:
    """Parameters, and what is kept for them."""
    optimiser, parameters = ALL[name](), {"w": np.ones(3, dtype=np.float32)}
    for _ in range(3):
        parameters = optimiser.update(parameters, {"w": np.full(3, 0.5, dtype=np.float32)})
    assert parameters["w"].dtype == np.float32
    assert {x.dtype for x in optimiser.state["w"]} <= {np.dtype(np.float32)}


@every_method
def test_nothing_moves_where_the_gradient_is_zero(name: str) -> None:
    """No division of 0 by 0; gradients of ±1e3 beside it give finite steps."""
    optimiser, parameters = ALL[name](), {"w": np.array([2.0, 0.0, 0.0])}
    for _ in range(3):
        parameters = optimiser.update(parameters, {"w": np.array([0.0, 1e3, -1e3])})
    assert parameters["w"][0] == 2
    assert np.all(np.isfinite(parameters["w"]))


@every_method
def test_each_parameter_has_a_state_of_its_own(name: str) -> None:
    """Two parameters trained together end where they would have ended alone."""
    rng = np.random.default_rng(0)
    gradients = [{"W": rng.standard_normal((2, 2)), "b": rng.standard_normal(3)} for _ in range(4)]
    together = {"W": np.ones((2, 2)), "b": np.ones(3)}
    optimiser, single = ALL[name](), {key: ALL[name]() for key in together}
    alone = dict(together)
    for g in gradients:
        together = optimiser.update(together, g)
        alone |= {key: one.update({key: alone[key]}, g)[key] for key, one in single.items()}
    for key, w in together.items():
        np.testing.assert_array_equal(w, alone[key])


@every_method
def test_a_nan_stays_where_it_is(name: str) -> None:
    """One entry of the gradient is NaN: that parameter becomes NaN, quietly, and the others do not."""
    w = ALL[name]().update({"w": np.ones(3)}, {"w": np.array([np.nan, 1.0, 0.0])})["w"]
    assert np.isnan(w).tolist() == [True, False, False]


def test_the_textbook_steps_by_hand() -> None:
    """One step from w = 1 with g = 2 in each, all numbers round."""
    np.testing.assert_allclose(optimisers.sgd_step(1.0, 2.0, 0.1), 0.8)
    np.testing.assert_allclose(optimisers.momentum_step(1.0, 2.0, 4.0, 0.5, 0.5), (2, 1))
    np.testing.assert_allclose(optimisers.nesterov_step(1.0, 2.0, 4.0, 0.5, 0.5), (0.5, 1))
    np.testing.assert_allclose(optimisers.velocity_step(1.0, 2.0, 4.0, 0.5, 0.5), (-1, 4))
    np.testing.assert_allclose(optimisers.velocity_step(1.0, 2.0, 4.0, 0.5, 0.5, dampening=0.5), (-0.5, 3))
    np.testing.assert_allclose(optimisers.velocity_step(1.0, 2.0, 4.0, 0.5, 0.5, nesterov=True), (-1, 4))
    np.testing.assert_allclose(optimisers.decayed(3.0, 2.0, 0.1), 2.3)
    np.testing.assert_allclose(adaptive.adagrad_step(1.0, 2.0, 5.0, 0.3, 0.0), (0.8, 9))
    np.testing.assert_allclose(adaptive.rmsprop_step(1.0, 2.0, 14.0, 0.3, 0.5, 0.0), (0.8, 9))
    np.testing.assert_allclose(adaptive.rmsprop_step(1.0, 2.0, 14.0, 0.4, 0.5, 7.0, eps_inside=True), (0.8, 9))
    np.testing.assert_allclose(adaptive.centred_rmsprop_step(1.0, 2.0, 16.0, 0.0, 0.3, 0.5, 0.0), (0.8, 10, 1))
    np.testing.assert_allclose(adaptive.adadelta_step(1.0, 2.0, 14.0, 9.0, 0.5, 0.5, 0.0), (0, 9, 6.5))
    np.testing.assert_allclose(optimisers.adam_step(1.0, 2.0, 0.0, 0.0, 1, 0.25, 0.5, 0.5, 0.0), (0.75, 1, 2))
    amsgrad = optimisers.amsgrad_step(1.0, 2.0, 0.0, 0.0, 8.0, 1, 0.25, 0.5, 0.5, 0.0)
    np.testing.assert_allclose(amsgrad, (0.875, 1, 2, 8))
    np.testing.assert_allclose(optimisers.adamw_step(1.0, 2.0, 0.0, 0.0, 1, 0.25, 0.5, 0.5, 0.0, 0.4), (0.65, 1, 2))


DEFAULTS = {
    "adam_step": (optimisers.adam_step, 2, Adam(), True),
    "amsgrad_step": (optimisers.amsgrad_step, 3, Adam(amsgrad=True), True),
    "adamw_step": (optimisers.adamw_step, 2, AdamW(), True),
    "adagrad_step": (adaptive.adagrad_step, 1, AdaGrad(), False),
    "rmsprop_step": (adaptive.rmsprop_step, 1, RMSProp(), False),
    "centred_rmsprop_step": (adaptive.centred_rmsprop_step, 2, RMSProp(centred=True), False),
    "adadelta_step": (adaptive.adadelta_step, 2, AdaDelta(), False),
}


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_step_and_its_class_have_the_same_defaults(name: str) -> None:
    """Two steps from zeros, with PyTorch's rates, which parity proves of the classes."""
    step, slots, optimiser, counted = DEFAULTS[name]
    w, kept, parameters = np.array([1.0, -2.0]), [np.zeros(2)] * slots, {"w": np.array([1.0, -2.0])}
    for t, g in enumerate(([1e-7, 3.0], [2e-7, -0.5]), start=1):
        w, *kept = step(w, g, *kept, *(t,) * counted)
        parameters = optimiser.update(parameters, {"w": np.array(g)})
    np.testing.assert_array_equal(w, parameters["w"])


def test_amsgrad_without_correction_is_the_papers() -> None:
    """m = 1 and v_max = 4 as they are: w falls by lr·1/2."""
    step = optimisers.amsgrad_step(1.0, 2.0, 0.0, 4.0, 1.0, 1, 0.5, 0.5, 0.5, 0.0, corrected=False)
    np.testing.assert_allclose(step, (0.75, 1, 4, 4))


def test_adam_steps_by_the_learning_rate_while_the_gradient_stays_the_same() -> None:
    """Both bias corrections at every step: with a constant gradient, each of three steps is lr long."""
    optimiser, parameters = Adam(0.25, eps=0.0), {"w": np.array([0.0, 0.0])}
    for _ in range(3):
        parameters = optimiser.update(parameters, {"w": np.array([1e-4, -7.0])})
    np.testing.assert_allclose(parameters["w"], [-0.75, 0.75])


@pytest.mark.parametrize("nesterov", [False, True])
def test_the_two_momenta_walk_alike_until_the_learning_rate_changes(nesterov: bool) -> None:
    """v with lr inside is −lr·v with lr outside; after a change the first keeps its speed, the second does not."""
    rng = np.random.default_rng(1)
    inside, outside = Momentum(0.1, nesterov=nesterov), Momentum(0.1, nesterov=nesterov, lr_inside=False)
    one = other = {"w": np.ones(3)}
    for t in range(8):
        if t == 5:
            np.testing.assert_allclose(one["w"], other["w"], rtol=1e-12)
            inside.lr = outside.lr = 0.01
        g = {"w": rng.standard_normal(3)}
        one, other = inside.update(one, g), outside.update(other, g)
    assert np.all(np.abs(one["w"] - other["w"]) > 1e-3)


def test_nesterovs_place_is_one_velocity_ahead() -> None:
    """θ with its gradient at θ + μv (the paper's) and w with its gradient at w: w = θ + μv at every step."""
    lr, mu = 0.1, 0.8
    w, v = np.array([3.0, -2.0]), np.zeros(2)
    theta, u = w, np.zeros(2)
    for _ in range(6):
        u = mu * u - lr * np.sin(theta + mu * u)
        theta = theta + u
        w, v = optimisers.nesterov_step(w, np.sin(w), v, lr, mu)
        np.testing.assert_allclose(w, theta + mu * u, rtol=1e-12)


@given(st.floats(0.01, 100))
def test_adaptive_methods_do_not_care_about_the_gradients_scale(scale: float) -> None:
    """With eps = 0, all gradients times a number change no step of AdaGrad, RMSProp and Adam."""
    for make in (lambda: AdaGrad(0.1, 0.0), lambda: RMSProp(0.1, eps=0.0), lambda: Adam(0.1, eps=0.0)):
        one, other, w, x = make(), make(), {"w": np.ones(2)}, {"w": np.ones(2)}
        for g in ([1.0, -2.0], [0.5, 3.0]):
            w, x = one.update(w, {"w": np.array(g)}), other.update(x, {"w": scale * np.array(g)})
        np.testing.assert_allclose(w["w"], x["w"], rtol=1e-9)


def test_decay_passes_through_adams_moments_only_when_it_is_coupled() -> None:
    """Without a gradient, decoupled decay shrinks all weights by one factor; coupled, by one length (lr)."""
    w, zero = {"w": np.array([1.0, 8.0])}, {"w": np.zeros(2)}
    np.testing.assert_allclose(AdamW(0.1, weight_decay=0.5).update(w, zero)["w"], [0.95, 7.6])
    np.testing.assert_allclose(Adam(0.1, weight_decay=0.5).update(w, zero)["w"], [0.9, 7.9], rtol=1e-6)


def test_amsgrad_never_speeds_up_again() -> None:
    """After one large gradient its steps stay short, where Adam's grow long again."""
    lengths = {}
    for amsgrad in (False, True):
        optimiser, w = Adam(0.1, 0.0, 0.5, amsgrad=amsgrad), {"w": np.zeros(1)}
        for g in [100.0, *[1.0] * 20]:
            before, w = w, optimiser.update(w, {"w": np.array([g])})
        lengths[amsgrad] = float(np.abs(w["w"] - before["w"])[0])
    assert lengths[True] < 0.01 < 0.09 < lengths[False]


def test_a_constant_gradient_has_no_variance() -> None:
    """Centred RMSProp's h − m² becomes 0 and never less, however it is rounded: only eps divides then."""
    w, h, m = np.array([0.0]), np.zeros(1), np.zeros(1)
    for _ in range(400):
        w, h, m = adaptive.centred_rmsprop_step(w, np.array([0.1]), h, m, 0.0, 0.5, 1e-8)
    stepped, _, _ = adaptive.centred_rmsprop_step(w, np.array([0.1]), h, m, 1e-9, 0.5, 1e-8)
    assert 0 < float((w - stepped)[0]) <= 1e-9 * 0.1 / 1e-8 * (1 + 1e-9)


def test_the_inputs_gradient_is_passed_over() -> None:
    """A network's backward also gives that of x, which is no parameter."""
    after = SGD(1.0).update({"W": np.ones(2)}, {"x": np.ones(5), "W": np.ones(2)})
    assert set(after) == {"W"}
    np.testing.assert_array_equal(after["W"], 0)


def test_two_precisions_meet_in_the_wider() -> None:
    """A float64 gradient for float32 weights gives float64, and whole numbers become floats."""
    assert optimisers.sgd_step(np.ones(2, dtype=np.float32), np.ones(2), 0.1).dtype == np.float64
    np.testing.assert_array_equal(optimisers.sgd_step([1, 2], [2, 4], 0.5), [0, 0])
