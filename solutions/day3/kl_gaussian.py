import numpy as np


def kl_gaussian(mu, log_var):
    """mu and log_var (B, Z). Returns the KL divergence to N(0, I), summed over Z, averaged over B."""
    terms = 1 + log_var - mu**2 - np.exp(log_var)
    return -0.5 * terms.sum(axis=-1).mean()
