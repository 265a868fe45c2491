"""The exam on a full screen, driven key by key and click by click: what it does is on the disk, and keys suffice."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("textual", reason="the extra `tui` is not installed")

from textual import events
from textual.pilot import Pilot
from textual.widgets import OptionList, Static

from quizdl.bank import Library, as_choice, ask
from quizdl.cli.exam_session import ExamSession
from quizdl.errors import RecordError
from quizdl.model import Asked, ExamSheet
from quizdl.record import Store
from quizdl.screen.fullscreen.app import ExamApp
from quizdl.screen.fullscreen.calculator import Calculator
from quizdl.screen.fullscreen.navigator import CELL, Navigator
from quizdl.screen.fullscreen.review import Confirm, Review
from quizdl.text import Lang, Text

IDS = ("conv-output-size", "gradient-clipping", "lstm-forget-gate", "keras-small-cnn-pooled", "vae-blank")
SMALL = (80, 24)
WIDE = (120, 30)
Play = Callable[[Pilot[None]], Awaitable[None]]


class Clock:
    """A steady clock that the test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def question(question_id: str, seed: int) -> Asked:
    form = as_choice(ask(Library().find(question_id), seed))
    assert form is not None
    return form


def sheet(copies: int = 2) -> ExamSheet:
    """An exam of ten questions in 20 minutes."""
    return ExamSheet(
        id="mock",
        at=time.time(),
        minutes=20,
        seed=1,
        clock="paused",
        pass_line=65,
        framework="pytorch",
        weights={"dl": 100.0},
        quizdl="0",
        questions=tuple(question(name, seed) for seed in range(copies) for name in IDS),
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "record.sqlite3") as opened:
        yield opened


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def session(store: Store, clock: Clock) -> ExamSession:
    return ExamSession(store, sheet(), steady=clock)


def play(session: ExamSession, moves: Play, *, lang: Lang = "en", size: tuple[int, int] = SMALL) -> ExamApp:
    """Runs the screen through what a candidate does; whatever it raises fails the test."""
    app = ExamApp(session, lang)

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await moves(pilot)

    asyncio.run(run())
    return app


def shown(app: ExamApp, selector: str) -> str:
    return str(app.screen_stack[0].query_one(selector, Static).render())


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("size", [SMALL, WIDE])
def test_keys_alone_take_an_exam_from_the_first_question_to_the_end(
    session: ExamSession, store: Store, lang: Lang, size: tuple[int, int]
) -> None:
    """Letters, digits, arrows, the review page and Y: every question is answered, graded and recorded once."""

    async def moves(pilot: Pilot[None]) -> None:
        for number in range(len(session.sitting.chosen)):
            await pilot.press("abcd"[number % 4] if number % 2 else "1234"[number % 4], "right")
        assert isinstance(pilot.app.screen, Review)  # after the last question comes the review
        await pilot.press("s", "y")

    play(session, moves, lang=lang, size=size)
    assert session.sitting.finished
    assert session.sitting.chosen == tuple("ABCD"[number % 4] for number in range(10))
    assert [attempt.answer for attempt in map(store.attempt, (f"mock-{k}" for k in range(10)))] == list(
        session.sitting.chosen
    )


def test_what_is_pressed_is_on_the_disk_at_once(session: ExamSession, store: Store) -> None:
    """After each key the store holds its event: nothing waits for a later one."""

    async def moves(pilot: Pilot[None]) -> None:
        for key, kind in (("b", "choose"), ("f", "flag"), ("right", "visit"), ("3", "choose"), ("x", "clear")):
            await pilot.press(key)
            assert store.exam("mock")[1][-1].kind == kind
        await pilot.press("left", "f")
        assert store.exam("mock")[1][-1].kind == "unflag"

    play(session, moves)
    assert session.sitting.chosen[:2] == ("B", "")


def test_full_width_letters_of_an_input_method_are_read(session: ExamSession) -> None:
    """A candidate whose keyboard is set to Japanese is not ignored."""

    async def moves(pilot: Pilot[None]) -> None:
        await pilot.press("ｃ", "ｆ")

    play(session, moves)
    assert session.sitting.chosen[0] == "C"
    assert session.sitting.flagged == {0}


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_everything_fits_eighty_columns_and_twenty_four_lines(session: ExamSession, lang: Lang) -> None:
    """Clock, all four options and the keys are in sight at every question; a long text scrolls above them."""

    async def moves(pilot: Pilot[None]) -> None:
        for _ in session.sitting.chosen:
            options = pilot.app.query_one(OptionList)
            assert options.option_count == 4
            assert options.region.height >= 4
            for selector in ("#status", "#text", "#options", "#help"):
                region = pilot.app.query_one(selector).region
                assert region.height > 0
                assert region.right <= SMALL[0]
                assert region.bottom <= SMALL[1]
            await pilot.press("right")

    play(session, moves, lang=lang)


def test_the_mouse_chooses_an_option_and_a_question(session: ExamSession) -> None:
    """A click on the third option, and one on the map beside the question."""

    async def moves(pilot: Pilot[None]) -> None:
        await pilot.click(OptionList, offset=(4, 2))
        assert session.sitting.chosen[0] == "C"
        await pilot.click(Navigator, offset=(CELL * 1 + 2, 1))
        assert session.sitting.current == pilot.app.query_one(Navigator).columns + 1

    play(session, moves, size=WIDE)


