"""A lab's matrices in a terminal: shaded cells with their numbers where they fit, and plain pictures in a gallery."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from rich.text import Text as RichText

from quizdl.labs.core import Array, Heatmap
from quizdl.sanitise import printable
from quizdl.screen.kinsoku import cell_width
from quizdl.screen.lab_axes import extent, number, share_of
from quizdl.screen.lab_plots import MARGIN, cut, quiet
from quizdl.screen.lab_words import heatmap_in_words
from quizdl.screen.page import STYLES, Paragraph, View
from quizdl.text import Lang, Text

SHADES = " ░▒▓█"


@dataclass(frozen=True, slots=True)
class HeatmapPlot:
    """A matrix in shades, with its numbers where they fit; where even the shades do not, that is said."""

    heatmap: Heatmap
    lang: Lang

    def lines(self, view: View) -> Iterator[RichText]:
        """The matrix's lines, then what the shades mean."""
        shown = self.heatmap
        if view.look.plain:
            yield from Paragraph(((heatmap_in_words(shown, self.lang), ""),), indent=MARGIN).lines(view)
            return
        low, high = extent(shown.values.ravel().tolist())
        rows = [printable(name, 24) for name in shown.rows] or [""] * len(shown.values)
        columns = [printable(name, 12) for name in shown.columns] or [""] * shown.values.shape[1]
        left = max(cell_width(name) for name in rows)
        room = view.width - 2 * MARGIN - left - 1
        short = whole if is_whole(shown.values) else _short
        numbers = [] if shown.plain else [short(value) for value in shown.values.ravel().tolist()]
        width = _cell(room, columns, numbers)
        if width == 0:
            yield from Paragraph(((_TOO_WIDE.of(self.lang), "quiet"),), indent=MARGIN).lines(view)
            return
        if shown.x is not None or shown.y is not None:
            yield from Paragraph(((_axes(shown, self.lang), "quiet"),), indent=MARGIN).lines(view)
        if any(columns):
            heads = "".join(_centred(cut(name, width - 1), width) for name in columns)
            yield RichText(f"{' ' * (MARGIN + left + 1)}{view.fit(heads)}".rstrip(), STYLES["quiet"])
        for name, values in zip(rows, shown.values.tolist(), strict=True):
            line = quiet(" " * MARGIN + view.fit(name) + " " * (left - cell_width(name) + 1))
            for value in values:
                line += _shaded(value, low, high, width, view, short(value))
            yield line
        if width < _WITH_NUMBER:
            yield from Paragraph(((_scale(low, high), "quiet"),), indent=MARGIN).lines(view)


def _axes(shown: Heatmap, lang: Lang) -> str:
    """Which way is which."""
    down, across = Text("縦", "down"), Text("横", "across")
    named = [(down, shown.y), (across, shown.x)]
    return " · ".join(f"{way.of(lang)}: {name.of(lang)}" for way, name in named if name is not None)


_TOO_WIDE = Text(
    "（この幅には収まりません。--html FILE で書き出すと見られます。）",
    "(Too wide for this screen: --html FILE shows it.)",
)
_FEW_COLUMNS = 16
_WITH_NUMBER = 4
"""Cells of this width hold the number itself."""


def _cell(room: int, columns: Sequence[str], numbers: Sequence[str]) -> int:
    """How many cells a value gets: enough for its number and most of its label, else two, else one; 0: no room."""
    count = max(len(columns), 1)
    widths = [2, 1]
    if numbers and count <= _FEW_COLUMNS:
        number_width = max(len(text) for text in numbers) + 2
        label_width = min(max(cell_width(name) for name in columns) + 1, 9)
        widths = [max(label_width, number_width), number_width, *widths]
    return next((width for width in widths if count * width <= room), 0)


@lru_cache(maxsize=8)
def _shades(view: View) -> tuple[str, ...]:
    """The shades as the output can show them."""
    return tuple(view.fit(shade) for shade in SHADES)


