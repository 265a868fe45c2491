"""Connectionist temporal classification: against all paths one by one, and decoding."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine_cases.ctc import fitting
from quizdl.engine.activations import log_softmax, softmax
from quizdl.engine.ctc import best_path, collapse, ctc_loss_backward, ctc_loss_forward, prefix_beam
from quizdl.engine.optimisers import Adam


def merged(path: tuple[int, ...], blank: int) -> tuple[int, ...]:
    """B(π), written out once more."""
    steps = path[:1] + tuple(k for before, k in pairwise(path) if k != before)
    return tuple(k for k in steps if k != blank)


def by_enumeration(z: np.ndarray, blank: int = 0) -> dict[tuple[int, ...], float]:
    """The probability of every labelling of one sample, z: (T, K): the sum over its paths, K^T of them."""
    y = softmax(z)
    labellings: dict[tuple[int, ...], float] = defaultdict(float)
    for path in product(range(z.shape[1]), repeat=len(z)):
        labellings[merged(path, blank)] += float(np.prod(y[np.arange(len(z)), path]))
    return labellings


tiny = st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(0, 2**32 - 1))


@settings(max_examples=30, deadline=None)
@given(tiny)
def test_the_loss_is_that_of_all_paths_added_up(sizes: tuple[int, int, int]) -> None:
    """Every labelling that has a path has the probability of its paths, and they are 1 together."""
    T, K, seed = sizes
    rng = np.random.default_rng(seed)
    z, blank = rng.standard_normal((T, 1, K)), int(rng.integers(K))
    every = by_enumeration(z[:, 0], blank)
    L = max(1, max(len(labels) for labels in every))
    filled = [[*labels, *[blank] * (L - len(labels))] for labels in every]
    batch = np.repeat(z, len(every), axis=1)
    losses, _ = ctc_loss_forward(batch, filled, None, [len(labels) for labels in every], blank=blank)
    np.testing.assert_allclose(np.exp(-losses), list(every.values()), rtol=1e-9)
    assert np.exp(-losses).sum() == pytest.approx(1)


@settings(max_examples=30, deadline=None)
@given(tiny)
def test_the_gradient_is_what_the_network_says_less_what_the_paths_to_the_target_say(
    sizes: tuple[int, int, int],
) -> None:
    """dz_t(k) = y_t(k) − the part of the target's paths that are in class k at frame t."""
    T, K, seed = sizes
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((T, K + 1))
    target = rng.integers(1, K + 1, 3)
    target = target[: fitting(target, T)]
    y, share = softmax(z), np.zeros((T, K + 1))
    for path in product(range(K + 1), repeat=T):
        if merged(path, 0) == tuple(target):
            share[np.arange(T), path] += np.prod(y[np.arange(T), path])
    _, cache = ctc_loss_forward(z[:, None], [[*target, 0]], None, [len(target)])
    dz = ctc_loss_backward(np.ones(1), cache)["z"]
    np.testing.assert_allclose(dz[:, 0], y - share / share.sum(axis=1, keepdims=True), atol=1e-12)


def test_a_target_worked_out_by_hand() -> None:
    """Two frames, blank and a, each ½: aa, a– and –a all read "a", so that p = ¾; "" is –– and "aa" needs three."""
    z = np.zeros((2, 3, 2))
    losses, _ = ctc_loss_forward(z, [[1, 1]] * 3, None, [1, 0, 2])
    np.testing.assert_allclose(losses, [-np.log(0.75), -np.log(0.25), np.inf])


def test_an_impossible_target_costs_infinity_or_nothing() -> None:
    """∞ and NaN for that sample alone; with zero_infinity 0 and 0; the other sample does not notice."""
    z = np.random.default_rng(0).standard_normal((2, 2, 3))
    targets = [[1, 1], [1, 2]]
    losses, cache = ctc_loss_forward(z, targets)
    dz = ctc_loss_backward(np.ones(2), cache)["z"]
    assert losses[0] == np.inf
    assert np.all(np.isnan(dz[:, 0]))
    calm, cache = ctc_loss_forward(z, targets, zero_infinity=True)
    dz_calm = ctc_loss_backward(np.ones(2), cache)["z"]
    assert calm[0] == 0
    assert np.all(dz_calm[:, 0] == 0)
    assert calm[1] == losses[1]
    np.testing.assert_array_equal(dz_calm[:, 1], dz[:, 1])


def test_padding_may_hold_anything() -> None:
    """NaN after the last frame and −7 after the last label change nothing, and take no gradient."""
    rng = np.random.default_rng(1)
    z = rng.standard_normal((5, 2, 4))
    plain, cache = ctc_loss_forward(z[:3, :1], [[2, 2]])
    dz_plain = ctc_loss_backward(np.ones(1), cache)["z"]
    z[3:, 0] = np.nan
    losses, cache = ctc_loss_forward(z, [[2, 2, -7], [1, 2, 3]], [3, 5], [2, 3])
    dz = ctc_loss_backward(np.ones(2), cache)["z"]
    assert losses[0] == pytest.approx(plain[0], rel=1e-14)
    np.testing.assert_allclose(dz[:3, 0], dz_plain[:, 0], rtol=1e-12)
    assert np.all(dz[3:, 0] == 0)
    assert [len(path) <= n for path, n in zip(best_path(z, [3, 5]), [3, 5], strict=True)] == [True, True]


