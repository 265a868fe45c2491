import numpy as np


def encode(words, E, W, U, b):
    """words (n, V) one-hot, E (D, V), W (H, D), U (H, H), b (H,). Returns the last state (H,)."""
    h = np.zeros(len(b))
    for w in words:
        e = E.dot(w)
        h = np.tanh(W.dot(e) + U.dot(h) + b)
    return h
