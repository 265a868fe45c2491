"""Blocks of convolutional networks: what each leaves untouched, what it may not see, and that each learns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from quizdl.engine import counters
from quizdl.engine.affine import affine_backward, affine_forward
from quizdl.engine.blocks import (
    dense_block_backward,
    dense_block_forward,
    depthwise_separable_backward,
    depthwise_separable_forward,
    init_dense_block,
    init_depthwise_separable,
    init_residual,
    init_squeeze_excitation,
    init_transition,
    residual_backward,
    residual_forward,
    squeeze_excitation_backward,
    squeeze_excitation_forward,
    transition_backward,
    transition_forward,
)
from quizdl.engine.losses import softmax_cross_entropy_backward, softmax_cross_entropy_forward
from quizdl.engine.optimisers import Adam
from quizdl.engine.pooling import global_avg_pool_backward, global_avg_pool_forward
from quizdl.engine.wavenet import (
    causal_conv1d_backward,
    causal_conv1d_forward,
    causal_receptive_field,
    init_wavenet,
    init_wavenet_block,
    wavenet_backward,
    wavenet_block_forward,
    wavenet_forward,
)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_a_residual_block_whose_branch_is_silent_is_relu() -> None:
    """With γ = 0 after the second convolution, F(x) = 0; so a block can begin as the identity."""
    x, p = rng().standard_normal((2, 3, 4, 4)), init_residual(rng(), 3, 3)
    p["bn2.gamma"] = np.zeros(3)
    y, cache = residual_forward(x, p)
    np.testing.assert_array_equal(y, np.maximum(x, 0))
    np.testing.assert_array_equal(residual_backward(np.ones_like(y), cache)["x"], x > 0)


def test_a_projection_is_made_only_where_the_shapes_differ() -> None:
    """More channels, or a stride."""
    assert "projection.w" not in init_residual(rng(), 3, 3)
    assert init_residual(rng(), 3, 5)["projection.w"].shape == (5, 3, 1, 1)
    assert "projection.w" in init_residual(rng(), 3, 3, stride=2)
    y, _ = residual_forward(np.ones((2, 3, 5, 4)), init_residual(rng(), 3, 5, stride=2), stride=2)
    assert y.shape == (2, 5, 3, 2)


def test_a_dense_block_hands_on_what_it_was_given() -> None:
    """The first channels are x itself; each layer adds as many as the growth rate."""
    x, p = rng().standard_normal((2, 3, 4, 4)), init_dense_block(rng(), 3, growth=2, layers=3)
    assert [p[f"{layer}.conv.w"].shape for layer in range(3)] == [(2, 3, 3, 3), (2, 5, 3, 3), (2, 7, 3, 3)]
    y, cache = dense_block_forward(x, p)
    assert y.shape == (2, 9, 4, 4)
    np.testing.assert_array_equal(y[:, :3], x)
    dy = np.zeros_like(y)
    dy[:, :3] = 1
    np.testing.assert_array_equal(dense_block_backward(dy, cache)["x"], 1)


def test_an_earlier_layer_of_a_dense_block_does_not_see_a_later_one() -> None:
    """Changing the last layer's filters changes the last channels alone."""
    x, p = rng().standard_normal((2, 3, 4, 4)), init_dense_block(rng(), 3, growth=2, layers=3)
    y, _ = dense_block_forward(x, p)
    p["2.conv.w"] = p["2.conv.w"] + 1
    changed, _ = dense_block_forward(x, p)
    np.testing.assert_array_equal(changed[:, :7], y[:, :7])
    assert (changed[:, 7:] != y[:, 7:]).any()


def test_a_transition_halves_the_size() -> None:
    """⌊5/2⌋ = 2 and ⌊6/2⌋ = 3, and the channels as compressed."""
    y, _ = transition_forward(np.ones((1, 4, 5, 6)), init_transition(rng(), 4, 2))
    assert y.shape == (1, 2, 2, 3)


def test_a_depthwise_separable_block_has_the_counters_number_of_weights() -> None:
    """3·3·C + C·F, without biases."""
    p = init_depthwise_separable(rng(), 8, 16)
    weights = p["depthwise.w"].size + p["pointwise.w"].size
    assert weights == counters.depthwise_separable_params(8, 16, 3, biases=0)


