"""The single-use process, for systems without the warm server, keeps the same contract."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from quizdl.sandbox import Job, Limits, Sandbox


@pytest.fixture(scope="module")
def portable() -> Iterator[Sandbox]:
    """A sandbox as macOS and Windows have it; it runs on any system."""
    with Sandbox(Limits(cpu=1.0, wall=2.0), most="L0") as sandbox:
        yield sandbox


@pytest.mark.parametrize(
    ("source", "outcome"),
    [
        ("def f(x): return x + 1", "ok"),
        ("def f(x): return 1 / 0", "ok"),
        ("def g(x): return x", "runtime_error"),
        ("def f(x:", "syntax_error"),
        ("import os; os._exit(0)", "runtime_error"),
        ("def f(x):\n while True: pass", "timeout"),
        ("import time\ndef f(x): time.sleep(60)", "timeout"),
        ("def f(x):\n while True: print('x' * 1000)", "output_limit"),
        ("def f(x): raise MemoryError", "memory_limit"),
        ("import os\nfor n in range(3, 20):\n try: os.write(n, b'forged')\n except OSError: pass", "forbidden"),
        ("open('x', 'w')", "forbidden"),
    ],
)
def test_outcomes_are_those_of_the_warm_server(portable: Sandbox, source: str, outcome: str) -> None:
    """Each in a process of its own, with the next one waiting."""
    run = portable.run(Job(None, source.encode(), "f", ({"x": 1}, {"x": 2}), visible=2))
    assert run.outcome == outcome, run
    assert "process" in run.isolation
    if source == "def f(x): return x + 1":
        assert [result.value for result in run.results] == [2, 3]


def test_prints_of_visible_calls_are_shown(portable: Sandbox) -> None:
    """And those of the others are not."""
    job = Job(None, b"print('top')\ndef f(x):\n    print(x)", "f", ({"x": 1}, {"x": 2}), visible=1)
    assert portable.run(job).stdout == "top\n1\n"


def test_layers_are_named_honestly(portable: Sandbox) -> None:
    """Nothing that only the warm server raises is claimed."""
    assert not {"uid-drop", "no-new-privs", "landlock", "seccomp"} & set(portable.isolation())
