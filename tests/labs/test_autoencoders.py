"""The autoencoders: the drawn shapes, the measures, and that only right gradients reach the bounds."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.engine import vae
from quizdl.errors import InputError
from quizdl.labs import data_files
from quizdl.labs.autoencoders import LAB, Autoencoders
from quizdl.labs.autoencoders_data import SHAPES, SIZE, drawn_shapes, own_images
from quizdl.labs.autoencoders_measures import (
    active_units,
    distances,
    gaussian_like,
    neighbour_accuracy,
    psnr,
    to_nearest,
)
from quizdl.labs.autoencoders_pictures import mosaic
from quizdl.labs.core import Heatmap, Scatter, Setting
from quizdl.text import same

VAE_BOUND = 40
"""Nats an image; with the right gradients 37.5, with any one of the loss's gradients gone or turned 43 and more."""

SEEDS = st.integers(0, 2**32 - 1)


def small(**changed: Setting) -> dict[str, Setting]:
    return LAB.smallest(**changed)


def trained(data: object | None = None, **changed: Setting) -> Autoencoders:
    run = Autoencoders(small(**changed), data)
    for _ in run.steps():
        pass
    return run


def bound(run: Autoencoders) -> float:
    return sum(run.vae_terms())


def test_all_three_restore_what_went_in_and_the_vae_alone_makes_new_ones() -> None:
    """The lab's point, on fewer images."""
    run = trained()
    metrics = run.outcome().metrics
    assert min(metrics["ae_psnr"], metrics["dae_denoised_psnr"], metrics["vae_psnr"]) > 15
    assert metrics["dae_denoised_psnr"] > metrics["ae_denoised_psnr"] + 0.5
    assert 2 * metrics["vae_sample_distance"] < metrics["ae_sample_distance"]
    assert metrics["vae_active_units"] == 2
    assert bound(run) < VAE_BOUND


def test_untrained_networks_restore_nothing() -> None:
    """So that the bounds say something of training."""
    run = Autoencoders(small(), None)
    outcome = run.outcome()
    assert max(outcome.metrics["ae_psnr"], outcome.metrics["dae_denoised_psnr"], outcome.metrics["vae_psnr"]) < 8
    assert bound(run) > 2 * VAE_BOUND
    assert outcome.reached is False


