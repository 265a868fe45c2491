import numpy as np


def masked_attention(Q, K, V, mask):
    """Q (T, d), K (S, d), V (S, e), mask (T, S) of 0 and 1. Returns (T, e)."""
    seen = mask == 1
    scores = np.where(seen, Q @ K.T / np.sqrt(Q.shape[1]), -1e30)
    top = scores.max(axis=1, keepdims=True)
    weights = np.exp(scores - top) * seen
    total = weights.sum(axis=1, keepdims=True)
    return weights / np.maximum(total, 1e-300) @ V
