"""Autoencoders: what tied weights are, what noise does, and that they learn, alone and layer by layer."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from quizdl.engine.autoencoders import (
    autoencoder_backward,
    autoencoder_forward,
    autoencoder_loss_backward,
    autoencoder_loss_forward,
    denoising_autoencoder_backward,
    denoising_autoencoder_forward,
    encode_forward,
    fine_tune,
    init_autoencoder,
    init_classifier,
    pretrain,
    stacked_classifier_forward,
)
from quizdl.engine.losses import softmax_cross_entropy_forward
from quizdl.engine.optimisers import Adam
from quizdl.engine.perceptron import init_perceptron, perceptron_forward

BARS = np.array([[float(k in (first, second)) for k in range(6)] for first, second in product(range(3), range(3, 6))])
"""Nine patterns of six pixels: one of the first three is on, and one of the last three."""


def test_tied_weights_are_untied_ones_that_happen_to_be_transposed() -> None:
    """The same output, and the tied gradient is the sum of the encoder's and the transposed decoder's."""
    rng = np.random.default_rng(0)
    tied = init_autoencoder(rng, (4, 3, 2), tied=True)
    untied = tied | {"decoder.0.W": tied["encoder.1.W"].T, "decoder.1.W": tied["encoder.0.W"].T}
    x, dy = rng.standard_normal((5, 4)), rng.standard_normal((5, 4))
    y, cache = autoencoder_forward(x, tied, tied=True)
    y_untied, cache_untied = autoencoder_forward(x, untied)
    np.testing.assert_allclose(y, y_untied, rtol=1e-14)
    d, apart = autoencoder_backward(dy, cache), autoencoder_backward(dy, cache_untied)
    np.testing.assert_allclose(d["encoder.0.W"], apart["encoder.0.W"] + apart["decoder.1.W"].T, rtol=1e-12)
    np.testing.assert_allclose(d["encoder.1.W"], apart["encoder.1.W"] + apart["decoder.0.W"].T, rtol=1e-12)


def test_without_noise_a_denoising_autoencoder_is_an_autoencoder() -> None:
    """A mask of ones and noise of zeros leave the loss and its gradients as they are."""
    rng = np.random.default_rng(1)
    p, x = init_autoencoder(rng, (4, 2)), rng.random((3, 4))
    loss, cache = autoencoder_loss_forward(x, p, loss="cross_entropy")
    plain = autoencoder_loss_backward(1.0, cache)
    for corruption, noise in (("mask", np.ones((3, 4))), ("gaussian", np.zeros((3, 4)))):
        same, cache = denoising_autoencoder_forward(x, p, noise, corruption=corruption, loss="cross_entropy")
        assert same == loss
        for name, gradient in denoising_autoencoder_backward(1.0, cache).items():
            np.testing.assert_allclose(gradient, plain[name], atol=1e-15)


def test_the_target_is_the_clean_input() -> None:
    """With every input lost, the loss is how far the answer to nothing is from what was there."""
    rng = np.random.default_rng(2)
    p, x = init_autoencoder(rng, (3, 2)), rng.random((4, 3))
    loss, _ = denoising_autoencoder_forward(x, p, np.zeros_like(x))
    blind, _ = autoencoder_forward(np.zeros_like(x), p)
    assert loss == pytest.approx(np.mean((blind - x) ** 2))


def test_a_layer_of_the_perceptron_is_what_the_book_says() -> None:
    """tanh(xW + b) W' + b', by hand."""
    p = {"0.W": np.array([[1.0], [2.0]]), "0.b": np.array([0.5]), "1.W": np.array([[3.0]]), "1.b": np.array([-1.0])}
    y, _ = perceptron_forward(np.array([[1.0, -1.0]]), p)
    np.testing.assert_allclose(y, [[3 * np.tanh(-0.5) - 1]])


def test_a_linear_autoencoder_finds_the_principal_components() -> None:
    """Trained to the end, its loss is the variance outside the plane of the first two components (Baldi & Hornik)."""
    rng = np.random.default_rng(3)
    x = rng.standard_normal((40, 4)) * [2.0, 1.0, 0.3, 0.2]
    x = (x - x.mean(axis=0)) @ np.linalg.qr(rng.standard_normal((4, 4)))[0]
    p, optimiser = init_autoencoder(rng, (4, 2)), Adam(0.03)
    for _ in range(800):
        loss, cache = autoencoder_loss_forward(x, p, activation="identity")
        p = optimiser.update(p, autoencoder_loss_backward(1.0, cache))
    left_out = np.linalg.svd(x, compute_uv=False)[2:]
    assert loss == pytest.approx(np.sum(left_out**2) / x.size, rel=1e-2)


def test_an_autoencoder_learns_to_carry_patterns_through_a_narrow_code() -> None:
    """Six pixels through four numbers and back: every pixel of every pattern is right."""
    p, optimiser = init_autoencoder(np.random.default_rng(4), (6, 4)), Adam(0.1)
    losses = []
    for _ in range(400):
        loss, cache = autoencoder_loss_forward(BARS, p, loss="cross_entropy")
        losses.append(float(loss))
        p = optimiser.update(p, autoencoder_loss_backward(1.0, cache))
    y, _ = autoencoder_forward(BARS, p, loss="cross_entropy")
    assert losses[-1] < 0.1 * losses[0]
    np.testing.assert_array_equal(y > 0.5, BARS == 1)


def test_a_denoising_autoencoder_learns_to_put_back_what_was_lost() -> None:
    """Six pixels in three equal pairs, one of them lost: it is read off its twin. A plain autoencoder cannot say."""
    twins = np.repeat(np.array(list(product((0.0, 1.0), repeat=3))), 2, axis=1)
    clean = np.repeat(twins, 6, axis=0)
    kept = np.tile(1 - np.eye(6), (len(twins), 1))
    p, optimiser = init_autoencoder(np.random.default_rng(5), (6, 8)), Adam(0.05)
    for _ in range(400):
        _, cache = denoising_autoencoder_forward(2 * clean - 1, p, kept, activation="tanh")
        p = optimiser.update(p, denoising_autoencoder_backward(1.0, cache))
    y, _ = autoencoder_forward((2 * clean - 1) * kept, p, activation="tanh")
    np.testing.assert_array_equal(y > 0, clean == 1)


def test_pretraining_names_the_layers_of_the_whole() -> None:
    """The parameters are those of `init_autoencoder`; the first encoder layer is mirrored in the last decoder layer."""
    rng = np.random.default_rng(6)
    for tied in (False, True):
        p = pretrain(rng, BARS, (6, 4, 2), steps=2, lr=0.1, tied=tied)
        expected = init_autoencoder(rng, (6, 4, 2), tied=tied)
        assert {name: w.shape for name, w in p.items()} == {name: w.shape for name, w in expected.items()}


def test_pretraining_trains_each_layer_on_the_codes_of_the_one_below() -> None:
    """With the first layer's weights known, the second is what an autoencoder of its codes learns."""
    p = pretrain(np.random.default_rng(7), BARS, (6, 4, 2), steps=20, lr=0.5)
    rng = np.random.default_rng(7)
    first = pretrain(rng, BARS, (6, 4), steps=20, lr=0.5)
    codes, _ = encode_forward(BARS, first)
    second = pretrain(rng, codes, (4, 2), steps=20, lr=0.5)
    np.testing.assert_array_equal(p["encoder.0.W"], first["encoder.0.W"])
    np.testing.assert_array_equal(p["decoder.1.W"], first["decoder.0.W"])
    np.testing.assert_array_equal(p["encoder.1.W"], second["encoder.0.W"])
    np.testing.assert_array_equal(p["decoder.0.b"], second["decoder.0.b"])


