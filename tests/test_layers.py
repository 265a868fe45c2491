"""Data flows one way: no room imports a room that it must not know."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "quizdl"
BASE = {"areas", "model", "errors", "figures", "paths", "text", "sanitise", "spreadsheet", "whole"}

ALLOWED = {
    "text": set(),
    "whole": set(),
    "sanitise": set(),
    "spreadsheet": {"sanitise"},
    "areas": {"text"},
    "paths": set(),
    "errors": {"text"},
    "settings": {"areas", "errors", "model", "paths", "sanitise", "text", "whole"},
    "figures": {"text"},
    "model": {"figures", "text"},
    "engine": set(),
    "formula": {"errors", "text"},
    "bank": {*BASE, "formula", "engine.counters"},
    "sandbox": BASE,
    "study": BASE,
    "record": BASE,
    "grading": {*BASE, "formula", "engine", "sandbox"},
    "report": {
        *BASE,
        "record",
        "study.exam",
        "batch.records",
        "batch.tables",
        "screen.figures",
        "screen.html",
        "screen.words",
    },
    "exchange": {*BASE, "bank", "formula", "screen.figures", "screen.html", "screen.mathml", "screen.prose"},
    "labs": {*BASE, "engine", "sandbox"},
    "batch": {*BASE, "bank", "engine.references", "grading", "sandbox"},
    "authoring": {*BASE, "bank", "formula", "engine", "grading", "labs.catalogue", "sandbox"},
}


def _imports(path: Path) -> set[str]:
    """The `quizdl.…` modules that a file imports anywhere, inside functions too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            if node.module == "quizdl" or node.module.count(".") == 1:
                found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name.removeprefix("quizdl.") for name in found if name.startswith("quizdl.")}


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _may(room: str, module: str) -> bool:
    wanted = {room, *ALLOWED[room]}
    return any(module == name or module.startswith(f"{name}.") for name in wanted)


FILES = [path for path in sorted(PACKAGE.rglob("*.py")) if _room(path) in ALLOWED]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_the_rooms_below_it(path: Path) -> None:
    """The table above is the architecture; a new import across rooms has to be written into it."""
    room = _room(path)
    modules = {name for name in _imports(path) if (PACKAGE / name.split(".")[0]).exists() or name in BASE}
    wrong = {name for name in modules if not _may(room, name)}
    assert not wrong, f"{room} must not import {sorted(wrong)}"


def test_every_room_is_in_the_table() -> None:
    """A folder that the table does not know would escape the rule; screen and cli stand on top and may use all."""
    rooms = {_room(path) for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE}
    assert rooms - {"screen", "cli"} <= set(ALLOWED)
