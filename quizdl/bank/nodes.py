"""What a bank file is made of: scalars, lists and mappings that know their place; line and column count from 1."""

from __future__ import annotations

import msgspec


class Scalar(msgspec.Struct, gc=False):
    """A single value. style: '' plain, ' or " quoted, | or > block."""

    text: str
    style: str
    line: int
    column: int


class Sequence(msgspec.Struct):
    """A list of nodes."""

    items: list[Node]
    line: int
    column: int


class Mapping(msgspec.Struct):
    """Keys with their nodes, in the file's order. flow: written in braces."""

    entries: dict[str, Node]
    keys: dict[str, Scalar]
    flow: bool
    line: int
    column: int


Node = Scalar | Sequence | Mapping


def at(node: Node, *path: str | int) -> Node:
    """The node at the end of `path`, or the last one that exists on the way: the best place to report a fault at."""
    for step in path:
        if isinstance(node, Mapping) and step in node.entries:
            node = node.entries[str(step)]
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            break
    return node
