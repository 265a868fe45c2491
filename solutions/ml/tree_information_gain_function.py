import numpy as np


def entropy(counts):
    """counts (K,). Returns the entropy of the shares in bits."""
    p = counts[counts > 0] / counts.sum()
    return -np.sum(p * np.log2(p))


def information_gain(left, right):
    """left, right (K,) counts of each class in the children. Returns the gain in bits, one number."""
    len_left, len_right = left.sum(), right.sum()
    n = len_left + len_right
    return entropy(left + right) - len_left / n * entropy(left) - len_right / n * entropy(right)
