"""Grading a class, beside other graders' own batch commands: rates, ratios, processor time by process, memory.

python -m benchmarks.batch [--learners 1000] [--jobs 2] [--peers 10] [--memory] [--out FILE.json]

The class is mixed: of ten submissions six are right, three wrong in three ways, one is no Python. No two programs are
the same, so that none is spared; then once more with two such in five, the others told apart by a name in a comment
alone, as where a blank leaves little to choose. nbgrader, otter and check50 grade the first of the same class with five
checks each, where they are installed; a line says so where they are not. Times belong to a machine and its other work:
compare the ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure
from benchmarks.grading import CHECKS, PYTHON, RIGHT, SCRIPT, check50, nbgrader, notebook, otter
from quizdl.text import Text

QUESTION = "gradient-clipping"
MIXED = (
    *[RIGHT] * 6,
    RIGHT.replace("threshold / norm", "threshold / norm ** 2"),
    RIGHT.replace("threshold / norm", "1 / threshold"),
    RIGHT.replace("if norm > threshold else gradient", ""),
    RIGHT.replace("return", "retrun"),
)
TICKS = os.sysconf("SC_CLK_TCK")
SIZES = (100, 2_000, 20_000)
A_SECOND_AND_CORE = 150.0
"""Of the mixed class, the least that we allow ourselves."""


def classroom(folder: Path, learners: int, *, alike: bool = False, signed: bool = False) -> Path:
    """One submission each. alike: a hundred different texts, for measures that are not about grading. signed: three
    programs in five are of those that others hand in, under a name in a comment.
    """
    for number in range(learners):
        place = folder / f"learner{number:05}"
        place.mkdir(parents=True)
        mark = number % 100 if alike else number % 10 if signed and number // 10 % 5 < 3 else number
        text = MIXED[mark % 10].replace("norm", f"norm_{mark}").replace(f"linalg.norm_{mark}", "linalg.norm")
        own = f"# {number}\n" if signed else ""
        (place / f"{QUESTION}.py").write_text(own + text, encoding="utf-8")
    return folder


def watched(command: list[str], home: Path) -> dict[str, Any]:
    """Runs a command: seconds by the clock, of the processor by kind of process, and each kind's largest memory."""
    environment = {**os.environ, "QUIZDL_HOME": str(home)}
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    used: dict[int, tuple[str, int, int]] = {}
    memory: dict[str, float] = {}
    while process.poll() is None:
        for number, kind in _descendants(process.pid):
            _look(number, kind, used, memory)
        time.sleep(0.02)
    _, told = process.communicate()
    if process.returncode != 0:
        raise RuntimeError(told.decode("utf-8", "replace")[-500:])
    spent: dict[str, float] = defaultdict(float)
    for kind, own, children in used.values():
        spent[kind] += own / TICKS
        if kind == "server":
            spent["submissions"] += children / TICKS
    return {"seconds": time.perf_counter() - began, "cpu": dict(spent), "memory_mib": memory}


def _descendants(first: int) -> list[tuple[int, str]]:
    """Processes, with what each is: the coordinator, a worker, a sandbox's server."""
    found, waiting = [], [first]
    while waiting:
        number = waiting.pop()
        try:
            words = Path(f"/proc/{number}/cmdline").read_bytes()
            is_server = b"boot.py" in words and not words.split(b"\0")[0].endswith(b"bwrap")
            for task in Path(f"/proc/{number}/task").iterdir():
                if not is_server:  # its children are counted when they have ended, by the system
                    waiting += map(int, (task / "children").read_text(encoding="utf-8").split())
        except OSError:
            continue
        kind = (
            "coordinator" if number == first else "server" if is_server else "worker" if b"spawn_main" in words else ""
        )
        if kind:
            found.append((number, kind))
    return found


