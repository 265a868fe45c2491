"""The command as a process: it ends at once, with its code, with all that it said, and with nobody left behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CLIP = """\
import numpy as np
def gradient_clipping(gradient, threshold):
    norm = np.linalg.norm(gradient)
    return gradient * (threshold / norm) if norm > threshold else gradient
"""


def quizdl(*arguments: str, python: tuple[str, ...] = (), **options: object) -> subprocess.CompletedProcess[str]:
    """One run of the command, by itself."""
    command = [sys.executable, *python, "-m", "quizdl", *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=60, **options)  # type: ignore[call-overload, no-any-return]


def test_what_is_said_arrives_whole(environment: dict[str, str]) -> None:
    """A list much larger than a pipe holds, although the process ends without Python's tidying up."""
    done = quizdl("list", "--json", env=environment)
    assert done.returncode == 0
    assert len(done.stdout) > 1 << 16
    assert done.stdout.endswith("]\n")


def test_a_submission_leaves_no_process(environment: dict[str, str], tmp_path: Path) -> None:
    """The sandbox's server and its children are reaped before the command ends; none is left to somebody else."""
    (tmp_path / "clip.py").write_text(CLIP, encoding="utf-8")
    done = quizdl("submit", "gradient-clipping", str(tmp_path / "clip.py"), "--json", env=environment)
    assert done.returncode == 0, done.stderr
    assert not [one for one in Path("/proc").glob("[0-9]*") if _is_orphaned_server(one)]


def _is_orphaned_server(process: Path) -> bool:
    """A sandbox's server whose own `quizdl` has ended; other sessions of this machine may have theirs."""
    try:
        parent = (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1]
        return parent == "1" and b"quizdl/sandbox/inside/boot.py" in (process / "cmdline").read_bytes()
    except OSError:  # it has ended meanwhile
        return False


@pytest.mark.parametrize("arguments", ["list", "list --json", "show lstm-step", "answer lstm-step"])
@pytest.mark.parametrize("target", [">&-", ">/dev/full", ">&- 2>&-"])
def test_output_that_goes_nowhere_is_no_fault_of_the_program(
    environment: dict[str, str], arguments: str, target: str
) -> None:
    """Closed, or on a full disk: no traceback, and a code that says what it says elsewhere."""
    command = f"{sys.executable} -m quizdl {arguments} {target}"
    done = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, check=False, timeout=60)
    assert b"Traceback" not in done.stderr
    assert done.returncode in ((0, 2) if "answer" not in arguments else (1, 2))


def test_a_profiler_gets_its_result(environment: dict[str, str]) -> None:
    """Who watches the process sees it end as Python ends."""
    done = quizdl("--help", python=("-m", "cProfile"), env=environment)
    assert "function calls" in done.stdout
