"""A mock exam in real terminals and processes that are killed: nothing is lost, and nothing happens twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from quizdl.model import ExamEvent
from quizdl.record import Store
from quizdl.study.exam import replay

from .conftest import Run, Terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a terminal is made with pty, and killed with SIGKILL")

SMALL = ("exam", "--section", "lstm", "-n", "6", "--plain")
ROUNDS = 6


def _only_exam(home: Path) -> str:
    with Store.open(home / "record.sqlite3") as store:
        (row,) = store.exams()
    return row.id


def _events(home: Path) -> list[ExamEvent]:
    with Store.open(home / "record.sqlite3") as store:
        return store.exam(store.exams()[-1].id)[1]


def _kill(terminal: Terminal) -> None:
    os.kill(terminal.pid, signal.SIGKILL)
    os.waitpid(terminal.pid, 0)


@pytest.fixture
def terminals(environment: dict[str, str]) -> Iterator[list[Terminal]]:
    """Terminals that a test opens, all of them ended with it."""
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        try:
            os.kill(terminal.pid, signal.SIGKILL)
            os.waitpid(terminal.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass


def test_a_whole_exam_at_a_terminal(environment: dict[str, str], home: Path, terminals: list[Terminal]) -> None:
    """Answer, flag, compute, review; submit shows the review page first, and hands in from there."""
    terminal = Terminal({**environment, "NO_COLOR": "1"}, *SMALL, "--minutes", "30")
    terminals.append(terminal)
    terminal.expect("1> ")
    assert "30:00" in terminal.screen
    terminal.type("a\n")
    terminal.expect("2> ")
    terminal.type("f\n")
    terminal.expect("[flagged]")
    terminal.expect("2> ")
    terminal.type("= 2*3/4\n")
    terminal.expect("= 1.5")
    terminal.type("submit\n")
    terminal.expect("review> ")
    assert "Unanswered  2-6" in terminal.screen
    assert "Flagged  2" in terminal.screen
    terminal.type("5\n")
    terminal.expect("5> ")
    terminal.type("r\n")
    terminal.expect("review> ")
    terminal.type("submit\n")
    terminal.expect("quizdl report")
    assert terminal.wait() == 1
    assert [event.kind for event in _events(home) if event.kind != "tick"] == [
        *("choose", "visit", "flag", "visit", "finish"),
    ]


def test_an_exam_that_is_left_goes_on_in_another_terminal(
    environment: dict[str, str], home: Path, terminals: list[Terminal]
) -> None:
    """`q`, the end of input, Ctrl-C and a closed terminal: each keeps everything and says how to go on where it can."""
    terminal = Terminal(environment, *SMALL)
    terminals.append(terminal)
    terminal.expect("1> ")
    terminal.type("a\n")
    terminal.expect("2> ")
    terminal.type("q\n")
    terminal.expect("quizdl exam --resume")
    assert terminal.wait() == 0
    for number, end in ((2, "\x04"), (3, "\x03")):
        terminal = Terminal(environment, "exam", "--resume", "--plain")
        terminals.append(terminal)
        terminal.expect(f"{number}> ")
        terminal.type("b\n")
        terminal.expect(f"{number + 1}> ")
        if end == "\x03":
            assert terminal.interrupt() == 130
            assert "quizdl exam --resume" in terminal.screen
        else:
            terminal.type(end)
            terminal.expect("quizdl exam --resume")
            assert terminal.wait() == 0
    terminal = Terminal(environment, "exam", "--resume", "--plain")
    terminals.append(terminal)
    terminal.expect("4> ")
    terminal.type("c\n")
    terminal.expect("5> ")
    os.close(terminal.master)
    os.waitpid(terminal.pid, 0)
    with Store.open(home / "record.sqlite3") as store:
        assert replay(*store.exam(_only_exam(home))).chosen[:4] == ("A", "B", "B", "C")


def test_a_second_terminal_is_told_and_may_go_on_after_kill_9(
    quizdl: Run, environment: dict[str, str], terminals: list[Terminal]
) -> None:
    """With the number of the process that sits there; the lock dies with it."""
    terminal = Terminal(environment, *SMALL)
    terminals.append(terminal)
    terminal.expect("1> ")
    for arguments in (("exam", "--resume"), SMALL):
        second = quizdl(*arguments, "--json")
        assert second.code == 2
        assert f"process {terminal.pid}" in second.json["error"]["message"]
        assert "--resume" in second.json["error"]["hint"]
    _kill(terminal)
    assert quizdl("exam", "--resume", "--json").code == 0


def test_time_that_runs_out_hands_in_by_itself(
    environment: dict[str, str], home: Path, terminals: list[Terminal]
) -> None:
    """Without a key pressed: the answers so far are graded, and the exit code is the score's."""
    terminal = Terminal(environment, *SMALL, "--minutes", "0.1")
    terminals.append(terminal)
    terminal.expect("1> ")
    terminal.type("a\n")
    terminal.expect("Time is up")
    terminal.expect("quizdl report")
    assert terminal.wait() == 1
    assert _events(home)[-1].kind == "finish"
    assert _events(home)[-1].elapsed == 6.0


@pytest.mark.parametrize(("minutes", "said"), [("10.05", "10 minutes left"), ("5.05", "5 minutes left")])
def test_a_warning_comes_without_a_key(
    environment: dict[str, str], terminals: list[Terminal], minutes: str, said: str
) -> None:
    """And the prompt comes back after it, once."""
    terminal = Terminal(environment, *SMALL, "--minutes", minutes)
    terminals.append(terminal)
    terminal.expect("1> ")
    terminal.screen = ""
    terminal.expect(said)
    terminal.expect("1> ")
    terminal.type("a\n")
    terminal.expect("2> ")
    assert said not in terminal.screen


