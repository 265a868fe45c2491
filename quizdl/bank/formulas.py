"""Checks an author's formulas: that they can be read, name known things only, and where in the file they fail."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from quizdl.bank.faults import Faults, guess
from quizdl.bank.nodes import Node, Scalar
from quizdl.bank.values import read
from quizdl.engine.counters import COUNTERS
from quizdl.errors import FormulaError
from quizdl.formula import Node as Formula
from quizdl.formula import names_of
from quizdl.formula.tree import Call, walk
from quizdl.formula.vocabulary import FUNCTIONS
from quizdl.text import Text

RESERVED = frozenset({"e", "pi", *FUNCTIONS, *COUNTERS})
"""Words that mean something in every formula, so that no value may take them."""


def check_formula(text: str, node: Node, known: Collection[str], faults: Faults, integers: bool = True) -> None:
    """Report a formula that cannot be read, or that names something unknown, at the character in the bank file.

    integers: counting is allowed: whole division, comparisons and the engine's counters.
    """
    try:
        formula = read(text, integers)
    except FormulaError as error:
        faults.add_at(*_place(node, error.position), error.message, error.hint or _EXAMPLE)
        return
    functions = {*FUNCTIONS, *COUNTERS} if integers else set(FUNCTIONS)
    for name, allowed in _unknown(formula, known, functions):
        faults.add_at(
            *_place(node, max(text.find(name), 0)),
            Text(f"式の中の「{name}」は定義されていません。", f"The formula uses '{name}', which is not defined."),
            _meant(name, allowed),
        )


def _meant(name: str, known: Collection[str]) -> Text:
    near = guess(name, known)
    if near is not None:
        return Text(f"「{near}」のことでしょうか。", f"Did you mean '{near}'?")
    listed = ", ".join(sorted(known)) or "-"
    return Text(f"使える名前: {listed}", f"Known names: {listed}")


def _unknown(formula: Formula, known: Collection[str], functions: set[str]) -> Iterator[tuple[str, Collection[str]]]:
    """The names and functions that are not known, each with those that are."""
    for name in sorted(names_of(formula) - set(known)):
        yield name, known
    called = {one.function for one in walk(formula) if isinstance(one, Call)}
    for name in sorted(called - functions):
        yield name, functions


def _place(node: Node, position: int) -> tuple[int, int]:
    """Line and column of a formula's character; of the formula itself where it spans lines."""
    if not isinstance(node, Scalar) or node.style in ("|", ">") or "\n" in node.text:
        return node.line, node.column
    doubled = node.text.count("'", 0, position) if node.style == "'" else 0
    return node.line, node.column + len(node.style) + position + doubled


_EXAMPLE = Text("例: (n + 2*p - f)//s + 1", "For example (n + 2*p - f)//s + 1.")
