"""How long quizdl takes to start, as ratios to bare Python's imports.

python -m benchmarks.startup [ROUNDS]
"""

from __future__ import annotations

import sys
import tempfile
from typing import NamedTuple

from benchmarks.figures import Figure, in_turns, milliseconds, process, ratio
from quizdl.text import Text, same

CLIP = b"""\
import numpy as np


def gradient_clipping(gradient, threshold):
    norm = np.linalg.norm(gradient)
    return gradient * (threshold / norm) if norm > threshold else gradient
"""
FLOORS = {"import typer, rich, yaml": "typer, rich, yaml", "import numpy": "numpy"}
SCREEN, NUMPY = FLOORS


class Case(NamedTuple):
    """A command, what it is called, the floor it is compared with, and the most that we allow ourselves."""

    what: Text
    command: tuple[str, ...]
    floor: str = SCREEN
    limit: float | None = None
    data: bytes = b""


CASES = (
    Case(same("`quizdl --help`"), ("--help",), limit=2),
    Case(
        Text(
            "`quizdl practice --day 3` の最初の問題（パイプ）", "`quizdl practice --day 3` to the first question, piped"
        ),
        ("practice", "--day", "3"),
        limit=2,
    ),
    Case(same("`quizdl show conv-output-size`"), ("show", "conv-output-size")),
    Case(same("`quizdl list --day 3`"), ("list", "--day", "3")),
    Case(same("`quizdl`"), ()),
    Case(Text("`quizdl answer`（形状）", "`quizdl answer`, a shape"), ("answer", "conv-output-size", "3x3")),
    Case(Text("`quizdl answer`（数式）", "`quizdl answer`, mathematics"), ("answer", "chain-rule", "2(x+y)"), NUMPY),
    Case(
        Text("`quizdl answer`（コードの空欄）", "`quizdl answer`, a blank of code"),
        ("answer", "gradient-clipping", "gradient * rate"),
        NUMPY,
    ),
    Case(
        Text("`quizdl submit`（起動から判定まで）", "`quizdl submit`, from nothing to the verdict"),
        ("submit", "gradient-clipping", "-", "--json"),
        NUMPY,
        3,
        CLIP,
    ),
)


def figures(rounds: int) -> list[Figure]:
    """Every case beside its floor."""
    with tempfile.TemporaryDirectory() as home:
        runs = {floor: process("-c", floor, home=home) for floor in FLOORS}
        runs |= {case.what.en: process("-m", "quizdl", *case.command, home=home, data=case.data) for case in CASES}
        times = in_turns(runs, rounds)
    return [
        Figure(
            "start-up",
            case.what,
            same(f'`python -c "{case.floor}"`'),
            ratio(times[case.what.en], times[case.floor]),
            milliseconds(times[case.what.en]),
            case.limit,
        )
        for case in CASES
    ]


if __name__ == "__main__":
    from benchmarks.table import printed

    printed(figures(int(sys.argv[1]) if len(sys.argv) > 1 else 15))
