"""Batch normalisation in training: each feature is standardised over the mini-batch, then scaled and shifted."""

import numpy as np


def batch_norm(x, gamma, beta, eps):
    """x (N, D), gamma and beta (D,), eps is added to the variance under the root. Returns (N, D)."""
    mean = np.mean(x, axis=0)
    variance = np.mean((x - mean) ** 2, axis=0)
    x_hat = (x - mean) / np.sqrt(variance + eps)
    return gamma * x_hat + beta
