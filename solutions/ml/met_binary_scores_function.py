import numpy as np


def share(part, total):
    """part / total, 0 where there is nothing to divide by."""
    return part / total if total else 0.0


def binary_scores(t, y):
    """t, y (N,) of 0 and 1. Returns (accuracy, precision, recall, f1); 0 where a denominator is 0."""
    tp = np.sum((t == 1) & (y == 1))
    fp = np.sum((t == 0) & (y == 1))
    fn = np.sum((t == 1) & (y == 0))
    return np.mean(t == y), share(tp, tp + fp), share(tp, tp + fn), share(2 * tp, 2 * tp + fp + fn)
