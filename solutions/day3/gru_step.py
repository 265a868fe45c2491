"""One step of a GRU: reset what the candidate sees of the past, then mix the candidate with it."""

import numpy as np


def sigmoid(x):
    """1 / (1 + exp(-x)); a large negative x overflows to exp = inf, and 1 / inf is the right 0."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x))


def gru_step(x, h, W, U, b):
    """x (B, I), h (B, H), W (3, I, H), U (3, H, H), b (3, H), on axis 0 r, z, n. Returns the new h, (B, H)."""
    r = sigmoid(x @ W[0] + h @ U[0] + b[0])
    z = sigmoid(x @ W[1] + h @ U[1] + b[1])
    n = np.tanh(x @ W[2] + (r * h) @ U[2] + b[2])
    return (1 - z) * h + z * n
