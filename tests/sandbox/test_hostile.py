"""What hostile code finds: no network, no environment, no root, limits and a witness. The corpus is tried elsewhere."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from quizdl.sandbox import Job, Run, Sandbox
from quizdl.sandbox.levels import Level

CANARY_TEXT = "words that nobody may see"


def run(sandbox: Sandbox, source: str) -> Run:
    return sandbox.run(Job(None, source.encode(), "f", ({"x": 1.0},), visible=1))


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        yield server


def test_nothing_connects(walled: Sandbox, listener: socket.socket) -> None:
    """A listener on this machine hears nothing."""
    port = listener.getsockname()[1]
    got = run(
        walled,
        f"import socket\ntry: socket.create_connection(('127.0.0.1', {port}))\n"
        "except BaseException: pass\ndef f(x): return x",
    )
    assert got.outcome == "forbidden"
    with pytest.raises(TimeoutError):
        listener.accept()


def test_the_childs_environment_is_empty_of_the_callers(level: Level, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what was built from nothing is there; it holds no path, no name and no secret of the caller."""
    monkeypatch.setenv("QUIZDL_TEST_SECRET", CANARY_TEXT)
    source = "import os\ndef f(x): return dict(os.environ)"
    with Sandbox(most=level) as fresh:
        value = run(fresh, source).results[0].value
    assert isinstance(value, dict)
    assert CANARY_TEXT not in str(value)
    assert set(value) & {"PATH", "HOME", "USER", "PYTHONPATH", "VIRTUAL_ENV", "QUIZDL_HOME"} == set()
    assert value["OPENBLAS_NUM_THREADS"] == "1"


def test_the_child_has_no_descriptor_but_its_own(walled: Sandbox) -> None:
    """Nothing, two outputs and the conversation; what lies above leads only to the library, and cannot be read from."""
    source = """import os, stat
def f(x):
    kinds = {}
    for number in range(256):
        try: mode = os.fstat(number).st_mode
        except OSError: continue
        kinds[str(number)] = stat.filemode(mode)[0]
    return kinds
"""
    kinds = run(walled, source).results[0].value
    assert isinstance(kinds, dict)
    low = {number: kind for number, kind in kinds.items() if int(number) < 40}
    assert low == {"0": "c", "1": "p", "2": "p", "3": "s"}
    assert {kind for number, kind in kinds.items() if int(number) >= 40} <= {"d"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give its user away")
def test_root_is_given_up(walled: Sandbox) -> None:
    """Neither user nor group nor supplementary groups nor capabilities of root remain."""
    source = "import os\ndef f(x): return [os.getuid(), os.geteuid(), os.getgid(), len(os.getgroups())]"
    user, effective, group, groups = run(walled, source).results[0].value  # type: ignore[misc]
    assert user == effective != 0
    assert group != 0
    assert groups == 0
    assert "uid-drop" in walled.isolation()


def test_limits_hold_inside(walled: Sandbox) -> None:
    """The child itself sees the bounds on processor, memory, files and descriptors, hard ones too."""
    source = """import resource as r
def f(x):
    return [list(r.getrlimit(k)) for k in (r.RLIMIT_CPU, r.RLIMIT_FSIZE, r.RLIMIT_CORE, r.RLIMIT_NOFILE)]
"""
    assert run(walled, source).results[0].value == [[1, 2], [0, 0], [0, 0], [64, 64]]


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos.execv('/bin/true', ['true'])",
        "import os\nos.posix_spawn('/bin/true', ['true'], {})",
        "import os\nos.kill(os.getppid(), 9)",
        "import os\nos.listdir('/')",
        "import gc\ngc.get_objects()",
        "import sys\nsys.setprofile(print)",
        "import __main__",
        "from quizdl import sandbox",
        "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (1, 1))",
        "import numpy as np\nnp.fromfile('/etc/passwd')",
        "open('/etc/passwd', 'rb')",
        "import os\nos.open('x', os.O_CREAT)",
        "import pathlib\npathlib.Path('/tmp').iterdir().__next__()",
    ],
)
def test_what_no_answer_needs_is_forbidden_even_when_the_error_is_swallowed(sandbox: Sandbox, source: str) -> None:
    """The job ends there, and says in both languages what it tried."""
    body = source.replace("\n", "\n    ")
    got = run(sandbox, f"try:\n    {body}\nexcept BaseException: pass\ndef f(x): return x")
    assert got.outcome == "forbidden"
    assert got.message is not None
    assert "禁止" in got.message.ja
    assert "forbidden" in got.message.en


@pytest.mark.parametrize(
    "source",
    [
        "import os, threading\nt = threading.Thread(target=print); t.start(); t.join()",
        "import asyncio\nasync def g(): await asyncio.sleep(0)\nasyncio.run(g())",
        "import warnings\nwarnings.warn('x')",
        "import os\nos.environ['A'] = 'b'; os.cpu_count(); os.getpid(); os.urandom(4)",
        "import random, time, datetime\nrandom.random(); time.sleep(0); datetime.datetime.now()",
        "import traceback\ntry: 1 / 0\nexcept Exception: traceback.print_exc()",
        "open('/dev/null', 'w').close()",
        "import logging\nlogging.warning('x')",
        "import numpy as np\nnp.random.seed(0); np.linalg.svd(np.ones((3, 3))); np.fft.fft(np.ones(4))",
        "from collections import namedtuple\nnamedtuple('A', 'b')",
        "import inspect\ninspect.signature(print)",
    ],
)
def test_the_witness_accuses_no_honest_code(sandbox: Sandbox, source: str) -> None:
    """Threads, event loops, warnings, tracebacks, logs and random numbers are nobody's attack."""
    got = run(sandbox, source + "\ndef f(x): return x")
    assert got.outcome == "ok", (got.message, got.outcome)
