"""`classic` and `classic_statistics`: against sums written out, brute force, and laws that hold for any data."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from quizdl.engine import classic, classic_statistics
from quizdl.engine.errors import ArgumentError, DTypeError, RangeError, ShapeError

seeds = st.integers(0, 2**32 - 1)
few = st.integers(1, 5)


def data(seed: int, *shape: int) -> Any:
    return np.random.default_rng(seed).normal(size=shape)


def distribution(seed: int, *shape: int) -> Any:
    """Sums to 1; about a third of the entries are 0."""
    rng = np.random.default_rng(seed)
    p = rng.exponential(size=shape) * (rng.random(shape) < 0.7)
    p.flat[0] += 0.1
    return p / p.sum()


@given(seeds, st.integers(2, 6), few)
def test_components_are_uncorrelated_and_their_variances_are_the_contributions(seed: int, n: int, d: int) -> None:
    """The covariance of all scores is diagonal, the ratios times the total variance, which no rotation changes."""
    X = data(seed, n, d)
    spread = classic.covariance(classic.pca_scores(X, d))
    expected = np.diag(classic.contribution_ratios(X) * X.var(axis=0).sum())
    np.testing.assert_allclose(spread, expected, atol=1e-10)
    singular = np.linalg.svd(X - X.mean(axis=0), compute_uv=False) ** 2
    np.testing.assert_allclose(classic.contribution_ratios(X)[: len(singular)], singular / singular.sum(), atol=1e-10)


@given(seeds, st.integers(4, 7), st.integers(2, 3))
def test_scores_are_projections_onto_directions_whose_largest_entry_is_positive(seed: int, n: int, d: int) -> None:
    """The directions, found again by least squares from data and scores, are of length 1 and point as promised."""
    X = data(seed, n, d)
    centred = X - X.mean(axis=0)
    directions = np.linalg.lstsq(centred, classic.pca_scores(X, d), rcond=None)[0]
    np.testing.assert_allclose(directions.T @ directions, np.eye(d), atol=1e-6)
    assert all(column[np.abs(column).argmax()] > 0 for column in directions.T)
    np.testing.assert_allclose(classic.pca_scores(X, 1)[:, 0], classic.pca_scores(X, d)[:, 0])


@given(seeds, few, few)
def test_what_a_low_rank_matrix_misses_are_the_other_singular_values(seed: int, m: int, n: int) -> None:
    """‖A − A_k‖² is the sum of the squares left out, for every k (Eckart & Young)."""
    A = data(seed, m, n)
    singular = np.linalg.svd(A, compute_uv=False)
    for k in range(1, min(m, n) + 1):
        near = classic.low_rank(A, k)
        assert np.linalg.matrix_rank(near) <= k
        np.testing.assert_allclose(np.sum((A - near) ** 2), np.sum(singular[k:] ** 2), atol=1e-10)


@given(seeds, st.integers(1, 4))
def test_power_iteration_finds_the_largest_eigenvalue(seed: int, d: int) -> None:
    """Of a symmetric positive matrix whose largest eigenvalue is twice the next."""
    Q = np.linalg.qr(data(seed, d, d))[0]
    A = Q @ np.diag(0.5 ** np.arange(d)) @ Q.T
    value, x = classic.power_iteration(A, Q.sum(axis=1), 60)
    assert value == pytest.approx(1)
    assert np.linalg.norm(x) == pytest.approx(1)
    np.testing.assert_allclose(A @ x, x, atol=1e-9)


@given(seeds, st.integers(1, 8), few, st.integers(1, 3))
def test_a_round_of_k_means_never_costs_more(seed: int, n: int, k: int, d: int) -> None:
    """Every sample goes to its nearest centre; moving the centres to the means, and assigning anew, only helps."""
    X, centres = data(seed, n, d), data(seed + 1, k, d)
    labels = classic.kmeans_assign(X, centres)
    assert all(
        math.dist(x, centres[c]) <= min(math.dist(x, o) for o in centres) for x, c in zip(X, labels, strict=True)
    )
    moved = classic.kmeans_update(X, labels, centres)
    for c in range(k):
        np.testing.assert_allclose(moved[c], X[labels == c].mean(axis=0) if (labels == c).any() else centres[c])
    again = classic.kmeans_assign(X, moved)
    assert np.sum((X - moved[again]) ** 2) <= np.sum((X - centres[labels]) ** 2) + 1e-12


@given(seeds, st.integers(1, 8), st.integers(1, 3), st.data())
def test_neighbours_vote(seed: int, n: int, d: int, draw: Any) -> None:
    """The commonest label of the k nearest, the smallest of several: counted over a sorted list."""
    X, x, k = data(seed, n, d), data(seed + 1, d), draw.draw(st.integers(1, n))
    t = np.random.default_rng(seed).integers(0, 3, n)
    ranked = sorted(range(n), key=lambda i: math.dist(X[i], x))
    votes = Counter(int(t[i]) for i in ranked[:k])
    assert classic.knn_predict(X, t, x, k) == min(votes, key=lambda label: (-votes[label], label))


@given(seeds, st.integers(1, 3))
def test_mahalanobis_does_not_depend_on_the_units(seed: int, d: int) -> None:
    """An invertible change of coordinates changes nothing; with unit covariance it is Euclid's distance."""
    X, x = data(seed, d + 4, d), data(seed + 1, d)
    A = np.linalg.qr(data(seed + 2, d, d))[0] * np.linspace(1, 3, d)
    before = classic.mahalanobis(X, x)
    assert classic.mahalanobis(X @ A + 5, x @ A + 5) == pytest.approx(before, rel=1e-6)
    white = np.linalg.inv(np.linalg.cholesky(classic.covariance(X))).T
    assert math.dist(X.mean(axis=0) @ white, x @ white) == pytest.approx(before, rel=1e-6)


