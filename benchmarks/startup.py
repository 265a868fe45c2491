"""How long quizdl takes to start, as ratios to bare Python and to its own imports, interleaved in one run.

python -m benchmarks.startup [ROUNDS]
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

PYTHON = sys.executable
CLIP = b"""\
import numpy as np


def gradient_clipping(gradient, threshold):
    norm = np.linalg.norm(gradient)
    return gradient * (threshold / norm) if norm > threshold else gradient
"""
CASES: dict[str, tuple[list[str], bytes]] = {
    "python": ([PYTHON, "-c", "pass"], b""),
    "import typer, rich, yaml": ([PYTHON, "-c", "import typer, rich, yaml"], b""),
    "import numpy": ([PYTHON, "-c", "import numpy"], b""),
    "quizdl --help": ([PYTHON, "-m", "quizdl", "--help"], b""),
    "quizdl practice (first question, piped)": ([PYTHON, "-m", "quizdl", "practice", "--day", "3"], b""),
    "quizdl show ID": ([PYTHON, "-m", "quizdl", "show", "conv-output-size"], b""),
    "quizdl list --day 3": ([PYTHON, "-m", "quizdl", "list", "--day", "3"], b""),
    "quizdl answer (number)": ([PYTHON, "-m", "quizdl", "answer", "conv-output-size", "3x3"], b""),
    "quizdl answer (maths)": ([PYTHON, "-m", "quizdl", "answer", "chain-rule", "2(x+y)"], b""),
    "quizdl answer (a blank of code)": (
        [PYTHON, "-m", "quizdl", "answer", "gradient-clipping", "gradient * rate"],
        b"",
    ),
    "quizdl submit (code, cold)": ([PYTHON, "-m", "quizdl", "submit", "gradient-clipping", "-"], CLIP),
}


def main(rounds: int = 15) -> None:
    """Print the median of each case in ms, and its ratio to the three floors."""
    times: dict[str, list[float]] = {name: [] for name in CASES}
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "QUIZDL_HOME": home}
        for _ in range(rounds):
            for name, (command, data) in CASES.items():  # interleaved, so that a busy moment hits all alike
                began = time.perf_counter()
                subprocess.run(command, input=data, capture_output=True, env=environment, check=False)
                times[name].append(time.perf_counter() - began)
    medians = {name: statistics.median(values) for name, values in times.items()}
    floors = ("python", "import typer, rich, yaml", "import numpy")
    print(f"{'':42} {'ms':>6} " + " ".join(f"{'× ' + floor:>26}" for floor in floors))
    for name, median in medians.items():
        print(f"{name:42} {1000 * median:6.0f} " + " ".join(f"{median / medians[floor]:26.2f}" for floor in floors))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
