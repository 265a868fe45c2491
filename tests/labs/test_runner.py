"""Runs end well: at their end, at Ctrl-C, at the first number that is none."""

from __future__ import annotations

import warnings
from typing import Any

from quizdl.labs.core import Lab
from quizdl.labs.runner import run
from quizdl.labs.sweep import Sweep

from .conftest import Toy


def test_a_run_to_its_end_keeps_its_outcome(toy: Lab, settings: dict[str, Any]) -> None:
    """Every step was shown, in order."""
    shown: list[int] = []
    done = run(toy, settings, Toy(settings), lambda step: shown.append(step.done))
    assert shown == list(range(1, 21))
    assert (done.steps, done.stopped, done.reached) == (20, None, True)


def test_ctrl_c_keeps_what_there_is(toy: Lab, settings: dict[str, Any]) -> None:
    """The outcome and the weights are those of the steps that were made; the goal is not judged."""
    half = Toy(settings)
    half.interrupt_at = 11
    done = run(toy, settings, half)
    alone = Toy({**settings, "steps": 10})
    for _ in alone.steps():
        pass
    assert (done.stopped, done.steps, done.reached) == ("interrupted", 10, None)
    assert done.outcome.metrics == alone.outcome().metrics
    assert done.weights["w"] == alone.p["w"]


def test_ctrl_c_while_a_step_is_shown_is_no_different(toy: Lab, settings: dict[str, Any]) -> None:
    """The screen is part of the run."""

    def show(step: Any) -> None:
        if step.done == 3:
            raise KeyboardInterrupt

    assert run(toy, settings, Toy(settings), show).stopped == "interrupted"


def test_an_exploding_loss_stops_the_run(toy: Lab, settings: dict[str, Any]) -> None:
    """At the first infinite loss, without a warning of NumPy's, and the goal was missed."""
    far = {**settings, "learning_rate": 10.0, "steps": 2000}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        done = run(toy, far, Toy(far))
    assert done.stopped == "exploded"
    assert done.steps < 300
    assert done.reached is False


def test_a_sweep_compares_the_metric_of_every_run(toy: Lab, settings: dict[str, Any]) -> None:
    """Bars are in proportion; a column for each run that was made, though a later one was not."""
    option, values = toy.options[1], (1, 2, 20)
    runs = [run(toy, {**settings, "steps": value}, Toy({**settings, "steps": value})) for value in values[:2]]
    sweep = Sweep(toy, option, values, tuple(runs))
    assert [(value, round(height, 2), round(share, 2)) for value, height, share in sweep.bars()] == [
        ("1", 2.4, 1.0),
        ("2", 1.92, 0.8),
    ]
    table = sweep.table()
    assert [column.en for column in table.columns] == ["steps", "1", "2"]
    assert all(len(row) == 3 for row in table.rows)


def test_bars_far_apart_are_drawn_by_powers_of_ten(toy: Lab, settings: dict[str, Any]) -> None:
    """From 3e0 to 1e8 a bar in proportion would show nothing of the small ones; and that is said."""
    rates = (0.1, 2.0)
    runs = [run(toy, {**settings, "learning_rate": rate}, Toy({**settings, "learning_rate": rate})) for rate in rates]
    sweep = Sweep(toy, toy.options[0], rates, tuple(runs))
    assert sweep.by_powers_of_ten
    assert all(0 < share <= 1 for _, _, share in sweep.bars())
