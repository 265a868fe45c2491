"""Windows has no fork, no `resource`, no Unix sockets: quizdl starts there all the same, and says what it cannot do.

Windows is not here. A fresh Python that has lost what Windows lacks stands for it: modules, functions, signals, flags.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ONLY_POSIX = frozenset({"resource", "fcntl", "pwd", "grp", "termios", "tty", "pty", "readline", "curses", "syslog"})

AS_WINDOWS = f"""
import importlib, os, signal, socket, subprocess, sys, types
for name in (  # the standard library itself would go other ways, if it met Windows only now
    "asyncio", "concurrent.futures.process", "ctypes", "locale", "multiprocessing.connection", "pathlib", "platform",
    "sqlite3", "tempfile", "threading", "urllib.request", "uuid", "zipfile", "numpy", "platformdirs", "rich.console",
    "sympy", "typer", "yaml",
):
    importlib.import_module(name)
for name in {sorted(ONLY_POSIX)}:
    sys.modules[name] = None
for module, names in (
    (os, "fork getuid geteuid getgid setuid setsid killpg sched_getaffinity uname mkfifo fchmod getpgid pidfd_open"),
    (os, "O_NOFOLLOW O_NONBLOCK O_CLOEXEC O_PATH O_DIRECTORY WNOHANG wait4 waitid"),
    (signal, "SIGKILL SIGALRM SIGXCPU SIGHUP SIGQUIT SIGSYS SIGCHLD SIGPIPE SIGTSTP setitimer pthread_sigmask alarm"),
    (socket, "AF_UNIX SOCK_SEQPACKET SCM_RIGHTS send_fds recv_fds"),
):
    for name in names.split():
        if hasattr(module, name):
            delattr(module, name)
subprocess.Popen.kill = subprocess.Popen.terminate
sys.modules["msvcrt"] = types.SimpleNamespace(LK_NBLCK=2, LK_UNLCK=0, locking=lambda *arguments: None)
os.environ["SYSTEMROOT"] = "C:/Windows"
sys.platform = "win32"
from quizdl.cli import main
main(sys.argv[1:])
"""


def on_windows(folder: Path, *arguments: str, said: str = "") -> subprocess.CompletedProcess[str]:
    """The command as Windows would run it."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "VIRTUAL_ENV")}
    return subprocess.run(
        [sys.executable, "-c", AS_WINDOWS, *arguments],
        cwd=folder,
        env={**kept, "QUIZDL_HOME": str(folder / "home"), "QUIZDL_LANG": "en", "PYTHONIOENCODING": "utf-8"},
        input=said,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "said", "shown"),
    [
        (["list", "--section", "lstm"], "", "lstm-forget-gate"),
        (["show", "lstm-step"], "", "def lstm_step"),
        (["answer", "chain-rule", "2(x+y)"], "", "Correct"),
        (["practice", "--id", "conv-output-size", "--seed", "0"], "3x3\n", "Correct"),
        (["practice", "--id", "gradient-clipping", "--seed", "0"], "gradient * rate\n", "Correct"),
        (["exam", "-n", "3", "--seed", "1"], "A\nsubmit\n", "%"),
        (["completion", "words", "--", "show", "lstm-step"], "", "lstm-step"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_studying_works(arguments: list[str], said: str, shown: str, tmp_path: Path) -> None:
    """One's own code too: it runs in a process of its own, which contains loops and crashes."""
    done = on_windows(tmp_path, *arguments, said=said)
    assert done.returncode in (0, 1), done.stderr
    assert shown in done.stdout
    assert "Traceback" not in done.stderr


def test_the_level_is_said_and_other_peoples_code_is_refused(tmp_path: Path) -> None:
    """L0: `doctor` names it with every wall that is open, and `grade` runs nothing."""
    told = json.loads(on_windows(tmp_path, "doctor", "--json").stdout)
    assert told["level"] == "L0"
    assert any(not wall["held"] for wall in told["walls"])
    learner = tmp_path / "class/ann"
    learner.mkdir(parents=True)
    (learner / "lstm-step.py").write_text("raise SystemExit\n", encoding="utf-8")
    refused = on_windows(tmp_path, "grade", "class", "--out", "results")
    assert refused.returncode == 3
    assert "L2" in refused.stderr
    assert "--i-trust-these-authors" in refused.stderr


def test_nothing_that_windows_lacks_is_imported_at_once() -> None:
    """Outside the part of the sandbox that Linux alone reaches, such a module is imported where its use is guarded."""
    early = []
    for path in (ROOT / "quizdl").rglob("*.py"):
        place = path.relative_to(ROOT / "quizdl").as_posix()
        if place.startswith("sandbox/inside/") or place == "sandbox/users.py":
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            early += [f"{place}: {name}" for name in names if name in ONLY_POSIX]
    assert not early
