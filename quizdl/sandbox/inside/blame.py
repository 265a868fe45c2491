"""What an exception of a learner's rose from: its lines, the operation that failed, and what that worked on.

The operands are computed anew in the frame that failed, which is still there: `x @ W` says which shapes met. Only what
can be computed twice is: names, attributes, indices, arithmetic, and functions of NumPy that change nothing.
"""

from __future__ import annotations

import ast
import builtins
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

from quizdl.sandbox.inside import anatomy
from quizdl.sandbox.inside.answer import FILE
from quizdl.sandbox.summary import summary
from quizdl.sandbox.values import type_name

_MOST_MESSAGE = 2000
_MOST_TEXT = 80
_CHANGING = {
    *("sort", "partition", "fill", "put", "itemset", "resize", "setflags", "setfield"),
    *("tofile", "dump", "random"),
}
_REPEATABLE = (
    *(ast.Name, ast.Constant, ast.Attribute, ast.Subscript, ast.Slice, ast.Tuple, ast.List),
    *(ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Starred, ast.keyword),
)

_eval, _ndarray, _module = builtins.eval, np.ndarray, types.ModuleType


def of(error: BaseException, tree: ast.Module) -> dict[str, Any]:
    """The error's type, message, line, failing expression and operands. tree: of the text that was compiled."""
    try:
        message = str.__str__(str(error))[:_MOST_MESSAGE]
    except BaseException:  # its methods are the learner's
        message = ""
    said: dict[str, Any] = {"type": type_name(error)[:_MOST_TEXT], "message": message}
    steps = list(_own_steps(error))
    if not steps:
        return {**said, "line": None, "expression": "", "operands": []}
    frame, line, instruction = steps[-1]
    operation = _operation(frame.f_code, instruction, tree)
    looked_at = anatomy.operands(operation) or anatomy.names_read(tree, line)
    worked_on = [one for node in looked_at if (one := value_of(node, frame)) is not None]
    expression = ast.unparse(operation)[:_MOST_TEXT] if operation is not None else ""
    return {**said, "line": line, "expression": expression, "operands": worked_on}


def _own_steps(error: BaseException) -> Iterator[tuple[types.FrameType, int, int]]:
    """Frame, line and instruction of each step through the learner's text, the innermost last."""
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == FILE:
            yield step.tb_frame, step.tb_lineno, step.tb_lasti
        step = step.tb_next


def _operation(code: types.CodeType, instruction: int, tree: ast.Module) -> ast.expr | ast.AugAssign | None:
    for number, place in enumerate(code.co_positions()):
        if 2 * number == instruction:
            line, end_line, column, end_column = place
            if line is None or end_line is None or column is None or end_column is None:
                return None
            return anatomy.operation_at(tree, (line, end_line, column, end_column))
    return None


def value_of(node: ast.expr, frame: types.FrameType) -> dict[str, Any] | None:
    """The summary of an expression's value in a frame; None where it cannot be known without doing something."""
    try:
        if not _is_repeatable(node, frame):
            return None
        value = _value(node, frame)
        return None if type(value) is _module else summary(ast.unparse(node), value)
    except MemoryError:
        raise
    except BaseException:
        return None


def _value(node: ast.expr, frame: types.FrameType) -> object:
    wrapped = ast.fix_missing_locations(ast.Expression(node))
    return _eval(compile(wrapped, "<operand>", "eval"), frame.f_globals, dict(frame.f_locals))


def _is_repeatable(node: ast.AST, frame: types.FrameType) -> bool:
    if isinstance(node, ast.expr_context | ast.operator | ast.unaryop | ast.cmpop | ast.boolop):
        return True
    if isinstance(node, ast.Call) and not _is_numpys(node.func, frame):
        return False
    if not isinstance(node, (*_REPEATABLE, ast.Call)):
        return False
    return all(_is_repeatable(child, frame) for child in ast.iter_child_nodes(node))


def _is_numpys(function: ast.expr, frame: types.FrameType) -> bool:
    """Whether it is a function of NumPy, or a method of an array, that changes nothing."""
    if not isinstance(function, ast.Attribute) or function.attr in _CHANGING:
        return False
    if not _is_repeatable(function.value, frame):
        return False
    owner = _value(function.value, frame)
    if type(owner) is _module:
        return owner.__name__.partition(".")[0] == "numpy" and "random" not in owner.__name__
    return type(owner) is _ndarray
