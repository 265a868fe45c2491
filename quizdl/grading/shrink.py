"""Shrinks a failing case to a small readable one: fewer axes, smaller sizes, rounder numbers.

Candidates are tried in batches, one child process a batch, at most three batches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TypeAlias

import numpy as np

from quizdl.grading.compare import Array, array_like, numeric
from quizdl.grading.evidence import Failure
from quizdl.grading.inputs import Case, allowed, simple_cases
from quizdl.grading.printed import short, short_pair
from quizdl.model import Code, Counterexample

Judge: TypeAlias = Callable[[Sequence[Case]], Sequence[Failure]]
"""Runs the learner's code on cases and returns the failures among them."""

_ROUNDS = 3
_REDRAWN = 36
_BATCH = 72
_PLAIN_ELEMENTS = 4
_PLAIN_CHARACTERS = 2
_SINGLE_ENTRIES = 12
_PLAIN_TO_SEE = 0.05


def shrink(question: Code, first: Failure, judge: Judge, seed: int) -> Failure:
    """The simplest failure found that fails in the same manner as `first`, `first` itself where none is simpler."""
    best = first
    for number in range(_ROUNDS):
        if _is_plain(best.case):
            break
        redrawn = simple_cases(question, seed, _REDRAWN) if number == 0 else []
        batch = [*redrawn, *islice(_simpler(question, best.case), _BATCH - len(redrawn))]
        found = [failure for failure in judge(batch) if _alike(first, failure)] if batch else []
        best = min([best, *found], key=lambda failure: _complexity(failure.case))
    return best


def counterexample(failure: Failure) -> Counterexample:
    """The case in short printed forms."""
    expected, got = short_pair(failure.expected, failure.got)
    if failure.error is not None:
        got = failure.error.en.partition(" (line ")[0]  # Python's own words; where it was is told in the feedback
    return Counterexample(
        inputs={name: short(value) for name, value in failure.case.inputs.items()}, expected=expected, got=got
    )


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


def _is_plain(case: Case) -> bool:
    elements, characters = _complexity(case)
    return elements <= _PLAIN_ELEMENTS and characters <= _PLAIN_CHARACTERS * elements


def _complexity(case: Case) -> tuple[int, int]:
    """How many numbers there are to read, and how long they are."""
    entries = [entry for value in case.inputs.values() for entry in _entries(value)]
    return len(entries), sum(len(f"{entry:.12g}") for entry in entries[:100])


def _entries(value: object) -> list[float]:
    numbers = array_like(value)
    return [] if numbers is None else [float(entry) for entry in numbers.astype(float).ravel()]


def _simpler(question: Code, case: Case) -> Iterator[Case]:
    """The case with one argument made simpler, the boldest changes first."""
    arguments = {name: np.asarray(value) for name, value in case.inputs.items() if _is_decimal(value)}
    bold = [(name, new) for name, value in arguments.items() for new in _whole_changes(value)]
    fine = [(name, new) for name, value in arguments.items() for new in _single_changes(value)]
    for name, new in [*bold, *fine]:
        same = np.array_equal(new, arguments[name], equal_nan=True)
        if not same and all(allowed(question, name, float(entry)) for entry in new.flat):
            yield Case({**case.inputs, name: new if new.ndim else float(new)}, case.edge)


def _is_decimal(value: object) -> bool:
    return isinstance(value, float) or (isinstance(value, np.ndarray) and value.dtype == np.float64)


def _whole_changes(value: Array) -> Iterator[Array]:
    yield np.zeros_like(value)
    yield np.ones_like(value)
    yield np.round(value) + 0.0
    yield np.round(value, 1) + 0.0


def _single_changes(value: Array) -> Iterator[Array]:
    for place in range(min(value.size, _SINGLE_ENTRIES) if value.ndim else 0):
        for entry in (0.0, 1.0, np.round(value.flat[place]) + 0.0):
            changed = value.copy()
            changed.flat[place] = entry
            yield changed
