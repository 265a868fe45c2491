"""How good codes and samples are: in decibels, in distances to the data, and in neighbours of the same kind."""

from __future__ import annotations

import numpy as np

from quizdl.engine.arrays import Ids
from quizdl.labs.core import Array

ACTIVE = 0.01
"""A latent unit is in use if its mean μ_j varies more than this over the data (Burda et al. 2016, §5.2)."""


def psnr(x: Array, clean: Array) -> float:
    """Peak signal-to-noise ratio 10·log₁₀(1/MSE) in dB, of images in [0, 1]; 10 dB more is a tenth of the error."""
    return float(10 * np.log10(1 / max(float(np.mean((x - clean) ** 2)), 1e-12)))


def distances(a: Array, b: Array) -> Array:
    """The mean squared difference of every row of a (N, D) to every row of b (M, D) → (N, M). O(N·M·D)."""
    squared = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
    return np.asarray(np.maximum(squared, 0) / a.shape[1])


def to_nearest(a: Array, b: Array) -> float:
    """How far the rows of a are from the nearest of b, in the mean.

    Samples to data: do they look like data? Data to samples: is every kind of datum among the samples?
    """
    return float(distances(a, b).min(axis=1).mean())


def neighbour_accuracy(codes: Array, kinds: Ids, others: Array, other_kinds: Ids, k: int = 5) -> float:
    """The share of the other codes whose k nearest codes are mostly of their kind; ties go to the lowest kind."""
    nearest = np.argsort(distances(others, codes), axis=1, kind="stable")[:, :k]
    votes = np.apply_along_axis(np.bincount, 1, kinds[nearest], minlength=int(kinds.max()) + 1)
    return float((votes.argmax(axis=1) == other_kinds).mean())


def active_units(mu: Array) -> int:
    """How many of the latent units (N, Z) say anything of x."""
    return int((mu.var(axis=0) > ACTIVE).sum())


def gaussian_like(codes: Array, eps: Array) -> Array:
    """Draws (B, Z) from the Gaussian with the codes' mean and covariance, made of standard normal eps (B, Z).

    With the Cholesky factor Σ = LLᵀ, μ + Lε has the covariance Σ.
    """
    covariance = np.cov(codes.T.astype(np.float64)).reshape(codes.shape[1], -1)
    L = np.linalg.cholesky(covariance + 1e-6 * np.eye(len(covariance)))
    return np.asarray((codes.mean(axis=0) + eps @ L.T).astype(codes.dtype))
