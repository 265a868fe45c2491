"""What training is made of: optimisers, clipping, dropout, embeddings, trees; and that a network learns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quizdl.engine.activations import log_softmax, softmax
from quizdl.engine.affine import affine_backward, affine_forward
from quizdl.engine.clipping import clip_by_global_norm, clip_by_norm
from quizdl.engine.dropout import dropout_forward, dropout_mask
from quizdl.engine.embedding import add_rows
from quizdl.engine.losses import bce_with_logits_backward, bce_with_logits_forward, softmax_cross_entropy_forward
from quizdl.engine.lstm import lstm_backward, lstm_forward
from quizdl.engine.optimisers import SGD, Adam, Momentum, Optimiser
from quizdl.engine.recursive import greedy_tree, tree_forward

numbers = st.floats(-1e6, 1e6)


@given(gradient=arrays(np.float64, st.integers(0, 6), elements=numbers), threshold=st.floats(1e-3, 1e3))
def test_a_clipped_gradient_is_never_longer_than_the_threshold_and_keeps_its_direction(
    gradient: np.ndarray, threshold: float
) -> None:
    """Short gradients, the zero gradient and no gradient at all are left as they are."""
    clipped = clip_by_norm(gradient, threshold)
    norm = np.linalg.norm(gradient)
    assert np.linalg.norm(clipped) <= threshold * (1 + 1e-12) or norm <= threshold
    np.testing.assert_allclose(clipped * norm, gradient * np.linalg.norm(clipped), rtol=1e-9, atol=1e-300)
    if norm <= threshold:
        np.testing.assert_array_equal(clipped, gradient)


def test_the_global_norm_is_that_of_all_arrays_together() -> None:
    """3 in one array and 4 in another make 5; both shrink by the same rate, and zeros stay zeros."""
    clipped, norm = clip_by_global_norm({"W": np.array([[3.0]]), "b": np.array([4.0])}, 1.0)
    assert norm == 5
    np.testing.assert_allclose(clipped["W"], [[0.6]])
    np.testing.assert_allclose(clipped["b"], [0.8])
    zeros, norm = clip_by_global_norm({"W": np.zeros(3)}, 0.0)
    assert norm == 0
    np.testing.assert_array_equal(zeros["W"], 0)


def test_the_global_norm_of_float32_does_not_overflow() -> None:
    """1e20² is infinite in float32; the sum is kept in float64."""
    clipped, norm = clip_by_global_norm({"W": np.full(4, 1e20, dtype=np.float32)}, 1.0)
    assert norm == pytest.approx(2e20, rel=1e-6)
    assert clipped["W"].dtype == np.float32
    np.testing.assert_allclose(clipped["W"], 0.5, rtol=1e-6)


@given(
    ids=arrays(np.int64, st.tuples(st.integers(0, 4), st.integers(0, 3)), elements=st.integers(-5, 4)),
    seed=st.integers(0, 2**32 - 1),
)
def test_rows_of_equal_ids_are_added_up(ids: np.ndarray, seed: int) -> None:
    """The same as one_hot(ids)ᵀ @ values, for repeated ids, negative ids and none at all."""
    values = np.random.default_rng(seed).standard_normal((*ids.shape, 2))
    one_hot = np.eye(5)[ids.ravel()]
    np.testing.assert_allclose(add_rows(ids, values, 5), one_hot.T @ values.reshape(-1, 2), atol=1e-12)


def test_dropout_keeps_the_mean() -> None:
    """What is kept grows by 1/(1 − p): the expectation over masks is x itself."""
    mask = dropout_mask((100_000,), 0.3, np.random.default_rng(0))
    y, _ = dropout_forward(np.ones(100_000), mask, 0.3)
    assert set(np.unique(mask)) == {0.0, 1.0}
    assert y.mean() == pytest.approx(1, abs=0.01)


def test_labels_that_are_all_ignored_cost_nothing() -> None:
    """A batch of nothing but padding has loss 0, not NaN."""
    loss, _ = softmax_cross_entropy_forward(np.ones((2, 3)), np.array([-1, -1]), ignore_index=-1)
    assert loss == 0


def test_a_sure_and_wrong_classifier_pays_the_logits_difference() -> None:
    """No cap at 16, as clipped logs would have: 2000 for logits ±1000."""
    loss, _ = softmax_cross_entropy_forward(np.array([[1000.0, -1000.0]]), np.array([1]))
    assert loss == 2000
    loss, _ = bce_with_logits_forward(np.array([1000.0]), np.array([0.0]))
    assert loss == 1000


def test_a_softmax_over_nothing_is_nan_and_says_nothing() -> None:
    """All scores −∞: NaN without a warning; attention, which meets this with padding, has its own rule."""
    assert np.all(np.isnan(softmax([-np.inf, -np.inf])))
    assert np.all(np.isnan(log_softmax([-np.inf, -np.inf])))


def test_the_greedy_tree_merges_the_best_scoring_neighbours_first() -> None:
    """With p = tanh of the children's sum and score p, the two largest neighbours merge first."""
    leaves, W, b, u = np.array([[0.1], [0.5], [0.6], [-0.9]]), np.ones((2, 1)), np.zeros(1), np.ones(1)
    tree, root = greedy_tree(leaves, W, b, u)
    assert tree == ((0, (1, 2)), 3)
    np.testing.assert_allclose(root, tree_forward(leaves, W, b, tree)[0])
    assert greedy_tree(leaves[:1], W, b, u)[0] == 0


