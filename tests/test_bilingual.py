"""Japanese and English are held in step: every text in the code stands beside its other language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "quizdl"
SENTENCE = re.compile(r"[ぁ-んァ-ヶー一-龠]*[ぁ-ん][ぁ-んァ-ヶー一-龠]+")
"""Japanese prose: kana among other characters. Single characters, as grammars and tables hold them, are no prose."""


def _pairs(tree: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Every (Japanese, English) pair of neighbouring arguments, as in `Text(ja, en)` and `tr(ja, en)`."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        if {"ja", "en"} <= named.keys():
            yield named["ja"], named["en"]
        for first, second in pairwise(node.args):
            if _is_text(first) and _is_text(second) and SENTENCE.search(_literal(first)) and _literal(second):
                yield first, second


def _is_text(node: ast.expr) -> bool:
    """A string or f-string, alone, joined or chosen; a call is a text of its own."""
    return isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp | ast.IfExp)


def _literal(node: ast.expr) -> str:
    """The fixed text in an expression of strings and f-strings; empty where there is none."""
    return "".join(
        part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)
    )


def _values(node: ast.expr) -> set[str]:
    """What is put into the f-strings, as source; a value that is itself chosen by language counts as one."""
    sources = {ast.unparse(part) for part in ast.walk(node) if isinstance(part, ast.FormattedValue)}
    return {re.sub(r"(?<![a-z])(ja|en)(?![a-z])", "L", source) for source in sources}


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_both_languages_say_the_same(path: Path) -> None:
    """The English side holds no Japanese sentence, neither side is empty, and both name the same values."""
    faults = []
    for ja, en in _pairs(ast.parse(path.read_text(encoding="utf-8"))):
        if SENTENCE.search(_literal(en)):
            faults.append(f"{path.name}:{en.lineno}: Japanese on the English side")
        if _values(ja) != _values(en):
            faults.append(f"{path.name}:{en.lineno}: different values: {_values(ja) ^ _values(en)}")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_japanese_sentence_stands_alone(path: Path) -> None:
    """A sentence without its English neighbour would reach readers of English, or nobody."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    paired = {id(part) for pair in _pairs(tree) for side in pair for part in ast.walk(side)}
    documented = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    alone = [
        f"{path.name}:{node.lineno}: {node.value}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and SENTENCE.search(node.value)
        and id(node) not in paired | documented
    ]
    assert not alone, "\n".join(alone)
