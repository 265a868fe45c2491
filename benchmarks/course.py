"""A whole course as a lecturer grades it: 600 learners × 5 files, from the files to the reports, on two cores.

python -m benchmarks.course [LEARNERS] [JOBS] [--memory]

Right, wrong in ways that the bank names and in others, no Python, and loops. Half of the programs are nobody else's;
the others are copies of one another, word by word or but for a name in a comment (graded once). The time by the clock
is the machine's, whatever else it does; the processor's time says what it would be on an idle one.

With --memory: the largest memory of the coordinator, a worker and a sandbox's server at 100, 2,000 and 20,000 files,
one a learner and five a learner. Most of them are copies, so that grading them takes no time.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.batch import SIZES, graded, memory, memory_of

COURSE = ("gradient-clipping", "softmax", "cross-entropy", "lstm-step", "conv2d")
LOOPS = {17: 0, 171: 2, 402: 4}
"""Learner → the question at which the code never ends."""


def course(folder: Path, learners: int, *, alike: bool = False) -> Path:
    """Five files each. Of twenty at a question ten are right, two of these copies of one another; five make a mistake
    that the bank names, three another, one raises, one is no Python. Three in all never end. Every other learner's
    programs have a line of their own, those of the others a comment.

    alike: every hundredth learner hands in the same, and nothing loops.
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
            text = loop if LOOPS.get(number) == place and not alike else kinds[kind]
            who = number % 100 if alike else number
            of_own = "" if kind < 2 else f"# written by number {who}\n" if who % 2 else f"writer = {who}\n"
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


def memory_of_courses(work: Path, jobs: int) -> None:
    """At as many files as `benchmarks.batch --memory` has, of a fifth of the learners."""
    sizes = {size: course(work / f"course{size}", size // len(COURSE), alike=True) for size in SIZES}
    memory_of(sizes, jobs, work)


def main() -> None:
    """Makes the class, grades it and prints what that took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("learners", type=int, nargs="?", default=600)
    parser.add_argument("jobs", type=int, nargs="?", default=2)
    parser.add_argument("--memory", action="store_true", help="memory of classes of different sizes")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if arguments.memory:
            memory(Path(folder), arguments.jobs)
            memory_of_courses(Path(folder), arguments.jobs)
        else:
            whole_course(arguments.learners, arguments.jobs, Path(folder))


if __name__ == "__main__":
    if sys.platform != "linux":
        sys.exit("processor time is read from /proc: run this on Linux")
    main()
