"""Max pooling: each channel keeps the largest entry of every window."""

import numpy as np


def max_pool2d(x, k, stride):
    """x (N, C, H, W), window k×k, no padding, incomplete windows left out. Returns (N, C, OH, OW)."""
    N, C, H, W = x.shape
    OH = (H - k) // stride + 1
    OW = (W - k) // stride + 1
    y = np.zeros((N, C, OH, OW))
    for i in range(OH):
        for j in range(OW):
            top, left = i * stride, j * stride
            window = x[:, :, top : top + k, left : left + k]
            y[:, :, i, j] = window.max(axis=(2, 3))
    return y