def _shaded(value: float, low: float, high: float, width: int, view: View, number_: str = "") -> RichText:
    """A cell: a shade that covers it, or a shaded mark and the number."""
    share = share_of(value, low, high)
    shade = _shades(view)[min(int(share * len(SHADES)), len(SHADES) - 1)]
    text = view.fit(number_)
    if not text or width < len(text) + 2:
        return RichText((shade * width)[:width])
    style = f"{'black' if share > 0.5 else 'white'} on {_GREYS[min(int(share * len(_GREYS)), len(_GREYS) - 1)]}"
    if view.colour:
        return RichText(text.rjust(width - 1) + " ", style)
    return RichText(f"{shade}{text.rjust(width - 2)} ")


_GREYS = ("grey7", "grey15", "grey27", "grey39", "grey54", "grey66", "grey78", "grey93")


def is_whole(values: Array) -> bool:
    """Whether a matrix counts something: then its numbers have no decimals."""
    return bool(np.all(np.isfinite(values)) and np.all(values == np.round(values)) and np.abs(values).max() < 1e6)


def whole(value: float) -> str:
    """A number without decimals."""
    return str(round(value))


def _short(value: float) -> str:
    """A number in four characters or so.

    >>> _short(0.123), _short(-0.5), _short(1.0), _short(123.4)
    ('.12', '-.50', '1.0', '123')
    """
    if not math.isfinite(value):
        return "–"
    if value == int(value) and abs(value) >= 2:
        return str(int(value))
    if abs(value) < 1:
        text = f"{value:.2f}"
        return text.replace("0.", ".", 1) if not text.endswith("1.00") else text[:-1]
    return f"{value:.1f}" if abs(value) < 100 else f"{value:.0f}"


def _scale(low: float, high: float) -> str:
    return f"{number(low)} {SHADES.strip()} {number(high)}"


def _centred(text: str, width: int) -> str:
    gap = width - cell_width(text)
    return " " * (gap // 2) + text + " " * (gap - gap // 2)


@dataclass(frozen=True, slots=True)
class Gallery:
    """Plain matrices beside one another, as many in a row as fit: a digit and what the network looked at."""

    heatmaps: tuple[Heatmap, ...]
    lang: Lang

    def lines(self, view: View) -> Iterator[RichText]:
        """Row after row of pictures, each under its title."""
        if view.look.plain:
            for one in self.heatmaps:
                said = f"{one.title.of(self.lang)}: {heatmap_in_words(one, self.lang)}"
                yield from Paragraph(((said, ""),), indent=MARGIN).lines(view)
            return
        queue = [self._drawn(one, view) for one in self.heatmaps]
        while queue:
            row, used = [queue.pop(0)], MARGIN
            used += _widest(row[0])
            while queue and used + _BETWEEN + _widest(queue[0]) <= view.width:
                used += _BETWEEN + _widest(queue[0])
                row.append(queue.pop(0))
            for number_ in range(max(map(len, row))):
                parts = [(one[number_] if number_ < len(one) else "", _widest(one)) for one in row]
                cells = [text + " " * (width - cell_width(text)) for text, width in parts]
                yield RichText((" " * MARGIN + (" " * _BETWEEN).join(cells)).rstrip())

    def _drawn(self, one: Heatmap, view: View) -> list[str]:
        title, columns = view.fit(one.title.of(self.lang)), one.values.shape[1]
        if columns + MARGIN > view.width:
            return [cut(title, view.width - MARGIN), cut(view.fit(_TOO_WIDE.of(self.lang)), view.width - MARGIN)]
        low, high = extent(one.values.ravel().tolist())
        wide = 2 if 2 * columns + MARGIN <= view.width else 1
        width = max(wide * columns, min(cell_width(title), 24))
        rows = ["".join(_shaded(value, low, high, wide, view).plain for value in row) for row in one.values.tolist()]
        return [cut(title, max(width, 8)), *rows]


_BETWEEN = 3


def _widest(rows: Sequence[str]) -> int:
    return max(cell_width(row) for row in rows)
