"""Shrinks a failing case to one that can be checked by hand: fewer axes, smaller sizes, zeros, ones, whole numbers.

Candidates are tried in batches, one child process a batch. The first batch draws anew from the question's specs, which
alone know what sizes belong together; the others make the best case simpler, and what was simpler in several places is
tried together in the next.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import chain, combinations, islice
from typing import TypeAlias

import numpy as np

from quizdl.grading.compare import Array, array_like, numeric
from quizdl.grading.evidence import Failure
from quizdl.grading.inputs import Case, allowed, simple_cases
from quizdl.model import Code

Judge: TypeAlias = Callable[[Sequence[Case]], Sequence[Failure]]
"""Runs the learner's code on cases and returns the failures among them."""

_ROUNDS = 4
REDRAWN = 24
_BATCH = 36
_PLAIN = 6
_MOST_TOGETHER = 12
_SINGLE_ENTRIES = 12
_PLAIN_TO_SEE = 0.05


def shrink(question: Code, first: Failure, judge: Judge, seed: int) -> Failure:
    """The simplest failure found that fails in the same manner as `first`, `first` itself where none is simpler."""
    search = Shrinking(question, first, lambda: simple_cases(question, seed, REDRAWN))
    while batch := search.batch:
        search.take(judge(batch))
    return search.best


class Shrinking:
    """The same search, by whoever runs the code: try `batch`, then `take` the failures among it, until it is empty."""

    def __init__(self, question: Code, first: Failure, simple: Callable[[], Sequence[Case]]) -> None:
        """simple: cases from the question's own specs."""
        self.best = first
        self._steps = self._search(question, first, simple)
        self.batch = next(self._steps, [])

    def take(self, failures: Sequence[Failure]) -> None:
        """What of the batch failed. Sets the next batch and the best failure so far."""
        try:
            self.batch = self._steps.send(failures)
        except StopIteration:
            self.batch = []

    def _search(
        self, question: Code, first: Failure, simple: Callable[[], Sequence[Case]]
    ) -> Generator[list[Case], Sequence[Failure], None]:
        simpler = list[Case]()
        for number in range(_ROUNDS):
            before = complexity(self.best.case)
            if sum(before) <= _PLAIN:
                return
            redrawn = simple() if number == 0 else []
            changed = chain(_together(self.best.case, simpler), _simpler(question, self.best.case))
            lighter = islice((case for case in changed if complexity(case) < before), _BATCH - len(redrawn))
            batch = [*redrawn, *lighter]
            found = [failure for failure in (yield batch) if _alike(first, failure)] if batch else []
            if not found:
                return
            simpler = [failure.case for failure in found if complexity(failure.case) < before]
            self.best = min([self.best, *found], key=lambda failure: complexity(failure.case))


def _alike(first: Failure, other: Failure) -> bool:
    """Whether `other` shows the same fault, and as plainly."""
    if first.manner != other.manner or (_is_finite(first.expected) and not _is_finite(other.expected)):
        return False
    return _visibility(other) >= min(_visibility(first), _PLAIN_TO_SEE)


def _visibility(failure: Failure) -> float:
    """The largest error relative to the largest entry; infinite where something other than values differs."""
    if failure.difference is None or failure.difference.reason != "value":
        return np.inf
    key, got = np.asarray(failure.difference.expected), np.asarray(failure.difference.got)
    with np.errstate(all="ignore"):
        error = np.nan_to_num(np.abs(got - key), nan=0.0).max(initial=0.0)
        return float(error / np.abs(key).max(initial=0.0)) if np.any(key) else np.inf


def _is_finite(expected: object) -> bool:
    if isinstance(expected, tuple | list):
        return all(map(_is_finite, expected))
    numbers = numeric(expected)
    return numbers is None or bool(np.isfinite(numbers).all())


def complexity(case: Case) -> tuple[int, int]:
    """How many numbers there are, and how hard to work with: zeros least, then ones, then other whole numbers."""
    entries = [entry for value in case.inputs.values() for entry in _entries(value)]
    return len(entries), sum(map(_weight, entries))


