"""The warm server: quick, clean, replaced when it is lost, and never left behind; with bubblewrap around it or not."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

import pytest

from quizdl.errors import GraderError
from quizdl.sandbox import Job, Limits, Sandbox
from quizdl.sandbox.choice import VARIABLE
from quizdl.sandbox.levels import Level
from quizdl.sandbox.warm import WarmServer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the warm server is Linux's")

GOOD = Job(None, b"def f(x):\n    return x + 1", "f", ({"x": 1},))


def works(sandbox: Sandbox) -> bool:
    run = sandbox.run(GOOD)
    return run.outcome == "ok" and run.results[0].value == 2


def test_many_jobs_leak_neither_descriptors_nor_processes(level: Level, processes: Any) -> None:
    """After 200 jobs, good and bad, there is as much of everything as after two."""
    bad = [
        Job(None, b"def f(x): return 1 / 0", "f", ({"x": 1},)),
        Job(None, b"import os; os._exit(1)", "f", ({"x": 1},)),
        Job(None, b"import os; os.write(3, b'forged')", "f", ({"x": 1},)),
        Job(None, b"syntax error", "f", ()),
    ]
    before = processes.descriptors()
    with Sandbox(most=level) as sandbox:
        assert works(sandbox)
        assert works(sandbox)  # from the second job on a child waits for the next
        server, open_ours = processes.server(sandbox), processes.descriptors()
        processes.eventually(lambda: len(processes.children_of(server)) == 1)
        open_theirs = processes.descriptors(server)
        for number in range(200):
            sandbox.run(bad[number % 8] if number % 8 < len(bad) else GOOD)
        assert works(sandbox)
        assert processes.server(sandbox) == server
        assert processes.descriptors() == open_ours
        assert processes.eventually(lambda: len(processes.children_of(server)) == 1)
        assert processes.descriptors(server) == open_theirs
    assert not processes.alive(server)
    assert processes.descriptors() == before
    assert server not in processes.descendants_of(os.getpid())


def test_a_server_killed_between_jobs_is_replaced(level: Level, processes: Any) -> None:
    """The next job starts another, at the same level, and nobody notices."""
    with Sandbox(most=level) as sandbox:
        assert works(sandbox)
        first = processes.server(sandbox)
        os.kill(first, signal.SIGKILL)
        assert works(sandbox)
        assert processes.server(sandbox) != first
        assert sandbox.level() == level


def test_a_child_killed_before_it_began_is_not_the_learners_fault(level: Level, processes: Any) -> None:
    """The job is tried once more on a new server."""
    with Sandbox(most=level) as sandbox:
        assert works(sandbox)
        for _ in range(5):
            for child in processes.children_of(processes.server(sandbox)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            assert works(sandbox)


def test_a_server_that_cannot_start_is_a_grader_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, level: Level
) -> None:
    """After one retry, with the reason that it printed and the next command to type."""
    monkeypatch.setattr("quizdl.sandbox.launch.numpy_folder", lambda: str(tmp_path))
    monkeypatch.setattr("quizdl.sandbox.warm.bubblewrap_refused", {})
    with Sandbox(most=level) as sandbox, pytest.raises(GraderError) as raised:
        sandbox.run(GOOD)
    assert "numpy" in raised.value.message.en
    assert raised.value.exit_code == 3
    assert raised.value.hint is not None
    assert "quizdl doctor" in raised.value.hint.en


def test_closing_ends_everything_and_can_be_repeated(level: Level, processes: Any) -> None:
    """No process, no zombie and no folder is left; a closed sandbox serves again."""
    sandbox = Sandbox(most=level)
    sandbox.close()
    assert works(sandbox)
    assert works(sandbox)
    worker = sandbox._worker
    assert isinstance(worker, WarmServer)
    folder = Path(worker._folder) if worker._folder else None
    assert folder is None or list(folder.iterdir()) == []
    everyone = [processes.started_by(sandbox), *processes.descendants_of(processes.started_by(sandbox))]
    sandbox.close()
    sandbox.close()
    assert processes.eventually(
        lambda: not any(map(processes.alive, everyone))
    )  # bubblewrap's last is no child of ours
    assert folder is None or not folder.exists()
    assert works(sandbox)
    sandbox.close()


def test_starting_returns_before_the_server_is_ready(level: Level) -> None:
    """NumPy's import overlaps with the caller's own work."""
    with Sandbox(most=level) as sandbox:
        sandbox.start()
        worker = sandbox._worker
        assert isinstance(worker, WarmServer)
        assert not worker._started
        assert works(sandbox)


def test_a_forgotten_sandbox_takes_its_server_along(level: Level, processes: Any) -> None:
    """Without `close`, and without a warning of a process left running."""
    sandbox = Sandbox(most=level)
    assert works(sandbox)
    server = processes.server(sandbox)
    del sandbox
    assert processes.eventually(lambda: not processes.alive(server))


def test_threads_may_share_a_sandbox(walled: Sandbox) -> None:
    """Their jobs queue, and each gets its own results."""
    got: dict[int, object] = {}

    def ask(number: int) -> None:
        job = Job(None, b"def f(x): return x", "f", ({"x": number},))
        got[number] = walled.run(job).results[0].value

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == {number: number for number in range(8)}


def test_a_server_started_by_a_thread_outlives_it_and_not_the_grader(level: Level, processes: Any) -> None:
    """The kernel's watch over the parent is not set where it would watch a thread; `close` ends it all the same."""
    sandbox = Sandbox(most=level)
    thread = threading.Thread(target=sandbox.start)
    thread.start()
    thread.join()
    with sandbox:
        assert works(sandbox)
        first = processes.server(sandbox)
        assert works(sandbox)
        assert processes.server(sandbox) == first
    assert not processes.alive(first)


