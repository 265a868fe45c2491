"""What all recurrent layers share: reading backwards, sequences of unequal length, and states to begin with.

Sequences are (T, B, D). With `lengths` (B,), the sequence of sample n ends before time lengths[n]; what stands after it
is padding: it is not read, the output there is 0, and the state is carried on as it was.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.arrays import Array, Ids, Mask, arriving, whole
from quizdl.engine.errors import RangeError

ONE = {code: np.ones((), dtype=code) for code in "efdg"}
"""1 by a dtype's character code, as an array without axes: next to a Python number, a ufunc takes 0.3 µs longer."""


class Reading:
    """In which order T steps of B sequences are read, and where they have ended."""

    def __init__(self, T: int, B: int, lengths: ArrayLike | None, reverse: bool) -> None:
        self.reverse = reverse
        self.order: tuple[Ids, Ids] | None = None
        self.ended: Mask | None = None
        if lengths is not None:
            self._cut(lengths, T, B)

    def _cut(self, lengths: ArrayLike, T: int, B: int) -> None:
        lengths = whole("lengths", lengths, "B", {"B": B})
        if lengths.min() < 0 or lengths.max() > T:
            found = lengths.tolist()
            raise RangeError(
                "lengths",
                f"0 から T = {T} までの長さが必要ですが、{found} です",
                f"expected 0 to T = {T}, found {found}",
            )
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


def initial_state(state: Array | None) -> Array | float:
    """The given state (B, H), or zero."""
    return 0.0 if state is None else state


def arriving_states(dh: Array | None, last: dict[str, Array | None], h: Array) -> tuple[Array, ...]:
    """The gradients of all states (T, B, H) and of the last ones (B, H) by name; zeros where none arrives.

    h: (T + 1, B, H), the states from the initial one on.
    """
    T, *one = h.shape
    zeros = np.zeros(one, dtype=h.dtype)
    ends = [zeros if d is None else arriving(d, zeros.shape, name) for name, d in last.items()]
    if dh is None:
        return np.zeros((T - 1, *one), dtype=h.dtype), *ends
    return arriving(dh, (T - 1, *one), "dh"), *ends


def gradient_or_zero(d_state: ArrayLike | None, like: Array, name: str) -> Array:
    """The gradient that arrives at a state, or zeros of the state's shape where none does."""
    return np.zeros_like(like) if d_state is None else arriving(d_state, like.shape, name)


def squash(z: Array, out: Array) -> None:
    """σ(z), for the time loops: four passes and no temporary, where `activations.sigmoid` makes three; z is used up.

    The caller silences the overflow of exp(−z) once for the whole loop: 1/(1 + ∞) = 0 is the right value.
    """
    one = ONE[z.dtype.char]
    np.negative(z, out=z)
    np.exp(z, out=z)
    z += one
    np.divide(one, z, out=out)  # which is quicker than np.reciprocal
