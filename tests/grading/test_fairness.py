"""A busy machine decides no verdict: a timeout counts only after a run that nobody else took time from."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from quizdl.grading import fairness
from quizdl.grading.code import grade_code
from quizdl.grading.fairness import run_fairly
from quizdl.model import Answer, Code
from quizdl.sandbox import Job, Limits, Run, Sandbox

from .conftest import asked_of

JOB = Job(None, b"", "f", ({},))
SLOW = """\
import time
import numpy as np

_first = True

def gradient_clipping(gradient, threshold):
    global _first
    if _first:
        _first, end = False, time.process_time() + {seconds}
        while time.process_time() < end:
            np.ones((40, 40)) @ np.ones((40, 40))
    norm = np.linalg.norm(gradient)
    return gradient * (threshold / norm) if norm > threshold else gradient
"""


@pytest.fixture(autouse=True)
def own_locks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nobody but this test grades: other tests may, at the same time."""
    monkeypatch.setattr(fairness, "tempfile", SimpleNamespace(gettempdir=lambda: str(tmp_path)))


class Scripted:
    """A sandbox that gives these runs, one after the other, and says when."""

    limits = Limits()

    def __init__(self, *runs: Run) -> None:
        self.runs, self.asked = list(runs), 0

    def run(self, job: Job) -> Run:
        self.asked += 1
        return self.runs.pop(0)


OK = Run("ok")
STARVED = Run("timeout", seconds=10.0, cpu=1.2)
LOOPED = Run("timeout", seconds=2.1, cpu=2.0)
LOOPED_BESIDE_OTHERS = Run("timeout", seconds=4.0, cpu=2.0)
SLEPT = Run("timeout", seconds=10.0, cpu=0.1)


@pytest.mark.parametrize(
    ("runs", "outcome", "asked"),
    [
        ((OK,), "ok", 1),
        ((STARVED, OK), "ok", 2),
        ((STARVED, STARVED, OK), "ok", 3),
        ((STARVED, STARVED, STARVED), "timeout", 3),
        ((LOOPED_BESIDE_OTHERS, LOOPED), "timeout", 2),
        ((LOOPED,), "timeout", 1),
        ((SLEPT,), "timeout", 1),
        ((Run("memory_limit"),), "memory_limit", 1),
    ],
    ids=["right", "starved", "starved twice", "starved always", "looped", "looped alone", "slept", "no timeout"],
)
def test_a_timeout_is_repeated_where_the_machine_may_be_to_blame(
    runs: tuple[Run, ...], outcome: str, asked: int
) -> None:
    """Not where the program had its core for itself, nor where it slept."""
    scripted = Scripted(*runs)
    assert run_fairly(scripted, JOB).outcome == outcome  # type: ignore[arg-type]
    assert scripted.asked == asked


def test_a_loop_is_repeated_alone_while_others_grade() -> None:
    """Who wants the room alone waits until it is empty, and nobody overtakes."""
    began, may_end, log = threading.Event(), threading.Event(), []

    def other() -> None:
        with fairness._room("shared"):
            began.set()
            may_end.wait(10)
            log.append("other left")

    def late() -> None:
        with fairness._room("shared"):
            log.append("late came")

    class Loop(Scripted):
        def run(self, job: Job) -> Run:
            if self.asked:
                log.append("alone")
                time.sleep(0.2)
                log.append("alone no more")
            return super().run(job)

    with ThreadPoolExecutor(3) as pool:
        pool.submit(other)
        began.wait(10)
        repeated = pool.submit(run_fairly, Loop(LOOPED, LOOPED), JOB)  # type: ignore[arg-type]
        time.sleep(0.2)
        pool.submit(late)
        time.sleep(0.2)
        may_end.set()
        assert repeated.result(10).outcome == "timeout"
    assert log == ["other left", "alone", "alone no more", "late came"]


