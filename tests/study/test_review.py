"""When questions are due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fsrs import Rating
from hypothesis import given
from hypothesis import strategies as st

from quizdl.model import Past, Profile
from quizdl.study.review import Usual, cards, due, due_dates, new_card, rating, recall
from simulated_learner import answered

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PROFILE = Profile(id="q", kind="numeric", chapter="3-1-1")


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


def _rated(past: Past, seconds: float = 60.0, typed: bool = True) -> Rating | None:
    return rating(past, Usual(seconds, typed))


@pytest.mark.parametrize(
    ("verdict", "fields", "expected"),
    [
        ("correct", {"seconds": 50.0}, Rating.Good),
        ("correct", {"seconds": 50.0, "hints_used": 1}, Rating.Hard),
        ("correct", {"seconds": 5.0, "hints_used": 1}, Rating.Hard),
        ("correct", {"seconds": 200.0}, Rating.Hard),
        ("correct", {"seconds": 10.0}, Rating.Easy),
        ("correct", {"seconds": 0.0}, Rating.Good),
        ("near_miss", {}, Rating.Hard),
        ("partial", {"score": 0.6}, Rating.Hard),
        ("partial", {"score": 0.3}, Rating.Again),
        ("wrong", {"seconds": 5.0}, Rating.Again),
        ("timeout", {}, Rating.Again),
        ("runtime_error", {}, Rating.Again),
        ("unreadable", {}, None),
        ("grader_error", {}, None),
    ],
)
def test_a_verdict_says_how_well_it_was_remembered(
    past: Callable[..., Past], verdict: str, fields: dict[str, object], expected: Rating | None
) -> None:
    """Code questions are rated by their verdict like all others."""
    assert _rated(past("q", verdict, **fields)) == expected


def test_easy_is_only_what_could_not_be_guessed_and_whose_usual_time_is_known(past: Callable[..., Past]) -> None:
    """A quick click on one of four options may be luck."""
    quick = past("q", seconds=5.0)
    assert _rated(quick, typed=False) == Rating.Good
    assert rating(quick) == Rating.Good


def test_what_is_right_at_first_sight_is_not_due_again_the_same_day(past: Callable[..., Past]) -> None:
    """What was missed is."""
    at = NOW.timestamp()
    dates = due_dates([past("known", at=at), past("missed", "wrong", at=at)])
    assert dates["known"] - NOW >= timedelta(days=1)
    assert dates["missed"] - NOW < timedelta(hours=1)


@given(st.lists(st.sampled_from(["correct", "wrong", "partial", "near_miss"]), min_size=1, max_size=8))
def test_what_is_remembered_fades_from_one_towards_zero(verdicts: list[str]) -> None:
    """Recall is 1 at the answer, never rises afterwards, and stays a chance."""
    history = [
        answered(PROFILE, verdict == "correct", day * 86400.0, verdict=verdict) for day, verdict in enumerate(verdicts)
    ]
    (card,) = cards(history).values()
    assert card.last_review is not None
    chances = [recall(card, card.last_review + timedelta(hours=hours)) for hours in range(0, 2000, 7)]
    assert chances[0] == 1.0
    assert chances == sorted(chances, reverse=True)
    assert 0 < chances[-1] < 1
    assert recall(new_card(), NOW) == 0.0
