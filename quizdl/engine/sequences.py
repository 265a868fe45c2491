"""What all recurrent layers share: reading backwards, sequences of unequal length, and states to begin with.

Sequences are (T, B, D). With `lengths` (B,), the sequence of sample n ends before time lengths[n]; what stands after it
is padding: it is not read, the output there is 0, and the state is carried on as it was.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.arrays import Array, Ids, Mask, real


class Reading:
    """In which order T steps of B sequences are read, and where they have ended."""

    def __init__(self, T: int, B: int, lengths: ArrayLike | None, reverse: bool) -> None:
        self.reverse = reverse
        self.order: tuple[Ids, Ids] | None = None
        self.ended: Mask | None = None
        if lengths is not None:
            self._cut(np.asarray(lengths), T, B)

    def _cut(self, lengths: Ids, T: int, B: int) -> None:
        if lengths.shape != (B,) or lengths.min(initial=0) < 0 or lengths.max(initial=0) > T:
            raise ValueError(f"lengths must be {B} numbers from 0 to {T}, not {lengths.tolist()}")
        t = np.arange(T)[:, None]
        self.ended = (t >= lengths)[..., None]
        self.order = np.where(t < lengths, lengths - 1 - t, t), np.arange(B)

    def arrange(self, x: Array) -> Array:
        """x in the order in which it is read; arranging twice gives x back. Only the valid part is reversed."""
        if not self.reverse:
            return x
        return x[::-1] if self.order is None else x[self.order]

    def blank(self, y: Array) -> Array:
        """y with 0 after the end of each sequence."""
        return y if self.ended is None else np.where(self.ended, y.dtype.type(0), y)


def initial_state(state: ArrayLike | None) -> Array | float:
    """The given state (B, H), or zero."""
    return 0.0 if state is None else real(state)


def gradient_or_zero(d_state: Array | None, like: Array) -> Array:
    """The gradient that arrives at a state, or zeros of the state's shape where none does."""
    return np.zeros_like(like) if d_state is None else d_state
