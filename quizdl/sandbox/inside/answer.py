"""A learner's text to a function: fills the blank, compiles, runs the file, finds the function."""

from __future__ import annotations

import ast
import inspect
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass

FILE = "<answer>"
MODULE = "answer"
BLANK = "____"


class EmptyFillError(ValueError):
    """The blank was left empty."""


@dataclass(frozen=True, slots=True)
class Program:
    """Compiled code. first, last: the lines of it that the learner wrote; shift: added to give the learner's own."""

    code: types.CodeType
    first: int
    last: int
    shift: int

    def line(self, number: int) -> int | None:
        """The line in the learner's own text, or None where the template raised."""
        return number + self.shift if self.first <= number <= self.last else None


def compile_file(source: str) -> Program:
    """A whole file. Raises what `compile` raises."""
    return Program(compile(source, FILE, "exec"), 1, sys.maxsize, 0)


def compile_fill(template: str, fill: str) -> Program:
    """A template with one expression in its blank. Raises EmptyFillError, and what `compile` raises.

    The fill is compiled alone first, so that it cannot close the parenthesis it is put into.
    """
    expression = fill.strip()
    if not expression:
        raise EmptyFillError
    above = fill[: fill.index(expression)].count("\n")
    try:
        compile(expression, FILE, "eval")
    except SyntaxError as error:
        error.lineno = (error.lineno or 1) + above
        raise
    before, after = template.split(BLANK)
    first = before.count("\n") + 1
    code = compile(f"{before}({expression}\n){after}", FILE, "exec")
    return Program(code, first, first + expression.count("\n"), above + 1 - first)


def syntax_error_place(error: SyntaxError) -> tuple[str, int | None, int | None]:
    """The compiler's message with the line and column, 1-based."""
    line = error.lineno if isinstance(error.lineno, int) and error.lineno > 0 else None
    column = error.offset if isinstance(error.offset, int) and error.offset > 0 else None
    return str(error.msg), line, column


def execute(program: Program) -> types.ModuleType:
    """Runs the file as a module that is not `__main__`, so that its own tests stay asleep."""
    module = types.ModuleType(MODULE)
    sys.modules[MODULE] = module  # dataclasses and pickling look their module up
    exec(program.code, module.__dict__)  # noqa: S102 - the whole point, inside the walls
    return module


def names_defined(program_text: str) -> list[str]:
    """The functions and classes at the top of the file, in order."""
    body = ast.parse(program_text).body
    return [node.name for node in body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))]


def signature_that_refuses(function: Callable[..., object], count: int) -> str | None:
    """The signature, if it cannot take `count` values by position; None if it can, or if it cannot be known."""
    if type(function) is types.FunctionType and _plainly_takes(function, count):
        return None
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    try:
        signature.bind(*[None] * count)
    except TypeError:
        return str(signature)
    return None


def _plainly_takes(function: types.FunctionType, count: int) -> bool:
    """As nearly every answer does; `inspect` would touch a hundred pages of memory to find that out."""
    code, defaults = function.__code__, len(function.__defaults__ or ())
    is_itself = not function.__dict__ and not code.co_kwonlyargcount
    return is_itself and code.co_argcount - defaults <= count <= code.co_argcount


def line_of(error: BaseException) -> int | None:
    """The last line of the compiled text that the error passed through."""
    lines = path_of(error)
    return lines[-1][0] if lines else None


def path_of(error: BaseException) -> list[tuple[int, str]]:
    """The lines of the compiled text that the error passed through, each with its function, the innermost last."""
    found, step = [], error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == FILE:
            found.append((step.tb_lineno, step.tb_frame.f_code.co_name))
        step = step.tb_next
    return found
