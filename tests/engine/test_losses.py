"""Losses beyond parity: worked numbers, corners, certainty, padding, dtypes, and which losses are one another."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine_cases.losses import PAIRS, pair
from engine_cases.metric_losses import CALLS
from quizdl.engine import losses, metric_losses
from quizdl.engine.activations import log_softmax, sigmoid, softmax
from quizdl.engine.losses import (
    bce_backward,
    bce_forward,
    bce_with_logits_backward,
    bce_with_logits_forward,
    cross_entropy_backward,
    cross_entropy_forward,
    kl_gaussians_backward,
    kl_gaussians_forward,
    nll_backward,
    nll_forward,
    softmax_cross_entropy_backward,
    softmax_cross_entropy_forward,
)

EVERY_LOSS = {**PAIRS, **CALLS}


@pytest.mark.parametrize("name", EVERY_LOSS)
def test_the_mean_is_the_sum_over_the_number(name: str) -> None:
    """And the sum is that of the single losses; so are the gradients."""
    forward, backward = pair(name)
    each, cache_each = forward(**EVERY_LOSS[name], reduction="none")
    total, cache_total = forward(**EVERY_LOSS[name], reduction="sum")
    mean, cache_mean = forward(**EVERY_LOSS[name])
    assert total == pytest.approx(each.sum())
    assert mean == pytest.approx(total / each.size)
    of_sum = backward(1.0, cache_total)
    for argument, gradient in backward(1.0, cache_mean).items():
        np.testing.assert_allclose(gradient * each.size, of_sum[argument], rtol=1e-12)
    for argument, gradient in backward(np.ones_like(each), cache_each).items():
        np.testing.assert_allclose(gradient, of_sum[argument], rtol=1e-12)


@pytest.mark.parametrize("name", EVERY_LOSS)
def test_a_plain_one_arrives_without_widening_float32(name: str) -> None:
    """backward(1.0, cache) keeps float32, also where the targets are whole numbers, truth values or labels."""
    forward, backward = pair(name)
    first, *_ = EVERY_LOSS[name]
    known = {key: x if key == "t" else np.float32(x) for key, x in EVERY_LOSS[name].items()}
    if "t" in known and np.asarray(known["t"]).dtype.kind == "f":
        known["t"] = np.ones_like(known[first], dtype=int)
    loss, cache = forward(**known)
    assert loss.dtype == np.float32
    assert {g.dtype for g in backward(1.0, cache).values()} == {np.dtype(np.float32)}


def test_the_losses_of_classes_are_one() -> None:
    """From logits, from their log-probabilities, from their probabilities: one number, one gradient of the logits."""
    rng = np.random.default_rng(0)
    z, t = rng.standard_normal((4, 3)), np.array([0, 2, 1, 1])
    loss, _ = softmax_cross_entropy_forward(z, t)
    assert loss == pytest.approx(nll_forward(log_softmax(z), t)[0])
    assert loss == pytest.approx(cross_entropy_forward(softmax(z), t)[0])
    assert losses.cross_entropy(softmax(z), t) == pytest.approx(loss)


def test_the_losses_of_two_classes_are_one() -> None:
    """From logits and from probabilities; and two logits (z, 0) are as good as one."""
    z, t = np.array([2.0, -1.0, 0.5]), np.array([1, 0, 0])
    loss, _ = bce_with_logits_forward(z, t)
    assert loss == pytest.approx(bce_forward(sigmoid(z), t)[0])
    assert loss == pytest.approx(softmax_cross_entropy_forward(np.stack([0 * z, z], axis=1), t)[0])


@pytest.mark.parametrize("ignored", [-1, 0, 2])
def test_padding_has_no_gradient_whatever_is_there(ignored: int) -> None:
    """Ignored rows may even hold NaN; the mean is over the others alone."""
    z, t = np.random.default_rng(0).standard_normal((3, 2, 3)), np.array([[0, ignored], [1, 2], [ignored, 0]])
    counts = t != ignored
    expected, _ = softmax_cross_entropy_forward(z[counts], t[counts])
    z[~counts] = np.nan
    loss, cache = softmax_cross_entropy_forward(z, t, ignore_index=ignored)
    dz = softmax_cross_entropy_backward(1.0, cache)["z"]
    assert loss == pytest.approx(expected)
    np.testing.assert_array_equal(dz[~counts], 0)
    assert np.all(np.isfinite(dz))
    loss, cache = nll_forward(log_softmax(z), t, ignore_index=ignored)
    assert loss == pytest.approx(expected)
    np.testing.assert_array_equal(nll_backward(1.0, cache)["log_y"][~counts], 0)


def test_nothing_but_padding_costs_nothing_and_teaches_nothing() -> None:
    """0 and zeros, where PyTorch's mean is 0/0."""
    t = np.array([-1, -1])
    for forward, backward in (pair("nll"), pair("softmax_cross_entropy")):
        loss, cache = forward(np.ones((2, 3)), t, ignore_index=-1)
        assert loss == 0
        (gradient,) = backward(1.0, cache).values()
        np.testing.assert_array_equal(gradient, np.zeros((2, 3)))


