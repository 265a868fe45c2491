import numpy as np


def group_norm(x, gamma, beta, groups, eps):
    """x (N, C, H, W), gamma and beta (C,), groups a divisor of C. Returns (N, C, H, W)."""
    grouped = x.reshape(len(x), groups, -1)
    mean = grouped.mean(axis=2, keepdims=True)
    var = grouped.var(axis=2, keepdims=True)
    x_hat = ((grouped - mean) / np.sqrt(var + eps)).reshape(x.shape)
    return gamma[:, None, None] * x_hat + beta[:, None, None]
