"""The engine beside PyTorch (CPU, eager, one thread): forward + backward of the same layer in the same run, as ratios.

`python -m benchmarks.engine [--json FILE] [--repeats N] [--only NAME]`. Rounds are interleaved, ours, theirs, ours,
theirs, so that whatever else the machine does hits both. `floor` is NumPy's pure matrix products of the same sizes:
what no NumPy engine can beat. `naive` is the same layer as in `benchmarks.naive`.
"""

from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before NumPy is imported, or it has no effect

import argparse
import ctypes
import json
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.engine_workloads import WORKLOADS, Workload
from benchmarks.figures import Figure, milliseconds
from quizdl.text import Text, same

DTYPES = {"float64": np.float64, "float32": np.float32}


class Row(NamedTuple):
    """One workload in one precision: seconds of each contestant, a round each."""

    workload: str
    dtype: str
    seconds: Mapping[str, list[float]]

    def ratios(self, contestant: str, to: str) -> tuple[float, float, float] | None:
        """min, median and max over the rounds of contestant/to; None where either is missing."""
        if contestant not in self.seconds or to not in self.seconds:
            return None
        pairs = zip(self.seconds[contestant], self.seconds[to], strict=True)
        found = sorted(one / other for one, other in pairs)
        return found[0], statistics.median(found), found[-1]


def main() -> None:
    """Runs every workload in both precisions, prints the table, writes the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, default=None, help="where to write the figures")
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--only", default="", help="workloads whose name contains this")
    options = parser.parse_args()
    torch = imported_torch()
    print(f"NumPy {np.__version__} multiplies matrices with OpenBLAS's {kernels()} kernels")
    contestants = f"{'to torch: min–median–max':>27}{'goal':>6}{'most':>6}  to floor, naive"
    print(f"{'workload':<26}{'dtype':<9}{'ours ms':>9}{contestants}")
    rows = []
    for workload in WORKLOADS:
        if options.only in workload.name:
            for dtype in DTYPES:
                rows.append(measured(workload, dtype, torch, options.repeats))
                print(line(workload, rows[-1]), flush=True)
    if options.json:
        options.json.write_text(json.dumps(report(rows, torch), indent=1) + "\n", encoding="utf-8")


def figures(rounds: int) -> list[Figure]:
    """Every workload in both precisions, to PyTorch; nothing where that is not installed."""
    torch = imported_torch()
    if torch is None:
        return []
    return [_figure(workload, measured(workload, dtype, torch, rounds)) for workload in WORKLOADS for dtype in DTYPES]


def _figure(workload: Workload, row: Row) -> Figure:
    to_torch = row.ratios("ours", "torch")
    assert to_torch is not None  # noqa: S101 - PyTorch is there
    return Figure(
        "engine",
        same(f"{row.workload}, {row.dtype}"),
        Text("PyTorch（CPU、1 スレッド）", "PyTorch, CPU, one thread"),
        to_torch,
        milliseconds(row.seconds["ours"]),
        limit=workload.goals[row.dtype][1],
    )


def imported_torch() -> Any:
    """PyTorch with one thread, or None."""
    try:
        import torch
    except ImportError:
        print(
            "PyTorch is not installed: only the floors and the naive forms are compared (pip install 'quizdl[oracles]')"
        )
        return None
    torch.set_num_threads(1)
    return torch


def kernels() -> str:
    """For which processor NumPy's OpenBLAS has chosen its kernels: an older one's cost up to half the speed.

    `OPENBLAS_CORETYPE=SkylakeX` in the environment chooses those for AVX-512, which it does not do for every processor
    that has it.
    """
    try:
        maps = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
        library = next(line.split()[-1] for line in maps if "openblas" in line)
        name = ctypes.CDLL(library).scipy_openblas_get_corename64_
    except (OSError, StopIteration, AttributeError):
        return "(unknown)"
    name.restype = ctypes.c_char_p
    return str(name().decode())


def measured(workload: Workload, dtype: str, torch: Any, repeats: int) -> Row:
    """Interleaved rounds of all contestants of a workload."""
    contestants: dict[str, Callable[[], object]] = dict(workload.ours(DTYPES[dtype]))
    if torch is not None:
        contestants["torch"] = workload.theirs(torch, dtype)
    calls = {name: calls_in(run, 0.002) for name, run in contestants.items()}
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(repeats):
        for name, run in contestants.items():
            seconds[name].append(timed(run, calls[name]))
    return Row(workload.name, dtype, seconds)


def calls_in(run: Callable[[], object], span: float) -> int:
    """How many calls make a round of about `span` seconds; the first calls also warm up."""
    run()
    return max(1, int(span / timed(run, 1)))


def timed(run: Callable[[], object], calls: int) -> float:
    """Seconds a call."""
    start = time.perf_counter()
    for _ in range(calls):
        run()
    return (time.perf_counter() - start) / calls


def line(workload: Workload, row: Row) -> str:
    """A row of the table."""
    goal, most = workload.goals[row.dtype]
    ours = statistics.median(row.seconds["ours"]) * 1e3
    return (
        f"{row.workload:<26}{row.dtype:<9}{ours:>9.3f}{shown(row.ratios('ours', 'torch')):>27}{goal:>6}{most:>6}"
        f"  {shown(row.ratios('ours', 'floor'))}, {shown(row.ratios('ours', 'naive'))}"
    )


def shown(ratios: tuple[float, float, float] | None) -> str:
    """min–median–max."""
    return "-" if ratios is None else "–".join(f"{ratio:.2f}" for ratio in ratios)


def report(rows: list[Row], torch: Any) -> dict[str, Any]:
    """The figures and the machine."""
    return {
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "numpy": np.__version__,
            "openblas": kernels(),
            "torch": getattr(torch, "__version__", None),
        },
        "rows": [
            {
                "workload": row.workload,
                "dtype": row.dtype,
                "milliseconds": {name: statistics.median(times) * 1e3 for name, times in row.seconds.items()},
                "to_torch": row.ratios("ours", "torch"),
                "to_floor": row.ratios("ours", "floor"),
                "to_naive": row.ratios("ours", "naive"),
            }
            for row in rows
        ],
    }


if __name__ == "__main__":
    main()
