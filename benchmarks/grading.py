"""What grading one submission costs, beside plain Python and other graders, interleaved in one run.

python -m benchmarks.grading [ROUNDS] [--out FILE.json]

The submission is `gradient_clipping` of the course, right and wrong. Peers run the same five checks as tests of theirs,
where they are installed (`check50`, `otter`, `nbgrader` on the PATH); a line says so where they are not. Absolute times
belong to a machine and its other work: compare the ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.figures import Figure, Timed, milliseconds, ratio
from quizdl.text import Text, same

PYTHON = sys.executable
QUESTION = "gradient-clipping"
RIGHT = """\
import numpy as np


def gradient_clipping(gradient, threshold):
    norm = np.linalg.norm(gradient)
    return gradient * (threshold / norm) if norm > threshold else gradient
"""
WRONG = RIGHT.replace("threshold / norm", "threshold / norm ** 2")
CASES = (
    ("[3.0, 4.0]", "1.0", "[0.6, 0.8]"),
    ("[3.0, 4.0]", "5.0", "[3.0, 4.0]"),
    ("[0.0, 0.0]", "1.0", "[0.0, 0.0]"),
    ("[[3.0, 0.0], [0.0, 4.0]]", "1.0", "[[0.6, 0.0], [0.0, 0.8]]"),
    ("[-6.0, 8.0]", "5.0", "[-3.0, 4.0]"),
)
CHECKS = [f"np.allclose(gradient_clipping(np.array({g}), {t}), {key})" for g, t, key in CASES]
WARM = 40
FLOOR = "python -c 'import numpy'"
PLAIN = "python file.py (five np.allclose)"

WARM_RIGHT, WARM_WRONG, COLD = "quizdl, warm, right", "quizdl, warm, wrong", "quizdl submit, cold"
NAMES = {
    WARM_RIGHT: Text("起動済みで採点（正しい提出）", "Graded warm, all walls, a right submission"),
    WARM_WRONG: Text("起動済みで採点（誤り、理由の説明まで）", "Graded warm, all walls, a wrong one, explained"),
}
SCRIPT = Text("`python file.py`（`np.allclose` 5 回、隔離なし）", "`python file.py`, five `np.allclose`, no walls")
WARM_MS = 10.0
"""The most that a right submission may take, once the sandbox is warm."""


class Warm:
    """A sandbox that is warm, and the question as it is asked."""

    def __init__(self) -> None:
        from quizdl.bank import Library, ask
        from quizdl.grading.code import grade_code, grade_prepared, prepared_for_many
        from quizdl.model import Answer
        from quizdl.sandbox import Sandbox

        self.asked = ask(Library().find(QUESTION), 0)
        self.sandbox = Sandbox()
        self.grade = lambda source: grade_code(self.asked, Answer(source=source.encode()), sandbox=self.sandbox)
        prepared = prepared_for_many(self.asked, input_seed=1, sandbox=self.sandbox)
        self.grade_one_of_many = lambda source: grade_prepared(
            prepared, Answer(source=source.encode()), sandbox=self.sandbox
        )

    def verdict(self, source: str, expected: str) -> None:
        """Grades once; a benchmark of something broken would be worth nothing."""
        found = self.grade(source).verdict
        if found != expected:
            raise RuntimeError(f"graded {found}, expected {expected}")

    def one_of_a_class(self, source: str, expected: str) -> None:
        """Grades once, as a worker of a batch does: its hidden inputs are those of all its learners."""
        found = self.grade_one_of_many(source).verdict.verdict
        if found != expected:
            raise RuntimeError(f"graded {found}, expected {expected}")


def process(*command: str, folder: Path, says: str = "") -> Timed:
    """Runs a command to its end in `folder`, with a home of its own; `says`: what its output holds if all went well."""

    def run() -> None:
        environment = {**os.environ, "QUIZDL_HOME": str(folder / "home"), "HOME": str(folder)}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
        if done.returncode != 0 or says.encode() not in done.stdout:
            raise RuntimeError(f"{command}: exit {done.returncode}: {done.stderr.decode('utf-8', 'replace')[-400:]}")

    return run


def cases(folder: Path, warm: Warm) -> dict[str, Timed]:
    """Everything that is timed, by name, in the order of the table."""
    (folder / "clip.py").write_text(RIGHT, encoding="utf-8")
    lines = "\n".join(f"assert {check}" for check in CHECKS)
    (folder / "plain.py").write_text(f"{RIGHT}\n\n{lines}\n", encoding="utf-8")
    submit = (PYTHON, "-m", "quizdl", "submit", QUESTION, str(folder / "clip.py"), "--json")
    return {
        FLOOR: process(PYTHON, "-c", "import numpy", folder=folder),
        PLAIN: process(PYTHON, "plain.py", folder=folder),
        WARM_RIGHT: lambda: warm.verdict(RIGHT, "correct"),
        WARM_WRONG: lambda: warm.verdict(WRONG, "wrong"),
        COLD: process(*submit, folder=folder),
        **peers(folder),
    }


# --- other graders ------------------------------------------------------------------------------------------------


def peers(folder: Path) -> dict[str, Timed]:
    """The other graders that this machine has; the others are named and skipped."""
    found = {}
    for name, prepare in (("check50", check50), ("otter", otter), ("nbgrader", nbgrader)):
        if shutil.which(name) is None:
            print(f"{name}: not installed, skipped")
            continue
        place = folder / name
        place.mkdir()
        try:
            found[name] = prepare(place)
            found[name]()
        except (RuntimeError, OSError) as error:
            found.pop(name, None)
            print(f"{name}: does not run here, skipped ({str(error)[:200]})")
    return found


def check50(folder: Path) -> Timed:
    """Five functions with `@check50.check()`."""
    checks = folder / "checks"
    checks.mkdir()
    (checks / ".cs50.yml").write_text("check50: true\n", encoding="utf-8")
    bodies = "\n".join(
        f'@check50.check()\ndef check_{number}():\n    """case {number}"""\n    sys.path.insert(0, os.getcwd())\n'
        "    import numpy as np\n"
        f"    from clip import gradient_clipping\n    if not {check}:\n        raise check50.Failure('wrong')\n"
        for number, check in enumerate(CHECKS)
    )
    (checks / "__init__.py").write_text(f"import os\nimport sys\nimport check50\n\n{bodies}", encoding="utf-8")
    (folder / "clip.py").write_text(RIGHT, encoding="utf-8")
    return process("check50", "--dev", "-o", "json", "--output-file", "out.json", str(checks), folder=folder)


def otter(folder: Path) -> Timed:
    """One test file with five cases."""
    tests = folder / "tests"
    tests.mkdir()
    bodies = ",\n".join(f'    {{"code": ">>> bool({check})\\nTrue", "hidden": False}}' for check in CHECKS)
    (tests / "q1.py").write_text(
        'OK_FORMAT = True\ntest = {"name": "q1", "points": 5, "suites": [{"cases": [\n'
        + bodies
        + '\n], "scored": True, "setup": "", "teardown": "", "type": "doctest"}]}\n',
        encoding="utf-8",
    )
    (folder / "clip.py").write_text(RIGHT, encoding="utf-8")
    return process("otter", "check", "clip.py", "-t", "tests", folder=folder, says="All tests passed")


def nbgrader(folder: Path) -> Timed:
    """A notebook whose last cell holds five assertions; `autograde` of one student."""
    source, submitted = folder / "source/ps1", folder / "submitted/ann/ps1"
    for place in (source, submitted):
        place.mkdir(parents=True)
        (place / "clip.ipynb").write_text(json.dumps(notebook(RIGHT)), encoding="utf-8")
    (folder / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.course_id = 'x'\n", encoding="utf-8"
    )
    process("nbgrader", "generate_assignment", "ps1", "--create", folder=folder)()
    return process("nbgrader", "autograde", "ps1", "--student", "ann", "--create", "--force", folder=folder)


def notebook(source: str) -> dict[str, object]:
    """An assignment of nbgrader's with a submission in it, and the five assertions."""

    def cell(name: str, text: str, *, points: int = 0) -> dict[str, object]:
        marks = {"schema_version": 3, "grade_id": name, "locked": bool(points), "task": False}
        marks |= {"grade": bool(points), "solution": not points, **({"points": points} if points else {})}
        return {
            "cell_type": "code",
            "execution_count": None,
            "id": name,
            "metadata": {"nbgrader": marks},
            "outputs": [],
            "source": text,
        }

    cells = [cell("clip", source), cell("tests", "\n".join(f"assert {check}" for check in CHECKS), points=5)]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}


