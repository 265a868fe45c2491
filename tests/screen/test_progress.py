"""Today's page, the page of how one stands, and the calendar: on every output, in both languages."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from quizdl.areas import AREAS, CHAPTERS
from quizdl.report.causes import CAUSES, Cause
from quizdl.report.progress import Retention, Topics
from quizdl.report.statistics import Row, Statistics
from quizdl.screen.calendar import Calendar
from quizdl.screen.kinsoku import cell_width
from quizdl.screen.page import Page, View
from quizdl.screen.progress import Standing, standing_page
from quizdl.screen.today import today_page
from quizdl.study.day import Day
from quizdl.study.readiness import NEEDED, Forecast, Part, Readiness, Share
from quizdl.text import Lang

TODAY = date(2026, 11, 21)
LANGUAGES: tuple[Lang, ...] = ("ja", "en")
SECTIONS = (Row("lstm", 4, 6, 3, 0.75), Row("rnn", 2, 1, 0, 0.0))
SHARE = Share(0.62, 0.5, 0.73)

FACTS: dict[str, Any] = {
    "due": 12,
    "questions": 1300,
    "covered": 117,
    "minutes_this_week": 79.5,
    "next": "quizdl practice --due",
    "minutes_today": 12.0,
    "minutes_planned": 30,
    "done": False,
    "exam_date": "2027-02-19",
    "days_left": 90,
    "plan": {"questions": 14, "minutes": 17.8, "repeated": 8, "new": 6, "topics": ["3-5-1", "2-1-4", "3-2-2"]},
    "topics": 68,
    "topics_met": 50,
    "unfinished_exam": False,
    "first_run": False,
    "diagnostic": "quizdl exam -n 26 --minutes 30",
}


def _standing(answers: int = 200) -> Standing:
    enough = answers >= NEEDED
    part = SHARE if enough else None
    return Standing(
        numbers=Statistics(
            9, answers, 5, 0.6, 300.0, 79.5, (Row("lstm", 4, 6, 3, 0.75), Row("rnn", 2, 1, 0, 0.0)), (), ()
        ),
        topics=tuple(Topics(area, 3, 5) for area in AREAS),
        retention=Retention(40, 30, 0.75) if enough else Retention(3, 1, None),
        causes=tuple(Cause(name, 9) for name in CAUSES),
        readiness=Readiness(
            chapters=tuple(Part(name, answers, 8, part) for name in CHAPTERS),
            areas=(),
            total=part,
            pass_line=0.65,
            chance=0.37 if enough else None,
            answers=answers,
            missing=max(NEEDED - answers, 0),
        ),
        forecasts=(Forecast("e", 1.79e9, SHARE, 0.65, 60),) if enough else (),
        days={TODAY - timedelta(days=back): float(back % 60) for back in range(300)},
        day=Day(0.0, TODAY, 12.0, 30.0, date(2027, 2, 19)),
    )


def _printed(page: Page, width: int, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding)
    Console(file=file, width=width, color_system=None, highlight=False, markup=False, legacy_windows=False).print(page)
    file.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "ascii"])
@pytest.mark.parametrize("width", [30, 80, 200])
def test_the_pages_fit_every_output(lang: Lang, encoding: str, width: int) -> None:
    """No line is wider than the screen, and no character is one that the output lacks."""
    if lang == "ja" and encoding == "ascii":
        encoding = "cp932"  # whoever reads Japanese has an output that can show it
    for page in (today_page(FACTS, lang), standing_page(_standing(), lang), standing_page(_standing(3), lang)):
        text = _printed(page, width, encoding)
        assert max(cell_width(line) for line in text.splitlines()) <= width
        assert "?" not in text


def test_today_names_the_finish_line_and_not_the_mountain() -> None:
    """Minutes done of minutes planned, what comes next, the command; neither the size of the bank nor the backlog."""
    text = _printed(today_page(FACTS, "en"), 80)
    assert "12 of 30 minutes" in text
    assert "14 questions, about 18 minutes (8 again, 6 new)" in text
    assert "quizdl practice --due" in text
    assert "1300" not in text
    assert "12 questions" not in text


def test_a_finished_day_says_so() -> None:
    """And offers nothing that has to be done."""
    text = _printed(today_page(FACTS | {"done": True, "next": "quizdl stats", "minutes_today": 31.0}, "en"), 80)
    assert "Today's plan is done" in text
    assert "practice" not in text


def test_the_first_day_offers_a_date_and_a_diagnostic() -> None:
    """As commands to type; nothing is asked."""
    first = {"first_run": True, "plan": None, "exam_date": None, "days_left": None, "next": "quizdl practice --day 3"}
    text = _printed(today_page(FACTS | first, "en"), 80)
    assert "quizdl exam -n 26 --minutes 30" in text
    assert "quizdl config exam-date" in text


def test_an_exam_that_was_begun_comes_first() -> None:
    """Its clock may be running."""
    text = _printed(today_page(FACTS | {"unfinished_exam": True}, "en"), 80)
    assert text.index("quizdl exam --resume") < text.index("quizdl practice --due")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_readiness_is_called_an_estimate_and_has_its_interval(lang: Lang) -> None:
    """Estimate, interval, chance and what is not known stand together; with too few answers only how many it takes."""
    text = _printed(standing_page(_standing(), lang), 200)
    assert "62% (50-73%)" in text
    assert "37%" in text
    assert {"ja": "推定", "en": "estimate"}[lang] in text
    silent = _printed(standing_page(_standing(3), lang), 200)
    assert "62%" not in silent
    assert str(NEEDED - 3) in silent


def test_the_weakest_section_comes_first_and_one_answer_makes_none_weak() -> None:
    """Each with its command; `--all` has every section."""
    text = _printed(standing_page(_standing(), "en"), 80)
    assert "quizdl practice --section lstm" in text
    assert "--section rnn" not in text
    assert "rnn" in _printed(standing_page(_standing(), "en", everything=True), 80)


@settings(max_examples=60)
@given(
    st.dictionaries(st.integers(-10, 400), st.floats(0, 300)),
    st.integers(8, 200),
    st.sampled_from(["utf-8", "cp932", "ascii"]),
    st.integers(-10, 200) | st.none(),
)
def test_a_calendar_has_seven_rows_that_fit_and_every_day_in_view(
    back: dict[int, float], width: int, encoding: str, exam_in: int | None
) -> None:
    """Whatever was done when: no row is wider than the screen, and today is the last day shown before the exam."""
    exam = None if exam_in is None else TODAY + timedelta(days=exam_in)
    minutes = {TODAY - timedelta(days=days): amount for days, amount in back.items()}
    view = View(width, encoding)
    lines = [line.plain for line in Calendar(minutes, TODAY, 30.0, "en", exam=exam).lines(view)]
    assert all(cell_width(line) <= max(width, 8) for line in lines)
    weekdays = lines[1:8]
    assert [row.strip()[0] for row in weekdays] == list("MTWTFSS")
    if encoding == "ascii":
        assert "".join(lines).isascii()
    assert weekdays[TODAY.weekday()].split()[-1] in "·░▒▓█.-+*#◎@"


def test_the_shades_tell_nothing_some_all_and_more_apart_without_colour() -> None:
    """0, 10, 20, 30 and 60 of 30 minutes are five different characters, in ASCII too."""
    monday = date(2026, 11, 16)
    minutes = {monday + timedelta(days=number): amount for number, amount in enumerate((0.0, 10.0, 20.0, 30.0, 60.0))}
    for encoding in ("utf-8", "ascii"):
        rows = [line.plain for line in Calendar(minutes, TODAY, 30.0, "en").lines(View(80, encoding))][1:6]
        assert len({row.split()[-1] for row in rows}) == 5
