"""Causes found by computing the key anew on changed inputs: an input forgotten, another axis, one step more or less.

A learner who forgets `b` gets the right result for `b = 0`: what equals that on every input is named so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from quizdl.grading.compare import Array, compare, numeric
from quizdl.grading.evidence import Observed
from quizdl.grading.inputs import Case
from quizdl.grading.keys import LenientKeys
from quizdl.grading.leaf_rules import ENOUGH
from quizdl.text import Text

_BIAS = re.compile(r"(?:b|beta|bias)(?:_\w+|\d+)?")
_LOOKED_AT = 8


@dataclass(frozen=True, slots=True)
class _Emulation:
    """What somebody may have computed instead: the key of a changed case, laid out as the right one perhaps is."""

    cause: str
    name: str
    change: Callable[[Case], Case]
    layout: Callable[[object, object], object] = lambda result, right: result

    def on(self, case: Case) -> Case | None:
        """The changed case; None where it cannot be changed so."""
        try:
            return self.change(case)
        except (ValueError, IndexError):
            return None


def emulated_causes(seen: Observed, keys: LenientKeys) -> dict[str, Text]:
    """The causes that give the learner's result on every case: id → sentence."""
    if len(seen.failing) < 2 or any(result.error is not None for result in seen.results):
        return {}
    telling = max(seen.failing, key=lambda place: len(_entries(seen.results[place].value)))
    tried = [one for one in _emulations(seen.cases[telling]) if one.on(seen.cases[telling]) is not None]
    fitting = [one for one in tried if _fits(one, seen, [telling], keys)]
    return _told([one for one in fitting if _fits(one, seen, range(len(seen.cases)), keys) and _is_telling(seen)])


def _fits(emulation: _Emulation, seen: Observed, places: Sequence[int], keys: LenientKeys) -> bool:
    """Whether it gives what the learner's code gave, at all these places."""
    changed = [case for place in places if (case := emulation.on(seen.cases[place])) is not None]
    if len(changed) < len(places):
        return False
    answers = keys(changed)
    return all(
        answer is not None and _equals(emulation, answer, seen.expected[place], seen.results[place].value)
        for place, answer in zip(places, answers, strict=True)
    )


def _equals(emulation: _Emulation, answer: object, right: object, got: object) -> bool:
    try:
        return compare(emulation.layout(answer, right), got) is None
    except ValueError:  # there is no such layout
        return False


def _is_telling(seen: Observed) -> bool:
    """Whether enough different entries are wrong to believe in a rule."""
    wrong = [seen.results[place].value for place in seen.failing]
    return len({entry for value in wrong for entry in _entries(value)[:_LOOKED_AT]}) >= ENOUGH


def _entries(value: object) -> list[float]:
    if isinstance(value, tuple | list):
        return [entry for part in value for entry in _entries(part)]
    array = numeric(value)
    return [] if array is None or array.dtype.kind == "c" else [float(entry) for entry in array.ravel()]


def _emulations(case: Case) -> Iterator[_Emulation]:
    for name, value in case.inputs.items():
        array = numeric(value)
        if array is None:
            continue
        if array.dtype.kind == "f":
            yield _Emulation(
                "forgotten_bias" if _BIAS.fullmatch(name) else "forgotten_input", name, _with(name, _zeros)
            )
            yield _Emulation("forgotten_input", name, _with(name, np.ones_like))
        if array.ndim:
            yield _Emulation("off_by_one", name, _with(name, lambda array: array[1:]))
            yield _Emulation("off_by_one", name, _with(name, lambda array: array[:-1]))
        elif array.dtype.kind in "iu":
            yield _Emulation("off_by_one", name, _with(name, lambda number: number + 1))
            yield _Emulation("off_by_one", name, _with(name, lambda number: number - 1))
    yield from _axes(case)


def _axes(case: Case) -> Iterator[_Emulation]:
    """Matrices of one shape turned together (`p` and `y`), or all their entries taken as one row.

    Where they are all there is, that is another axis; a matrix among other arrays (a weight) is only transposed.
    """
    shapes = {name: array.shape for name, value in case.inputs.items() if (array := numeric(value)) is not None}
    for shape in sorted({shape for shape in shapes.values() if len(shape) == 2}):
        names = [name for name, other in shapes.items() if other == shape]
        cause = "wrong_axis" if len(names) == sum(bool(other) for other in shapes.values()) else "transposed"
        yield _Emulation(cause, names[0], _all_with(names, np.transpose))
        yield _Emulation(cause, names[0], _all_with(names, np.transpose), _turned)
        yield _Emulation("whole_array", names[0], _all_with(names, np.ravel), _shaped)


def _zeros(array: Array) -> Array:
    return np.zeros_like(array)


def _turned(result: object, right: object) -> object:
    return np.asarray(result).T


def _shaped(result: object, right: object) -> object:
    return np.asarray(result).reshape(np.asarray(right).shape)


def _with(name: str, change: Callable[[Array], Array]) -> Callable[[Case], Case]:
    return _all_with([name], change)


def _all_with(names: Sequence[str], change: Callable[[Array], Array]) -> Callable[[Case], Case]:
    def changed(case: Case) -> Case:
        return replace(case, inputs={**case.inputs, **{name: _new(case.inputs[name], change) for name in names}})

    return changed


def _new(value: object, change: Callable[[Array], Array]) -> object:
    """A number stays a number."""
    array = change(np.asarray(value))
    return array if isinstance(value, np.ndarray) else np.asarray(array).item()


def _told(fitting: Sequence[_Emulation]) -> dict[str, Text]:
    """One sentence a cause; where it fits for several inputs alike, all of them are named."""
    names: dict[str, list[str]] = {}
    for one in fitting:
        if one.name not in names.setdefault(one.cause, []):
            names[one.cause].append(one.name)
    return {f"generic:{cause}": _SENTENCES[cause]("/".join(found)) for cause, found in names.items()}


_SENTENCES: dict[str, Callable[[str], Text]] = {
    "forgotten_bias": lambda names: Text(
        f"バイアス {names} を足していないときの結果と一致します。",
        f"It equals the result without the bias `{names}`.",
    ),
    "forgotten_input": lambda names: Text(
        f"引数 {names} を使っていないときの結果と一致します。",
        f"It equals the result without the argument `{names}`.",
    ),
    "off_by_one": lambda names: Text(
        f"{names} を 1 つ多く、または少なく数えたときの結果と一致します。",
        f"It equals the result with one step of `{names}` too many or too few.",
    ),
    "transposed": lambda names: Text(
        f"引数 {names} を転置して使ったときの結果と一致します。",
        f"It equals the result with the argument `{names}` transposed.",
    ),
    "wrong_axis": lambda names: Text(
        f"{names} の別の軸に沿って計算したときの結果と一致します。axis を確認してください。",
        f"It equals the result along the other axis of `{names}`: check the `axis`.",
    ),
    "whole_array": lambda names: Text(
        f"1 つの軸ではなく、{names} 全体で計算したときの結果と一致します。axis を確認してください。",
        f"It equals the result over the whole of `{names}`, not along one axis: check the `axis`.",
    ),
}
