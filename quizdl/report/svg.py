"""The frame that every chart stands in, and its letters.

Charts are drawn for a width of WIDTH, so that on a phone their letters stand as large as the text around them. Colours
are classes of the page's style sheet (`templates/charts.css`); what colour says, a mark or a word says too. Titles and
descriptions tell the numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH = 360


def label(x: float, y: float, text: str, kind: str, *, anchor: str = "start") -> str:
    """A text. kind: its class."""
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'


def chart(name: str, height: int, title: str, description: str, lines: Sequence[str]) -> str:
    """A whole chart. name: of one word, different for every chart of a page. lines: elements, trusted."""
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
        f"{''.join(lines)}</svg>"
    )
