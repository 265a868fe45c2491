"""What the figures share: labels from maths, arrows between neighbours, and long rows shortened in the middle."""

from __future__ import annotations

import re

from quizdl.screen.figures.scene import Line
from quizdl.screen.maths import to_unicode
from quizdl.text import Text, same

DOTS = same("…")
UNKNOWN = same("?")

_BARE_SCRIPT = re.compile(r"_(\w{2,})")


def maths(latex: str) -> Text:
    """A formula as a label; `h_12` needs no braces.

    >>> maths("h_12").en, maths("h_{t-1}").en
    ('h₁₂', 'hₜ₋₁')
    """
    return same(to_unicode(_BARE_SCRIPT.sub(r"_{\1}", latex)))


def brief(value: float) -> str:
    """A number as a figure has room for it: two decimals at most.

    >>> brief(0.5), brief(-3), brief(-0.001), brief(1 / 3)
    ('0.5', '−3', '0', '0.33')
    """
    shown = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if shown == "-0" else shown.replace("-", "−")


def right(start: int, box: int, row: int) -> Line:
    """An arrow from the column `start` to the frame in the column `box`."""
    return Line(((start, row), (box - 1, row)))


def up(column: int, start: int, frame: int) -> Line:
    """An arrow from the row `start` up to the frame in the row `frame`."""
    return Line(((column, start), (column, frame + 1)))


def down(column: int, start: int, frame: int) -> Line:
    """An arrow from the row `start` down to the frame in the row `frame`."""
    return Line(((column, start), (column, frame - 1)))


def shortened(length: int, most: int) -> list[int | None]:
    """1 to `length`, in at most `most` places: what does not fit is left out before the last, with None in its place.

    >>> shortened(3, 5), shortened(9, 5)
    ([1, 2, 3], [1, 2, 3, None, 9])
    """
    if length <= most:
        return list(range(1, length + 1))
    return [*range(1, most - 1), None, length]
