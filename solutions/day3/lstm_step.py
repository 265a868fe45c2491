"""One step of an LSTM: the gates decide what the cell forgets, takes in and shows."""

import numpy as np


def sigmoid(x):
    """1 / (1 + exp(-x)); a large negative x overflows to exp = inf, and 1 / inf is the right 0."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x))


def lstm_step(x, h, c, W, U, b):
    """x (B, I), h and c (B, H), W (4, I, H), U (4, H, H), b (4, H), on axis 0 i, f, o, g. Returns the new h and c."""
    z = x @ W + h @ U + b[:, np.newaxis]
    i, f, o = sigmoid(z[:3])
    g = np.tanh(z[3])
    c = f * c + i * g
    h = o * np.tanh(c)
    return h, c
