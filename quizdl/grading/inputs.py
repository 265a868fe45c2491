"""Draws the cases that a code question is tried on: the author's edges first, then random ones."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from quizdl.errors import BankError, InputError
from quizdl.grading.specs import Source, fault, placed, spec_of
from quizdl.model import Code
from quizdl.text import Text

RANDOM_CASES = 20
_SEEDS = 2**32


@dataclass(frozen=True, slots=True)
class Case:
    """One call of the learner's function: argument → value, in the function's order. edge: placed by the author."""

    inputs: dict[str, object]
    edge: bool = False


def draw_cases(question: Code, input_seed: int, count: int = RANDOM_CASES) -> list[Case]:
    """The question's edges, then `count` random cases; the same seed always gives the same cases.

    Raises BankError where `inputs`, `dims` or `edges` are malformed, InputError where the seed is out of range.
    """
    rng = _generator(input_seed)
    return [*_edges(question, rng), *(_drawn(question, rng) for _ in range(count))]


def simple_cases(question: Code, input_seed: int, count: int) -> list[Case]:
    """Random cases from the same specs, small and with round numbers, the smallest first. Raises as `draw_cases`."""
    rng = _generator(input_seed)
    return [_drawn(question, rng, slack=number * 3 // count, decimals=number % 2) for number in range(count)]


def _generator(input_seed: int) -> np.random.RandomState:
    if not 0 <= input_seed < _SEEDS:
        raise InputError(
            Text(f"入力シード {input_seed} は範囲外です。", f"The input seed {input_seed} is out of range."),
            hint=Text(f"--input-seed は 0 から {_SEEDS - 1} です。", f"--input-seed is from 0 to {_SEEDS - 1}."),
        )
    return np.random.RandomState(input_seed)


def check_inputs(question: Code) -> None:
    """Raises BankError where cases could not be drawn, or would not fit the function that the template defines."""
    _check_arguments(question)
    _check_dims(question)
    _check_aspects(question)
    for seed in range(3):
        draw_cases(question, seed)


def _edges(question: Code, rng: np.random.RandomState) -> Iterator[Case]:
    for number, edge in enumerate(question.edges, start=1):
        place = f"edges[{number}]"
        if set(edge) != set(question.inputs):
            expected = ", ".join(question.inputs)
            raise _at(
                question, place, fault(f"引数は過不足なく {expected} です。", f"It must give exactly {expected}.")
            )
        source = _source(question, rng)
        yield Case(
            {name: _value(question, f"{place}.{name}", edge[name], source) for name in question.inputs}, edge=True
        )


def _drawn(question: Code, rng: np.random.RandomState, slack: int | None = None, decimals: int | None = None) -> Case:
    source = _source(question, rng, slack, decimals)
    return Case({name: _value(question, f"inputs.{name}", spec, source) for name, spec in question.inputs.items()})


def _source(
    question: Code, rng: np.random.RandomState, slack: int | None = None, decimals: int | None = None
) -> Source:
    bare = Source(rng, slack=slack)
    return Source(rng, {name: bare.extent(*bounds) for name, bounds in question.dims.items()}, slack, decimals)


def _value(question: Code, place: str, written: object, source: Source) -> object:
    try:
        return placed(written, source)
    except BankError as error:
        raise _at(question, place, error) from error


def _at(question: Code, place: str, error: BankError) -> BankError:
    message = Text(f"{question.id}: {place}: {error.message.ja}", f"{question.id}: {place}: {error.message.en}")
    return BankError(message, where=question.place or None)


def _check_arguments(question: Code) -> None:
    written = _parameters(question)
    if written != list(question.inputs):
        raise _at(
            question,
            "inputs",
            fault(
                f"template の関数 {question.function} の引数({', '.join(written)})と順序まで揃えます。",
                f"They must be the arguments of {question.function} in the template, in order: {', '.join(written)}.",
            ),
        )


def _parameters(question: Code) -> list[str]:
    try:
        body = ast.parse(question.template).body
    except SyntaxError as error:
        raise _at(
            question, "template", fault(f"Python ではありません: {error}", f"It is no Python: {error}")
        ) from error
    for statement in body:
        if isinstance(statement, ast.FunctionDef) and statement.name == question.function:
            return [argument.arg for argument in (*statement.args.posonlyargs, *statement.args.args)]
    raise _at(
        question,
        "template",
        fault(f"関数 {question.function} がありません。", f"It defines no function {question.function}."),
    )


def _check_dims(question: Code) -> None:
    for name, (low, high) in question.dims.items():
        if not 0 < low <= high:
            bounds = f"[{low}, {high}]"
            raise _at(question, f"dims.{name}", fault(f"範囲 {bounds} が空です。", f"The range {bounds} is empty."))


def _check_aspects(question: Code) -> None:
    if question.aspects and "values" not in question.aspects:
        raise _at(question, "aspects", fault("values も入れます。", "`values` must be among them."))
    if "edges" in question.aspects and not question.edges:
        raise _at(question, "aspects", fault("edges がありません。", "`edges` earns credit, but no edge is placed."))


def allowed(question: Code, argument: str, value: float) -> bool:
    """Whether an entry of this argument may be replaced by `value` and still be a case that the author meant."""
    return spec_of(question.inputs[argument]).allows(value)
