"""Thousands of submissions, every fifth hostile: what is left of them? Exit 1 where anything is.

python -m benchmarks.soak [SUBMISSIONS] [LEVEL]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from quizdl.sandbox import Job, Limits, Sandbox
from quizdl.sandbox.levels import LEVELS, Level
from quizdl.sandbox.warm import WarmServer

CORPUS = Path(__file__).parent.parent / "tests" / "corpus"
LIMITS = Limits(cpu=1.0, wall=0.5, memory=256 << 20)
WARM_UP = 50  # submissions after which caches are full
MOST_GROWTH = 3 << 20  # bytes of resident memory, in the grader and in the server each
GOOD = (CORPUS / "unusual_correct" / "r_pure_python.py").read_bytes()


@dataclass(frozen=True)
class Footprint:
    """What the grader and the server hold, each: open descriptors, resident bytes; and what is around them."""

    descriptors: tuple[int, int]
    resident: tuple[int, int]
    processes: int
    threads: int
    folders: int

    def faults(self, later: Footprint) -> list[str]:
        """What has grown since."""
        found = [
            name
            for name in ("descriptors", "processes", "threads", "folders")
            if getattr(later, name) > getattr(self, name)
        ]
        grown = [after - before for before, after in zip(self.resident, later.resident, strict=True)]
        return found + (["resident"] if max(grown) > MOST_GROWTH else [])


def children_of(process: int) -> list[int]:
    """Living children; those that have just ended are not counted."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == process and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def descendants_of(process: int) -> list[int]:
    found = children_of(process)
    return found + [further for child in found for further in descendants_of(child)]


def server_of(sandbox: Sandbox) -> int:
    """The server's process; with bubblewrap two others come before it."""
    worker = sandbox._worker
    assert isinstance(worker, WarmServer)  # noqa: S101
    process = worker._process.pid
    while b"bwrap" in Path(f"/proc/{process}/cmdline").read_bytes().partition(b"\0")[0]:
        (process,) = children_of(process)
    return process


def footprint(server: int) -> Footprint:
    """Taken when the last child is buried and the next one waits."""
    deadline = time.monotonic() + 5
    while len(children_of(server)) != 1 and time.monotonic() < deadline:
        time.sleep(0.01)
    both = (os.getpid(), server)
    return Footprint(
        descriptors=(_descriptors(both[0]), _descriptors(both[1])),
        resident=(_resident(both[0]), _resident(both[1])),
        processes=len(descendants_of(os.getpid())),
        threads=len(list(Path("/proc/self/task").iterdir())),
        folders=len(list(Path(tempfile.gettempdir()).iterdir())),
    )


def _descriptors(process: int) -> int:
    try:
        return len(list(Path(f"/proc/{process}/fd").iterdir()))
    except PermissionError:  # the server hides itself from its own user; only root sees it
        return 0


def _resident(process: int) -> int:
    line = next(
        line
        for line in Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
        if line.startswith("VmRSS")
    )
    return int(line.split()[1]) << 10


def hostile_sources(canary: Path) -> list[bytes]:
    """In an order in which any first few are a mixture."""
    files = sorted([*(CORPUS / "hostile").glob("*.py"), *(CORPUS / "escapes").glob("*.py")])
    sources = [file.read_bytes().replace(b"/tmp/quizdl-canary-main", os.fsencode(canary)) for file in files]
    return [sources[place] for place in np.random.RandomState(0).permutation(len(sources))]


def soak(submissions: int, level: Level, canary: Path) -> tuple[Counter[str], Footprint, Footprint, float]:
    """The outcomes, what was held after the warm-up and at the end, and the seconds between."""
    hostile = hostile_sources(canary)
    random = np.random.RandomState(0)
    calls = tuple({"gradient": random.randn(3, 4), "threshold": 1.0} for _ in range(10))
    outcomes: Counter[str] = Counter()
    with Sandbox(LIMITS, most=level) as sandbox:

        def submit(number: int) -> None:
            source = hostile[number // 5 % len(hostile)] if number % 5 == 4 else GOOD
            run = sandbox.run(Job(None, source, "gradient_clipping", calls, visible=1))
            outcomes["good" if source is GOOD and run.outcome == "ok" else run.outcome] += 1

        for number in range(WARM_UP):
            submit(number)
        sandbox.require(level)
        server, before, began = server_of(sandbox), footprint(server_of(sandbox)), time.monotonic()
        for number in range(submissions):
            submit(number)
        if server_of(sandbox) != server:
            outcomes["server lost"] += 1
        return outcomes, before, footprint(server_of(sandbox)), time.monotonic() - began


def main(submissions: int = 2000, level: Level = "L3") -> int:
    """Prints what came of them and what is left; 1 where something is."""
    with tempfile.TemporaryDirectory(prefix="quizdl-soak-") as folder:
        canary = Path(folder, "canary")
        canary.mkdir()
        for path in (Path(folder), canary):
            path.chmod(0o777)  # so that only the walls protect it
        tempfile.tempdir = folder  # where nobody else makes folders meanwhile
        outcomes, before, after, seconds = soak(submissions, level, canary)
        made = len(list(canary.iterdir())) + len(list(Path(folder).iterdir())) - 1
    left = len(descendants_of(os.getpid()))
    faults = before.faults(after)
    faults += [name for name, count in (("files made", made), ("left after close", left)) if count]
    faults += ["server lost"] if outcomes["server lost"] else []
    faults += ["good refused"] if outcomes["good"] < (submissions + WARM_UP) * 4 // 5 else []
    print(f"{level}: {submissions} submissions in {seconds:.0f} s, every fifth hostile")
    print("outcomes:", ", ".join(f"{name} {count}" for name, count in sorted(outcomes.items())))
    print(f"before: {before}")
    print(f"after:  {after}")
    print("left behind:", ", ".join(faults) or "nothing")
    return 1 if faults else 0


if __name__ == "__main__":
    wanted: Level = next((level for level in LEVELS if level == "".join(sys.argv[2:3]).upper()), "L3")
    sys.exit(main(*map(int, sys.argv[1:2]), level=wanted))
