"""The plane in which points of many dimensions lie widest apart, so that they can be looked at."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from quizdl.labs.core import Array


class Plane(NamedTuple):
    """The points' coordinates (N, 2) along the two principal axes, and the share of the variance that these show."""

    points: Array
    share: float


def principal_plane(x: Array) -> Plane:
    """Principal component analysis of x (N, D), N and D at least 2; O(N·D·min(N, D)).

    The right singular vectors of the centred points are the eigenvectors of their covariance, and the squares of the
    singular values its eigenvalues (times N). The sign of an axis is nobody's choice but the library's, so each is
    turned until its greatest entry is positive: the same picture on every machine.
    """
    centred = x - x.mean(axis=0)
    _, s, axes = np.linalg.svd(centred, full_matrices=False)
    first = axes[:2]
    greatest = np.abs(first).argmax(axis=1)
    first = first * np.sign(first[np.arange(2), greatest])[:, None]
    whole = float((s**2).sum())
    return Plane(centred @ first.T, float((s[:2] ** 2).sum()) / whole if whole else 1.0)
