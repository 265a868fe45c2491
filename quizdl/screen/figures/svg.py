"""A scene as SVG: text and lines in the colour of the text around it, so that it is read in light and in dark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from xml.sax.saxutils import escape, quoteattr

from quizdl.screen.figures.scene import Box, Circle, Item, Line, Mesh, Point, Scene, Table, Tiles, labels_of
from quizdl.text import Lang

CELL_WIDTH = 9
CELL_HEIGHT = 20
MARGIN = 10
_RADIUS = 10
_FONT = "ui-monospace, Menlo, Consolas, 'Noto Sans Mono CJK JP', 'BIZ UDGothic', monospace"
_SIZE = 14


def as_svg(scene: Scene, lang: Lang) -> str:
    """The scene as one `svg` element, to be put into a page or a file. It has no script, style sheet or link."""
    columns, rows = scene.size(lang, str)
    width, height = columns * CELL_WIDTH + 2 * MARGIN, rows * CELL_HEIGHT + 2 * MARGIN
    title, description = scene.title.of(lang), scene.description.of(lang)
    targets = _targets(scene)
    shapes = [line for item in scene.items for line in _shapes(item, targets)]
    texts = [line for item in scene.items for line in _texts(item, lang)]
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
            f' lang="{lang}" role="img" aria-label={quoteattr(title)} fill="none" stroke="currentColor"'
            f' font-family="{_FONT}" font-size="{_SIZE}">',
            f"<title>{escape(title)}</title>",
            f"<desc>{escape(description)}</desc>",
            *shapes,
            *texts,
            "</svg>\n",
        )
    )


def _centre(point: tuple[float, float]) -> tuple[float, float]:
    return MARGIN + (point[0] + 0.5) * CELL_WIDTH, MARGIN + (point[1] + 0.5) * CELL_HEIGHT


def _texts(item: Item, lang: Lang) -> Iterator[str]:
    for label in labels_of(item):
        x, y = _centre((label.x, label.y))
        if isinstance(item, Box):
            x = MARGIN + (item.x + item.width / 2) * CELL_WIDTH
        elif label.anchor != "middle":
            x += CELL_WIDTH / 2 if label.anchor == "end" else -CELL_WIDTH / 2
        yield (
            f'<text x="{x:g}" y="{y + 0.35 * _SIZE:g}" text-anchor="{label.anchor}" fill="currentColor" stroke="none">'
            f"{escape(label.text.of(lang))}</text>"
        )


def _targets(scene: Scene) -> dict[Point, Point]:
    """How far a head goes beyond its cell, across and down, where the next cell belongs to a box or a circle."""
    cells: dict[Point, Point] = {}
    for item in scene.items:
        match item:
            case Box(x, y, width, height):
                frame = [(x + dx, y + dy) for dx in range(width) for dy in (0, height - 1)]
                frame += [(x + dx, y + dy) for dx in (0, width - 1) for dy in range(height)]
                cells.update(dict.fromkeys(frame, (CELL_WIDTH, CELL_HEIGHT)))
            case Circle(x, y):
                cells.update(dict.fromkeys([(x - 1, y), (x + 1, y)], (2 * CELL_WIDTH - _RADIUS, 0)))
                cells[x, y] = (0, CELL_HEIGHT - _RADIUS)
    return cells


def _shapes(item: Item, targets: Mapping[Point, Point]) -> Iterator[str]:
    match item:
        case Box(x, y, width, height):
            left, top = _centre((x, y))
            yield _rectangle(left, top, (width - 1) * CELL_WIDTH, (height - 1) * CELL_HEIGHT, 'rx="4"')
        case Circle(x, y):
            middle, centre = _centre((x, y))
            yield f'<circle cx="{middle:g}" cy="{centre:g}" r="{_RADIUS}"/>'
        case Line():
            yield from _line(item, targets)
        case Mesh(starts, ends):
            for start, end in product(starts, ends):
                yield _polyline([_centre(start), _centre((end[0] + 0.5, end[1]))], ' stroke-opacity="0.6"')
        case Tiles():
            yield from _tiles(item)
        case Table():
            yield from _table(item)


def _rectangle(x: float, y: float, width: float, height: float, extra: str = "") -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" {extra}/>'


def _polyline(points: list[tuple[float, float]], extra: str = "") -> str:
    places = " ".join(f"{x:g},{y:g}" for x, y in points)
    return f'<polyline points="{places}"{extra}/>'


def _line(line: Line, targets: Mapping[Point, Point]) -> Iterator[str]:
    """The path, and a head whose tip touches what it points to. A path from a circle's middle begins at its edge."""
    points = [_centre(point) for point in line.points]
    if not targets.get(line.points[0], (1, 1))[0]:
        dx, dy = _direction(*line.points[:2])
        points[0] = (points[0][0] + _RADIUS * dx, points[0][1] + _RADIUS * dy)
    if not line.head:
        yield _polyline(points)
        return
    dx, dy = _direction(*line.points[-2:])
    end = line.points[-1]
    across, down = targets.get((end[0] + dx, end[1] + dy), (CELL_WIDTH // 4, CELL_HEIGHT // 4))
    x, y = points[-1][0] + dx * across, points[-1][1] + dy * down
    points[-1] = (x - 7 * dx, y - 7 * dy)
    yield _polyline(points)
    corners = ((x, y), *((x - 8 * dx + 4 * side * dy, y - 8 * dy + 4 * side * dx) for side in (-1, 1)))
    places = " ".join(f"{cx:g},{cy:g}" for cx, cy in corners)
    yield f'<polygon points="{places}" fill="currentColor" stroke="none"/>'


def _direction(start: Point, end: Point) -> Point:
    return (end[0] > start[0]) - (end[0] < start[0]), (end[1] > start[1]) - (end[1] < start[1])


def _tiles(tiles: Tiles) -> Iterator[str]:
    """Squares, those of the padding dashed, those of the window tinted; dots where the picture goes on."""
    side = CELL_HEIGHT
    for y, row in enumerate(tiles.rows):
        for x, mark in enumerate(row):
            left, top = MARGIN + (tiles.x + 2 * x - 0.5) * CELL_WIDTH, MARGIN + (tiles.y + y) * CELL_HEIGHT
            dashes = ' stroke-dasharray="2 3"' if mark.startswith("edge") else ""
            tint = ' fill="currentColor" fill-opacity="0.35"' if mark.endswith("inside") else ""
            yield _rectangle(left + 1, top + 1, 2 * CELL_WIDTH - 2, side - 2, f'stroke-opacity="0.7"{dashes}{tint}')
    if tiles.more:
        right, bottom = tiles.x + 2 * len(tiles.rows[0]), tiles.y + len(tiles.rows)
        yield from (_dots(_centre((right - 0.5, y)), (1, 0)) for y in range(tiles.y, bottom))
        yield from (_dots(_centre((x, bottom - 0.4)), (0, 1)) for x in range(tiles.x, right, 2))


def _dots(start: tuple[float, float], step: Point) -> str:
    """Three dots in a row."""
    end = (start[0] + 12 * step[0], start[1] + 12 * step[1])
    return _polyline([start, end], ' stroke-width="2" stroke-dasharray="2 3" stroke-opacity="0.7"')


def _table(table: Table) -> Iterator[str]:
    width, height = table.size
    left, top = _centre((table.x, table.y))
    for column, row in sorted(table.first):
        yield _cell(table, column, row, 'fill="currentColor" fill-opacity="0.25" stroke="none"')
    for column, row in sorted(table.second):
        yield _cell(table, column, row, 'stroke-width="2" stroke-dasharray="4 3"', inset=3)
    for x in range(0, width, table.column + 1):
        yield _polyline([(left + x * CELL_WIDTH, top), (left + x * CELL_WIDTH, top + (height - 1) * CELL_HEIGHT)])
    for y in range(0, height, 2):
        yield _polyline([(left, top + y * CELL_HEIGHT), (left + (width - 1) * CELL_WIDTH, top + y * CELL_HEIGHT)])


def _cell(table: Table, column: int, row: int, extra: str, inset: int = 0) -> str:
    left, top = _centre((table.x + (table.column + 1) * column, table.y + 2 * row))
    width, height = (table.column + 1) * CELL_WIDTH, 2 * CELL_HEIGHT
    return _rectangle(left + inset, top + inset, width - 2 * inset, height - 2 * inset, extra)
