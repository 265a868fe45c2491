"""Grades `numeric`: a number within the author's tolerance, with or without its unit."""

from __future__ import annotations

import math

from quizdl.errors import FormulaError
from quizdl.formula import parse_number
from quizdl.grading.normalise import width
from quizdl.grading.verdicts import correct, misread, wrong
from quizdl.model import Answer, Asked, Numeric, Tolerance, Verdict
from quizdl.text import Text

_SLACK = 1 + 1e-9
"""0.255 is within 0.005 of 0.25, whatever binary fractions say."""

_MOST_UNIT = 40
_LEADING = "=≈≒約 \t"
_MOST_ROUNDED_DIGITS = 12
_FAR_FOR_ROUNDING = 0.05


def grade_numeric(asked: Asked, answer: Answer) -> Verdict:
    """The verdict on a typed number. Raises FormulaError where the key itself is no number."""
    question = asked.question
    assert isinstance(question, Numeric)  # noqa: S101 - the dispatcher's promise
    key = float(asked.key[0])
    try:
        got = _number(answer.text, question)
    except FormulaError as error:
        return misread(answer.text, error)
    parsed = _echo(got, answer.text)
    if _within(got, key, question.tolerance):
        return correct(parsed=parsed)
    named = [one for one in asked.mistakes if _within(got, float(one.answer[0]), question.tolerance)]
    if len(named) == 1:
        return wrong(named[0].why, mistake=named[0].id, parsed=parsed)
    return _unnamed(got, key, parsed) if not named else wrong(parsed=parsed)


def _within(got: float, key: float, tolerance: Tolerance) -> bool:
    return abs(got - key) <= max(tolerance.rel * abs(key), tolerance.abs) * _SLACK


def _number(text: str, question: Numeric) -> float:
    """The number without its unit; `25%` is 0.25 where the unit is no percentage. Raises FormulaError."""
    units = {_unit(unit) for unit in (question.unit.ja, question.unit.en)} if question.unit else set()
    for begin in range(max(0, len(text) - _MOST_UNIT), len(text)) if units else ():
        if _unit(text[begin:]) in units:
            return _bare(text[:begin])
    core = text.rstrip()
    return _bare(core[:-1]) / 100 if _unit(core[-1:]) == "%" else _bare(text)


def _unit(text: str) -> str:
    return width(text).strip().casefold()


def _bare(text: str) -> float:
    """The number behind `=` or `≈`; an error's place is that in the whole text."""
    core = text.lstrip(_LEADING)
    try:
        return parse_number(core)
    except FormulaError as error:
        raise FormulaError(error.message, error.position + len(text) - len(core), error.hint) from error


def _echo(value: float, typed: str) -> str | None:
    """How the number was read, where it was not typed so."""
    shown = str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return None if shown == typed.strip() else shown


def _unnamed(got: float, key: float, parsed: str | None) -> Verdict:
    """A cause that is common to all numbers, where exactly one fits."""
    fitting = [(name, told) for name, told in _causes(got, key) if told is not None]
    if len(fitting) != 1:
        return wrong(parsed=parsed)
    name, told = fitting[0]
    return wrong(told, mistake=f"generic:{name}", parsed=parsed)


def _causes(got: float, key: float) -> list[tuple[str, Text | None]]:
    return [
        ("sign", _SIGN if _alike(got, -key) else None),
        ("reciprocal", _RECIPROCAL if key and _alike(got, 1 / key) else None),
        ("percent", _PERCENT if _alike(got, key * 100) or _alike(got, key / 100) else None),
        ("rounding", _ROUNDING if _is_rounded(got, key) else None),
    ]


def _alike(got: float, other: float) -> bool:
    return other != 0 and math.isclose(got, other, rel_tol=1e-6)


def _is_rounded(got: float, key: float) -> bool:
    """Whether the number is the key with fewer digits, rounded or cut off."""
    if got == 0 or abs(got - key) > _FAR_FOR_ROUNDING * abs(key):
        return False
    for digits in range(_MOST_ROUNDED_DIGITS + 1):
        scale = 10.0**digits
        if any(
            math.isclose(got, rounded, rel_tol=1e-9)
            for rounded in (round(key, digits), math.trunc(key * scale) / scale)
        ):
            return True
    return False


_SIGN = Text("符号が逆です。", "The sign is the other way round.")
_RECIPROCAL = Text("逆数になっています。", "It is the reciprocal.")
_PERCENT = Text(
    "100 倍ずれています。百分率と小数のどちらで答えるか確かめてください。",
    "It is off by a factor of 100: see whether a percentage or a decimal is asked for.",
)
_ROUNDING = Text("丸めすぎです。もっと多くの桁で答えてください。", "It is rounded too far: give more digits.")