def test_locks_that_cannot_be_had_stop_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Somebody else's folder in the way: gradings run, and timeouts are repeated all the same."""
    monkeypatch.setattr(fairness.tempfile, "gettempdir", lambda: str(tmp_path / "missing"))
    scripted = Scripted(LOOPED, OK)
    assert run_fairly(scripted, JOB).outcome == "ok"  # type: ignore[arg-type]


def test_a_lock_that_is_a_link_is_not_followed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What somebody else has put there is left alone."""
    monkeypatch.setattr(fairness.tempfile, "gettempdir", lambda: str(tmp_path))
    (tmp_path / "victim").write_text("whole", encoding="utf-8")
    (tmp_path / f"quizdl-{os.getuid()}-room.lock").symlink_to(tmp_path / "victim")
    assert run_fairly(Scripted(LOOPED, OK), JOB).outcome == "ok"  # type: ignore[arg-type]
    assert (tmp_path / "victim").read_text(encoding="utf-8") == "whole"


def test_a_stopped_grader_does_not_hold_the_others_up_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Patience ends, and the run goes on without the lock."""
    monkeypatch.setattr(fairness, "_PATIENCE", 0.2)
    with fairness._room("alone"):
        began = time.monotonic()
        assert run_fairly(Scripted(OK), JOB).outcome == "ok"  # type: ignore[arg-type]
        assert run_fairly(Scripted(LOOPED, OK), JOB).outcome == "ok"  # type: ignore[arg-type]
        assert time.monotonic() - began < 10


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_process_is_not_alone_with_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock belongs to an open file, which a fork would share: each process opens its own."""
    if not hasattr(os, "fork"):
        pytest.skip("only where processes fork")
    monkeypatch.setattr(fairness, "_PATIENCE", 0.1)
    with fairness._room("shared"):
        child = os.fork()
        if child == 0:
            with fairness._room("alone") as waited:
                os._exit(0 if waited else 1)
        assert os.waitpid(child, 0)[1] == 0


def test_no_handle_is_left_open() -> None:
    """However many runs there are."""
    folder = Path("/proc/self/fd")
    if not folder.exists():
        pytest.skip("only where the system lists them")
    run_fairly(Scripted(OK), JOB)  # type: ignore[arg-type]
    before = len(list(folder.iterdir()))
    for _ in range(20):
        run_fairly(Scripted(LOOPED, OK), JOB)  # type: ignore[arg-type]
    assert len(list(folder.iterdir())) == before


def _burn() -> None:
    while True:
        sum(range(10_000))


@pytest.fixture
def hogs() -> Iterator[None]:
    """Two processes a core that use all the time they get."""
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_burn, daemon=True) for _ in range(2 * (os.cpu_count() or 1))]
    for process in processes:
        process.start()
    yield
    for process in processes:
        process.kill()
        process.join()


def test_no_honest_submission_changes_its_verdict_under_load(hogs: None, questions: dict[str, Code]) -> None:
    """Five runs by one worker and by eight beside real hogs: slow but honest code is right every time."""
    asked = asked_of(questions["gradient_clipping"])
    slow = Answer(source=SLOW.format(seconds=0.6).encode())
    quick = Answer(source=SLOW.format(seconds=0).encode())
    wrong = Answer(text="gradient / threshold")

    def verdicts(_: int) -> list[str]:
        with Sandbox() as own:
            return [grade_code(asked, answer, sandbox=own).verdict for answer in (slow, quick, wrong)]

    for workers, rounds in ((1, 5), (8, 8)):
        with ThreadPoolExecutor(workers) as pool:
            assert list(pool.map(verdicts, range(rounds))) == [["correct", "correct", "wrong"]] * rounds


def test_a_loop_stays_a_timeout(grade: Callable[..., object]) -> None:
    """Repeating changes nothing for code that never ends."""
    assert grade("sigmoid", "def sigmoid(x):\n    while True:\n        pass\n").verdict == "timeout"  # type: ignore[attr-defined]
