"""A figure before it is drawn: boxes, lines, grids and labels on a grid of character cells.

One scene serves the terminal and the page. Places are (column, row) from (0, 0) at the top left; a cell is as large as
one narrow character. Nothing in a scene depends on the language but the words themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from quizdl.screen.kinsoku import cell_width
from quizdl.text import Lang, Text

Point: TypeAlias = tuple[int, int]
Anchor = Literal["start", "middle", "end"]
Fit: TypeAlias = Callable[[str], str]
"""What an output makes of a text: stand-ins for what it cannot show."""


@dataclass(frozen=True, slots=True)
class Label:
    """One line of text that starts, is centred, or ends at a cell."""

    x: int
    y: int
    text: Text
    anchor: Anchor = "start"

    def left(self, width: int) -> int:
        """The first column of a text of this width."""
        return self.x - {"start": 0, "middle": width // 2, "end": width - 1}[self.anchor]


@dataclass(frozen=True, slots=True)
class Box:
    """A frame around lines of text; `width` and `height` include the frame."""

    x: int
    y: int
    width: int
    height: int
    lines: tuple[Text, ...] = ()

    @property
    def labels(self) -> tuple[Label, ...]:
        """The lines, centred within the frame."""
        top = self.y + (self.height - len(self.lines)) // 2
        middle = self.x + self.width // 2
        return tuple(Label(middle, top + number, line, "middle") for number, line in enumerate(self.lines))


@dataclass(frozen=True, slots=True)
class Circle:
    """An operation such as × or +, in a circle three cells wide around (x, y)."""

    x: int
    y: int
    text: Text


@dataclass(frozen=True, slots=True)
class Line:
    """A path of horizontal and vertical strokes, with a head at its end unless it is plain."""

    points: tuple[Point, ...]
    head: bool = True


@dataclass(frozen=True, slots=True)
class Mesh:
    """Every place on the left joined to every place on the right; `rail` is the column where text gathers the lines."""

    starts: tuple[Point, ...]
    ends: tuple[Point, ...]
    rail: int


Mark = Literal["plain", "inside", "edge", "edge-inside"]


@dataclass(frozen=True, slots=True)
class Tiles:
    """A picture of squares two columns wide: of the input or of its edge (padding), within a window or not."""

    x: int
    y: int
    rows: tuple[tuple[Mark, ...], ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A grid of lines with a text in each cell; `column` is a cell's width without its lines.

    first, second: the cells of two windows, which text puts into [ ] and ( ), those of both into < >.
    """

    x: int
    y: int
    column: int
    rows: tuple[tuple[Text, ...], ...]
    first: frozenset[Point] = frozenset()
    second: frozenset[Point] = frozenset()

    @property
    def size(self) -> Point:
        """Width and height in cells."""
        return (self.column + 1) * len(self.rows[0]) + 1, 2 * len(self.rows) + 1

    def place(self, column: int, row: int) -> Point:
        """The middle of a cell of the table."""
        return self.x + (self.column + 1) * column + 1 + self.column // 2, self.y + 2 * row + 1

    def brackets(self, column: int, row: int) -> str:
        """What stands around a cell's text, if anything."""
        inside = ((column, row) in self.first, (column, row) in self.second)
        return {(True, False): "[]", (False, True): "()", (True, True): "<>"}.get(inside, "  ")


Item: TypeAlias = Label | Box | Circle | Line | Mesh | Tiles | Table


@dataclass(frozen=True, slots=True)
class Scene:
    """What is drawn, with a title and, for those who cannot see it, a description that gives no more away."""

    title: Text
    description: Text
    items: tuple[Item, ...]

    def labels(self) -> Iterator[Label]:
        """Every text of the scene, in its place."""
        for item in self.items:
            yield from labels_of(item)

    def size(self, lang: Lang, fit: Fit) -> Point:
        """Columns and rows that the scene takes, its texts as `fit` makes them."""
        corners = [corner for item in self.items for corner in _corners(item)]
        for label in self.labels():
            width = cell_width(fit(label.text.of(lang)))
            corners.append((label.left(width) + width - 1, label.y))
        return max(x for x, _ in corners) + 1, max(y for _, y in corners) + 1


def labels_of(item: Item) -> Iterator[Label]:
    """The texts of one item, each where it stands."""
    match item:
        case Label():
            yield item
        case Box():
            yield from item.labels
        case Circle(x, y, text):
            yield Label(x, y, text, "middle")
        case Table():
            for number, row in enumerate(item.rows):
                for column, text in enumerate(row):
                    yield Label(*item.place(column, number), text, "middle")


def _corners(item: Item) -> Iterator[Point]:
    """Points of an item that reach furthest to the right and down; texts aside."""
    match item:
        case Box(x, y, width, height):
            yield x + width - 1, y + height - 1
        case Circle(x, y):
            yield x + 1, y
        case Line(points):
            yield from points
        case Mesh(starts, ends):
            yield from (*starts, *ends)
        case Tiles(x, y, rows, more):
            yield x + 2 * (len(rows[0]) + more) - 2, y + len(rows) + more - 1
        case Table(x, y):
            width, height = item.size
            yield x + width - 1, y + height - 1
