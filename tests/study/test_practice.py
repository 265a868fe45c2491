"""The session's state machine."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from quizdl.study import practice
from quizdl.study.practice import Done


def _answer(question_id: str, attempt: str = "a", verdict: str = "correct") -> Done:
    return Done(question_id=question_id, points=1, attempt_id=attempt, verdict=verdict, score=1.0)  # type: ignore[arg-type]


def test_a_session_asks_its_queue_in_order_and_ends_after_the_last() -> None:
    """Each completed question leads to the next one; after the last there is none."""
    state = practice.begin(["a", "b"])
    asked = []
    while state.current:
        asked.append(state.current)
        state = practice.complete(state, _answer(state.current))
    assert asked == ["a", "b"]
    assert state.current is None


def test_taking_back_asks_the_question_again_and_names_what_was_taken_back() -> None:
    """`:u` returns to the answered question, and says which attempt it undid."""
    state = practice.complete(practice.begin(["a", "b"]), _answer("a", "attempt-1"))
    state, last = practice.take_back(state)
    assert state.current == "a"
    assert last is not None
    assert last.attempt_id == "attempt-1"
    assert state.answered == ()


def test_nothing_can_be_taken_back_before_the_first_answer() -> None:
    """At the start `:u` changes nothing."""
    state = practice.begin(["a"])
    assert practice.take_back(state) == (state, None)


def test_a_skip_counts_as_done_but_not_as_answered() -> None:
    """A skipped question is passed, without an answer."""
    state = practice.complete(practice.begin(["a"]), Done(question_id="a", points=1))
    assert state.current is None
    assert state.answered == ()


def test_hints_never_exceed_what_there_is_and_start_anew_with_each_question() -> None:
    """The third `:h` on a question with two hints still shows the second; the next question begins at none."""
    state = practice.begin(["a", "b"])
    for _ in range(3):
        state = practice.show_hint(state, available=2)
    assert state.hints_shown == 2
    assert practice.complete(state, _answer("a")).hints_shown == 0


def test_flagging_twice_leaves_no_flag() -> None:
    """A flag is a toggle."""
    state = practice.begin(["a"])
    flagged = practice.toggle_flag(state)
    assert flagged.flagged == {"a"}
    assert practice.toggle_flag(flagged).flagged == frozenset()


_EVENTS = st.lists(st.sampled_from(["answer", "skip", "undo", "hint", "flag", "quit"]), max_size=40)


@given(st.integers(0, 5), _EVENTS)
def test_the_position_always_equals_what_is_done_whatever_happens(count: int, events: list[str]) -> None:
    """No sequence of events loses the place: position = number of questions done, within the queue."""
    state = practice.begin([f"q{i}" for i in range(count)])
    for event in events:
        if event == "undo":
            state, _ = practice.take_back(state)
        elif state.current is None:
            break
        elif event == "answer":
            state = practice.complete(state, _answer(state.current))
        elif event == "skip":
            state = practice.complete(state, Done(question_id=state.current, points=1))
        elif event == "hint":
            state = practice.show_hint(state, 2)
        elif event == "flag":
            state = practice.toggle_flag(state)
        else:
            state = practice.stop(state)
        assert state.position == len(state.done)
        assert 0 <= state.position <= count
        assert [done.question_id for done in state.done] == list(state.queue[: state.position])
