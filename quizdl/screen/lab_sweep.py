"""The runs of a sweep as a page of the terminal: a bar for each, then the table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.text import Text as RichText

from quizdl.labs.sweep import Sweep
from quizdl.screen.kinsoku import cell_width
from quizdl.screen.lab import links, table
from quizdl.screen.lab_axes import number
from quizdl.screen.lab_plots import COLOURS, MARGIN
from quizdl.screen.lab_svg import BY_POWERS
from quizdl.screen.page import STYLES, Block, Gap, Page, Paragraph, View
from quizdl.text import Lang

_WIDEST = 40


def sweep_page(sweep: Sweep, lang: Lang) -> Page:
    """What differs, at a glance and in numbers."""
    title = f"{sweep.lab.title.of(lang)}: {sweep.title.of(lang)}"
    blocks: list[Block] = [Gap(), Paragraph(((title, "title"),)), Bars(sweep, lang), Gap(), table(sweep.table(), lang)]
    blocks += [Gap(), *links(sweep.lab, lang)]
    return Page(tuple(blocks))


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar of block characters for each run, and its number."""

    sweep: Sweep
    lang: Lang

    def lines(self, view: View) -> Iterator[RichText]:
        """The bars."""
        rows = [(view.fit(value), number(height), share) for value, height, share in self.sweep.bars()]
        left = max(cell_width(value) for value, _, _ in rows)
        right = max(len(text) for _, text, _ in rows)
        width = max(min(view.width - left - right - MARGIN - 4, _WIDEST), 4)
        for value, text, share in rows:
            full = round(share * width)
            if view.look.plain:
                yield RichText(f"{self.sweep.option.name} {value}: {text}")
                continue
            line = RichText(" " * MARGIN + value + " " * (left - cell_width(value) + 2))
            line.append(view.fit("█" * full), COLOURS[0])
            line.append(view.fit("░" * (width - full)), STYLES["quiet"])
            line.append(f"  {text.rjust(right)}")
            yield line
        if self.sweep.by_powers_of_ten and not view.look.plain:
            yield RichText(" " * MARGIN + view.fit(BY_POWERS.of(self.lang)), STYLES["quiet"])
