"""How a lab's run ended, as a page of the terminal: its numbers, pictures, what they mean, and where to go on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby

from quizdl.labs.core import Curves, Heatmap, Lab, Picture, Scatter
from quizdl.labs.core import Table as LabTable
from quizdl.labs.runner import Run
from quizdl.screen.lab_axes import number
from quizdl.screen.lab_heatmaps import Gallery, HeatmapPlot
from quizdl.screen.lab_plots import CurvesPlot, ScatterPlot
from quizdl.screen.page import Block, Facts, Gap, Page, Paragraph, Span, Table
from quizdl.text import Lang, Text


def run_page(run: Run, lang: Lang) -> Page:
    """Everything that a run left."""
    blocks: list[Block] = [Gap(), _title(run.lab.title.of(lang))]
    for group in pictures(run.outcome.pictures, lang):
        blocks += [Gap(), *group]
    blocks += [Gap(), _title(Text("結果", "Result").of(lang)), metrics_table(run), Gap()]
    blocks += [Paragraph(((text.of(lang), ""),)) for text in (*stopped(run), *run.outcome.reading)]
    blocks += [Gap(), *goal(run, lang), *links(run.lab, lang)]
    return Page(tuple(blocks))


def pictures(found: Sequence[Picture], lang: Lang) -> Iterator[tuple[Block, ...]]:
    """Each picture under its title; plain ones that follow one another stand side by side."""
    for plain, group in groupby(found, lambda one: isinstance(one, Heatmap) and one.plain):
        if plain:
            yield (Gallery(tuple(one for one in group if isinstance(one, Heatmap)), lang),)
        else:
            yield from ((_title(one.title.of(lang)), _drawn(one, lang)) for one in group)


def _drawn(one: Picture, lang: Lang) -> Block:
    if isinstance(one, Curves):
        return CurvesPlot(one, lang)
    if isinstance(one, Heatmap):
        return HeatmapPlot(one, lang)
    return ScatterPlot(one, lang) if isinstance(one, Scatter) else table(one, lang)


def table(one: LabTable, lang: Lang) -> Table:
    """A table; columns of numbers are aligned on the right."""
    rows = tuple(tuple((cell_text(cell, lang), "") for cell in row) for row in one.rows)
    return Table(rows, tuple(name.of(lang) for name in one.columns), numeric(one), indent=2)


def cell_text(cell: str | float | Text, lang: Lang) -> str:
    """What stands in a cell of a table."""
    return cell.of(lang) if isinstance(cell, Text) else cell if isinstance(cell, str) else number(cell)


def numeric(one: LabTable) -> frozenset[int]:
    """Which columns hold numbers."""
    columns = zip(*one.rows, strict=True)
    return frozenset(place for place, cells in enumerate(columns) if any(_is_number(cell) for cell in cells))


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def metrics_table(run: Run) -> Table:
    """The metrics by the names that `--json` gives them."""
    rows: tuple[tuple[Span, ...], ...] = tuple(
        ((name, "code"), (number(value), "")) for name, value in run.outcome.metrics.items()
    )
    return Table(rows, right=frozenset({1}), indent=2)


def stopped(run: Run) -> tuple[Text, ...]:
    """Why the run did not go to its end, if it did not."""
    steps = run.steps
    if run.stopped == "interrupted":
        return (Text(f"{steps} 回の更新で中断しました。", f"Interrupted after {steps} updates."),)
    if run.stopped == "exploded":
        return (
            Text(
                f"{steps} 回目の更新で損失が発散し（無限大または NaN）、学習を打ち切りました。"
                "学習率や初期値を小さくするか、勾配クリッピングを強めてみてください。",
                f"Training was stopped: after {steps} updates the loss had exploded (infinite or NaN)."
                " Try a smaller learning rate, smaller initial weights, or stronger gradient clipping.",
            ),
        )
    return ()


def verdict(run: Run) -> tuple[Text, str]:
    """Whether the lab's goal was reached, and the style that goes with it."""
    if run.stopped == "interrupted":
        return Text("– 中断のため判定なし", "– not judged: interrupted"), "quiet"
    if run.reached is None:
        return Text("– この設定では判定なし", "– not judged for these settings"), "quiet"
    return (Text("✓ 達成", "✓ reached"), "good") if run.reached else (Text("✗ 未達成", "✗ not reached"), "bad")


def goal(run: Run, lang: Lang) -> Iterator[Block]:
    """The lab's goal, whether it was reached, and what it took."""
    said, style = verdict(run)
    label = Text("目標: ", "Goal: ").of(lang)
    yield Paragraph(((label, "quiet"), (f"{run.lab.goal.of(lang)}  ", ""), (said.of(lang), style)))
    seconds, steps = f"{run.seconds:.1f}", run.steps
    spent = Text(f"更新 {steps} 回、{seconds} 秒", f"{steps} updates, {seconds} s")
    yield Paragraph(((spent.of(lang), "quiet"),))


def links(lab: Lab, lang: Lang) -> Iterator[Block]:
    """What to type next: the questions of the lab's sections, and its other settings."""
    yield Gap()
    label = Text("問題で確かめる", "Questions").of(lang)
    rows = [(label if place == 0 else "", practice(section)) for place, section in enumerate(lab.sections)]
    rows.append((Text("設定を変える", "Vary it").of(lang), f"quizdl lab {lab.name} --help"))
    yield Facts(tuple((name, ((command, "code"),)) for name, command in rows))


def practice(section: str) -> str:
    """The command that asks a section's questions.

    >>> practice("lstm")
    'quizdl practice --section lstm'
    """
    return f"quizdl practice --section {section}"


def finite(value: float) -> float | None:
    """A number as JSON has it: None for NaN and the infinite."""
    return value if math.isfinite(value) else None


def _title(text: str) -> Paragraph:
    return Paragraph(((text, "title"),))