SCRIPT = """
import os, signal, sys, threading, time
from quizdl.sandbox import Job, Sandbox
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job has it ignored
sandbox = Sandbox()
good = Job(None, b"def f(x): return x", "f", ({"x": 1},))
START
sandbox.run(good)
print(sandbox._worker._process.pid, sandbox._worker._folder or "/none", flush=True)
"""
IN_A_THREAD = "starter = threading.Thread(target=sandbox.start); starter.start(); starter.join()"


def run_script(level: Level, rest: str, start: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT.replace("START", start) + textwrap.dedent(rest)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, VARIABLE: level},
        encoding="utf-8",
    )


def started_and_folder(grader: subprocess.Popen[str]) -> tuple[int, Path]:
    assert grader.stdout is not None
    started, folder = grader.stdout.readline().split()
    return int(started), Path(folder)


@pytest.mark.parametrize("start", ["", IN_A_THREAD], ids=["main", "thread"])
@pytest.mark.parametrize("jobs", [1, 3])
def test_everything_dies_with_a_killed_grader(level: Level, processes: Any, start: str, jobs: int) -> None:
    """SIGKILL leaves it no time to clean up; bubblewrap, the server and even the child of an endless job all end."""
    rest = f"""
    for _ in range({jobs - 1}):
        sandbox.run(good)
    print("go", flush=True)
    sandbox.run(Job(None, b"def f(x):\\n while True: pass", "f", ({{"x": 1}},)))
    """
    with run_script(level, rest, start) as grader:
        assert grader.stdout is not None
        started, folder = started_and_folder(grader)
        assert grader.stdout.readline() == "go\n"
        server = processes.server_of(started)
        assert processes.eventually(lambda: bool(processes.children_of(server)))
        everyone = [started, *processes.descendants_of(started)]
        grader.kill()
    assert processes.eventually(lambda: not any(map(processes.alive, everyone)))
    assert not folder.exists()


@pytest.mark.parametrize("start", ["", IN_A_THREAD], ids=["main", "thread"])
def test_a_process_that_holds_the_socket_open_does_not_keep_the_server_alive(
    level: Level, processes: Any, start: str
) -> None:
    """A fork of the grader inherits its end; the grader's own end is seen all the same, whichever thread began."""
    rest = """
    if os.fork() == 0:
        time.sleep(60)
    print("go", flush=True)
    time.sleep(60)
    """
    with run_script(level, rest, start) as grader:
        started, folder = started_and_folder(grader)
        assert grader.stdout is not None
        assert grader.stdout.readline() == "go\n"
        everyone = [started, *processes.descendants_of(started)]
        holders = [child for child in processes.children_of(grader.pid) if child != started]
        grader.kill()
        assert processes.eventually(lambda: not any(map(processes.alive, everyone)))
        assert not folder.exists()
        for holder in holders:
            os.kill(holder, signal.SIGKILL)


def test_a_grader_that_just_ends_leaves_nothing(level: Level, processes: Any) -> None:
    """No `close`, no warning on standard error, exit code 0."""
    with run_script(level, "") as grader:
        assert grader.stdout is not None
        started, folder = started_and_folder(grader)
        assert grader.wait(20) == 0
    assert processes.eventually(lambda: not processes.alive(started))
    assert not folder.exists()


