"""Computes a tree in plain Python: whole numbers stay whole, and nothing can grow without bound."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import TypeAlias

from quizdl.errors import FormulaError
from quizdl.formula.tree import Binary, Call, Compare, Constant, Name, Node, Number, Unary, children
from quizdl.text import Text

Value: TypeAlias = int | float | bool
Function: TypeAlias = Callable[..., int | float]

MOST_BITS = 4096
"""A whole number longer than this is an overflow; a float ends at 1024 bits."""

_NO_FUNCTIONS: Mapping[str, Function] = MappingProxyType({})


def evaluate(node: Node, values: Mapping[str, int | float], functions: Mapping[str, Function] = _NO_FUNCTIONS) -> Value:
    """The formula's number (or truth, for a comparison) with these values.

    functions: what the caller adds to the grammar's own. `and` and `or` look no further than they must.
    Raises FormulaError for an undefined name or function, a division by zero, a value outside a function's domain,
    and an overflow.
    """
    if isinstance(node, Binary) and node.op in ("and", "or"):
        left = bool(evaluate(node.left, values, functions))
        return bool(evaluate(node.right, values, functions)) if left == (node.op == "and") else left
    operands = [evaluate(child, values, functions) for child in children(node)]
    try:
        return _bounded(_applied(node, operands, values, functions))
    except ZeroDivisionError as error:
        raise _error("0 で割っています。", "There is a division by zero.") from error
    except OverflowError as error:
        raise _error("値が大きすぎます。", "A value grows too large.") from error
    except (ValueError, TypeError) as error:
        reason = Text(getattr(error, "ja", str(error)), str(error))  # a counter's error speaks both languages
        raise _error(f"計算できない値です: {reason.ja}", f"A value cannot be computed: {reason.en}") from error


def _applied(
    node: Node, operands: Sequence[Value], values: Mapping[str, int | float], functions: Mapping[str, Function]
) -> Value:
    match node:
        case Number(value):
            return value
        case Constant(id):
            return math.e if id == "e" else math.pi
        case Name(id):
            return _value_of(id, values)
        case Unary(op, _):
            return -operands[0] if op == "-" else not operands[0]
        case Binary(op, _, _):
            return _BINARY[op](*operands)
        case Compare(signs, _):
            return all(_COMPARE[sign](*pair) for sign, pair in zip(signs, pairwise(operands), strict=True))
        case Call(function, _):
            return _function(function, functions)(*operands)


def _value_of(name: str, values: Mapping[str, int | float]) -> int | float:
    try:
        return values[name]
    except KeyError:
        raise _error(f"「{name}」の値がありません。", f"'{name}' has no value.") from None


def _function(name: str, functions: Mapping[str, Function]) -> Function:
    found = functions.get(name) or _FUNCTIONS.get(name)
    if found is None:
        raise _error(f"「{name}」という関数はありません。", f"There is no function '{name}'.")
    return found


def _bounded(value: Value) -> Value:
    """The value, unless it left the numbers. Raises OverflowError."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise OverflowError
    elif value.bit_length() > MOST_BITS:
        raise OverflowError
    return value


def _error(ja: str, en: str) -> FormulaError:
    return FormulaError(Text(ja, en), 0)


def _power(base: Value, exponent: Value) -> int | float:
    """base^exponent among the real numbers; its size is known before it is computed."""
    if isinstance(base, int) and isinstance(exponent, int) and base.bit_length() * abs(exponent) > MOST_BITS:
        if abs(base) > 1:
            raise OverflowError
        return int(base ** (exponent % 2 if base else exponent))
    result = base**exponent
    if isinstance(result, complex):
        raise ValueError(f"({base})^({exponent})")
    return float(result) if isinstance(result, float) else int(result)


def _sigmoid(x: float) -> float:
    """1/(1 + e^−x), written so that neither tail overflows."""
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _sign(x: float) -> int:
    return (x > 0) - (x < 0)


_BINARY: dict[str, Callable[..., int | float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "^": _power,
}

_COMPARE: dict[str, Callable[..., bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}

_FUNCTIONS: dict[str, Function] = {
    "sigmoid": _sigmoid,
    "tanh": math.tanh,
    "exp": math.exp,
    "log": math.log,
    "log2": math.log2,
    "sqrt": math.sqrt,
    "abs": abs,
    "max": lambda *of: max(of),
    "min": lambda *of: min(of),
    "floor": math.floor,
    "ceil": math.ceil,
    "relu": lambda x: max(x, 0),
    "sin": math.sin,
    "cos": math.cos,
    "softplus": lambda x: max(x, 0) + math.log1p(math.exp(-abs(x))),
    "sign": _sign,
}
