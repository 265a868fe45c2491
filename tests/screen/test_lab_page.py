"""The page of a lab's run: for every lab, in both languages, on a terminal and in a browser."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from importlib import import_module

import numpy as np
import pytest

from quizdl.labs.catalogue import ENTRIES, Entry
from quizdl.labs.core import Curves, Heatmap, Lab, Outcome, Scatter, Series, Table
from quizdl.labs.runner import Run, Stopped
from quizdl.labs.sweep import Sweep
from quizdl.screen.kinsoku import cell_width
from quizdl.screen.lab import run_page
from quizdl.screen.lab_page import run_html, sweep_html
from quizdl.screen.lab_sweep import sweep_page
from quizdl.screen.page import View
from quizdl.text import Lang, Text, same

labs = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
languages = pytest.mark.parametrize("lang", ["ja", "en"])


@cache
def untrained(entry: Entry) -> Run:
    """Its pictures are those of the trained network; only their numbers differ."""
    lab: Lab = import_module(f"quizdl.labs.{entry.module}").LAB
    settings = lab.smallest()
    run = lab.start(settings, None)
    return Run(lab, settings, run.outcome(), run.weights(), 1.0, 0)


class _Page(HTMLParser):
    """Counts what is opened and closed, and what would be loaded from elsewhere."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "rect", "path", "circle"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()


@labs
@languages
def test_a_run_fits_the_terminal(entry: Entry, lang: Lang) -> None:
    """Of 80 and of 120 columns, coloured or not."""
    for view in (View(80, terminal=True), View(120, colour=True, terminal=True)):
        lines = [line.plain.rstrip() for line in run_page(untrained(entry), lang).lines(view)]
        assert not [line for line in lines if cell_width(line) > view.width]


@labs
@languages
def test_a_run_is_a_page_of_its_own(entry: Entry, lang: Lang) -> None:
    """Nothing is loaded, no script, no style outside the sheet; every chart has a name and is described."""
    text = run_html(untrained(entry), lang)
    page = _Page(text)
    assert page.open == []
    for tag, attributes in page.found:
        assert tag not in ("script", "link", "img", "iframe", "a")
        assert not {"style", "src", "href", "onclick"} & set(attributes)
    assert "default-src 'none'" in text.replace("&#x27;", "'")
    charts = [attributes for tag, attributes in page.found if tag == "svg"]
    assert all(chart["role"] == "img" and chart["aria-labelledby"] for chart in charts)
    names = [attributes["id"] for tag, attributes in page.found if tag in ("title", "desc") and "id" in attributes]
    assert len(names) == len(set(names)) == 2 * len(charts)
    assert f'<html lang="{lang}">' in text


def _run(stopped: Stopped | None = None, reached: bool | None = True, word: str = "w") -> Run:
    """A run with every kind of picture, whose texts would like to be markup."""
    lab = untrained(ENTRIES[0]).lab
    pictures = (
        Curves(same(word), same("x"), same("y"), (Series(same(word), (0.0, 1.0), (1.0, 0.5)),)),
        Heatmap(same(word), np.eye(3), (word,) * 3, (word,) * 3),
        Scatter(same(word), (0.0, 1.0), (0.0, 1.0), (word, word), ("a" + word, "b" + word)),
        Table(same(word), (same(word), same("n")), ((word, 1.23456), (same(word), float("nan")))),
    )
    outcome = Outcome(
        {"accuracy": 0.5, "none": float("nan")}, (Text(f"文{word}。", f"It is {word}."),), pictures, reached
    )
    settings = lab.defaults()
    return Run(lab, settings, outcome, {}, 2.0, 7, stopped)


@languages
def test_foreign_words_stay_words(lang: Lang) -> None:
    """Markup in a label is escaped, controls are gone."""
    text = run_html(_run(word="<script>alert(1)</script>&\x1b[31m\x00"), lang)
    assert "<script>" not in text
    assert "\x1b" not in text
    assert "\x00" not in text
    assert "&lt;script&gt;" in text


@pytest.mark.parametrize(
    ("stopped", "reached", "said"),
    [
        (None, True, "✓ reached"),
        (None, False, "✗ not reached"),
        (None, None, "not judged for these settings"),
        ("interrupted", True, "not judged: interrupted"),
        ("exploded", True, "✗ not reached"),
    ],
)
def test_the_goal_is_judged_only_by_a_whole_run(stopped: Stopped | None, reached: bool | None, said: str) -> None:
    """On the terminal and in the page; why a run stopped is said."""
    run = _run(stopped, reached)
    terminal = "\n".join(line.plain for line in run_page(run, "en").lines(View(200)))
    for text in (terminal, run_html(run, "en")):
        assert said in text
        assert ("Interrupted after 7" in text) == (stopped == "interrupted")
        assert ("exploded" in text) == (stopped == "exploded")


def test_numbers_have_three_digits_and_stand_on_the_right() -> None:
    """NaN is a dash."""
    page = run_html(_run(), "en")
    assert '<td class="number">1.23</td>' in page
    assert '<td class="number">–</td>' in page


def test_the_command_of_the_same_run_is_on_the_page() -> None:
    """With the options that are not at their defaults."""
    assert re.search(r"<code>quizdl lab binary-addition</code>", run_html(_run(), "en"))


@languages
def test_a_sweep_is_a_plot_and_a_table(lang: Lang) -> None:
    """Also where a run is missing, since Ctrl-C ended it."""
    run = _run()
    sweep = Sweep(run.lab, run.lab.options[0], (4, 16, 64), (run, run))
    page = _Page(sweep_html(sweep, run.settings, lang))
    assert page.open == []
    assert {"svg", "table"} <= {tag for tag, _ in page.found}
    for width in (80, 120):
        for line in sweep_page(sweep, lang).lines(View(width)):
            assert cell_width(line.plain.rstrip()) <= width
