"""Normalisation beyond parity: conventions of momentum, which kinds are one another, invariances, learning."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.engine import normalisation as n
from quizdl.engine.activations import relu_backward, relu_forward
from quizdl.engine.affine import affine_backward, affine_forward
from quizdl.engine.losses import softmax_cross_entropy_backward, softmax_cross_entropy_forward

IMAGES = np.random.default_rng(0).standard_normal((3, 4, 2, 5))


def test_both_conventions_of_momentum_say_the_same() -> None:
    """0.1 for the batch (PyTorch) is 0.9 for what was there (Keras, ONNX)."""
    before = n.RunningStatistics(np.arange(4.0), np.arange(1.0, 5.0))
    one = n.update_running(before, IMAGES, 0.1)
    other = n.update_running(before, IMAGES, 0.9, momentum_weighs="running")
    np.testing.assert_allclose(one.mean, 0.9 * before.mean + 0.1 * IMAGES.mean(axis=(0, 2, 3)))
    np.testing.assert_allclose(one.mean, other.mean)
    np.testing.assert_allclose(one.var, other.var)


def test_what_is_not_said_is_as_in_pytorch() -> None:
    """eps = 10⁻⁵ everywhere, a momentum of 0.1 that weighs the batch, the unbiased variance."""
    x = 1e-3 * IMAGES
    for forward, options in (
        (n.batch_norm_forward, {}),
        (n.layer_norm_forward, {"axes": 1}),
        (n.instance_norm_forward, {}),
        (n.group_norm_forward, {"groups": 2}),
        (n.rms_norm_forward, {}),
    ):
        np.testing.assert_array_equal(forward(x, **options)[0], forward(x, eps=1e-5, **options)[0])
    before = n.RunningStatistics(np.zeros(4), np.full(4, 1e-6))
    y = n.batch_norm_inference(x, None, None, before)
    np.testing.assert_array_equal(y, n.batch_norm_inference_forward(x, None, None, before, 1e-5)[0])
    said = n.update_running(before, x, 0.1, momentum_weighs="batch", unbiased=True)
    np.testing.assert_array_equal(n.update_running(before, x), said)


def test_the_unbiased_variance_is_larger_by_n_over_n_minus_one() -> None:
    """30 values a channel: 30/29."""
    nothing = n.RunningStatistics(np.zeros(4), np.zeros(4))
    biased = n.update_running(nothing, IMAGES, 1.0, unbiased=False)
    np.testing.assert_allclose(n.update_running(nothing, IMAGES, 1.0).var, biased.var * 30 / 29)
    np.testing.assert_allclose(biased.var, IMAGES.var(axis=(0, 2, 3)))


def test_one_value_a_channel_has_a_biased_variance_of_zero() -> None:
    """Only the unbiased one is undefined there."""
    nothing = n.RunningStatistics(np.zeros(2), np.ones(2))
    np.testing.assert_array_equal(n.update_running(nothing, [[3.0, 5.0]], 1.0, unbiased=False), [[3, 5], [0, 0]])  # type: ignore[arg-type]


def test_with_the_batchs_own_statistics_test_time_is_training_time() -> None:
    """The forward is the same; the gradient is not, since the statistics are constants at test time."""
    nothing = n.RunningStatistics(np.zeros(4), np.ones(4))
    own = n.update_running(nothing, IMAGES, 1.0, unbiased=False)
    gamma, beta = np.arange(4.0), np.ones(4)
    training, cache = n.batch_norm_forward(IMAGES, gamma, beta)
    testing, test_cache = n.batch_norm_inference_forward(IMAGES, gamma, beta, own)
    np.testing.assert_allclose(testing, training, rtol=1e-12, atol=1e-12)
    dy = np.ones_like(IMAGES)
    np.testing.assert_allclose(n.batch_norm_backward(dy, cache)["x"], 0, atol=1e-12)
    per_channel = gamma / np.sqrt(own.var + 1e-5)
    np.testing.assert_allclose(
        n.batch_norm_inference_backward(dy, test_cache)["x"], np.broadcast_to(per_channel[:, None, None], IMAGES.shape)
    )


def test_running_statistics_come_near_the_truth() -> None:
    """300 batches of N(3, 4), from 0 and 1."""
    rng = np.random.default_rng(0)
    running = n.RunningStatistics(np.zeros(1), np.ones(1))
    for _ in range(300):
        running = n.update_running(running, rng.normal(3, 2, (64, 1)), 0.02)
    assert running.mean[0] == pytest.approx(3, abs=0.1)
    assert running.var[0] == pytest.approx(4, abs=0.3)


def test_the_kinds_are_one_another_at_their_ends() -> None:
    """As many groups as channels: instance; one group: layer over C, H, W; a batch of one: batch is instance."""
    instance, _ = n.instance_norm_forward(IMAGES)
    np.testing.assert_array_equal(n.group_norm_forward(IMAGES, groups=4)[0], instance)
    layer, _ = n.layer_norm_forward(IMAGES, axes=3)
    np.testing.assert_allclose(n.group_norm_forward(IMAGES, groups=1)[0], layer, rtol=1e-12)
    np.testing.assert_allclose(n.batch_norm_forward(IMAGES[:1])[0], instance[:1], rtol=1e-12)
    centred = IMAGES - IMAGES.mean(axis=-1, keepdims=True)
    np.testing.assert_allclose(n.rms_norm_forward(centred)[0], n.layer_norm_forward(IMAGES)[0], rtol=1e-12)


@given(scale=st.floats(0.01, 100), shift=st.floats(-100, 100))
def test_a_common_scale_and_shift_change_nothing(scale: float, shift: float) -> None:
    """With eps = 0; and the gradient along x itself and along 1 is 0 for that reason."""
    for forward, backward in (
        (n.batch_norm_forward, n.batch_norm_backward),
        (n.layer_norm_forward, n.layer_norm_backward),
        (n.instance_norm_forward, n.instance_norm_backward),
    ):
        y, cache = forward(IMAGES, eps=0.0)
        np.testing.assert_allclose(forward(scale * IMAGES + shift, eps=0.0)[0], y, rtol=1e-6, atol=1e-8)
        dx = backward(np.cos(y), cache)["x"]
        assert np.sum(dx) == pytest.approx(0, abs=1e-10)
        assert np.sum(dx * IMAGES) == pytest.approx(0, abs=1e-10)


@pytest.mark.parametrize("eps", [0.0, 1e-5])
def test_where_nothing_varies_the_result_is_beta_or_quietly_nan(eps: float) -> None:
    """0/√eps = 0; with eps = 0 it is 0/0, without a warning."""
    flat = np.full((2, 3), 5.0)
    for forward in (n.batch_norm_forward, n.layer_norm_forward):
        y, _ = forward(flat, None, np.ones(3), eps)
        assert np.all(np.isnan(y)) if eps == 0 else np.all(y == 1)
    assert np.all(np.isnan(n.rms_norm_forward(np.zeros((2, 3)), eps=0.0)[0]))


def test_float32_images_meet_float64_statistics_and_stay_float32() -> None:
    """Running statistics are usually kept in float64; they widen nothing."""
    running = n.RunningStatistics(np.zeros(4), np.ones(4))
    x = IMAGES.astype(np.float32)
    assert n.batch_norm_inference_forward(x, None, None, running)[0].dtype == np.float32
    assert {statistic.dtype for statistic in n.update_running(running, x)} == {np.dtype(np.float64)}
    single = n.RunningStatistics(*(statistic.astype(np.float32) for statistic in running))
    assert {statistic.dtype for statistic in n.update_running(single, IMAGES)} == {np.dtype(np.float32)}


def test_deep_relu_layers_learn_with_batch_normalisation_from_a_bad_start() -> None:
    """Ten layers with weights five times too small: nothing gets through without, every label is learnt with it."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((32, 8))
    t = (x[:, 0] * x[:, 1] > 0).astype(int)
    start = {f"W{k}": 0.1 * rng.standard_normal((8, 8)) for k in range(10)} | {"out": rng.standard_normal((8, 2))}
    assert trained(x, t, start, normalised=False) > 0.6
    assert trained(x, t, start, normalised=True) < 0.1


def trained(x: np.ndarray, t: np.ndarray, start: dict[str, np.ndarray], normalised: bool) -> float:
    """The loss after 120 steps of gradient descent."""
    parameters, nothing = dict(start), np.zeros(8)
    for _ in range(120):
        h, caches = x, []
        for k in range(10):
            h, affine = affine_forward(h, parameters[f"W{k}"], nothing)
            h, norm = n.batch_norm_forward(h) if normalised else (h, None)
            h, relu = relu_forward(h)
            caches.append((affine, norm, relu))
        z, out = affine_forward(h, parameters["out"], np.zeros(2))
        loss, cache = softmax_cross_entropy_forward(z, t)
        gradients = affine_backward(softmax_cross_entropy_backward(1.0, cache)["z"], out)
        parameters["out"] = parameters["out"] - 0.5 * gradients["W"]
        for k, (affine, norm, relu) in reversed(list(enumerate(caches))):
            dh = relu_backward(gradients["x"], relu)["x"]
            dh = dh if norm is None else n.batch_norm_backward(dh, norm)["x"]
            gradients = affine_backward(dh, affine)
            parameters[f"W{k}"] = parameters[f"W{k}"] - 0.05 * gradients["W"]
    return float(loss)
