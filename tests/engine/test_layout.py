"""How the room is built: it stands alone, and importing it costs nothing."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import quizdl.engine

ROOM = Path(quizdl.engine.__file__).parent
FILES = sorted(ROOM.glob("*.py"))


def imports(path: Path) -> set[str]:
    """Every module that the file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found - {"__future__"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_engine_imports_numpy_and_nothing_of_quizdl(path: Path) -> None:
    """It checks other people's code, so nothing else in the package can change what it computes."""
    standard = {"collections.abc", "functools", "itertools", "math", "typing", "types", "sys"}
    foreign = {name for name in imports(path) - standard if not name.startswith(("numpy", "quizdl.engine"))}
    assert not foreign


def test_the_package_itself_imports_nothing() -> None:
    """`quizdl.engine.counters` can then be had without NumPy."""
    assert imports(ROOM / "__init__.py") == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_everything_public_says_what_it_is(path: Path) -> None:
    """Every module, class and function that is not private has a docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    inside = [node for owner in (tree, *classes) for node in owner.body]
    things = [node for node in inside if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    bare = [node.name for node in things if not node.name.startswith("_") and not ast.get_docstring(node)]
    assert ast.get_docstring(tree)
    assert bare == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_is_too_long_to_read(path: Path) -> None:
    """No function over 40 lines, no file over 400."""
    text = path.read_text(encoding="utf-8")
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    long = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    assert {name: lines for name, lines in long.items() if lines > 40} == {}
    assert len(text.splitlines()) <= 400