@given(seeds, few, st.floats(0.1, 10))
def test_the_cosine_does_not_see_lengths(seed: int, d: int, factor: float) -> None:
    """Nor the order; 0 to itself, 2 to its opposite, and half the squared distance of the unit vectors."""
    x, y = data(seed, d), data(seed + 1, d)
    distance = classic.cosine_distance(x, y)
    assert classic.cosine_distance(factor * y, x) == pytest.approx(distance, abs=1e-12)
    unit = [v / np.linalg.norm(v) for v in (x, y)]
    assert distance == pytest.approx(math.dist(*unit) ** 2 / 2, abs=1e-12)
    assert classic.cosine_distance(x, x) == pytest.approx(0, abs=1e-12)
    assert classic.cosine_distance(x, -x) == pytest.approx(2)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=4).filter(any))
def test_gini_is_the_chance_that_two_draws_differ(counts: list[int]) -> None:
    """Two samples drawn with replacement, over all pairs."""
    samples = [label for label, count in enumerate(counts) for _ in range(count)]
    differ = sum(a != b for a, b in product(samples, repeat=2))
    assert classic.gini(np.array(counts)) == pytest.approx(differ / len(samples) ** 2)


children = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=4)


@given(children)
def test_information_gain_is_what_the_side_tells_of_the_class(counts: list[tuple[int, int]]) -> None:
    """The mutual information of side and class, which is in nats, over log 2."""
    left, right = np.array(counts, dtype=float).T
    assume(left.any() and right.any())
    joint = np.array([left, right]) / (left.sum() + right.sum())
    expected = classic_statistics.mutual_information(joint) / math.log(2)
    assert classic.information_gain(left, right) == pytest.approx(expected, abs=1e-12)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2)), min_size=2, max_size=9))
def test_no_threshold_splits_more_purely(samples: list[tuple[int, int]]) -> None:
    """Tried everywhere; the first of the best, midway between the values next to it."""
    x, t = np.array(samples).T
    assume(len(set(x.tolist())) > 1)
    threshold, impurity = classic.best_threshold(x, t)

    def cost(theta: float) -> float:
        sides = [Counter(t[x <= theta].tolist()), Counter(t[x > theta].tolist())]
        return sum(n.total() * (1 - sum((c / n.total()) ** 2 for c in n.values())) for n in sides) / len(t)

    values = sorted(set(x.tolist()))
    between = [(a + b) / 2 for a, b in pairwise(values)]
    best = min(between, key=lambda theta: (round(cost(theta), 9), theta))
    assert (threshold, impurity) == (best, pytest.approx(cost(best), abs=1e-12))


