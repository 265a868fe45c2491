"""The warm server: quick, clean, replaced when it is lost, and never left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from quizdl.errors import GraderError
from quizdl.sandbox import Job, Limits, Sandbox
from quizdl.sandbox.warm import WarmServer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the warm server is Linux's")

GOOD = Job(None, b"def f(x):\n    return x + 1", "f", ({"x": 1},))


def works(sandbox: Sandbox) -> bool:
    run = sandbox.run(GOOD)
    return run.outcome == "ok" and run.results[0].value == 2


def server_of(sandbox: Sandbox) -> int:
    worker = sandbox._worker
    assert isinstance(worker, WarmServer)
    return worker._process.pid


def folder_of(sandbox: Sandbox) -> Path:
    worker = sandbox._worker
    assert isinstance(worker, WarmServer)
    return Path(worker._folder)


def children_of(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().rpartition(")")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(rest.split()[1]) == parent:
            found.append(int(name.split()[0]))
    return found


def alive(process: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def descriptors(process: int | str = "self") -> int:
    """How many are open; 0 where this user may not know, since the server hides itself from its own user."""
    try:
        return len(list(Path(f"/proc/{process}/fd").iterdir()))
    except PermissionError:
        return 0


def test_many_jobs_leak_neither_descriptors_nor_processes() -> None:
    """After 200 jobs, good and bad, there is as much of everything as after one."""
    bad = [
        Job(None, b"def f(x): return 1 / 0", "f", ({"x": 1},)),
        Job(None, b"import os; os._exit(1)", "f", ({"x": 1},)),
        Job(None, b"import os; os.write(3, b'forged')", "f", ({"x": 1},)),
        Job(None, b"syntax error", "f", ()),
    ]
    before = descriptors()
    with Sandbox() as sandbox:
        assert works(sandbox)
        server, open_ours = server_of(sandbox), descriptors()
        eventually(lambda: len(children_of(server)) == 1)
        open_theirs = descriptors(server)
        for number in range(200):
            sandbox.run(bad[number % 8] if number % 8 < len(bad) else GOOD)
        assert works(sandbox)
        assert server_of(sandbox) == server
        assert descriptors() == open_ours
        assert eventually(lambda: len(children_of(server)) == 1)
        assert descriptors(server) == open_theirs
    assert not alive(server)
    assert descriptors() == before
    assert server not in children_of(os.getpid())


def test_a_server_killed_between_jobs_is_replaced() -> None:
    """The next job starts another, and nobody notices."""
    with Sandbox() as sandbox:
        assert works(sandbox)
        first = server_of(sandbox)
        os.kill(first, signal.SIGKILL)
        assert works(sandbox)
        assert server_of(sandbox) != first


def test_a_child_killed_before_it_began_is_not_the_learners_fault() -> None:
    """The job is tried once more on a new server."""
    with Sandbox() as sandbox:
        assert works(sandbox)
        for _ in range(5):
            for child in children_of(server_of(sandbox)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            assert works(sandbox)


def test_a_server_that_cannot_start_is_a_grader_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """After one retry, with the reason that it printed and the next command to type."""
    monkeypatch.setattr("quizdl.sandbox.launch._numpy_folder", lambda: str(tmp_path))
    with Sandbox() as sandbox, pytest.raises(GraderError) as raised:
        sandbox.run(GOOD)
    assert "numpy" in raised.value.message.en
    assert raised.value.exit_code == 3
    assert raised.value.hint is not None
    assert "quizdl doctor" in raised.value.hint.en


def test_closing_ends_everything_and_can_be_repeated() -> None:
    """No process, no zombie and no folder is left; a closed sandbox serves again."""
    sandbox = Sandbox()
    sandbox.close()
    assert works(sandbox)
    server, folder = server_of(sandbox), folder_of(sandbox)
    assert list(folder.iterdir()) == []
    sandbox.close()
    sandbox.close()
    assert not alive(server)
    assert not folder.exists()
    assert works(sandbox)
    sandbox.close()


def test_starting_returns_before_the_server_is_ready() -> None:
    """NumPy's import overlaps with the caller's own work."""
    with Sandbox() as sandbox:
        sandbox.start()
        worker = sandbox._worker
        assert isinstance(worker, WarmServer)
        assert not worker._started
        assert works(sandbox)


def test_a_forgotten_sandbox_takes_its_server_along() -> None:
    """Without `close`, and without a warning of a process left running."""
    sandbox = Sandbox()
    assert works(sandbox)
    server = server_of(sandbox)
    del sandbox
    assert eventually(lambda: not alive(server))


def test_threads_may_share_a_sandbox(sandbox: Sandbox) -> None:
    """Their jobs queue, and each gets its own results."""
    got: dict[int, object] = {}

    def ask(number: int) -> None:
        job = Job(None, b"def f(x): return x", "f", ({"x": number},))
        got[number] = sandbox.run(job).results[0].value

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == {number: number for number in range(8)}


def test_a_server_started_by_a_thread_outlives_it() -> None:
    """The kernel's watch over the parent is not set where it would watch a thread."""
    sandbox = Sandbox()
    thread = threading.Thread(target=sandbox.start)
    thread.start()
    thread.join()
    with sandbox:
        assert works(sandbox)
        first = server_of(sandbox)
        assert works(sandbox)
        assert server_of(sandbox) == first


SCRIPT = """
import os, signal, sys, time
from quizdl.sandbox import Job, Sandbox
sandbox = Sandbox()
sandbox.run(Job(None, b"def f(x): return x", "f", ({"x": 1},)))
print(sandbox._worker._process.pid, sandbox._worker._folder, flush=True)
"""


