"""Grad-CAM: its two equations, what they become under global average pooling, and a pattern that must light up."""

from __future__ import annotations

import numpy as np
import pytest

from quizdl.engine.grad_cam import cnn_backward, cnn_forward, cnn_grad_cam, grad_cam, init_cnn
from quizdl.engine.losses import softmax_cross_entropy_backward, softmax_cross_entropy_forward
from quizdl.engine.optimisers import Adam

Trained = tuple[dict[str, np.ndarray], list[float]]

CROSS = np.array([[1.0, 0, 1], [0, 1, 0], [1, 0, 1]])
BAR = np.array([[0, 0, 0], [1.0, 1, 1], [0, 0, 0]])


def planted(seed: int, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Noise with a cross (class 0) or a bar (class 1) somewhere; the images, the classes, and the patterns' centres."""
    rng = np.random.default_rng(seed)
    x, t = 0.1 * rng.standard_normal((n, 1, 12, 12)), np.arange(n) % 2
    corners = rng.integers(0, 10, (n, 2))
    for image, label, (h, w) in zip(x, t, corners, strict=True):
        image[0, h : h + 3, w : w + 3] += 2 * (BAR if label else CROSS)
    return x, t, corners + 1


@pytest.fixture(scope="module")
def trained() -> Trained:
    """The parameters after training on planted patterns, and the losses on the way."""
    x, t, _ = planted(0, 32)
    p, optimiser, losses = init_cnn(np.random.default_rng(1), 1, 2, channels=(6, 8)), Adam(0.02), []
    for _ in range(60):
        z, cache = cnn_forward(x, p)
        loss, loss_cache = softmax_cross_entropy_forward(z, t)
        losses.append(float(loss))
        p = optimiser.update(p, cnn_backward(softmax_cross_entropy_backward(1.0, loss_cache)["z"], cache))
    return p, losses


def test_the_network_learns_and_knows_images_it_has_not_seen(
    trained: Trained,
) -> None:
    """The loss falls below a tenth, and fresh images are told apart."""
    p, losses = trained
    assert losses[-1] < 0.1 * losses[0]
    x, t, _ = planted(7, 40)
    assert np.mean(cnn_forward(x, p)[0].argmax(axis=1) == t) > 0.9


def test_the_planted_pattern_lights_up(trained: Trained) -> None:
    """For its own class, the brightest place of nearly every map is where the pattern is."""
    p, _ = trained
    x, t, centres = planted(7, 40)
    maps, _ = cnn_grad_cam(x, p, t)
    assert maps.shape == (40, 6, 6)
    brightest = np.stack(np.unravel_index(maps.reshape(40, -1).argmax(axis=1), (6, 6)), axis=1)
    near = np.abs(2 * brightest + 0.5 - centres).max(axis=1) <= 2.5
    lit = maps.max(axis=(1, 2)) > 0
    assert np.mean(lit) > 0.9
    assert np.mean(near[lit]) > 0.9


def test_the_weights_are_the_mean_gradients_and_only_what_speaks_for_the_class_is_kept() -> None:
    """Two maps of two pixels: α = (1, −2); [3, 1]·1 − [1, 1]·2 = [1, −1], of which [1, 0] remains."""
    A = np.array([[[[3.0, 1.0]], [[1.0, 1.0]]]])
    dA = np.array([[[[0.0, 2.0]], [[-1.0, -3.0]]]])
    maps, alpha = grad_cam(A, dA)
    np.testing.assert_array_equal(alpha, [[1, -2]])
    np.testing.assert_array_equal(maps, [[[1, 0]]])


def test_under_global_average_pooling_the_weights_are_the_last_layers() -> None:
    """There Grad-CAM is CAM: α_k = W[k, class]/(H·W), for every image (Selvaraju et al. 2017, §3.1)."""
    p = init_cnn(np.random.default_rng(0), 2, 3)
    x = np.random.default_rng(1).standard_normal((4, 2, 8, 6))
    _, alpha = cnn_grad_cam(x, p, [0, 1, 2, 1])
    np.testing.assert_allclose(alpha, p["W"].T[[0, 1, 2, 1]] / (4 * 3), rtol=1e-12)


def test_a_map_is_never_negative_and_keeps_the_precision() -> None:
    """ReLU comes last; float32 stays float32."""
    p = init_cnn(np.random.default_rng(0), 1, 2, dtype=np.float32)
    x = np.random.default_rng(1).standard_normal((3, 1, 6, 6)).astype(np.float32)
    maps, alpha = cnn_grad_cam(x, p, [0, 1, 0])
    assert (maps >= 0).all()
    assert maps.dtype == alpha.dtype == np.float32
