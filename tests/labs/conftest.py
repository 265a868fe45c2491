"""A lab so small that its runs can be followed by hand: w goes down (w − 3)² by the engine's SGD."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from quizdl.labs.core import Lab, Option, Outcome, Settings, Step, Weights
from quizdl.labs.training import descend, loss_curves, need_no_others, optimiser, put_back
from quizdl.text import Text, same


class Toy:
    """One run. `interrupt_at` raises KeyboardInterrupt there, as Ctrl-C does."""

    def __init__(self, settings: Settings, data: object | None = None) -> None:
        self.settings, self.data = settings, data
        self.p: dict[str, Any] = {"w": np.array([0.0])}
        self.losses: list[float] = []
        self.interrupt_at = -1

    def steps(self) -> Iterator[Step]:
        total = int(self.settings["steps"])
        method = optimiser("sgd", float(self.settings["learning_rate"]))
        for done in range(1, total + 1):
            if done == self.interrupt_at:
                raise KeyboardInterrupt
            loss = float(((self.p["w"] - 3) ** 2).sum())
            self.p, _ = descend(method, self.p, {"w": 2 * (self.p["w"] - 3)})
            self.losses.append(loss)
            yield Step(done, total, loss, network=same("w"))

    def outcome(self) -> Outcome:
        away = abs(float(self.p["w"][0]) - 3)
        reading = (Text(f"w は 3 から {away:.3g} 離れています。", f"w is {away:.3g} from 3."),)
        return Outcome({"away": away}, reading, (loss_curves({same("w"): self.losses}),), away < 0.1)

    def weights(self) -> Weights:
        return dict(self.p)

    def load(self, weights: Weights) -> None:
        need_no_others(weights, self.p)
        self.p = put_back(self.p, weights)


TOY = Lab(
    name="toy",
    title=Text("小さな谷", "A small valley"),
    about=Text("w が谷を下ります。", "w walks down."),
    goal=Text("w が 3 に 0.1 まで近づく", "w comes within 0.1 of 3"),
    options=(
        Option("learning_rate", 0.1, Text("学習率", "Learning rate"), low=0, high=10),
        Option("steps", 20, Text("更新回数", "Updates"), low=1, high=2000),
        Option("shape", "round", Text("形", "Shape"), ("round", "steep")),
        Option("seed", 0, Text("種", "Seed"), low=0),
    ),
    sections=("gradient-descent",),
    start=Toy,
    sweep="away",
)


@pytest.fixture
def toy() -> Lab:
    return TOY


@pytest.fixture
def settings() -> dict[str, Any]:
    return TOY.defaults()