def test_a_class_that_is_masked_out_does_not_spoil_the_others() -> None:
    """A logit of −∞ for another class: loss log 2, a gradient of 0 there."""
    loss, cache = softmax_cross_entropy_forward(np.array([[1.0, 1.0, -np.inf]]), [0])
    assert loss == pytest.approx(np.log(2))
    np.testing.assert_allclose(softmax_cross_entropy_backward(1.0, cache)["z"], [[-0.5, 0.5, 0]])


def test_smoothed_labels_by_hand() -> None:
    """ε = 0.3 among three classes: 0.8 for the right one, 0.1 for the others; logits (log 2, 0, 0) give ½, ¼, ¼."""
    z = np.log(np.array([[2.0, 1.0, 1.0]]))
    loss, cache = softmax_cross_entropy_forward(z, [0], label_smoothing=0.3)
    assert loss == pytest.approx(0.8 * np.log(2) + 0.2 * np.log(4))
    np.testing.assert_allclose(softmax_cross_entropy_backward(1.0, cache)["z"], [[-0.3, 0.15, 0.15]])


def test_the_memory_order_of_logits_does_not_matter() -> None:
    """A transposed view, as time-major networks give it, has the same loss and gradient as its copy."""
    z, t = np.random.default_rng(0).standard_normal((2, 4, 3)), np.array([[0, 1, 2, 0], [2, 2, 1, 0]])
    for forward, backward in (pair("nll"), pair("softmax_cross_entropy")):
        for view, labels in ((z.transpose(1, 0, 2), t.T), (np.asfortranarray(z), t)):
            loss, cache = forward(view, labels)
            copied, cache_of_copy = forward(view.copy(), labels.copy())
            assert loss == copied
            (one,), (other,) = backward(1.0, cache).values(), backward(1.0, cache_of_copy).values()
            np.testing.assert_array_equal(one, other)


def test_certainty_that_is_wrong() -> None:
    """A probability of 0 for what is right: ∞ in cross_entropy, 100 in bce; both quietly, with their slopes."""
    loss, cache = cross_entropy_forward(np.array([[0.0, 1.0]]), [0])
    assert loss == np.inf
    np.testing.assert_array_equal(cross_entropy_backward(1.0, cache)["y"], [[-np.inf, 0]])
    y, t = np.array([0.0, 1.0]), np.array([1, 0])
    loss, cache = bce_forward(y, t, reduction="none")
    np.testing.assert_array_equal(loss, [100, 100])
    np.testing.assert_allclose(bce_backward(np.ones(2), cache)["y"], [-1e12, 1e12])
    np.testing.assert_array_equal(bce_forward(y, y)[0], 0)


def test_logits_of_any_size_are_finite() -> None:
    """±1e30, far beyond exp: the loss is the logit itself."""
    loss, cache = bce_with_logits_forward(np.array([1e30, -1e30]), [0, 1])
    assert loss == 1e30
    np.testing.assert_array_equal(bce_with_logits_backward(1.0, cache)["z"], [0.5, -0.5])


def test_at_a_corner_the_slope_is_zero() -> None:
    """|y − t| at 0, and hinges that are exactly met."""
    same = np.array([1.0, 2.0])
    np.testing.assert_array_equal(losses.mae_backward(1.0, losses.mae_forward(same, same)[1])["y"], 0)
    _, cache = metric_losses.hinge_forward(np.array([1.0, -1.0]), [1, -1])
    np.testing.assert_array_equal(metric_losses.hinge_backward(1.0, cache)["y"], 0)
    _, cache = metric_losses.multiclass_hinge_forward(np.array([[1.0, 0.0]]), [0])
    np.testing.assert_array_equal(metric_losses.multiclass_hinge_backward(1.0, cache)["z"], 0)
    x = np.ones((1, 2))
    _, cache = metric_losses.triplet_forward(x, x, x, margin=0.0)
    assert all(np.all(g == 0) for g in metric_losses.triplet_backward(1.0, cache).values())


def test_equal_embeddings_have_a_distance_without_a_slope() -> None:
    """Where x₁ = x₂ the direction of ‖x₁ − x₂‖ is undefined, and no gradient becomes NaN."""
    x = np.ones((2, 3))
    _, cache = metric_losses.contrastive_forward(x, x, [0, 1])
    assert all(np.all(g == 0) for g in metric_losses.contrastive_backward(1.0, cache).values())
    _, cache = metric_losses.triplet_forward(x, x, x, eps=0.0)
    assert all(np.all(g == 0) for g in metric_losses.triplet_backward(1.0, cache).values())


