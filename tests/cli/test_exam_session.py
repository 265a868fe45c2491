"""An exam on a real record with clocks of the test's own: on the disk first, and no time is ever won or lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quizdl.bank import Library
from quizdl.bank.exam_form import exam_form
from quizdl.cli.exam_session import TICK_SECONDS, ExamSession
from quizdl.errors import RecordError
from quizdl.model import Asked, ExamSheet
from quizdl.record import Store
from quizdl.study.exam import replay

IDS = ("conv-output-size", "chain-rule", "sigmoid-derivative-max", "lstm-forget-gate")
MINUTES = 10.0
LIMIT = 60 * MINUTES


class Clocks:
    """The computer's two clocks: `wall` may be set by anybody, `steady` only goes on."""

    def __init__(self) -> None:
        self.wall = 1_800_000_000.0
        self.steady = 0.0

    def pass_seconds(self, seconds: float) -> None:
        """Both go on."""
        self.wall += seconds
        self.steady += seconds


@pytest.fixture
def clocks() -> Clocks:
    """Clocks that stand still until told otherwise."""
    return Clocks()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A fresh record."""
    with Store.open(tmp_path / "home" / "record.sqlite3") as opened:
        yield opened


def _questions() -> tuple[Asked, ...]:
    library = Library()
    found = [exam_form(library.find(name), 3) for name in IDS]
    assert all(found)
    return tuple(form for form in found if form)


QUESTIONS = _questions()


def _sheet(clocks: Clocks, clock: Literal["running", "paused"] = "paused") -> ExamSheet:
    return ExamSheet(
        id="e1",
        at=clocks.wall,
        minutes=MINUTES,
        seed=3,
        clock=clock,
        pass_line=65,
        framework="pytorch",
        weights={"dl": 100.0},
        quizdl="0",
        questions=QUESTIONS,
    )


def _sit(store: Store, sheet: ExamSheet, clocks: Clocks) -> ExamSession:
    """Sit down; the steady clock of another process, or of a computer that was started anew, begins anywhere."""
    return ExamSession(store, sheet, wall=lambda: clocks.wall, steady=lambda: clocks.steady)


def _right(number: int) -> str:
    return next(option.letter for option in QUESTIONS[number].options if option.correct)


def test_every_event_is_on_the_disk_when_the_call_returns(store: Store, clocks: Clocks) -> None:
    """What the record holds gives the same sitting as the one that is shown."""
    sheet = _sheet(clocks)
    session = _sit(store, sheet, clocks)
    for act in (
        lambda: session.choose(0, "B"),
        lambda: session.flag(0),
        lambda: session.visit(2),
        lambda: session.choose(2, "A"),
        lambda: session.clear(2),
        lambda: session.unflag(0),
    ):
        clocks.pass_seconds(1.5)
        act()
        assert replay(*store.exam("e1")) == session.sitting
    assert session.sitting.elapsed == pytest.approx(9.0)
    assert session.seconds_left == pytest.approx(LIMIT - 9)


def test_an_event_that_the_disk_does_not_take_has_no_effect(store: Store, clocks: Clocks) -> None:
    """The screen never shows an answer that is not kept."""
    session = _sit(store, _sheet(clocks), clocks)
    store.close()
    with pytest.raises(RecordError):
        session.choose(0, "B")
    assert session.sitting.chosen[0] == ""


OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(("choose", "clear", "flag", "unflag", "visit", "tick", "restart", "set_clock")),
        st.integers(0, len(IDS) - 1),
        st.sampled_from("ABCD"),
        st.floats(0, 40),
        st.floats(-1e6, 1e6),
    ),
    max_size=14,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=OPERATIONS, kind=st.sampled_from(("running", "paused")))
def test_the_record_replays_to_what_was_shown(
    tmp_path_factory: pytest.TempPathFactory,
    operations: list[tuple[str, int, str, float, float]],
    kind: Literal["running", "paused"],
) -> None:
    """Through kill -9 at any moment and a wall clock set at will; only the last ticks' seconds may be missing."""
    clocks = Clocks()
    sheet = _sheet(clocks, kind)
    with Store.open(tmp_path_factory.mktemp("home") / "record.sqlite3") as store:
        session = _sit(store, sheet, clocks)
        elapsed = 0.0
        for name, number, letter, seconds, jump in operations:
            clocks.pass_seconds(seconds)
            if name == "restart":
                clocks.steady = 0.0
                session = _sit(store, sheet, clocks)
            elif name == "set_clock":
                clocks.wall += jump
            elif name == "tick":
                session.tick()
            elif name == "choose":
                session.choose(number, letter)
            else:
                getattr(session, name)(number)
            kept = replay(*store.exam("e1"))
            shown = session.sitting
            assert (kept.chosen, kept.flagged, kept.seen, kept.finished) == (
                shown.chosen,
                shown.flagged,
                shown.seen,
                shown.finished,
            )
            assert 0 <= shown.elapsed - kept.elapsed <= TICK_SECONDS + 1e-6
            assert shown.elapsed >= elapsed - (TICK_SECONDS + 1e-6 if name == "restart" else 0)
            elapsed = shown.elapsed


