"""GANs: the value of the game where the answer is known, who gets which gradient, and that the generator learns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.engine.gan import (
    LOSSES,
    clip_weights,
    discriminator_forward,
    discriminator_loss_backward,
    discriminator_loss_forward,
    discriminator_step,
    gan_discriminator_backward,
    gan_discriminator_forward,
    gan_generator_backward,
    gan_generator_forward,
    generator_forward,
    generator_loss_backward,
    generator_loss_forward,
    generator_step,
    init_gan,
    optimal_discriminator,
)
from quizdl.engine.optimisers import Adam


def test_a_discriminator_that_knows_nothing_pays_two_bits() -> None:
    """D = 1/2 everywhere: the loss is 2 log 2, the value of the game at its equilibrium with the sign turned."""
    assert discriminator_loss_forward(np.zeros(3), np.zeros(3))[0] == pytest.approx(2 * np.log(2))


def test_the_best_discriminator_s_loss_is_the_jensen_shannon_divergence() -> None:
    """With D* = p/(p + q), the loss is 2 log 2 − 2·JS(p ‖ q), at a point where its gradient is 0."""
    p, q = np.array([4, 3, 1]) / 8, np.array([1, 1, 6]) / 8
    D = optimal_discriminator(p, q)
    s = np.log(D / (1 - D))
    real, fake = np.repeat(s, [4, 3, 1]), np.repeat(s, [1, 1, 6])
    loss, cache = discriminator_loss_forward(real, fake)
    middle = (p + q) / 2
    js = (np.sum(p * np.log(p / middle)) + np.sum(q * np.log(q / middle))) / 2
    assert loss == pytest.approx(2 * np.log(2) - 2 * js)
    d = discriminator_loss_backward(1.0, cache)
    for value in s:
        assert d["s_real"][real == value].sum() + d["s_fake"][fake == value].sum() == pytest.approx(0, abs=1e-12)


def test_minimax_is_a_game_of_zero_sum_and_the_others_are_not() -> None:
    """What the generator gains, up to what it has no hand in, is what the discriminator loses."""
    real, fake = np.array([0.3, -1.0]), np.array([0.7, 2.0])
    d = discriminator_loss_backward(1.0, discriminator_loss_forward(real, fake, loss="minimax")[1])["s_fake"]
    for loss in LOSSES:
        g = generator_loss_backward(1.0, generator_loss_forward(fake, loss=loss)[1])["s_fake"]
        assert np.allclose(g, -d) == (loss == "minimax")


def test_only_the_minimax_generator_is_stuck_where_the_discriminator_is_sure() -> None:
    """A score of −30 for what it made: no gradient with minimax, the full one with the others."""
    for loss, expected in zip(LOSSES, (0.0, -1.0, -31.0, -1.0), strict=True):
        _, cache = generator_loss_forward(np.array([-30.0]), loss=loss)
        assert generator_loss_backward(1.0, cache)["s_fake"][0] == pytest.approx(expected, abs=1e-12)


@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3))
def test_the_losses_are_finite_for_any_score(real: float, fake: float) -> None:
    """From logits nothing is capped and nothing is infinite; in float32 either."""
    for dtype in (np.float32, np.float64):
        s_real, s_fake = np.array([real], dtype=dtype), np.array([fake], dtype=dtype)
        for loss in LOSSES:
            assert np.isfinite(discriminator_loss_forward(s_real, s_fake, loss=loss)[0])
            assert np.isfinite(generator_loss_forward(s_fake, loss=loss)[0])


def test_weights_are_clipped_to_the_box_and_left_alone_inside_it() -> None:
    """[−c, c] for every parameter; the originals are not changed."""
    D = {"W": np.array([[-3.0, 0.005], [0.0, 3.0]])}
    np.testing.assert_array_equal(clip_weights(D)["W"], [[-0.01, 0.005], [0.0, 0.01]])
    np.testing.assert_array_equal(D["W"], [[-3.0, 0.005], [0.0, 3.0]])


def test_each_player_gets_gradients_of_its_own_parameters_alone() -> None:
    """The discriminator's step cannot move the generator, nor the other way round."""
    rng = np.random.default_rng(0)
    G, D = init_gan(rng, noise=2, hidden=3, data=1)
    x, z = rng.standard_normal((4, 1)), rng.standard_normal((4, 2))
    of_d = gan_discriminator_backward(1.0, gan_discriminator_forward(x, z, D, G)[1])
    of_g = gan_generator_backward(1.0, gan_generator_forward(z, G, D)[1])
    assert of_d.keys() == D.keys() | {"x"}
    assert of_g.keys() == G.keys() | {"z"}


