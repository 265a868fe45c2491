import numpy as np


def softmax(x):
    """Softmax over the last axis of x (any number of axes); the largest score is taken off so that exp stays finite."""
    z = x - np.max(x, axis=-1, keepdims=True)
    e = np.exp(z)
    return e / np.sum(e, axis=-1, keepdims=True)
