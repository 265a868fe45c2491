"""The adding problem: its sequences, that gates solve it where an RNN does not, and that only right gradients do."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.engine import lstm
from quizdl.errors import InputError
from quizdl.labs.adding_problem import LAB, Adding, sequences
from quizdl.labs.core import Outcome, Setting

BOUND = 0.01


def small(**changed: Setting) -> dict[str, Setting]:
    return LAB.smallest(**changed)


def trained(**changed: Setting) -> Adding:
    run = Adding(small(**changed))
    for _ in run.steps():
        pass
    return run


@pytest.fixture(scope="module")
def finished() -> Adding:
    return trained()


@given(st.integers(2, 60), st.integers(1, 8), st.integers(0, 2**32 - 1))
def test_the_target_is_the_sum_of_the_two_marked_numbers_one_from_each_half(length: int, count: int, seed: int) -> None:
    """What the network is asked for, read off its own inputs."""
    x, t, marked = sequences(np.random.default_rng(seed), length, count)
    numbers, marks = x[..., 0], x[..., 1]
    assert x.shape == (length, count, 2)
    assert t.shape == (count, 1)
    assert (marks.sum(axis=0) == 2).all()
    assert (marks[: length // 2].sum(axis=0) == 1).all()
    assert (marks[marked, np.arange(count)] == 1).all()
    assert ((numbers >= 0) & (numbers < 1)).all()
    np.testing.assert_allclose((numbers * marks).sum(axis=0), t[:, 0], rtol=1e-6)


def test_always_answering_the_mean_costs_a_sixth() -> None:
    """The number that every error is compared with: twice the variance of U(0, 1)."""
    _, t, _ = sequences(np.random.default_rng(0), 10, 100_000)
    assert float(((t - 1) ** 2).mean()) == pytest.approx(1 / 6, abs=0.002)


def test_gates_solve_what_the_rnn_does_not(finished: Adding) -> None:
    """The lab's point, at T = 20."""
    metrics = finished.outcome().metrics
    assert metrics["lstm_mse"] < BOUND
    assert metrics["gru_mse"] < BOUND
    assert metrics["rnn_mse"] > 0.1


def test_a_solved_answer_hangs_on_the_two_marked_numbers(finished: Adding) -> None:
    """∂answer/∂number is 1 where a mark is, and near 0 elsewhere."""
    slopes, column = finished.slopes("gru"), np.arange(1000)
    assert slopes[finished.test.marked, column].mean() == pytest.approx(1, abs=0.1)
    assert slopes[finished.test.x[..., 1] == 0].mean() == pytest.approx(0, abs=0.05)


def test_untrained_networks_are_no_better_than_the_mean() -> None:
    """So that the bound says something of training."""
    metrics = Adding(small()).outcome().metrics
    assert min(metrics[f"{layer}_mse"] for layer in ("rnn", "lstm", "gru")) > 0.1


@pytest.mark.parametrize("broken", ["U", "W"])
def test_a_gradient_of_the_wrong_sign_misses_the_bound(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound is one that only right gradients reach."""
    right = lstm.lstm_backward

    def wrong(*arguments: Any) -> dict[str, Any]:
        found = right(*arguments)
        return found | {broken: -found[broken]}

    monkeypatch.setattr(lstm, "lstm_backward", wrong)
    assert trained(network="lstm").outcome().metrics["lstm_mse"] > 5 * BOUND


def test_the_same_seed_gives_the_same_run() -> None:
    """Nothing else is random."""
    one, other = (trained(steps=5).outcome().metrics for _ in range(2))
    assert one == other


def test_a_run_that_was_stopped_has_an_outcome_and_its_weights_give_it_again() -> None:
    """Ctrl-C keeps what there is."""
    stopped = Adding(small())
    for _ in islice(stopped.steps(), 100):
        pass
    outcome = stopped.outcome()
    assert outcome.reached is None
    again = Adding(small())
    again.load(stopped.weights())
    assert again.outcome().metrics == outcome.metrics


def test_other_weights_are_refused_by_name() -> None:
    """A file of another lab, or of another size, says which parameter does not fit."""
    with pytest.raises(InputError) as refused:
        Adding(small()).load(Adding(small(hidden_size=3)).weights())
    assert refused.value.where == "rnn.W"


def test_the_goal_is_judged_at_its_own_length_alone() -> None:
    """T = 20 neither meets nor misses a goal stated for T = 50."""
    reached: list[bool | None] = []
    for changed in ({}, {"length": 50}):
        outcome: Outcome = Adding(small(**changed)).outcome()
        reached.append(outcome.reached)
    assert reached == [None, False]
