"""VQ-VAE: which code is nearest, where gradients go straight through and where they stop, and that it learns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.engine.optimisers import Adam
from quizdl.engine.vae import gaussian_nll_forward
from quizdl.engine.vq_vae import (
    init_vq_vae,
    nearest_codes,
    quantize_backward,
    quantize_forward,
    vq_vae_backward,
    vq_vae_codes,
    vq_vae_decode,
    vq_vae_forward,
)


@given(st.integers(0, 2**32 - 1))
def test_no_code_is_nearer_than_the_one_chosen(seed: int) -> None:
    """Checked code by code; the output is a row of the book."""
    rng = np.random.default_rng(seed)
    z_e, E = rng.standard_normal((4, 2, 3)), rng.standard_normal((5, 3))
    k = nearest_codes(z_e, E)
    (z_q, _, _), _ = quantize_forward(z_e, E)
    distances = np.linalg.norm(z_e[..., None, :] - E, axis=-1)
    np.testing.assert_array_equal(np.take_along_axis(distances, k[..., None], -1)[..., 0], distances.min(axis=-1))
    np.testing.assert_array_equal(z_q, E[k])


def test_of_equally_near_codes_the_first_is_chosen() -> None:
    """Also where the numbers are so large that ‖z‖² − 2z·e + ‖e‖² would lose the difference."""
    assert nearest_codes(np.array([0.0]), np.array([[1.0], [-1.0]])) == 0
    far = 1e8 + np.array([[2.0], [0.0], [4.0]])
    np.testing.assert_array_equal(nearest_codes(1e8 + np.array([[1.0], [3.0], [0.5]]), far), [0, 0, 1])


def test_the_gradient_of_the_code_goes_straight_through_to_the_encoder() -> None:
    """dz_e = dz_q, and the codebook gets nothing of it."""
    rng = np.random.default_rng(0)
    _, cache = quantize_forward(rng.standard_normal((4, 3)), rng.standard_normal((5, 3)))
    dz_q = rng.standard_normal((4, 3))
    gradients = quantize_backward(dz_q, 0.0, 0.0, cache)
    np.testing.assert_array_equal(gradients["z_e"], dz_q)
    np.testing.assert_array_equal(gradients["E"], 0)


def test_each_loss_moves_one_side_alone() -> None:
    """The codebook loss draws the code to the encoder's output, the commitment loss the output to the code."""
    z_e, E = np.array([[1.0, 0.0]]), np.array([[0.0, 0.0], [9.0, 9.0]])
    (_, codebook, commitment), cache = quantize_forward(z_e, E)
    assert codebook == commitment == 1
    nothing = np.zeros((1, 2))
    of_codebook, of_commitment = (
        quantize_backward(nothing, 1.0, 0.0, cache),
        quantize_backward(nothing, 0.0, 1.0, cache),
    )
    np.testing.assert_array_equal(of_codebook["E"], [[-2, 0], [0, 0]])
    np.testing.assert_array_equal(of_codebook["z_e"], 0)
    np.testing.assert_array_equal(of_commitment["z_e"], [[2, 0]])
    np.testing.assert_array_equal(of_commitment["E"], 0)


def test_a_code_that_is_chosen_by_many_moves_to_their_mean() -> None:
    """Descending the codebook loss alone is k-means: each code ends in the middle of those that chose it."""
    z_e = np.array([[0.0], [1.0], [2.0], [10.0], [12.0]])
    E = np.array([[3.0], [8.0]])
    for _ in range(200):
        _, cache = quantize_forward(z_e, E)
        E = E - 0.5 * quantize_backward(np.zeros_like(z_e), 1.0, 0.0, cache)["E"]
    np.testing.assert_allclose(E, [[1.0], [11.0]])


def test_nothing_but_the_codes_passes_the_bottleneck() -> None:
    """The network's reconstruction is what its codes decode to; codebook and commitment loss are equal in value."""
    rng = np.random.default_rng(1)
    p, x = init_vq_vae(rng, 4, 6, codes=5, latent=2, latents=3), rng.standard_normal((7, 4))
    codes = vq_vae_codes(x, p)
    assert codes.shape == (7, 3)
    without, withal = (float(vq_vae_forward(x, p, beta=beta)[0]) for beta in (0.0, 1.0))
    codebook = withal - without
    assert without - codebook == pytest.approx(float(gaussian_nll_forward(vq_vae_decode(codes, p), x)[0]))


def test_beta_weighs_the_commitment_alone() -> None:
    """The loss is affine in β, with the commitment as its slope; the codebook's gradient does not see β."""
    rng = np.random.default_rng(2)
    p, x = init_vq_vae(rng, 4, 6, codes=5, latent=2, latents=2), rng.standard_normal((3, 4))
    losses, gradients = [], []
    for beta in (0.0, 1.0, 2.0):
        loss, cache = vq_vae_forward(x, p, beta=beta)
        losses.append(float(loss))
        gradients.append(vq_vae_backward(1.0, cache))
    assert losses[2] - losses[1] == pytest.approx(losses[1] - losses[0])
    assert losses[1] > losses[0]
    np.testing.assert_allclose(gradients[0]["E"], gradients[2]["E"], rtol=1e-12)


def test_a_vq_vae_learns_to_name_its_patterns() -> None:
    """Four patterns with a little noise: the loss falls, each has codes of its own, which decode to it."""
    rng = np.random.default_rng(3)
    patterns = np.array([[2.0, 2, 0, 0], [0, 0, 2, 2], [2, 0, 2, 0], [0, 2, 0, 2]])
    p, optimiser, losses = init_vq_vae(rng, 4, 12, codes=4, latent=2, latents=2), Adam(0.02), []
    for _ in range(400):
        x = np.repeat(patterns, 4, axis=0) + 0.1 * rng.standard_normal((16, 4))
        loss, cache = vq_vae_forward(x, p)
        losses.append(float(loss))
        p = optimiser.update(p, vq_vae_backward(1.0, cache))
    codes = vq_vae_codes(patterns, p)
    assert np.mean(losses[-20:]) < 0.7 * losses[0]
    assert len({tuple(row) for row in codes.tolist()}) == 4
    np.testing.assert_allclose(vq_vae_decode(codes, p), patterns, atol=0.3)
