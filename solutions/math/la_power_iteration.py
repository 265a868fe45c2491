import numpy as np


def power_iteration(A, x, steps):
    """A (D, D), x (D,), steps >= 1. Returns (x @ A @ x, x) with the final x of norm 1."""
    for _ in range(steps):
        x = A @ x
        x = x / np.linalg.norm(x)
    return x @ A @ x, x
