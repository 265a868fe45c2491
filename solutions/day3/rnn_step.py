import numpy as np


def rnn_step(x, h, W, U, b):
    """One step of an RNN with tanh.

    x: (B, I), h: (B, H), W: (I, H), U: (H, H), b: (H,). Rows are samples.
    Returns the new hidden state, (B, H).
    """
    u = x @ W + h @ U + b
    return np.tanh(u)
