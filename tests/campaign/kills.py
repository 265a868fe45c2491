"""Kills quizdl at random moments, with no warning, and looks whether anything was lost or happened twice.

    python tests/campaign/kills.py [--times 200] [--seed 1]

Practice: every answer whose verdict was printed is in the record. Exam: every answer after which the next question was
shown is there when the exam goes on. Grade: what `--resume` then writes is, byte for byte, what a calm run writes.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from quizdl.record import Store
from quizdl.study.exam import replay

QUIZDL = (sys.executable, "-m", "quizdl")
ANSWERS = 24
LEARNERS = 6
RIGHT = """\
import numpy as np


def gradient_clipping(gradient, threshold):
    n = np.linalg.norm(gradient)
    return {}
"""
BODIES = ("gradient * threshold / n if n > threshold else gradient", "gradient / n", "gradient / threshold", "1 / 0")
_SHOWN = re.compile(rb"^(\d+)/\d+\s", re.MULTILINE)


class LostError(AssertionError):
    """Something was lost, or happened twice."""


def killed(command: tuple[str, ...], home: Path, data: bytes, after: float) -> bytes:
    """What a process had printed when it was killed, with all its children, so many seconds after its start."""
    environment = {**os.environ, "QUIZDL_HOME": str(home), "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"}
    with tempfile.TemporaryFile() as shown, tempfile.TemporaryFile() as given:
        given.write(data)
        given.seek(0)
        process = subprocess.Popen(
            command, stdin=given, stdout=shown, stderr=subprocess.DEVNULL, env=environment, start_new_session=True
        )
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        shown.seek(0)
        return shown.read()


def finished(command: tuple[str, ...], home: Path, data: bytes = b"") -> bytes:
    """What an undisturbed run printed."""
    environment = {**os.environ, "QUIZDL_HOME": str(home), "NO_COLOR": "1"}
    done = subprocess.run(command, input=data, capture_output=True, env=environment, check=False)
    if done.returncode > 1:
        raise LostError(f"{command}: exit {done.returncode}: {done.stderr.decode()[-600:]}")
    return done.stdout


def practice(work: Path, after: float) -> str:
    """Answers through a pipe; each verdict is a line of JSON."""
    words = ("practice", "--day", "3", "--kind", "choice", "-n", str(ANSWERS), "--json", "--seed", "1")
    shown = killed((*QUIZDL, *words), work, b"a\n" * ANSWERS, after)
    lines = [line for line in shown.split(b"\n")[:-1] if line.startswith(b"{")]
    said = [one for line in lines if "verdict" in (one := json.loads(line))]
    file = work / "record.sqlite3"
    if not file.exists():
        if said:
            raise LostError(f"{len(said)} verdicts and no record")
        return "nothing yet"
    with Store.open(file) as store:
        kept = store.past()
    if [one["id"] for one in said] != [one.question_id for one in kept][: len(said)] or len(kept) > len(said) + 1:
        raise LostError(f"{len(said)} verdicts were printed, {len(kept)} are kept")
    finished((*QUIZDL, "stats"), work)
    return "midway" if 0 < len(kept) < ANSWERS else "nothing yet" if not kept else "all"


def exam(work: Path, after: float) -> str:
    """Answers through a pipe, then the exam goes on and is handed in."""
    words = ("exam", "--section", "lstm", "-n", "12", "--plain", "--seed", "1", "--lang", "en")
    shown = killed((*QUIZDL, *words), work, b"a\n" * 12, after)
    reached = max((int(found) for found in _SHOWN.findall(shown)), default=0)
    file = work / "record.sqlite3"
    kept = 0
    if file.exists():
        with Store.open(file) as store:
            exam_id = store.latest_exam(unfinished=True)
            if exam_id is not None:
                kept = replay(*store.exam(exam_id)).answered
            elif reached:
                raise LostError("a question was shown, and there is no exam")
    elif reached:
        raise LostError("a question was shown, and there is no record")
    if kept < reached - 1:
        raise LostError(f"question {reached} was shown, {kept} answers are kept")
    if not file.exists() or exam_id is None:
        return "nothing yet"
    finished((*QUIZDL, "exam", "--resume", "--plain", "--lang", "en"), work, b"b\n" * (12 - kept) + b"submit\n")
    with Store.open(file) as store:
        attempts, rows = store.past(), store.exams()
    if len(attempts) != 12 or len(rows) != 1:
        raise LostError(f"{len(attempts)} answers of 12 were handed in")
    return "midway" if 0 < kept < 12 else "nothing yet" if not kept else "all"


def class_of(folder: Path) -> Path:
    """What a small class hands in."""
    for number in range(LEARNERS):
        for place, question in enumerate(("gradient-clipping", "sigmoid")):
            path = folder / f"learner{number}" / f"{question}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            body = BODIES[(number + place) % len(BODIES)]
            path.write_text(RIGHT.format(body) + f"\n# {number}\n", encoding="utf-8")
    return folder


def grading(work: Path, after: float) -> str:
    """The same class and seed: killed and resumed, and undisturbed."""
    folder, out, calm = class_of(work / "class"), work / "out", work.parent / "calm"
    command = (*QUIZDL, "grade", str(folder), "--seed", "5", "--jobs", "2", "--out")
    if not (calm / "gradebook.csv").exists():
        finished((*command, str(calm)), work)
    killed((*command, str(out)), work, b"", after)
    log = out / "results.jsonl"
    before = log.read_bytes().count(b'"result"') if log.exists() else 0
    finished((*command, str(out), "--resume"), work)
    lines = [json.loads(line) for line in log.read_bytes().splitlines()]
    pairs = Counter((one["learner"], one["question"]) for one in lines if one["line"] == "result")
    if set(pairs.values()) != {1} or len(pairs) != 2 * LEARNERS:
        raise LostError(f"graded {sorted(pairs.values())} times, {len(pairs)} of {2 * LEARNERS}")
    if (out / "gradebook.csv").read_bytes() != (calm / "gradebook.csv").read_bytes():
        raise LostError("the gradebook differs from an undisturbed run's")
    return "midway" if 0 < before < 2 * LEARNERS else "nothing yet" if not before else "all"


KINDS: dict[str, Callable[[Path, float], str]] = {"practice": practice, "exam": exam, "grade": grading}


def leftovers(mark: str) -> list[str]:
    """Processes that still carry a killed run's folder in their arguments or environment (Linux)."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if mark.encode() in told and process.name != str(os.getpid()):
            found.append(process.name)
    return found


