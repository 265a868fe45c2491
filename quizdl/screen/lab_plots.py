"""A lab's plots in a terminal: curves and points, drawn in cells; matrices are in `lab_heatmaps.py`.

One line is drawn as a filled curve of block characters; several by marks that differ without colour too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from rich.text import Text as RichText

from quizdl.labs.core import Curves, Scatter, Series
from quizdl.sanitise import printable
from quizdl.screen.kinsoku import cell_width
from quizdl.screen.lab_axes import Axis, number, tick
from quizdl.screen.lab_words import curves_in_words, scatter_in_words
from quizdl.screen.page import STYLES, Paragraph, View
from quizdl.text import Lang, Text

HEIGHT = 12
WIDEST = 72
MARGIN = 2

MARKS = "ox+*#@%&sv"
COLOURS = (
    "cyan",
    "yellow",
    "magenta",
    "green",
    "red",
    "blue",
    "bright_cyan",
    "bright_yellow",
    "bright_magenta",
    "white",
)
EIGHTHS = " ▁▂▃▄▅▆▇█"


class Grid:
    """Cells to draw in, row 0 at the top. A character that takes two cells leaves an empty one behind it."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._cells = [[(" ", "")] * width for _ in range(height)]

    def put(self, row: int, column: int, text: str, style: str = "") -> None:
        """Write over what is there; what does not fit on the row is left out."""
        for character in text:
            taken = cell_width(character)
            if column + taken > self.width:
                return
            self._cells[row][column] = (character, style)
            if taken == 2:
                self._cells[row][column + 1] = ("", "")
            column += taken

    def free(self, row: int, column: int, cells: int) -> bool:
        """Whether so many cells hold nothing."""
        return (
            0 <= row < self.height
            and column >= 0
            and column + cells <= self.width
            and all(self._cells[row][place][0] == " " for place in range(column, column + cells))
        )

    def rows(self) -> Iterator[RichText]:
        """The rows as styled text."""
        for cells in self._cells:
            line = RichText()
            for style, run in groupby(cells, key=lambda cell: cell[1]):
                line.append("".join(character for character, _ in run), style)
            yield line