OPTIMISERS = [SGD(0.1), Momentum(0.02, 0.9), Adam(0.05)]


@pytest.mark.parametrize("optimiser", OPTIMISERS, ids=lambda optimiser: type(optimiser).__name__)
def test_an_optimiser_finds_the_bottom_of_a_bowl(optimiser: Optimiser) -> None:
    """From (3, −2) to the minimum of ½‖w − 1‖² within 500 steps; the parameters given are not changed."""
    start = {"w": np.array([3.0, -2.0])}
    parameters = dict(start)
    for _ in range(500):
        parameters = optimiser.update(parameters, {"w": parameters["w"] - 1})
    np.testing.assert_allclose(parameters["w"], 1, atol=1e-3)
    np.testing.assert_array_equal(start["w"], [3.0, -2.0])


def test_adam_steps_by_the_learning_rate_while_the_gradient_stays_the_same() -> None:
    """Both bias corrections at every step: with a constant gradient, each of three steps is lr long."""
    optimiser, parameters = Adam(0.25, eps=0.0), {"w": np.array([0.0, 0.0])}
    for _ in range(3):
        parameters = optimiser.update(parameters, {"w": np.array([1e-4, -7.0])})
    np.testing.assert_allclose(parameters["w"], [-0.75, 0.75])


def test_an_lstm_learns_to_remember_the_first_input() -> None:
    """Of six random bits only the first matters: every bit of the batch is recalled after 150 steps."""
    rng = np.random.default_rng(0)
    H = 6
    shapes = {"W": (4, 1, H), "U": (4, H, H), "b": (4, H), "V": (H, 1), "c": (1,)}
    parameters = {name: 0.5 * rng.standard_normal(shape) for name, shape in shapes.items()}
    optimiser = Adam(0.05)
    bits = rng.integers(0, 2, (6, 32, 1)).astype(float)
    for _ in range(150):
        p = parameters
        (_, last, _), lstm_cache = lstm_forward(2 * bits - 1, None, None, p["W"], p["U"], p["b"])
        logits, out_cache = affine_forward(last, p["V"], p["c"])
        _, loss_cache = bce_with_logits_forward(logits, bits[0])
        d_out = affine_backward(bce_with_logits_backward(1.0, loss_cache)["z"], out_cache)
        d_lstm = lstm_backward(np.zeros((6, 32, H)), d_out["x"], None, lstm_cache)
        gradients = {"W": d_lstm["W"], "U": d_lstm["U"], "b": d_lstm["b"], "V": d_out["W"], "c": d_out["b"]}
        parameters = optimiser.update(parameters, clip_by_global_norm(gradients, 5.0)[0])
    np.testing.assert_array_equal(logits > 0, bits[0] == 1)
