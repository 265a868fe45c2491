"""A gate that also looks at the cell itself, through a diagonal weight."""

import numpy as np


def sigmoid(x):
    """1 / (1 + exp(-x)); a large negative x overflows to exp = inf, and 1 / inf is the right 0."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x))


def peephole_gate(x, h, c, W, U, p, b):
    """x (B, I), h and c (B, H), W (I, H), U (H, H), p and b (H,). Returns the gate, (B, H)."""
    return sigmoid(x @ W + h @ U + p * c + b)
