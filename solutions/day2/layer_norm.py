"""Layer normalisation without scale and shift: every row is standardised by itself."""

import numpy as np


def layer_norm(x):
    """x (…, D); mean and biased variance over the last axis, 1e-5 under the root. Returns the shape of x."""
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.mean((x - mean) ** 2, axis=-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + 1e-5)
