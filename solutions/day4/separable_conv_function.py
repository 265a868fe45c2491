import numpy as np


def depthwise_separable(x, w_d, w_p):
    """x (N, C, H, W), w_d (C, R, S), w_p (F, C). Returns (N, F, H - R + 1, W - S + 1)."""
    N, C, H, W = x.shape
    _, R, S = w_d.shape
    OH, OW = H - R + 1, W - S + 1
    deep = np.zeros((N, C, OH, OW))
    for i in range(R):
        for j in range(S):
            deep += x[:, :, i : i + OH, j : j + OW] * w_d[:, i, j][:, None, None]
    return np.einsum("nchw,fc->nfhw", deep, w_p)
