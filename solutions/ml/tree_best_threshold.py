import numpy as np


def gini(labels):
    """labels (N,) class numbers from 0. Returns 1 minus the sum of squared shares."""
    p = np.bincount(labels) / len(labels)
    return 1 - np.sum(p**2)


def best_threshold(x, t):
    """x (N,) one feature, t (N,) class numbers from 0. Returns (threshold, weighted Gini impurity)."""
    values = np.unique(x)
    best = (None, np.inf)
    for threshold in (values[:-1] + values[1:]) / 2:
        left, right = t[x <= threshold], t[x > threshold]
        cost = sum(len(side) / len(x) * gini(side) for side in (left, right))
        if np.round(cost, 9) < np.round(best[1], 9):
            best = (threshold, cost)
    return best
