"""Initial weights: how many inputs and outputs count, the variances that follow, and orthogonality."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from quizdl.engine import initialisers as init
from quizdl.engine.arrays import Array

LARGE = [((300, 200), None, 300, 200), ((4, 150, 250), None, 150, 250), ((40, 30, 7, 9), None, 30 * 63, 40 * 63)]
"""Shapes of 40,000 numbers and more, so that a variance is known to about 2%, with their fans."""

VARIANCES: dict[str, tuple[Callable[..., Array], Callable[[int, int], float]]] = {
    "xavier_uniform": (init.xavier_uniform, lambda i, o: 2 / (i + o)),
    "xavier_normal": (init.xavier_normal, lambda i, o: 2 / (i + o)),
    "he_uniform": (init.he_uniform, lambda i, o: 2 / i),
    "he_normal": (init.he_normal, lambda i, o: 2 / i),
    "lecun_uniform": (init.lecun_uniform, lambda i, o: 1 / i),
    "lecun_normal": (init.lecun_normal, lambda i, o: 1 / i),
}

every_kind = pytest.mark.parametrize("name", VARIANCES)


def test_fans_by_hand() -> None:
    """A dense layer's are its sides; a gate's its own; a filter's the channels times its pixels, in and out."""
    assert init.fans((3, 5)) == (3, 5)
    assert init.fans((4, 3, 5)) == (3, 5)
    assert init.fans((8, 3, 5, 5)) == (75, 200)
    assert init.fans((8, 3, 5), "conv") == (15, 40)
    assert init.fans((8, 3, 2, 2, 2)) == (24, 64)


@every_kind
@pytest.mark.parametrize(("shape", "layout", "fan_in", "fan_out"), LARGE)
def test_the_variance_is_the_papers(name: str, shape: tuple[int, ...], layout: None, fan_in: int, fan_out: int) -> None:
    """Mean 0 and the variance that the fans give."""
    initialise, variance = VARIANCES[name]
    W = initialise(np.random.default_rng(0), shape, layout=layout)
    expected = variance(fan_in, fan_out)
    assert W.shape == shape
    assert W.var() == pytest.approx(expected, rel=0.03)
    assert abs(W.mean()) < 0.02 * math.sqrt(expected)


@every_kind
def test_uniform_numbers_end_at_their_bound_and_normal_ones_do_not(name: str) -> None:
    """√3 standard deviations."""
    initialise, variance = VARIANCES[name]
    farthest = np.abs(initialise(np.random.default_rng(1), (200, 200))).max() / math.sqrt(variance(200, 200))
    if name.endswith("uniform"):
        assert 1.72 < farthest <= math.sqrt(3) + 1e-12
    else:
        assert farthest > 3.5


@every_kind
def test_a_gain_scales_everything(name: str) -> None:
    """Twice the gain, twice the weights, of the same generator."""
    initialise, _ = VARIANCES[name]
    one, two = (initialise(np.random.default_rng(2), (3, 4), gain=gain) for gain in (1.0, 2.0))
    np.testing.assert_allclose(two, 2 * one, rtol=1e-12)


@pytest.mark.parametrize("initialise", [*(make for make, _ in VARIANCES.values()), init.orthogonal])
def test_the_generator_decides_and_float32_can_be_had(initialise: Callable[..., Array]) -> None:
    """The same seed gives the same numbers, in either precision."""
    one, other = (initialise(np.random.default_rng(3), (4, 3, 5)) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    single = initialise(np.random.default_rng(3), (4, 3, 5), dtype=np.float32)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, one, rtol=1e-6)


def test_the_mode_chooses_the_fan() -> None:
    """He's weights for (30, 3000) by outputs are a tenth of those by inputs."""
    by_in, by_out = (init.he_normal(np.random.default_rng(4), (30, 3000), mode=mode) for mode in ("in", "out"))
    np.testing.assert_allclose(by_out, by_in / 10, rtol=1e-12)


def test_gains_by_hand() -> None:
    """√2 for ReLU, 5/3 for tanh, and for a leaky ReLU something between 1 and √2."""
    assert init.gain_for("relu") == math.sqrt(2)
    assert init.gain_for("tanh") == 5 / 3
    assert init.gain_for("leaky_relu", 0.0) == math.sqrt(2)
    assert init.gain_for("leaky_relu", 1.0) == 1
    assert init.GAINS["linear"] == 1


@pytest.mark.parametrize("shape", [(5, 5), (3, 7), (7, 3), (1, 4), (4, 1), (1, 1)])
def test_orthogonal_rows_or_columns_have_length_one_and_right_angles(shape: tuple[int, int]) -> None:
    """Whichever are fewer."""
    Q = init.orthogonal(np.random.default_rng(5), shape)
    gram = Q @ Q.T if shape[0] <= shape[1] else Q.T @ Q
    np.testing.assert_allclose(gram, np.eye(min(shape)), atol=1e-12)


def test_every_gate_is_orthogonal_by_itself_and_a_filter_as_a_row() -> None:
    """U (4, H, H): four rotations, all different; (F, C, R, S): F orthonormal rows."""
    U = init.orthogonal(np.random.default_rng(6), (4, 5, 5), gain=2.0)
    np.testing.assert_allclose(U @ np.swapaxes(U, 1, 2), np.broadcast_to(4 * np.eye(5), (4, 5, 5)), atol=1e-12)
    assert not np.allclose(U[0], U[1])
    w = init.orthogonal(np.random.default_rng(7), (3, 2, 2, 2)).reshape(3, 8)
    np.testing.assert_allclose(w @ w.T, np.eye(3), atol=1e-12)


def test_every_orthogonal_matrix_is_as_likely() -> None:
    """Signs corrected: both signs of every entry occur, about equally often, and rotations as often as reflections."""
    Q = init.orthogonal(np.random.default_rng(8), (2000, 2, 2))
    np.testing.assert_allclose((Q > 0).mean(axis=0), 0.5, atol=0.05)
    assert (np.linalg.det(Q) > 0).mean() == pytest.approx(0.5, abs=0.05)


def test_signals_keep_their_size_through_many_layers() -> None:
    """Thirty ReLU layers of He's weights neither fade nor grow; Xavier's fade there by 2^(−30/2)."""
    rng = np.random.default_rng(9)
    sizes = {}
    for name in ("he_normal", "xavier_normal"):
        x = rng.standard_normal((64, 256))
        for _ in range(30):
            x = np.maximum(x @ VARIANCES[name][0](rng, (256, 256)), 0)
        sizes[name] = float(np.sqrt(np.mean(x**2)))
    assert 0.2 < sizes["he_normal"] < 5
    assert sizes["xavier_normal"] < 1e-3
