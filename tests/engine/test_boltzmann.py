"""Boltzmann machines: energies against enumeration, contrastive divergence against the exact gradient, and learning."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.engine.boltzmann import (
    all_states,
    bernoulli,
    contrastive_divergence,
    dbn_forward,
    dbn_sample,
    energy_forward,
    free_energy_forward,
    gibbs_step,
    hidden_probabilities,
    init_rbm,
    log_partition,
    rbm_nll_backward,
    rbm_nll_forward,
    train_dbn,
    train_rbm,
    visible_probabilities,
)

seeds = st.integers(0, 2**32 - 1)
PAIRS = np.repeat(np.array([[0.0, 0], [1, 1]]), 2, axis=1)
"""Two patterns of four pixels: all off, all on."""


def machine(rng: np.random.Generator, V: int, H: int) -> dict[str, np.ndarray]:
    return {"W": rng.standard_normal((V, H)), "b": rng.standard_normal(V), "c": rng.standard_normal(H)}


def joint(p: dict[str, np.ndarray]) -> np.ndarray:
    """p(v, h) of every v (rows) with every h (columns), by enumeration."""
    v, h = all_states(len(p["b"])), all_states(len(p["c"]))
    E = np.array([energy_forward(np.broadcast_to(each, (len(h), len(each))), h, **p)[0] for each in v])
    e = np.exp(E.min() - E)
    return e / e.sum()


@given(seeds)
def test_the_free_energy_is_that_of_all_hidden_states_together(seed: int) -> None:
    """exp(−F(v))/Z is the sum of p(v, h) over h, and log Z, over either layer's states, makes the sum 1."""
    rng = np.random.default_rng(seed)
    p = machine(rng, *rng.integers(1, 5, 2))
    F, _ = free_energy_forward(all_states(len(p["b"])), **p)
    log_Z = log_partition(**p)
    np.testing.assert_allclose(np.exp(-F - log_Z), joint(p).sum(axis=1), rtol=1e-10)
    assert log_Z == pytest.approx(float(log_partition(p["W"].T, p["c"], p["b"])))


@given(seeds)
def test_the_conditionals_are_those_of_the_joint_distribution(seed: int) -> None:
    """p(h=1|v) and p(v=1|h), by Bayes' rule from p(v, h)."""
    rng = np.random.default_rng(seed)
    p = machine(rng, 3, 2)
    both, v, h = joint(p), all_states(3), all_states(2)
    np.testing.assert_allclose(hidden_probabilities(v, p["W"], p["c"]), both @ h / both.sum(axis=1)[:, None])
    np.testing.assert_allclose(visible_probabilities(h, p["W"], p["b"]), both.T @ v / both.sum(axis=0)[:, None])


def test_a_machine_by_hand() -> None:
    """v = (1, 0), h = 1, W = (2, 3), b = (0.5, 7), c = −1: E = −0.5 + 1 − 2; F = −0.5 − log(1 + e)."""
    p = {"W": np.array([[2.0], [3.0]]), "b": np.array([0.5, 7.0]), "c": np.array([-1.0])}
    v = np.array([[1.0, 0.0]])
    assert energy_forward(v, np.array([[1.0]]), **p)[0] == pytest.approx(-1.5)
    assert free_energy_forward(v, **p)[0] == pytest.approx(-0.5 - np.log(1 + np.e))


def test_every_state_is_enumerated_once() -> None:
    """2ⁿ rows, all different, of zeros and ones."""
    states = all_states(5)
    assert states.shape == (32, 5)
    assert len({tuple(state) for state in states}) == 32
    assert set(np.unique(states)) == {0.0, 1.0}


