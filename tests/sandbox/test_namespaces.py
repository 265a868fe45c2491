"""Level L3: bubblewrap is believed when the walls around the server have been tried, and is done without otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from quizdl.sandbox import Job, Limits, Sandbox, bubblewrap, launch, warm
from quizdl.sandbox.inside import namespaces
from quizdl.sandbox.levels import Level, at_most

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap is Linux's")

GOOD = Job(None, b"def f(x):\n    return x + 1", "f", ({"x": 1},))

BROKEN = "echo 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n"
NO_PROGRAM = "\0not a script"
SKIP_OPTIONS = 'while [ "$1" != -- ]; do shift; done\nshift\n'
EMPTY = SKIP_OPTIONS + 'exec "$@"\n'
SHARED = 'real=REAL\nfor word; do shift; [ "$word" = WITHOUT ] || set -- "$@" "$word"; done\nexec $real "$@"\n'
OPEN = f'real=REAL\nexec $real --ro-bind {launch.ROOM.parent} {launch.ROOM.parent} "$@"\n'


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was learnt about a fake is forgotten."""
    monkeypatch.setattr(warm, "bubblewrap_refused", {})


def fake(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    """A `bwrap` that comes first on the PATH."""
    program = folder / "bwrap"
    program.write_text(
        script if script == NO_PROGRAM else "#!/bin/sh\n" + script.replace("REAL", bubblewrap.find() or "/nonexistent"),
        encoding="utf-8",
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return program


def notes(sandbox: Sandbox) -> str:
    assert sandbox._worker is not None
    return "".join(note.ja + note.en for note in sandbox._worker.notes())


@pytest.mark.parametrize("script", [BROKEN, "exit 0\n", "kill -9 $$\n", NO_PROGRAM])
def test_a_bubblewrap_that_fails_is_done_without(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, reached: Callable[[Level], Level], script: str
) -> None:
    """As where user namespaces are forbidden: the next level down serves, and the reason is kept for doctor."""
    program = fake(tmp_path, monkeypatch, script)
    with Sandbox() as sandbox:
        assert sandbox.run(GOOD).results[0].value == 2
        assert sandbox.level() == reached("L2")
        assert "bwrap" not in sandbox.isolation()
        assert "L3" in notes(sandbox)
        if script == BROKEN:
            assert "Permission denied" in notes(sandbox)
            assert "Permission denied" in warm.bubblewrap_refused[str(program)]
    with Sandbox() as again:
        assert again.run(GOOD).outcome == "ok"


def test_a_failed_bubblewrap_is_noticed_before_a_job_needs_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The server without it starts while the caller still imports NumPy."""
    fake(tmp_path, monkeypatch, BROKEN)
    server = warm.WarmServer(Limits())
    try:
        server._process.wait(10)
        server.look()
        assert server._program is None
        assert server._process.poll() is None
    finally:
        server.close()


@pytest.mark.parametrize(
    ("script", "fallen"),
    [
        (EMPTY, "files, network, processes"),
        (SHARED.replace("WITHOUT", "--unshare-net"), "network"),
        (SHARED.replace("WITHOUT", "--unshare-pid"), "processes"),
        (OPEN, "files"),
    ],
    ids=["none", "net", "pid", "mount"],
)
def test_a_bubblewrap_that_does_not_isolate_is_found_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, reached: Callable[[Level], Level], script: str, fallen: str
) -> None:
    """It starts and says nothing, but something that it should hide is reached: named, and never called L3."""
    if script != EMPTY and reached("L3") != "L3":
        pytest.skip("there is no bubblewrap here to take something from")
    program = fake(tmp_path, monkeypatch, script)
    with Sandbox() as sandbox:
        assert at_most("L2", sandbox.level())
        assert "bwrap" not in sandbox.isolation()
        assert warm.bubblewrap_refused[str(program)] == f"no isolation: {fallen}"
        assert fallen in notes(sandbox)


def test_without_bubblewrap_doctor_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The note names the program and a command."""
    monkeypatch.setenv("PATH", "/nonexistent")
    with Sandbox() as sandbox:
        assert sandbox.run(GOOD).outcome == "ok"
        assert "apt install bubblewrap" in notes(sandbox)
    with Sandbox(most="L2") as lowered:
        assert lowered.run(GOOD).outcome == "ok"
        assert notes(lowered) == ""


def test_a_relative_folder_on_the_path_is_not_searched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A `bwrap` beside a learner's files is nobody's bubblewrap."""
    fake(tmp_path, monkeypatch, EMPTY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ":.:/nonexistent")
    assert bubblewrap.find() is None


def test_the_tries_find_this_very_process_out() -> None:
    """Outside of all namespaces nothing is held."""
    listener = warm._Listener()
    outside = {
        "files": __file__,
        "network": listener.name,
        "processes": f"{os.getppid()} {Path('/proc/self/ns/pid').readlink()}",
    }
    try:
        assert namespaces.held(outside) == {"files": False, "network": False, "processes": False}
        assert not namespaces.held({**outside, "processes": f"{os.getppid()} pid:[1]"})["processes"]
    finally:
        listener.close()


def test_only_libraries_are_bound_and_other_packages_are_covered(tmp_path: Path) -> None:
    """No home, no configuration, no folder of packages but NumPy's own; everything is read-only."""
    packages = launch.numpy_folder()
    command = bubblewrap.prefix("bwrap", {"A": "b"}, packages, launch.ROOM, die_with_parent=True)
    assert "--bind" not in command
    bound = [command[place + 1] for place, word in enumerate(command) if word == "--ro-bind"]
    covered = [command[place + 1] for place, word in enumerate(command) if word == "--tmpfs"]
    assert not {"/", "/etc", "/home", "/root", "/usr", "/var", "/tmp", str(Path.home()), packages} & set(bound)  # noqa: S108
    assert all(Path(path, "site-packages") in map(Path, covered) for path in bound if Path(path, "os.py").exists())
    assert max(place for place, word in enumerate(command) if word == "--tmpfs") < command.index(f"{packages}/numpy")
    for option in ("--unshare-net", "--unshare-pid", "--clearenv", "--die-with-parent", "--new-session"):
        assert option in command
    assert command[-1] == "--"
    assert "--die-with-parent" not in bubblewrap.prefix("b", {}, packages, launch.ROOM, die_with_parent=False)


INSIDE = """
import os
def f(x):
    found = {}
    for path in ("/etc/passwd", "/root", "/home/user", "/tmp", "/usr/bin", "/var", "/sys", "/dev/shm", PACKAGES, HERE):
        found[path] = os.path.exists(path)
    return found, os.getcwd(), os.getpid(), os.getppid(), sorted(os.environ)
"""


def test_inside_there_is_next_to_nothing(reached: Callable[[Level], Level]) -> None:
    """Not even that a path exists can be learnt, processes count from one, and the environment is our own."""
    if reached("L3") != "L3":
        pytest.skip("bubblewrap does not isolate on this machine: see `quizdl doctor`")
    packages = str(Path(pytest.__file__).parent)
    source = INSIDE.replace("PACKAGES", repr(packages)).replace("HERE", repr(__file__))
    with Sandbox() as sandbox:
        (value,) = [result.value for result in sandbox.run(Job(None, source.encode(), "f", ({"x": 1},))).results]
    assert isinstance(value, tuple)
    found, folder, process, parent, environment = value
    pythons = {str(above) for path in (sys.base_prefix, np.__file__) for above in Path(path).parents}
    assert {path for path, exists in found.items() if exists} <= pythons  # what Python itself lies below
    assert folder == "/home"
    assert process < 50
    assert parent == 2
    assert set(environment) <= {*launch.ENVIRONMENT, "PWD", "LC_CTYPE"}


def test_a_bubblewrap_that_hangs_costs_no_more_than_its_patience(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, reached: Callable[[Level], Level]
) -> None:
    """It is ended with what it started, and the job is served without it."""
    fake(tmp_path, monkeypatch, "sleep 1000 &\nwait\n")
    monkeypatch.setattr(warm, "_PATIENCE_SECONDS", 0.3)
    before = time.monotonic()
    with Sandbox() as sandbox:
        assert sandbox.run(GOOD).results[0].value == 2
        assert sandbox.level() == reached("L2")
    assert time.monotonic() - before < 20
    left = subprocess.run(["pgrep", "-f", "sleep 1000"], capture_output=True, text=True, check=False, encoding="utf-8")
    assert left.stdout == ""
