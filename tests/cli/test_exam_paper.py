"""An exam that is written as a file and comes back as answers: graded once, whoever asks how often."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from quizdl.exchange.paper import PaperAnswers, PaperEvent, checksum, sheet_mark
from quizdl.model import ExamSheet
from quizdl.record import Store

from .conftest import Run


@pytest.fixture
def written(quizdl: Run, home: Path, tmp_path: Path) -> ExamSheet:
    """An exam of three questions, written to exam.html."""
    outcome = quizdl("exam", "--section", "lstm", "-n", "3", "--paper", str(tmp_path / "exam.html"), "--json")
    assert outcome.code == 0, outcome.out
    with Store.open(home / "record.sqlite3") as store:
        sheet, _ = store.exam(outcome.json["exam"])
    return sheet


def _answers(exam_sheet: ExamSheet, *, right: int, **changes: Any) -> bytes:
    """What the page saves after the first `right` questions were answered rightly."""
    at = int(exam_sheet.at * 1000) + 5000
    events = tuple(
        PaperEvent(
            kind="choose",
            number=number,
            position=[option.correct for option in asked.options].index(True),
            at=at,
            elapsed=1000 * (number + 1),
        )
        for number, asked in enumerate(exam_sheet.questions[:right])
    )
    known: dict[str, Any] = {
        "quizdl": "quizdl-paper-answers",
        "format": 1,
        "exam": exam_sheet.id,
        "sheet": sheet_mark(exam_sheet),
        "timed": True,
        "finished": True,
        "at": at,
        "elapsed": 60_000,
        "events": events,
    }
    answers = PaperAnswers(**{**known, **changes})
    plain = {name: getattr(answers, name) for name in PaperAnswers.__struct_fields__}
    return msgspec.json.encode({**plain, "checksum": checksum(answers)})


def test_answers_are_graded_and_recorded_as_those_of_a_paper_exam(
    quizdl: Run, home: Path, tmp_path: Path, written: ExamSheet
) -> None:
    """Exit code and numbers are those of any exam; what happened is in the record."""
    path = tmp_path / "answers.json"
    path.write_bytes(_answers(written, right=2))
    outcome = quizdl("exam", "--grade", str(path), "--json")
    assert (outcome.code, outcome.json["correct"], outcome.json["percent"]) == (0, 2, 66)
    assert outcome.json["next"] == f"quizdl report {written.id}"
    with Store.open(home / "record.sqlite3") as store:
        assert [(past.mode, past.session, past.verdict) for past in store.past()] == [
            ("paper", written.id, "correct"),
            ("paper", written.id, "correct"),
            ("paper", written.id, "unreadable"),
        ]
        assert [event.kind for event in store.exam(written.id)[1]] == ["choose", "choose", "finish"]
        assert store.latest_exam(unfinished=False) == written.id


def test_grading_again_shows_the_first_result_and_records_nothing(
    quizdl: Run, home: Path, tmp_path: Path, written: ExamSheet
) -> None:
    """Also with other answers: an exam is handed in once."""
    path = tmp_path / "answers.json"
    path.write_bytes(_answers(written, right=3))
    first = quizdl("exam", "--grade", str(path), "--json")
    path.write_bytes(_answers(written, right=0))
    again = quizdl("exam", "--grade", str(path))
    assert (first.code, again.code) == (0, 0)
    assert "graded already" in again.out
    assert "100%" in again.out
    with Store.open(home / "record.sqlite3") as store:
        assert len(store.past()) == 3


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"finished": False}, "not handed in"),
        ({"exam": "nowhere"}, "no exam"),
        ({"sheet": "0" * 12}, "other questions"),
    ],
)
def test_answers_that_cannot_be_graded_are_refused(
    quizdl: Run, home: Path, tmp_path: Path, written: ExamSheet, changes: dict[str, object], said: str
) -> None:
    """Not handed in, from another record, to other questions: exit 2, and nothing is recorded."""
    path = tmp_path / "answers.json"
    path.write_bytes(_answers(written, right=1, **changes))
    outcome = quizdl("exam", "--grade", str(path), "--json")
    assert outcome.code == 2
    assert said in outcome.json["error"]["message"]
    assert outcome.json["error"]["hint"]
    with Store.open(home / "record.sqlite3") as store:
        assert store.past() == []


def test_an_exam_on_paper_is_not_gone_on_with_at_the_terminal(quizdl: Run, written: ExamSheet) -> None:
    """Its clock runs elsewhere; but its questions are recent."""
    assert quizdl("exam", "--resume", "--json").code == 2


def test_a_page_that_cannot_be_written_sets_no_exam(quizdl: Run, home: Path, tmp_path: Path) -> None:
    """And the error names the path that was given; no draft is left lying about."""
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    for path in (tmp_path / "nowhere" / "exam.html", blocked / "exam.html"):
        outcome = quizdl("exam", "--section", "lstm", "-n", "3", "--paper", str(path), "--json")
        assert (outcome.code, outcome.json["error"]["where"]) == (2, str(path))
    with Store.open(home / "record.sqlite3") as store:
        assert store.exams() == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "home"]
