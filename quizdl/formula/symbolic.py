"""The tree as SymPy's: built node by node, never from text, so that nothing typed is ever evaluated as Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from quizdl.errors import FormulaError
from quizdl.formula.evaluate import MOST_BITS, evaluate
from quizdl.formula.tree import Binary, Call, Compare, Constant, Name, Node, Number, Unary, fold, names_of, walk
from quizdl.text import Text

if TYPE_CHECKING:
    import sympy


def to_sympy(node: Node, symbols: Mapping[str, sympy.Symbol]) -> Any:
    """The formula in SymPy, decimals as exact fractions.

    Raises FormulaError for a name that `symbols` lacks, for an author's function, and for a constant that SymPy would
    write out in full (`9^9^9`, or `(2*x)^9^9`).
    """
    for one in walk(node):
        if isinstance(one, Binary) and one.op == "^" and not names_of(one.right):
            _refuse_huge(one)
    return fold(node, lambda one, below: _built(one, below, symbols))


def _refuse_huge(power: Binary) -> None:
    if abs(evaluate(power.right, {})) > MOST_BITS:
        raise FormulaError(Text("指数が大きすぎます。", "An exponent is too large."), 0)
    if not names_of(power.left):
        evaluate(power, {})


def _built(node: Node, below: Sequence[Any], symbols: Mapping[str, sympy.Symbol]) -> Any:
    import sympy  # 240 ms, needed only for a proof

    match node:
        case Number(value):
            return sympy.Rational(repr(value))
        case Constant(id):
            return sympy.E if id == "e" else sympy.pi
        case Name(id):
            return _found(id, symbols)
        case Unary(op, _):
            return -below[0] if op == "-" else sympy.Not(below[0])
        case Binary(op, _, _):
            return _binary()[op](*below)
        case Compare(signs, _):
            pairs = zip(signs, pairwise(below), strict=True)
            return reduce(sympy.And, (sympy.Rel(left, right, sign) for sign, (left, right) in pairs))
        case Call(function, _):
            return _found(function, _functions())(*below)


def _found(name: str, among: Mapping[str, Any]) -> Any:
    if name not in among:
        raise FormulaError(Text(f"「{name}」は使えません。", f"'{name}' is not known here."), 0)
    return among[name]


def _binary() -> dict[str, Callable[..., Any]]:
    import operator

    import sympy

    return {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": operator.truediv,
        "^": operator.pow,
        "//": lambda a, b: sympy.floor(a / b),
        "%": sympy.Mod,
        "and": sympy.And,
        "or": sympy.Or,
    }


def _functions() -> dict[str, Callable[..., Any]]:
    import sympy

    return {
        "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)),
        "tanh": sympy.tanh,
        "exp": sympy.exp,
        "log": sympy.log,
        "log2": lambda x: sympy.log(x) / sympy.log(2),
        "sqrt": sympy.sqrt,
        "abs": sympy.Abs,
        "max": sympy.Max,
        "min": sympy.Min,
        "floor": sympy.floor,
        "ceil": sympy.ceiling,
        "relu": lambda x: sympy.Max(x, 0),
        "sin": sympy.sin,
        "cos": sympy.cos,
        "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
        "sign": sympy.sign,
    }
