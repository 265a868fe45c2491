"""Wrong programs made from a right one by changing a single thing: a sign, a comparison, a name, a term, a function."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from typing import Any

OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Pow: ast.Mult,
}
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Gt: ast.Lt,
    ast.Lt: ast.Gt,
    ast.GtE: ast.LtE,
    ast.LtE: ast.GtE,
    ast.Eq: ast.NotEq,
}
FUNCTIONS = {
    "sum": "mean",
    "mean": "sum",
    "max": "min",
    "min": "max",
    "maximum": "minimum",
    "minimum": "maximum",
    "exp": "tanh",
    "tanh": "exp",
    "sqrt": "square",
    "square": "sqrt",
    "log": "exp",
    "sign": "abs",
    "abs": "sign",
    "argmax": "argmin",
    "ones": "zeros",
    "zeros": "ones",
    "var": "std",
    "sin": "cos",
    "cos": "sin",
    "dot": "multiply",
    "concatenate": "stack",
}


def mutants(source: str, name: str) -> Iterator[str]:
    """Each program that differs from `source` in one place of the function of this name, none twice."""
    tree = ast.parse(source)
    function = _named(tree, name)
    seen = {ast.unparse(tree)}
    for index, node in enumerate(ast.walk(function)):
        for change in _changes(node, function):
            changed = copy.deepcopy(tree)
            target = list(ast.walk(_named(changed, name)))[index]
            change(target)
            text = ast.unparse(changed)
            if text not in seen:
                seen.add(text)
                yield text


def _named(tree: ast.AST, name: str) -> ast.FunctionDef:
    return next(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == name)


def _changes(node: ast.AST, function: ast.FunctionDef) -> Iterator[Callable[[Any], object]]:
    if isinstance(node, ast.BinOp):
        if type(node.op) in OPERATORS:
            yield lambda target: setattr(target, "op", OPERATORS[type(target.op)]())
        yield lambda target: _become(target, target.left)
        yield lambda target: _become(target, target.right)
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
        yield lambda target: setattr(target, "ops", [COMPARISONS[type(target.ops[0])]()])
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield lambda target: setattr(target, "value", target.value + 1)
    elif isinstance(node, ast.Attribute) and node.attr in FUNCTIONS:
        yield lambda target: setattr(target, "attr", FUNCTIONS[target.attr])
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        for other in (argument.arg for argument in function.args.args):
            if other != node.id and node.id in {argument.arg for argument in function.args.args}:
                yield lambda target, other=other: setattr(target, "id", other)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield lambda target: _become(target, target.operand)
    elif isinstance(node, ast.Return) and node.value is not None:
        yield lambda target: setattr(target, "value", ast.UnaryOp(ast.USub(), target.value))
        for operator, number in ((ast.Mult(), 2), (ast.Add(), 1), (ast.Div(), 4), (ast.Sub(), 3)):
            yield lambda target, operator=operator, number=number: setattr(
                target, "value", ast.BinOp(target.value, operator, ast.Constant(number))
            )


def _become(target: ast.AST, part: ast.AST) -> None:
    """Turns a node into one of its parts, in place."""
    target.__class__ = part.__class__
    target.__dict__ = dict(part.__dict__)
