"""The exam in a real browser: nothing is lost, the clock is right, and what is saved is what was chosen."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from quizdl.exchange.paper import events_of, read_answers
from quizdl.model import ExamSheet
from quizdl.screen.web.paper import paper_html
from quizdl.study.exam import Sitting, replay
from quizdl.text import Lang

from .conftest import NO_STORAGE, OpenBrowser, Page
from .test_paper_page import hostile

Write = Callable[..., Path]

FORBIDDEN = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', 'SecurityError'); } });"
PHONE = {"width": 390, "height": 844, "phone": True}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes an exam's page to a file."""

    def page(sheet: ExamSheet, lang: Lang = "en") -> Path:
        path = tmp_path / f"exam.{lang}.html"
        path.write_text(paper_html(sheet, lang), encoding="utf-8")
        return path

    return page


def _choose(page: Page, position: int) -> None:
    page.tap(f".question.now .option:nth-child({position + 1})")


def _hand_in(page: Page) -> bytes:
    if page.shown("#overview"):
        page.tap("#overview")
    page.tap("#hand")
    page.tap("#yes")
    return page.browser.saved("answers.json")


def _sitting(data: bytes, sheet: ExamSheet) -> Sitting:
    return replay(sheet, events_of(read_answers(data, "answers.json"), sheet, time.time()))


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_answers_flags_and_place_survive_reload_and_a_closed_browser(
    open_browser: OpenBrowser, write: Write, sheet: ExamSheet, lang: Lang
) -> None:
    """On a phone: what was on the screen before is on the screen after."""
    path = write(sheet, lang)
    browser = open_browser()
    page = browser.page(path, **PHONE)
    page.tap("#start")
    _choose(page, 2)
    page.tap("#next")
    _choose(page, 0)
    _choose(page, 3)
    page.tap("#flag")
    page.reload()
    assert page.text("#place") == "2 / 10"
    assert page.run("state.chosen.slice(0, 3)") == [2, 3, -1]
    browser.close()
    again = open_browser()
    page = again.page(path, **PHONE)
    assert page.run("[state.chosen[0], state.chosen[1], [...state.flagged], state.current]") == [2, 3, [1], 1]
    assert page.run("document.querySelector('.question.now input:checked').value") == "3"
    assert page.run("document.getElementById('flag').getAttribute('aria-pressed')") == "true"
    assert not browser.complaints
    assert not again.complaints


def test_what_is_handed_in_is_what_was_chosen(open_browser: OpenBrowser, write: Write, sheet: ExamSheet) -> None:
    """answers.json, read as quizdl reads it, gives the same sitting: choices, first choices, flags, seconds."""
    browser = open_browser()
    page = browser.page(write(sheet))
    page.tap("#start")
    page.run("log.elapsed += 30000")
    page.press("b")
    page.press("1")
    page.press("ArrowRight")
    page.run("log.elapsed += 12000")
    page.press("４")
    page.press("f")
    page.tap("#map button:nth-child(5)")
    page.press("c")
    page.press("0")
    sitting = _sitting(_hand_in(page), sheet)
    assert sitting.finished
    assert sitting.chosen == ("A", "D", *[""] * 8)
    assert sitting.first_chosen == ("B", "D", "", "", "C", *[""] * 5)
    assert sitting.flagged == {1}
    assert sitting.seen == {0, 1, 4}
    assert [round(seconds, -1) for seconds in sitting.spent[:2]] == [30, 10]
    assert page.run("document.querySelectorAll('input:not(:disabled)').length - 1") == 0  # but the file chooser's
    assert not browser.complaints
    assert not browser.requests


def test_the_clock_warns_at_ten_and_five_minutes_and_ends_the_exam(
    open_browser: OpenBrowser, write: Write, sheet: ExamSheet
) -> None:
    """When the time is up the answers stand, and can still be saved."""
    page = open_browser().page(write(msgspec.structs.replace(sheet, clock="running")))
    page.tap("#start")
    _choose(page, 1)
    assert not page.shown("#news")
    page.pass_time(2 * 60 + 1)
    assert page.text("#news") == "10 minutes left."
    page.tap("#news")
    page.pass_time(5 * 60)
    assert page.text("#news") == "5 minutes left."
    assert page.run("document.getElementById('time').className") == "bad"
    page.pass_time(5 * 60)
    assert page.run("view()") == "done"
    page.tap("#save-again")
    sitting = _sitting(page.browser.saved("answers.json"), sheet)
    assert (sitting.finished, sitting.elapsed, sitting.chosen[0]) == (True, 720.0, "B")


