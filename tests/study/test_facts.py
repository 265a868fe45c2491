"""One session in numbers."""

from __future__ import annotations

from quizdl.study import practice
from quizdl.study.facts import session_facts
from quizdl.study.practice import Done


def _facts(*done: Done, queue: int = 3) -> dict[str, object]:
    state = practice.begin([f"q{number}" for number in range(queue)])
    for entry in done:
        state = practice.complete(state, entry)
    return session_facts(state, seed=7, session="s", seconds=1.5, again="quizdl practice --day 3")


def test_verdicts_skips_and_what_is_left_add_up_to_what_was_asked() -> None:
    """Every question of the queue is in exactly one count."""
    facts = _facts(
        Done("q0", 2, "a", "correct", 1.0, "rnn"),
        Done("q1", 1, "b", "near_miss", 0.0, "lstm", "m"),
        Done("q2", 1),
        queue=5,
    )
    assert (facts["correct"], facts["wrong"], facts["skipped"], facts["left"]) == (1, 1, 1, 2)
    assert facts["score"] == 0.6667
    assert facts["mistakes"] == ["q1/m"]
    assert facts["by_section"] == {"rnn": {"answered": 1, "correct": 1}, "lstm": {"answered": 1, "correct": 0}}


def test_the_next_command_fits_how_it_went() -> None:
    """Missed ones first; else on with the rest; else today's page."""
    assert _facts(Done("q0", 1, "a", "wrong"))["next"] == "quizdl practice --day 3 --missed"
    assert _facts(Done("q0", 1, "a", "correct", 1.0))["next"] == "quizdl practice --day 3"
    assert _facts(Done("q0", 1, "a", "correct", 1.0), queue=1)["next"] == "quizdl"


def test_nothing_answered_has_no_score() -> None:
    """0 of 0 is neither 0 nor 1."""
    assert _facts()["score"] is None
