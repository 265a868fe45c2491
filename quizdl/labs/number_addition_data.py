"""Sums as strings: "57+5" → "62". Which pairs are trained on and which are tested, and their signs as ids."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from quizdl.engine.arrays import Ids
from quizdl.labs.writers import padded, targets_of

Pairs: TypeAlias = NDArray[np.intp]
"""(N, 2): a and b."""

READ = "0123456789+"
WRITTEN = "^$0123456789"
"""The signs that go in and come out, each at its id; ^ is BEGIN and $ is END."""


class Sums(NamedTuple):
    """Sums as ids: source (S, N), where each ends, lengths (N,), and target (T, N)."""

    source: Ids
    lengths: Ids
    target: Ids


def split(digits: int, most: int, rng: np.random.Generator) -> tuple[Pairs, Pairs]:
    """Pairs of numbers of at most so many digits, in random order: nine tenths to train on, one tenth to test.

    5+57 says what 57+5 is, so both orders of two numbers are on the same side. most: about so many pairs in all.
    """
    count = 10**digits
    if count * count <= most:
        a, b = np.triu_indices(count)
    else:
        # Drawn one by one, with repeats dropped: all pairs of numbers with 4 digits would not fit into memory.
        a, b = np.unique(np.sort(rng.integers(0, count, (most // 2, 2)), axis=1), axis=0).T
    order = rng.permutation(len(a))
    tested = max(len(order) // 10, 1)
    return both_orders(a[order[tested:]], b[order[tested:]]), both_orders(a[order[:tested]], b[order[:tested]])


def both_orders(a: NDArray[np.intp], b: NDArray[np.intp]) -> Pairs:
    """a + b and, where the numbers differ, b + a.

    >>> both_orders(np.array([1, 2]), np.array([1, 3])).tolist()
    [[1, 1], [2, 3], [3, 2]]
    """
    differ = a != b
    return np.concatenate([np.stack([a, b], axis=1), np.stack([b[differ], a[differ]], axis=1)])


def question(a: int, b: int, backwards: bool) -> str:
    """What the encoder reads.

    >>> question(57, 5, backwards=False), question(57, 5, backwards=True)
    ('57+5', '5+75')
    """
    text = f"{a}+{b}"
    return text[::-1] if backwards else text


def as_ids(pairs: Pairs, backwards: bool) -> Sums:
    """The pairs as a network reads and writes them."""
    sources = [tuple(READ.index(sign) for sign in question(a, b, backwards)) for a, b in pairs.tolist()]
    answers = [tuple(WRITTEN.index(sign) for sign in str(a + b)) for a, b in pairs.tolist()]
    return Sums(padded(sources, 0), np.array([len(ids) for ids in sources]), targets_of(answers))


def read_back(ids: tuple[int, ...]) -> str:
    """What the decoder wrote, up to END.

    >>> read_back((8, 4, 1))
    '62'
    """
    return "".join(WRITTEN[i] for i in ids).partition("$")[0]


def carries(a: Pairs, b: Pairs, digits: int) -> NDArray[np.intp]:
    """How many places of a + b carry into the next: one for 57 + 5, two for 57 + 65.

    >>> carries(np.array([57, 57]), np.array([5, 65]), 2).tolist()
    [1, 2]
    """
    places = 10 ** np.arange(1, digits + 1)[:, None]
    return np.asarray((a % places + b % places >= places).sum(axis=0))