def test_the_exact_gradient_is_the_data_s_statistics_less_the_model_s() -> None:
    """−∂ log p/∂W = ⟨v h⟩_model − ⟨v h⟩_data, the model's by enumeration of p(v, h)."""
    rng = np.random.default_rng(0)
    p, v = machine(rng, 4, 3), (rng.random((6, 4)) < 0.5).astype(float)
    _, cache = rbm_nll_forward(v, **p)
    gradients = rbm_nll_backward(1.0, cache)
    model = all_states(4).T @ joint(p) @ all_states(3)
    data = v.T @ hidden_probabilities(v, p["W"], p["c"]) / 6
    np.testing.assert_allclose(gradients["W"], model - data, rtol=1e-10)


def test_gibbs_sampling_keeps_the_model_s_distribution() -> None:
    """Visible states drawn from p(v) are still so distributed after a step."""
    rng = np.random.default_rng(1)
    p = machine(rng, 2, 2)
    exact, states = joint(p).sum(axis=1), all_states(2)
    v = states[rng.choice(4, 40_000, p=exact)]
    after = gibbs_step(rng, v, **p)
    counted = [np.mean(np.all(after.v == state, axis=1)) for state in states]
    np.testing.assert_allclose(counted, exact, atol=0.01)
    assert set(np.unique(after.h)) <= {0.0, 1.0}


@pytest.mark.parametrize("options", [{}, {"mean_field_hidden": False}, {"mean_field_visible": True}])
def test_one_step_of_contrastive_divergence_points_the_way_of_the_exact_gradient(options: dict[str, bool]) -> None:
    """On average over draws, the angle between CD-1 and the gradient of the likelihood is small."""
    rng = np.random.default_rng(2)
    p = {name: 0.3 * w for name, w in machine(rng, 4, 3).items()}
    v = np.repeat(PAIRS, 20_000, axis=0)
    exact = rbm_nll_backward(1.0, rbm_nll_forward(PAIRS, **p)[1])
    estimate, _ = contrastive_divergence(rng, v, **p, **options)
    a, b = (np.concatenate([g[name].ravel() for name in ("W", "b", "c")]) for g in (exact, estimate))
    assert a @ b / np.linalg.norm(a) / np.linalg.norm(b) > 0.9


def test_many_steps_of_contrastive_divergence_come_to_the_exact_gradient() -> None:
    """CD-k with a long chain is an unbiased estimate: k = 30 agrees where k = 1 does not."""
    rng = np.random.default_rng(3)
    p = {"W": np.array([[2.0, -1.0], [2.0, 2.0], [-1.0, 2.0]]), "b": np.full(3, -1.0), "c": np.full(2, -1.0)}
    v = np.tile([[1.0, 0, 1], [1, 1, 0]], (20_000, 1))
    exact = rbm_nll_backward(1.0, rbm_nll_forward(v[:2], **p)[1])

    def miss(k: int) -> float:
        estimate, _ = contrastive_divergence(rng, v, **p, k=k)
        return max(float(np.abs(estimate[name] - exact[name]).max()) for name in p)

    assert miss(30) < 0.02
    assert miss(1) > 2 * miss(30)


def test_the_conventions_of_the_last_step_are_what_they_say() -> None:
    """Mean-field visible units are probabilities, samples are bits; statistics of sampled hidden units are rational."""
    p, v = init_rbm(np.random.default_rng(4), 3, 2), np.ones((4, 3))
    _, sampled = contrastive_divergence(np.random.default_rng(5), v, **p)
    _, expected = contrastive_divergence(np.random.default_rng(5), v, **p, mean_field_visible=True)
    assert set(np.unique(sampled)) <= {0.0, 1.0}
    assert np.all((expected > 0.4) & (expected < 0.6))
    smooth, _ = contrastive_divergence(np.random.default_rng(5), v, **p)
    counted, _ = contrastive_divergence(np.random.default_rng(5), v, **p, mean_field_hidden=False)
    np.testing.assert_array_equal(counted["c"] * 4 % 1, 0)
    assert np.any(smooth["c"] * 4 % 1 != 0)


