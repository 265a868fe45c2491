"""A short soak; `python -m benchmarks.soak` is the long one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from quizdl.sandbox.levels import Level

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.skipif(sys.platform != "linux", reason="the warm server is Linux's")
def test_a_hundred_and_fifty_submissions_leave_nothing_behind(level: Level) -> None:
    """Every fifth hostile: no process, descriptor, thread, folder or memory is left, and every good one was served."""
    command = [sys.executable, "-m", "benchmarks.soak", "150", level]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "left behind: nothing" in done.stdout
