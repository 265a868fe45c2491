"""Every lab at its default settings: what it reaches, and what it costs.

    python -m benchmarks.labs [--out FILE.json] [--seeds N] [NAME …]

A lab's goal is a claim; this is where it is kept. CPU seconds are told beside the clock's, since other work on the
machine makes the clock's longer. With several seeds the goal's share of them is told too.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from quizdl.labs.catalogue import ENTRIES
from quizdl.labs.core import Lab
from quizdl.labs.runner import run


def measured(lab: Lab, seed: int) -> dict[str, Any]:
    """One run at the default settings but for the seed."""
    settings = lab.defaults(seed=seed)
    cpu, clock = time.process_time(), time.monotonic()
    done = run(lab, settings, lab.start(settings, None))
    return {
        "lab": lab.name,
        "seed": seed,
        "reached": done.reached,
        "stopped": done.stopped,
        "steps": done.steps,
        "seconds": round(time.monotonic() - clock, 2),
        "cpu_seconds": round(time.process_time() - cpu, 2),
        "metrics": {name: float(f"{value:.6g}") for name, value in done.outcome.metrics.items()},
        "goal": lab.goal.en,
    }


def line(found: dict[str, Any], sweep: str) -> str:
    """One run in the table."""
    mark = {True: "yes", False: "NO", None: "–"}[found["reached"]]
    name = f"{sweep} {found['metrics'].get(sweep, float('nan')):.4g}"
    return (
        f"{found['lab']:<20}{found['seed']:>4}  {mark:<4}{name:<28}{found['seconds']:>8.1f}{found['cpu_seconds']:>8.1f}"
    )


def chosen(names: list[str]) -> Iterator[Lab]:
    """The labs of these names, or all."""
    for entry in ENTRIES:
        if not names or entry.name in names:
            lab: Lab = import_module(f"quizdl.labs.{entry.module}").LAB
            yield lab


def main() -> None:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'lab':<20}{'seed':>4}  {'goal':<4}{'metric':<28}{'seconds':>8}{'CPU':>8}")
    found = []
    for lab in chosen(arguments.names):
        for seed in range(arguments.seeds):
            found.append(measured(lab, seed))
            print(line(found[-1], lab.sweep), flush=True)
    reached = sum(one["reached"] is True for one in found)
    print(f"{reached} of {len(found)} runs reached their goal")
    if arguments.out:
        text = json.dumps({"load": os.getloadavg()[0], "cores": os.cpu_count(), "runs": found}, indent=1)
        arguments.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
