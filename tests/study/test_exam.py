"""Sitting an exam: a fold over events in which no answer is lost and no time comes back."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.model import Answer, Asked, AskedOption, Choice, ExamEvent, ExamSheet, Option
from quizdl.study.exam import Sitting, begin, happen, pace, replay, results, seconds_left, warnings_due
from quizdl.text import same

COUNT = 5
MINUTES = 12.0
LIMIT = 60 * MINUTES


def _asked(number: int) -> Asked:
    question = Choice(
        id=f"q{number}",
        chapter="3-1",
        prompt=same("?"),
        explanation=same("!"),
        source=("s",),
        options=tuple(Option(id=letter, text=same(letter), correct=letter == "B") for letter in "ABCD"),
    )
    options = tuple(AskedOption(letter=one, id=one, text=same(one), correct=one == "B") for one in "ABCD")
    return Asked(question=question, seed=0, prompt=same("?"), explanation=same("!"), key=("B",), options=options)


SHEET = ExamSheet(
    id="e",
    at=0.0,
    minutes=MINUTES,
    seed=0,
    clock="paused",
    pass_line=65,
    framework="pytorch",
    weights={"dl": 1},
    quizdl="0",
    questions=tuple(map(_asked, range(COUNT))),
)

KINDS = ("choose", "clear", "flag", "unflag", "visit", "resume", "tick")


@st.composite
def histories(draw: st.DrawFn, end: bool = False) -> list[ExamEvent]:
    """What may happen, with clocks that go on, stand still or lie; sometimes the end comes, and more after it."""
    kinds = st.sampled_from((*KINDS, "finish") if end else KINDS)
    return [
        ExamEvent(
            kind=draw(kinds),
            number=draw(st.integers(-1, COUNT)),
            at=draw(st.floats(-1e9, 1e10)),
            elapsed=draw(st.floats(0, 1.2 * LIMIT)),
            letter=draw(st.sampled_from("ABCDE")),
        )
        for _ in range(draw(st.integers(0, 40)))
    ]


@given(histories(end=True), st.integers(0, 40))
def test_going_on_from_any_moment_gives_the_same_as_starting_over(events: list[ExamEvent], cut: int) -> None:
    """Whatever was on the disk when the power went, what follows is as if it had not gone."""
    sitting = replay(SHEET, events[:cut])
    for event in events[cut:]:
        sitting = happen(sitting, event)
    assert sitting == replay(SHEET, events)


@given(histories(end=True))
def test_the_clock_never_goes_back_and_never_beyond_the_end(events: list[ExamEvent]) -> None:
    """Whatever the events claim; and the seconds on the questions are never more than the clock's."""
    sitting = begin(SHEET)
    for event in events:
        after = happen(sitting, event)
        assert sitting.elapsed <= after.elapsed <= LIMIT
        assert seconds_left(after) >= 0
        assert all(b >= a for a, b in zip(sitting.spent, after.spent, strict=True))
        assert sum(after.spent) <= after.elapsed + 1e-6
        sitting = after


@given(histories(end=True))
def test_the_last_word_on_each_question_counts_and_none_is_lost(events: list[ExamEvent]) -> None:
    """Until the end, and in time: what was chosen last, unless it was rubbed out; flags likewise."""
    chosen, first, flagged = [""] * COUNT, [""] * COUNT, set[int]()
    for event in events:
        if event.kind == "finish":
            break
        if event.elapsed > LIMIT or not 0 <= event.number < COUNT:
            continue
        if event.kind == "choose" and event.letter in "ABCD":
            chosen[event.number] = event.letter
            first[event.number] = first[event.number] or event.letter
        elif event.kind == "clear":
            chosen[event.number] = ""
        elif event.kind == "flag":
            flagged.add(event.number)
        elif event.kind == "unflag":
            flagged.discard(event.number)
    sitting = replay(SHEET, events)
    assert sitting.chosen == tuple(chosen)
    assert sitting.first_chosen == tuple(first)
    assert sitting.flagged == flagged
    assert [answer for _, answer in results(sitting)] == [Answer(text=letter) for letter in chosen]


