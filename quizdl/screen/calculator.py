"""The exam's calculator: one formula in, one number out."""

from __future__ import annotations

from quizdl.errors import FormulaError
from quizdl.formula import evaluate, parse
from quizdl.text import Text

DIGITS = 12


def calculated(text: str) -> str:
    """The value of a formula of numbers, to 12 digits. Raises FormulaError for what is none.

    >>> calculated("2*3/4"), calculated("√2"), calculated("2^10")
    ('1.5', '1.41421356237', '1024')
    """
    if not text.strip():
        raise FormulaError(Text("式を入力してください(例: = 2*3/4)。", "Type a formula, such as = 2*3/4."), 0)
    value = evaluate(parse(text, names=()), {})
    return str(value) if isinstance(value, int) else f"{value:.{DIGITS}g}"