@pytest.mark.parametrize(("clock", "left"), [("paused", "12:00"), ("running", "9:00")])
def test_the_clock_runs_or_stands_while_the_page_is_closed(
    open_browser: OpenBrowser, write: Write, sheet: ExamSheet, clock: str, left: str
) -> None:
    """As chosen when the exam was set; the time away was spent on no question."""
    page = open_browser().page(write(msgspec.structs.replace(sheet, clock=clock)))
    page.tap("#start")
    start = page.run("log.events[0][3]")
    page.call("Page.addScriptToEvaluateOnNewDocument", source=f"window.__ahead = {start + 180_000} - __now();")
    page.reload()
    assert page.text("#time") == left
    sitting = _sitting(_hand_in(page), sheet)
    assert sum(sitting.spent) < 60


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_nothing_sticks_out_of_a_phone(open_browser: OpenBrowser, write: Write, sheet: ExamSheet, lang: Lang) -> None:
    """390 pixels wide, no page scrolls sideways: start, every question, overview, end."""
    page = open_browser().page(write(sheet, lang), **PHONE)
    assert page.overflow() == []
    page.tap("#start")
    for number in range(10):
        page.run(f"go({number})")
        assert page.overflow() == [], number
    page.tap("#overview")
    page.tap("#hand")
    assert page.overflow() == []
    page.tap("#yes")
    assert page.overflow() == []


@pytest.mark.parametrize(
    "before", [NO_STORAGE, "Object.defineProperty(window, 'localStorage', { get() { throw 1 } });"]
)
def test_where_nothing_can_be_kept_the_page_says_so_first(
    open_browser: OpenBrowser, write: Write, sheet: ExamSheet, before: str
) -> None:
    """Before the first answer; and a file can be saved and taken up again, on another browser too."""
    browser = open_browser()
    page = browser.page(write(sheet), before=before)
    assert page.shown("#trouble")
    assert "cannot keep" in page.text("#trouble")
    assert not page.shown("#kept")
    page.tap("#start")
    _choose(page, 2)
    page.tap("#save")
    saved = browser.saved("answers.json")
    assert not json.loads(saved)["finished"]
    another = browser.page(write(sheet))
    assert not another.shown("#trouble")
    another.run(f"takeUp({json.dumps(saved.decode())})")
    assert another.run("state.chosen[0]") == 2
    another.run("takeUp('{}')")
    assert "another exam" in another.text("#news")
    assert _sitting(_hand_in(another), sheet).chosen[0] == "C"


def test_storage_that_fills_up_in_the_middle_is_announced(
    open_browser: OpenBrowser, write: Write, sheet: ExamSheet
) -> None:
    """The page asks to stay when it is closed, until the answers are saved."""
    page = open_browser().page(write(sheet))
    page.tap("#start")
    _choose(page, 0)
    page.run(NO_STORAGE)
    _choose(page, 1)
    assert page.shown("#trouble")
    assert page.run("!dispatchEvent(new Event('beforeunload', { cancelable: true }))")
    page.tap("#save")
    page.browser.saved("answers.json")
    assert page.run("dispatchEvent(new Event('beforeunload', { cancelable: true }))")


def test_answers_given_on_paper_are_entered_without_a_clock(
    open_browser: OpenBrowser, write: Write, sheet: ExamSheet
) -> None:
    """No time runs, and none is claimed."""
    page = open_browser().page(write(sheet), **PHONE)
    page.tap("#enter")
    assert not page.shown("#clock")
    _choose(page, 3)
    page.pass_time(10_000)
    data = _hand_in(page)
    assert not json.loads(data)["timed"]
    sitting = _sitting(data, sheet)
    assert (sitting.chosen[0], sum(sitting.spent), sitting.elapsed) == ("D", 0.0, 0.0)


def test_a_second_tab_takes_over_and_the_first_stops_writing(
    open_browser: OpenBrowser, write: Write, sheet: ExamSheet
) -> None:
    """Two tabs never overwrite each other's answers."""
    browser = open_browser()
    first = browser.page(write(sheet))
    first.tap("#start")
    _choose(first, 0)
    second = browser.page(write(sheet))
    first.wait("view() === 'elsewhere'")
    second.tap("#next")
    _choose(second, 1)
    first.tap("#here")
    first.wait("document.readyState === 'complete' && state.chosen[1] === 1")
    assert first.run("state.chosen.slice(0, 2)") == [0, 1]


def test_hostile_texts_stay_texts(open_browser: OpenBrowser, write: Write, sheet: ExamSheet) -> None:
    """Nothing of theirs runs; nor does a script that is put into the page later."""
    browser = open_browser()
    page = browser.page(write(msgspec.structs.replace(sheet, questions=tuple(map(hostile, sheet.questions)))))
    page.tap("#start")
    assert "<script>hacked=1</script>" in page.text(".question.now")
    page.run("document.body.append(make('script', {}, 'window.hacked = 1'))")
    page.run("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"hacked=1\">')")
    assert page.run("typeof hacked") == "undefined"
    assert any("Content Security Policy" in complaint for complaint in browser.complaints)
    assert not browser.requests


def test_paper_has_every_question_and_an_answer_sheet(
    open_browser: OpenBrowser, write: Write, sheet: ExamSheet
) -> None:
    """Printed in the middle of the exam too: all questions, the circles to fill in, and no button."""
    page = open_browser().page(write(sheet))
    page.tap("#start")
    page.call("Emulation.setEmulatedMedia", media="print")
    assert all(page.run("questions.map((question) => question.getClientRects().length > 0)"))
    assert page.shown(".answer-sheet")
    assert page.run("document.querySelectorAll('.marks i').length") == 40
    assert page.run("[...document.querySelectorAll('button')].every((one) => one.getClientRects().length === 0)")
    assert page.printed().startswith(b"%PDF")
