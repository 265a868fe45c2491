"""What one submission costs: warm and cold, at each level, beside the floors, interleaved in one run.

python -m benchmarks.sandbox [ROUNDS]
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack

import numpy as np

from quizdl.bank import Library, ask
from quizdl.grading import grade
from quizdl.model import Answer
from quizdl.sandbox import Job, Sandbox
from quizdl.sandbox.levels import Level

PYTHON = sys.executable
QUESTION, FILL = "gradient-clipping", "gradient * rate"
SOURCE = b"""import numpy as np
def gradient_clipping(gradient, threshold):
    norm = np.linalg.norm(gradient)
    return gradient * (threshold / norm) if norm > threshold else gradient
"""
THINKING = 0.03  # seconds after which a learner's next submission comes at the earliest
WARM_PER_ROUND = 10


def cold(home: str, level: str) -> Callable[[], object]:
    """A one-off command from start to end."""
    command = [PYTHON, "-m", "quizdl", "answer", QUESTION, FILL]
    environment = {**os.environ, "QUIZDL_HOME": home, "QUIZDL_SANDBOX": level}
    return lambda: subprocess.run(command, capture_output=True, env=environment, check=True)


def warm(stack: ExitStack, level: Level) -> dict[str, tuple[Callable[[], object], float]]:
    """Runs and graded submissions in one server, which has served before."""
    sandbox = stack.enter_context(Sandbox(most=level))
    random = np.random.RandomState(0)
    calls = tuple({"gradient": random.randn(3, 4), "threshold": 1.0} for _ in range(10))
    job = Job(None, SOURCE, "gradient_clipping", calls, visible=1)
    asked, answer = ask(Library().find(QUESTION), 0), Answer(text=FILL)
    for _ in range(3):
        sandbox.run(job)
    level = sandbox.level()
    return {
        f"{level} run of 10 calls, one after the other": (lambda: sandbox.run(job), 0.0),
        f"{level} run of 10 calls, after a pause": (lambda: sandbox.run(job), THINKING),
        f"{level} graded, one after the other": (lambda: grade(asked, answer, sandbox=sandbox), 0.0),
        f"{level} graded, after a pause": (lambda: grade(asked, answer, sandbox=sandbox), THINKING),
    }


def timed(work: Callable[[], object], pause: float) -> float:
    time.sleep(pause)
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main(rounds: int = 15) -> None:
    """Prints the median and the 95th percentile of each case in ms, and its ratio to importing NumPy."""
    floor = "python -c 'import numpy'"
    with ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory())
        once: dict[str, Callable[[], object]] = {
            floor: lambda: subprocess.run([PYTHON, "-c", "import numpy"], check=True),
            "cold, L3 if there is one": cold(home, "L3"),
            "cold, L2": cold(home, "L2"),
        }
        often = {**warm(stack, "L3"), **warm(stack, "L2")}
        times: dict[str, list[float]] = {name: [] for name in (*once, *often)}
        for _ in range(rounds):
            for name, work in once.items():  # interleaved, so that a busy moment hits all alike
                times[name].append(timed(work, 0.0))
            for name, (work, pause) in often.items():
                times[name] += [timed(work, pause) for _ in range(WARM_PER_ROUND)]
    print(f"{'':46} {'median':>8} {'p95':>8} {'× numpy':>8}")
    for name, values in times.items():
        median, high = statistics.median(values), statistics.quantiles(values, n=20)[-1]
        print(f"{name:46} {1000 * median:8.1f} {1000 * high:8.1f} {median / statistics.median(times[floor]):8.3f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
