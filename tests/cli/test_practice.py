"""A practice session through a pipe and in a real terminal."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from pathlib import Path

import pytest

from .conftest import Run, Terminal

IDS = ("--id", "conv-output-size", "--id", "chain-rule", "--id", "vae-blank")


def test_a_pipe_answers_a_line_each_and_ends_with_a_summary(quizdl: Run) -> None:
    """All right: exit 0, and every question, verdict and explanation is on the page."""
    outcome = quizdl("practice", *IDS, "--seed", "0", stdin="3x3\n2(x+y)\n確率分布\n")
    assert outcome.code == 0, outcome.out + outcome.err
    assert "3/3" in outcome.out


def test_one_wrong_answer_makes_exit_1_and_the_summary_says_how_to_go_on(quizdl: Run) -> None:
    """The next command is named."""
    outcome = quizdl("practice", *IDS, "--seed", "0", stdin="3x3\n2x\n確率分布\n")
    assert outcome.code == 1
    assert "quizdl practice --missed" in outcome.out


def test_the_end_of_input_ends_the_session_and_keeps_what_was_answered(quizdl: Run) -> None:
    """Nothing answered wrong: exit 0, whatever is left."""
    outcome = quizdl("practice", *IDS, "--seed", "0", "--json", stdin="3x3\n")
    assert outcome.code == 0
    *answers, last = outcome.lines
    assert [entry["verdict"] for entry in answers] == ["correct"]
    assert last["summary"]["answered"] == 1
    assert last["summary"]["left"] == 2


def test_answers_can_come_from_a_file_by_id(quizdl: Run, tmp_path: Path) -> None:
    """`id<TAB>answer` lines, in their order."""
    path = tmp_path / "answers.tsv"
    path.write_text(
        "vae-blank\t確率分布\n\ngradient-clipping\tgradient * rate\nconv-output-size\t9x9\n", encoding="utf-8"
    )
    outcome = quizdl("practice", "--answers", str(path), "--seed", "0", "--json")
    assert [(entry["id"], entry["verdict"]) for entry in outcome.lines[:-1]] == [
        ("vae-blank", "correct"),
        ("gradient-clipping", "correct"),
        ("conv-output-size", "wrong"),
    ]
    assert outcome.code == 1


def test_a_bad_line_in_the_answers_is_named_before_anything_is_graded(quizdl: Run, tmp_path: Path, home: Path) -> None:
    """file:line, exit 2."""
    path = tmp_path / "answers.tsv"
    path.write_text("vae-blank\t確率分布\nconv-output-size 3x3\n", encoding="utf-8")
    outcome = quizdl("practice", "--answers", str(path), "--json")
    assert outcome.code == 2
    assert outcome.json["error"]["where"].endswith("answers.tsv:2")


def test_a_seed_repeats_a_session_exactly(quizdl: Run) -> None:
    """Same questions, same order, same variants, whatever was answered in between."""
    arguments = ("practice", "--day", "3", "--seed", "11", "-n", "12")
    first = quizdl(*arguments, stdin="1\n" * 12)
    second = quizdl(*arguments, stdin="1\n" * 12)
    questions = [line for line in first.out.splitlines() if line and not line.startswith((">", "Time"))]
    assert (
        questions[:-12]
        == [line for line in second.out.splitlines() if line and not line.startswith((">", "Time"))][:-12]
    )


def test_commands_work_in_a_pipe_full_width_too(quizdl: Run) -> None:
    """Hint, flag, skip, dispute, undo and quit."""
    script = "：ｈ\n:f\n:s\n2x\n:u\n2(x+y)\n:d the stem is unclear\n:q\n"
    outcome = quizdl("practice", *IDS, "--seed", "0", stdin=script)
    assert outcome.code == 0, outcome.out
    disputes = quizdl("disputes", "--json").json
    assert [(entry["id"], entry["comment"]) for entry in disputes] == [("vae-blank", "the stem is unclear")]
    assert quizdl("practice", "--flagged", "--seed", "0", "--json", stdin="3x3\n").lines[0]["id"] == "conv-output-size"


def test_undo_keeps_both_facts(quizdl: Run, home: Path) -> None:
    """The slip stays in the record, marked as taken back; the statistics do not count it."""
    quizdl("practice", *IDS, "--seed", "0", stdin="9x9\n:u\n3x3\n")
    with sqlite3.connect(home / "record.sqlite3") as database:
        assert database.execute("select count(*) from attempts").fetchone()[0] == 2
    assert quizdl("stats", "--json").json["attempts"] == 1
    assert quizdl("practice", "--missed", "--json").lines[-1]["summary"]["asked"] == 0


def test_missed_questions_come_back_until_they_are_right(quizdl: Run) -> None:
    """`--missed` asks what was last answered wrong."""
    quizdl("practice", *IDS, "--seed", "0", stdin="9x9\n2(x+y)\n確率分布\n")
    again = quizdl("practice", "--missed", "--seed", "0", "--json", stdin="3x3\n")
    assert [entry["id"] for entry in again.lines[:-1]] == ["conv-output-size"]
    assert quizdl("practice", "--missed").code == 0


def test_a_whole_function_can_be_handed_in_at_a_pipe(quizdl: Run, tmp_path: Path) -> None:
    """`@path` submits a file."""
    path = tmp_path / "lstm.py"
    path.write_text(quizdl("solution", "lstm-step", "--json").json["answer"][0], encoding="utf-8")
    outcome = quizdl("practice", "--id", "lstm-step", "--json", stdin=f"@{path}\n")
    assert outcome.lines[0]["verdict"] == "correct"


def test_zero_minutes_ask_nothing(quizdl: Run) -> None:
    """The time box holds from the first question."""
    outcome = quizdl("practice", *IDS, "--minutes", "0", "--json", stdin="3x3\n")
    assert outcome.lines[-1]["summary"]["answered"] == 0


def test_nothing_to_ask_is_an_ordinary_day(quizdl: Run) -> None:
    """Nothing due, missed, flagged or matching: a sentence, a summary, exit 0."""
    for option in (("--due",), ("--flagged",), ("--section", "nowhere")):
        outcome = quizdl("practice", *option)
        assert outcome.code == 0
        assert "quizdl list" in outcome.out


def test_a_path_that_cannot_be_read_costs_a_script_only_that_answer(quizdl: Run, tmp_path: Path) -> None:
    """The answer is unreadable, the next one is still read, and the summary is the last line."""
    path = tmp_path / "answers.tsv"
    path.write_text("conv-output-size\t3x3\nlstm-step\t@/nowhere.py\nvae-blank\t確率分布\n", encoding="utf-8")
    outcome = quizdl("practice", "--answers", str(path), "--seed", "0", "--json")
    assert [entry["verdict"] for entry in outcome.lines[:-1]] == ["correct", "unreadable", "correct"]
    assert outcome.lines[-1]["summary"]["answered"] == 3
    assert outcome.code == 1


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a terminal is made with pty")


def test_in_a_terminal_an_unreadable_answer_is_asked_again(environment: dict[str, str], home: Path) -> None:
    """A slip of the fingers costs nothing: the place is shown and the question stays."""
    terminal = Terminal(environment, "practice", *IDS, "--seed", "0")
    terminal.expect("> ")
    terminal.type("3xx3\n")
    terminal.expect("> ")
    terminal.type("3x3\n")
    terminal.expect("2/3")
    terminal.type(":q\n")
    assert terminal.wait() == 0
    with sqlite3.connect(home / "record.sqlite3") as database:
        assert database.execute("select count(*) from attempts").fetchone()[0] == 1


def test_killing_the_process_loses_nothing_answered(environment: dict[str, str], home: Path) -> None:
    """When the second question shows, the first answer is on disk: kill -9 then proves it."""
    terminal = Terminal(environment, "practice", *IDS, "--seed", "0")
    terminal.expect("> ")
    terminal.type("3x3\n")
    terminal.expect("2/3")
    os.kill(terminal.pid, signal.SIGKILL)
    os.waitpid(terminal.pid, 0)
    with sqlite3.connect(home / "record.sqlite3") as database:
        rows = database.execute("select question_id from attempts").fetchall()
    assert rows == [("conv-output-size",)]


def test_ctrl_c_ends_with_130_and_a_summary(environment: dict[str, str], home: Path) -> None:
    """Interrupted: everything answered so far is saved."""
    terminal = Terminal(environment, "practice", *IDS, "--seed", "0")
    terminal.expect("> ")
    terminal.type("3x3\n")
    terminal.expect("2/3")
    terminal.expect("> ")
    assert terminal.interrupt() == 130
    with sqlite3.connect(home / "record.sqlite3") as database:
        assert database.execute("select count(*) from attempts").fetchone()[0] == 1


def test_the_editor_writes_a_whole_function(
    environment: dict[str, str], home: Path, tmp_path: Path, quizdl: Run
) -> None:
    """Enter opens `$EDITOR` on the template; what it saves is graded, and a draft graded right is cleared away."""
    solution = tmp_path / "solution.py"
    solution.write_text(quizdl("solution", "lstm-step", "--json").json["answer"][0], encoding="utf-8")
    editor = tmp_path / "editor.py"
    editor.write_text(f"import shutil, sys\nshutil.copy({str(solution)!r}, sys.argv[1])\n", encoding="utf-8")
    terminal = Terminal(
        {**environment, "EDITOR": f"{sys.executable} {editor}"}, "practice", "--id", "lstm-step", "--seed", "0"
    )
    terminal.expect("> ")
    terminal.type("\n")
    assert terminal.wait() == 0
    assert list((home / "drafts").iterdir()) == []
