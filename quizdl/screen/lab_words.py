"""A lab's pictures in words: for who hears a page read aloud, in a browser or in a terminal."""

from __future__ import annotations

import math

from quizdl.labs.core import Curves, Heatmap, Scatter, Series
from quizdl.screen.lab_axes import extent, number
from quizdl.text import Lang, Text

SENTENCES = Text("。", ". ")
"""What stands between them."""


def curves_in_words(curves: Curves, lang: Lang) -> list[str]:
    """Each line: where it begins and ends, its least and its greatest."""
    return [_line(one).of(lang) for one in curves.series] or [Text("値がありません", "no values").of(lang)]


def _line(one: Series) -> Text:
    shown = [value for value in one.ys if math.isfinite(value)]
    if not shown:
        return one.name
    low, high = extent(shown)
    first, last, least, most, name = number(shown[0]), number(shown[-1]), number(low), number(high), one.name
    return Text(
        f"{name.ja}: 最初 {first}、最後 {last}、最小 {least}、最大 {most}",
        f"{name.en}: first {first}, last {last}, least {least}, greatest {most}",
    )


def heatmap_in_words(shown: Heatmap, lang: Lang) -> str:
    """Its size, its least and its greatest."""
    low, high = extent(shown.values.ravel().tolist())
    (rows, columns), least, most = shown.values.shape, number(low), number(high)
    return Text(
        f"{rows} 行 {columns} 列、最小 {least}、最大 {most}",
        f"{rows} rows, {columns} columns, from {least} to {most}",
    ).of(lang)


def scatter_in_words(shown: Scatter, lang: Lang) -> str:
    """How many points, and of which kinds."""
    count, kinds = len(shown.xs), ", ".join(dict.fromkeys(shown.groups))
    said = Text(f"{count} 個の点", f"{count} points").of(lang)
    return f"{said}: {kinds}" if kinds else said