@given(seeds, st.integers(1, 6), st.integers(1, 4), st.floats(0.01, 10))
def test_at_the_ridge_solution_the_loss_is_flat(seed: int, n: int, d: int, lam: float) -> None:
    """Xᵀ(Xw − y) + λw = 0, the gradient of ½‖y − Xw‖² + ½λ‖w‖²."""
    X, y = data(seed, n, d), data(seed + 1, n)
    w = classic.ridge(X, y, lam)
    np.testing.assert_allclose(X.T @ (X @ w - y) + lam * w, 0, atol=1e-9)


@given(seeds, st.integers(1, 6), st.integers(1, 3))
def test_a_logistic_step_goes_down_the_gradient(seed: int, n: int, d: int) -> None:
    """The step over −lr is the numeric gradient of the mean cross-entropy."""
    X, w, b = data(seed, n, d), data(seed + 1, d), 0.3
    t = np.random.default_rng(seed).integers(0, 2, n).astype(float)

    def loss(parameters: Any) -> float:
        y = 1 / (1 + np.exp(-(X @ parameters[:-1] + parameters[-1])))
        return float(-np.mean(t * np.log(y) + (1 - t) * np.log(1 - y)))

    w_new, b_new = classic.logistic_step(w, b, X, t, 0.5)
    here, h = np.append(w, b), 1e-6
    numeric = [(loss(here + h * e) - loss(here - h * e)) / (2 * h) for e in np.eye(d + 1)]
    np.testing.assert_allclose((here - np.append(w_new, b_new)) / 0.5, numeric, atol=1e-6)


@given(seeds, st.integers(1, 6), st.integers(1, 3), st.floats(0, 5))
def test_the_svm_objective_written_out(seed: int, n: int, d: int, C: float) -> None:
    """Sample by sample, labels 0 and 1 read as −1 and +1."""
    X, w, b = data(seed, n, d), data(seed + 1, d), -0.2
    t = np.random.default_rng(seed).integers(0, 2, n)
    slack = sum(max(0.0, 1 - (1 if label else -1) * (float(x @ w) + b)) for x, label in zip(X, t, strict=True))
    assert classic.svm_objective(w, b, X, t, C) == pytest.approx(sum(v * v for v in w) / 2 + C * slack)


@given(seeds, few, few)
def test_bayes_turns_the_table_round(seed: int, c: int, k: int) -> None:
    """Posterior times evidence is the joint distribution again, column by column."""
    joint = distribution(seed, c, k) + 0.01
    joint /= joint.sum()
    prior = joint.sum(axis=1)
    for x in range(k):
        posterior = classic_statistics.bayes_posterior(prior, joint / prior[:, None], x)
        np.testing.assert_allclose(posterior * joint[:, x].sum(), joint[:, x])


@given(seeds, few, few)
def test_naive_bayes_multiplies_the_features(seed: int, c: int, d: int) -> None:
    """The posterior is the normalised product of prior and each feature's likelihood."""
    rng = np.random.default_rng(seed)
    prior, theta = rng.dirichlet(np.ones(c)), rng.uniform(0.1, 0.9, (c, d))
    x = rng.integers(0, 2, d)
    joint = [
        p * math.prod(th if v else 1 - th for th, v in zip(row, x, strict=True))
        for p, row in zip(prior, theta, strict=True)
    ]
    np.testing.assert_allclose(classic_statistics.naive_bayes_posterior(prior, theta, x), np.array(joint) / sum(joint))


def test_naive_bayes_survives_a_thousand_features() -> None:
    """Whose likelihoods' product is 0 in floating point."""
    theta = np.array([[0.1] * 2000, [0.1] * 1999 + [0.3]])
    np.testing.assert_allclose(
        classic_statistics.naive_bayes_posterior(np.array([0.5, 0.5]), theta, np.ones(2000)), [0.25, 0.75]
    )


