import numpy as np


def positional_encoding(T, D):
    """The sinusoidal encoding of T positions (from 0) in D columns: (T, D).

    Column 2i holds sin(t / 10000**(2i / D)), column 2i + 1 the cosine of the same.
    """
    t = np.arange(T)[:, None]
    column = np.arange(D)
    angle = t / 10000 ** (2 * (column // 2) / D)
    return np.where(column % 2 == 0, np.sin(angle), np.cos(angle))
