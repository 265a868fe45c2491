"""Every figure, in both languages, as text art and as SVG: one source, the same words, and room for all of it."""

from __future__ import annotations

import os
import re
import unicodedata
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from quizdl.figures import FIGURES, Decimal, FigureValue, Numbers, Parameter, Values, Whole, Word, problem_of
from quizdl.model import Figure
from quizdl.screen.figures import SCENES, as_svg, as_text, scene_of
from quizdl.screen.figures.scene import Box, Circle, Item, Line, Mesh, Scene, labels_of
from quizdl.screen.kinsoku import cell_width
from quizdl.screen.page import View
from quizdl.screen.question import render_question
from quizdl.screen.solution import render_solution
from quizdl.text import Text, same

GOLDEN = Path(__file__).parent.parent / "golden" / "screen"
LANGUAGES = ("ja", "en")
ENCODINGS = ("utf-8", "cp932", "cp437", "ascii", "latin-1")
INDENT = 2
GRID = ((1, 3, 2, 4), (5, -6, 7, 8), (3, 2, 1, 0), (1, 2, 3, 4))

EXAMPLES: dict[str, tuple[str, dict[str, FigureValue]]] = {
    "rnn-unrolled": ("rnn-unrolled", {"T": 3}),
    "rnn-shortened": ("rnn-unrolled", {"T": 12, "state": "z", "outputs": "last", "weights": "shown"}),
    "bidirectional": ("bidirectional", {"T": 3}),
    "encoder-decoder": ("encoder-decoder", {"S": 3, "T": 9}),
    "attention": ("attention", {"S": 4, "query": 2}),
    "attention-weights": ("attention", {"S": 2, "query": 1, "weights": ((0.25, 0.75),)}),
    "lstm-cell": ("lstm-cell", {}),
    "lstm-cell-hidden": ("lstm-cell", {"hide": "forget"}),
    "gru-cell-old": ("gru-cell", {"z_keeps": "old"}),
    "gru-cell-new": ("gru-cell", {"z_keeps": "new", "hide": "reset"}),
    "convolution": ("convolution", {"n": 5, "f": 3, "s": 2, "p": 1}),
    "convolution-large": ("convolution", {"n": 28, "f": 3, "s": 1, "p": 0}),
    "convolution-one-window": ("convolution", {"n": 3, "f": 3, "s": 1, "p": 0}),
    "pooling": ("pooling", {"grid": GRID, "f": 2, "s": 2}),
    "pooling-overlap": ("pooling", {"grid": ((1, 2.5, 3), (4, 5, 6)), "f": 2, "s": 1}),
    "computation-graph": ("computation-graph", {"graph": "square-of-sum", "x": 1, "y": 2}),
    "computation-graph-results": ("computation-graph", {"graph": "product", "x": 2, "y": -3, "results": "shown"}),
    "residual-block": ("residual-block", {}),
    "two-layer-network": ("two-layer-network", {"i": 3, "h": 784, "o": 2}),
    "confusion-matrix": ("confusion-matrix", {"tp": 40, "fp": 5, "fn": 10, "tn": 45}),
}


def _scene(example: str) -> Scene:
    name, values = EXAMPLES[example]
    return scene_of(Figure(name=name, values=values))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("example", EXAMPLES)
