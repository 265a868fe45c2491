"""Machine learning that is no network: components, clusters, neighbours, trees, and the linear models.

X: (N, D) is N samples of D features. Variances and covariances divide by N. Where equal values compete, the lowest
index, label or threshold wins. Natural logarithms, except in a tree's information gain (bits).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.activations import sigmoid
from quizdl.engine.arrays import Array, Ids, Sizes, checked, whole
from quizdl.engine.checks import every, number
from quizdl.engine.classic_statistics import entropy
from quizdl.engine.errors import RangeError
from quizdl.engine.sizes import need_at_least


def covariance(X: Array) -> Array:
    """X: (N, D) → (D, D), the mean over the samples of (x − μ)(x − μ)ᵀ."""
    (X,) = checked(X=(X, "N D"))
    centred = X - X.mean(axis=0)
    return np.asarray(centred.T @ centred / len(X))


def contribution_ratios(X: Array) -> Array:
    """X: (N, D) → (D,), each eigenvalue of the covariance over their sum, the largest first; not all rows may be equal.

    Bishop, PRML, §12.1.
    """
    values = np.linalg.eigvalsh(covariance(X))[::-1]
    if values.sum() <= 0:
        raise RangeError("X", "すべての行が等しく、分散がありません", "all rows are equal: there is no variance")
    return np.asarray(values / values.sum())


def pca_scores(X: Array, k: int) -> Array:
    """X: (N, D), k from 1 to D → (N, k), the centred rows along the k directions of largest variance, largest first.

    An eigenvector may point either way; here its entry of largest magnitude is positive. Bishop, PRML, §12.1.
    """
    sizes: Sizes = {}
    (X,) = checked(sizes, X=(X, "N D"))
    k = _count("k", k, sizes["D"])
    directions = np.linalg.eigh(covariance(X))[1][:, ::-1][:, :k]
    largest = directions[np.abs(directions).argmax(axis=0), np.arange(k)]
    return np.asarray((X - X.mean(axis=0)) @ (directions * np.sign(largest)))


def low_rank(A: Array, k: int) -> Array:
    """A: (M, N), k from 1 to min(M, N) → (M, N), Σ of the k largest singular values' terms σ u vᵀ.

    Of all matrices of rank k the nearest to A (Eckart & Young 1936).
    """
    (A,) = checked(A=(A, "M N"))
    k = _count("k", k, min(A.shape))
    U, s, Vt = np.linalg.svd(A, full_matrices=False)
    return np.asarray((U[:, :k] * s[:k]) @ Vt[:k])


def power_iteration(A: Array, x: Array, steps: int) -> tuple[float, Array]:
    """A: (D, D), x: (D,) → xᵀAx and x after that many steps x ← Ax/‖Ax‖₂; Ax may not become 0."""
    A, x = checked(A=(A, "D D"), x=(x, "D"))
    need_at_least(1, steps=steps)
    for _ in range(steps):
        x = A @ x
        x = x / _positive_norm("x", x)
    return float(x @ A @ x), x


def kmeans_assign(X: Array, centres: Array) -> Ids:
    """X: (N, D), centres: (K, D) → (N,), the index of each sample's nearest centre (Euclidean)."""
    X, centres = checked(X=(X, "N D"), centres=(centres, "K D"))
    return np.asarray(_squared_distances(X, centres).argmin(axis=1))


def kmeans_update(X: Array, labels: ArrayLike, centres: Array) -> Array:
    """X: (N, D), labels: (N,) indices of centres, centres: (K, D) → (K, D), the mean of each cluster's samples.

    The centre of a cluster without samples stays where it was. Lloyd 1982.
    """
    sizes: Sizes = {}
    X, centres = checked(sizes, X=(X, "N D"), centres=(centres, "K D"))
    labels = whole("labels", labels, "N", sizes, below=sizes["K"])
    members = (labels == np.arange(len(centres))[:, None]).astype(X.dtype)
    counts = members.sum(axis=1, keepdims=True)
    return np.asarray(np.where(counts > 0, members @ X / np.maximum(counts, 1), centres))


def knn_predict(X: Array, t: ArrayLike, x: Array, k: int) -> int:
    """X: (N, D), t: (N,) labels from 0, x: (D,), k from 1 to N → the commonest label of the k nearest (Euclidean)."""
    sizes: Sizes = {}
    X, x = checked(sizes, X=(X, "N D"), x=(x, "D"))
    t, k = whole("t", t, "N", sizes), _count("k", k, sizes["N"])
    near = np.argsort(_squared_distances(X, x[None])[:, 0], kind="stable")[:k]
    return int(np.bincount(t[near]).argmax())


def mahalanobis(X: Array, x: Array) -> float:
    """X: (N, D), x: (D,) → √((x − μ)ᵀ Σ⁻¹ (x − μ)) with X's mean and covariance.

    Raises RangeError where the covariance is singular.
    """
    X, x = checked(X=(X, "N D"), x=(x, "D"))
    d = x - X.mean(axis=0)
    try:
        scaled = np.linalg.solve(covariance(X), d)
    except np.linalg.LinAlgError as error:
        raise RangeError("X", "共分散行列が正則ではありません", "the covariance matrix is singular") from error
    return float(np.sqrt(d @ scaled))


