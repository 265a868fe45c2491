"""A scene as text art: box-drawing characters, or ASCII where the output cannot draw them one column wide."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

from quizdl.screen.fallback import encodable
from quizdl.screen.figures.scene import Box, Circle, Item, Label, Line, Mesh, Point, Scene, Table, Tiles, labels_of
from quizdl.screen.kinsoku import cell_width
from quizdl.screen.page import View
from quizdl.text import Lang

_NORTH, _EAST, _SOUTH, _WEST = 1, 2, 4, 8
_STEPS = {(0, -1): _NORTH, (1, 0): _EAST, (0, 1): _SOUTH, (-1, 0): _WEST}
_DRAWN = " │─└││┌├─┘─┴┐┤┬┼"
"""The character of every set of directions, by the sum of their bits."""

_HEADS = {(0, -1): "▲", (1, 0): "►", (0, 1): "▼", (-1, 0): "◄"}
_TILES = {"plain": "□", "inside": "■", "edge": "·", "edge-inside": "+"}
_PLAIN = str.maketrans(dict(zip("│─└┌├┘┴┐┤┬┼▲►▼◄□■·⋯⋮", "|-+++++++++^>v<o#.~:", strict=True)))


_AMBIGUOUS = re.compile("[\u00a1-\u2fff]+")
"""Signs and Greek letters, which consoles of East Asia draw two columns wide as they do lines; nothing Japanese."""


def as_text(scene: Scene, lang: Lang, view: View) -> str:
    """The scene's lines, joined by newlines and without trailing spaces."""
    canvas = _Canvas(_lines_of(view.encoding), view.fit)
    for item in scene.items:
        _DRAW[type(item)](canvas, item)
    for item in scene.items:
        for label in labels_of(item):
            canvas.write(label, label.text.of(lang))
    return canvas.text()


def _lines_of(encoding: str) -> Callable[[str], str]:
    """Whether lines are drawn or put in ASCII.

    The encodings of East Asia give a box-drawing character two bytes, and consoles two columns: it would tear a figure.
    """
    try:
        drawn = encoding.lower().startswith("utf") or all(len(one.encode(encoding)) == 1 for one in "─│►▲□")
    except (UnicodeError, LookupError):
        drawn = False
    return str if drawn else lambda text: text.translate(_PLAIN)


class _Canvas:
    """Characters by their cell; lines that meet become corners and junctions."""

    def __init__(self, shape: Callable[[str], str], fit: Callable[[str], str]) -> None:
        self._shape = shape
        self._fit = fit
        self._directions: dict[Point, int] = {}
        self._characters: dict[Point, str] = {}

    def stroke(self, start: Point, end: Point) -> None:
        """A straight line between two cells, both included."""
        (x, y), (to_x, to_y) = start, end
        step = ((to_x > x) - (to_x < x), (to_y > y) - (to_y < y))
        while (x, y) != end:
            self._join((x, y), _STEPS[step])
            x, y = x + step[0], y + step[1]
            self._join((x, y), _STEPS[-step[0], -step[1]])

    def _join(self, at: Point, direction: int) -> None:
        self._directions[at] = self._directions.get(at, 0) | direction

    def put(self, at: Point, character: str) -> None:
        """One of the figure's own characters in a cell."""
        self._characters[at] = self._shape(character)

    def write(self, label: Label, text: str) -> None:
        """A text, cell by cell; the second cell of a wide character stays empty."""
        shown = self._fit(text)
        if self._shape("─") != "─":
            shown = _AMBIGUOUS.sub(lambda run: encodable(run[0].translate(_PLAIN), "ascii"), shown)
        x = label.left(cell_width(shown))
        for character in shown:
            width = cell_width(character)
            if not width:  # a combining mark shares the cell of what it stands on
                self._characters[x - 1, label.y] = self._characters.get((x - 1, label.y), "") + character
                continue
            self._characters[x, label.y] = character
            self._characters.update({(x + more, label.y): "" for more in range(1, width)})
            x += width

    def text(self) -> str:
        """All lines from the first cell on."""
        drawn = {at: self._shape(_DRAWN[bits]) for at, bits in self._directions.items()} | self._characters
        columns, rows = max(x for x, _ in drawn) + 1, max(y for _, y in drawn) + 1
        lines = ("".join(drawn.get((x, y), " ") for x in range(columns)).rstrip() for y in range(rows))
        return "\n".join(lines)


def _box(canvas: _Canvas, box: Box) -> None:
    right, bottom = box.x + box.width - 1, box.y + box.height - 1
    _path(canvas, ((box.x, box.y), (right, box.y), (right, bottom), (box.x, bottom), (box.x, box.y)))


def _path(canvas: _Canvas, points: Iterable[Point]) -> None:
    for start, end in pairwise(points):
        canvas.stroke(start, end)


def _circle(canvas: _Canvas, circle: Circle) -> None:
    for column, character in ((-1, "("), (1, ")")):
        canvas.put((circle.x + column, circle.y), character)


def _line(canvas: _Canvas, line: Line) -> None:
    _path(canvas, line.points)
    if line.head:
        (x, y), (to_x, to_y) = line.points[-2:]
        canvas.put((to_x, to_y), _HEADS[(to_x > x) - (to_x < x), (to_y > y) - (to_y < y)])


def _mesh(canvas: _Canvas, mesh: Mesh) -> None:
    rows = [y for _, y in (*mesh.starts, *mesh.ends)]
    canvas.stroke((mesh.rail, min(rows)), (mesh.rail, max(rows)))
    for start in mesh.starts:
        canvas.stroke(start, (mesh.rail, start[1]))
    for x, y in mesh.ends:
        _line(canvas, Line(((mesh.rail, y), (x, y))))


def _tiles(canvas: _Canvas, tiles: Tiles) -> None:
    for y, row in enumerate(tiles.rows):
        for x, mark in enumerate(row):
            canvas.put((tiles.x + 2 * x, tiles.y + y), _TILES[mark])
        if tiles.more:
            canvas.put((tiles.x + 2 * len(row), tiles.y + y), "⋯")
    if tiles.more:
        for x in range(len(tiles.rows[0])):
            canvas.put((tiles.x + 2 * x, tiles.y + len(tiles.rows)), "⋮")


def _table(canvas: _Canvas, table: Table) -> None:
    width, height = table.size
    for x in range(table.x, table.x + width, table.column + 1):
        canvas.stroke((x, table.y), (x, table.y + height - 1))
    for y in range(table.y, table.y + height, 2):
        canvas.stroke((table.x, y), (table.x + width - 1, y))
    for row in range(len(table.rows)):
        for column in range(len(table.rows[0])):
            middle, y = table.place(column, row)
            for side, bracket in zip(
                (-(table.column // 2), (table.column - 1) // 2), table.brackets(column, row), strict=True
            ):
                canvas.put((middle + side, y), bracket)


def _label(canvas: _Canvas, label: Label) -> None:
    """Texts are written last, over everything."""


_DRAW: dict[type[Item], Callable[[_Canvas, Any], None]] = {
    Label: _label,
    Box: _box,
    Circle: _circle,
    Line: _line,
    Mesh: _mesh,
    Tiles: _tiles,
    Table: _table,
}
