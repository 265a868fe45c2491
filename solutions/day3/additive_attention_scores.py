import numpy as np


def additive_scores(s, H, W_s, W_h, v):
    """s (S,), H (T, D), W_s (S, A), W_h (D, A), v (A,). Returns the scores (T,)."""
    return np.tanh(s @ W_s + H @ W_h) @ v
