"""Computes with an author's formulas: `values`, `where`, and the numbers of keys and mistakes, in plain Python."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TypeAlias

from quizdl.engine.counters import COUNTERS
from quizdl.errors import BankError, FormulaError
from quizdl.formula import Evaluator, Node, names_of, parse
from quizdl.model import Question
from quizdl.text import Text

Values: TypeAlias = dict[str, int | float | str]
Number: TypeAlias = int | float


@lru_cache(maxsize=4096)
def read(formula: str, integers: bool = True) -> Node:
    """The tree of an author's formula; read once, evaluated on every draw. Raises FormulaError."""
    return parse(formula, None, integers=integers)


def number(formula: str, values: Mapping[str, int | float | str]) -> Number:
    """The number that a formula gives with these values. Raises FormulaError."""
    numbers = {name: value for name, value in values.items() if not isinstance(value, str)}
    return _ready(formula)(numbers)


@lru_cache(maxsize=4096)
def _ready(formula: str) -> Evaluator:
    return Evaluator(read(formula), COUNTERS)


def compute(question: Question, drawn: Mapping[str, int | float | str]) -> Values:
    """The drawn values and the question's computed `values`. Raises BankError where one cannot be computed."""
    values: Values = dict(drawn)
    for name, formula in question.values.items():
        values[name] = _computed(question, name, formula, values)
    return values


def _computed(question: Question, name: str, formula: str, values: Values) -> Number:
    try:
        found = number(formula, values)
    except FormulaError as error:
        raise broken(question, f"values.{name}", values, error) from error
    return int(found) if isinstance(found, bool) else found  # a truth counts 0 or 1, in the record too


def holds(question: Question, drawn: Mapping[str, int | float | str]) -> Values | None:
    """All values where every `where` holds, else None.

    A condition is looked at as soon as all that it names is known: that keeps values that cannot be computed out, and
    spares the rest of a draw that is of no use.
    """
    values: Values = dict(drawn)
    waiting = {one: _names(one) & question.values.keys() for one in question.where}
    if not _met(question, waiting, values):
        return None
    for name, formula in question.values.items():
        values[name] = _computed(question, name, formula, values)
        if not _met(question, waiting, values):
            return None
    return values


def _met(question: Question, waiting: dict[str, frozenset[str]], values: Values) -> bool:
    """Whether those of the waiting conditions hold of which all is known now; they wait no longer."""
    ready = [one for one, needed in waiting.items() if needed <= values.keys()]
    for one in ready:
        del waiting[one]
    return all(_true(question, one, values) for one in ready)


@lru_cache(maxsize=4096)
def _names(formula: str) -> frozenset[str]:
    return frozenset(names_of(read(formula)))


def _true(question: Question, condition: str, values: Mapping[str, int | float | str]) -> bool:
    try:
        return bool(number(condition, values))
    except FormulaError as error:
        raise broken(question, "where", values, error) from error


def broken(question: Question, what: str, values: Mapping[str, int | float | str], error: FormulaError) -> BankError:
    """The bank's fault that a formula cannot be computed with these values."""
    drawn = ", ".join(f"{name} = {value}" for name, value in values.items()) or "-"
    return BankError(
        Text(
            f"{question.id}: {what} を計算できません（{drawn}）。{error.message.ja}",
            f"{question.id}: {what} cannot be computed ({drawn}). {error.message.en}",
        ),
        error.hint or Text("式か、値の範囲を直してください。", "Mend the formula, or the values' ranges."),
        question.place or None,
    )