def test_enter_takes_the_option_under_the_cursor(session: ExamSession) -> None:
    """Down, down, Enter; at the next question the cursor is at the top again."""

    async def moves(pilot: Pilot[None]) -> None:
        await pilot.press("down", "down", "enter", "right")
        assert pilot.app.query_one(OptionList).highlighted == 0

    play(session, moves)
    assert session.sitting.chosen[0] == "C"


def test_the_clock_warns_at_ten_and_five_minutes(session: ExamSession, clock: Clock) -> None:
    """Once each; and the time left stands above the question."""
    said: list[str] = []

    async def moves(pilot: Pilot[None]) -> None:
        app = pilot.app
        app.notify = lambda message, **_: said.append(message)  # type: ignore[method-assign]
        for now in (599.0, 601.0, 602.0, 899.0, 900.5, 905.0):
            clock.now = now
            app._tick()  # type: ignore[attr-defined]
        await pilot.pause()
        assert "4:55" in shown(app, "#status")  # type: ignore[arg-type]

    play(session, moves)
    assert said == ["10 minutes left.", "5 minutes left."]


def test_when_the_time_is_up_the_exam_hands_itself_in(session: ExamSession, clock: Clock, store: Store) -> None:
    """With what is answered by then; a key after the end changes nothing."""

    async def moves(pilot: Pilot[None]) -> None:
        await pilot.press("a")
        clock.now = 20 * 60 + 1
        await pilot.press("b")
        await pilot.pause()

    play(session, moves)
    assert session.sitting.finished
    assert store.attempt("mock-0").answer == "A"


def test_leaving_keeps_the_exam(session: ExamSession, store: Store) -> None:
    """Q asks first; the exam stays unfinished, and another session goes on with its answers."""

    async def moves(pilot: Pilot[None]) -> None:
        await pilot.press("d", "q", "n")
        assert not isinstance(pilot.app.screen, Confirm)
        await pilot.press("q", "y")

    play(session, moves)
    assert not session.sitting.finished
    assert ExamSession(store, session.sitting.sheet).sitting.chosen[0] == "D"


def test_the_review_finds_what_is_open(session: ExamSession) -> None:
    """N goes from one unanswered question to the next, Enter opens it, and letters choose nothing meanwhile."""

    async def moves(pilot: Pilot[None]) -> None:
        await pilot.press("a", "right", "b", "left", "r")
        await pilot.press("d", "n", "enter")
        assert session.sitting.current == 2

    play(session, moves)
    assert session.sitting.chosen[:3] == ("A", "B", "")


def test_submitting_asks_and_says_how_many_are_open(session: ExamSession) -> None:
    """N goes back to the exam."""

    async def moves(pilot: Pilot[None]) -> None:
        await pilot.press("a", "r", "s")
        assert "9 questions" in str(pilot.app.screen.query_one(Static).render())
        await pilot.press("n")

    play(session, moves)
    assert not session.sitting.finished


def test_the_calculator_computes_and_chooses_nothing(session: ExamSession) -> None:
    """By keys and by buttons; a formula that is none is told, and the question behind stays as it was."""

    async def moves(pilot: Pilot[None]) -> None:
        await pilot.press("=", *"sqrt(2)*3", "enter")
        result = pilot.app.screen.query_one("#result", Static)
        assert str(result.render()).startswith("= 4.242640687")
        await pilot.press("backspace", *"/0", "enter")
        assert not str(result.render()).startswith("=")
        for name in ("C", "7", "*", "8", "="):
            await pilot.click(next(one for one in pilot.app.screen.query("Button") if one.name == name))
        assert str(result.render()) == "= 56"
        await pilot.press("escape")
        assert not isinstance(pilot.app.screen, Calculator)

    play(session, moves)
    assert session.sitting.chosen[0] == ""


@pytest.mark.parametrize(
    ("typed", "value"), [("6×7", "42"), ("６÷４", "1.5"), ("2 + 3", "5"), ("１．５", "1.5"), ("2**3", "8")]
)
def test_the_calculator_leaves_out_nothing_that_is_typed(session: ExamSession, typed: str, value: str) -> None:
    """Signs of a Japanese keyboard count; what was dropped unseen would make `6×7` 67. The key `=` computes."""

    async def moves(pilot: Pilot[None]) -> None:
        pilot.app.push_screen(calculator := Calculator("en"))
        await pilot.pause()
        for character in [*typed, "＝"]:
            calculator.post_message(events.Key(character, character))
        await pilot.pause()
        assert str(calculator.query_one("#result", Static).render()) == f"= {value}"

    play(session, moves)


def test_a_disk_that_stays_full_hides_no_question(session: ExamSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock tries again and again, and says so in one place."""

    def full(*_: object) -> None:
        raise RecordError(Text("空き容量がありません。", "The disk is full."))

    async def moves(pilot: Pilot[None]) -> None:
        monkeypatch.setattr(session._store, "add_exam_event", full)
        for key in "abcd":
            await pilot.press(key)
        assert len(pilot.app._notifications) == 1

    play(session, moves)


def test_a_disk_that_takes_nothing_is_told_and_nothing_is_pretended(
    session: ExamSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is not shown as given, the message says why, and the exam goes on."""
    said: list[str] = []

    def full(*_: object) -> None:
        raise RecordError(Text("空き容量がありません。", "The disk is full."))

    async def moves(pilot: Pilot[None]) -> None:
        pilot.app.notify = lambda message, **_: said.append(message)  # type: ignore[method-assign]
        with monkeypatch.context() as broken:
            broken.setattr(session._store, "add_exam_event", full)
            await pilot.press("a")
        await pilot.press("b")

    play(session, moves)
    assert said
    assert "The disk is full." in said[0]
    assert session.sitting.chosen[0] == "B"