def test_a_nan_stays_in_its_own_sample() -> None:
    """One NaN among the logits makes that loss and that gradient NaN, quietly."""
    z = np.zeros((3, 2, 3))
    z[1, 0, 2] = np.nan
    losses, cache = ctc_loss_forward(z, [[1], [1]])
    dz = ctc_loss_backward(np.ones(2), cache)["z"]
    assert np.isnan(losses).tolist() == [True, False]
    assert np.isnan(dz).any(axis=(0, 2)).tolist() == [True, False]


def test_a_frame_may_rule_a_class_out() -> None:
    """Logits of −∞ are probabilities of 0: no NaN, and a target that needs them is impossible."""
    z = np.zeros((2, 2, 3))
    z[:, :, 2] = -np.inf
    losses, cache = ctc_loss_forward(z, [[1], [2]])
    np.testing.assert_allclose(losses, [-np.log(0.75), np.inf])
    assert np.all(np.isfinite(ctc_loss_backward(np.array([1.0, 0.0]), cache)["z"][:, 0]))


def test_collapsing_merges_repeats_before_it_drops_blanks() -> None:
    """The paper's own examples: B(a–ab–) = B(–aa––abb) = aab."""
    np.testing.assert_array_equal(collapse([1, 0, 1, 2, 0]), [1, 1, 2])
    np.testing.assert_array_equal(collapse([0, 1, 1, 0, 0, 1, 2, 2]), [1, 1, 2])
    np.testing.assert_array_equal(collapse([0, 0]), [])
    np.testing.assert_array_equal(collapse([0, 3, 3, 0], blank=3), [0, 0])


def test_the_best_path_need_not_read_the_best_labelling() -> None:
    """Two frames with blank 0.6 and a 0.4: the best path –– has 0.36, while "a" has 0.64 (Graves et al. 2006, §3.2)."""
    z = np.log([[[0.6, 0.4]], [[0.6, 0.4]]])
    assert best_path(z)[0].tolist() == []
    first, second = prefix_beam(z, 2)[0]
    assert first.labels == (1,)
    assert np.exp([first.log_p, second.log_p]) == pytest.approx([0.64, 0.36])


@settings(max_examples=30, deadline=None)
@given(tiny)
def test_a_beam_wide_enough_finds_every_labelling_with_its_probability(sizes: tuple[int, int, int]) -> None:
    """Nothing is left out, so that the order and the numbers are those of enumeration."""
    T, K, seed = sizes
    z = np.random.default_rng(seed).standard_normal((T, 1, K))
    every = by_enumeration(z[:, 0])
    found = prefix_beam(z, 10_000)[0]
    assert {one.labels for one in found} == set(every)
    np.testing.assert_allclose([np.exp(one.log_p) for one in found], sorted(every.values(), reverse=True), rtol=1e-9)
    losses, _ = ctc_loss_forward(z, [[*found[0].labels, *[0] * T]], None, [len(found[0].labels)])
    assert -losses[0] == pytest.approx(found[0].log_p)


def test_a_narrow_beam_never_claims_too_much() -> None:
    """With width 2 each log p is at most the true one, and there are no more than 2 of them."""
    z = np.random.default_rng(3).standard_normal((7, 1, 4))
    every = by_enumeration(z[:, 0])
    found = prefix_beam(z, 2)[0]
    assert len(found) == 2
    assert all(np.exp(one.log_p) <= every[one.labels] * (1 + 1e-12) for one in found)
    assert len(prefix_beam(z, 1)[0]) == 1


def test_ties_go_to_the_labels_that_come_first() -> None:
    """All classes alike, one frame: "", 1 and 2 have a third each."""
    assert [one.labels for one in prefix_beam(np.zeros((1, 1, 3)), 3)[0]] == [(), (1,), (2,)]
    assert best_path(np.zeros((2, 1, 3)))[0].tolist() == []


def test_a_sequence_without_frames_is_read_as_nothing() -> None:
    """Lengths of 0: no labels, with certainty; a loss of 0 for the empty target."""
    z = np.zeros((2, 1, 3))
    assert best_path(z, [0])[0].tolist() == []
    assert prefix_beam(z, 2, [0])[0] == [((), 0.0)]
    assert ctc_loss_forward(z, [[1]], [0], [0])[0] == 0


def test_scores_learn_to_read_the_targets() -> None:
    """Free logits under Adam: the loss falls to almost 0, and both decoders read the targets without any alignment."""
    rng = np.random.default_rng(0)
    targets, lengths = np.array([[1, 2, 2, 3], [3, 1, 0, 0]]), np.array([4, 2])
    parameters = {"z": 0.1 * rng.standard_normal((8, 2, 4))}
    optimiser, losses = Adam(0.3), []
    for _ in range(150):
        loss, cache = ctc_loss_forward(parameters["z"], targets, [8, 6], lengths, reduction="mean")
        parameters = optimiser.update(parameters, ctc_loss_backward(1.0, cache))
        losses.append(float(loss))
    assert losses[-1] < 0.01 < 1 < losses[0]
    assert [path.tolist() for path in best_path(parameters["z"], [8, 6])] == [[1, 2, 2, 3], [3, 1]]
    assert [beam[0].labels for beam in prefix_beam(parameters["z"], 4, [8, 6])] == [(1, 2, 2, 3), (3, 1)]


def test_the_softmax_is_inside() -> None:
    """A constant added to a frame's logits changes nothing, and log-probabilities may be given as they are."""
    z = np.random.default_rng(5).standard_normal((4, 1, 3))
    losses = [ctc_loss_forward(x, [[1, 2]])[0][0] for x in (z, z + np.arange(4)[:, None, None], log_softmax(z))]
    np.testing.assert_allclose(losses, losses[0], rtol=1e-12)