def test_a_figure_looks_as_it_did(example, lang):
    """The text art equals the golden one; QUIZDL_UPDATE_GOLDEN=1 writes it anew."""
    text = as_text(_scene(example), lang, View(width=80)) + "\n"
    path = GOLDEN / f"figure_{example}.{lang}.txt"
    if os.environ.get("QUIZDL_UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_every_figure_that_a_bank_may_name_is_drawn():
    """The table of names and the table of scenes have the same names, and each has an example here."""
    assert set(SCENES) == set(FIGURES) == {name for name, _ in EXAMPLES.values()}
    assert all(problem_of(name, values) is None for name, values in EXAMPLES.values())


def _values_of(parameter: Parameter) -> st.SearchStrategy[FigureValue]:
    match parameter:
        case Whole(low, high):
            return st.integers(low, min(high, low + 14)) | st.integers(low, high)
        case Decimal(low_end, high_end):
            return st.integers(int(low_end), int(high_end)) | st.floats(low_end, high_end)
        case Word(words):
            return st.sampled_from(words)
        case Numbers(rows, columns, each):
            entry = st.integers(int(each.low), int(each.high)) | st.floats(each.low, each.high)
            size = st.tuples(st.integers(rows.low, rows.high), st.integers(columns.low, columns.high))
            return size.flatmap(lambda of: st.tuples(*[st.tuples(*[entry] * of[1])] * of[0]))


def _drawable(name: str) -> st.SearchStrategy[Figure]:
    """Figures within their limits; the optional parameters may be missing."""
    specification = FIGURES[name]
    values = st.fixed_dictionaries(
        {key: _values_of(parameter) for key, parameter in specification.required.items()},
        optional={key: _values_of(parameter) for key, parameter in specification.optional.items()},
    )

    def fits(of: Values) -> bool:
        return problem_of(name, of) is None

    return values.filter(fits).map(lambda of: Figure(name=name, values=of))


FIGURE = st.sampled_from(sorted(FIGURES)).flatmap(_drawable)


@given(FIGURE, st.sampled_from(LANGUAGES), st.sampled_from(ENCODINGS))
@example(Figure(name="convolution", values={"n": 7, "f": 11, "s": 6, "p": 6}), "ja", "utf-8")  # goes on to the right
@settings(deadline=None, max_examples=150)
def test_a_figure_fits_eighty_columns(figure, lang, encoding):
    """With its indent, for all values within the limits, whatever the output; and it can be encoded."""
    text = as_text(scene_of(figure), lang, View(width=80, encoding=encoding))
    text.encode(encoding)
    for line in text.split("\n"):
        assert cell_width(line) + INDENT <= 80
        assert line == line.rstrip()
    if encoding == "cp932":  # such consoles draw ambiguous characters, box-drawing among them, two columns wide
        assert not any(unicodedata.east_asian_width(character) == "A" for character in text)


def _cells(line: str) -> list[str]:
    """The line by columns; the second column of a wide character is empty."""
    return [cell for character in line for cell in (character, "")[: cell_width(character)]]


@given(FIGURE, st.sampled_from(LANGUAGES))
@settings(deadline=None, max_examples=150)
def test_no_text_is_torn(figure, lang):
    """Every label stands in the text art whole, and nothing but space or a line touches it."""
    scene = scene_of(figure)
    rows = [_cells(line) for line in as_text(scene, lang, View(width=80)).split("\n")]
    for label in scene.labels():
        text = label.text.of(lang)
        left = label.left(cell_width(text))
        assert left >= 0
        assert "".join(rows[label.y][left : left + cell_width(text)]).rstrip() == text.rstrip()


@given(FIGURE, st.sampled_from(LANGUAGES), st.sampled_from(ENCODINGS))
@settings(deadline=None, max_examples=150)
def test_nothing_is_drawn_over_a_text(figure, lang, encoding):
    """No label covers another one, a line, or the frame of a box, whatever stands in for its characters."""
    scene, view = scene_of(figure), View(width=80, encoding=encoding)
    taken = {cell for item in scene.items for cell in _drawn(item)}
    for item in scene.items:
        for label in labels_of(item):
            width = cell_width(view.fit(label.text.of(lang)))
            cells = {(label.left(width) + column, label.y) for column in range(width)}
            if not isinstance(item, Circle):
                assert not cells & taken, label
                taken |= cells


def _drawn(item: Item) -> set[tuple[int, int]]:
    """The cells of an item's lines."""
    match item:
        case Box(x, y, width, height):
            across = {(x + dx, y + dy) for dx in range(width) for dy in (0, height - 1)}
            return across | {(x + dx, y + dy) for dx in (0, width - 1) for dy in range(height)}
        case Line(points):
            found = set()
            for (x, y), (to_x, to_y) in pairwise(points):
                columns, rows = sorted((x, to_x)), sorted((y, to_y))
                found |= {(a, b) for a in range(columns[0], columns[1] + 1) for b in range(rows[0], rows[1] + 1)}
            return found
        case Mesh(starts, ends, rail):
            return {(x, y) for left, y in starts for x in range(left, rail)} | {
                (x, y) for right, y in ends for x in range(rail, right + 1)
            }
    return set()


SVG = "{http://www.w3.org/2000/svg}"


@given(FIGURE, st.sampled_from(LANGUAGES))
@settings(deadline=None, max_examples=150)
def test_the_svg_is_sound(figure, lang):
    """Well-formed, without script, style sheet or link, titled in the language, and all of it within the view box."""
    scene = scene_of(figure)
    root = ET.fromstring(as_svg(scene, lang))  # noqa: S314 - it is our own
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        *("svg", "title", "desc", "text", "rect", "circle", "polyline", "polygon")
    }
    assert not any(re.search("^on|href|style", name) for element in root.iter() for name in element.attrib)
    assert root.findtext(f"{SVG}title") == scene.title.of(lang)
    assert root.findtext(f"{SVG}desc") == scene.description.of(lang)
    assert root.get("lang") == lang
    _, _, width, height = map(float, str(root.get("viewBox")).split())
    for x, y in _points(root):
        assert 0 <= x <= width
        assert 0 <= y <= height