@given(seeds, few)
def test_entropy_and_divergences_written_out(seed: int, k: int) -> None:
    """Term by term, zeros left out; JS is the entropy of the mean less the mean of the entropies."""
    p, q = distribution(seed, k), distribution(seed + 1, k)
    bits = -sum(v * math.log2(v) for v in p if v)
    assert classic_statistics.entropy(p) == pytest.approx(bits, abs=1e-12)
    kl = sum(a * math.log(a / b) if b else math.inf for a, b in zip(p, q, strict=True) if a)
    assert classic_statistics.kl_divergence(p, q) == pytest.approx(kl, abs=1e-12)
    assert classic_statistics.kl_divergence(p, p) == 0
    H = classic_statistics.entropy
    mixed = (H((p + q) / 2) - (H(p) + H(q)) / 2) * math.log(2)
    assert classic_statistics.js_divergence(p, q) == pytest.approx(mixed, abs=1e-12)
    assert 0 <= classic_statistics.js_divergence(q, p) + 1e-12 <= math.log(2) + 1e-9


@given(seeds, few, few)
def test_mutual_information_is_what_the_entropies_lack(seed: int, k: int, n: int) -> None:
    """H(X) + H(Y) − H(X, Y), for counts as for their shares, and 0 for a product of marginals."""
    joint = distribution(seed, k, n)
    H = classic_statistics.entropy
    expected = (H(joint.sum(axis=1)) + H(joint.sum(axis=0)) - H(joint.ravel())) * math.log(2)
    assert classic_statistics.mutual_information(joint) == pytest.approx(expected, abs=1e-12)
    assert classic_statistics.mutual_information(7 * joint) == pytest.approx(expected, abs=1e-12)
    apart = np.outer(joint.sum(axis=1), joint.sum(axis=0))
    assert classic_statistics.mutual_information(apart) == pytest.approx(0, abs=1e-12)


labels = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=12)


@given(labels)
def test_binary_scores_are_those_of_the_confusion_matrix(samples: list[tuple[int, int]]) -> None:
    """TP, FP, FN counted one by one; the matrix has them in their places."""
    t, y = np.array(samples).T
    tp, fp, fn = (sum(pair == kind for pair in samples) for kind in ((1, 1), (0, 1), (1, 0)))
    accuracy, precision, recall, f1 = classic_statistics.binary_scores(t, y)
    assert accuracy == pytest.approx(sum(a == b for a, b in samples) / len(samples))
    assert precision == pytest.approx(tp / (tp + fp) if tp + fp else 0)
    assert recall == pytest.approx(tp / (tp + fn) if tp + fn else 0)
    assert f1 == pytest.approx(2 * tp / (2 * tp + fp + fn) if tp + fp + fn else 0)
    M = classic_statistics.confusion_matrix(t, y, 2)
    np.testing.assert_array_equal(M, [[len(samples) - tp - fp - fn, fp], [fn, tp]])
    assert classic_statistics.class_precision(M)[1] == pytest.approx(precision)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=5))
def test_averages_of_precision(counts: list[tuple[int, int]]) -> None:
    """Macro: classes count alike. Micro: samples do. Precision in macro F1 meets its own class's recall."""
    tp, fp = np.array(counts).T
    macro, micro = classic_statistics.precision_averages(tp, fp)
    each = [a / (a + b) if a + b else 0.0 for a, b in counts]
    assert macro == pytest.approx(sum(each) / len(each))
    total = sum(a + b for a, b in counts)
    assert micro == pytest.approx(sum(a for a, _ in counts) / total if total else 0)
    recall = np.linspace(0, 1, len(each))
    f1 = [2 * p * r / (p + r) if p + r else 0.0 for p, r in zip(each, recall, strict=True)]
    assert classic_statistics.macro_f1(np.array(each), recall) == pytest.approx(sum(f1) / len(f1))


scores = st.lists(st.integers(0, 5), min_size=1, max_size=7)


@given(scores, scores)
def test_auc_is_the_share_of_pairs_in_order(positive: list[int], negative: list[int]) -> None:
    """All pairs, ties one half; what grows with the scores leaves it as it is."""
    wins = sum((p > n) + (p == n) / 2 for p, n in product(positive, negative))
    found = classic_statistics.auc(np.array(positive), np.array(negative))
    assert found == pytest.approx(wins / (len(positive) * len(negative)))
    assert classic_statistics.auc(np.exp(positive), np.exp(negative)) == pytest.approx(found)


