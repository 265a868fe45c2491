import numpy as np


def dropout_forward(x, mask, p):
    """Inverted dropout in training: x where mask is 1, scaled by 1/(1 - p), and 0 where mask is 0."""
    kept = np.asarray(x) * np.asarray(mask)
    return kept / (1 - p)
