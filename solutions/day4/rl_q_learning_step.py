import numpy as np


def q_learning_step(Q, s, a, r, s_next, alpha, gamma, done):
    """Q (S, A); s, a, s_next whole numbers; done 0 or 1. Returns the updated table (S, A)."""
    Q = np.array(Q, dtype=float)
    target = r + (1 - done) * gamma * Q[s_next].max()
    Q[s, a] += alpha * (target - Q[s, a])
    return Q
