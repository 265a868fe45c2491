import numpy as np


def birnn_backward_states(x, h0, W_in, W, b):
    """x (T, D), h0 (H,), W_in (D, H), W (H, H), b (H,). Returns (T, H), row t for time t."""
    states = np.empty((len(x), len(h0)))
    h = h0
    for t in reversed(range(len(x))):
        h = np.tanh(x[t] @ W_in + h @ W + b)
        states[t] = h
    return states
