"""Writes a tree as text that reads well and parses back to an equal tree."""

from __future__ import annotations

from quizdl.formula.tree import Binary, Call, Compare, Constant, Name, Node, Number, Unary

_BINDING = {"or": 1, "and": 2, "not": 3, "+": 5, "-": 5, "*": 6, "/": 6, "//": 6, "%": 6, "^": 8}
_COMPARE, _NEGATION, _ATOM = 4, 7, 9
_TIGHT = {"*", "/", "//", "^"}
_MOST_PLAIN_DIGITS = 30


def show(node: Node) -> str:
    """The canonical text of a formula.

    >>> from quizdl.formula import parse
    >>> show(parse("２(x＋y)", ["x", "y"])), show(parse("σ(x)(1−σ(x))", ["x"]))
    ('2*(x + y)', 'sigmoid(x)*(1 - sigmoid(x))')
    """
    match node:
        case Number(value):
            return _number(value)
        case Constant(id) | Name(id):
            return id
        case Unary(op, operand):
            return f"{op}{' ' if op == 'not' else ''}{_within(operand, _binding(node))}"
        case Binary():
            return _binary(node)
        case Call(function, arguments):
            return f"{function}({', '.join(map(show, arguments))})"
        case Compare(signs, operands):
            texts = [_within(operand, _COMPARE + 1) for operand in operands]
            return texts[0] + "".join(f" {sign} {text}" for sign, text in zip(signs, texts[1:], strict=True))


def _binary(node: Binary) -> str:
    level = _BINDING[node.op]
    left = _within(node.left, _ATOM if node.op == "^" else level)
    # `2*-x` and `x^-1` would parse back too, but a sign after a sign is hard to read.
    right = _within(node.right, _ATOM if _negative(node.right) else level + (node.op != "^"))
    return f"{left}{node.op}{right}" if node.op in _TIGHT else f"{left} {node.op} {right}"


def _within(node: Node, needed: int) -> str:
    return show(node) if _binding(node) >= needed else f"({show(node)})"


def _negative(node: Node) -> bool:
    return isinstance(node, Unary) and node.op == "-"


def _binding(node: Node) -> int:
    """How tightly a node's text holds together; the tightest needs no brackets anywhere."""
    match node:
        case Binary(op, _, _):
            return _BINDING[op]
        case Unary(op, _):
            return _NEGATION if op == "-" else _BINDING[op]
        case Compare():
            return _COMPARE
    return _ATOM


def _number(value: int | float) -> str:
    """All its digits; without an exponent where that is not too long, since `e` may be one of the names."""
    text = repr(value)
    if "e" not in text:
        return text
    from decimal import Decimal  # 3 ms, needed for very large and very small numbers only

    plain = format(Decimal(text), "f")
    return text if len(plain) > _MOST_PLAIN_DIGITS else plain if "." in plain else f"{plain}.0"