def run_script(rest: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT + textwrap.dedent(rest)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def server_and_folder(grader: subprocess.Popen[str]) -> tuple[int, Path]:
    assert grader.stdout is not None
    server, folder = grader.stdout.readline().split()
    return int(server), Path(folder)


def test_the_server_dies_with_a_killed_grader() -> None:
    """SIGKILL leaves the grader no time to clean up; even an endless job of its ends."""
    rest = """
    print("go", flush=True)
    sandbox.run(Job(None, b"def f(x):\\n while True: pass", "f", ({"x": 1},)))
    """
    with run_script(rest) as grader:
        assert grader.stdout is not None
        server, folder = server_and_folder(grader)
        assert grader.stdout.readline() == "go\n"
        children: list[int] = []
        assert eventually(lambda: bool(children.extend(children_of(server)) or children))
        grader.kill()
    assert eventually(lambda: not alive(server))
    assert not folder.exists()
    assert eventually(lambda: not any(map(alive, children)))


def test_a_process_that_holds_the_socket_open_does_not_keep_the_server_alive() -> None:
    """A fork of the grader inherits its end; the kernel's notice of the grader's death ends the server all the same."""
    rest = """
    if os.fork() == 0:
        time.sleep(60)
    print("go", flush=True)
    time.sleep(60)
    """
    with run_script(rest) as grader:
        server, folder = server_and_folder(grader)
        assert grader.stdout is not None
        assert grader.stdout.readline() == "go\n"
        holders = [child for child in children_of(grader.pid) if child != server]
        grader.kill()
        assert eventually(lambda: not alive(server))
        assert not folder.exists()
        for holder in holders:
            os.kill(holder, signal.SIGKILL)


def test_a_grader_that_just_ends_leaves_nothing() -> None:
    """No `close`, no warning on standard error, exit code 0."""
    with run_script("") as grader:
        assert grader.stdout is not None
        server, folder = server_and_folder(grader)
        assert grader.wait(20) == 0
    assert eventually(lambda: not alive(server))
    assert not folder.exists()


def test_ctrl_c_reaches_the_grader_alone_and_the_next_job_is_served() -> None:
    """The terminal's signal goes to the grader's group; the server is in another, and the job is cleaned away."""
    rest = """
    job = Job(None, b"import time\\ndef f(x):\\n time.sleep(60)", "f", ({"x": 1},))
    try:
        print("go", flush=True)
        sandbox.run(job)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
    run = sandbox.run(Job(None, b"def f(x): return x", "f", ({"x": 1},)))
    print(run.outcome, flush=True)
    """
    with run_script(rest) as grader:
        assert grader.stdout is not None
        server, folder = server_and_folder(grader)
        assert grader.stdout.readline() == "go\n"
        assert os.getpgid(server) != os.getpgid(grader.pid)
        assert eventually(lambda: len(children_of(server)) == 1)
        os.killpg(grader.pid, signal.SIGINT)
        assert grader.stdout.readline() == "interrupted\n"
        assert grader.stdout.readline() == "ok\n"
        assert grader.wait(20) == 0
    assert eventually(lambda: not alive(server))
    assert not folder.exists()


def test_a_fork_of_the_grader_gets_a_server_of_its_own() -> None:
    """It neither uses nor ends the original's."""
    rest = """
    good = Job(None, b"def f(x): return x", "f", ({"x": 1},))
    process = os.fork()
    if process == 0:
        ok = sandbox.run(good).outcome == "ok"
        sandbox.close()
        os._exit(0 if ok else 1)
    print(os.waitpid(process, 0)[1], sandbox.run(good).outcome, sandbox._worker._process.pid, flush=True)
    """
    with run_script(rest) as grader:
        assert grader.stdout is not None
        server, _ = server_and_folder(grader)
        assert grader.stdout.readline().split() == ["0", "ok", str(server)]


BURIAL = """
import os, signal, time
from quizdl.sandbox.inside import walls
from quizdl.sandbox.inside.burial import bury
walls.adopt_orphans()
reading, writing = os.pipe()
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
print(bury(process, USERID)["signal"], daemons.decode(), flush=True)
"""


@pytest.mark.parametrize(
    "user", [None, pytest.param(61_999, marks=pytest.mark.skipif(os.geteuid() != 0, reason="needs root"))]
)
def test_daemons_are_buried_with_the_child(user: int | None) -> None:
    """Orphans in sessions of their own, with every signal blocked, are found and killed."""
    drop = "pass" if user is None else f"os.setresuid({user}, {user}, {user})"
    script = BURIAL.replace("USERID", str(user)).replace("USER", drop)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
    how, *daemons = done.stdout.split()
    assert int(how) == signal.SIGKILL
    assert len(daemons) == 3
    assert not any(alive(int(daemon)) for daemon in daemons)


def test_the_wall_clock_ends_a_sleeper() -> None:
    """Whoever uses no processor is ended by the trusted side."""
    with Sandbox(Limits(wall=0.2)) as sandbox:
        sleeper = Job(None, b"import time\ndef f(x):\n    time.sleep(60)", "f", ({"x": 1},))
        assert sandbox.run(sleeper).outcome == "timeout"
        assert works(sandbox)


def test_isolation_is_what_runs_report() -> None:
    """The layers are found by running something, in order from the outside in."""
    with Sandbox() as sandbox:
        assert sandbox.isolation() == sandbox.run(GOOD).isolation
        assert {"process", "empty-environment", "rlimits", "no-new-privs"} <= set(sandbox.isolation())


def test_importing_the_room_does_not_import_numpy() -> None:
    """A caller pays for NumPy only when a job is run."""
    script = "import sys, quizdl.sandbox as s; s.Sandbox(); sys.exit('numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=30)
