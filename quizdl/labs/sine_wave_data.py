"""The series that the sine-wave lab continues: one wave, two waves at once, a wave whose period changes, or one's own.

A `Waves` holds what the networks learn from and, apart from it, what they are asked to continue: some beginnings and
what really follows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quizdl.errors import InputError
from quizdl.labs.core import Array
from quizdl.text import Text

LONG, SHORT = 25, 10
"""Periods in steps."""

BEGINNING = 100
"""So many steps of each beginning are read before the network goes on alone."""

_LEARNT = 2000
_TESTS = 8


class Waves(NamedTuple):
    """train (N,); beginnings (BEGINNING, B, 1) and what follows them, (horizon, B, 1); mean and scale of the data."""

    train: Array
    beginnings: Array
    following: Array
    mean: float = 0.0
    scale: float = 1.0

    def unscaled(self, values: Array) -> Array:
        """As the learner's data had them."""
        return values * self.scale + self.mean


def make_waves(kind: str, horizon: int, rng: np.random.Generator) -> Waves:
    """kind: "sine", "mixed" (two periods added) or "switching" (now one period, now the other)."""
    make = {"sine": _sine, "mixed": _mixed, "switching": _switching}[kind]
    tests = [make(BEGINNING + horizon, rng, True) for _ in range(_TESTS)]
    return _waves(make(_LEARNT, rng, False), np.stack(tests, axis=1), 0.0, 1.0)


def own_waves(data: object, horizon: int) -> Waves:
    """A learner's series, one column of a CSV, scaled to mean 0 and standard deviation 1; its end is kept apart."""
    table = np.asarray(data, dtype=np.float64)
    least = 2 * BEGINNING + horizon
    if table.ndim != 2 or table.shape[1] != 1 or len(table) < least:
        rows, columns = table.shape if table.ndim == 2 else (0, 0)
        raise InputError(
            Text(
                f"1 列・{least} 行以上の時系列が必要ですが、{rows} 行 {columns} 列でした。",
                f"A series of one column and at least {least} rows is needed; there are {rows} rows of {columns}.",
            ),
            Text("1 行に 1 つずつ数値を並べてください。", "Write one number a line."),
        )
    values = table[:, 0]
    learnt = values[: len(values) - BEGINNING - horizon]
    mean, scale = float(learnt.mean()), float(learnt.std())
    if scale == 0:
        raise InputError(Text("値がすべて同じで、学ぶことがありません。", "All values are the same: nothing to learn."))
    scaled = (values - mean) / scale
    return _waves(scaled[: len(learnt)], scaled[len(learnt) :, None], mean, scale)


def _waves(train: NDArray[np.float64], tests: NDArray[np.float64], mean: float, scale: float) -> Waves:
    whole = tests[..., None].astype(np.float32)
    return Waves(train.astype(np.float32), whole[:BEGINNING], whole[BEGINNING:], mean, scale)


def _sine(count: int, rng: np.random.Generator, _last: bool) -> NDArray[np.float64]:
    """sin(2πt/25) from a phase of its own."""
    return np.sin(2 * np.pi * (np.arange(count) + rng.integers(LONG)) / LONG)


def _mixed(count: int, rng: np.random.Generator, _last: bool) -> NDArray[np.float64]:
    """Two waves added: to go on, the network must hold two phases at once."""
    t = np.arange(count) + rng.integers(LONG * SHORT)
    return 0.6 * np.sin(2 * np.pi * t / LONG) + 0.4 * np.sin(2 * np.pi * t / SHORT)


def _switching(count: int, rng: np.random.Generator, last: bool) -> NDArray[np.float64]:
    """The period changes every 30 to 70 steps, the phase goes on; the last ones change in mid-beginning, then stay.

    What was known of the old period is of no use from then on: it has to be forgotten.
    """
    periods = np.empty(count)
    period, start = (LONG, SHORT)[int(rng.integers(2))], 0
    while start < count:
        stop = start + (BEGINNING // 2 if last and start == 0 else count if last else int(rng.integers(30, 71)))
        periods[start:stop] = period
        period, start = LONG + SHORT - period, stop
    return np.sin(np.cumsum(2 * np.pi / periods) + rng.uniform(0, 2 * np.pi))