def test_what_is_lost_in_pretraining_teaches_nothing() -> None:
    """With every input set to 0, the first layer's weights stay as they were drawn; with none, they do not."""
    drawn = init_autoencoder(np.random.default_rng(11), (6, 4))["encoder.0.W"]
    for lost in (0.0, 1.0):
        p = pretrain(np.random.default_rng(11), BARS, (6, 4), steps=5, lr=0.5, lost=lost)
        assert np.array_equal(p["encoder.0.W"], drawn) == (lost == 1)


def test_a_stack_starts_lower_after_pretraining_and_learns_the_classes_when_fine_tuned() -> None:
    """Reconstruction of the whole stack is better than from random weights; then every pattern's class is right."""
    rng = np.random.default_rng(8)
    p = pretrain(rng, BARS, (6, 5, 4), steps=300, lr=1.0, lost=0.1, activation="tanh")
    pretrained, _ = autoencoder_loss_forward(BARS, p, activation="tanh")
    untrained, _ = autoencoder_loss_forward(BARS, init_autoencoder(rng, (6, 5, 4)), activation="tanh")
    assert pretrained < 0.5 * untrained
    t = np.arange(9) % 3  # which of the last three pixels is on
    network = init_classifier(rng, p, 3)
    before, _ = softmax_cross_entropy_forward(stacked_classifier_forward(BARS, network, activation="tanh")[0], t)
    tuned = fine_tune(BARS, t, network, steps=200, lr=0.5, activation="tanh")
    z, _ = stacked_classifier_forward(BARS, tuned, activation="tanh")
    after, _ = softmax_cross_entropy_forward(z, t)
    assert after < 0.1 * before
    np.testing.assert_array_equal(z.argmax(axis=1), t)
    assert not np.array_equal(tuned["encoder.0.W"], p["encoder.0.W"])


def test_training_keeps_float32() -> None:
    """Pretraining and fine-tuning of float32 give float32, though noise and labels are neither."""
    rng = np.random.default_rng(9)
    p = pretrain(rng, BARS.astype(np.float32), (6, 3), steps=2, lr=0.1, lost=0.5)
    assert {w.dtype for w in p.values()} == {np.dtype(np.float32)}


def test_the_initial_weights_have_the_variance_of_glorot() -> None:
    """2/(I + O), so that signals and gradients both keep their size."""
    W = init_perceptron(np.random.default_rng(10), (300, 100))["0.W"]
    assert W.var() == pytest.approx(2 / 400, rel=0.05)
