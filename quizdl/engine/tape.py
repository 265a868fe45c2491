"""The coarse tape: whole networks get their backward from the pairs of the layers that they are made of.

`apply(affine_forward, x=h, W=W, b=b)` runs the forward and notes which backward undoes it. Going back, the notes are
read in reverse, and each layer's backward is the one that stands beside its forward: the tape adds nothing to the
mathematics but the sum over all the places where a value was used (the chain rule's "+").

A network is then three functions: what it computes (on values), and the pair that everybody calls:

    def encode(x, p): …                                       on values, reads like the equations
    def encoder_forward(x, p): return recorded(encode, x=x, p=p)
    def encoder_backward(dy, cache): return replayed(dy, cache=cache)
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from quizdl.engine import elementary
from quizdl.engine.arrays import Array, arriving, real

Values: TypeAlias = "Mapping[str, Value]"
"""A network's parameters by name, on the tape."""


class Value:
    """An array on the tape. Values are made by `apply` and by `recorded`; `+`, `−`, `*` and `[…]` make new ones."""

    __slots__ = ("data", "tape")

    def __init__(self, data: Array, tape: Tape) -> None:
        self.data = data
        self.tape = tape

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's shape."""
        return self.data.shape

    def __len__(self) -> int:
        return len(self.data)

    def __add__(self, other: Value | Array) -> Value:
        return one(apply(elementary.add_forward, a=self, b=other))

    def __sub__(self, other: Value | Array) -> Value:
        return one(apply(elementary.subtract_forward, a=self, b=other))

    def __mul__(self, other: Value | Array | float) -> Value:
        if isinstance(other, int | float):
            return one(apply(elementary.scale_forward, x=self, factor=other))
        return one(apply(elementary.multiply_forward, a=self, b=other))

    def __matmul__(self, other: Value | Array) -> Value:
        return one(apply(elementary.matmul_forward, a=self, b=other))

    def __getitem__(self, index: Any) -> Value:
        return one(apply(elementary.take_forward, x=self, index=index))

    def reshape(self, *shape: int) -> Value:
        """With other axes, in the same order of entries."""
        return one(apply(elementary.reshape_forward, x=self, shape=shape))

    def transpose(self, *axes: int) -> Value:
        """With the axes in another order."""
        return one(apply(elementary.transpose_forward, x=self, axes=axes))


class _Step(NamedTuple):
    """One layer that ran: what came out, what went in by name, and how to go back."""

    outputs: tuple[Value, ...]
    arguments: Mapping[str, Any]
    backward: Callable[..., Mapping[str, Any]]
    cache: Any


class Tape:
    """The layers that have run, in order."""

    def __init__(self) -> None:
        self.steps: list[_Step] = []

    def watch(self, x: Any) -> Any:
        """An array, or a mapping or sequence of arrays, as values whose gradients are wanted."""
        if isinstance(x, Mapping):
            return {name: self.watch(part) for name, part in x.items()}
        if isinstance(x, list | tuple):
            return type(x)(self.watch(part) for part in x)
        return Value(real(x), self)

    def backward(self, ends: Sequence[tuple[Value, Array]]) -> dict[int, Array]:
        """The gradient of every value that the ends depend on, by the value's `id`."""
        gradients: dict[int, Array] = {}
        for value, gradient in ends:
            _add(gradients, value, gradient)
        for step in reversed(self.steps):
            if any(id(y) in gradients for y in step.outputs):
                above = [gradients[id(y)] if id(y) in gradients else np.zeros_like(y.data) for y in step.outputs]
                below = step.backward(*above, step.cache)
                for name, gradient in below.items():
                    _add(gradients, step.arguments.get(name), gradient)
        return gradients


class Recording(NamedTuple):
    """The cache of a whole network: its tape, its outputs, and the values whose gradients are wanted."""

    tape: Tape
    outputs: tuple[Value, ...]
    watched: Mapping[str, Any]


