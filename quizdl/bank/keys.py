"""The key of a variant and its known mistakes, in the form that `Asked` stores: functions of question and values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from quizdl.bank.alike import same_expression
from quizdl.bank.solutions import changed
from quizdl.bank.values import Values, broken, number, read
from quizdl.errors import BankError, FormulaError
from quizdl.formula import bind, show
from quizdl.model import Choice, Code, Essay, Expression, Numeric, Order, Question, Shape, Term, Words
from quizdl.text import Text

Key: TypeAlias = tuple[str, ...]


class Mistake(NamedTuple):
    """A known wrong answer on one draw, in the same form as the key."""

    id: str
    answer: Key
    why: Text


def key_of(question: Question, values: Values) -> Key:
    """The key, as `Asked.key` says it. Raises BankError where it cannot be computed."""
    try:
        return _KEYS[type(question)](question, values)
    except FormulaError as error:
        raise broken(question, "answer", values, error) from error
    except (ValueError, OverflowError) as error:
        raise BankError(
            Text(f"{question.id}: 正解の値 {error} は使えません。", f"{question.id}: {error} cannot be a key."),
            Text("answer か、値の範囲を直してください。", "Mend `answer`, or the values' ranges."),
            question.place or None,
        ) from error


def mistakes_of(question: Question, values: Values) -> list[Mistake]:
    """The known mistakes that differ from the key and from one another on this draw; the others are dropped."""
    key = key_of(question, values)
    kept: list[Mistake] = []
    for mistake in all_mistakes(question, values):
        answers = [key, *(one.answer for one in kept)]
        if not any(same_answer(question, mistake.answer, answer, values) for answer in answers):
            kept.append(mistake)
    return kept


def all_mistakes(question: Question, values: Values) -> list[Mistake]:
    """Every known mistake that gives an answer of the question's form on this draw, in the author's order."""
    answer_of = _MISTAKES[type(question)]
    found = []
    for mistake in getattr(question, "mistakes", ()):
        try:
            found.append(Mistake(mistake.id, answer_of(question, mistake, values), mistake.why))
        except (FormulaError, ValueError, OverflowError):
            continue  # a wrong formula may well divide by zero on some draws; nobody can give that answer then
    return found


def same_answer(question: Question, one: Key, other: Key, values: Mapping[str, object]) -> bool:
    """Whether the grader could not tell these answers apart."""
    if isinstance(question, Numeric):
        got, key = float(one[0]), float(other[0])
        return abs(got - key) <= max(question.tolerance.rel * abs(key), question.tolerance.abs)
    if isinstance(question, Expression):
        return same_expression(one[0], other[0], question.symbols)
    return one == other


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(str(value))
    return value


def _numeric(formula: str, values: Values) -> Key:
    value = number(formula, values)
    # 12 digits are far finer than any tolerance, and spare the reader 0.06399999999999997
    return (str(value) if isinstance(value, int) else f"{_finite(value):.12g}",)


def _shape(axes: Iterable[str], values: Values) -> Key:
    return tuple(str(_axis(number(axis, values))) for axis in axes)


def _axis(value: float) -> int:
    """An axis' length: a whole number, perhaps computed as a float. Raises ValueError for anything else."""
    if not _finite(value) == int(value) or value < 0:
        raise ValueError(str(value))
    return int(value)


def _expression(formula: str, values: Values) -> Key:
    numbers = {name: value for name, value in values.items() if not isinstance(value, str)}
    return (show(bind(read(formula, integers=False), numbers)),)


def _words(words: Words) -> Key:
    return (*words.ja, *words.en)


def _steps(order: Sequence[int]) -> Key:
    return tuple(str(step) for step in order)


def _program(question: Code) -> Key:
    return (question.solution if question.answer is None else question.answer,)


_KEYS: dict[type, Callable[[Any, Values], Key]] = {
    Choice: lambda question, values: tuple(option.id for option in question.options if option.correct),
    Numeric: lambda question, values: _numeric(question.answer, values),
    Shape: lambda question, values: _shape(question.answer, values),
    Expression: lambda question, values: _expression(question.answer, values),
    Term: lambda question, values: _words(question.accept),
    Order: lambda question, values: _steps(range(1, len(question.steps) + 1)),
    Code: lambda question, values: _program(question),
    Essay: lambda question, values: tuple(point.id for point in question.rubric),
}

_MISTAKES: dict[type, Callable[[Any, Any, Values], Key]] = {
    Choice: lambda question, mistake, values: (),
    Numeric: lambda question, mistake, values: _numeric(mistake.answer, values),
    Shape: lambda question, mistake, values: _shape(mistake.answer, values),
    Expression: lambda question, mistake, values: _expression(mistake.answer, values),
    Term: lambda question, mistake, values: _words(mistake.accept),
    Order: lambda question, mistake, values: _steps(mistake.order),
    Code: lambda question, mistake, values: (mistake.fill or changed(question, mistake.change or {}),),
    Essay: lambda question, mistake, values: _words(mistake.phrases),
}
