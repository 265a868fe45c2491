"""Attempts → numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.model import Past
from quizdl.report.statistics import LONGEST_THOUGHT_SECONDS, WEEK_SECONDS, minutes, statistics


def _past(question_id: str, score: float = 1.0, at: float = 0.0, **fields: object) -> Past:
    values: dict[str, object] = {
        "attempt_id": f"{question_id}-{at}",
        "question_id": question_id,
        "version": "0" * 12,
        "seed": 0,
        "at": at,
        "verdict": "correct" if score == 1 else "wrong",
        "score": score,
        "mode": "practice",
        "session": "s",
        "section": "rnn",
        "chapter": "3-5-1",
        "seconds": 30.0,
    }
    return Past(**{**values, **fields})  # type: ignore[arg-type]


def test_the_latest_attempt_at_a_question_decides_its_score() -> None:
    """Both attempts are counted; the mark is that of the later one, by points."""
    numbers = statistics([_past("a", 0.0, 1), _past("a", 1.0, 2), _past("b", 0.5, 3, points=3)], now=10)
    assert (numbers.questions, numbers.attempts, numbers.correct) == (2, 3, 1)
    assert numbers.score == pytest.approx((1 + 1.5) / 4)


def test_what_was_taken_back_counts_nowhere() -> None:
    """Neither an attempt, nor minutes, nor a mistake."""
    numbers = statistics([_past("a", 0.0, mistake="x", undone=True)], now=10)
    assert (numbers.attempts, numbers.minutes, numbers.mistakes) == (0, 0, ())


def test_areas_are_separate_and_sorted() -> None:
    """One row for each section and each chapter."""
    numbers = statistics([_past("a", section="lstm", chapter="3-5-2"), _past("b")], now=10)
    assert [row.area for row in numbers.by_section] == ["lstm", "rnn"]
    assert [row.area for row in numbers.by_chapter] == ["3-5-1", "3-5-2"]


def test_this_week_is_seven_days_back_from_now() -> None:
    """An attempt of eight days ago is study, but not this week's."""
    now = 30.0 * 86400
    numbers = statistics([_past("a", at=now - WEEK_SECONDS - 1), _past("b", at=now - 60)], now=now)
    assert numbers.minutes == 1.0
    assert numbers.minutes_this_week == 0.5


def test_the_commonest_mistakes_come_first() -> None:
    """Counted by question and name; ties in the order of the name."""
    history = [_past("a", 0, at, mistake=name) for at, name in enumerate(["x", "y", "y", "z"])]
    assert statistics(history, now=10).mistakes == (("a/y", 2), ("a/x", 1), ("a/z", 1))


@given(st.lists(st.floats(0, 1e6), max_size=20))
def test_a_question_left_open_is_not_hours_of_study(seconds: list[float]) -> None:
    """Each thought counts at most ten minutes."""
    total = minutes([_past("a", at=at, seconds=one) for at, one in enumerate(seconds)])
    assert 0 <= total <= len(seconds) * LONGEST_THOUGHT_SECONDS / 60
