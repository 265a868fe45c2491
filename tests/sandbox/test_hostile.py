"""Hostile code gets no right verdict, changes nothing, leaves nothing running, and the next job is served."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from quizdl.sandbox import Job, Run, Sandbox

SUBMISSIONS = Path(__file__).parent.parent / "corpus"

WRONG = "wrong"  # the process behaved, and what it returned is not right
RAISED = "raised"  # the process behaved, and its calls raised
EXPECTED: dict[str, set[str]] = {
    "syn_indent": {"syntax_error"},
    "syn_nested_parens": {"syntax_error"},
    "syn_not_chain": {"syntax_error"},
    "syn_null_then_code": {"syntax_error"},
    "enc_latin1_bytes": {"syntax_error"},
    "enc_utf7_hidden": {"syntax_error"},
    "syn_missing_function": {"runtime_error"},
    "syn_wrong_arity": {"runtime_error"},
    "exit_sys_exit_import": {"runtime_error"},
    "exit_generator_exit": {RAISED},
    "crash_segv_ctypes": {"forbidden", "runtime_error"},
    "crash_alloc_trash": {"runtime_error"},
    "exc_class_name_markup": {RAISED},
    "exc_group_bomb": {RAISED},
    "exc_fake_memoryerror": {"memory_limit"},
    "time_at_import": {"timeout"},
    "time_sleep": {"timeout"},
    "time_mask_signals": {"timeout"},
    "time_catch_all": {"timeout"},
    "time_del_loop": {"timeout"},
    "mem_np_huge_shape": {"memory_limit"},
    "mem_str_double": {"memory_limit", "timeout"},  # whichever this machine reaches first
    "mem_shared_mmap": {"forbidden", "memory_limit"},
    "mem_return_big": {"output_limit"},
    "out_stderr_loop": {"output_limit"},
    "out_result_fd_flood": {"forbidden", "output_limit"},
    "out_bad_utf8": {WRONG},
    "forge_skip_cases": {"forbidden"},
    "forge_huge_header": {"forbidden"},
    "forge_wide_tree": {"forbidden"},
    "forge_pickle": {"forbidden"},
    "forge_from_thread_after_done": {"forbidden"},
    "forge_close_fds": {"runtime_error"},
    "forge_request_pipe": {WRONG, "forbidden"},
    "tamper_builtins": {WRONG, "runtime_error"},
    "tamper_json": {WRONG},
    "tamper_settrace": {"forbidden"},
    "tamper_sys_stdout": {WRONG},
    "ret_array_ufunc": {WRONG},
    "ret_coroutine": {WRONG},
    "ret_deep_list": {WRONG},
    "ret_dict_evil_keys": {WRONG},
    "ret_ellipsis": {WRONG},
    "ret_masked": {WRONG},
    "steal_env": {WRONG},
    "steal_parent_mem": {"forbidden"},
    "steal_secret_file": {"forbidden"},
    "steal_secret_memmap": {"forbidden"},
    "steal_secret_relative": {"forbidden"},
    "steal_walk_home": {"forbidden"},
    "fs_append_canary": {"forbidden"},
    "fs_chdir_write": {"forbidden"},
    "fs_chmod": {"forbidden"},
    "fs_fill_disk": {"forbidden"},
    "fs_harness_write": {"forbidden"},
    "fs_poison_numpy": {"forbidden"},
    "fs_rename": {"forbidden"},
    "fs_rmtree": {"forbidden"},
    "fs_tempfile": {"forbidden"},
    "proc_daemon": {"forbidden"},
    "proc_ctypes_vmread": {"forbidden"},
    "proc_chroot": {WRONG, "forbidden"},
    "proc_harness_ptrace": {"forbidden"},
    "proc_multiprocessing": {"forbidden"},
    "proc_os_popen": {"forbidden"},
    "proc_pipe_exhaust": {WRONG},
    "net_asyncio": {"forbidden"},
    "net_listen": {"forbidden"},
    "net_udp": {"forbidden"},
}
CANARY_TEXT = "words that nobody may see"


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A folder of the grader's user with a secret and a file that must not change."""
    (tmp_path / "canary.txt").write_text("canary")
    (tmp_path / "secret.txt").write_text(CANARY_TEXT)
    return tmp_path


