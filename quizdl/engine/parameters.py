"""A network's parameters by dotted name: the part that a layer gets, their check, and how their gradients come back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.arrays import Array, Sizes, arriving, checked
from quizdl.engine.errors import RangeError, ShapeError
from quizdl.engine.tape import Recording, replayed


def part(p: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """The parameters of one part of a network, by the names that they have inside it."""
    return {name.removeprefix(prefix): x for name, x in p.items() if name.startswith(prefix)}


def within(prefix: str, p: Mapping[str, Any]) -> dict[str, Any]:
    """A part's parameters, or their shapes, by the names that they have in the whole network."""
    return {prefix + name: x for name, x in p.items()}


def width(x: ArrayLike | None) -> int:
    """The size of the last axis, 0 where there is none: for a size that is named after another's double."""
    return np.shape(x)[-1] if x is not None and np.ndim(x) else 0


def fitted(
    p: Mapping[str, ArrayLike], shapes: Mapping[str, str], sizes: Sizes, *, optional: tuple[str, ...] = ()
) -> dict[str, Array]:
    """A network's parameters as floats of one dtype, once there is one of each name and the shapes agree.

    Those whose last name is among `optional` may be missing. Raises ShapeError or RangeError, naming the parameter.
    """
    need_names(p, shapes, optional)
    names = [name for name in shapes if name in p]
    return dict(zip(names, checked(sizes, **{name: (p[name], shapes[name]) for name in names}), strict=True))


def need_names(p: Mapping[str, Any], shapes: Mapping[str, str], optional: tuple[str, ...] = ()) -> None:
    """Raises ShapeError for a missing parameter that is not optional by its last name, RangeError for one too many."""
    for name in shapes:
        if name not in p and name.rpartition(".")[2] not in optional:
            raise ShapeError(name, "このパラメータが p にありません", "this parameter is missing from p")
    for name in p:
        if name not in shapes:
            raise RangeError(name, "このネットワークにないパラメータです", "the network has no such parameter")


def replayed_as(cache: Recording, **above: ArrayLike | None) -> dict[str, Array]:
    """`replayed`, once what arrives at each output is known to fit it, by name; None where nothing arrives."""
    given = zip(above.items(), cache.outputs, strict=True)
    return replayed(*(None if d is None else arriving(d, y.shape, name) for (name, d), y in given), cache=cache)
