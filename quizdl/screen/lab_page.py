"""A lab's run, or the runs of a sweep, as one HTML file: no script, no network, every text of the learner escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from pathlib import Path

import quizdl
from quizdl.labs.core import Curves, Heatmap, Lab, Picture, Scatter, Settings, Table
from quizdl.labs.options import command_line
from quizdl.labs.runner import Run
from quizdl.labs.sweep import Sweep
from quizdl.sanitise import printable
from quizdl.screen.html import page_html
from quizdl.screen.lab import cell_text, numeric, practice, stopped, verdict
from quizdl.screen.lab_axes import number
from quizdl.screen.lab_svg import bars_svg, curves_svg, heatmap_svg, scatter_svg
from quizdl.text import Lang, Text

_ROWS = 12
"""So many points of a line stand in the table beside its plot."""


def run_html(run: Run, lang: Lang) -> str:
    """The page of one run."""
    parts = [
        *head(run.lab, lang),
        *_goal(run, lang),
        _heading(Text("結果の読み方", "What it means"), lang),
        *(f"<p>{_plain(text.of(lang))}</p>" for text in (*stopped(run), *run.outcome.reading)),
        *_pictures(run.outcome.pictures, lang),
        _heading(Text("数値", "Numbers"), lang),
        _facts([(f"<code>{_plain(name)}</code>", number(value)) for name, value in run.outcome.metrics.items()]),
        *foot(run.lab, run.settings, lang),
    ]
    return page(run.lab, parts, lang)


def sweep_html(sweep: Sweep, settings: Settings, lang: Lang) -> str:
    """The page of several runs: the plot, the table, and what each run's reading says."""
    parts = [
        *head(sweep.lab, lang),
        _heading(sweep.title, lang),
        f"<figure>{bars_svg(sweep, lang)}</figure>",
        _heading(sweep.table().title, lang),
        table_html(sweep.table(), lang),
    ]
    for value, run in zip(sweep.values, sweep.runs, strict=False):
        said = "".join(f"<p>{_plain(text.of(lang))}</p>" for text in (*stopped(run), *run.outcome.reading))
        parts.append(f"<h3>{_plain(f'{sweep.option.name} = {value}')}</h3>{said}")
    return page(sweep.lab, [*parts, *foot(sweep.lab, settings, lang)], lang)


def page(lab: Lab, parts: Sequence[str], lang: Lang) -> str:
    """The whole file."""
    style = Path(__file__).with_name("lab.css").read_text(encoding="utf-8")
    return page_html(f"quizdl: {lab.title.of(lang)}", f"<main>{''.join(parts)}</main>", lang, style=style)


def head(lab: Lab, lang: Lang) -> Iterator[str]:
    """What the lab is about."""
    yield f"<h1>{_plain(lab.title.of(lang))}</h1>"
    yield f'<p class="quiet">quizdl lab {_plain(lab.name)}</p>'
    yield f"<p>{_plain(lab.about.of(lang))}</p>"


def foot(lab: Lab, settings: Settings, lang: Lang) -> Iterator[str]:
    """The settings, how to run it again, and the questions that go with it."""
    yield _heading(Text("設定", "Settings"), lang)
    rows = [(_plain(option.help.of(lang)), _plain(str(settings[option.name]))) for option in lab.options]
    yield _facts(rows)
    same_run = Text("同じ実行: ", "The same run: ").of(lang)
    yield f"<p>{same_run}<code>{_plain(command_line(lab, settings))}</code></p>"
    yield _heading(Text("問題で確かめる", "Questions that go with it"), lang)
    yield "<ul>" + "".join(f"<li><code>{_plain(practice(section))}</code></li>" for section in lab.sections) + "</ul>"
    yield f'<p class="quiet small">quizdl {_plain(quizdl.__version__)}</p>'


def _goal(run: Run, lang: Lang) -> Iterator[str]:
    said, _ = verdict(run)
    kind = {True: " reached", False: " missed", None: ""}[run.reached]
    goal, steps, seconds = _plain(run.lab.goal.of(lang)), run.steps, f"{run.seconds:.1f}"
    spent = Text(f"更新 {steps} 回、{seconds} 秒", f"{steps} updates, {seconds} s").of(lang)
    label = Text("目標: ", "Goal: ").of(lang)
    yield f'<p class="goal{kind}">{label}{goal}<br><strong>{_plain(said.of(lang))}</strong> '
    yield f'<span class="quiet">({_plain(spent)})</span></p>'


def _pictures(found: Sequence[Picture], lang: Lang) -> Iterator[str]:
    number_ = 0
    for plain, group in groupby(found, lambda one: isinstance(one, Heatmap) and one.plain):
        if plain:
            yield '<div class="gallery">'
        for one in group:
            number_ += 1
            yield picture_html(one, f"picture-{number_}", lang)
        if plain:
            yield "</div>"


def picture_html(one: Picture, name: str, lang: Lang) -> str:
    """A picture under its heading, or, among several small ones, over its caption."""
    title = _plain(one.title.of(lang))
    if isinstance(one, Heatmap) and one.plain:
        return f"<figure>{heatmap_svg(one, name, lang)}<figcaption>{title}</figcaption></figure>"
    if isinstance(one, Table):
        return f"<h2>{title}</h2>{table_html(one, lang)}"
    if isinstance(one, Curves):
        return f"<h2>{title}</h2><figure>{curves_svg(one, name, lang)}</figure>{_points(one, lang)}"
    drawn = scatter_svg(one, name, lang) if isinstance(one, Scatter) else heatmap_svg(one, name, lang)
    return f"<h2>{title}</h2><figure>{drawn}</figure>"


def table_html(one: Table, lang: Lang) -> str:
    """A table, its first column the heads of the rows."""
    numbers = numeric(one)
    heads = "".join(_cell("th", name.of(lang), "col", place in numbers) for place, name in enumerate(one.columns))
    rows = "".join(f"<tr>{''.join(_cells(row, numbers, lang))}</tr>" for row in one.rows)
    return f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'


def _cells(row: Sequence[str | float | Text], numbers: frozenset[int], lang: Lang) -> Iterator[str]:
    for place, cell in enumerate(row):
        yield _cell("td" if place else "th", cell_text(cell, lang), "" if place else "row", place in numbers)


def _cell(tag: str, text: str, scope: str, is_number: bool) -> str:
    told = (f' scope="{scope}"' if scope else "") + (' class="number"' if is_number else "")
    return f"<{tag}{told}>{_plain(text)}</{tag}>"


def _points(curves: Curves, lang: Lang) -> str:
    """Some of the points of every line as a table, for who cannot see the plot, or wants the numbers."""
    rows = []
    for one in curves.series:
        step = max((len(one.xs) - 1) / (_ROWS - 1), 1)
        places = sorted({round(n * step) for n in range(_ROWS) if round(n * step) < len(one.xs)})
        rows += [(one.name, number(one.xs[place]), number(one.ys[place])) for place in places]
    summary = Text("数値の表", "As a table").of(lang)
    table = Table(curves.title, (Text("線", "line"), curves.x, curves.y), tuple(rows))
    return f"<details><summary>{summary}</summary>{table_html(table, lang)}</details>"


def _facts(rows: Sequence[tuple[str, str]]) -> str:
    """Labels and values, both HTML."""
    return "<dl>" + "".join(f"<dt>{label}</dt><dd>{value}</dd>" for label, value in rows) + "</dl>"


def _heading(text: Text, lang: Lang) -> str:
    return f"<h2>{_plain(text.of(lang))}</h2>"


def _plain(text: str) -> str:
    return escape(printable(text, None))