@dataclass(frozen=True, slots=True)
class CurvesPlot:
    """A line plot with its axes and, where there are several lines, a legend."""

    curves: Curves
    lang: Lang

    def lines(self, view: View) -> Iterator[RichText]:
        """The plot's lines."""
        if view.look.plain:
            for said in curves_in_words(self.curves, self.lang):
                yield from Paragraph(((said, ""),), indent=MARGIN).lines(view)
            return
        series = [one for one in self.curves.series if one.xs]
        if not series:
            yield from Paragraph(((_NOTHING.of(self.lang), "quiet"),), indent=MARGIN).lines(view)
            return
        x = Axis.of(value for one in series for value in one.xs)
        y = Axis.of((value for one in series for value in one.ys), log=self.curves.log)
        labels = {round((1 - (y.share(value) or 0)) * (HEIGHT - 1)): tick(value) for value in y.ticks(4)}
        left = max(cell_width(label) for label in labels.values())
        grid = Grid(min(view.width - 2 * MARGIN - left - 2, WIDEST), HEIGHT)
        if len(series) == 1 and view.fit(EIGHTHS) == EIGHTHS:
            _fill(grid, series[0], x, y)
        else:
            for place, one in reversed(list(enumerate(series))):  # where lines meet, the first one is seen
                _trace(grid, one, x, y, MARKS[place % len(MARKS)], COLOURS[place % len(COLOURS)])
        yield RichText(" " * MARGIN + cut(view.fit(self.curves.y.of(self.lang)), view.width - MARGIN), STYLES["quiet"])
        for row, line in enumerate(grid.rows()):
            head = quiet(" " * MARGIN + labels.get(row, "").rjust(left) + view.fit(" │"))
            yield head + fitted(line, view)
        yield from self._below(x, left, grid.width, view)
        if len(series) > 1:
            yield from _legend([one.name.of(self.lang) for one in series], MARKS, view, left + MARGIN + 2)

    def _below(self, x: Axis, left: int, width: int, view: View) -> Iterator[RichText]:
        """The x axis: a line, its ends, and what it counts."""
        indent = " " * (MARGIN + left)
        yield RichText(f"{indent} {_corner('└', view)}{view.fit('─' * width)}", STYLES["quiet"])
        low, high = view.fit(_end(x, x.low)), view.fit(_end(x, x.high))
        name = cut(view.fit(self.curves.x.of(self.lang)), max(width - len(low) - len(high) - 2, 0))
        gap = width - cell_width(low) - cell_width(high) - cell_width(name)
        before = max(gap // 2, 1)
        line = f"{indent}  {low}{' ' * before}{name}{' ' * max(gap - before, 1)}{high}"
        yield RichText(line, STYLES["quiet"])


_NOTHING = Text("（まだ値がありません）", "(no values yet)")


def _end(axis: Axis, value: float) -> str:
    """An end of an axis in digits."""
    return number(10.0**value if axis.log else value)


def _fill(grid: Grid, one: Series, x: Axis, y: Axis) -> None:
    """A filled curve: each column as high as the curve there, to an eighth of a cell."""
    for column, height in enumerate(_heights(one, x, y, grid.width)):
        if height is None:
            continue
        eighths = max(round(height * grid.height * 8), 1)
        for row in range(grid.height):
            filled = min(max(eighths - 8 * (grid.height - 1 - row), 0), 8)
            if filled:
                grid.put(row, column, EIGHTHS[filled], COLOURS[0])


def _trace(grid: Grid, one: Series, x: Axis, y: Axis, mark: str, colour: str) -> None:
    for column, height in enumerate(_heights(one, x, y, grid.width)):
        if height is not None:
            grid.put(round((1 - height) * (grid.height - 1)), column, mark, colour)


def _heights(one: Series, x: Axis, y: Axis, width: int) -> list[float | None]:
    """How high the line stands in each column, 0 to 1: between its points as straight as it is drawn; None: no line.

    Where a column holds several points, their mean stands for them.
    """
    points = [(x.share(at), y.share(value)) for at, value in zip(one.xs, one.ys, strict=True)]
    heights: list[list[float]] = [[] for _ in range(width)]
    for at, value in points:
        if at is not None and value is not None:
            heights[round(at * (width - 1))].append(value)
    found: list[float | None] = [sum(column) / len(column) if column else None for column in heights]
    for (x0, y0), (x1, y1) in pairwise(points):
        if x0 is None or x1 is None or y0 is None or y1 is None or x0 == x1:
            continue
        first, last = sorted((round(x0 * (width - 1)), round(x1 * (width - 1))))
        for column in range(first + 1, last):
            share = (column / (width - 1) - x0) / (x1 - x0)
            found[column] = found[column] if heights[column] else y0 + share * (y1 - y0)
    return found


def _legend(names: Sequence[str], marks: Sequence[str], view: View, indent: int) -> Iterator[RichText]:
    """Which mark is whose, in as few lines as they fit in; a name too long for a line is cut."""
    indent = min(indent, view.width // 4)
    line, used = RichText(" " * indent), indent
    for place, name in enumerate(names):
        shown = cut(view.fit(name), view.width - indent - 2)
        width = cell_width(shown) + 2
        if used + width > view.width and used > indent:
            yield line
            line, used = RichText(" " * indent), indent
        line.append(f"{marks[place % len(marks)]} ", COLOURS[place % len(COLOURS)])
        line.append(shown + _APART)
        used += width + len(_APART)
    line.rstrip()
    yield line


_APART = "   "


def cut(text: str, width: int) -> str:
    """As much of the beginning as fits.

    >>> cut("注意機構", 5), cut("word", 5)
    ('注意', 'word')
    """
    found = ""
    for character in text:
        if cell_width(found + character) > width:
            break
        found += character
    return found


@dataclass(frozen=True, slots=True)
class ScatterPlot:
    """Points in the plane, marked by group, with as many of their labels as there is room for."""

    scatter: Scatter
    lang: Lang

    def lines(self, view: View) -> Iterator[RichText]:
        """The plane in a frame, then the legend."""
        shown = self.scatter
        if view.look.plain:
            yield from Paragraph(((scatter_in_words(shown, self.lang), ""),), indent=MARGIN).lines(view)
            return
        x, y = Axis.of(shown.xs), Axis.of(shown.ys)
        grid = Grid(min(view.width - 2 * MARGIN - 2, WIDEST), 2 * HEIGHT)
        groups = list(dict.fromkeys(shown.groups))
        marks = marks_of(groups)
        places = [_spot(grid, x.share(at), y.share(value)) for at, value in zip(shown.xs, shown.ys, strict=True)]
        for number_, spot in enumerate(places):
            place = groups.index(shown.groups[number_]) if shown.groups else 0
            if spot is not None:
                grid.put(*spot, marks[place % len(marks)], COLOURS[place % len(COLOURS)])
        for spot, label in zip(places, shown.labels, strict=False):
            if spot is not None:
                _label(grid, *spot, view.fit(printable(label, 20)))
        edge = view.fit("─" * grid.width)
        yield RichText(" " * MARGIN + _corner("┌", view) + edge + _corner("┐", view), STYLES["quiet"])
        for line in grid.rows():
            yield quiet(" " * MARGIN + view.fit("│")) + line + quiet(view.fit("│"))
        yield RichText(" " * MARGIN + _corner("└", view) + edge + _corner("┘", view), STYLES["quiet"])
        if len(groups) > 1 and any(mark != name for mark, name in zip(marks, groups, strict=False)):
            yield from _legend([printable(name, 40) for name in groups], marks, view, MARGIN + 1)


def marks_of(groups: Sequence[str]) -> Sequence[str]:
    """A mark for each group: its own first character where that tells them apart, as for digits.

    >>> marks_of(["0", "1"]), marks_of(["first", "further"])[:2]
    (['0', '1'], 'ox')
    """
    first = [name[:1] for name in groups]
    apart = len(set(first)) == len(first) and all(mark.isascii() and mark.isalnum() for mark in first)
    return first if groups and apart else MARKS


def _spot(grid: Grid, x: float | None, y: float | None) -> tuple[int, int] | None:
    if x is None or y is None:
        return None
    return round((1 - y) * (grid.height - 1)), round(x * (grid.width - 1))


def _label(grid: Grid, row: int, column: int, text: str) -> None:
    """Right of its point, left of it, above or below; where it would cover something, it is left out."""
    width = cell_width(text)
    middle = column - width // 2
    for at_row, at in ((row, column + 2), (row, column - 1 - width), (row - 1, middle), (row + 1, middle)):
        if grid.free(at_row, at, width):
            grid.put(at_row, at, text)
            return


def quiet(text: str) -> RichText:
    """Quiet by itself: what is put behind it has its own style."""
    return RichText().append(text, STYLES["quiet"])


def _corner(sign: str, view: View) -> str:
    """The corner of a frame, or what stands for one where there are none."""
    return sign if view.fit(sign) == sign else "+"


def fitted(line: RichText, view: View) -> RichText:
    """The line as it is, or, where the output lacks its characters, without colour and with stand-ins."""
    plain = view.fit(line.plain)
    return line if plain == line.plain else RichText(plain)
