import numpy as np


def kl_divergence(p, q):
    """p, q (K,) distributions; q positive, p perhaps 0 here and there. Returns KL(p || q) in nats."""
    seen = p > 0
    return np.sum(p[seen] * np.log(p[seen] / q[seen]))
