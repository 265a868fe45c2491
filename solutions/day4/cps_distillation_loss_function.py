import numpy as np


def log_softmax(z):
    """z (N, C). Returns the logarithm of the softmax of each row."""
    shifted = z - z.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def distillation_loss(z, z_teacher, t, T, alpha):
    """z, z_teacher (N, C) logits, t (N,) labels, T > 0, 0 <= alpha <= 1. Returns one number."""
    hard = -log_softmax(z)[np.arange(len(t)), t].mean()
    log_p = log_softmax(z_teacher / T)
    log_q = log_softmax(z / T)
    soft = np.sum(np.exp(log_p) * (log_p - log_q), axis=1).mean()
    return (1 - alpha) * hard + alpha * T**2 * soft