def _weight(entry: float) -> int:
    if entry == 0:
        return 0
    return 1 if abs(entry) == 1 else 1 + len(f"{abs(entry):.12g}")


def _weights(array: Array) -> Array:
    return np.array([_weight(entry) for entry in array.ravel().tolist()]).reshape(array.shape)


def _entries(value: object) -> list[float]:
    numbers = array_like(value)
    return [] if numbers is None or numbers.dtype.kind == "c" else numbers.astype(float).ravel().tolist()


# --- simpler cases --------------------------------------------------------------------------------------------------


def _simpler(question: Code, case: Case) -> Iterator[Case]:
    """The case with one or two arguments made simpler, the boldest changes first."""
    arguments = {name: np.asarray(value) for name, value in case.inputs.items() if _is_numeric(value)}
    zeros = {name: np.zeros_like(value) for name, value in arguments.items()}
    for names in (*combinations(arguments, 2), *((name,) for name in arguments)):
        yield from _allowed(question, case, {name: zeros[name] for name in names})
    for change in (_whole_changes, _entries_alone, _single_changes):
        for name, value in arguments.items():
            for new in change(value):
                yield from _allowed(question, case, {name: new})


def _allowed(question: Code, case: Case, new: dict[str, Array]) -> Iterator[Case]:
    """The changed case, if it differs and is one that the author could have meant."""
    if all(np.array_equal(value, np.asarray(case.inputs[name]), equal_nan=True) for name, value in new.items()):
        return
    if all(allowed(question, name, float(entry)) for name, value in new.items() for entry in value.flat):
        plain = {name: value if value.ndim else value.item() for name, value in new.items()}
        yield Case({**case.inputs, **plain}, case.edge)


def _is_numeric(value: object) -> bool:
    return isinstance(value, float) or (isinstance(value, np.ndarray) and value.dtype in (np.float64, np.int64))


def _whole_changes(value: Array) -> Iterator[Array]:
    yield np.ones_like(value)
    yield np.round(value) + value.dtype.type(0)
    yield np.round(value, 1) + value.dtype.type(0)
    if value.ndim == 2 and value.shape[0] == value.shape[1]:
        yield np.eye(len(value), dtype=value.dtype)


def _entries_alone(value: Array) -> Iterator[Array]:
    """One entry kept, the others zero."""
    for place in np.flatnonzero(value)[:_SINGLE_ENTRIES] if value.size > 1 else ():
        alone = np.zeros_like(value)
        alone.flat[place] = value.flat[place]
        yield alone


def _single_changes(value: Array) -> Iterator[Array]:
    for place in np.flatnonzero(value)[:_SINGLE_ENTRIES]:
        for entry in (0.0, 1.0, np.round(value.flat[place]) + 0.0):
            changed = value.copy()
            changed.flat[place] = entry
            yield changed


def _together(best: Case, simpler: Sequence[Case]) -> Iterator[Case]:
    """What made the case simpler in one place each, made in more and more places at once."""
    alike = [case for case in simpler if case is not best and _same_form(best, case)]
    for order in (alike, alike[::-1]):
        merged = best
        for case in sorted(order, key=complexity)[:_MOST_TOGETHER]:
            merged = _merged(merged, case)
            yield merged


def _same_form(one: Case, other: Case) -> bool:
    return all(_shape(one.inputs[name]) == _shape(other.inputs[name]) for name in one.inputs)


def _shape(value: object) -> tuple[int, ...] | None:
    return np.asarray(value).shape if _is_numeric(value) else None


def _merged(one: Case, other: Case) -> Case:
    """Entry by entry, the simpler of the two."""
    inputs = dict(one.inputs)
    for name, value in other.inputs.items():
        if _is_numeric(value):
            mine, theirs = np.asarray(one.inputs[name]), np.asarray(value)
            new = np.where((theirs != mine) & (_weights(theirs) < _weights(mine)), theirs, mine)
            inputs[name] = new if new.ndim else new.item()
    return Case(inputs, one.edge)
