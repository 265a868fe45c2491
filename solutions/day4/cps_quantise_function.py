import numpy as np


def quantise(x, bits):
    """x any shape, bits >= 1. Returns (q, restored): level numbers from 0, and the values they stand for."""
    low = x.min()
    step = (x.max() - low) / (2**bits - 1)
    if step == 0:
        return np.zeros(x.shape), x
    q = np.round((x - low) / step)
    return q, q * step + low
