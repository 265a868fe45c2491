"""The figures as a table on the screen."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from benchmarks.figures import Figure
from quizdl.text import Lang

_MARKS = str.maketrans("", "", "`")


def printed(figures: Iterable[Figure], lang: Lang = "en") -> None:
    """Print them, group by group; `!` where a median or a 95th percentile is above what we allow ourselves."""
    print(f"{'':58} {'ms':>9} {'p95':>9} {'ratio: least–median–most':>26} {'limit':>8}  to")
    for group, members in groupby(figures, key=lambda figure: figure.group):
        print(group)
        for one in members:
            spread = "–".join(f"{value:.3g}" for value in one.ratio)
            limit = f"{one.limit:g}" if one.limit else f"{one.allowed:g} ms" if one.allowed else ""
            median, late = one.milliseconds
            mark = "!" if one.excess > 1 else " "
            what, floor = (text.of(lang).translate(_MARKS) for text in (one.what, one.floor))
            print(f"{mark} {what[:56]:56} {median:9.1f} {late:9.1f} {spread:>26} {limit:>8}  {floor}")
