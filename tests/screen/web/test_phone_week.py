"""A week of practice on a phone: seven menus, every way of bringing answers back, and nothing lost or counted twice."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from quizdl.bank import Library
from quizdl.cli.phone import write_phone_page
from quizdl.cli.record import import_
from quizdl.exchange.phone import PhoneAnswer, read_codes
from quizdl.model import Selection
from quizdl.paths import record_file
from quizdl.record import Store
from quizdl.study.review import due_dates

from .conftest import Browser, OpenBrowser, Page
from .test_phone_browser import PHONE, answer

DAY = 86400
MENU = 5


class Week:
    """A learner with a computer and a phone, and a diary of every answer in which nothing is missing."""

    def __init__(self, folder: Path, open_browser: OpenBrowser, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._open_browser = open_browser
        self._began = time.time()
        self._day = 0
        self._patch = monkeypatch
        self.diary: list[tuple[str, str]] = []
        self.browser: Browser = open_browser()

    @property
    def now(self) -> float:
        """Unix time on the day it is."""
        return self._began + DAY * self._day

    def morning(self, day: int) -> Page:
        """The day's menu is written on the computer and opened on the phone."""
        self._day = day
        self._patch.setattr("quizdl.cli.phone.time", SimpleNamespace(time=lambda: self.now))
        library = Library()
        questions = library.outline(Selection(section="lstm"))[3 * day :]
        path = self._folder / f"day{day}.html"
        with Store.open(record_file()) as store:
            write_phone_page(store, library, questions, path, seed=day, count=MENU, minutes=None, as_json=True)
        return self.open(path)

    def open(self, path: Path) -> Page:
        """A page on the phone, whose clock shows the day it is, or goes on where the page was left."""
        page = self.browser.page(path, **PHONE, before=f"window.__ahead = {1000 * DAY * self._day};")
        assert not page.shown("#trouble")
        if page.run("view()") == "start":
            page.tap("#start")
        return page

    def restart(self) -> None:
        """The phone is switched off and on."""
        self.browser.close()
        self.browser = self._open_browser()

    def answer(self, page: Page, count: int) -> None:
        """Answer so many of the questions, and write each into the diary."""
        for _ in range(count):
            number = page.run("current()")
            position = (self._day + 3 * number) % 4
            answer(page, position)
            assert page.overflow() == []
            right = page.run(f"data.keys[{number}]") == position
            name = page.run("document.querySelector('.question.now .answer > p:last-child').textContent")
            self.diary.append((name, "correct" if right else "wrong"))
            page.tap("#next")


def _import(capsys: pytest.CaptureFixture[str], *sources: str) -> dict[str, int]:
    """`quizdl record import`, and how much was new."""
    capsys.readouterr()
    assert import_(list(sources), as_json=True) == 0
    numbers: dict[str, int] = json.loads(capsys.readouterr().out)
    return numbers


def test_a_week_on_a_phone_loses_nothing(
    open_browser: OpenBrowser,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In the end the record holds the diary: each answer once, right or wrong as the page said, and scheduled."""
    monkeypatch.setenv("QUIZDL_HOME", str(tmp_path / "home"))
    week = Week(tmp_path, open_browser, monkeypatch)

    page = week.morning(0)  # all answered, the code pasted; pasting it again changes nothing
    week.answer(page, MENU)
    code = page.run("code()")
    assert _import(capsys, code)["attempts"] == MENU
    assert _import(capsys, code, code)["attempts"] == 0

    page = week.morning(1)  # half, then reloaded, then the phone switched off; the rest comes as a file
    week.answer(page, 2)
    page.reload()
    week.answer(page, 1)
    week.restart()
    page = week.open(tmp_path / "day1.html")
    week.answer(page, 2)
    page.tap("#save")
    (tmp_path / "results.txt").write_bytes(week.browser.saved(f"quizdl-{page.run('data.pack')}.txt"))
    assert _import(capsys, str(tmp_path / "results.txt"))["attempts"] == MENU

    page = week.morning(2)  # on the train: nothing is handed over
    week.answer(page, 4)

    late, page = page, week.morning(3)  # two days in one mail, with words around the codes
    week.answer(page, MENU)
    mail = f"やっと電波が入りました。\n{late.run('code()').lower()}\n\n{page.run('code()')}\nSent from my phone\n"
    (tmp_path / "mail.txt").write_text(mail, encoding="utf-8")
    assert _import(capsys, str(tmp_path / "mail.txt"))["attempts"] == 4 + MENU
    week.answer(late, 1)  # the question that day 2 had left open

    page = week.morning(4)  # handed over in the middle, and again at the end
    week.answer(page, 2)
    assert _import(capsys, page.run("code()"))["attempts"] == 2
    page.tap(".question.now .flag")
    week.answer(page, 3)
    assert _import(capsys, page.run("code()")) == {"attempts": 3, "events": 1, "exams": 0, "packs": 0}

    page = week.morning(5)  # what was missed is answered again
    week.answer(page, MENU)
    page.tap("#again")
    week.answer(page, page.run("round.length"))

    page = week.morning(6)  # a phone whose clock is three years ahead
    page.run(f"window.__ahead += {1000 * 3 * 365 * DAY}")
    week.answer(page, MENU)
    week.restart()
    codes = [week.open(tmp_path / f"day{day}.html").run("code()") for day in range(7)]
    _import(capsys, *codes)
    assert _import(capsys, *reversed(codes)) == {"attempts": 0, "events": 0, "exams": 0, "packs": 0}

    with Store.open(record_file()) as store:
        past = store.past()
        assert sorted((one.question_id, one.verdict) for one in past) == sorted(week.diary)
        assert len(past) == sum(isinstance(act, PhoneAnswer) for code in codes for act in read_codes(code, "")[0].acts)
        assert {one.mode for one in past} == {"practice"}
        assert len(store.flagged()) == 1
        assert all(one.at <= week.now for one in past)
        assert due_dates(past).keys() == {name for name, _ in week.diary}
        latest = max(past, key=lambda one: one.at)
        assert due_dates(past)[latest.question_id] > datetime.fromtimestamp(latest.at, UTC)
    assert not week.browser.complaints
