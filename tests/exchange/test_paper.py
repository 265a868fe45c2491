"""A file of answers is read as the page wrote it, or refused with a reason; nothing else ever happens."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.errors import InputError
from quizdl.exchange.paper import (
    MOST_BYTES,
    PaperAnswers,
    PaperEvent,
    checksum,
    events_of,
    read_answers,
    sheet_mark,
)
from quizdl.model import ExamSheet
from quizdl.study.exam import replay

from .conftest import NOW, SET_AT, SHEET

TIMES = st.integers(0, 1 << 43)
EVENTS = st.builds(
    PaperEvent,
    kind=st.sampled_from(["choose", "clear", "flag", "unflag", "visit"]),
    number=st.integers(0, 4),
    position=st.integers(0, 3),
    at=TIMES,
    elapsed=TIMES,
)


def _file(events: list[PaperEvent], **changes: Any) -> bytes:
    """A file as a page saves it."""
    known: dict[str, Any] = {
        "quizdl": "quizdl-paper-answers",
        "format": 1,
        "exam": "exam-1",
        "sheet": "0" * 12,
        "timed": True,
        "finished": True,
        "at": int(NOW * 1000),
        "elapsed": 60_000,
        "events": tuple(events),
    }
    answers = PaperAnswers(**{**known, **changes})
    fields = {name: getattr(answers, name) for name in PaperAnswers.__struct_fields__}
    return msgspec.json.encode({**fields, "checksum": checksum(answers)})


@given(st.lists(EVENTS, max_size=30))
def test_what_the_page_wrote_is_read(events):
    """Every event, whatever white space a mail program adds."""
    data = _file(events)
    assert list(read_answers(data, "f").events) == events
    assert read_answers(json.dumps(json.loads(data), indent=2).encode(), "f") == read_answers(data, "f")


@given(st.lists(EVENTS, min_size=1, max_size=10), st.data())
def test_an_edited_file_is_refused(events, data):
    """One character changed, left out or put in, anywhere: refused, or it says the same as before."""
    file = _file(events).decode()
    place = data.draw(st.integers(0, len(file) - 1))
    character = data.draw(st.sampled_from(["", "0", "9", "-", ",", "]", '"', "a", "\x00", "あ"]))
    edited = file[:place] + character + file[place + data.draw(st.integers(0, 1)) :]
    with contextlib.suppress(InputError):
        assert read_answers(edited.encode(), "f") == read_answers(file.encode(), "f")


@given(st.lists(EVENTS, min_size=1, max_size=10), st.data())
def test_a_file_cut_short_is_refused(events, data):
    """At whatever byte the download ended."""
    file = _file(events)
    with pytest.raises(InputError):
        read_answers(file[: data.draw(st.integers(0, len(file) - 1))], "f")


@given(st.binary(max_size=200) | st.text().map(str.encode))
def test_anything_else_is_refused(data):
    """Other files are refused as such, never with another kind of error."""
    with pytest.raises(InputError):
        read_answers(data, "f")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"{}", "not a file of answers"),
        (b"[" * 100_000, "not a file of answers"),
        (b'{"quizdl": "quizdl-paper-answers", "format": 2}', "newer quizdl"),
        (b'{"quizdl": "quizdl-paper-answers", "format": 1}', "changed"),
        (b'{"quizdl": "quizdl-paper-answers", "format"', "cut short"),
        (b" " * (MOST_BYTES + 1), "at most 1 MiB"),
        (_file([], exam="exam-2").replace(b"exam-2", b"../../x"), "changed"),
        (_file([], elapsed=5).replace(b'"elapsed":5', b'"elapsed":1e400'), "changed"),
        (_file([], elapsed=5).replace(b'"elapsed":5', b'"elapsed":NaN'), "not a file of answers"),
        (_file([]).replace(b'"events":[]', b'"events":[[]]'), "changed"),
    ],
)
def test_what_is_wrong_is_said(data, said):
    """In words, with the file's name and what to do."""
    with pytest.raises(InputError, match=said) as caught:
        read_answers(data, "answers.json")
    assert caught.value.where == "answers.json"
    assert caught.value.hint is not None


def test_the_events_give_the_sitting(sheet: ExamSheet):
    """Chosen, changed, cleared and flagged as on the page; seconds where they were spent; the end at the end."""
    answers = read_answers(
        _file(
            [
                PaperEvent("visit", 0, -1, 1000, 0),
                PaperEvent("choose", 0, 3, 2000, 10_000),
                PaperEvent("choose", 0, 1, 3000, 15_000),
                PaperEvent("visit", 2, -1, 4000, 15_000),
                PaperEvent("resume", -1, -1, 5000, 20_000),
                PaperEvent("choose", 2, 0, 6000, 50_000),
                PaperEvent("clear", 2, -1, 6000, 50_000),
                PaperEvent("flag", 2, -1, 6000, 50_000),
            ],
            sheet=sheet_mark(sheet),
        ),
        "f",
    )
    events = events_of(answers, sheet, NOW)
    sitting = replay(sheet, events)
    assert sitting.chosen == ("B", "", "", "", "")
    assert sitting.first_chosen == ("D", "", "A", "", "")
    assert sitting.flagged == {2}
    assert sitting.spent == (15.0, 0.0, 40.0, 0.0, 0.0)  # the 5 seconds before the return were nobody's
    assert sitting.finished
    assert sitting.elapsed == 60.0


@given(st.lists(EVENTS, max_size=20), st.integers(0, 1 << 43))
def test_no_clock_can_date_an_answer_outside_of_the_exam(events, at):
    """A phone whose clock is years off gives times between the exam's setting and its grading."""
    answers = read_answers(_file(events, sheet=sheet_mark(SHEET), at=at), "f")
    assert all(SET_AT <= event.at <= NOW for event in events_of(answers, SHEET, NOW))


@pytest.mark.parametrize(
    "event",
    [
        PaperEvent("choose", 5, 0, 0, 0),
        PaperEvent("choose", 0, 4, 0, 0),
        PaperEvent("choose", 0, -1, 0, 0),
        PaperEvent("visit", -1, -1, 0, 0),
        PaperEvent("flag", 9999, -1, 0, 0),
    ],
)
def test_places_that_the_exam_does_not_have_are_refused(sheet: ExamSheet, event: PaperEvent):
    """Whoever computes the checksum anew still cannot answer a sixth question of five."""
    answers = read_answers(_file([event], sheet=sheet_mark(sheet)), "f")
    with pytest.raises(InputError, match="changed"):
        events_of(answers, sheet, NOW)


def test_answers_to_other_questions_are_refused(sheet: ExamSheet):
    """The same exam id is not enough: the questions themselves are marked."""
    other = msgspec.structs.replace(sheet, questions=sheet.questions[:4])
    assert sheet_mark(other) != sheet_mark(sheet)
    with pytest.raises(InputError, match="other questions"):
        events_of(read_answers(_file([], sheet=sheet_mark(other)), "f"), sheet, NOW)
