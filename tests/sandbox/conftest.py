"""One warm sandbox for the room's tests at each level that this machine gives, and the function that is submitted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from quizdl.sandbox import Job, Limits, Run, Sandbox
from quizdl.sandbox.levels import Level
from quizdl.sandbox.warm import WarmServer

SUBMISSIONS = Path(__file__).parent.parent / "corpus"
LIMITS = Limits(cpu=1.0, wall=2.5)  # short, for the cases that use them up


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """At the best level that there is."""
    with Sandbox(LIMITS) as warm:
        yield warm


@pytest.fixture(scope="session")
def reached() -> Callable[[Level], Level]:
    """What comes of asking for a level; the answer is found once."""
    found: dict[Level, Level] = {}

    def ask(level: Level) -> Level:
        if level not in found:
            with Sandbox(LIMITS, most=level) as asked:
                found[level] = asked.level()
        return found[level]

    return ask


@pytest.fixture(params=["L3", "L2"])
def level(request: pytest.FixtureRequest, reached: Callable[[Level], Level]) -> Level:
    """The levels at which code of strangers may run; skips what this machine does not give."""
    wanted: Level = request.param
    if reached(wanted) != wanted:
        pytest.skip(f"{wanted} cannot be had on this machine, which gives {reached(wanted)}: see `quizdl doctor`")
    return wanted


@pytest.fixture(scope="session")
def _opened() -> Iterator[Callable[[Level], Sandbox]]:
    with ExitStack() as stack:
        sandboxes: dict[Level, Sandbox] = {}

        def at(level: Level) -> Sandbox:
            if level not in sandboxes:
                sandboxes[level] = stack.enter_context(Sandbox(LIMITS, most=level))
            return sandboxes[level]

        yield at


@pytest.fixture
def walled(level: Level, _opened: Callable[[Level], Sandbox]) -> Sandbox:
    """A warm sandbox at exactly this level."""
    return _opened(level)


def clip(gradient: npt.NDArray[np.float64], threshold: float) -> npt.NDArray[np.float64]:
    norm = np.linalg.norm(gradient)
    return gradient * (threshold / norm) if norm > threshold else gradient


class Clipping:
    """`gradient_clipping(gradient, threshold)`, graded as a grader would: outside the submission's process."""

    def __init__(self) -> None:
        random = np.random.RandomState(0)
        drawn = [{"gradient": random.randn(3, 4) * scale, "threshold": 2.0} for scale in (0.1, 1.0, 10.0)]
        self.calls = ({"gradient": np.zeros((2, 3)), "threshold": 1.0}, *drawn)
        self.expected = [clip(**call) for call in self.calls]
        self.good = self.job((SUBMISSIONS / "unusual_correct" / "r_pure_python.py").read_bytes())

    def job(self, source: bytes) -> Job:
        """The submission called on every case; one may be heard."""
        return Job(None, source, "gradient_clipping", self.calls, visible=1)

    def is_right(self, run: Run) -> bool:
        return run.outcome == "ok" and all(
            isinstance(result.value, np.ndarray)
            and result.value.shape == expected.shape
            and np.allclose(result.value, expected, rtol=1e-4)
            for result, expected in zip(run.results, self.expected, strict=True)
        )


@pytest.fixture(scope="session")
def clipping() -> Clipping:
    return Clipping()


class Processes:
    """Who is alive, whose child is whose, how much is open."""

    @staticmethod
    def children_of(parent: int) -> list[int]:
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                name, _, rest = stat.read_text(encoding="utf-8").rpartition(")")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(rest.split()[1]) == parent:
                found.append(int(name.split()[0]))
        return found

    def descendants_of(self, parent: int) -> list[int]:
        found = self.children_of(parent)
        return found + [further for child in found for further in self.descendants_of(child)]

    @staticmethod
    def alive(process: int) -> bool:
        try:
            return "State:\tZ" not in Path(f"/proc/{process}/status").read_text(encoding="utf-8")
        except (FileNotFoundError, ProcessLookupError):
            return False

    @staticmethod
    def descriptors(process: int | str = "self") -> int:
        """How many are open; 0 where this user may not know, since the server hides itself from its own user."""
        try:
            return len(list(Path(f"/proc/{process}/fd").iterdir()))
        except PermissionError:
            return 0

    @staticmethod
    def started_by(sandbox: Sandbox) -> int:
        """The process that the grader started: the server, or bubblewrap around it."""
        worker = sandbox._worker
        assert isinstance(worker, WarmServer)
        return worker._process.pid

    def server_of(self, started: int) -> int:
        """The server itself; with bubblewrap two processes of it come before."""
        while b"bwrap" in Path(f"/proc/{started}/cmdline").read_bytes().partition(b"\0")[0]:
            (started,) = self.children_of(started)
        return started

    def server(self, sandbox: Sandbox) -> int:
        return self.server_of(self.started_by(sandbox))

    @staticmethod
    def eventually(condition: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + 10
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True


@pytest.fixture(scope="session")
def processes() -> Processes:
    return Processes()