@given(histories(), st.floats(0, LIMIT), st.integers(0, 40))
def test_a_tick_more_or_less_changes_nothing_but_the_clock(events: list[ExamEvent], when: float, place: int) -> None:
    """Ticks are only how much of the clock is on the disk: between events in order they leave no other trace."""
    events = sorted(events, key=lambda event: event.elapsed)
    tick = ExamEvent(kind="tick", number=-1, at=0.0, elapsed=when)
    behind = [event for event in events if event.elapsed >= when]
    before = [event for event in events if event.elapsed < when]
    if any(event.kind == "resume" for event in behind[:1]):
        return
    plain, ticked = replay(SHEET, [*before, *behind]), replay(SHEET, [*before, tick, *behind])
    assert (ticked.chosen, ticked.flagged, ticked.seen, ticked.current) == (
        plain.chosen,
        plain.flagged,
        plain.seen,
        plain.current,
    )
    if behind:
        assert ticked.elapsed == plain.elapsed
        assert all(math.isclose(a, b, abs_tol=1e-6) for a, b in zip(ticked.spent, plain.spent, strict=True))


def _after(*events: tuple[str, int, float, str]) -> Sitting:
    return replay(
        SHEET,
        [
            ExamEvent(kind=kind, number=number, at=elapsed, elapsed=elapsed, letter=letter)  # type: ignore[arg-type]
            for kind, number, elapsed, letter in events
        ],
    )


def test_time_is_spent_on_the_question_that_lies_there() -> None:
    """Answering another one does not turn the page; the time away is nobody's."""
    sitting = _after(
        ("choose", 3, 10.0, "A"), ("visit", 2, 15.0, ""), ("resume", -1, 100.0, ""), ("choose", 2, 103.0, "B")
    )
    assert sitting.spent == (15.0, 0.0, 3.0, 0.0, 0.0)
    assert sitting.current == 2
    assert sitting.seen == {0, 2, 3}
    assert sitting.elapsed == 103.0


def test_the_first_choice_is_remembered() -> None:
    """However often it changes, and when it is rubbed out."""
    sitting = _after(("choose", 1, 1.0, "C"), ("choose", 1, 2.0, "B"), ("clear", 1, 3.0, ""), ("choose", 1, 4.0, "D"))
    assert (sitting.first_chosen[1], sitting.chosen[1]) == ("C", "D")


def test_nothing_happens_after_the_end_or_when_the_time_is_up() -> None:
    """A late answer ends the time and is not taken; one after handing in is nothing at all."""
    assert _after(("choose", 0, LIMIT + 1, "A")).chosen[0] == ""
    assert _after(("choose", 0, LIMIT, "A")).chosen[0] == "A"
    ended = _after(("finish", -1, 30.0, ""))
    late = ExamEvent(kind="choose", number=0, at=31.0, elapsed=31.0, letter="A")
    assert happen(ended, late) is ended


@pytest.mark.parametrize(
    ("before", "after", "due"),
    [
        (0.0, LIMIT - 601, ()),
        (LIMIT - 601, LIMIT - 600, (10,)),
        (LIMIT - 600, LIMIT - 301, ()),
        (LIMIT - 301, LIMIT - 10, (5,)),
        (0.0, LIMIT - 10, (10, 5)),
    ],
)
def test_warnings_come_once_at_ten_and_at_five_minutes(before: float, after: float, due: tuple[int, ...]) -> None:
    """At the moment when the clock passes them, and never again."""
    assert warnings_due(_after(("tick", -1, before, "")), _after(("tick", -1, after, ""))) == due


def test_an_exam_that_is_shorter_than_a_warning_never_gives_it() -> None:
    """Six minutes long: nothing at ten."""
    import msgspec

    short = msgspec.structs.replace(SHEET, minutes=6.0)
    tick: Callable[[float], ExamEvent] = lambda at: ExamEvent(kind="tick", number=-1, at=at, elapsed=at)  # noqa: E731
    assert warnings_due(begin(short), replay(short, [tick(1.0)])) == ()
    assert warnings_due(begin(short), replay(short, [tick(60.0)])) == (5,)


def test_pace_is_the_distance_from_an_even_plan() -> None:
    """One of five questions after a fifth of the time is on plan."""
    assert pace(_after(("choose", 0, LIMIT / 5, "A"))) == pytest.approx(0.0)
    assert pace(_after(("choose", 0, 10.0, "A"))) == pytest.approx(LIMIT / 5 - 10)
    assert pace(_after(("tick", -1, 30.0, ""))) == -30.0
