"""Every figure in one table, as ratios to floors and to peers timed in the same run, with the facts of the machine.

python -m benchmarks [--only GROUP]... [--rounds N] [--out FILE.json] [--lang ja]

`--out docs/measured.json`, then `python docs/tools/make.py`, puts the figures into the READMEs.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, apart
from benchmarks.table import printed


def _startup(rounds: int) -> list[Figure]:
    from benchmarks import startup

    return startup.figures(rounds)


def _session(rounds: int) -> list[Figure]:
    from benchmarks import session

    return session.figures(10 * rounds)


def _banks(rounds: int) -> list[Figure]:
    from benchmarks import banks

    return banks.figures(max(rounds // 3, 2))


def _reports(rounds: int) -> list[Figure]:
    from benchmarks import reports

    return reports.figures(rounds)


def _grading(rounds: int) -> list[Figure]:
    from benchmarks import grading

    return grading.figures(rounds)


def _batch(_: int) -> list[Figure]:
    from benchmarks import batch

    return batch.figures()


def _engine(rounds: int) -> list[Figure]:
    return apart("benchmarks.engine", rounds)


GROUPS: dict[str, Callable[[int], list[Figure]]] = {
    "startup": _startup,
    "session": _session,
    "banks": _banks,
    "reports": _reports,
    "grading": _grading,
    "batch": _batch,
    "engine": _engine,
}


def main() -> None:
    """Measure the groups, print the table and the worst of it, and write the JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", action="append", choices=list(GROUPS), help="a group; may be given again")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    parser.add_argument("--lang", choices=("ja", "en"), default="en")
    arguments = parser.parse_args()
    machine = facts()
    print(", ".join(f"{name} {value}" for name, value in machine.items()))
    found: list[Figure] = []
    for name in arguments.only or GROUPS:
        figures = GROUPS[name](arguments.rounds)
        printed(figures, arguments.lang)
        found += figures
    for one in sorted((one for one in found if one.excess), key=lambda one: -one.excess)[:3]:
        print(f"{one.excess:5.2f} of its limit: {one.what.of(arguments.lang)}")
    if arguments.out:
        arguments.out.write_text(
            json.dumps(report(found, machine), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )


def facts() -> dict[str, Any]:
    """What the machine is, and how busy it was when it began."""
    return {
        "Python": platform.python_version(),
        "NumPy": version("numpy"),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
    }


def report(figures: list[Figure], machine: dict[str, Any]) -> dict[str, Any]:
    """The figures as the READMEs' table and a later comparison read them."""
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": machine,
        "rows": [
            {
                "group": one.group,
                "what": {"ja": one.what.ja, "en": one.what.en},
                "floor": {"ja": one.floor.ja, "en": one.floor.en},
                "ratio": [round(value, 3) for value in one.ratio],
                "milliseconds": [round(value, 3) for value in one.milliseconds],
                "limit": one.limit,
                "allowed_ms": one.allowed,
            }
            for one in figures
        ],
    }


if __name__ == "__main__":
    main()
