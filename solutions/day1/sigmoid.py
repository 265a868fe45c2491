import numpy as np


def sigmoid(x):
    """1/(1 + exp(-x)) of each entry of x, which may have any shape."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-np.asarray(x, dtype=float)))
