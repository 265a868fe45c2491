"""A lab's pictures in a terminal: they fit, they show what the numbers say, and they can be read aloud."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizdl.labs.core import Curves, Heatmap, Scatter, Series
from quizdl.screen.kinsoku import cell_width
from quizdl.screen.lab_axes import Axis, number, tick
from quizdl.screen.lab_heatmaps import Gallery, HeatmapPlot
from quizdl.screen.lab_plots import HEIGHT, CurvesPlot, ScatterPlot
from quizdl.screen.lab_svg import curves_svg, heatmap_svg, scatter_svg
from quizdl.screen.look import Look
from quizdl.screen.page import Block, View
from quizdl.text import Text, same

NUMBERS = st.one_of(st.floats(), st.sampled_from([math.nan, math.inf, -math.inf, 0.0]))
WORDS = st.text(st.sampled_from('ab注意機構 \x1b<&"'), max_size=30)
VIEWS = (
    View(80, terminal=True),
    View(120, colour=True, terminal=True),
    View(40),
    View(80, "ascii"),
    View(80, "cp932"),
    View(80, look=Look(plain=True)),
)


def drawn(block: Block, view: View) -> list[str]:
    return [line.plain for line in block.lines(view)]


@st.composite
def curves(draw: st.DrawFn) -> Curves:
    def series(name: str) -> Series:
        points = draw(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=12))
        return Series(same(name), tuple(x for x, _ in points), tuple(y for _, y in points))

    names = draw(st.lists(WORDS, max_size=6))
    title = Text(draw(WORDS), draw(WORDS))
    return Curves(title, title, title, tuple(series(name) for name in names), log=draw(st.booleans()))


@st.composite
def heatmaps(draw: st.DrawFn) -> Heatmap:
    rows, columns = draw(st.integers(1, 4)), draw(st.sampled_from([1, 2, 7, 17, 60]))
    values = np.resize(np.array(draw(st.lists(NUMBERS, min_size=1, max_size=8))), (rows, columns))
    words = draw(st.lists(WORDS, min_size=1, max_size=3))
    named = draw(st.booleans())
    labels = tuple(words[place % len(words)] for place in range(rows)) if named else ()
    heads = tuple(words[place % len(words)] for place in range(columns)) if named else ()
    return Heatmap(same(words[0]), values, labels, heads, same("x"), None, plain=draw(st.booleans()))


@st.composite
def scatters(draw: st.DrawFn) -> Scatter:
    points = draw(st.lists(st.tuples(NUMBERS, NUMBERS, WORDS, WORDS), max_size=12))
    xs, ys, labels, groups = zip(*points, strict=True) if points else ((), (), (), ())
    return Scatter(same(draw(WORDS)), xs, ys, labels, groups)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view.width}-{view.encoding}")
@settings(max_examples=20)
@given(curves=curves(), heatmap=heatmaps(), scatter=scatters())
def test_whatever_the_numbers_are_pictures_fit(view: View, curves: Curves, heatmap: Heatmap, scatter: Scatter) -> None:
    """No line is wider than the screen, none has what the output lacks, none holds an escape code."""
    blocks = (CurvesPlot(curves, "ja"), HeatmapPlot(heatmap, "en"), Gallery((heatmap,) * 3, "ja"))
    for block in (*blocks, ScatterPlot(scatter, "en")):
        for line in drawn(block, view):
            assert cell_width(line.rstrip()) <= view.width
            assert "\x1b" not in line
            line.encode(view.encoding)


@settings(max_examples=20)
@given(curves(), heatmaps(), scatters())
def test_whatever_the_numbers_are_svg_is_well_formed(curves: Curves, heatmap: Heatmap, scatter: Scatter) -> None:
    """With a title and a description, and no number that SVG does not know."""
    from xml.etree import ElementTree

    for svg in (curves_svg(curves, "a", "ja"), heatmap_svg(heatmap, "b", "en"), scatter_svg(scatter, "c", "ja")):
        root = ElementTree.fromstring(svg)  # noqa: S314 - our own
        assert [child.tag for child in root][:2] == ["title", "desc"]
        for element in root.iter():
            for name in ("x", "y", "cx", "cy", "d", "width", "height", "viewBox"):
                assert not {"nan", "inf"} & set(element.get(name, "").replace("-", " ").split())


def test_a_falling_line_falls() -> None:
    """The filled curve is highest where the numbers are."""
    falling = Curves(same("t"), same("x"), same("y"), (Series(same("a"), (0, 1, 2), (4, 2, 0)),))
    rows = drawn(CurvesPlot(falling, "en"), View(60))[1 : 1 + HEIGHT]
    columns = [sum(cell != " " for cell in column) for column in zip(*(row[8:].ljust(60) for row in rows), strict=True)]
    filled = [count for count in columns if count]
    assert filled[0] == HEIGHT
    assert filled == sorted(filled, reverse=True)


def test_several_lines_differ_by_their_marks() -> None:
    """Each is named beside its mark; where they meet, the first one is seen."""
    flat = [Series(same(name), (0.0, 1.0), (y, y)) for name, y in (("low", 0.0), ("high", 1.0), ("too", 0.0))]
    lines = drawn(CurvesPlot(Curves(same("t"), same("x"), same("y"), tuple(flat)), "en"), View(60))
    assert "o low" in lines[-1]
    assert "x high" in lines[-1]
    assert set(lines[1].partition("│")[2].strip()) == {"x"}
    assert set(lines[HEIGHT].partition("│")[2].strip()) == {"o"}


def test_a_line_is_broken_where_there_is_no_number() -> None:
    """Nothing is invented between."""
    broken = Curves(same("t"), same("x"), same("y"), (Series(same("a"), (0, 1, 2, 3, 4), (1, 1, math.nan, 1, 1)),))
    top = drawn(CurvesPlot(broken, "en"), View(60))[-3]
    assert top.partition("│")[2].strip(" ").count("  ") >= 1


def test_numbers_stand_in_the_cells_where_they_fit() -> None:
    """Else shades alone, and their ends; where not even these fit, it is said."""
    small = Heatmap(same("t"), np.array([[0.0, 0.25], [0.5, 1.0]]), ("a", "b"), ("c", "d"))
    assert ".25" in "\n".join(drawn(HeatmapPlot(small, "en"), View(60)))
    wide = Heatmap(same("t"), np.tile(np.arange(30.0), (2, 1)))
    shown = drawn(HeatmapPlot(wide, "en"), View(70))
    assert "█" in shown[0]
    assert "0 ░▒▓█ 29" in shown[-1]
    assert "--html" in " ".join(drawn(HeatmapPlot(wide, "en"), View(30)))


def test_a_matrix_of_counts_has_no_decimals() -> None:
    """A confusion matrix."""
    shown = "\n".join(drawn(HeatmapPlot(Heatmap(same("t"), np.array([[47.0, 0.0], [1.0, 39.0]])), "en"), View(60)))
    assert "47" in shown
    assert "." not in shown


def test_plain_pictures_stand_side_by_side() -> None:
    """As many as fit."""
    digit = Heatmap(same("7"), np.eye(8), plain=True)
    assert len(drawn(Gallery((digit,) * 3, "en"), View(80))) == 9
    assert len(drawn(Gallery((digit,) * 3, "en"), View(40))) == 18


def test_digits_mark_their_own_points() -> None:
    """Groups that their first character tells apart need no legend of other marks."""
    found = drawn(ScatterPlot(Scatter(same("t"), (0, 1), (0, 1), groups=("3", "8")), "en"), View(60))
    assert "3" in found[-2]
    assert "8" in found[1]
    assert found[-1].lstrip().startswith("└")


def test_read_aloud_nothing_is_drawn() -> None:
    """Numbers in words instead."""
    line = Curves(same("t"), same("x"), same("y"), (Series(same("loss"), (0, 1), (2.0, 0.5)),))
    (said,) = drawn(CurvesPlot(line, "en"), View(80, look=Look(plain=True)))
    assert said.strip() == "loss: first 2, last 0.5, least 0.5, greatest 2"


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=20), st.booleans(), st.integers(2, 8))
def test_ticks_stand_on_their_axis_in_order(values: list[float], log: bool, count: int) -> None:
    """Few, and every value has its share of the way."""
    axis = Axis.of(values, log=log)
    ticks = axis.ticks(count)
    assert ticks == sorted(ticks)
    assert 1 <= len(ticks) <= 3 * count
    for value in values:
        assert (axis.share(value) is None) == (log and value < 1e-150)


@given(st.floats())
def test_numbers_are_short(value: float) -> None:
    """In a table and beside an axis."""
    assert len(number(value)) <= 10
    if math.isfinite(value):
        assert len(tick(value)) <= 11
