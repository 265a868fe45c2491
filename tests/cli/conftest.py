"""Runs the real command in a real process, with a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., "Outcome"]


class Outcome:
    """What a finished process left: exit code, output and errors."""

    def __init__(self, process: subprocess.CompletedProcess[bytes]) -> None:
        self.code = process.returncode
        self.raw = process.stdout
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
