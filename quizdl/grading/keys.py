"""The right results, computed on the trusted side; the learner's process never sees them."""

from __future__ import annotations

import inspect
import threading
import warnings
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeAlias

import numpy as np

from quizdl.errors import BankError, GraderError
from quizdl.grading.inputs import Case
from quizdl.grading.program import program_of
from quizdl.model import Asked, Code
from quizdl.sandbox import Sandbox
from quizdl.text import Text

Keys: TypeAlias = Callable[[Sequence[Case]], list[object]]

LenientKeys: TypeAlias = Callable[[Sequence[Case]], list[object | None]]

_QUIET = threading.Lock()
"""Warnings are silenced for the whole process: two threads that did it at once could leave them so."""

OWN_SOLUTION = "solution"
"""What a bank outside the wheel writes as its reference: its worked solution, run in a sandboxed child of its own."""


def keys_of(asked: Asked, question: Code, sandbox: Sandbox) -> Keys:
    """What computes the right results of cases. Raises BankError for a reference that cannot be called."""
    if question.reference == OWN_SOLUTION:
        return lambda cases: _by_solution(asked, question, sandbox, cases)
    check_reference(question)
    return lambda cases: [_by_engine(question, case) for case in cases]


def lenient_keys_of(asked: Asked, question: Code, sandbox: Sandbox) -> LenientKeys:
    """What computes the results of cases that the question never draws; None for each that has none."""
    if question.reference == OWN_SOLUTION:
        return lambda cases: _by_solution_if_any(asked, question, sandbox, cases)
    return lambda cases: [_by_engine_if_any(question, case) for case in cases]


def _by_engine_if_any(question: Code, case: Case) -> object | None:
    try:
        with _QUIET, warnings.catch_warnings(action="ignore"):  # the mean of nothing, and the like
            return _by_engine(question, case)
    except GraderError:
        return None


def _by_solution_if_any(asked: Asked, question: Code, sandbox: Sandbox, cases: Sequence[Case]) -> list[object | None]:
    run = sandbox.run(program_of(question, asked.key[0]).job(cases))
    if run.outcome != "ok":
        return [None] * len(cases)
    return [None if result.error is not None else result.value for result in run.results]


def check_reference(question: Code) -> None:
    """Raises BankError where the reference is unknown, or needs an argument that the question does not draw."""
    if question.reference == OWN_SOLUTION:
        return
    missing = sorted(set(_arguments(question)) - set(question.inputs))
    if missing:
        names = ", ".join(missing)
        raise BankError(
            Text(
                f"{question.id}: 参照 {question.reference} の引数 {names} が inputs にありません。",
                f"{question.id}: the reference {question.reference} needs {names}, which `inputs` does not draw.",
            ),
            where=question.place or None,
        )


def _arguments(question: Code) -> tuple[str, ...]:
    _, names = _reference(question.reference)
    if names is None:
        raise BankError(
            Text(
                f"{question.id}: 参照 {question.reference} は quizdl/engine/references.py にありません。",
                f"{question.id}: quizdl/engine/references.py has no {question.reference}.",
            ),
            where=question.place or None,
        )
    return names


@lru_cache
def _reference(name: str) -> tuple[Callable[..., object] | None, tuple[str, ...] | None]:
    from quizdl.engine.references import REFERENCES

    function = REFERENCES.get(name)
    return function, None if function is None else tuple(inspect.signature(function).parameters)


def _by_engine(question: Code, case: Case) -> object:
    function, names = _reference(question.reference)
    if function is None or names is None:
        raise GraderError(Text("参照がありません。", "There is no reference."))
    try:
        with np.errstate(all="ignore"):  # a key may hold NaN or infinity on purpose
            return function(**{name: case.inputs[name] for name in names})
    except Exception as error:
        raise _broken(question, f"{type(error).__name__}: {error}") from error


def _by_solution(asked: Asked, question: Code, sandbox: Sandbox, cases: Sequence[Case]) -> list[object]:
    run = sandbox.run(program_of(question, asked.key[0]).job(cases))
    errors = [result.error for result in run.results if result.error is not None]
    if run.outcome != "ok" or errors:
        said = run.message or (errors[0] if errors else None)
        raise _broken(question, said.en if said else run.outcome)
    return [result.value for result in run.results]


def _broken(question: Code, why: str) -> GraderError:
    return GraderError(
        Text(
            f"正解の計算に失敗しました({question.reference}): {why}",
            f"The right result could not be computed ({question.reference}): {why}",
        ),
        hint=Text("quizdl bank check で問題を調べてください。", "Check the question with `quizdl bank check`."),
        where=question.id,
    )
