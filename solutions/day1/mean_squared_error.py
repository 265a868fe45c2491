import numpy as np


def mean_squared_error(y, t):
    """Mean of (y - t)**2 over every entry; y and t have one shape."""
    gap = y - t
    return np.mean(gap**2)
