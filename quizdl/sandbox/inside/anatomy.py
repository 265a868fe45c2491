"""What the lines of a program do: which names they assign, which loops they stand in, what an instruction works on."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

_Loop = (ast.For, ast.While, ast.AsyncFor)
_MOST_OPERANDS = 6


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop by the line of its header. body: the first line of its body, the header's own where they share one.

    counts_late: it is a `for` on one line, which is come to once before its first iteration.
    """

    header: int
    body: int
    counts_late: bool = False

    @property
    def on_one_line(self) -> bool:
        """`for x in xs: s += x`: each iteration comes back to the same line."""
        return self.header == self.body


@dataclass(frozen=True, slots=True)
class Statement:
    """A simple statement, or the header of a compound one.

    first: its first line. assigned: the expressions whose values it changes. returns: it gives the call's result.
    loops: those it stands in, outermost first. heads: the loop that it is the header of.
    """

    first: int
    assigned: tuple[ast.expr, ...] = ()
    returns: bool = False
    loops: tuple[Loop, ...] = ()
    heads: Loop | None = None


def statements(tree: ast.Module) -> dict[int, Statement]:
    """Line → the statement that it belongs to; several on one line count as one."""
    found: dict[int, Statement] = {}
    for first, last, statement in _walk(tree.body, ()):
        if first in found:
            assigned = _read_once([*found[first].assigned, *statement.assigned])
            returns = found[first].returns or statement.returns
            statement = replace(found[first], assigned=assigned, returns=returns)
        for line in range(first, last + 1):
            found[line] = statement
    return found


def _walk(body: list[ast.stmt], loops: tuple[Loop, ...]) -> Iterator[tuple[int, int, Statement]]:
    """First line, last line and statement, from the outside in."""
    for node in body:
        blocks = [block for name in ("body", "orelse", "finalbody") if (block := getattr(node, name, None))]
        blocks += [part.body for name in ("handlers", "cases") for part in getattr(node, name, ())]
        inner, heads = loops, None
        if isinstance(node, _Loop):
            shared = node.lineno == node.body[0].lineno
            heads = Loop(node.lineno, node.body[0].lineno, shared and not isinstance(node, ast.While))
            inner = (*loops, heads)
        last = min((block[0].lineno - 1 for block in blocks), default=node.end_lineno or node.lineno)
        returns = isinstance(node, ast.Return)
        assigned = _read_once(_targets(node))
        yield node.lineno, max(last, node.lineno), Statement(node.lineno, assigned, returns, loops, heads)
        for number, block in enumerate(blocks):
            yield from _walk(block, inner if number == 0 else loops)


def _read_once(targets: Iterable[ast.expr]) -> tuple[ast.expr, ...]:
    """Each expression once, as one that is read."""
    texts = dict.fromkeys(ast.unparse(target) for target in targets)
    return tuple(ast.parse(text, mode="eval").body for text in texts)


def _targets(node: ast.stmt) -> Iterator[ast.expr]:
    """What a statement assigns or is seen to change; of `x[i] = …` that is `x`."""
    match node:
        case ast.Assign(targets=targets):
            for target in targets:
                yield from _parts(target)
        case ast.AugAssign(target=target) | ast.For(target=target) | ast.AsyncFor(target=target):
            yield from _parts(target)
        case ast.AnnAssign(target=target, value=ast.expr()):
            yield from _parts(target)
        case ast.With(items=items) | ast.AsyncWith(items=items):
            for item in items:
                yield from _parts(item.optional_vars) if item.optional_vars else ()
        case ast.Expr(value=ast.Call() as call):
            yield from _changed(call)
    for part in _own_expressions(node):
        for inner in ast.walk(part):
            if isinstance(inner, ast.NamedExpr):
                yield inner.target


def _own_expressions(node: ast.stmt) -> Iterator[ast.expr]:
    """The expressions of a statement without those of the statements within it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield child


def _parts(target: ast.expr) -> Iterator[ast.expr]:
    match target:
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                yield from _parts(part)
        case ast.Starred(value=inner) | ast.Subscript(value=inner):
            yield from _parts(inner)
        case ast.Name() | ast.Attribute():
            yield target


def _changed(call: ast.Call) -> Iterator[ast.expr]:
    """`states.append(h)` changes `states`, `np.add(a, b, out=c)` changes `c`."""
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name | ast.Attribute):
        yield call.func.value
    for keyword in call.keywords:
        if keyword.arg == "out":
            yield from _parts(keyword.value)


Place: TypeAlias = tuple[int, int, int, int]
"""Where an instruction's source stands: line, end line, column, end column, as `co_positions` and `ast` count them."""


def operation_at(tree: ast.Module, place: Place) -> ast.expr | ast.AugAssign | None:
    """The operation that an instruction carries out, the outermost where several stand in one place."""
    for node in ast.walk(tree):
        if isinstance(node, ast.expr | ast.AugAssign) and place == _place(node):
            return node
    return None


def _place(node: ast.expr | ast.AugAssign) -> Place:
    return node.lineno, node.end_lineno or 0, node.col_offset, node.end_col_offset or 0


def operands(node: ast.AST | None) -> list[ast.expr]:
    """What an operation works on: both sides of an operator, a call's receiver and arguments, an index's array."""
    found: list[ast.expr] = []
    match node:
        case ast.BinOp(left=left, right=right):
            found = [left, right]
        case ast.AugAssign(target=target, value=value):
            found = [*_read_once([target]), value]
        case ast.Compare(left=left, comparators=others):
            found = [left, *others]
        case ast.Subscript(value=value, slice=index):
            found = [value, *_literal_parts(index)]
        case ast.Call(func=func, args=arguments, keywords=keywords):
            receiver = [func.value] if isinstance(func, ast.Attribute) else []
            given = [*arguments, *(keyword.value for keyword in keywords)]
            found = [*receiver, *(part for argument in given for part in _literal_parts(argument))]
        case ast.UnaryOp(operand=value) | ast.Attribute(value=value):
            found = [value]
    return [part for part in found if not isinstance(part, ast.Constant | ast.Slice)][:_MOST_OPERANDS]


def names_read(tree: ast.Module, line: int) -> list[ast.expr]:
    """The names that a line reads: what may be looked at where its operation is not known."""
    names: dict[str, ast.expr] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.lineno == line and isinstance(node.ctx, ast.Load):
            names.setdefault(node.id, node)
    return list(names.values())


def _literal_parts(node: ast.expr) -> list[ast.expr]:
    """The elements of `[a, b]` or `(a, b)`, which say more than the list does."""
    return node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
