"""Word embeddings: a table looked up by word id."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.arrays import Array, Cache, Gradients, arriving, checked, whole


def embedding_forward(ids: ArrayLike, E: Array, padding_idx: int | None = None) -> tuple[Array, Cache]:
    """y = E[ids]; ids: (…) whole numbers from 0 to V − 1, E: (V, D), one row a word → (…, D). O(size of y).

    The same as one_hot(ids) @ E without the V·D multiplications. The row of `padding_idx` is looked up like any other,
    but it is never taught: its gradient is 0.
    """
    (E,) = checked(E=(E, "V D"))
    ids = whole("ids", ids, "...", below=len(E))
    if padding_idx is not None:
        whole("padding_idx", padding_idx, "", below=len(E))
    return E[ids], (ids, E.shape, padding_idx)


def embedding_backward(dy: Array, cache: Cache) -> Gradients:
    """dE[w] = Σ of dy wherever the word w stood: a word met twice is taught twice. O(size of dy and E)."""
    ids, (V, D), padding_idx = cache
    dE = add_rows(ids, arriving(dy, (*ids.shape, D)), V)
    if padding_idx is not None:
        dE[padding_idx] = 0
    return {"E": dE}


def add_rows(ids: ArrayLike, values: Array, V: int) -> Array:
    """(V, D) whose row w is the sum of values[k] over all k with ids[k] = w; ids: (…), values: (…, D).

    Equal ids are brought together by sorting and summed by `reduceat`: many times faster than `np.add.at`.
    """
    ids, values = np.asarray(ids).ravel(), values.reshape(-1, values.shape[-1])
    table = np.zeros((V, values.shape[-1]), dtype=values.dtype)
    if ids.size:
        order = np.argsort(ids % V, kind="stable")  # −1 and V − 1 are one row
        words, starts = np.unique((ids % V)[order], return_index=True)
        table[words] = np.add.reduceat(values[order], starts, axis=0)
    return table