def campaign(kind: str, times: int, seed: int) -> Counter[str]:
    """So many kills; where they fell. A fourth are spread over a whole run, the others between what has so far been
    found too early, before anything was kept, and too late."""
    source, fell = random.Random(f"{kind}{seed}"), Counter[str]()  # noqa: S311 - chance, repeatable
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        began = time.monotonic()
        (Path(folder) / "first").mkdir()
        fell[KINDS[kind](Path(folder) / "first", 600.0)] += 1
        longest = 0.7 * min(time.monotonic() - began, 60.0)
        early, late = 0.05, longest
        for number in range(times - 1):
            work = Path(folder) / str(number)
            work.mkdir()
            after = source.uniform(0.05, longest) if number % 4 == 0 else source.uniform(early, late)
            try:
                where = KINDS[kind](work, after)
            except LostError as error:
                print(f"{kind}, killed after {after:.3f} s (number {number}): {error}", file=sys.stderr)
                raise
            fell[where] += 1
            if where == "nothing yet":
                early = max(early, min(0.9 * after, 0.8 * late))
            elif where == "all":
                late = min(late, max(1.1 * after, 1.25 * early))
        time.sleep(2)  # what has lost its parent notices within a second
        if left := leftovers(folder):
            raise LostError(f"{len(left)} processes are left: {left}")
    return fell


def main() -> None:
    """Kill, and print where the kills fell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--times", type=int, default=200, help="in all, shared among practice, exam and grade")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    for kind in KINDS:
        fell = campaign(kind, -(-arguments.times // len(KINDS)), arguments.seed)
        print(f"{kind:9} {sum(fell.values())} kills, nothing lost; " + ", ".join(f"{n} × {k}" for k, n in fell.items()))


if __name__ == "__main__":
    main()
