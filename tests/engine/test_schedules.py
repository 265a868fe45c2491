"""Learning-rate schedules: their corners, and their shapes."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.engine import schedules
from quizdl.engine.optimisers import SGD

DECAYS = {
    "step": lambda t: schedules.step_decay(t, 0.5, every=3),
    "milestones": lambda t: schedules.multi_step_decay(t, 0.5, milestones=[2, 7]),
    "exponential": lambda t: schedules.exponential_decay(t, 0.5, gamma=0.9),
    "inverse time": lambda t: schedules.inverse_time_decay(t, 0.5, rate=0.2),
    "polynomial": lambda t: schedules.polynomial_decay(t, 0.5, total=9, power=2, floor=0.1),
    "cosine": lambda t: schedules.cosine_decay(t, 0.5, period=9, floor=0.1),
}


@pytest.mark.parametrize("name", DECAYS)
def test_a_decay_begins_at_the_given_rate_and_never_rises(name: str) -> None:
    """lr at step 0; each step at most the one before, and never negative."""
    rates = [DECAYS[name](t) for t in range(30)]
    assert rates[0] == pytest.approx(0.5)
    assert all(after <= before for before, after in pairwise(rates))
    assert min(rates) >= 0


def test_rates_by_hand() -> None:
    """Steps that can be worked out in the head."""
    assert [schedules.step_decay(t, 1, every=2, gamma=0.5) for t in range(5)] == [1, 1, 0.5, 0.5, 0.25]
    milestones = [schedules.multi_step_decay(t, 1, milestones=[1, 3], gamma=0.5) for t in range(4)]
    assert milestones == [1, 0.5, 0.5, 0.25]
    assert schedules.exponential_decay(3, 2, gamma=0.5) == 0.25
    assert schedules.inverse_time_decay(6, 1, rate=0.5) == 0.25
    assert schedules.polynomial_decay(5, 1.0, total=10) == 0.5
    assert schedules.polynomial_decay(5, 1.1, total=10, power=2, floor=0.1) == pytest.approx(0.35)
    assert schedules.cosine_decay(5, 1, period=10) == pytest.approx(0.5)
    assert schedules.linear_warmup(3, 1, warmup=4) == 0.75
    assert schedules.linear_warmup(2, 1, warmup=4, start=0.5) == 0.75


def test_after_the_end_the_floor_is_kept() -> None:
    """Polynomial and cosine stay where they came to; a warm-up stays at the top."""
    assert schedules.polynomial_decay(50, 1, total=10, floor=0.1) == 0.1
    assert schedules.cosine_decay(50, 1, period=10, floor=0.1) == pytest.approx(0.1)
    assert schedules.linear_warmup(50, 1, warmup=10) == 1


def test_a_warm_restart_goes_back_to_the_top() -> None:
    """With growth 2 the periods are 3, 6, 12 long: the top at 0, 3, 9, 21."""
    rates = [schedules.cosine_decay(t, 1, period=3, restarts=True, growth=2) for t in range(22)]
    assert [t for t, rate in enumerate(rates) if rate == 1] == [0, 3, 9, 21]
    even = [schedules.cosine_decay(t, 1, period=4, restarts=True) for t in range(9)]
    assert even[:4] == even[4:8]
    assert even[0] == even[8] == 1


@given(st.integers(1, 600), st.integers(1, 50))
def test_noam_peaks_at_the_end_of_the_warm_up(d_model: int, warmup: int) -> None:
    """Both branches meet there, at (d_model·warmup)^(−½); before it the rate rises in a line."""
    rates = [schedules.noam(t, d_model=d_model, warmup=warmup) for t in range(1, 4 * warmup + 1)]
    assert int(np.argmax(rates)) + 1 == warmup
    assert max(rates) == pytest.approx(1 / math.sqrt(d_model * warmup))
    np.testing.assert_allclose(rates[:warmup], rates[0] * np.arange(1, warmup + 1))
    assert rates[-1] == pytest.approx(max(rates) / 2)


def test_noam_of_the_base_model() -> None:
    """d_model 512 and 4000 steps of warm-up: at most 7.0e-4 (Vaswani et al. 2017, §5.3)."""
    assert schedules.noam(4000, d_model=512) == pytest.approx(6.9877e-4, rel=1e-4)


def test_a_schedule_sets_an_optimisers_rate() -> None:
    """A constant gradient of 1 walks the sum of the rates; a rate out of NumPy is a plain float, so float32 stays."""
    optimiser, w = SGD(1.0), {"w": np.zeros(1, dtype=np.float32)}
    for t in range(4):
        optimiser.lr = schedules.step_decay(t, np.float64(1), every=2, gamma=0.5)
        w = optimiser.update(w, {"w": np.ones(1, dtype=np.float32)})
    assert w["w"] == -3
    assert w["w"].dtype == np.float32
