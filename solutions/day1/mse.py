import numpy as np


def mse(p, y):
    """Mean of (p - y)**2 over every entry of the predictions p and the targets y, which have one shape."""
    error = p - y
    return np.mean(error * error)
