"""Runs a lab to its end, to Ctrl-C, or to the first number that is none, and keeps what came of it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from quizdl.labs.core import Experiment, Lab, Outcome, Settings, Step, Weights

Stopped: TypeAlias = Literal["interrupted", "exploded"]


@dataclass(frozen=True)
class Run:
    """A run and what it left. `steps` counts what `Step.done` counts; `stopped` is None where it went to its end."""

    lab: Lab
    settings: Settings
    outcome: Outcome
    weights: Weights
    seconds: float
    steps: int
    stopped: Stopped | None = None

    @property
    def reached(self) -> bool | None:
        """Whether the goal was met; a run that was stopped says nothing of it, one that exploded missed it."""
        if self.stopped is None:
            return self.outcome.reached
        return False if self.stopped == "exploded" else None


def run(
    lab: Lab,
    settings: Settings,
    experiment: Experiment,
    show: Callable[[Step], None] = lambda step: None,
    clock: Callable[[], float] = time.monotonic,
) -> Run:
    """Train until the end. Ctrl-C ends it early, and a loss that is infinite or NaN does: no later one would be better.

    show: told of every step.
    """
    start, steps, stopped = clock(), 0, _NOT
    with np.errstate(all="ignore"):  # an explosion is said in a sentence, not in NumPy's warnings
        try:
            for step in experiment.steps():
                steps = step.done
                show(step)
                if step.loss is not None and not math.isfinite(step.loss):
                    stopped = "exploded"
                    break
        except KeyboardInterrupt:
            stopped = "interrupted"
        seconds = clock() - start
        return Run(lab, settings, experiment.outcome(), experiment.weights(), seconds, steps, stopped)


_NOT: Stopped | None = None
