import numpy as np


def entropy(p):
    """p (K,) probabilities, some perhaps 0. Returns the entropy in bits, one number."""
    q = p[p > 0]
    return -np.sum(q * np.log2(q))
