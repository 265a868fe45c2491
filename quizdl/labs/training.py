"""What the labs' training loops share: minibatches, one step of an optimiser, curves that fit a plot, weights put back.

Nothing here knows a network. A lab's loop stays its own, since it is what a learner reads and changes:

    for rows in minibatches(rng, len(x), batch):
        loss, gradients = …                                   # the engine's forward and backward
        p, norm = descend(optimiser, p, gradients, clip=1.0)
        yield Step(done, total, loss)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quizdl.engine.activations import softmax
from quizdl.engine.adaptive import RMSProp
from quizdl.engine.clipping import clip_by_global_norm
from quizdl.engine.optimisers import SGD, Adam, Momentum, Optimiser
from quizdl.errors import InputError
from quizdl.labs.core import Array, Curves, Series, Weights
from quizdl.text import Text

OPTIMISERS = ("sgd", "momentum", "rmsprop", "adam")
"""The names that `optimiser` knows, for an `Option`'s choices."""

MOST_POINTS = 200
"""More points than this on one line can be seen by nobody; a thinned line keeps its first and last one."""


def optimiser(name: str, lr: float) -> Optimiser:
    """The engine's optimiser of that name, with its customary settings."""
    known: dict[str, Callable[[float], Optimiser]] = {
        "sgd": SGD,
        "momentum": Momentum,
        "rmsprop": RMSProp,
        "adam": Adam,
    }
    return known[name](lr)


def descend(
    method: Optimiser, p: Mapping[str, Array], gradients: Mapping[str, Array], *, clip: float = 0.0
) -> tuple[dict[str, Array], float]:
    """The parameters after one step, and the norm that all their gradients had together before they were clipped.

    clip: the longest that norm may be; 0 clips nothing. Gradients of anything but parameters are left out.
    """
    wanted = {name: gradients[name] for name in p}
    clipped, norm = clip_by_global_norm(wanted, clip if clip > 0 else np.inf)
    return dict(method.update(p, clipped)), norm


def minibatches(rng: np.random.Generator, count: int, size: int) -> Iterator[NDArray[np.intp]]:
    """The row numbers of one epoch in random order, `size` at a time; the last batch may be smaller."""
    order = rng.permutation(count)
    for start in range(0, count, size):
        yield order[start : start + size]


def endless_minibatches(rng: np.random.Generator, count: int, size: int) -> Iterator[NDArray[np.intp]]:
    """Epoch after epoch of `minibatches`, for loops that count updates."""
    while True:
        yield from minibatches(rng, count, size)


def float32(p: Mapping[str, Any]) -> dict[str, Array]:
    """The same parameters in single precision, which trains about twice as fast."""
    return {name: np.asarray(w, dtype=np.float32) for name, w in p.items()}


def one_hot(ids: Any, count: int, dtype: Any = np.float32) -> Array:
    """(…,) ids → (…, count), a 1 at each id."""
    return np.asarray(np.eye(count, dtype=dtype)[np.asarray(ids)])


def drawn(rng: np.random.Generator, scores: Array, temperature: float = 1.0) -> NDArray[np.intp]:
    """One id for each row of scores (N, V), drawn from softmax(scores/temperature); → (N,)."""
    below = np.cumsum(softmax(scores / temperature), axis=-1)
    return np.asarray((below <= rng.random((len(scores), 1)) * below[:, -1:]).sum(axis=-1))


def moving_mean(values: Sequence[float], window: int) -> list[float]:
    """Each value's mean with the window − 1 before it (fewer at the beginning), which shows the trend under noise.

    >>> moving_mean([1.0, 3.0, 5.0], 2)
    [1.0, 2.0, 4.0]
    """
    total = np.concatenate([[0.0], np.cumsum(np.asarray(values, dtype=np.float64))])
    ends = np.arange(1, len(total))
    starts = np.maximum(ends - window, 0)
    return [float(mean) for mean in (total[ends] - total[starts]) / (ends - starts)]


def line(name: Text, ys: Iterable[float], xs: Iterable[float] | None = None) -> Series:
    """A line of a plot, thinned to what can be seen; xs count from 1 unless they are given."""
    heights = [float(y) for y in ys]
    places = [float(x) for x in xs] if xs is not None else [float(n) for n in range(1, len(heights) + 1)]
    if len(heights) > MOST_POINTS:
        kept = np.unique(np.linspace(0, len(heights) - 1, MOST_POINTS).round().astype(int))
        heights, places = [heights[i] for i in kept], [places[i] for i in kept]
    return Series(name, tuple(places), tuple(heights))


def loss_curves(losses: Mapping[Text, Sequence[float]], *, smooth: int = 1, log: bool = True) -> Curves:
    """The loss of each network, update by update: the picture that every lab ends with."""
    series = tuple(line(name, moving_mean(values, smooth)) for name, values in losses.items())
    return Curves(Text("損失の推移", "Loss"), Text("更新回数", "updates"), Text("損失", "loss"), series, log=log)


def accuracy_curves(accuracies: Mapping[Text, Sequence[tuple[float, float]]]) -> Curves:
    """The accuracy of each network, as pairs of (updates, share)."""
    series = tuple(line(name, [y for _, y in pairs], [x for x, _ in pairs]) for name, pairs in accuracies.items())
    return Curves(Text("正解率の推移", "Accuracy"), Text("更新回数", "updates"), Text("正解率", "accuracy"), series)


def put_back(p: Mapping[str, Array], weights: Weights, prefix: str = "") -> dict[str, Array]:
    """The parameters with the values of `weights` under prefix + name, in their own precision.

    Raises InputError for a name that is missing and for a shape that is another one. What `weights` has besides is not
    looked at: `need_no_others` does.
    """
    found = {}
    for name, w in p.items():
        full = prefix + name
        if full not in weights:
            raise InputError(Text(f"重み {full} がありません。", f"The weights have no {full}."), _ANOTHER_LAB, full)
        given = weights[full]
        if given.shape != w.shape:
            raise InputError(
                Text(
                    f"{full} は {w.shape} が必要ですが、{given.shape} です。",
                    f"{full} must be {w.shape}, found {given.shape}.",
                ),
                _ANOTHER_SIZE,
                full,
            )
        found[name] = given.astype(w.dtype)
    return found


def need_no_others(weights: Weights, known: Iterable[str]) -> None:
    """Raises InputError where weights hold a parameter that the lab does not have."""
    for name in sorted(set(weights) - set(known)):
        raise InputError(
            Text(f"{name} はこの実験の重みではありません。", f"{name} is no weight of this lab."), _ANOTHER_LAB, name
        )


_ANOTHER_LAB = Text(
    "同じ実験の --save で書き出したファイルか確かめてください。", "Use a file that --save of the same lab wrote."
)
_ANOTHER_SIZE = Text(
    "保存したときと同じ設定（hidden_size など）で実行してください。",
    "Run with the settings of the saved run (hidden size and the like).",
)
