"""A lab's pictures as SVG: curves, shaded matrices and points, each with a title and its numbers in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from html import escape

from quizdl.labs.core import Curves, Heatmap, Scatter, Series
from quizdl.labs.sweep import Sweep
from quizdl.report.svg import WIDTH, chart, label
from quizdl.sanitise import printable
from quizdl.screen.kinsoku import cell_width
from quizdl.screen.lab_axes import Axis, extent, number, share_of, tick
from quizdl.screen.lab_plots import marks_of
from quizdl.screen.lab_words import SENTENCES, curves_in_words, heatmap_in_words, scatter_in_words
from quizdl.text import Lang, Text

PLOT = 200.0
TOP = 24.0
KINDS = 8
"""So many colours and kinds of dashes there are; then they begin anew."""

_LETTER = 6.3
"""How wide a letter of a label is, about; a Japanese one is two."""

_FEW_COLUMNS = 16
_LARGEST_CELL = 30.0
_PIXEL = 12.0


def curves_svg(curves: Curves, name: str, lang: Lang) -> str:
    """A line plot with its axes; several lines differ in their dashes too and are named in a legend."""
    series = [one for one in curves.series if one.xs]
    x = Axis.of(value for one in series for value in one.xs)
    y = Axis.of((value for one in series for value in one.ys), log=curves.log)
    ticks = [(value, tick(value)) for value in y.ticks(5)]
    left = max(cell_width(text) for _, text in ticks) * _LETTER + 8
    frame = _Frame(left, TOP, WIDTH - 6, TOP + PLOT)
    legend, end = _legend([one.name.of(lang) for one in series], frame.bottom + 48, _line_sample)
    lines = [
        label(0, 12, printable(curves.y.of(lang), 60), "tick"),
        *(_level(frame, y.share(value) or 0.0, text) for value, text in ticks),
        *_below(frame, x, curves.x.of(lang)),
        *(_line(frame, one, x, y, place) for place, one in enumerate(series)),
        *(legend if len(series) > 1 else ()),
    ]
    height = end if len(series) > 1 else frame.bottom + 40
    said = SENTENCES.of(lang).join(curves_in_words(curves, lang))
    return _chart(name, height, curves.title, said, lines, lang)


def _chart(name: str, height: float, title: Text, said: str, lines: Sequence[str], lang: Lang) -> str:
    """The whole chart; names of a learner's data may stand in its title and in what is said."""
    return chart(name, math.ceil(height), printable(title.of(lang), None), printable(said, None), lines)


class _Frame:
    """Where in the picture the plot stands; shares of an axis become places."""

    def __init__(self, left: float, top: float, right: float, bottom: float) -> None:
        self.left, self.top, self.right, self.bottom = left, top, right, bottom

    def x(self, share: float) -> float:
        return round(self.left + share * (self.right - self.left), 1)

    def y(self, share: float) -> float:
        return round(self.bottom - share * (self.bottom - self.top), 1)


def _level(frame: _Frame, share: float, text: str) -> str:
    y = frame.y(share)
    line = f'<path class="grid" d="M{frame.left:g} {y:g}H{frame.right:g}"/>'
    return line + label(frame.left - 5, y + 4, text, "tick", anchor="end")


def _below(frame: _Frame, x: Axis, name: str) -> Iterator[str]:
    yield f'<path class="axis" d="M{frame.left:g} {frame.top:g}V{frame.bottom:g}H{frame.right:g}"/>'
    for value in x.ticks(6):
        place = frame.x(x.share(value) or 0.0)
        yield label(place, frame.bottom + 15, tick(value), "tick", anchor="end" if place > WIDTH - 20 else "middle")
    yield label((frame.left + frame.right) / 2, frame.bottom + 32, printable(name, 60), "tick", anchor="middle")


def _line(frame: _Frame, one: Series, x: Axis, y: Axis, place: int) -> str:
    """The line, broken where there is no value; few points are marked as well."""
    path, marks, pen = "", "", "M"
    for at, value in zip(one.xs, one.ys, strict=True):
        share_x, share_y = x.share(at), y.share(value)
        if share_x is None or share_y is None:
            pen = "M"
            continue
        path += f"{pen}{frame.x(share_x):g} {frame.y(share_y):g}"
        marks += f'<circle cx="{frame.x(share_x):g}" cy="{frame.y(share_y):g}" r="2.5"/>'
        pen = "L"
    kind = place % KINDS
    dots = f'<g class="dot k{kind}">{marks}</g>' if len(one.xs) <= 24 else ""
    return f'<path class="line k{kind}" d="{path}"/>{dots}' if path else ""