@pytest.mark.parametrize("clock", ["paused", "running"])
def test_after_kill_9_the_time_left_is_right(
    quizdl: Run, environment: dict[str, str], home: Path, terminals: list[Terminal], clock: str
) -> None:
    """Paused: what was left. Running: less by the time that nobody sat there."""
    terminal = Terminal(environment, *SMALL, "--minutes", "30", "--clock", clock)
    terminals.append(terminal)
    terminal.expect("1> ")
    terminal.type("a\n")
    terminal.expect("2> ")
    _kill(terminal)
    before = _events(home)[-1]
    time.sleep(2.0)
    asked_at = time.time()
    left = quizdl("exam", "--resume", "--json").json["seconds_left"]
    away = asked_at - before.at if clock == "running" else 0.0
    assert 0 <= 1800 - before.elapsed - away - left < 60
    if clock == "running":
        assert left < 1800 - before.elapsed - 2.0
    assert quizdl("exam", "--resume", "--json").json["answered"] == 1


def test_killed_at_any_moment_no_acknowledged_answer_is_lost(environment: dict[str, str], home: Path) -> None:
    """Round after round on one exam; at the end every question is recorded exactly once, as last answered."""
    chance = random.Random(20270219)  # noqa: S311 - a test's chance
    expected: dict[int, str] = {}
    arguments = SMALL
    for _ in range(ROUNDS):
        acknowledged, (number, letter) = _answer_until_killed(environment, arguments, chance)
        arguments = ("exam", "--resume", "--plain")
        expected |= acknowledged
        with Store.open(home / "record.sqlite3") as store:
            chosen = replay(*store.exam(store.exams()[0].id)).chosen
        if chosen[number] == letter:  # what was in the pipe when the process died may have arrived, or not
            expected[number] = letter
        assert chosen == tuple(expected.get(place, "") for place in range(6))
    code = _submit_until_done(environment, chance)
    assert code in (0, 1)
    with Store.open(home / "record.sqlite3") as store:
        past = store.past()
        answers = {number: store.attempt(one.attempt_id).answer for number, one in enumerate(past)}
        events = store.exam(store.exams()[0].id)[1]
    assert len(past) == len({one.question_id for one in past}) == 6
    assert all(answers[number] == expected.get(number, "") for number in range(6))
    assert [event.kind for event in events].count("finish") == 1
    assert all(before.elapsed <= after.elapsed for before, after in pairwise(events))


def _start(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "quizdl", *arguments],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def _answer_until_killed(
    environment: dict[str, str], arguments: tuple[str, ...], chance: random.Random
) -> tuple[dict[int, str], tuple[int, str]]:
    """Answer some questions, then one more, and kill within milliseconds.

    Returns what the screen acknowledged by turning the page, and the last answer, of which nobody knows.
    """
    acknowledged: dict[int, str] = {}
    with _start(environment, *arguments) as process:
        _read_until(process, "/6")
        for number in chance.sample(range(6), 3):
            letter = chance.choice("ABCD")
            _type(process, f"{number + 1}\n{letter}\n")
            _read_until(process, f"> {letter}", f"{number + 2}/6" if number < 5 else "Review")
            acknowledged[number] = letter
        last = (chance.randrange(6), chance.choice("ABCD"))
        _type(process, f"{last[0] + 1}\n{last[1]}\n")
        time.sleep(chance.random() * 0.03)
        process.kill()
        process.communicate()
    return acknowledged, last


def _type(process: subprocess.Popen[str], text: str) -> None:
    assert process.stdin is not None
    process.stdin.write(text)
    process.stdin.flush()


def _read_until(process: subprocess.Popen[str], *texts: str) -> None:
    """Read lines until each of the texts has come, one after the other."""
    assert process.stdout is not None
    for text in texts:
        while text not in (line := process.stdout.readline()):
            assert line, f"{text!r} never came"


def _submit_until_done(environment: dict[str, str], chance: random.Random) -> int:
    """Hand in and kill at once, again and again; the last time, let it end."""
    for attempt in range(8):
        with _start(environment, "exam", "--resume", "--plain", "--json") as process:
            _type(process, "submit\n")
            if attempt < 7:
                time.sleep(0.15 + chance.random() * 0.5)
                process.kill()
            out, _ = process.communicate()
            if process.returncode == 2:  # it was handed in before the last kill
                assert "no exam" in json.loads(out)["error"]["message"].lower()
                return 0
            if process.returncode >= 0:
                return process.returncode
    raise AssertionError("unreachable: the last one is not killed")


def test_the_full_screen_names_its_extra_where_it_is_missing(
    environment: dict[str, str], tmp_path: Path, terminals: list[Terminal]
) -> None:
    """The exact command, that --plain needs none, and no exam is set for nothing."""
    blocker = tmp_path / "site" / "sitecustomize.py"
    blocker.parent.mkdir()
    blocker.write_text(
        "import importlib.util as u\nfound = u.find_spec\n"
        "u.find_spec = lambda name, package=None: None if name == 'textual' else found(name, package)\n",
        encoding="utf-8",
    )
    terminal = Terminal({**environment, "PYTHONPATH": str(blocker.parent)}, "exam", "--section", "lstm", "-n", "3")
    terminals.append(terminal)
    terminal.expect("pip install 'quizdl[tui]'")
    assert "--plain" in terminal.screen
    assert terminal.wait() == 2
