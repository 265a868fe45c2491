import numpy as np


def discounted_returns(r, gamma):
    """r (T,) rewards of one episode, 0 <= gamma <= 1. Returns the discounted return of every time, (T,)."""
    G = np.zeros(len(r))
    after = 0.0
    for t in reversed(range(len(r))):
        after = r[t] + gamma * after
        G[t] = after
    return G
