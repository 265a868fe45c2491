"""`submit --watch` on a real terminal: one screen, graded on every save, single keys, and nothing flickers."""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .conftest import Run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is needed")

WRONG = "import numpy as np\ndef gradient_clipping(gradient, threshold):\n    return gradient / threshold\n"
RIGHT = (
    "import numpy as np\ndef gradient_clipping(gradient, threshold):\n    n = np.linalg.norm(gradient)\n"
    "    return gradient * (threshold / n) if n > threshold else gradient\n"
)
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """A pseudo-terminal with a `quizdl submit … --watch` on it."""

    def __init__(self, file: Path, environment: dict[str, str], *arguments: str, rows: int = 30) -> None:
        import pty
        import termios

        self.master, slave = pty.openpty()
        self.resize(rows, 100)
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.file = file
        self.raw = b""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "quizdl", "submit", "gradient-clipping", str(file), "--watch", *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**{k: v for k, v in environment.items() if k != "COLUMNS"}, "TERM": "xterm-256color"},
            start_new_session=True,
        )

    def resize(self, rows: int, columns: int) -> None:
        """Another size of the window."""
        import fcntl
        import struct
        import termios

        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds: float) -> bytes:
        """What comes within this time."""
        found, until = b"", time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if select.select([self.master], [], [], left)[0]:
                try:
                    found += os.read(self.master, 1 << 16)
                except OSError:
                    break
        self.raw += found
        return found

    def wait(self, text: str, seconds: float = 60) -> str:
        """The screen's text, once it holds this text."""
        found, until = b"", time.monotonic() + seconds
        while text not in plain(found):
            assert time.monotonic() < until, f"{text!r} is not in:\n{plain(found)}"
            found += self.read(0.02)
        return plain(found)

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def save(self, text: str) -> None:
        self.file.write_text(text, encoding="utf-8")

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)


def plain(raw: bytes) -> str:
    """Without escape sequences."""
    return ESCAPES.sub("", raw.decode("utf-8", "replace"))


Opened = Callable[..., Terminal]


@pytest.fixture
def opened(tmp_path: Path, environment: dict[str, str]) -> Iterator[Opened]:
    """Opens terminals on `clip.py`, which is wrong at first."""
    terminals: list[Terminal] = []

    def open_one(*arguments: str, rows: int = 30) -> Terminal:
        file = tmp_path / "clip.py"
        file.write_text(WRONG, encoding="utf-8")
        terminals.append(Terminal(file, environment, *arguments, rows=rows))
        return terminals[-1]

    yield open_one
    for terminal in terminals:
        terminal.close()


def test_each_save_is_graded_soon(opened: Opened) -> None:
    """Within 300 ms of the write, the grading included (the best of six saves: the machine has other work)."""
    terminal = opened()
    terminal.wait("Wrong")
    took = []
    for number in range(6):
        began = time.monotonic()
        terminal.save(WRONG if number % 2 else RIGHT)
        terminal.wait("Wrong" if number % 2 else "Correct")
        took.append(time.monotonic() - began)
    assert min(took) < 0.3, took
    terminal.press("q")
    assert terminal.process.wait(20) == 1


def test_nothing_flickers(opened: Opened) -> None:
    """A frame is one write that erases nothing before it paints; nothing is painted where nothing changed."""
    terminal = opened()
    terminal.wait("Wrong")
    terminal.read(0.5)
    assert terminal.read(1.0) == b""
    terminal.save(RIGHT)
    terminal.wait("Correct")
    frames = terminal.raw.split(b"\x1b[?2026h")[1:]
    assert all(frame.startswith(b"\x1b[H") and b"\x1b[?2026l" in frame for frame in frames)
    assert not re.search(rb"\x1b\[[123]?J(?!\x1b\[\?2026l)", terminal.raw)
    assert all(frame.count(b"\r\n") == 29 for frame in frames)
    assert terminal.raw.count(b"\x1b[?1049h") == 1


