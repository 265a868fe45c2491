"""How long a question takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.study.budget import AWAY, expected_seconds, pace_of
from simulated_learner import DAY, Learner, answered, pool

PROFILES = pool()


def test_without_a_history_the_prior_counts() -> None:
    """A stranger is expected to take what anybody takes."""
    pace = pace_of([], PROFILES)
    assert all(pace.seconds(one) == expected_seconds(one) for one in PROFILES.values())


def test_one_s_own_pace_is_learned_so_that_sums_come_out_right() -> None:
    """Somebody twice as slow: after 200 answers the expected sum is within a tenth of the real one."""
    learner = Learner(PROFILES, seed=1, pace=2.0)
    names = list(PROFILES) * 2
    for number, name in enumerate(names[:200]):
        learner.answer(name, number * DAY / 50)
    pace = pace_of(learner.history, PROFILES)
    taken = sum(learner.answer(name, 9 * DAY) for name in PROFILES)
    assert sum(map(pace.seconds, PROFILES.values())) == pytest.approx(taken, rel=0.1)


def test_a_question_left_open_over_lunch_says_little() -> None:
    """An hour at a term counts as a few times what a term takes."""
    term = next(one for one in PROFILES.values() if one.kind == "term")
    pace = pace_of([answered(term, True, 0.0, seconds=3600.0)], PROFILES)
    assert pace.seconds(term) < AWAY * expected_seconds(term)


@given(st.lists(st.tuples(st.sampled_from(sorted(PROFILES)), st.floats(0, 1e6), st.booleans()), max_size=30))
def test_whatever_was_measured_the_expectation_stays_within_reason(times: list[tuple[str, float, bool]]) -> None:
    """Never below nothing nor above what being away counts as; answers without a time and exams say nothing."""
    history = [answered(PROFILES[name], True, 0.0, seconds=s, mode="exam" if e else "practice") for name, s, e in times]
    pace = pace_of(history, PROFILES)
    assert all(0 < pace.seconds(one) <= AWAY * expected_seconds(one) for one in PROFILES.values())
    assert pace_of([past for past in history if past.mode == "exam"], PROFILES).overall == 1.0
