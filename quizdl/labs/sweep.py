"""Runs that differ in one setting, side by side: what a table and a plot say of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from quizdl.labs.core import Lab, Option, Setting, Table
from quizdl.labs.runner import Run
from quizdl.text import Text, same

_RATIO = 100
"""Where the greatest is so many times the least, their bars are drawn by powers of ten."""


@dataclass(frozen=True)
class Sweep:
    """The runs that were made, in the order of the values; those after Ctrl-C are missing."""

    lab: Lab
    option: Option
    values: tuple[Setting, ...]
    runs: tuple[Run, ...]

    @property
    def metric(self) -> str:
        """What is compared in the plot."""
        return self.lab.sweep

    @property
    def title(self) -> Text:
        """What is plotted against what."""
        return Text(f"{self.option.name} と {self.metric}", f"{self.metric} by {self.option.name}")

    def table(self) -> Table:
        """A column for each run; a row for each metric, then whether the goal was reached, and the time."""
        metrics = list(self.runs[0].outcome.metrics) if self.runs else []
        made = list(zip(self.values, self.runs, strict=False))
        heads = (same(self.option.name), *(same(str(value)) for value, _ in made))
        rows: list[tuple[str | float | Text, ...]] = [
            (same(name), *(float(run.outcome.metrics.get(name, math.nan)) for _, run in made)) for name in metrics
        ]
        ends: list[str | float | Text] = [
            _ENDS[run.stopped or {True: "reached", False: "missed", None: "open"}[run.reached]] for _, run in made
        ]
        seconds: list[str | float | Text] = [round(run.seconds, 1) for _, run in made]
        last = [(Text("目標", "goal"), *ends), (Text("秒", "seconds"), *seconds)]
        return Table(Text("比較", "Comparison"), heads, (*rows, *last))

    def bars(self) -> list[tuple[str, float, float]]:
        """Each value with its metric, and how long its bar is, 0 to 1; what is no number has none."""
        heights = [float(run.outcome.metrics.get(self.metric, math.nan)) for run in self.runs]
        shown = [height for height in heights if math.isfinite(height)]
        return [
            (str(value), height, _share(height, shown)) for value, height in zip(self.values, heights, strict=False)
        ]

    @property
    def by_powers_of_ten(self) -> bool:
        """Whether the bars are."""
        return _logarithmic([height for _, height, _ in self.bars() if math.isfinite(height)])


def _share(height: float, shown: list[float]) -> float:
    """A bar begins at 0; by powers of ten, a tenth of a power below the least one."""
    if not math.isfinite(height) or not shown:
        return 0.0
    if _logarithmic(shown):
        low, high = math.log10(min(shown)) - 0.1, math.log10(max(shown))
        return (math.log10(height) - low) / (high - low)
    return max(height, 0.0) / max(shown) if max(shown) > 0 else 0.0


def _logarithmic(shown: list[float]) -> bool:
    """Shares are not: from 0.01 to 1 is a difference to be seen as it is."""
    return bool(shown) and min(shown) > 0 and max(shown) > 1 and max(shown) / min(shown) >= _RATIO


_ENDS = {
    "reached": Text("✓ 達成", "✓ reached"),
    "missed": Text("✗ 未達成", "✗ missed"),
    "open": Text("–", "–"),
    "interrupted": Text("中断", "interrupted"),
    "exploded": Text("発散", "exploded"),
}