def cosine_distance(x: Array, y: Array) -> float:
    """x, y: (D,), neither all zeros → 1 − x·y/(‖x‖‖y‖)."""
    x, y = checked(x=(x, "D"), y=(y, "D"))
    return float(1 - x @ y / (_positive_norm("x", x) * _positive_norm("y", y)))


def gini(counts: Array) -> float:
    """counts: (K,) samples of each class in a node, not all 0 → 1 − Σ p²."""
    p = _shares("counts", counts)
    return float(1 - np.sum(p**2))


def information_gain(left: Array, right: Array) -> float:
    """left, right: (K,) samples of each class in the two children → the parent's entropy less the children's, in bits.

    A child weighs by its share of the samples. Quinlan 1986.
    """
    left, right = checked(left=(left, "K"), right=(right, "K"))
    n = float(left.sum() + right.sum())
    parts = sum(float(side.sum()) / n * entropy(_shares("counts", side)) for side in (left, right))
    return entropy(_shares("counts", left + right)) - parts


def best_threshold(x: Array, t: ArrayLike) -> tuple[float, float]:
    """x: (N,) one feature, t: (N,) labels from 0 → the threshold whose halves x ≤ θ and x > θ are purest, and how pure.

    Thresholds lie midway between neighbouring values; purity is the halves' Gini impurity, each weighed by its share of
    the samples, compared to 9 decimals (so that rounding decides nothing). Breiman et al. 1984 (CART).
    """
    sizes: Sizes = {}
    (x,) = checked(sizes, x=(x, "N"))
    t = whole("t", t, "N", sizes)
    values = np.unique(x)
    if len(values) < 2:
        raise RangeError("x", "異なる値が 2 つ以上必要です", "expected at least two different values")
    thresholds = (values[:-1] + values[1:]) / 2
    impurities = np.array([_split_gini(t[x <= threshold], t[x > threshold]) for threshold in thresholds])
    best = int(np.round(impurities, 9).argmin())
    return float(thresholds[best]), float(impurities[best])


def ridge(X: Array, y: Array, lam: float) -> Array:
    """X: (N, D), y: (N,), λ > 0 → (D,), (XᵀX + λI)⁻¹Xᵀy, which minimises ‖y − Xw‖² + λ‖w‖² (no intercept)."""
    X, y = checked(X=(X, "N D"), y=(y, "N"))
    lam = number("lam", lam, above=0.0)
    return np.asarray(np.linalg.solve(X.T @ X + lam * np.eye(X.shape[1], dtype=X.dtype), X.T @ y))


def logistic_step(w: Array, b: float, X: Array, t: Array, lr: float) -> tuple[Array, float]:
    """w: (D,), X: (N, D), t: (N,) of 0 and 1 → w, b after a step down the mean cross-entropy of σ(Xw + b)."""
    w, X, t = checked(w=(w, "D"), X=(X, "N D"), t=(t, "N"))
    b, lr = number("b", b), number("lr", lr)
    error = (sigmoid(X @ w + b) - t) / len(X)
    return w - lr * (X.T @ error), float(b - lr * error.sum())


def svm_objective(w: Array, b: float, X: Array, t: Array, C: float) -> float:
    """w: (D,), X: (N, D), t: (N,) of 0 and 1, read as −1 and +1 → ½‖w‖² + C Σ max(0, 1 − t(Xw + b)).

    Cortes & Vapnik 1995, the soft margin's primal problem.
    """
    w, X, t = checked(w=(w, "D"), X=(X, "N D"), t=(t, "N"))
    every("t", t, 0.0, 1.0)
    b, C = number("b", b), number("C", C, 0.0)
    hinge = np.maximum(0, 1 - (2 * t - 1) * (X @ w + b))
    return float(w @ w / 2 + C * hinge.sum())


def _squared_distances(X: Array, centres: Array) -> Array:
    """(N, D), (K, D) → (N, K); not by |x|² − 2x·c + |c|², which rounds near ones to anything."""
    return np.asarray(((X[:, None] - centres) ** 2).sum(axis=2))


def _split_gini(left: Ids, right: Ids) -> float:
    n = len(left) + len(right)
    return sum(len(side) / n * gini(np.bincount(side).astype(np.float64)) for side in (left, right))


def _shares(name: str, counts: ArrayLike) -> Array:
    """Counts (K,) over their sum, which must be positive."""
    (p,) = checked(**{name: (counts, "K")})
    every(name, p, 0.0)
    if p.sum() == 0:
        raise RangeError(name, "サンプルが 1 つもありません", "there is not one sample")
    return np.asarray(p / p.sum())


def _positive_norm(name: str, x: Array) -> float:
    norm = np.linalg.norm(x)
    if norm == 0:
        raise RangeError(name, "零ベクトルには向きがありません", "a vector of zeros has no direction")
    return float(norm)


def _count(name: str, k: int, most: int) -> int:
    """k as a whole number from 1 to `most`."""
    need_at_least(1, **{name: k})
    return int(whole(name, k, "", below=most + 1))


FUNCTIONS: dict[str, Callable[..., object]] = {
    function.__name__: function
    for function in (
        covariance,
        contribution_ratios,
        pca_scores,
        low_rank,
        power_iteration,
        kmeans_assign,
        kmeans_update,
        knn_predict,
        mahalanobis,
        cosine_distance,
        gini,
        information_gain,
        best_threshold,
        ridge,
        logistic_step,
        svm_objective,
    )
}
"""name → function, as `references.py` lists them."""