def test_a_gate_that_has_learnt_nothing_lets_half_through() -> None:
    """σ(0) = 1/2 of every channel."""
    x, p = rng().standard_normal((2, 4, 3, 3)), init_squeeze_excitation(rng(), 4, reduction=2)
    y, _ = squeeze_excitation_forward(x, {**p, "W2": np.zeros_like(p["W2"])})
    np.testing.assert_array_equal(y, x / 2)


def test_a_gate_depends_on_the_means_of_the_channels_alone() -> None:
    """Moving pixels around inside a channel moves the output's in the same way."""
    x, p = rng().standard_normal((2, 4, 3, 3)), init_squeeze_excitation(rng(), 4, reduction=2)
    y, _ = squeeze_excitation_forward(x, p)
    turned, _ = squeeze_excitation_forward(x[..., ::-1], p)
    np.testing.assert_allclose(turned, y[..., ::-1], rtol=1e-12)


@pytest.mark.parametrize(("k", "dilation"), [(1, 1), (2, 1), (3, 2), (2, 5)])
def test_a_causal_convolution_does_not_look_ahead(k: int, dilation: int) -> None:
    """However the inputs after t change, the outputs up to t stay what they were; and t itself is seen."""
    x, w = rng().standard_normal((2, 3, 9)), rng().standard_normal((4, 3, k))
    y, _ = causal_conv1d_forward(x, w, None, dilation=dilation)
    assert y.shape == (2, 4, 9)
    for t in range(8):
        future = x.copy()
        future[..., t + 1 :] = 1e3
        changed, _ = causal_conv1d_forward(future, w, None, dilation=dilation)
        np.testing.assert_allclose(changed[..., : t + 1], y[..., : t + 1], rtol=1e-12)
        assert (changed[..., t + 1] != y[..., t + 1]).any()


def test_a_causal_convolution_by_hand() -> None:
    """y[t] = x[t] + 10·x[t − 2], with zeros before the beginning."""
    y, cache = causal_conv1d_forward([[[1, 2, 3, 4]]], [[[10, 1]]], None, dilation=2)
    np.testing.assert_array_equal(y, [[[1, 2, 13, 24]]])
    np.testing.assert_array_equal(causal_conv1d_backward([[[0, 0, 0, 1]]], cache)["x"], [[[0, 10, 0, 1]]])


@pytest.mark.parametrize(("k", "dilations", "expected"), [(2, (1, 2, 4, 8), 16), (3, (1, 2, 4), 15), (2, (), 1)])
def test_the_receptive_field_of_dilated_layers(k: int, dilations: tuple[int, ...], expected: int) -> None:
    """1 + (k − 1)·Σ d: with doubling dilations it grows exponentially in the layers."""
    assert causal_receptive_field(k, dilations) == expected


def test_a_wavenet_sees_its_receptive_field_and_nothing_else() -> None:
    """The gradient of the last output reaches back over exactly that many steps."""
    dilations = (1, 2, 4)
    p = init_wavenet(rng(), 2, 3, channels=4, skip=4, blocks=3)
    x = rng().standard_normal((1, 2, 20))
    y, cache = wavenet_forward(x, p, dilations=dilations)
    dy = np.zeros_like(y)
    dy[..., -1] = 1
    seen = (wavenet_backward(dy, cache)["x"] != 0).any(axis=(0, 1))
    field = causal_receptive_field(2, (1, *dilations))
    assert field == 9
    np.testing.assert_array_equal(seen, np.arange(20) >= 20 - field)
    future = x.copy()
    future[..., 12:] = 7.0
    np.testing.assert_allclose(wavenet_forward(future, p, dilations=dilations)[0][..., :12], y[..., :12], rtol=1e-12)


def test_a_closed_gate_lets_nothing_into_the_residual_block() -> None:
    """σ(−1000) = 0: what goes on is x and the biases, and the skip output the bias alone."""
    p = init_wavenet_block(rng(), 3, 4, 2)
    p |= {"gate.w": np.zeros_like(p["gate.w"]), "gate.b": np.full(4, -1e3), "skip.b": np.array([1.0, 2.0])}
    x = rng().standard_normal((2, 3, 5))
    (y, skip), _ = wavenet_block_forward(x, p)
    np.testing.assert_array_equal(y, x)
    np.testing.assert_array_equal(skip, np.broadcast_to([[1.0], [2.0]], (2, 2, 5)))


