"""`quizdl report`: the latest finished exam or the one named, on the screen or into new files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from quizdl.cli.report import _write
from quizdl.record import Store

from .conftest import Run

SMALL = ("exam", "--section", "lstm", "-n", "4", "--plain")


def _sit(quizdl: Run, home: Path, answers: str = "A\nA\nA\nA\nsubmit\n") -> str:
    """An exam from beginning to end; its id."""
    outcome = quizdl(*SMALL, stdin=answers)
    assert outcome.code in (0, 1), outcome.err
    with Store.open(home / "record.sqlite3") as store:
        return store.exams()[-1].id


def _finished(home: Path) -> list[bool]:
    with Store.open(home / "record.sqlite3") as store:
        return [row.finished for row in store.exams()]


def test_without_an_exam_it_says_what_to_type(quizdl: Run, home: Path) -> None:
    """Nothing is created; with --json it is the contract's object."""
    outcome = quizdl("report")
    assert outcome.code == 2
    assert "quizdl exam" in outcome.err
    assert not home.exists()
    assert quizdl("report", "--json").json["error"]["hint"] == "quizdl exam"


def test_an_exam_that_goes_on_has_no_report_yet(quizdl: Run, home: Path) -> None:
    """By name or not, the hint is how to go on with it."""
    quizdl(*SMALL, stdin="A\n")
    assert _finished(home) == [False]
    assert "quizdl exam --resume" in quizdl("report").err
    with Store.open(home / "record.sqlite3") as store:
        name = store.exams()[0].id
    outcome = quizdl("report", name)
    assert outcome.code == 2
    assert "quizdl exam --resume" in outcome.err


def test_the_latest_is_shown_and_any_by_the_beginning_of_its_id(quizdl: Run, home: Path) -> None:
    """An unknown or unclear beginning is an error that lists the latest ids."""
    first, second = _sit(quizdl, home), _sit(quizdl, home, "B\nB\nB\nB\nsubmit\n")
    assert quizdl("report", "--json").json["exam"] == second
    length = next(n for n in range(1, 32) if first[:n] != second[:n])
    assert quizdl("report", first[:length], "--json").json["exam"] == first
    for wrong in ("zz", "", first[: length - 1]):
        outcome = quizdl("report", wrong)
        assert outcome.code == 2
        assert second in outcome.err
    found = quizdl("report", "--json").json
    assert len(found["questions"]) == 4
    assert [one["exam"] for one in found["history"]] == [first, second]


@pytest.mark.parametrize(("lang", "word"), [("ja", "模試の結果"), ("en", "Mock exam report")])
def test_every_form_is_written_in_both_languages(quizdl: Run, home: Path, tmp_path: Path, lang: str, word: str) -> None:
    """Four forms in one go, into a folder that is made; only the object goes to standard output."""
    exam = _sit(quizdl, home)
    files = [tmp_path / "made" / f"report.{ending}" for ending in ("html", "csv", "md")]
    options = [
        part for option, file in zip(("--html", "--csv", "--md"), files, strict=True) for part in (option, str(file))
    ]
    outcome = quizdl("report", *options, "--json", "--lang", lang)
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)["exam"] == exam
    html, markdown = (file.read_text(encoding="utf-8") for file in (files[0], files[2]))
    assert word in html
    assert word in markdown
    assert "<script" not in html
    assert files[1].read_bytes().startswith(b"\xef\xbb\xbf")
    assert files[1].read_bytes().count(b"\r\n") == 5
    assert word in quizdl("report", "--lang", lang).out


def test_no_file_is_overwritten(quizdl: Run, home: Path, tmp_path: Path) -> None:
    """It is left as it is, nothing else is written, and the hint names a file that is free."""
    _sit(quizdl, home)
    taken, other = tmp_path / "report.html", tmp_path / "report.csv"
    taken.write_text("mine", encoding="utf-8")
    outcome = quizdl("report", "--html", str(taken), "--csv", str(other))
    assert outcome.code == 2
    assert str(tmp_path / "report-2.html") in outcome.err
    assert taken.read_text(encoding="utf-8") == "mine"
    assert not other.exists()


def test_a_place_that_cannot_be_written_is_an_error_of_ours(quizdl: Run, home: Path, tmp_path: Path) -> None:
    """No traceback."""
    _sit(quizdl, home)
    (tmp_path / "file").write_text("", encoding="utf-8")
    outcome = quizdl("report", "--md", str(tmp_path / "file" / "x.md"))
    assert outcome.code == 2
    assert "Traceback" not in outcome.err


def test_a_name_that_is_none_is_refused(quizdl: Run, home: Path) -> None:
    """As an empty shell variable gives it."""
    _sit(quizdl, home)
    outcome = quizdl("report", "--html", "", "--json")
    assert outcome.code == 2
    assert outcome.json["error"]["hint"] == "quizdl report --help"


def test_half_a_report_does_not_stay(tmp_path: Path) -> None:
    """Whatever stops the writing, nothing is in the way of the next try."""
    target = tmp_path / "report.html"
    with pytest.raises(UnicodeEncodeError):
        _write("--html", target, "x" * 100_000 + "\ud800", None)
    assert not target.exists()
    _write("--html", target, "whole", None)
    assert target.read_text(encoding="utf-8") == "whole"


def test_every_command_that_is_proposed_runs(quizdl: Run, home: Path) -> None:
    """What the report tells to type is understood, and asks something."""
    _sit(quizdl, home, "A\nsubmit\n")
    commands = [step["command"] for step in quizdl("report", "--json").json["next"]]
    assert commands[0] == "quizdl practice --section lstm --missed"
    for command in commands:
        outcome = quizdl(*command.split()[1:], *(["--plain"] if command.startswith("quizdl exam") else []))
        assert outcome.code == 0, outcome.err
        assert "1/" in outcome.out