def apply(
    forward: Callable[..., tuple[Any, Any]],
    *,
    backward: Callable[..., Mapping[str, Any]] | None = None,
    **arguments: Any,
) -> Any:
    """Runs a forward on values and arrays, by the names of its arguments → a value, or a tuple of values.

    `name_forward`'s backward is the `name_backward` of the same file, unless another is given.
    """
    tape = _tape_of(arguments)
    outputs, cache = forward(**{name: _data(x) for name, x in arguments.items()})
    values = tuple(Value(y, tape) for y in (outputs if isinstance(outputs, tuple) else (outputs,)))
    tape.steps.append(_Step(values, arguments, backward or _partner(forward), cache))
    return values if isinstance(outputs, tuple) else values[0]


def one(value: Any) -> Value:
    """The single value that `apply` gave, for the type checker."""
    return value  # type: ignore[no-any-return]


def constant(x: Value, data: Array) -> Value:
    """An array as a value on x's tape, for what a network begins with, such as a state of zeros."""
    return Value(data, x.tape)


def recorded(build: Callable[..., Any], /, *, options: Mapping[str, Any] | None = None, **arguments: Any) -> Any:
    """Runs `build` on a new tape → (output or outputs, cache); the arguments' gradients can be had by `replayed`."""
    tape = Tape()
    watched = {name: tape.watch(x) for name, x in arguments.items() if x is not None}
    absent = dict.fromkeys(name for name, x in arguments.items() if x is None)
    result = build(**watched, **absent, **(options or {}))
    outputs = result if isinstance(result, tuple) else (result,)
    data = tuple(y.data for y in outputs)
    return (data if isinstance(result, tuple) else data[0]), Recording(tape, outputs, watched)


def replayed(*above: Any, cache: Recording) -> dict[str, Any]:
    """One gradient for each output (None: nothing arrives) → one for each argument of `recorded`, under its name.

    Where an argument was a mapping (a network's parameters `p`), each of its arrays has a gradient of its own name, in
    the same dict. What an output does not depend on has a gradient of zeros.
    """
    ends = [
        (
            y,
            arriving(dy, y.shape, "dy").astype(y.data.dtype, copy=False),
        )  # a plain 1.0 must not widen a float32 network
        for y, dy in zip(cache.outputs, above, strict=True)
        if dy is not None
    ]
    gradients = cache.tape.backward(ends)
    found: dict[str, Any] = {}
    for name, value in cache.watched.items():
        if isinstance(value, Mapping):
            found |= {part: _collect(x, gradients) for part, x in value.items()}
        else:
            found[name] = _collect(value, gradients)
    return found


def _collect(value: Any, gradients: Mapping[int, Array]) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(_collect(part, gradients) for part in value)
    gradient = gradients.get(id(value))
    return np.zeros_like(value.data) if gradient is None else gradient


def _add(gradients: dict[int, Array], value: Any, gradient: Any) -> None:
    """Adds what arrived at a value, or at each of several; what is not on the tape needs no gradient."""
    if isinstance(value, Value):
        known = gradients.get(id(value))
        gradients[id(value)] = gradient if known is None else known + gradient
    elif isinstance(value, Mapping):
        for name, part in value.items():
            _add(gradients, part, gradient[name])
    elif isinstance(value, list | tuple):
        for part, piece in zip(value, gradient, strict=True):
            _add(gradients, part, piece)


def _data(x: Any) -> Any:
    if isinstance(x, Value):
        return x.data
    if isinstance(x, Mapping):
        return {name: _data(part) for name, part in x.items()}
    if isinstance(x, list | tuple) and any(isinstance(part, Value) for part in x):
        return type(x)(_data(part) for part in x)
    return x


def _tape_of(arguments: Mapping[str, Any]) -> Tape:
    for x in arguments.values():
        parts = x.values() if isinstance(x, Mapping) else x if isinstance(x, list | tuple) else (x,)
        for part in parts:
            if isinstance(part, Value):
                return part.tape
    raise TypeError("none of the arguments is a value: begin with recorded(…)")


def _partner(forward: Callable[..., Any]) -> Callable[..., Mapping[str, Any]]:
    name = forward.__name__.removesuffix("_forward") + "_backward"
    partner: Callable[..., Mapping[str, Any]] = getattr(sys.modules[forward.__module__], name)
    return partner
