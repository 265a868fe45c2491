"""Bad input and bad machines: a clear message, the next command, the contract's exit code, nothing lost."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from quizdl.paths import bank_root

from .conftest import Run


@pytest.mark.parametrize("kind", ["directory", "missing", "fifo", "link"])
def test_a_submission_that_is_no_regular_file_is_exit_2(quizdl: Run, tmp_path: Path, kind: str) -> None:
    """Nothing is waited for and nothing is followed."""
    path = tmp_path / "submission.py"
    if kind == "directory":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "link":
        path.symlink_to("/etc/passwd")
    outcome = quizdl("submit", "gradient-clipping", str(path), "--json")
    assert outcome.code == 2
    assert outcome.json["error"]["where"] == str(path)


def test_a_huge_file_is_a_syntax_error_and_is_never_read_whole(quizdl: Run, tmp_path: Path) -> None:
    """100 MB (sparse): the verdict names the limit."""
    path = tmp_path / "huge.py"
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    outcome = quizdl("submit", "gradient-clipping", str(path), "--json")
    assert (outcome.code, outcome.json["verdict"]) == (1, "syntax_error")
    assert "64" in " ".join(outcome.json["feedback"])


def test_a_file_without_the_function_is_told_its_name(quizdl: Run) -> None:
    """The missing function is a runtime_error that names it."""
    outcome = quizdl("submit", "gradient-clipping", "-", "--json", stdin="x = 1\n")
    assert (outcome.code, outcome.json["verdict"]) == (1, "runtime_error")
    assert "gradient_clipping" in " ".join(outcome.json["feedback"])


def test_a_bank_file_broken_at_line_40_is_named_by_bank_check(quizdl: Run, tmp_path: Path) -> None:
    """file:line:column, exit 1 for faults found."""
    shutil.copytree(bank_root() / "questions", tmp_path / "questions")
    shutil.copytree(bank_root() / "solutions", tmp_path / "solutions")
    path = tmp_path / "questions" / "day3" / "gru.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[39] = "\t: ]broken"
    path.write_text("\n".join(lines), encoding="utf-8")
    outcome = quizdl("bank", "check", "--bank", str(tmp_path), str(path))
    assert outcome.code == 1
    assert "gru.yaml:40:" in outcome.out


def test_a_read_only_home_is_said_before_the_first_question(quizdl: Run, tmp_path: Path) -> None:
    """Practice refuses to begin where nothing could be kept; a single answer is graded all the same."""
    locked = tmp_path / "file"
    locked.write_text("", encoding="utf-8")  # a file where a folder is needed: refused even for root
    env = {"QUIZDL_HOME": str(locked / "home")}
    practice = quizdl("practice", "--day", "3", env=env)
    assert practice.code == 2
    assert "QUIZDL_HOME" in practice.err
    answer = quizdl("answer", "conv-output-size", "3x3", "--json", env=env)
    assert (answer.code, answer.json["verdict"]) == (0, "correct")
    assert "not recorded" in answer.err


def test_a_corrupt_database_is_left_alone_and_named(quizdl: Run, home: Path) -> None:
    """The message names the file; its bytes are not touched."""
    home.mkdir()
    path = home / "record.sqlite3"
    path.write_bytes(b"this is no database, it is a letter" * 100)
    before = path.read_bytes()
    outcome = quizdl("practice", "--day", "3")
    assert outcome.code == 2
    assert "record.sqlite3" in outcome.err
    assert path.read_bytes() == before


def test_a_locked_database_is_said_and_the_verdict_still_shown(quizdl: Run, home: Path) -> None:
    """Another process holding the lock costs the record of one answer, said on standard error, not the verdict."""
    quizdl("answer", "conv-output-size", "3x3")
    holder = sqlite3.connect(home / "record.sqlite3", isolation_level=None)
    holder.execute("begin exclusive")
    try:
        outcome = quizdl("answer", "conv-output-size", "3x3", "--json")
    finally:
        holder.execute("rollback")
        holder.close()
    assert outcome.json["verdict"] == "correct"
    assert "not recorded" in outcome.err


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize(
    "env",
    [
        {"COLUMNS": "20"},
        {"PYTHONIOENCODING": "cp932", "PYTHONUTF8": "0"},
        {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0"},
    ],
    ids=["20-columns", "cp932", "LANG=C"],
)
def test_a_poor_terminal_still_shows_every_question(quizdl: Run, env: dict[str, str], lang: str) -> None:
    """No crash and nothing on standard error, whatever the terminal lacks."""
    outcome = quizdl("practice", "--day", "3", "--seed", "0", "--lang", lang, env=env, stdin=":s\n" * 300)
    assert outcome.code == 0, outcome.err
    assert "Traceback" not in outcome.err
    if "cp932" in env.values():
        outcome.raw.decode("cp932")


def test_piped_output_holds_no_escape_codes(quizdl: Run) -> None:
    """Colours are for terminals; NO_COLOR is obeyed there."""
    assert b"\x1b" not in quizdl("show", "lstm-step").raw


def test_learner_text_cannot_steer_the_terminal(quizdl: Run) -> None:
    """Escape codes and bidirectional controls in an answer are never shown back."""
    outcome = quizdl("answer", "vae-blank", "\x1b[31mred\u202e")
    assert "\x1b" not in outcome.out
    assert "\u202e" not in outcome.out


def test_a_reader_that_leaves_early_is_no_error(environment: dict[str, str]) -> None:
    """`quizdl list | head -1` complains of nothing."""
    command = f"{sys.executable} -m quizdl list | head -1"
    process = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, check=False)
    assert process.stderr == b""


def test_answers_are_never_read_without_end(quizdl: Run) -> None:
    """A device is no file of answers."""
    outcome = quizdl("practice", "--answers", "/dev/zero", "--json")
    assert outcome.code == 2
    assert outcome.json["error"]["where"] == "/dev/zero"


def test_a_slip_in_the_banks_path_does_not_look_like_a_sound_bank(quizdl: Run, tmp_path: Path) -> None:
    """No questions folder, no such file: exit 2, not «0 faults»."""
    assert quizdl("bank", "check", "--bank", str(tmp_path)).code == 2
    assert quizdl("bank", "check", str(tmp_path / "no.yaml")).code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("practice", "-n", "0"),
        ("lst",),
        ("show", "a", "b"),
        ("show", "a", "--seed", "x"),
        ("practice", "--id"),
        ("answer", "a", "b", "--seed"),
        ("practice", "--answers", "/nowhere"),
        ("practice", "--minutes", "nan"),
        ("start", "lstm-step", "--dir", "/dev/null"),
    ],
    ids=" ".join,
)
def test_usage_errors_are_told_in_japanese_with_a_command(quizdl: Run, arguments: tuple[str, ...]) -> None:
    """No English sentence reaches a Japanese reader, and every error says what to type."""
    outcome = quizdl(*arguments, "--lang", "ja") if arguments[0] != "answer" else quizdl("--lang", "ja", *arguments)
    assert outcome.code == 2
    message, *hint = outcome.err.strip().splitlines()
    assert re.search("[ぁ-ん]", message)
    assert not re.search(r"\b(the|is|No|Invalid|requires|unexpected)\b", message)
    assert any("quizdl" in line or "ls" in line for line in hint)


def test_doctor_tries_the_home_and_says_when_it_cannot_be_written(quizdl: Run, tmp_path: Path) -> None:
    """A file where a folder should be is a problem: exit 3."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    outcome = quizdl("doctor", "--json", env={"QUIZDL_HOME": str(tmp_path / "file")})
    assert outcome.code == 3
    assert outcome.json["home_writable"] is False


def test_ctrl_c_while_still_importing_leaves_without_a_traceback(environment: dict[str, str]) -> None:
    """Before the commands are there nothing can be lost: exit 130, and not a word on standard error."""
    script = (
        "import os, signal\nfrom quizdl.cli import language, main\n"
        "language.choose = lambda *arguments: os.kill(os.getpid(), signal.SIGINT)\nmain(['list'])\n"
    )
    process = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=False)
    assert process.returncode == 130
    assert process.stderr == b""
