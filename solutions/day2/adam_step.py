import numpy as np


def adam_step(w, g, m, v, t, lr, b1, b2, eps):
    """One step of Adam with bias correction. w, g, m, v have one shape; t counts steps from 1.

    eps is added outside the root. Returns w, m, v.
    """
    m = b1 * m + (1 - b1) * g
    v = b2 * v + (1 - b2) * g * g
    m_hat = m / (1 - b1**t)
    v_hat = v / (1 - b2**t)
    w = w - lr * m_hat / (np.sqrt(v_hat) + eps)
    return w, m, v
