import numpy as np


def rnn_forward(x, h0, W_in, W, b):
    """All hidden states of an RNN with tanh.

    x: (T, D), h0: (H,), W_in: (D, H), W: (H, H), b: (H,). Rows are times.
    Returns (T, H): row t is the state after reading x[t].
    """
    h = h0
    states = []
    for x_t in x:
        h = np.tanh(x_t @ W_in + h @ W + b)
        states.append(h)
    return np.array(states)
