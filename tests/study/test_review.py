"""When questions are due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from quizdl.model import Past
from quizdl.study.review import due, due_dates

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_missed_question_is_due_before_one_that_was_right(past: Callable[..., Past]) -> None:
    """Forgetting brings a question back sooner; a hint counts for less than knowing."""
    at = NOW.timestamp()
    dates = due_dates([past("missed", "wrong", at), past("hinted", at=at, hints_used=1), past("known", at=at)])
    assert dates["missed"] < dates["hinted"] < dates["known"]


def test_the_same_history_gives_the_same_dates(past: Callable[..., Past]) -> None:
    """No fuzz: what `quizdl` promises today it promises again in a minute."""
    history = [past("a", at=NOW.timestamp() + day * 86400) for day in range(5)]
    assert due_dates(history) == due_dates(history)


def test_an_undone_attempt_schedules_nothing(past: Callable[..., Past]) -> None:
    """What was taken back leaves no trace in the plan."""
    assert due_dates([past("a", at=0, undone=True)]) == {}


def test_everything_is_due_in_a_hundred_years(past: Callable[..., Past]) -> None:
    """`due` compares with the clock that it is given."""
    history = [past("a", at=NOW.timestamp())]
    assert due(history, NOW) == set()
    assert due(history, NOW + timedelta(days=36500)) == {"a"}