def _points(root: ET.Element) -> list[tuple[float, float]]:
    """Every corner of every shape, and the two ends of every text."""
    found: list[tuple[float, float]] = []
    for element in root.iter():
        number = {name: float(element.get(name, 0)) for name in ("x", "y", "cx", "cy", "r", "width", "height")}
        match element.tag.removeprefix(SVG):
            case "rect":
                found += [(number["x"], number["y"])]
                found += [(number["x"] + number["width"], number["y"] + number["height"])]
            case "circle":
                found += [(number["cx"] + number["r"] * s, number["cy"] + number["r"] * s) for s in (-1, 1)]
            case "polyline" | "polygon":
                pairs = [pair.split(",") for pair in str(element.get("points")).split()]
                found += [(float(x), float(y)) for x, y in pairs]
            case "text":
                width = 9 * cell_width(element.text or "")
                left = number["x"] - width * {"start": 0, "middle": 0.5, "end": 1}[str(element.get("text-anchor"))]
                found += [(left, number["y"] - 14), (left + width, number["y"] + 5)]
    return found


@given(FIGURE, st.sampled_from(LANGUAGES))
@settings(deadline=None, max_examples=100)
def test_both_drawings_say_the_same(figure, lang):
    """The words of the SVG are those of the scene, and all of them are in the text art."""
    scene = scene_of(figure)
    root = ET.fromstring(as_svg(scene, lang))  # noqa: S314 - it is our own
    words = [element.text or "" for element in root.iter(f"{SVG}text")]
    assert words == [label.text.of(lang) for label in scene.labels()]
    text = as_text(scene, lang, View(width=80))
    assert all(word.strip() in text for word in words)


def test_what_a_text_holds_is_never_markup():
    """A label from a bank would be escaped like any other."""
    scene = Scene(same("a<b"), same("x & y"), (Box(0, 0, 20, 3, (same("<script>&\"'"),)),))
    root = ET.fromstring(as_svg(scene, "en"))  # noqa: S314 - it is our own
    assert root.findtext(f"{SVG}text") == "<script>&\"'"
    assert root.get("aria-label") == "a<b"
    assert "<script>" not in as_svg(scene, "en")


def test_lines_that_meet_become_junctions():
    """Boxes and lines share their cells; ASCII has one sign for all of them."""
    scene = Scene(same(""), same(""), (Box(0, 0, 5, 3, (same("σ"),)), Line(((4, 1), (8, 1)))))
    assert as_text(scene, "en", View(width=80)) == "┌───┐\n│ σ ├───►\n└───┘"
    plain = Scene(same(""), same(""), (Box(0, 0, 5, 3), Line(((4, 1), (8, 1)))))
    assert as_text(plain, "en", View(width=80, encoding="ascii")) == "+---+\n|   +--->\n+---+"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_question_shows_its_figure_after_its_prompt(sample, show, lang):
    """The set's figure follows the stem; the solution has it above the answer."""
    figure = Figure(name="convolution", values={"n": 5, "f": 3, "s": 2, "p": 1})
    shape = sample("shape")
    own = msgspec.structs.replace(shape.question, figure={"name": "convolution"})
    asked = msgspec.structs.replace(shape, question=own, figure=figure)
    art = as_text(scene_of(figure), lang, View(width=80)).split("\n")
    page = show(render_question(asked, lang)).split("\n")
    first = page.index(f"  {art[0]}")
    assert page[first + 2 : first + 9] == [f"  {line}" for line in art[2:9]]
    prompt = Text("答えてください。", "Answer.").of(lang)
    assert page.index(prompt) < first < next(number for number, line in enumerate(page) if line.startswith("→"))
    assert f"  {art[2]}" in show(render_solution(asked, lang)).split("\n")

    shared = msgspec.structs.replace(sample("set"), figure=figure)
    page = show(render_question(shared, lang)).split("\n")
    assert page.index(f"  {art[2]}") < next(number for number, line in enumerate(page) if "for w in words" in line)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("width", [2, 20, 40])
def test_a_narrow_terminal_gets_the_description(sample, show, lang, width):
    """A torn figure would mislead: where it does not fit, it is said in words, within the width."""
    figure = Figure(name="lstm-cell")
    asked = msgspec.structs.replace(sample("choice"), figure=figure)
    page = show(render_question(asked, lang), width)
    assert not re.search("[│┌►]", page)
    said = scene_of(figure).description.of(lang)
    assert re.sub(r"\s", "", said) in re.sub(r"\s", "", page)
    assert all(cell_width(line) <= width for line in page.splitlines())
