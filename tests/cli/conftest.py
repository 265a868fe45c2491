"""Runs the real command in a real process, with a home of its own."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., "Outcome"]


class Outcome:
    """What a finished process left: exit code, output and errors."""

    def __init__(self, process: subprocess.CompletedProcess[bytes]) -> None:
        self.code = process.returncode
        self.raw, self.raw_err = process.stdout, process.stderr
        self.out = process.stdout.decode("utf-8", "replace")
        self.err = process.stderr.decode("utf-8", "replace")

    @property
    def json(self) -> Any:
        """The output as one JSON value."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """The output as one JSON value a line."""
        return [json.loads(line) for line in self.out.splitlines()]


class Terminal:
    """`quizdl` in a real terminal of 80 columns."""

    def __init__(self, environment: dict[str, str], *arguments: str) -> None:
        import pty  # there is none on Windows

        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.execve(sys.executable, [sys.executable, "-m", "quizdl", *arguments], {**environment, "TERM": "xterm"})
        self.screen = ""

    def expect(self, text: str, seconds: float = 60) -> None:
        """Read until `text` has appeared."""
        deadline = time.monotonic() + seconds
        while text not in self.screen:
            assert time.monotonic() < deadline, f"{text!r} never appeared in:\n{self.screen}"
            self._read()

    def _read(self) -> None:
        if select.select([self.master], [], [], 0.2)[0]:
            try:
                self.screen += os.read(self.master, 65536).decode("utf-8", "replace")
            except OSError:  # Linux says EIO when the other end is gone
                self.screen += "\n<closed>"

    def type(self, text: str) -> None:
        """Type, with only what follows counting as seen."""
        self.screen = ""
        os.write(self.master, text.encode())

    def wait(self, seconds: float = 60) -> int:
        """The exit code, once the process has ended."""
        self.expect("<closed>", seconds)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def interrupt(self) -> int:
        """Ctrl-C until it is obeyed: one that arrives just before the process waits for input is lost, as anywhere."""
        for _ in range(20):
            self.type("\x03")
            for _ in range(5):
                self._read()
                if "<closed>" in self.screen:
                    return self.wait()
        raise AssertionError(f"Ctrl-C was ignored:\n{self.screen}")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The learner's folder, which does not exist yet."""
    return tmp_path / "home"


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    """A clean environment: English, no colours, 80 columns."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "TMPDIR", "SYSTEMROOT")}
    return {**kept, "QUIZDL_HOME": str(home), "LANG": "en_US.UTF-8", "COLUMNS": "80", "PYTHONUTF8": "1"}


@pytest.fixture
def quizdl(environment: dict[str, str]) -> Run:
    """`quizdl(*arguments, stdin=…, env=…, cwd=…)` runs the command to its end."""

    def run(
        *arguments: str, stdin: str | bytes = b"", env: dict[str, str] | None = None, cwd: Path | None = None
    ) -> Outcome:
        command: Sequence[str] = (sys.executable, "-m", "quizdl", *arguments)
        data = stdin.encode() if isinstance(stdin, str) else stdin
        process = subprocess.run(
            command,
            input=data,
            capture_output=True,
            env={**environment, **(env or {})},
            cwd=cwd,
            timeout=120,
            check=False,
        )
        return Outcome(process)

    return run
