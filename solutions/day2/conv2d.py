"""A convolution layer's forward pass: the filters are laid on each window in turn, without being flipped."""

import numpy as np


def conv2d(x, w, b, stride, pad):
    """x (N, C, H, W), w (F, C, R, S), b (F,). Returns (N, F, OH, OW)."""
    N, _, H, W = x.shape
    F, _, R, S = w.shape
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    OH = (H + 2 * pad - R) // stride + 1
    OW = (W + 2 * pad - S) // stride + 1
    y = np.zeros((N, F, OH, OW))
    for i in range(OH):
        for j in range(OW):
            top, left = i * stride, j * stride
            window = padded[:, :, top : top + R, left : left + S]
            y[:, :, i, j] = np.tensordot(window, w, axes=([1, 2, 3], [1, 2, 3])) + b
    return y