@pytest.mark.parametrize(
    ("layer", "broken"),
    [("bernoulli_nll", ""), ("bernoulli_nll", "logits"), ("kl_standard_normal", "mu"), ("reparameterize", "log_var")],
)
def test_a_gradient_of_the_wrong_sign_misses_the_bound(
    layer: str, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bound is one that only right gradients reach; half-way, where they are 1 above it, the wrong ones are far."""
    right = getattr(vae, f"{layer}_backward")

    def wrong(*arguments: Any) -> dict[str, Any]:
        found = right(*arguments)
        return found | ({broken: -found[broken]} if broken else {})

    monkeypatch.setattr(vae, f"{layer}_backward", wrong)
    with np.errstate(all="ignore"):
        run = trained(epochs=30)
    assert (bound(run) < VAE_BOUND + 3) == (not broken)


def test_a_large_beta_collapses_the_posterior_and_the_reading_says_so() -> None:
    """With β = 50 the KL is 0, no unit is in use, and the goal is out of question."""
    outcome = trained(beta=50.0, epochs=10).outcome()
    assert outcome.metrics["vae_kl"] < 0.1
    assert "事後分布の崩壊" in outcome.reading[-1].ja
    assert outcome.reached is None


@given(SEEDS, st.integers(1, 20))
def test_shapes_are_whole_and_of_their_kind(seed: int, count: int) -> None:
    """Ink from 0 to 1, none of it cut off at the border; a circle has no ink in its middle, a cross and a plus do."""
    images, kinds = drawn_shapes(np.random.default_rng(seed), count)
    pictures = images.reshape(count, SIZE, SIZE)
    assert images.dtype == np.float32
    assert ((images >= 0) & (images <= 1)).all()
    assert (images.max(axis=1) > 0.5).all()
    crossed = np.isin(kinds, [SHAPES.index("×"), SHAPES.index("＋")])
    middle = pictures[:, SIZE // 2 - 1 : SIZE // 2 + 1, SIZE // 2 - 1 : SIZE // 2 + 1].max(axis=(1, 2))
    assert (middle[crossed] > 0.5).all()
    assert (middle[np.isin(kinds, [SHAPES.index("○"), SHAPES.index("□")])] == 0).all()


@given(SEEDS)
def test_distances_are_mean_squared_differences(seed: int) -> None:
    """The shortcut ‖a‖² + ‖b‖² − 2a·b against the definition, and the nearest of a set that holds the point is it."""
    rng = np.random.default_rng(seed)
    a, b = rng.random((4, 6)), rng.random((3, 6))
    expected = ((a[:, None] - b[None]) ** 2).mean(axis=-1)
    np.testing.assert_allclose(distances(a, b), expected, atol=1e-12)
    assert to_nearest(a, np.concatenate([b, a])) == pytest.approx(0, abs=1e-12)


def test_ten_decibels_are_a_tenth_of_the_squared_error() -> None:
    """PSNR of images in [0, 1]."""
    clean = np.zeros((1, 4))
    assert psnr(clean + 0.1, clean) == pytest.approx(20)
    assert psnr(clean + np.sqrt(0.1), clean) == pytest.approx(10)


def test_a_gaussian_like_the_codes_has_their_mean_and_covariance() -> None:
    """μ + Lε with LLᵀ = Σ."""
    rng = np.random.default_rng(0)
    codes = rng.standard_normal((4000, 2)) @ np.array([[3.0, 1.0], [0.0, 0.5]]) + [5, -2]
    drawn = gaussian_like(codes, rng.standard_normal((40_000, 2)))
    np.testing.assert_allclose(drawn.mean(axis=0), codes.mean(axis=0), atol=0.05)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(codes.T), rtol=0.05)


def test_neighbours_of_the_same_kind_are_counted() -> None:
    """Two clusters: a code beside one of them is of its kind; μ that never varies is not in use."""
    codes = np.array([[0.0, 0], [0.1, 0], [0.2, 0], [9.0, 0], [9.1, 0], [9.2, 0]])
    kinds = np.array([0, 0, 0, 1, 1, 1])
    others = np.array([[0.15, 0], [8.9, 0]])
    assert neighbour_accuracy(codes, kinds, others, np.array([0, 1]), k=3) == 1
    assert neighbour_accuracy(codes, kinds, others, np.array([1, 1]), k=3) == 0.5
    assert active_units(codes) == 1


def test_a_mosaic_holds_every_image_where_it_belongs() -> None:
    """Row by row, a pixel between them."""
    images = np.arange(16.0).reshape(4, 4) / 16
    whole = mosaic(same("m"), [images[:2], images[2:]], (2, 2)).values
    assert whole.shape == (5, 5)
    np.testing.assert_array_equal(whole[3:, 3:], images[3].reshape(2, 2))
    assert (whole[2] == 0).all()


def test_large_images_are_shrunk_by_means() -> None:
    """Of 28 by 20 pixels 14 by 10 are left."""
    images = np.zeros((1, 28, 20))
    images[0, :2, :2] = [[1, 0], [0, 1]]
    shown = mosaic(same("m"), [images.reshape(1, -1)], (28, 20)).values
    assert shown.shape == (14, 10)
    assert shown[0, 0] == 0.5


@pytest.mark.parametrize("latent", [1, 2, 5])
def test_every_width_of_code_has_its_pictures(latent: int) -> None:
    """Codes of more or fewer than two numbers are drawn in a plane too; the walk needs two."""
    pictures = Autoencoders(small(latent=latent), None).outcome().pictures
    assert sum(isinstance(picture, Scatter) for picture in pictures) == 3
    assert sum(isinstance(picture, Heatmap) for picture in pictures) == (4 if latent == 2 else 3)


def test_a_run_that_was_stopped_has_an_outcome_and_its_weights_give_it_again() -> None:
    """Ctrl-C keeps what there is; other sizes are refused by name."""
    stopped = Autoencoders(small(), None)
    for _ in islice(stopped.steps(), 100):
        pass
    again = Autoencoders(small(), None)
    again.load(stopped.weights())
    assert again.outcome().metrics == stopped.outcome().metrics
    with pytest.raises(InputError) as refused:
        Autoencoders(small(latent=3), None).load(stopped.weights())
    assert refused.value.where == "ae.encoder.1.W"


@pytest.mark.parametrize("labelled", [True, False])
def test_ones_own_images_are_used_with_and_without_labels(labelled: bool) -> None:
    """A fifth is kept from training; without labels nothing is said of kinds; the goal is not theirs."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (60, 5, 4), dtype=np.uint8)
    labels = rng.integers(3, 6, 60) if labelled else None
    run = trained(data_files.Images(pixels, labels), epochs=2)
    outcome = run.outcome()
    assert (len(run.images.train), len(run.images.test)) == (48, 12)
    assert run.images.train.max() <= 1
    assert ("vae_neighbour_accuracy" in outcome.metrics) == labelled
    assert run.images.names == (("3", "4", "5") if labelled else ())
    assert outcome.reached is None


@pytest.mark.parametrize("shape", [(10, 5, 5), (60, 100, 100)])
def test_too_few_or_too_large_images_are_refused(shape: tuple[int, int, int]) -> None:
    """The error says what was found and which file would do."""
    with pytest.raises(InputError) as refused:
        own_images(np.random.default_rng(0), data_files.Images(np.zeros(shape, np.uint8), None), 100)
    assert str(shape) in refused.value.message.en
    assert refused.value.hint is not None