@given(gap=st.floats(-100, 100), delta=st.floats(0.01, 10))
def test_huber_lies_between_its_two_parts(gap: float, delta: float) -> None:
    """½gap² inside δ, a straight line outside, never above either; and one slope where they meet."""
    loss = float(losses.huber_forward([gap], [0.0], delta=delta)[0])
    assert loss <= min(gap**2 / 2, delta * abs(gap)) * (1 + 1e-12)
    assert loss == pytest.approx(gap**2 / 2 if abs(gap) <= delta else delta * (abs(gap) - delta / 2))


@given(numbers=st.lists(st.floats(-20, 20), min_size=4, max_size=4))
def test_the_kl_of_gaussians_is_never_negative(numbers: list[float]) -> None:
    """And 0 for equal ones."""
    mu_1, log_var_1, mu_2, log_var_2 = ([v] for v in numbers)
    assert kl_gaussians_forward(mu_1, log_var_1, mu_2, log_var_2)[0] >= -1e-12
    assert kl_gaussians_forward(mu_1, log_var_1, mu_1, log_var_1)[0] == 0


def test_gaussians_of_extreme_variance() -> None:
    """exp(±1000): an infinite divergence where the first is wider, none that is NaN, and no warning."""
    wide, narrow, centre = [1e3], [-1e3], [0.0]
    for first, second in ((wide, narrow), (narrow, wide), (wide, wide), (narrow, narrow)):
        loss, cache = kl_gaussians_forward(centre, first, centre, second)
        assert loss == (np.inf if (first, second) == (wide, narrow) else 0 if first == second else 999.5)
        assert not any(np.any(np.isnan(g)) for g in kl_gaussians_backward(1.0, cache).values())


def test_worked_numbers_of_the_margins() -> None:
    """PyTorch's documented multi-margin example; FaceNet's squared triplet; Hadsell's two branches."""
    loss, _ = metric_losses.multiclass_hinge_forward(np.array([[0.1, 0.2, 0.4, 0.8]]), [3])
    assert loss == pytest.approx(0.325)
    points: dict[str, Any] = {"anchor": [[0.0, 0.0]], "positive": [[3.0, 4.0]], "negative": [[0.0, 5.0]]}
    assert metric_losses.triplet_forward(**points, margin=0.2, eps=0.0)[0] == pytest.approx(0.2)
    points["negative"] = [[0.0, 2.0]]
    assert metric_losses.triplet_forward(**points, margin=0.2, eps=0.0, squared=True)[0] == pytest.approx(21.2)
    x_1, x_2 = [[0.0, 0.0], [0.0, 0.0]], [[0.3, 0.4], [0.3, 0.4]]
    loss, _ = metric_losses.contrastive_forward(x_1, x_2, [0, 1], reduction="none")
    np.testing.assert_allclose(loss, [0.125, 0.125])
    loss, _ = metric_losses.contrastive_forward(x_1, x_2, [0, 1], margin=2.0, similar=1, reduction="none")
    np.testing.assert_allclose(loss, [1.125, 0.125])


def test_what_is_not_said_is_as_in_pytorch_or_in_the_paper() -> None:
    """δ = 1; margins of 1; a triplet's eps of 10⁻⁶; 0 for a similar pair."""
    y, t = np.array([0.25, 3.0]), np.zeros(2)
    assert losses.huber_forward(y, t)[0] == losses.huber_forward(y, t, delta=1.0)[0]
    assert losses.mse(y, t) == pytest.approx(4.53125)
    assert losses.mae(y, t) == pytest.approx(1.625)
    assert metric_losses.hinge_forward([0.25], [1])[0] == 0.75
    rng = np.random.default_rng(0)
    points = {name: rng.standard_normal((4, 3)) for name in ("anchor", "positive", "negative")}
    said = metric_losses.triplet_forward(**points, margin=1.0, eps=1e-6, squared=False, reduction="mean")
    assert metric_losses.triplet_forward(**points)[0] == said[0]
    z, labels = points["anchor"], [0, 1, 2, 0]
    assert metric_losses.multiclass_hinge_forward(z, labels)[0] == pytest.approx(
        metric_losses.multiclass_hinge_forward(z, labels, p=1, margin=1.0)[0]
    )
    assert metric_losses.contrastive_forward([[0.0]], [[0.25]], [0])[0] == 0.25**2 / 2
    assert metric_losses.contrastive_forward([[0.0]], [[0.25]], [1])[0] == 0.75**2 / 2


def test_embeddings_of_two_classes_are_pulled_apart() -> None:
    """Triplets from two overlapping clouds: after 100 steps every hinge is shut, the loss 0."""
    rng = np.random.default_rng(0)
    points = {name: rng.standard_normal((20, 2)) for name in ("anchor", "positive", "negative")}
    first, _ = metric_losses.triplet_forward(**points, margin=0.5)
    for _ in range(100):
        loss, cache = metric_losses.triplet_forward(**points, margin=0.5)
        gradients = metric_losses.triplet_backward(1.0, cache)
        points = {name: x - 2.0 * gradients[name] for name, x in points.items()}
    assert first > 0.3
    assert loss == 0