# --- the run ------------------------------------------------------------------------------------------------------


def throughput(workers: int, seconds: float) -> float:
    """Submissions a second that so many workers grade, each with a sandbox of its own in a process of its own."""
    script = (
        "import sys, time\nfrom benchmarks.grading import RIGHT, Warm\nwarm = Warm()\n"
        "for _ in range(5):\n    warm.one_of_a_class(RIGHT, 'correct')\n"
        "print('ready', flush=True)\nsys.stdin.readline()\n"
        f"until, done = time.perf_counter() + {seconds}, 0\n"
        "while time.perf_counter() < until:\n    warm.one_of_a_class(RIGHT, 'correct')\n    done += 1\nprint(done)\n"
    )
    processes = [
        subprocess.Popen(
            [PYTHON, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        for _ in range(workers)
    ]
    for one in processes:
        one.stdout.readline()  # type: ignore[union-attr]
    counts: list[int] = []
    threads = [
        threading.Thread(target=lambda one=one: counts.append(int(one.communicate("\n")[0]))) for one in processes
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds


def measured(timed: dict[str, Timed], rounds: int) -> dict[str, list[float]]:
    """Seconds of every case, interleaved so that a busy moment hits all alike; warm gradings run often a round."""
    times: dict[str, list[float]] = {name: [] for name in timed}
    for _ in range(rounds):
        for name, run in timed.items():
            for _ in range(WARM if "warm" in name else 1):
                began = time.perf_counter()
                run()
                times[name].append(time.perf_counter() - began)
    return times


def report(times: dict[str, list[float]], rates: dict[int, float]) -> dict[str, object]:
    """The table on the screen, and the same numbers for a file."""
    medians = {name: statistics.median(values) for name, values in times.items()}
    rows = {
        name: {
            "median_ms": round(1000 * medians[name], 3),
            "p95_ms": round(1000 * statistics.quantiles(values, n=20, method="inclusive")[-1], 3),
            "ratio_to_numpy": round(medians[name] / medians[FLOOR], 3),
            "ratio_to_plain": round(medians[name] / medians[PLAIN], 3),
            "runs": len(values),
        }
        for name, values in times.items()
    }
    print(f"{'':40} {'median':>8} {'p95':>8} {'× numpy':>8} {'× plain':>8}   (ms)")
    for name, row in rows.items():
        print(
            f"{name:40} {row['median_ms']:8.1f} {row['p95_ms']:8.1f} {row['ratio_to_numpy']:8.2f} "
            f"{row['ratio_to_plain']:8.2f}"
        )
    for workers, rate in rates.items():
        print(f"{workers} worker{'s' * (workers > 1)}: {rate:.0f} submissions a second")
    return {"cases": rows, "submissions_per_second": {str(workers): round(rate, 1) for workers, rate in rates.items()}}


def figures(rounds: int) -> list[Figure]:
    """Warm grading beside a script with five assertions, which has no walls; peers where they are installed."""
    warm = Warm()
    with tempfile.TemporaryDirectory() as folder, warm.sandbox:
        for _ in range(5):
            warm.verdict(RIGHT, "correct")
        times = measured(cases(Path(folder), warm), rounds)
    found = []
    for name, seconds in times.items():
        if name in (FLOOR, PLAIN, COLD):
            continue
        each = len(seconds) // rounds
        by_round = [statistics.median(seconds[at * each : (at + 1) * each]) for at in range(rounds)]
        own = ratio(by_round, times[PLAIN])
        allowed = WARM_MS if name == WARM_RIGHT else None
        found.append(
            Figure("grading", NAMES.get(name, same(name)), SCRIPT, own, milliseconds(seconds), allowed=allowed)
        )
    return found


def main() -> None:
    """Times everything and prints it; with --out, writes JSON too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rounds", nargs="?", type=int, default=10)
    parser.add_argument("--out", type=Path, help="write the numbers as JSON")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long the throughput is measured")
    arguments = parser.parse_args()
    warm = Warm()
    with tempfile.TemporaryDirectory() as folder, warm.sandbox:
        for _ in range(5):
            warm.verdict(RIGHT, "correct")
        times = measured(cases(Path(folder), warm), arguments.rounds)
        isolation = warm.sandbox.isolation()
    rates = {workers: throughput(workers, arguments.seconds) for workers in (1, 2)}
    found = {**report(times, rates), "isolation": list(isolation), "rounds": arguments.rounds}
    if arguments.out:
        arguments.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
