"""The pieces of a variational autoencoder: sampling with a gradient, and the KL term (Kingma & Welling 2014)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.arrays import Array, Cache, Gradients, reals


def reparameterize_forward(mu: ArrayLike, log_var: ArrayLike, eps: ArrayLike) -> tuple[Array, Cache]:
    """z = μ + σ ⊙ ε with σ = exp(log σ²/2); eps is drawn from N(0, 1) outside. All (…, D)."""
    mu, log_var, eps = reals(mu, log_var, eps)
    sigma = np.exp(log_var / 2)
    return mu + sigma * eps, (sigma, eps)


def reparameterize_backward(dz: Array, cache: Cache) -> Gradients:
    """dμ = dz, d log σ² = dz ⊙ ε ⊙ σ/2; the draw ε gets none."""
    sigma, eps = cache
    return {"mu": dz, "log_var": dz * eps * sigma / 2}


def kl_standard_normal_forward(mu: ArrayLike, log_var: ArrayLike) -> tuple[Array, Cache]:
    """KL(N(μ, σ²) ‖ N(0, I)) = −½ Σ (1 + log σ² − μ² − σ²); (…, D): summed over D, mean over the rest."""
    mu, log_var = reals(mu, log_var)
    kl = -0.5 * np.sum(1 + log_var - mu**2 - np.exp(log_var), axis=-1)
    return np.asarray(kl.mean()), (mu, log_var, kl.size)


def kl_standard_normal_backward(dloss: float | Array, cache: Cache) -> Gradients:
    """dμ = μ/n, d log σ² = (σ² − 1)/2n, n being the number of rows."""
    mu, log_var, n = cache
    share = np.asarray(dloss) / n
    return {"mu": share * mu, "log_var": share * (np.exp(log_var) - 1) / 2}
