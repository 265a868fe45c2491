"""Grades `shape`: every axis exactly."""

from __future__ import annotations

from quizdl.errors import FormulaError
from quizdl.formula import parse_shape
from quizdl.grading.verdicts import correct, misread, wrong
from quizdl.model import Answer, Asked, Verdict
from quizdl.text import Text


def grade_shape(asked: Asked, answer: Answer) -> Verdict:
    """The verdict on a typed shape."""
    key = _axes(asked.key)
    try:
        got = parse_shape(answer.text)
    except FormulaError as error:
        return misread(answer.text, error)
    parsed = str(got)
    if got == key:
        return correct(parsed=parsed)
    for mistake in asked.mistakes:
        if got == _axes(mistake.answer):
            return wrong(mistake.why, mistake=mistake.id, parsed=parsed)
    if len(got) != len(key):
        return wrong(_axes_count(len(got)), mistake="generic:axes", parsed=parsed)
    if got in (key[::-1], (*key[:-2], *key[:-3:-1])):
        return wrong(_TRANSPOSED, mistake="generic:transposed", parsed=parsed)
    return wrong(parsed=parsed)


def _axes(numbers: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(map(int, numbers))


def _axes_count(got: int) -> Text:
    return Text(f"軸の数が違います({got} 軸の形状と読みました)。", f"The number of axes differs: it was read as {got}.")


_TRANSPOSED = Text("軸の順序が逆です(転置した形状です)。", "The axes are swapped: this is the transposed shape.")