def test_a_wavenet_learns_a_rhythm_that_one_step_does_not_tell() -> None:
    """After 0 0 1 1 0 0 1 1 … the next step follows from the last two only."""
    bits = np.tile([0, 0, 1, 1], 5)
    x, t = np.eye(2)[bits[:-1]].T[None], bits[1:]
    p, optimiser = init_wavenet(rng(), 2, 2, channels=4, skip=4, blocks=2), Adam(0.02)
    losses = []
    for _ in range(80):
        z, cache = wavenet_forward(x, p, dilations=(1, 2))
        loss, loss_cache = softmax_cross_entropy_forward(z[0].T, t)
        losses.append(float(loss))
        dz = softmax_cross_entropy_backward(1.0, loss_cache)["z"].T[None]
        p = optimiser.update(p, wavenet_backward(dz, cache))
    assert losses[-1] < 0.1 < 0.5 < losses[0]
    assert (z[0, :, 2:].argmax(axis=0) == t[2:]).all()


def stripes() -> tuple[np.ndarray, np.ndarray]:
    """Horizontal and vertical stripes under noise, four channels; no single pixel tells which."""
    generator = rng()
    t = np.arange(16) % 2
    lines = np.where(np.arange(6) % 2, 1.0, -1.0) * generator.choice([-1.0, 1.0], (16, 1))
    images = np.where(t[:, None, None], lines[:, None, :], lines[:, :, None])
    return images[:, None] + 0.5 * generator.standard_normal((16, 4, 6, 6)), t


BLOCKS: dict[str, tuple[Any, Callable[..., Any], Callable[..., Any], int]] = {
    "residual": (init_residual(rng(), 4, 4), residual_forward, residual_backward, 4),
    "dense": (init_dense_block(rng(), 4, growth=3, layers=2), dense_block_forward, dense_block_backward, 10),
    "separable": (
        init_depthwise_separable(rng(), 4, 6),
        depthwise_separable_forward,
        depthwise_separable_backward,
        6,
    ),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_learns_to_tell_stripes_apart(name: str) -> None:
    """The block, global pooling and an affine layer: the loss falls, and every image is told right."""
    block, forward, backward, channels = BLOCKS[name]
    x, t = stripes()
    head = {"W": 0.1 * rng().standard_normal((channels, 2)), "b": np.zeros(2)}
    both, optimiser = {**block, **head}, Adam(0.02)
    losses = []
    for _ in range(40):
        h, block_cache = forward(x, {name: both[name] for name in block})
        features, pool_cache = global_avg_pool_forward(h)
        z, head_cache = affine_forward(features, both["W"], both["b"])
        loss, loss_cache = softmax_cross_entropy_forward(z, t)
        losses.append(float(loss))
        above = affine_backward(softmax_cross_entropy_backward(1.0, loss_cache)["z"], head_cache)
        below = backward(global_avg_pool_backward(above["x"], pool_cache)["x"], block_cache)
        both = optimiser.update(both, {**below, "W": above["W"], "b": above["b"]})
    assert losses[-1] < 0.1 < 0.5 < losses[0]
    assert (z.argmax(axis=1) == t).all()


def test_a_gate_learns_which_channel_to_let_through() -> None:
    """y is to be x's first channel and 0 in the others."""
    x = rng().standard_normal((8, 4, 3, 3)) + np.arange(4)[:, None, None]
    wanted = x * np.array([1.0, 0, 0, 0])[:, None, None]
    p, optimiser = init_squeeze_excitation(rng(), 4, reduction=1), Adam(0.1)
    errors = []
    for _ in range(60):
        y, cache = squeeze_excitation_forward(x, p)
        errors.append(np.mean((y - wanted) ** 2))
        p = optimiser.update(p, squeeze_excitation_backward((y - wanted) / 100, cache))
    assert errors[-1] < 0.02 < 0.5 < errors[0]


def test_a_transitions_gradient_descends() -> None:
    """A step against the gradient of Σ y² makes it smaller."""
    x, p = rng().standard_normal((3, 4, 4, 4)), init_transition(rng(), 4, 2)
    y, cache = transition_forward(x, p)
    gradients = transition_backward(2 * y, cache)
    stepped = {name: w - 1e-3 * gradients[name] for name, w in p.items()}
    assert np.sum(transition_forward(x, stepped)[0] ** 2) < np.sum(y**2)
