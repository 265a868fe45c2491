"""How the work goes, in numbers."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from quizdl.model import Past
from quizdl.report.causes import CAUSES, Cause, causes
from quizdl.report.progress import RETENTION_NEEDED, minutes_by_day, retention, topics_met

DAY = 86400.0


def _past(question_id: str, verdict: str = "correct", at: float = 0.0, **fields: object) -> Past:
    values: dict[str, object] = {
        "attempt_id": f"{question_id}-{at}",
        "question_id": question_id,
        "version": "0" * 12,
        "seed": 0,
        "at": at,
        "verdict": verdict,
        "score": float(verdict == "correct"),
        "mode": "practice",
        "session": "s",
        "section": "rnn",
        "chapter": "3-5-1",
        "seconds": 60.0,
    }
    return Past(**{**values, **fields})  # type: ignore[arg-type]


def _utc(at: float) -> date:
    return datetime.fromtimestamp(at, UTC).date()


def test_topics_are_counted_by_area_and_an_undone_answer_meets_none() -> None:
    """Numbers of the syllabus, not questions."""
    found = topics_met([_past("a"), _past("b"), _past("d", chapter="1-1-1", undone=True)], {"3-5-1", "4-1-1", "1-1-1"})
    assert [(one.area, one.met, one.total) for one in found] == [
        ("math", 0, 1),
        ("ml", 0, 0),
        ("dl", 1, 2),
        ("ops", 0, 0),
    ]


def test_retention_is_of_what_came_back_after_a_day_and_silent_when_that_was_seldom() -> None:
    """A second try in the same hour is no proof of memory."""
    first = [_past(f"q{number}", at=0.0) for number in range(RETENTION_NEEDED)]
    same_day = [_past(f"q{number}", at=3600.0) for number in range(RETENTION_NEEDED)]
    later = [
        _past(f"q{number}", "correct" if number % 2 else "wrong", at=3 * DAY) for number in range(RETENTION_NEEDED)
    ]
    assert retention([*first, *same_day], 4 * DAY).answers == 0
    assert retention([*first, *later[1:]], 4 * DAY).share is None
    assert retention([*first, *later], 4 * DAY).share == 0.5
    assert retention([*first, *later], 90 * DAY).answers == 0


@given(st.lists(st.tuples(st.floats(0, 40 * DAY), st.floats(0, 500), st.booleans()), max_size=30))
def test_the_days_share_out_all_minutes_of_answers_that_stand(answers: list[tuple[float, float, bool]]) -> None:
    """No minute is lost or counted twice."""
    history = [_past("q", at=at, seconds=seconds, undone=undone) for at, seconds, undone in answers]
    total = sum(seconds for _, seconds, undone in answers if not undone) / 60
    days = minutes_by_day(history, _utc)
    assert abs(sum(days.values()) - total) < 1e-6
    assert set(days) == {_utc(at) for at, _, undone in answers if not undone}


def test_causes_are_grouped_and_the_commonest_comes_first() -> None:
    """A mistake known for the question is one group; what nobody named is another; right answers have no cause."""
    history = [
        _past("a", "wrong", mistake="divided-by-threshold"),
        _past("a", "wrong", mistake="generic:transposed"),
        _past("b", "wrong", mistake="generic:wrong_axis"),
        _past("b", "near_miss"),
        _past("c", "timeout"),
        _past("c", "wrong"),
        _past("c"),
        _past("c", "unreadable"),
        _past("c", "wrong", mistake="generic:sign", undone=True),
    ]
    assert causes(history)[0] == Cause("shape", 2)
    assert {one.name: one.count for one in causes(history)} == {
        "shape": 2,
        "known": 1,
        "almost": 1,
        "program": 1,
        "unnamed": 1,
    }


def test_every_generic_cause_of_the_grader_is_in_a_group() -> None:
    """A new one must be given its group, or learners would read that nothing is known of it."""
    from quizdl.grading import causes as of_values
    from quizdl.grading import emulated, numeric, repairs

    named = {
        *of_values._CAUSES,
        *emulated._SENTENCES,
        *repairs._SENTENCES,
        *(name for name, _ in numeric._causes(1.0, 2.0)),
        *("axes", "no_return", "prints_instead"),
    }
    grouped = {name: causes([_past("q", "wrong", mistake=f"generic:{name}")])[0].name for name in named}
    assert {name for name, group in grouped.items() if group == "unnamed"} == set()
    assert set(grouped.values()) <= set(CAUSES)