def _look(number: int, kind: str, used: dict[int, tuple[str, int, int]], memory: dict[str, float]) -> None:
    try:
        fields = Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        status = Path(f"/proc/{number}/status").read_text(encoding="utf-8")
    except OSError:
        return
    user, system, child_user, child_system = map(int, fields[11:15])
    used[number] = (kind, user + system, child_user + child_system)
    peak = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")), "0")
    memory[kind] = max(memory.get(kind, 0.0), round(int(peak) / 1024, 1))


def graded(folder: Path, jobs: int, work: Path) -> dict[str, Any]:
    """`quizdl grade` of a folder, from nothing."""
    out = work / f"out-{folder.name}-{jobs}"
    shutil.rmtree(out, ignore_errors=True)
    command = [PYTHON, "-m", "quizdl", "grade", str(folder), "--out", str(out), "--jobs", str(jobs), "--seed", "1"]
    return watched(command, work / "home")


# --- other graders ------------------------------------------------------------------------------------------------


def peers(work: Path, count: int) -> dict[str, float]:
    """Seconds that a submission of the mixed class takes in the other graders that this machine has."""
    found = {}
    for name, batch in (("nbgrader", nbgrader_batch), ("otter", otter_batch), ("check50", check50_batch)):
        if shutil.which(name) is None:
            print(f"{name}: not installed, skipped")
            continue
        place = work / name
        place.mkdir()
        try:
            run = batch(place, [MIXED[number % 10] for number in range(count)])
            began = time.perf_counter()
            run()
            found[name] = (time.perf_counter() - began) / count
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            print(f"{name}: does not run here, skipped ({str(error)[:200]})")
    return found


def nbgrader_batch(folder: Path, texts: Sequence[str]) -> Callable[[], object]:
    """`nbgrader autograde` of a whole assignment."""
    nbgrader(folder)
    shutil.rmtree(folder / "submitted/ann")
    for number, text in enumerate(texts):
        place = folder / f"submitted/l{number}/ps1"
        place.mkdir(parents=True)
        (place / "clip.ipynb").write_text(json.dumps(notebook(text)), encoding="utf-8")
    command = ["nbgrader", "autograde", "ps1", "--create", "--force"]
    return lambda: subprocess.run(command, cwd=folder, env=_at_home(folder), capture_output=True, check=True)


def otter_batch(folder: Path, texts: Sequence[str]) -> Callable[[], object]:
    """`otter check`, once a submission: `otter grade` needs Docker."""
    otter(folder)()  # a right one passes, or it does not run here
    return lambda: _each(folder, texts, ["otter", "check", "clip.py", "-t", "tests"])


def check50_batch(folder: Path, texts: Sequence[str]) -> Callable[[], object]:
    """`check50 --dev`, once a submission, as its own documentation does for a class."""
    check50(folder)()
    command = ["check50", "--dev", "-o", "json", "--output-file", "out.json", str(folder / "checks")]
    return lambda: _each(folder, texts, command)


def _each(folder: Path, texts: Sequence[str], command: Sequence[str]) -> None:
    for text in texts:
        (folder / "clip.py").write_text(text, encoding="utf-8")
        subprocess.run(command, cwd=folder, env=_at_home(folder), capture_output=True, check=False)


def _at_home(folder: Path) -> dict[str, str]:
    return {**os.environ, "HOME": str(folder)}


# --- the run ------------------------------------------------------------------------------------------------------


def rates(learners: int, jobs: int, work: Path, floor: float) -> dict[str, Any]:
    """The mixed class, and the start-up that every run has taken off by a class of ten."""
    small = graded(classroom(work / "ten", 10), jobs, work)
    large = graded(classroom(work / "mixed", learners), jobs, work)
    more = learners - 10
    each = {kind: 1000 * (large["cpu"][kind] - small["cpu"].get(kind, 0)) / more for kind in large["cpu"]}
    seconds = (large["seconds"] - small["seconds"]) / more
    print(f"{learners} submissions, {jobs} jobs: {large['seconds']:.1f} s, reports included")
    print(f"{1 / seconds:.0f} a second, {1 / seconds / jobs:.0f} a second and job (start-up taken off)")
    for kind, spent in each.items():
        print(f"  {kind:12} {spent:6.2f} ms of processor a submission")
    total = sum(each.values())
    times = f"{1000 * floor / total:.0f} times less than a Python of its own with {len(CHECKS)} checks"
    print(f"  {'in all':12} {total:6.2f} ms: {1000 / total:.0f} a second and core; {times}")
    signed = graded(classroom(work / "signed", learners, signed=True), jobs, work)
    rate = more / (signed["seconds"] - small["seconds"])
    print(
        f"three programs in five told apart by comments alone: {rate:.0f} a second, {rate / jobs:.0f} a second and job"
    )
    return {
        "all": large,
        "cpu_ms_each": each,
        "per_second": 1 / seconds,
        "per_second_and_core": 1000 / total,
        "signed_per_second": rate,
    }