def test_a_step_of_either_player_lowers_its_own_loss() -> None:
    """On the same noise and the same data, for every kind of loss; clipping comes after the step."""
    rng = np.random.default_rng(1)
    G, D = init_gan(rng, noise=2, hidden=6, data=2)
    x, z = 1 + rng.standard_normal((16, 2)), rng.standard_normal((16, 2))
    for loss in LOSSES:
        D_after, before = discriminator_step(x, z, D, G, lr=1e-3, loss=loss)
        assert gan_discriminator_forward(x, z, D_after, G, loss=loss)[0] < before
        G_after, before = generator_step(z, G, D, lr=1e-3, loss=loss)
        assert gan_generator_forward(z, G_after, D, loss=loss)[0] < before
    clipped, _ = discriminator_step(x, z, D, G, lr=1e-3, loss="wasserstein", clip=0.02)
    assert max(float(np.abs(w).max()) for w in clipped.values()) == 0.02


def test_the_condition_is_read_by_both_networks() -> None:
    """Another label, another sample and another score."""
    rng = np.random.default_rng(2)
    G, D = init_gan(rng, noise=2, hidden=4, data=1, labels=2)
    z, first, second = rng.standard_normal((1, 2)), np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])
    x, _ = generator_forward(z, G, first)
    assert not np.allclose(x, generator_forward(z, G, second)[0])
    assert not np.allclose(discriminator_forward(x, D, first)[0], discriminator_forward(x, D, second)[0])


@pytest.mark.parametrize("loss", LOSSES)
def test_the_generator_s_mean_moves_to_the_data_s(loss: str) -> None:
    """Data from N(4, 1), the generator begins about 0: after 500 rounds its mean, averaged over the last, is at 4."""
    rng = np.random.default_rng(3)
    G, D = init_gan(rng, noise=1, hidden=8, data=1)
    of_G, of_D = Adam(0.01, b1=0.5), Adam(0.01, b1=0.5)
    begun = generator_forward(rng.standard_normal((1000, 1)), G)[0].mean()
    means = []
    for _ in range(500):
        x, z = 4 + rng.standard_normal((64, 1)), rng.standard_normal((64, 1))
        D = of_D.update(D, gan_discriminator_backward(1.0, gan_discriminator_forward(x, z, D, G, loss=loss)[1]))
        if loss == "wasserstein":
            D = clip_weights(D, 0.1)
        G = of_G.update(G, gan_generator_backward(1.0, gan_generator_forward(z, G, D, loss=loss)[1]))
        means.append(generator_forward(z, G)[0].mean())
    assert abs(begun) < 1.5
    assert np.mean(means[-200:]) == pytest.approx(4, abs=0.5)


def test_a_conditional_generator_learns_where_each_label_lies() -> None:
    """Label 0 at −2, label 1 at 2, with plain gradient descent: the means come out on the right sides and near."""
    rng = np.random.default_rng(4)
    G, D = init_gan(rng, noise=1, hidden=8, data=1, labels=2)
    y = np.repeat(np.eye(2), 32, axis=0)
    centres = np.array([-2.0, 2.0])
    means = []
    for _ in range(500):
        x, z = y @ centres[:, None] + 0.5 * rng.standard_normal((64, 1)), rng.standard_normal((64, 1))
        D, _ = discriminator_step(x, z, D, G, y, lr=0.2)
        G, _ = generator_step(z, G, D, y, lr=0.1)
        means.append(generator_forward(z, G, y)[0].reshape(2, 32).mean(axis=1))
    np.testing.assert_allclose(np.mean(means[-200:], axis=0), centres, atol=0.6)
