"""Positional encodings."""

from __future__ import annotations

import numpy as np

from quizdl.engine.arrays import Array


def positional_encoding(T: int, D: int) -> Array:
    """(T, D): sin(t/10000^(2i/D)) in the even columns 2i, cos of the same in the odd 2i + 1.

    Vaswani et al. 2017, §3.5. An odd D ends with a sine.
    """
    column = np.arange(D)
    angle = np.arange(T)[:, None] / 10000 ** (2 * (column // 2) / D)
    return np.where(column % 2 == 0, np.sin(angle), np.cos(angle))
