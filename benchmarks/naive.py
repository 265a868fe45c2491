"""Convolution, LSTM and GRU the way a first NumPy engine writes them: right, short, and slow.

Every product stands inside the loop that needs it, gates are cut and glued with `split` and `concatenate`, and im2col
unrolls the whole batch window by window.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def sigmoid(x: Array) -> Array:
    """1/(1 + exp(−x))."""
    return 1 / (1 + np.exp(-x))


def conv2d(x: Array, w: Array, b: Array, pad: int, dy: Array) -> tuple[Array, ...]:
    """Forward and backward of a convolution with stride 1 → y, dx, dw, db."""
    (N, C, H, W), (F, _, R, S) = x.shape, w.shape
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    height, width = H + 2 * pad - R + 1, W + 2 * pad - S + 1
    columns = np.empty((N, height, width, C * R * S), x.dtype)
    for i in range(height):
        for j in range(width):
            columns[:, i, j] = padded[:, :, i : i + R, j : j + S].reshape(N, -1)
    y = (columns @ w.reshape(F, -1).T + b).transpose(0, 3, 1, 2)
    flat = dy.transpose(0, 2, 3, 1).reshape(-1, F)
    dw = (flat.T @ columns.reshape(len(flat), -1)).reshape(w.shape)
    dcolumns = (flat @ w.reshape(F, -1)).reshape(columns.shape)
    dpadded = np.zeros_like(padded)
    for i in range(height):
        for j in range(width):
            dpadded[:, :, i : i + R, j : j + S] += dcolumns[:, i, j].reshape(N, C, R, S)
    return y, dpadded[:, :, pad : pad + H, pad : pad + W], dw, dy.sum(axis=(0, 2, 3))


def lstm(x: Array, W: Array, U: Array, b: Array, dh: Array) -> tuple[Array, ...]:
    """Forward and backward of an LSTM in the concatenated form; W (I, 4H), U (H, 4H), b (4H,) → h, dx, dW, dU, db."""
    (T, B, _), H = x.shape, U.shape[0]
    h, c = np.zeros((B, H), x.dtype), np.zeros((B, H), x.dtype)
    kept, outputs = [], []
    for t in range(T):
        z = x[t] @ W + h @ U + b
        i, f, o, g = np.split(z, 4, axis=1)
        i, f, o, g = sigmoid(i), sigmoid(f), sigmoid(o), np.tanh(g)
        kept.append((x[t], h, c, i, f, o, g))
        c = f * c + i * g
        h = o * np.tanh(c)
        outputs.append(h)
    dx, dW, dU, db = np.zeros_like(x), np.zeros_like(W), np.zeros_like(U), np.zeros_like(b)
    dh_next, dc_next = np.zeros_like(h), np.zeros_like(c)
    for t in reversed(range(T)):
        x_t, h_t, c_t, i, f, o, g = kept[t]
        tanh_c = np.tanh(f * c_t + i * g)
        d = dh[t] + dh_next
        dc = dc_next + d * o * (1 - tanh_c**2)
        gates = [dc * g * i * (1 - i), dc * c_t * f * (1 - f), d * tanh_c * o * (1 - o), dc * i * (1 - g**2)]
        dz = np.concatenate(gates, axis=1)
        dW += x_t.T @ dz
        dU += h_t.T @ dz
        db += dz.sum(axis=0)
        dx[t], dh_next, dc_next = dz @ W.T, dz @ U.T, dc * f
    return np.stack(outputs), dx, dW, dU, db


def gru(x: Array, W: Array, U: Array, b: Array, b_h: Array, dh: Array) -> tuple[Array, ...]:
    """Forward and backward of PyTorch's GRU; W (I, 3H), U (H, 3H), b, b_h (3H,) → h, dx, dW, dU, db, db_h."""
    (T, B, _), H = x.shape, U.shape[0]
    h = np.zeros((B, H), x.dtype)
    kept, outputs = [], []
    for t in range(T):
        a, u = x[t] @ W + b, h @ U + b_h
        r = sigmoid(a[:, :H] + u[:, :H])
        z = sigmoid(a[:, H : 2 * H] + u[:, H : 2 * H])
        n = np.tanh(a[:, 2 * H :] + r * u[:, 2 * H :])
        kept.append((x[t], h, r, z, n, u[:, 2 * H :]))
        h = z * h + (1 - z) * n
        outputs.append(h)
    dx, dW, dU, db, db_h = (np.zeros_like(each) for each in (x, W, U, b, b_h))
    dh_next = np.zeros_like(h)
    for t in reversed(range(T)):
        x_t, h_t, r, z, n, s = kept[t]
        d = dh[t] + dh_next
        dn = d * (1 - z) * (1 - n**2)
        dr, dz = dn * s * r * (1 - r), d * (h_t - n) * z * (1 - z)
        da, du = np.concatenate([dr, dz, dn], axis=1), np.concatenate([dr, dz, dn * r], axis=1)
        dW += x_t.T @ da
        dU += h_t.T @ du
        db += da.sum(axis=0)
        db_h += du.sum(axis=0)
        dx[t], dh_next = da @ W.T, du @ U.T + d * z
    return np.stack(outputs), dx, dW, dU, db, db_h
