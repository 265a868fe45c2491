"""A short example of what was handed in that tells nobody whose it is: the function alone, without words."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable

from quizdl.model import Choice, Code, Question
from quizdl.sanitise import printable

MOST_LINES = 14
MOST_CHARACTERS = 100
_LONGEST_SOURCE = 8_000
_MOST_READ = 30
_LONGEST_STRING = 12
_SHORTEST_NAME = 3


def example_of(question: Question, texts: Iterable[str], told_apart: Iterable[str] = ()) -> str | None:
    """A short one of these answers, made anonymous; None where none can be shown.

    told_apart: names and ids of learners, read anew for each; an answer that has one of them is not shown.
    """
    kept: set[str] = set()
    for text in texts:
        keep_shortest(kept, text)
    shown = {example for text in kept if (example := _anonymous(question, text)) is not None}
    in_order = sorted(shown, key=lambda one: (len(one), one))
    return next((_cut(one) for one in in_order if not _tells(one, told_apart)), None)


def keep_shortest(kept: set[str], text: str) -> None:
    """One more text of which an example may be made: some are kept at a time, all different."""
    if len(text) > _LONGEST_SOURCE:
        return
    kept.add(text)
    if len(kept) > _MOST_READ:
        kept.remove(max(kept, key=lambda one: (len(one), one)))


def _anonymous(question: Question, text: str) -> str | None:
    if isinstance(question, Choice):
        return None  # a letter is no example
    if not isinstance(question, Code):
        return " ".join(printable(text, MOST_CHARACTERS).split()) or None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a learner's "\\d" is nothing to tell whoever grades
            tree = ast.parse(text.removeprefix("\ufeff").strip() if question.answer is not None else text)
        return ast.unparse(_without_words(_part(tree, question.function)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _part(tree: ast.Module, function: str) -> ast.AST:
    """The function that was asked for, the last of them if there are several; else all of it."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == function]
    return found[-1] if found else tree


def _without_words(tree: ast.AST) -> ast.AST:
    """Comments are gone already; docstrings go, and of long strings, what they say."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) > _LONGEST_STRING:
            node.value = "…"
        body = getattr(node, "body", None)
        if isinstance(body, list):
            kept = [one for one in body if not _is_string(one)]
            node.body = kept or [ast.Pass()]  # type: ignore[attr-defined]
    return tree


def _is_string(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _tells(example: str, names: Iterable[str]) -> bool:
    """Whether it has a name as a word of its own, or a Japanese one anywhere."""
    text = example.casefold()
    words = set(re.findall(r"[^\W_]+|\w+", text))
    long_enough = (name.casefold() for name in names if len(name) >= _SHORTEST_NAME or not name.isascii())
    return any(name in words or (not name.isascii() and name in text) for name in long_enough)


def _cut(example: str) -> str:
    lines = printable(example, None).split("\n")
    kept = [line if len(line) <= MOST_CHARACTERS else f"{line[: MOST_CHARACTERS - 1]}…" for line in lines[:MOST_LINES]]
    return "\n".join([*kept, *(["…"] if len(lines) > MOST_LINES else [])])