def test_a_machine_learns_which_pixels_go_together_by_contrastive_divergence() -> None:
    """Two pairs of pixels, alike nine times of ten: most of what there is to know above chance is learnt."""
    rng = np.random.default_rng(6)
    first = rng.integers(0, 2, (400, 2))
    second = first ^ (rng.random((400, 2)) < 0.1)
    v = np.stack([first, second], axis=2).reshape(400, 4).astype(float)
    p = train_rbm(rng, v, 2, steps=500, lr=1.0)
    nll, _ = rbm_nll_forward(v, **p)
    share = np.unique(v, axis=0, return_counts=True)[1] / 400
    entropy, chance = -np.sum(share * np.log(share)), 4 * np.log(2)
    assert entropy < nll < entropy + 0.2 * (chance - entropy)


def test_the_exact_gradient_learns_too() -> None:
    """The same patterns by descent of the exact likelihood: at every step it falls."""
    p = init_rbm(np.random.default_rng(7), 4, 2)
    nlls = []
    for _ in range(300):
        nll, cache = rbm_nll_forward(PAIRS, **p)
        gradients = rbm_nll_backward(1.0, cache)
        p = {name: w - 0.5 * gradients[name] for name, w in p.items()}
        nlls.append(float(nll))
    assert nlls == sorted(nlls, reverse=True)
    assert nlls[-1] < 1.0


def test_a_belief_network_of_one_layer_is_a_machine() -> None:
    """The upward pass is p(h|v), and the layers above read those probabilities."""
    rng = np.random.default_rng(8)
    p = train_dbn(rng, PAIRS, (3, 2), steps=3, lr=0.1)
    h = hidden_probabilities(PAIRS, p["0.W"], p["0.c"])
    one, _ = dbn_forward(PAIRS, {name: w for name, w in p.items() if name.startswith("0.")})
    np.testing.assert_array_equal(one, h)
    two, _ = dbn_forward(PAIRS, p)
    np.testing.assert_array_equal(two, hidden_probabilities(h, p["1.W"], p["1.c"]))


def test_a_belief_network_learns_layer_by_layer_and_dreams_of_what_it_saw() -> None:
    """Nine samples of ten are close to one of the two patterns, and both occur."""
    rng = np.random.default_rng(9)
    p = train_dbn(rng, np.repeat(PAIRS, 10, axis=0), (4, 3), steps=500, lr=0.5)
    samples = dbn_sample(rng, p, 300, steps=60)
    distance = np.abs(samples[:, None, :] - PAIRS).max(axis=2)
    assert np.mean(distance.min(axis=1) < 0.5) > 0.9
    assert np.all(np.bincount(distance.argmin(axis=1), minlength=2) > 60)


def test_samples_come_down_through_every_layer() -> None:
    """Weights and biases so large that nothing is left to chance: the top's units decide each layer below in turn."""
    down = {"2.W": np.zeros((1, 1)), "2.b": np.full(1, 50.0), "2.c": np.zeros(1)}
    down |= {"1.W": np.array([[100.0], [-100.0]]), "1.b": np.array([-50.0, 50.0]), "1.c": np.zeros(1)}
    down |= {"0.W": np.array([[100.0, 0], [0, 100.0], [100.0, 100.0]]), "0.b": np.full(3, -50.0), "0.c": np.zeros(2)}
    samples = dbn_sample(np.random.default_rng(11), down, 4, steps=3)
    np.testing.assert_allclose(samples, [[1.0, 0, 1]] * 4, atol=1e-9)


def test_a_coin_shows_ones_as_often_as_it_should() -> None:
    """0 never, 1 always, and in between in proportion; the dtype is that of the probabilities."""
    rng = np.random.default_rng(10)
    draws = bernoulli(rng, np.tile(np.array([0.0, 0.3, 1.0], dtype=np.float32), (20_000, 1)))
    assert draws.dtype == np.float32
    np.testing.assert_allclose(draws.mean(axis=0), [0, 0.3, 1], atol=0.01)
