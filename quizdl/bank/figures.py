"""The figure of a question or a set: checked where the author wrote it, evaluated with a variant's values."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from quizdl.bank.faults import Faults
from quizdl.bank.formulas import check_formula
from quizdl.bank.nodes import Mapping as MappingNode
from quizdl.bank.nodes import Node, Scalar, at
from quizdl.bank.readers import expected, missing_field, not_one_of, unknown_field
from quizdl.bank.values import Values, compute, number
from quizdl.errors import BankError, FormulaError
from quizdl.figures import FIGURES, FigureValue, Numbers, Parameter, Problem, Word, problem_of
from quizdl.model import Figure, FigureSpec, Question
from quizdl.sanitise import printable
from quizdl.text import Text

_EXAMPLE = "figure: {name: convolution, n: n, f: 3, s: s, p: 0}"


def figure_of(question: Question, values: Values) -> Figure | None:
    """The question's figure with these values; else that of its set, which has no values. Raises BankError."""
    spec = question.figure
    if spec is None:
        shared = question.set.figure if question.set else None
        return _evaluated(shared, {}) if shared else None
    try:
        figure = _evaluated(spec, values)
        problem = problem_of(figure.name, figure.values)
    except FormulaError as error:
        problem = Problem("", error.message, error.hint or _RANGES)
    if problem is None:
        return figure
    drawn = ", ".join(f"{name} = {value}" for name, value in values.items()) or "-"
    raise BankError(
        Text(f"{question.id}: {problem.message.ja}（{drawn}）", f"{question.id}: {problem.message.en} ({drawn})"),
        problem.hint,
        question.place or None,
    )


_RANGES = Text("図の式か、値の範囲を直してください。", "Mend the figure's formulas, or the values' ranges.")


def check_question_figure(question: Question, node: Node, known: Collection[str], faults: Faults) -> None:
    """Report what is wrong with a question's figure, with the values of `first` too. known: names of its numbers."""
    if question.figure is None:
        return
    before = len(faults.found)
    words = {name for name in question.variables if name not in known}
    _check_form(question.figure, at(node, "figure"), known, words, faults)
    if len(faults.found) > before:
        return
    try:
        values = compute(question, question.first)
    except BankError:
        return  # a value that cannot be computed is reported where the variants are proved
    _check_limits(question.figure, at(node, "figure"), values, faults)


def check_shared_figure(figure: FigureSpec | None, node: Node, faults: Faults) -> None:
    """Report what is wrong with a set's figure: its questions have values of their own, so that it can name none."""
    if figure is None:
        return
    before = len(faults.found)
    _check_form(figure, at(node, "figure"), (), (), faults)
    if len(faults.found) == before:
        _check_limits(figure, at(node, "figure"), {}, faults)


def _check_form(spec: FigureSpec, node: Node, known: Collection[str], words: Collection[str], faults: Faults) -> None:
    """Name and parameters are known and complete, and each value has the form of its parameter."""
    if not isinstance(node, MappingNode):
        return  # reported when it was read
    if "name" not in spec:
        missing_field(node, "name", faults)
        return
    name = node.entries["name"]
    if not isinstance(name, Scalar):
        expected(name, Text("図の名前", "the name of a figure"), _EXAMPLE, faults)
        return
    if spec["name"] not in FIGURES:
        not_one_of(name, FIGURES, faults)
        return
    specification = FIGURES[name.text]
    parameters = specification.parameters
    for given in spec:
        if given != "name" and given not in parameters:
            unknown_field(node, given, parameters, faults)
        elif given != "name":
            _check_value(spec[given], parameters[given], at(node, given), known, words, faults)
    for wanted in specification.required:
        if wanted not in spec:
            missing_field(node, wanted, faults)


def _check_value(
    value: object, parameter: Parameter, node: Node, known: Collection[str], words: Collection[str], faults: Faults
) -> None:
    if isinstance(parameter, Word):
        if isinstance(node, Scalar) and value not in (*parameter.words, *words):
            not_one_of(node, parameter.words, faults)
        elif not isinstance(node, Scalar):
            expected(node, Text("言葉", "a word"), parameter.words[0], faults)
        return
    if isinstance(parameter, Numbers) != isinstance(value, list):
        what = Text("数のリスト", "a list of numbers") if isinstance(parameter, Numbers) else _FORMULA
        expected(node, what, "[1, 2]" if isinstance(parameter, Numbers) else "n", faults)
        return
    for entry, place in _entries(value, node):
        if isinstance(entry, bool | dict | list):
            expected(place, _FORMULA, "n", faults)
        else:
            check_formula(str(entry), place, known, faults)


_FORMULA = Text("数か式", "a number or a formula")


def _entries(value: object, node: Node) -> Iterator[tuple[object, Node]]:
    """The single values of a parameter: itself, those of a list, or those of a list's rows; each with its place."""
    if not isinstance(value, list):
        yield value, node
        return
    for index, item in enumerate(value):
        if isinstance(item, list):
            yield from ((entry, at(node, index, column)) for column, entry in enumerate(item))
        else:
            yield item, at(node, index)


def _check_limits(spec: FigureSpec, node: Node, values: Values, faults: Faults) -> None:
    try:
        figure = _evaluated(spec, values)
    except FormulaError as error:
        faults.add(node, error.message, error.hint or _RANGES)
        return
    problem = problem_of(figure.name, figure.values)
    if problem is not None:
        faults.add(at(node, problem.parameter), problem.message, problem.hint)


def _evaluated(spec: FigureSpec, values: Values) -> Figure:
    """The figure with its formulas computed; not yet held against its limits. Raises FormulaError."""
    name = str(spec["name"])
    parameters = FIGURES[name].parameters
    given = {one: _value(value, parameters[one], values) for one, value in spec.items() if one != "name"}
    return Figure(name=name, values=given)


def _value(value: object, parameter: Parameter, values: Mapping[str, int | float | str]) -> FigureValue:
    if isinstance(parameter, Word):
        return str(value if value in parameter.words else values.get(str(value), printable(str(value), 60)))
    if isinstance(value, list):
        rows = value if value and isinstance(value[0], list) else [value]
        return tuple(
            tuple(_number(entry, values) for entry in (row if isinstance(row, list) else [row])) for row in rows
        )
    return _number(value, values)


def _number(formula: object, values: Mapping[str, int | float | str]) -> int | float:
    """The formula's number; whole where it is one, perhaps computed as a float."""
    value = number(str(formula), values)
    return int(value) if value == int(value) else float(value)