def state(folder: Path) -> list[tuple[str, bytes, int]]:
    return sorted((path.name, path.read_bytes(), path.stat().st_mode) for path in folder.iterdir())


def verdict(clipping: Any, run: Run) -> str:
    if run.outcome != "ok":
        return run.outcome
    if any(result.error for result in run.results):
        return RAISED
    return "correct" if clipping.is_right(run) else WRONG


def seen(run: Run) -> str:
    """Everything of a run that a person may be shown, but for the values."""
    texts = [run.message, *(result.error for result in run.results)]
    return run.stdout + "".join(text.en + text.ja for text in texts if text)


def test_every_expectation_has_its_submission() -> None:
    """The table names files of the corpus; the others are judged whole, with the grader, elsewhere."""
    assert {path.stem for path in (SUBMISSIONS / "hostile").glob("*.py")} >= set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_hostile_code_is_never_right_and_harms_nothing(
    sandbox: Sandbox, clipping: Any, canary: Path, name: str
) -> None:
    """The outcome says what it did; the canary, the secret and the next job are unharmed; nothing odd is shown."""
    source = (SUBMISSIONS / "hostile" / f"{name}.py").read_bytes()
    before = state(canary)
    run = sandbox.run(clipping.job(source.replace(b"/tmp/quizdl-canary-main", str(canary).encode())))
    assert verdict(clipping, run) in EXPECTED[name], run
    assert state(canary) == before
    assert CANARY_TEXT not in seen(run)
    assert not any(character < " " and character not in "\n\t" for character in seen(run))
    assert clipping.is_right(sandbox.run(clipping.good))


def run(sandbox: Sandbox, source: str) -> Run:
    return sandbox.run(Job(None, source.encode(), "f", ({"x": 1.0},), visible=1))


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        yield server


def test_nothing_connects(sandbox: Sandbox, listener: socket.socket) -> None:
    """A listener on this machine hears nothing."""
    port = listener.getsockname()[1]
    got = run(
        sandbox,
        f"import socket\ntry: socket.create_connection(('127.0.0.1', {port}))\n"
        "except BaseException: pass\ndef f(x): return x",
    )
    assert got.outcome == "forbidden"
    with pytest.raises(TimeoutError):
        listener.accept()


def test_the_childs_environment_is_empty_of_the_callers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what was built from nothing is there; it holds no path, no name and no secret of the caller."""
    monkeypatch.setenv("QUIZDL_TEST_SECRET", CANARY_TEXT)
    source = "import os\ndef f(x): return dict(os.environ)"
    with Sandbox() as fresh:
        value = run(fresh, source).results[0].value
    assert isinstance(value, dict)
    assert CANARY_TEXT not in str(value)
    assert set(value) & {"PATH", "HOME", "USER", "PYTHONPATH", "VIRTUAL_ENV", "QUIZDL_HOME"} == set()
    assert value["OPENBLAS_NUM_THREADS"] == "1"


def test_the_child_has_no_descriptor_but_its_own(sandbox: Sandbox) -> None:
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
    kinds = run(sandbox, source).results[0].value
    assert isinstance(kinds, dict)
    low = {number: kind for number, kind in kinds.items() if int(number) < 40}
    assert low == {"0": "c", "1": "p", "2": "p", "3": "s"}
    assert {kind for number, kind in kinds.items() if int(number) >= 40} <= {"d"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give its user away")
def test_root_is_given_up(sandbox: Sandbox) -> None:
    """Neither user nor group nor supplementary groups nor capabilities of root remain."""
    source = "import os\ndef f(x): return [os.getuid(), os.geteuid(), os.getgid(), len(os.getgroups())]"
    user, effective, group, groups = run(sandbox, source).results[0].value  # type: ignore[misc]
    assert user == effective != 0
    assert group != 0
    assert groups == 0
    assert "uid-drop" in sandbox.isolation()


def test_limits_hold_inside(sandbox: Sandbox) -> None:
    """The child itself sees the bounds on processor, memory, files and descriptors, hard ones too."""
    source = """import resource as r
def f(x):
    return [list(r.getrlimit(k)) for k in (r.RLIMIT_CPU, r.RLIMIT_FSIZE, r.RLIMIT_CORE, r.RLIMIT_NOFILE)]
"""
    assert run(sandbox, source).results[0].value == [[1, 2], [0, 0], [0, 0], [64, 64]]


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
