"""A figure: how long something takes as a ratio to a floor that was timed beside it, turn by turn."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from multiprocessing import get_context
from typing import NamedTuple

from quizdl.text import Text, same

PYTHON = sys.executable
NO_FLOOR = same("–")

Timed = Callable[[], object]


class Figure(NamedTuple):
    """One line of the table. ratio: least, median and most of what was timed to its floor, round by round.

    milliseconds: the median and the 95th percentile by the clock. limit: the most that we allow ourselves for the
    median ratio; None where none is set. allowed: the same for the 95th percentile, in milliseconds.
    """

    group: str
    what: Text
    floor: Text
    ratio: tuple[float, float, float]
    milliseconds: tuple[float, float]
    limit: float | None = None
    allowed: float | None = None

    @property
    def excess(self) -> float:
        """How far above its limit: 1 is at it. 0 where none is set."""
        return max(
            self.ratio[1] / self.limit if self.limit else 0.0,
            self.milliseconds[1] / self.allowed if self.allowed else 0.0,
        )


def process(*arguments: str, home: str, data: bytes = b"", directory: str | None = None) -> Timed:
    """A run of Python with these arguments, to its end, with a quizdl home of its own; exit codes 0 and 1 are well."""
    environment = {**os.environ, "QUIZDL_HOME": home}

    def run() -> None:
        done = subprocess.run(
            [PYTHON, *arguments], input=data, capture_output=True, env=environment, cwd=directory, check=False
        )
        if done.returncode > 1:
            raise RuntimeError(f"{arguments}: exit {done.returncode}: {done.stderr.decode('utf-8', 'replace')[-400:]}")

    return run


def in_turns(timed: Mapping[str, Timed], rounds: int) -> dict[str, list[float]]:
    """Seconds of every run by name. All run in every round, so that a busy moment hits all alike."""
    times: dict[str, list[float]] = {name: [] for name in timed}
    for _ in range(rounds):
        for name, run in timed.items():
            began = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - began)
    return times


def ratio(times: Iterable[float], floor: Iterable[float]) -> tuple[float, float, float]:
    """Least, median and most of one to the other, round by round."""
    found = sorted(one / other for one, other in zip(times, floor, strict=True))
    return found[0], statistics.median(found), found[-1]


def milliseconds(times: list[float]) -> tuple[float, float]:
    """The median and the 95th percentile."""
    late = statistics.quantiles(times, n=20, method="inclusive")[-1] if len(times) > 1 else times[0]
    return 1000 * statistics.median(times), 1000 * late


def apart(module: str, rounds: int) -> list[Figure]:
    """The figures of a module in a process of its own: what it asks of NumPy has to be asked before NumPy is there."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(_figures_in, (module, rounds))


def _figures_in(module: str, rounds: int) -> list[Figure]:
    found: list[Figure] = import_module(module).figures(rounds)
    return found
