import numpy as np


def dilated_causal_conv(x, w, dilation):
    """x (T,), w (K,) whose last entry is for the present, dilation >= 1. Returns (T,)."""
    T, K = len(x), len(w)
    y = np.zeros(T)
    for t in range(T):
        for k in range(K):
            back = (K - 1 - k) * dilation
            if t - back >= 0:
                y[t] += w[k] * x[t - back]
    return y