def test_ctrl_c_reaches_the_grader_alone_and_the_next_job_is_served(level: Level, processes: Any) -> None:
    """The terminal's signal goes to the grader's group; the server is in another, and the job is cleaned away."""
    rest = """
    job = Job(None, b"import time\\ndef f(x):\\n time.sleep(60)", "f", ({"x": 1},))
    try:
        print("go", flush=True)
        sandbox.run(job)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
    print(sandbox.run(good).outcome, flush=True)
    """
    with run_script(level, rest) as grader:
        assert grader.stdout is not None
        started, folder = started_and_folder(grader)
        assert grader.stdout.readline() == "go\n"
        server = processes.server_of(started)
        assert os.getpgid(server) != os.getpgid(grader.pid)
        assert processes.eventually(lambda: bool(processes.children_of(server)))
        os.killpg(grader.pid, signal.SIGINT)
        assert grader.stdout.readline() == "interrupted\n"
        assert grader.stdout.readline() == "ok\n"
        assert grader.wait(20) == 0
    assert processes.eventually(lambda: not processes.alive(started))
    assert not folder.exists()


def test_a_fork_of_the_grader_gets_a_server_of_its_own(level: Level) -> None:
    """It neither uses nor ends the original's."""
    rest = """
    process = os.fork()
    if process == 0:
        ok = sandbox.run(good).outcome == "ok"
        sandbox.close()
        os._exit(0 if ok else 1)
    print(os.waitpid(process, 0)[1], sandbox.run(good).outcome, sandbox._worker._process.pid, flush=True)
    """
    with run_script(level, rest) as grader:
        assert grader.stdout is not None
        started, _ = started_and_folder(grader)
        assert grader.stdout.readline().split() == ["0", "ok", str(started)]


BURIAL = """
import os, signal, time
from quizdl.sandbox.inside import walls
from quizdl.sandbox.inside.burial import bury
walls.adopt_orphans()
reading, writing = os.pipe()
spared = os.fork()
if spared == 0:
    time.sleep(60)
process = os.fork()
if process == 0:
    os.setsid()
    USER
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
                os.write(writing, f"{os.getpid()} ".encode())
                time.sleep(60)
            os._exit(0)
    time.sleep(60)
os.close(writing)
daemons = b""
while daemons.count(b" ") < 3:
    daemons += os.read(reading, 100)
how = bury(process, USERID, [spared])["signal"]
print(how, os.waitpid(spared, os.WNOHANG)[0], daemons.decode(), flush=True)
os.kill(spared, signal.SIGKILL)
"""


@pytest.mark.parametrize(
    "user", [None, pytest.param(61_999, marks=pytest.mark.skipif(os.geteuid() != 0, reason="needs root"))]
)
@pytest.mark.parametrize("listed", [True, False])
def test_daemons_are_buried_with_the_child_and_nobody_else(processes: Any, user: int | None, listed: bool) -> None:
    """Orphans in sessions of their own, with every signal blocked, are killed; the child that waits is spared."""
    drop = "pass" if user is None else f"os.setresuid({user}, {user}, {user})"
    script = BURIAL.replace("USERID", str(user)).replace("USER", drop)
    if not listed:  # as on a kernel that does not list a process's children
        script = script.replace("walls.adopt", "from quizdl.sandbox.inside import burial\nFALL_BACK\nwalls.adopt")
        script = script.replace("FALL_BACK", "burial._children = burial._children_among_all")
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True, encoding="utf-8"
    )
    how, spared, *daemons = done.stdout.split()
    assert int(how) == signal.SIGKILL
    assert int(spared) == 0
    assert len(daemons) == 3
    assert not any(processes.alive(int(daemon)) for daemon in daemons)


def test_the_wall_clock_ends_a_sleeper(level: Level) -> None:
    """Whoever uses no processor is ended by the trusted side."""
    with Sandbox(Limits(wall=0.2), most=level) as sandbox:
        sleeper = Job(None, b"import time\ndef f(x):\n    time.sleep(60)", "f", ({"x": 1},))
        assert sandbox.run(sleeper).outcome == "timeout"
        assert works(sandbox)


def test_the_child_that_waits_beside_a_job_is_another_user(level: Level, processes: Any) -> None:
    """Where the server is root its children take turns, so that a job has nobody of its own user to signal."""
    if os.geteuid() != 0:
        pytest.skip("only root can give its user away")
    with Sandbox(most=level) as sandbox:
        for _ in range(20):
            assert works(sandbox)
        started = processes.started_by(sandbox)
        seen = set()
        for _ in range(20):
            assert works(sandbox)
            for child in processes.children_of(processes.server_of(started)):
                with contextlib.suppress(OSError):
                    seen.add(Path(f"/proc/{child}").stat().st_uid)
                    status = Path(f"/proc/{child}/status").read_text(encoding="utf-8")
                    seen.add(int(status.partition("Uid:\t")[2].split()[0]))
        assert len(seen - {0}) == 2


def test_importing_the_room_does_not_import_numpy() -> None:
    """A caller pays for NumPy only when a job is run."""
    script = "import sys, quizdl.sandbox as s; s.Sandbox(); sys.exit('numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=30)
