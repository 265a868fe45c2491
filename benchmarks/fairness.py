"""Does a busy machine, the number of workers or the version of NumPy decide a verdict? The same class, again and again.

python -m benchmarks.fairness [--runs 5] [--burners 2] [--numpy FOLDER]... [--out FILE.json]

The class hands in every honest case of the tests' corpus, and code at the edge of its time: slow but within it, a loop,
a loop on some inputs alone, one that sleeps. Each run is `quizdl grade` with 1 worker and with 8, while other processes
burn all cores. FOLDER: of another NumPy, as `pip install --target FOLDER numpy==2.0.*` makes it. Exit 1 where any
verdict, score, count of passed cases or named mistake differs from one run to another.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import yaml

from benchmarks.grading import PYTHON, RIGHT

CORPUS = Path(__file__).parent.parent / "tests" / "corpus"
HONEST = ("honest_wrong", "unusual_correct")
JOBS = (1, 8)
BEGIN = "    norm = np"
BURN = "import os\nparent = os.getppid()\nwhile os.getppid() == parent:\n    pass"
AT_THE_EDGE = {  # the slow one takes 1.2 s of its 2
    "slow": "    until = time.process_time() + 0.04\n    while time.process_time() < until:\n        pass\n",
    "loop": "    while True:\n        pass\n",
    "loop-on-some": "    while gradient.ndim == 3:\n        pass\n",
    "sleep": "    time.sleep(60)\n",
}

Outcome = tuple[str, float, int, str | None]
"""Verdict, score, cases passed, named mistake."""


def classroom(folder: Path) -> int:
    """A learner a case; how many there are."""
    count = 0
    for kind in HONEST:
        for case in yaml.safe_load((CORPUS / kind / "manifest.yaml").read_text(encoding="utf-8"))["cases"]:
            place = folder / Path(case["file"]).stem
            place.mkdir()
            (place / f"{case['function'].replace('_', '-')}.py").write_bytes(
                (CORPUS / kind / case["file"]).read_bytes()
            )
            count += 1
    for name, lines in AT_THE_EDGE.items():
        (folder / name).mkdir()
        text = "import time\n" + RIGHT.replace(BEGIN, lines + BEGIN)
        (folder / name / "gradient-clipping.py").write_text(text, encoding="utf-8")
    return count + len(AT_THE_EDGE)


@contextmanager
def burning(count: int) -> Iterator[None]:
    """So many processes that want a core each."""
    burners = [subprocess.Popen([PYTHON, "-c", BURN]) for _ in range(count)]
    try:
        yield
    finally:
        for one in burners:
            one.kill()
            one.wait()


def graded(folder: Path, jobs: int, numpy: Path | None, home: Path) -> tuple[str, dict[str, Outcome]]:
    """NumPy's version, and what became of each learner's file."""
    with tempfile.TemporaryDirectory() as out:
        environment = {**os.environ, "QUIZDL_HOME": str(home)}
        if numpy is not None:
            environment["PYTHONPATH"] = str(numpy)
        command = [PYTHON, "-m", "quizdl", "grade", str(folder), "--out", out, "--jobs", str(jobs), "--seed", "4"]
        subprocess.run(command, env=environment, check=True, capture_output=True)
        with Path(out, "learners.csv").open(encoding="utf-8-sig", newline="") as file:
            names = dict(list(csv.reader(file))[1:])
        lines = map(json.loads, Path(out, "results.jsonl").read_text(encoding="utf-8").splitlines())
        results = [line for line in lines if line["line"] == "result"]
    found = {names[one["learner"]]: (one["verdict"], one["score"], one["passed"], one["mistake"]) for one in results}
    return results[0]["numpy"], found


def differing(runs: Sequence[dict[str, Outcome]]) -> dict[str, list[Outcome]]:
    """The learners to whom not every run said the same, with all that was said."""
    said = {name: [run[name] for run in runs] for name in runs[0]}
    return {name: outcomes for name, outcomes in said.items() if len(set(outcomes)) > 1}


def main() -> int:
    """Prints a table with a row for each NumPy and number of workers; 1 where anything differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--burners", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--numpy", type=Path, action="append", default=[], help="a folder with another NumPy")
    parser.add_argument("--out", type=Path, help="write the outcomes as JSON")
    arguments = parser.parse_args()
    everything: list[dict[str, Outcome]] = []
    rows = []
    with tempfile.TemporaryDirectory() as work, burning(arguments.burners):
        folder = Path(work, "class")
        folder.mkdir()
        count = classroom(folder)
        for numpy in (None, *arguments.numpy):
            for jobs in JOBS:
                found = [graded(folder, jobs, numpy, Path(work, "home")) for _ in range(arguments.runs)]
                runs = [outcomes for _, outcomes in found]
                everything += runs
                tally = ", ".join(
                    f"{verdict} {n}" for verdict, n in sorted(Counter(o[0] for o in runs[0].values()).items())
                )
                load = os.getloadavg()[0]
                rows.append({"numpy": found[0][0], "jobs": jobs, "load": load, "differing": differing(runs)})
                print(
                    f"NumPy {found[0][0]}, {jobs} workers, load {load:.1f}: {count} files × {len(runs)} runs, ", end=""
                )
                print(f"{len(differing(runs))} verdicts differ ({tally})", flush=True)
    odd = differing(everything)
    print(
        "over all of these:", "; ".join(f"{name} {outcomes}" for name, outcomes in odd.items()) or "no verdict differs"
    )
    if arguments.out:
        arguments.out.write_text(
            json.dumps({"rows": rows, "outcomes": everything[0]}, indent=2) + "\n", encoding="utf-8"
        )
    return 1 if odd else 0


if __name__ == "__main__":
    sys.exit(main())
