"""The tree of a formula: plain frozen nodes, and what can be asked of them without computing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, TypeAlias, TypeVar

import msgspec

T = TypeVar("T")


class _Node(msgspec.Struct, frozen=True):
    """Two trees are equal when they are built alike."""


class Number(_Node, frozen=True):
    """A literal; never negative when it was read."""

    value: int | float


class Constant(_Node, frozen=True):
    """Euler's number `e` or the circle's `pi`."""

    id: Literal["e", "pi"]


class Name(_Node, frozen=True):
    """A symbol, in the spelling under which it was declared."""

    id: str


class Unary(_Node, frozen=True):
    """`-x` or `not x`."""

    op: Literal["-", "not"]
    operand: Node


class Binary(_Node, frozen=True):
    """Two operands; `^` is the power."""

    op: str
    left: Node
    right: Node


class Call(_Node, frozen=True):
    """A function of the grammar, or one that the author's room adds."""

    function: str
    arguments: tuple[Node, ...]


class Compare(_Node, frozen=True):
    """A chain such as `0 <= p < f`: one operand more than there are signs."""

    signs: tuple[str, ...]
    operands: tuple[Node, ...]


Node: TypeAlias = Number | Constant | Name | Unary | Binary | Call | Compare


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below, from left to right."""
    match node:
        case Unary(_, operand):
            return (operand,)
        case Binary(_, left, right):
            return (left, right)
        case Call(_, arguments):
            return arguments
        case Compare(_, operands):
            return operands
    return ()


def with_children(node: Node, new: Sequence[Node]) -> Node:
    """The same node over other children, as many as it has."""
    match node:
        case Unary(op, _):
            return Unary(op, *new)
        case Binary(op, _, _):
            return Binary(op, *new)
        case Call(function, _):
            return Call(function, tuple(new))
        case Compare(signs, _):
            return Compare(signs, tuple(new))
    return node


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def fold(node: Node, combine: Callable[[Node, Sequence[T]], T]) -> T:
    """One result from the leaves upwards: `combine` gets each node with its children's results."""
    return combine(node, [fold(child, combine) for child in children(node)])


def names_of(node: Node) -> set[str]:
    """The symbols that a formula names; functions and constants are none."""
    return {one.id for one in walk(node) if isinstance(one, Name)}


def bind(node: Node, values: Mapping[str, int | float]) -> Node:
    """The formula with numbers in place of the names that `values` has; a negative one becomes a negated literal."""

    def bound(one: Node, below: Sequence[Node]) -> Node:
        if isinstance(one, Name) and one.id in values:
            value = values[one.id]
            return Number(value) if value >= 0 else Unary("-", Number(-value))
        return with_children(one, below)

    return fold(node, bound)
