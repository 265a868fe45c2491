"""Pairs of numbers, their sums and their carries, bit by bit from the lowest."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quizdl.labs.core import Array

Bits = NDArray[np.intp]

MOST = 65536
"""So many pairs are all that two numbers of 8 bits make; of longer ones so many are tested."""


class Sums(NamedTuple):
    """Pairs of numbers as the network reads them: x (T, B, 2) their bits from the lowest, t (T, B, 1) those of a + b.

    T is one more than the numbers have bits, so that the last carry has a place to go.
    """

    x: Array
    t: Array


def bits_of(numbers: Bits, count: int) -> Bits:
    """(B,) whole numbers → (count, B), the lowest bit first.

    >>> bits_of(np.array([6]), 4)[:, 0].tolist()
    [0, 1, 1, 0]
    """
    return (numbers >> np.arange(count)[:, None]) & 1


def sums_of(a: Bits, b: Bits, bits: int) -> Sums:
    """a, b: (B,) numbers of so many bits."""
    x = np.stack([bits_of(a, bits + 1), bits_of(b, bits + 1)], axis=-1)
    return Sums(x.astype(np.float32), bits_of(a + b, bits + 1)[..., None].astype(np.float32))


def carries_of(a: Bits, b: Bits, bits: int) -> Bits:
    """(T, B): the carry into each place, c_{t+1} = 1 where at least two of a_t, b_t and c_t are 1."""
    return bits_of((a + b) ^ a ^ b, bits + 1)


def pairs_to_test(bits: int) -> tuple[Bits, Bits]:
    """All pairs of numbers of so many bits; where there are more than MOST, so many of them, always the same."""
    if 4**bits <= MOST:
        pairs = np.arange(4**bits)
        return pairs >> bits, pairs & (2**bits - 1)
    a, b = np.random.default_rng(0).integers(0, 2**bits, (2, MOST))
    return a, b
