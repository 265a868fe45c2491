"""VAE: the divergence and the bound against exact answers, what beta does, and that it learns."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.engine.losses import kl_gaussians_forward
from quizdl.engine.optimisers import Adam
from quizdl.engine.vae import (
    bernoulli_nll_forward,
    gaussian_nll_forward,
    init_vae,
    kl_standard_normal_backward,
    kl_standard_normal_forward,
    reparameterize_backward,
    reparameterize_forward,
    vae_backward,
    vae_encode_forward,
    vae_forward,
    vae_sample,
    vae_terms,
)

seeds = st.integers(0, 2**32 - 1)


@given(seeds)
def test_the_divergence_is_zero_at_the_prior_alone(seed: int) -> None:
    """KL(N(0, I) ‖ N(0, I)) = 0 with gradient 0, and every other Gaussian is farther off."""
    rng = np.random.default_rng(seed)
    kl, cache = kl_standard_normal_forward(np.zeros((2, 3)), np.zeros((2, 3)))
    assert kl == 0
    assert all(np.all(gradient == 0) for gradient in kl_standard_normal_backward(1.0, cache).values())
    assert kl_standard_normal_forward(rng.standard_normal((2, 3)), rng.standard_normal((2, 3)))[0] > 0


def test_the_divergence_is_that_of_two_gaussians_one_of_them_standard() -> None:
    """The general formula of `losses` with μ₂ = 0 and σ₂ = 1."""
    rng = np.random.default_rng(0)
    mu, log_var = rng.standard_normal((4, 3)), rng.standard_normal((4, 3))
    general, _ = kl_gaussians_forward(mu, log_var, np.zeros((4, 3)), np.zeros((4, 3)))
    assert kl_standard_normal_forward(mu, log_var)[0] == pytest.approx(float(general), rel=1e-12)


def test_what_is_drawn_by_reparameterisation_has_the_mean_and_the_deviation() -> None:
    """z = μ + σε of many draws; and dz reaches μ whole, log σ² in proportion to ε."""
    eps = np.random.default_rng(1).standard_normal(100_000)
    z, cache = reparameterize_forward(np.full(100_000, 3.0), np.full(100_000, math.log(4)), eps)
    assert z.mean() == pytest.approx(3, abs=0.03)
    assert z.std() == pytest.approx(2, abs=0.02)
    gradients = reparameterize_backward(np.ones(100_000), cache)
    np.testing.assert_array_equal(gradients["mu"], 1)
    np.testing.assert_allclose(gradients["log_var"], eps)


def test_likelihoods_are_likelihoods() -> None:
    """Bernoulli: p(0) + p(1) = 1; Gaussian: the density's integral is 1, with its own variance or 1."""
    chances = [math.exp(-bernoulli_nll_forward(np.array([0.7]), np.array([x]))[0]) for x in (0.0, 1.0)]
    assert sum(chances) == pytest.approx(1)
    grid = np.linspace(-30, 30, 6001)
    for log_var in (None, np.array([1.3])):
        density = [math.exp(-gaussian_nll_forward(np.array([0.5]), np.array([x]), log_var)[0]) for x in grid]
        assert sum(density) * 0.01 == pytest.approx(1, rel=1e-6)


def linear_model(rng: np.random.Generator) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray, np.ndarray]:
    """A VAE with a linear decoder and one latent number, data, the exact −log p(x), and the posterior's mean."""
    p = init_vae(rng, 3, 1, 1)
    w, bias = rng.standard_normal((1, 3)), rng.standard_normal(3)
    p |= {"decoder.0.W": np.ones((1, 1)), "decoder.0.b": np.zeros(1), "decoder.1.W": w, "decoder.1.b": bias}
    x = rng.standard_normal((5, 3))
    cov = w.T @ w + np.eye(3)
    gap = x - bias
    exact = 0.5 * np.mean(np.sum(gap @ np.linalg.inv(cov) * gap, axis=1) + np.log(np.linalg.det(2 * np.pi * cov)))
    return p, x, np.asarray(exact), gap @ w.T / (1 + np.sum(w**2))