REFUSED: list[tuple[Callable[..., object], dict[str, Any], type[ArgumentError], str]] = [
    (classic.covariance, {"X": [1.0, 2.0]}, ShapeError, "X"),
    (classic.contribution_ratios, {"X": [[1.0], [1.0]]}, RangeError, "X"),
    (classic.pca_scores, {"X": np.eye(3), "k": 4}, RangeError, "k"),
    (classic.pca_scores, {"X": np.eye(3), "k": 0}, RangeError, "k"),
    (classic.low_rank, {"A": np.ones((2, 3)), "k": 3}, RangeError, "k"),
    (classic.power_iteration, {"A": np.zeros((2, 2)), "x": [1.0, 1.0], "steps": 1}, RangeError, "x"),
    (classic.power_iteration, {"A": np.eye(2), "x": [1.0, 1.0], "steps": 0}, RangeError, "steps"),
    (classic.kmeans_assign, {"X": np.eye(2), "centres": np.eye(3)}, ShapeError, "centres"),
    (classic.kmeans_update, {"X": np.eye(2), "labels": [0, 5], "centres": np.eye(2)}, RangeError, "labels"),
    (classic.kmeans_update, {"X": np.eye(2), "labels": [0.5, 1], "centres": np.eye(2)}, DTypeError, "labels"),
    (classic.knn_predict, {"X": np.eye(2), "t": [0, 1], "x": [0.0, 0.0], "k": 3}, RangeError, "k"),
    (classic.mahalanobis, {"X": [[0.0, 0.0], [1.0, 0.0]], "x": [1.0, 1.0]}, RangeError, "X"),
    (classic.cosine_distance, {"x": [0.0], "y": [1.0]}, RangeError, "x"),
    (classic.gini, {"counts": [0, 0]}, RangeError, "counts"),
    (classic.gini, {"counts": [2, -1]}, RangeError, "counts"),
    (classic.information_gain, {"left": [0, 0], "right": [1, 1]}, RangeError, "counts"),
    (classic.best_threshold, {"x": [1.0, 1.0], "t": [0, 1]}, RangeError, "x"),
    (classic.ridge, {"X": np.eye(2), "y": [1.0, 1.0], "lam": 0.0}, RangeError, "lam"),
    (classic.svm_objective, {"w": [1.0], "b": 0.0, "X": [[1.0]], "t": [-1.0], "C": 1.0}, RangeError, "t"),
    (classic_statistics.bayes_posterior, {"prior": [1.0], "likelihood": [[0.0, 1.0]], "x": 0}, RangeError, "x"),
    (classic_statistics.bayes_posterior, {"prior": [1.0], "likelihood": [[0.0, 1.0]], "x": 2}, RangeError, "x"),
    (classic_statistics.entropy, {"p": [1.5, -0.5]}, RangeError, "p"),
    (classic_statistics.kl_divergence, {"p": [1.0], "q": [0.5, 0.5]}, ShapeError, "q"),
    (classic_statistics.mutual_information, {"counts": [[0, 0]]}, RangeError, "counts"),
    (classic_statistics.binary_scores, {"t": [0, 2], "y": [0, 1]}, RangeError, "t"),
    (classic_statistics.auc, {"positive": [math.nan], "negative": [1.0]}, RangeError, "positive"),
    (classic_statistics.confusion_matrix, {"t": [0], "y": [0], "classes": 0}, ShapeError, "classes"),
]


@pytest.mark.parametrize(
    ("function", "inputs", "error", "argument"), REFUSED, ids=[f"{f.__name__}" for f, *_ in REFUSED]
)
def test_what_has_no_answer_is_refused_by_name(
    function: Callable[..., object], inputs: dict[str, Any], error: type[ArgumentError], argument: str
) -> None:
    """The error says which argument, in both languages."""
    with pytest.raises(error) as caught:
        function(**inputs)
    assert caught.value.argument == argument
    assert caught.value.ja.startswith(f"{argument}: ")
