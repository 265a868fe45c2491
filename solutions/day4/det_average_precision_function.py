import numpy as np


def average_precision(scores, right, positives):
    """scores (N,), right (N,) of 0 and 1, positives the number of true objects. Returns AP, one number."""
    found = np.cumsum(right[np.argsort(-scores)])
    precision = found / np.arange(1, len(found) + 1)
    recall = found / positives
    best = np.maximum.accumulate(precision[::-1])[::-1]
    return np.sum(np.diff(recall, prepend=0) * best)
