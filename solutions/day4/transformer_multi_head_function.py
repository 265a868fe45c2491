import numpy as np


def multi_head_attention(X, W_q, W_k, W_v, W_o, heads):
    """X (T, D), weights (D, D) each, heads a divisor of D. Returns (T, D)."""
    T, D = X.shape
    d = D // heads

    def split(x):
        return x.reshape(T, heads, d).transpose(1, 0, 2)

    Q, K, V = split(X @ W_q), split(X @ W_k), split(X @ W_v)
    scores = Q @ K.transpose(0, 2, 1) / np.sqrt(d)
    e = np.exp(scores - scores.max(axis=2, keepdims=True))
    heads_out = e / e.sum(axis=2, keepdims=True) @ V
    return heads_out.transpose(1, 0, 2).reshape(T, D) @ W_o