def test_the_keys_do_what_the_foot_says(opened: Opened, tmp_path: Path) -> None:
    """h hint, l list, s solution, n the next question's file, q the end with the last verdict left on the screen."""
    terminal = opened()
    assert "n next question" in terminal.wait("q quit")
    terminal.wait("Wrong")
    terminal.press("h")
    terminal.wait("1/1")
    terminal.press("l")
    assert "lstm-step" in terminal.wait("Code questions: 0 of")
    terminal.press("s")
    terminal.wait("gradient * rate")
    terminal.press("s")
    terminal.wait("Wrong")
    terminal.save(RIGHT)
    terminal.wait("Correct")
    terminal.press("l")
    terminal.wait("Code questions: 1 of")
    terminal.press("n")
    terminal.wait("lstm-clip-by-value")
    started = tmp_path / "lstm-clip-by-value.py"
    assert "return ____" in started.read_text(encoding="utf-8")
    text = started.read_text(encoding="utf-8")
    started.write_text(text.replace("____", "np.clip(gradient, -limit, limit)"), encoding="utf-8")
    terminal.wait("Correct")
    terminal.press("ｑ")
    assert terminal.process.wait(20) == 0
    assert "Correct" in plain(terminal.read(0.5).split(b"\x1b[?1049l")[-1])


def test_the_next_question_in_a_file_that_exists_is_graded(opened: Opened, tmp_path: Path) -> None:
    """What was written before is never overwritten."""
    kept = tmp_path / "lstm-clip-by-value.py"
    kept.write_text("np.clip(gradient, -limit, limit)\n", encoding="utf-8")
    terminal = opened()
    terminal.wait("Wrong")
    terminal.press("n")
    terminal.wait("Correct")
    assert kept.read_text(encoding="utf-8") == "np.clip(gradient, -limit, limit)\n"


def test_editors_may_save_in_any_way(opened: Opened) -> None:
    """Replaced by another file, emptied and filled again, taken away for a moment: one grading of what is there."""
    terminal = opened("--lang", "ja")
    terminal.wait("不正解")
    other = terminal.file.with_suffix(".tmp")
    other.write_text(RIGHT, encoding="utf-8")
    other.replace(terminal.file)
    terminal.wait("正解  1/1")
    terminal.file.unlink()
    terminal.read(0.3)
    terminal.save(WRONG)
    terminal.wait("不正解")
    with terminal.file.open("w", encoding="utf-8") as file:
        file.flush()
        file.write(RIGHT)
    terminal.wait("正解  1/1")
    assert "読み取れません" not in plain(terminal.raw)


def test_a_small_window_shows_the_rest_on_space(opened: Opened) -> None:
    """And is painted anew when its size changes."""
    terminal = opened(rows=12)
    terminal.wait("Wrong")
    terminal.press("s")
    terminal.wait("more lines")
    terminal.press("   ")
    terminal.wait("Known mistakes")
    terminal.resize(40, 100)
    assert "Explanation" in terminal.wait("Known mistakes")


def test_ctrl_c_leaves_the_terminal_as_it_was(opened: Opened) -> None:
    """Exit 130, the cursor and the first screen are back, keys are echoed again."""
    import termios

    terminal = opened()
    terminal.wait("Wrong")
    os.killpg(terminal.process.pid, signal.SIGINT)
    assert terminal.process.wait(20) == 130
    assert b"\x1b[?25h\x1b[?1049l" in terminal.raw + terminal.read(0.5)
    assert termios.tcgetattr(terminal.slave)[3] == terminal.before[3]


def test_a_pipe_gets_one_object_for_each_save(tmp_path: Path, environment: dict[str, str]) -> None:
    """`--json --watch` is a stream of verdicts, until it is interrupted."""
    file = tmp_path / "clip.py"
    file.write_text(WRONG, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "quizdl", "submit", "gradient-clipping", str(file), "--watch", "--json"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )
    assert process.stdout is not None
    verdicts = [json.loads(process.stdout.readline())["verdict"]]
    file.write_text(RIGHT, encoding="utf-8")
    verdicts.append(json.loads(process.stdout.readline())["verdict"])
    assert verdicts == ["wrong", "correct"]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 130


@pytest.mark.parametrize(
    "arguments",
    [("gradient-clipping", "-"), ("gradient-clipping", "missing.py"), ("conv-output-size", "pyproject.toml")],
    ids=["standard input", "missing file", "no code question"],
)
def test_what_cannot_be_watched_is_exit_2(quizdl: Run, arguments: tuple[str, ...]) -> None:
    """Said at once, with what to type."""
    outcome = quizdl("submit", *arguments, "--watch", "--json", cwd=Path(__file__).parents[2])
    assert outcome.code == 2
    assert outcome.json["error"]["message"]
