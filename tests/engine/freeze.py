"""Asks PyTorch for the answers to every parity case and keeps them: `python tests/engine/freeze.py [family …]`."""

from __future__ import annotations

import sys

import torch

from engine_cases import frozen

PINNED = "2.13.0"


def main() -> None:
    """Writes the families that are named, or all."""
    if not torch.__version__.startswith(PINNED):
        sys.exit(f"PyTorch {PINNED} is the oracle, this is {torch.__version__}")
    for family in sys.argv[1:] or frozen.families():
        cases = frozen.parity_cases(family)
        if cases:
            frozen.save(family, {case.name: frozen.theirs(case, torch) for case in cases})
            print(f"{family}: {len(cases)} cases, {(frozen.FOLDER / f'{family}.npz').stat().st_size} bytes")


if __name__ == "__main__":
    main()
