"""Probability, information and the figures that judge a classifier.

Distributions are of finitely many values and sum to 1 (which is not checked); 0·log 0 counts as 0. Entropy is in bits
(base 2); divergences and mutual information are in nats (natural logarithm). A figure whose denominator is 0 is 0.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.activations import softmax
from quizdl.engine.arrays import Array, Sizes, checked, whole
from quizdl.engine.checks import every
from quizdl.engine.errors import RangeError, ShapeError


def bayes_posterior(prior: Array, likelihood: Array, x: int) -> Array:
    """prior: (C,) P(c), likelihood: (C, K) P(x|c) in row c, x from 0 to K − 1 → (C,), P(c|x)."""
    sizes: Sizes = {}
    prior, likelihood = checked(sizes, prior=(prior, "C"), likelihood=(likelihood, "C K"))
    x = int(whole("x", x, "", below=sizes["K"]))
    joint = prior * likelihood[:, x]
    if joint.sum() <= 0:
        raise RangeError("x", f"どのクラスでも {x} の確率が 0 です", f"no class can have given {x}")
    return np.asarray(joint / joint.sum())


def naive_bayes_posterior(prior: Array, theta: Array, x: ArrayLike) -> Array:
    """prior: (C,), theta: (C, D) P(x_d = 1|c), inside (0, 1), x: (D,) of 0 and 1 → (C,), P(c|x).

    Given the class, the features are taken as independent. Computed from logarithms: a product of many factors is 0.
    """
    prior, theta, x = checked(prior=(prior, "C"), theta=(theta, "C D"), x=(x, "D"))
    every("prior", prior, 0.0)
    every("theta", theta, 0.0, 1.0)
    with np.errstate(divide="ignore"):  # log 0 is −∞: a class that cannot be
        return softmax(np.log(prior) + np.log(np.where(x == 1, theta, 1 - theta)).sum(axis=1))


def entropy(p: Array) -> float:
    """p: (K,) → −Σ p log₂ p, in bits (Shannon 1948)."""
    (p,) = checked(p=(p, "K"))
    every("p", p, 0.0)
    return float(-_times_log(p, p).sum() / np.log(2))


def kl_divergence(p: Array, q: Array) -> float:
    """p, q: (K,) → Σ p log(p/q) in nats, infinite where q is 0 and p is not (Kullback & Leibler 1951)."""
    p, q = checked(p=(p, "K"), q=(q, "K"))
    every("p", p, 0.0)
    every("q", q, 0.0)
    return _kl(p, q)


def js_divergence(p: Array, q: Array) -> float:
    """p, q: (K,) → ½KL(p‖m) + ½KL(q‖m) with m = (p + q)/2, in nats: from 0 to log 2 (Lin 1991)."""
    p, q = checked(p=(p, "K"), q=(q, "K"))
    every("p", p, 0.0)
    every("q", q, 0.0)
    m = (p + q) / 2
    return (_kl(p, m) + _kl(q, m)) / 2


def mutual_information(counts: Array) -> float:
    """counts: (K, L) how often each pair was seen → Σ P(x, y) log(P(x, y)/(P(x)P(y))) in nats, P = counts/their sum."""
    (counts,) = checked(counts=(counts, "K L"))
    every("counts", counts, 0.0)
    if counts.sum() == 0:
        raise RangeError("counts", "組が 1 つもありません", "there is not one pair")
    joint = counts / counts.sum()
    apart = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
    return _kl(joint, apart)


def binary_scores(t: ArrayLike, y: ArrayLike) -> tuple[float, float, float, float]:
    """t: (N,) what is, y: (N,) what was predicted, both 0 or 1 (positive) → accuracy, precision, recall, F1."""
    sizes: Sizes = {}
    t, y = whole("t", t, "N", sizes, below=2), whole("y", y, "N", sizes, below=2)
    hits = int((t & y).sum())
    accuracy = float((t == y).mean())
    return (
        accuracy,
        _share(hits, int(y.sum())),
        _share(hits, int(t.sum())),
        _share(2 * hits, int(t.sum()) + int(y.sum())),
    )


def class_precision(M: Array) -> Array:
    """M: (C, C) counts, rows the true class, columns the predicted → (C,), M_cc over its column's sum."""
    (M,) = checked(M=(M, "C C"))
    columns = M.sum(axis=0)
    return np.asarray(np.diag(M) / np.where(columns == 0, 1, columns))


def macro_f1(precision: Array, recall: Array) -> float:
    """precision, recall: (C,) of each class → the mean of the classes' own F1 = 2PR/(P + R)."""
    P, R = checked(precision=(precision, "C"), recall=(recall, "C"))
    return float(np.mean(2 * P * R / np.where(P + R == 0, 1, P + R)))


def precision_averages(tp: Array, fp: Array) -> tuple[float, float]:
    """tp, fp: (C,) counts of each class → precision averaged by macro (mean over classes) and micro (counts pooled)."""
    tp, fp = checked(tp=(tp, "C"), fp=(fp, "C"))
    said = tp + fp
    return float(np.mean(tp / np.where(said == 0, 1, said))), _share(float(tp.sum()), float(said.sum()))


def auc(positive: Array, negative: Array) -> float:
    """positive: (P,), negative: (M,) scores → the share of pairs in which the positive scores higher, ties one half.

    By ranks: (Σ ranks of the positives − P(P + 1)/2)/(P·M), equal scores sharing their mean rank. It is the area under
    the ROC curve (Mann & Whitney 1947). O((P + M) log(P + M)).
    """
    positive, negative = checked(positive=(positive, "P"), negative=(negative, "M"))
    scores = np.concatenate([positive, negative])
    if np.isnan(scores).any():
        raise RangeError("positive", "NaN は順位を持ちません", "NaN has no rank")
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    P, M = len(positive), len(negative)
    return float((ranks[:P].sum() - P * (P + 1) / 2) / (P * M))


def confusion_matrix(t: ArrayLike, y: ArrayLike, classes: int) -> Array:
    """t: (N,) true, y: (N,) predicted labels from 0 → (classes, classes) counts, rows the true class."""
    sizes: Sizes = {}
    if classes < 1:
        raise ShapeError("classes", f"1 以上が必要ですが、{classes} です", f"expected at least 1, found {classes}")
    t, y = whole("t", t, "N", sizes, below=classes), whole("y", y, "N", sizes, below=classes)
    return np.bincount(t * classes + y, minlength=classes**2).reshape(classes, classes).astype(np.float64)


def _times_log(p: Array, q: Array) -> Array:
    """p·log q, 0 where p is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(p == 0, 0, p * np.log(q))


def _kl(p: Array, q: Array) -> float:
    """Σ p log(p/q); the quotient first, so that equal ones cost exactly nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.where(p == 0, 0, p * np.log(p / q)).sum())


def _share(part: float, total: float) -> float:
    return part / total if total else 0.0


FUNCTIONS: dict[str, Callable[..., object]] = {
    function.__name__: function
    for function in (
        bayes_posterior,
        naive_bayes_posterior,
        entropy,
        kl_divergence,
        js_divergence,
        mutual_information,
        binary_scores,
        class_precision,
        macro_f1,
        precision_averages,
        auc,
        confusion_matrix,
    )
}
"""name → function, as `references.py` lists them."""
