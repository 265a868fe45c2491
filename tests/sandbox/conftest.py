"""One warm sandbox for the whole room's tests, and the function that the submissions define."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from quizdl.sandbox import Job, Limits, Run, Sandbox

SUBMISSIONS = Path(__file__).parent.parent / "corpus"
LIMITS = Limits(cpu=1.0, wall=2.5)  # short, for the cases that use them up


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(LIMITS) as warm:
        yield warm


def clip(gradient: npt.NDArray[np.float64], threshold: float) -> npt.NDArray[np.float64]:
    norm = np.linalg.norm(gradient)
    return gradient * (threshold / norm) if norm > threshold else gradient


class Clipping:
    """`gradient_clipping(gradient, threshold)`, graded as a grader would: outside the submission's process."""

    def __init__(self) -> None:
        random = np.random.RandomState(0)
        drawn = [{"gradient": random.randn(3, 4) * scale, "threshold": 2.0} for scale in (0.1, 1.0, 10.0)]
        self.calls = ({"gradient": np.zeros((2, 3)), "threshold": 1.0}, *drawn)
        self.expected = [clip(**call) for call in self.calls]
        self.good = self.job((SUBMISSIONS / "unusual_correct" / "r_pure_python.py").read_bytes())

    def job(self, source: bytes) -> Job:
        """The submission called on every case; one may be heard."""
        return Job(None, source, "gradient_clipping", self.calls, visible=1)

    def is_right(self, run: Run) -> bool:
        return run.outcome == "ok" and all(
            isinstance(result.value, np.ndarray)
            and result.value.shape == expected.shape
            and np.allclose(result.value, expected, rtol=1e-4)
            for result, expected in zip(run.results, self.expected, strict=True)
        )


@pytest.fixture(scope="session")
def clipping() -> Clipping:
    return Clipping()
