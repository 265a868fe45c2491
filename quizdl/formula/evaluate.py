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

_Step: TypeAlias = Callable[[Mapping[str, int | float], Mapping[str, Function]], Value]


def evaluate(node: Node, values: Mapping[str, int | float], functions: Mapping[str, Function] = _NO_FUNCTIONS) -> Value:
    """The formula's number (or truth, for a comparison) with these values.

    functions: what the caller adds to the grammar's own. `and` and `or` look no further than they must.
    Raises FormulaError for an undefined name or function, a division by zero, a value outside a function's domain,
    and an overflow.
    """
    return Evaluator(node, functions)(values)


class Evaluator:
    """A formula made ready to be evaluated again and again, as `evaluate` does it once."""

    def __init__(self, node: Node, functions: Mapping[str, Function] = _NO_FUNCTIONS) -> None:
        self._step = _step(node)
        self._functions = functions

    def __call__(self, values: Mapping[str, int | float]) -> Value:
        try:
            return self._step(values, self._functions)
        except ZeroDivisionError as error:
            raise _error("0 で割っています。", "There is a division by zero.") from error
        except OverflowError as error:
            raise _error("値が大きすぎます。", "A value grows too large.") from error
        except (ValueError, TypeError) as error:
            reason = Text(getattr(error, "ja", str(error)), str(error))  # a counter's error speaks both languages
            raise _error(f"計算できない値です: {reason.ja}", f"A value cannot be computed: {reason.en}") from error


def _step(node: Node) -> _Step:
    """What computes a node from the values: each node's kind is looked at here, once, and not on every draw."""
    below = [_step(child) for child in children(node)]
    match node:
        case Number(value):
            return lambda values, functions: _bounded(value)
        case Constant(id):
            constant = math.e if id == "e" else math.pi
            return lambda values, functions: constant
        case Name(id):
            return lambda values, functions: _bounded(_value_of(id, values))
        case Unary(op, _):
            sign = _UNARY[op]
            (operand,) = below
            return lambda values, functions: _bounded(sign(operand(values, functions)))
        case Binary(op, _, _):
            return _binary(op, *below)
        case Compare(signs, _):
            return _comparison(signs, below)
        case Call(function, _):
            return _call(function, below)


def _binary(op: str, left: _Step, right: _Step) -> _Step:
    if op == "and":
        return lambda values, functions: bool(left(values, functions)) and bool(right(values, functions))
    if op == "or":
        return lambda values, functions: bool(left(values, functions)) or bool(right(values, functions))
    applied = _BINARY[op]
    return lambda values, functions: _bounded(applied(left(values, functions), right(values, functions)))


def _comparison(signs: Sequence[str], operands: Sequence[_Step]) -> _Step:
    compared = [_COMPARE[sign] for sign in signs]

    def chained(values: Mapping[str, int | float], functions: Mapping[str, Function]) -> bool:
        found = [operand(values, functions) for operand in operands]
        return all(holds(*pair) for holds, pair in zip(compared, pairwise(found), strict=True))

    return chained


def _call(name: str, arguments: Sequence[_Step]) -> _Step:
    def called(values: Mapping[str, int | float], functions: Mapping[str, Function]) -> Value:
        found = [argument(values, functions) for argument in arguments]
        return _bounded(_function(name, functions)(*found))

    return called


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


_UNARY: dict[str, Callable[[Value], Value]] = {"-": operator.neg, "not": operator.not_}

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
