"""A whole course as a lecturer grades it: 600 learners × 5 files, from the files to the reports, on two cores.

python -m benchmarks.course [LEARNERS] [JOBS]

Right, wrong in ways that the bank names and in others, copies of one another (graded once), no Python, and loops. The
time by the clock is the machine's, whatever else it does; the processor's time says what it would be on an idle one.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.batch import graded

COURSE = ("gradient-clipping", "softmax", "cross-entropy", "lstm-step", "conv2d")
LOOPS = {17: 0, 171: 2, 402: 4}
"""Learner → the question at which the code never ends."""


def course(folder: Path, learners: int) -> Path:
    """Five files each. Of twenty at a question ten are right, two of these copies of one another; five make a mistake
    that the bank names, three another, one raises, one is no Python. Three in all never end.
    """
    from quizdl.bank import Library, ask
    from quizdl.bank.solutions import solution_of
    from quizdl.grading.program import program_of
    from quizdl.model import Code

    for place, name in enumerate(COURSE):
        question = Library().find(name)
        assert isinstance(question, Code)  # noqa: S101 - of this file's own making
        right = solution_of(question)
        named = [program_of(question, one.answer[0]).whole for one in ask(question, 0).mistakes]
        others = [right.replace("return ", f"return {change}", 1) for change in ("-", "0.5 * ", "None and ")]
        loop = f"def {question.function}(*arguments):\n    while True:\n        pass\n"
        kinds = [*[right] * 10, *(named * 5)[:5], *others, f"{right}\nraise ValueError\n", right.replace("def", "fed")]
        for number in range(learners):
            kind = (number + 7 * place) % len(kinds)
            text = loop if LOOPS.get(number) == place else kinds[kind]
            of_own = "" if kind < 2 else f"# written by number {number}\n"
            (folder / f"learner{number:05}").mkdir(parents=True, exist_ok=True)
            (folder / f"learner{number:05}" / f"{name}.py").write_text(f"{text}{of_own}", encoding="utf-8")
    return folder


def whole_course(learners: int, jobs: int, work: Path) -> dict[str, Any]:
    """From files to reports: by the clock, and how much of that the processor was at it."""
    found = graded(course(work / "course", learners), jobs, work)
    files = learners * len(COURSE)
    spent = sum(found["cpu"].values())
    print(f"{learners} learners × {len(COURSE)} files, {jobs} jobs: {found['seconds']:.1f} s, reports included")
    print(
        f"  {spent:.1f} s of processor, {1000 * spent / files:.2f} ms a file; at best {spent / jobs:.1f} s by the clock"
    )
    for kind, seconds in found["cpu"].items():
        print(f"  {kind:12} {1000 * seconds / files:6.2f} ms of processor a file")
    return found


def main(learners: int = 600, jobs: int = 2) -> None:
    """Makes the class, grades it and prints what that took."""
    with tempfile.TemporaryDirectory() as folder:
        whole_course(learners, jobs, Path(folder))


if __name__ == "__main__":
    if sys.platform != "linux":
        sys.exit("processor time is read from /proc: run this on Linux")
    main(*map(int, sys.argv[1:]))