def _line_sample(x: float, y: float, place: int) -> str:
    return f'<path class="line k{place % KINDS}" d="M{x:g} {y - 4:g}h22"/>'


def _legend(names: Sequence[str], top: float, sample: Callable[[float, float, int], str]) -> tuple[list[str], float]:
    """Which line or mark is whose, row after row; then where the legend ends."""
    found: list[str] = []
    x, y = 0.0, top
    for place, name in enumerate(names):
        shown = printable(name, 60)
        width = 28 + cell_width(shown) * _LETTER + 14
        if x and x + width > WIDTH:
            x, y = 0.0, y + 17
        found += [sample(x, y, place), label(x + 27, y, shown, "tick")]
        x += width
    return found, y + 10


def heatmap_svg(shown: Heatmap, name: str, lang: Lang) -> str:
    """A matrix in shades, with its numbers where they can be read."""
    values = shown.values.tolist()
    low, high = extent(shown.values.ravel().tolist())
    rows = [printable(text, 24) for text in shown.rows] if not shown.plain else []
    columns = [printable(text, 12) for text in shown.columns] if not shown.plain else []
    left = max((cell_width(text) for text in rows), default=0) * _LETTER + (6 if rows else 0)
    count = max(len(values[0]) if values else 1, 1)
    cell = min((WIDTH - left) / count, _PIXEL if shown.plain else _LARGEST_CELL)
    slanted = any(cell_width(text) * _LETTER > cell for text in columns)
    longest = max((cell_width(text) for text in columns), default=0) * _LETTER
    top = (longest * 0.75 + 12 if slanted else 18) if columns else 2
    lines = [*_heads(columns, left, top, cell, slanted=slanted)]
    for row, line in enumerate(values):
        y = top + row * cell
        if rows:
            lines.append(label(left - 5, y + cell / 2 + 4, rows[row], "tick", anchor="end"))
        lines += [_cell(value, low, high, left + place * cell, y, cell, shown) for place, value in enumerate(line)]
    bottom = top + len(values) * cell
    if not shown.plain:
        lines.append(label(left, bottom + 16, _axes(shown, low, high, lang), "tick"))
    height = bottom + (22 if not shown.plain else 2)
    return _chart(name, height, shown.title, heatmap_in_words(shown, lang), lines, lang)


def _heads(columns: Sequence[str], left: float, top: float, cell: float, *, slanted: bool) -> Iterator[str]:
    for place, text in enumerate(columns):
        x = left + (place + 0.5) * cell
        if slanted:
            turn = f"rotate(-45 {x:g} {top - 5:g})"
            yield f'<text class="tick" x="{x:g}" y="{top - 5:g}" transform="{turn}">{escape(text)}</text>'
        else:
            yield label(x, top - 5, text, "tick", anchor="middle")


def _cell(value: float, low: float, high: float, x: float, y: float, size: float, shown: Heatmap) -> str:
    share = share_of(value, low, high)
    kind = "cell small" if size < _PIXEL + 1 else "cell"
    square = f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{size:g}" height="{size:g}" fill-opacity="{share:.2f}"/>'
    if shown.plain or shown.values.shape[1] > _FEW_COLUMNS or size < 20:
        return square
    kind = "on" if share > 0.55 else "off"
    return square + label(x + size / 2, y + size / 2 + 3.5, _short(value), kind, anchor="middle")


def _short(value: float) -> str:
    """A number that fits into a cell.

    >>> _short(0.128), _short(12.34), _short(3.0)
    ('0.13', '12.3', '3')
    """
    if not math.isfinite(value) or (value == int(value) and abs(value) < 1e4):
        return number(value)
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}" if abs(value) < 100 else f"{value:.0f}"


def _axes(shown: Heatmap, low: float, high: float, lang: Lang) -> str:
    named = [(Text("縦", "down"), shown.y), (Text("横", "across"), shown.x)]
    ways = [f"{way.of(lang)}: {axis.of(lang)}" for way, axis in named if axis is not None]
    least, most = number(low), number(high)
    return " · ".join([*ways, Text(f"白 {least}、濃い色 {most}", f"pale {least}, full {most}").of(lang)])


def scatter_svg(shown: Scatter, name: str, lang: Lang) -> str:
    """Points in the plane, marked by group in colour and in shape (or as the group's one letter), with their labels."""
    x, y = Axis.of(shown.xs), Axis.of(shown.ys)
    frame = _Frame(12, 12, WIDTH - 12, WIDTH - 60)
    groups = list(dict.fromkeys(shown.groups))
    written = bool(groups) and all(len(group) == 1 for group in groups) and list(marks_of(groups)) == groups
    lines = [
        f'<rect class="frame" x="1" y="1" width="{WIDTH - 2}" height="{frame.bottom + 11:g}"/>',
        *_points(shown, frame, x, y, groups, groups if written else ()),
    ]
    legend, end = _legend(groups, frame.bottom + 32, lambda at, y, place: _mark(at + 12, y - 4, place))
    many = len(groups) > 1 and not written
    height = end if many else frame.bottom + 16
    drawn = [*lines, *(legend if many else ())]
    return _chart(name, height, shown.title, scatter_in_words(shown, lang), drawn, lang)


