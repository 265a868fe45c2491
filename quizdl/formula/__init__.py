"""One grammar for learners' maths and authors' keys; importing it costs neither NumPy nor SymPy.

`parse` reads text into a tree and `show` writes it back; `evaluate` computes it, `to_sympy` hands it on.
"""

from quizdl.formula.evaluate import Evaluator, evaluate
from quizdl.formula.normalise import normalise
from quizdl.formula.numbers import parse_number, parse_shape
from quizdl.formula.parser import parse
from quizdl.formula.show import show
from quizdl.formula.symbolic import to_sympy
from quizdl.formula.tree import (
    Binary,
    Call,
    Compare,
    Constant,
    Name,
    Node,
    Number,
    Unary,
    bind,
    children,
    fold,
    names_of,
)

__all__ = [
    "Binary",
    "Call",
    "Compare",
    "Constant",
    "Evaluator",
    "Name",
    "Node",
    "Number",
    "Unary",
    "bind",
    "children",
    "evaluate",
    "fold",
    "names_of",
    "normalise",
    "parse",
    "parse_number",
    "parse_shape",
    "show",
    "to_sympy",
]