def expected_loss(x: np.ndarray, p: dict[str, np.ndarray]) -> float:
    """The loss averaged over ε exactly, by Gauss–Hermite quadrature: for a linear decoder it is quadratic in ε."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(5)
    losses = [
        float(vae_forward(x, p, np.full((len(x), 1), node), observation="gaussian", activation="identity")[0])
        for node in nodes
    ]
    return float(np.dot(weights, losses) / weights.sum())


@given(seeds)
def test_the_bound_is_a_bound(seed: int) -> None:
    """Whatever the encoder, the loss is at least −log p(x), which a linear decoder gives exactly."""
    p, x, exact, _ = linear_model(np.random.default_rng(seed))
    assert expected_loss(x, p) >= exact - 1e-9


def test_the_bound_is_tight_where_the_encoder_is_the_exact_posterior() -> None:
    """q(z|x) = p(z|x) = N(w·(x − b)/(1 + ‖w‖²), 1/(1 + ‖w‖²)): the loss is −log p(x) itself."""
    p, x, exact, mean = linear_model(np.random.default_rng(2))
    w, bias = p["decoder.1.W"], p["decoder.1.b"]
    precision = 1 + np.sum(w**2)
    p |= {"encoder.0.W": w.T / precision, "encoder.0.b": -(bias @ w.T) / precision}
    p |= {"encoder.mu.W": np.ones((1, 1)), "encoder.mu.b": np.zeros(1)}
    p |= {"encoder.log_var.W": np.zeros((1, 1)), "encoder.log_var.b": np.full(1, -np.log(precision))}
    np.testing.assert_allclose(vae_encode_forward(x, p, activation="identity")[0][0], mean)
    assert expected_loss(x, p) == pytest.approx(float(exact), rel=1e-10)


def test_the_loss_is_the_sum_of_its_terms() -> None:
    """Reconstruction + β·KL, for two values of β."""
    rng = np.random.default_rng(3)
    p, x, eps = init_vae(rng, 4, 3, 2), rng.random((5, 4)), rng.standard_normal((5, 2))
    reconstruction, kl = vae_terms(x, p, eps)
    for beta in (0.0, 2.5):
        assert vae_forward(x, p, eps, beta=beta)[0] == pytest.approx(reconstruction + beta * kl)


def test_samples_are_means_of_pixels() -> None:
    """Between 0 and 1 for Bernoulli pixels; for Gaussian ones the decoder's output itself."""
    rng = np.random.default_rng(4)
    p, z = init_vae(rng, 4, 3, 2), 5 * rng.standard_normal((6, 2))
    pixels, mean = vae_sample(z, p), vae_sample(z, p, observation="gaussian")
    assert np.all((pixels > 0) & (pixels < 1))
    np.testing.assert_allclose(pixels, 1 / (1 + np.exp(-mean)))


def test_a_plain_one_arriving_keeps_float32() -> None:
    """dloss = 1.0 is a Python number, and no reason for float64 gradients."""
    rng = np.random.default_rng(5)
    p = init_vae(rng, 4, 3, 2, dtype=np.float32)
    loss, cache = vae_forward(rng.random((2, 4), dtype=np.float32), p, rng.standard_normal((2, 2), dtype=np.float32))
    assert loss.dtype == np.float32
    assert {g.dtype for g in vae_backward(1.0, cache).values()} == {np.dtype(np.float32)}


def test_wide_and_narrow_posteriors_warn_of_nothing() -> None:
    """log σ² = ±1000: an infinite divergence where σ² overflows, a finite one where it vanishes, float32 or not."""
    for dtype in (np.float32, np.float64):
        zero, big = np.zeros((1, 1), dtype=dtype), np.full((1, 1), 1000, dtype=dtype)
        assert kl_standard_normal_forward(zero, big)[0] == np.inf
        assert kl_standard_normal_forward(zero, -big)[0] == pytest.approx(499.5)
        assert reparameterize_forward(zero, -big, big)[0] == pytest.approx(0, abs=1e-200)


def test_a_vae_learns_a_ring_of_patterns() -> None:
    """A lit arc of eight pixels in eight places: the bound rises, reconstructions are right, and samples look alike."""
    rng = np.random.default_rng(6)
    arcs = np.array([np.roll([1.0, 1, 1, 1, 0, 0, 0, 0], k) for k in range(8)])
    x = np.repeat(arcs, 4, axis=0)
    p, optimiser, losses = init_vae(rng, 8, 24, 2), Adam(0.02), []
    for _ in range(600):
        loss, cache = vae_forward(x, p, rng.standard_normal((len(x), 2)))
        losses.append(float(loss))
        p = optimiser.update(p, vae_backward(1.0, cache))
    assert np.mean(losses[-50:]) < 0.75 * np.mean(losses[:10])
    (mu, _), _ = vae_encode_forward(arcs, p)
    np.testing.assert_array_equal(vae_sample(mu, p) > 0.5, arcs == 1)
    drawn = vae_sample(rng.standard_normal((400, 2)), p)
    nearest = np.abs(drawn[:, None, :] - arcs).mean(axis=2).min(axis=1)
    assert np.mean(nearest < 0.2) > 0.7


def test_a_larger_beta_leaves_less_in_the_code() -> None:
    """After the same training, the KL is the smaller the more it costs; at β = 20 it collapses to nothing."""
    x = np.repeat(np.array([[1.0, 1, 0, 0], [0, 0, 1, 1]]), 8, axis=0)
    left = []
    for beta in (0.1, 1.0, 20.0):
        rng = np.random.default_rng(7)
        p, optimiser = init_vae(rng, 4, 8, 1), Adam(0.03)
        for _ in range(200):
            _, cache = vae_forward(x, p, rng.standard_normal((16, 1)), beta=beta)
            p = optimiser.update(p, vae_backward(1.0, cache))
        left.append(float(vae_terms(x, p, rng.standard_normal((16, 1)))[1]))
    assert left[0] > left[1] > left[2]
    assert left[2] < 0.05