def _points(
    shown: Scatter, frame: _Frame, x: Axis, y: Axis, groups: Sequence[str], written: Sequence[str]
) -> Iterator[str]:
    spots: list[tuple[int, float, float]] = []
    for place, (at, value) in enumerate(zip(shown.xs, shown.ys, strict=True)):
        share_x, share_y = x.share(at), y.share(value)
        if share_x is not None and share_y is not None:
            spots.append((place, frame.x(share_x), frame.y(share_y)))
    for place, px, py in spots:
        group = groups.index(shown.groups[place]) if shown.groups else 0
        if written:
            yield label(px, py + 4, written[group], f"mark t{group % KINDS}", anchor="middle")
        else:
            yield _mark(px, py, group)
    taken = [(px - 5, py - 5, px + 5, py + 5) for _, px, py in spots]
    for place, px, py in spots:
        if place < len(shown.labels):
            yield from _label_beside(px, py, printable(shown.labels[place], 24), taken)


def _label_beside(px: float, py: float, text: str, taken: list[tuple[float, float, float, float]]) -> Iterator[str]:
    """Right of its point, left, above or below; where it would cover something it is left out."""
    wide = _LETTER * cell_width(text)
    for at, top, anchor in (
        (px + 7, py + 4, "start"),
        (px - 7, py + 4, "end"),
        (px, py - 8, "middle"),
        (px, py + 17, "middle"),
    ):
        left = at - wide * {"start": 0, "middle": 0.5, "end": 1}[anchor]
        box = (left, top - 10, left + wide, top + 2)
        free = all(box[2] < x0 or box[0] > x1 or box[3] < y0 or box[1] > y1 for x0, y0, x1, y1 in taken)
        if free and box[0] >= 0 and box[2] <= WIDTH:
            taken.append(box)
            yield label(at, top, text, "tick", anchor=anchor)
            return


_LETTER = 7.0
"""About how wide half a Japanese letter is, in the page's small type."""


def bars_svg(sweep: Sweep, lang: Lang) -> str:
    """The metric of each run of a sweep as a bar."""
    rows = sweep.bars()
    lines = []
    for row, (value, height, share) in enumerate(rows):
        top = _ROW * row
        lines += [
            label(0, top + 14, f"{sweep.option.name} = {value}", "label"),
            label(WIDTH, top + 14, number(height), "value", anchor="end"),
            f'<rect class="track" x="0" y="{top + 19:g}" width="{WIDTH}" height="10" rx="2"/>',
            f'<rect class="bar" x="0" y="{top + 19:g}" width="{WIDTH * share:.1f}" height="10" rx="2"/>',
        ]
    bottom = _ROW * len(rows)
    if sweep.by_powers_of_ten:
        lines.append(label(0, bottom + 12, BY_POWERS.of(lang), "tick"))
    said = ", ".join(f"{value}: {number(height)}" for value, height, _ in rows)
    return _chart("sweep", bottom + 18, sweep.title, said, lines, lang)


_ROW = 38.0
BY_POWERS = Text("棒の長さは対数（10 のべき）", "Bars by powers of ten")


def _mark(x: float, y: float, place: int) -> str:
    """Shapes that differ without colour too."""
    kind = f"point k{place % KINDS}"
    shapes = (
        f'<circle class="{kind}" cx="{x:g}" cy="{y:g}" r="3.2"/>',
        f'<path class="{kind}" d="M{x - 3:g} {y - 3:g}h6v6h-6z"/>',
        f'<path class="{kind}" d="M{x:g} {y - 4:g}l3.8 7h-7.6z"/>',
        f'<path class="{kind}" d="M{x:g} {y - 4.2:g}l4.2 4.2l-4.2 4.2l-4.2 -4.2z"/>',
        f'<path class="{kind} open" d="M{x - 3.5:g} {y - 3.5:g}l7 7m0 -7l-7 7"/>',
        f'<path class="{kind} open" d="M{x - 4:g} {y:g}h8m-4 -4v8"/>',
        f'<circle class="{kind} open" cx="{x:g}" cy="{y:g}" r="3"/>',
        f'<path class="{kind} open" d="M{x - 3:g} {y - 3:g}h6v6h-6z"/>',
    )
    return shapes[place % len(shapes)]