def test_a_paused_exam_waits_and_a_running_one_does_not(store: Store, clocks: Clocks) -> None:
    """After kill -9 and a minute of nothing, the time left is what was chosen at the start."""
    for name, kind, left in (("a", "paused", LIMIT - 30), ("b", "running", LIMIT - 90)):
        sheet = msgspec.structs.replace(_sheet(clocks, kind), id=name)  # type: ignore[arg-type]
        session = _sit(store, sheet, clocks)
        clocks.pass_seconds(30)
        session.choose(0, "A")
        clocks.pass_seconds(60)
        clocks.steady = 5.0
        again = _sit(store, sheet, clocks)
        assert again.seconds_left == pytest.approx(left)
        assert again.sitting.chosen[0] == "A"
        assert sum(again.sitting.spent) == pytest.approx(30)


def test_a_wall_clock_that_is_set_back_neither_gives_nor_takes_time(store: Store, clocks: Clocks) -> None:
    """While one sits there, and between two sittings of a running exam."""
    sheet = _sheet(clocks, "running")
    session = _sit(store, sheet, clocks)
    clocks.pass_seconds(20)
    clocks.wall -= 86_400
    session.choose(0, "A")
    assert session.sitting.elapsed == pytest.approx(20)
    clocks.wall -= 86_400
    assert _sit(store, sheet, clocks).sitting.elapsed == pytest.approx(20)
    assert [event.elapsed for event in store.exam("e1")[1]] == [20.0, 20.0]


def test_the_clock_reaches_the_disk_every_five_seconds(store: Store, clocks: Clocks) -> None:
    """A tick a second is not a write a second."""
    session = _sit(store, _sheet(clocks), clocks)
    for _ in range(23):
        clocks.pass_seconds(1)
        session.tick()
    assert [event.elapsed for event in store.exam("e1")[1]] == [5.0, 10.0, 15.0, 20.0]
    assert session.sitting.elapsed == 23.0
    assert session.sitting.spent[0] == 23.0


def test_when_the_time_is_up_the_exam_hands_itself_in(store: Store, clocks: Clocks) -> None:
    """By a tick or by the call that comes too late, whose answer is not taken."""
    for name, late in (("a", "tick"), ("b", "choose")):
        sheet = msgspec.structs.replace(_sheet(clocks), id=name)
        session = _sit(store, sheet, clocks)
        session.choose(0, _right(0))
        clocks.pass_seconds(LIMIT + 3)
        session.tick() if late == "tick" else session.choose(1, "A")
        assert session.sitting.finished
        assert session.sitting.elapsed == LIMIT
        assert [attempt.answer for attempt in session.finish()] == [_right(0), "", "", ""]
        assert len(store.past(session=name)) == len(IDS)


def test_a_running_exam_whose_time_ran_out_meanwhile_is_handed_in_on_return(store: Store, clocks: Clocks) -> None:
    """And the time away is not counted as thought about any question."""
    sheet = _sheet(clocks, "running")
    session = _sit(store, sheet, clocks)
    clocks.pass_seconds(7)
    session.choose(0, "A")
    clocks.pass_seconds(10 * LIMIT)
    again = _sit(store, sheet, clocks)
    assert again.sitting.finished
    assert again.sitting.spent == (7.0, 0.0, 0.0, 0.0)
    assert again.seconds_left == 0


def test_handing_in_grades_every_question_exactly_once(store: Store, clocks: Clocks) -> None:
    """However often, and by a second session too: the same attempts, with letters, times and the exam as session."""
    sheet = _sheet(clocks)
    session = _sit(store, sheet, clocks)
    session.choose(0, _right(0))
    clocks.pass_seconds(12)
    session.visit(1)
    attempts = session.finish()
    assert session.finish() == attempts
    session.choose(1, "A")
    again = _sit(store, sheet, clocks)
    assert again.sitting == session.sitting
    assert again.finish() == attempts
    assert [past.attempt_id for past in store.past()] == [f"e1-{number}" for number in range(len(IDS))]
    assert [attempt.verdict.verdict for attempt in attempts] == ["correct", "unreadable", "unreadable", "unreadable"]
    assert {(attempt.mode, attempt.session) for attempt in attempts} == {("exam", "e1")}
    assert [attempt.thinking_seconds for attempt in attempts] == [12.0, 0.0, 0.0, 0.0]


def test_two_sessions_that_hand_in_agree(store: Store, clocks: Clocks) -> None:
    """The first one's word counts; the second sees it."""
    sheet = _sheet(clocks)
    first, second = _sit(store, sheet, clocks), _sit(store, sheet, clocks)
    first.choose(0, "A")
    assert first.finish() == second.finish()
    assert second.sitting.chosen == first.sitting.chosen
    assert len(store.past()) == len(IDS)


def test_what_the_question_does_not_have_is_refused(store: Store, clocks: Clocks) -> None:
    """A fifth letter, a question beyond the last: the caller's mistake, and nothing is recorded."""
    session = _sit(store, _sheet(clocks), clocks)
    with pytest.raises(ValueError, match="E"):
        session.choose(0, "E")
    for number in (-1, len(IDS)):
        with pytest.raises(IndexError):
            session.visit(number)
    assert store.exam("e1")[1] == []


@pytest.mark.parametrize("kind", ["running", "paused"])
def test_the_computers_own_clocks_go_on(store: Store, kind: Literal["running", "paused"]) -> None:
    """Without clocks of the test's own, time passes forwards."""
    session = ExamSession(store, _sheet(Clocks(), kind))
    before = session.seconds_left
    session.choose(0, "A")
    assert 0 < session.sitting.elapsed <= LIMIT - session.seconds_left < 60
    assert session.seconds_left < before