def plain(work: Path) -> float:
    """Processor seconds of `python file.py` with the same five checks as assertions, as a simple script would do it."""
    file = work / "plain.py"
    file.write_text("\n".join([RIGHT, *(f"assert {check}" for check in CHECKS)]), encoding="utf-8")
    before = os.times()
    for _ in range(10):
        subprocess.run([PYTHON, str(file)], check=True)
    after = os.times()
    return (after.children_user + after.children_system - before.children_user - before.children_system) / 10


Memory = dict[str, dict[str, float]]
"""Number of submissions → kind of process → the largest memory that one of them had, in MiB."""


def memory(work: Path, jobs: int) -> Memory:
    """Of small and large classes: one submission each."""
    return memory_of({size: classroom(work / f"of{size}", size, alike=True) for size in SIZES}, jobs, work)


def memory_of(classes: dict[int, Path], jobs: int, work: Path) -> Memory:
    """classes: number of submissions → folder, the smallest first."""
    found: Memory = {}
    graded(next(iter(classes.values())), jobs, work)  # the first run of all makes the bank's index
    for size, folder in classes.items():
        own = found[str(size)] = graded(folder, jobs, work)["memory_mib"]
        least = next(iter(found.values()))
        shown = ", ".join(f"{kind} {own[kind]:.1f} MiB ({own[kind] / least[kind] - 1:+.1%})" for kind in sorted(own))
        print(f"{size:6} submissions: {shown}")
    return found


def figures(learners: int = 1000, jobs: int = 2) -> list[Figure]:
    """A submission of the mixed class, reports included, in processor time beside a Python of its own."""
    if sys.platform != "linux":
        return []
    with tempfile.TemporaryDirectory() as folder:
        floor = plain(Path(folder))
        each = 1000 / rates(learners, jobs, Path(folder), floor)["per_second_and_core"]
    own = each / (1000 * floor)
    what = Text("一括採点の 1 件（混在クラス、プロセッサ時間）", "A submission of a mixed class, in processor time")
    return [Figure("batch", what, SCRIPT, (own, own, own), (each, each), allowed=1000 / A_SECOND_AND_CORE)]


def main() -> None:
    """Measures everything and prints it; with --out, writes JSON too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--peers", type=int, default=10, help="how many of them the other graders grade")
    parser.add_argument("--memory", action="store_true", help="memory at 100, 2,000 and 20,000 submissions")
    parser.add_argument("--out", type=Path, help="write the numbers as JSON")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        floor = plain(work)
        print(f"{'python file.py':16} {1000 * floor:8.1f} ms of processor a submission, with no walls at all")
        found: dict[str, Any] = {"plain_ms": 1000 * floor, **rates(arguments.learners, arguments.jobs, work, floor)}
        own = 1 / found["per_second"]
        for name, seconds in peers(work, arguments.peers).items():
            print(f"{name:16} {1000 * seconds:8.1f} ms by the clock a submission: {seconds / own:.0f} × as long")
            found[name] = {"seconds": seconds, "ratio": seconds / own}
        if arguments.memory:
            found["memory_mib"] = memory(work, arguments.jobs)
    if arguments.out:
        arguments.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if sys.platform != "linux":
        sys.exit("processor time and memory are read from /proc: run this on Linux")
    main()
