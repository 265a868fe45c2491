"""Submissions to `gradient-clipping`, and a sandbox that can be watched."""

from __future__ import annotations

from collections.abc import Callable

from quizdl.errors import GraderError
from quizdl.model import Verdict
from quizdl.sandbox import Job, Run, Sandbox
from quizdl.text import Text

Grade = Callable[..., Verdict]

RIGHT = """\
import numpy as np

def gradient_clipping(gradient, threshold):
    norm = np.linalg.norm(gradient)
    return gradient * (threshold / norm) if norm > threshold else gradient
"""
MISTAKES = {"divided-by-threshold": "gradient / threshold", "element-wise": "np.maximum(gradient, threshold)"}


class Counting:
    """The real sandbox, seen from outside: keeps the jobs, and may refuse after some of them."""

    def __init__(self, inner: Sandbox, refuse_after: int = 1000) -> None:
        self.inner, self.refuse_after = inner, refuse_after
        self.jobs: list[Job] = []

    def run(self, job: Job) -> Run:
        if len(self.jobs) >= self.refuse_after:
            raise GraderError(Text("止まりました。", "The machine stopped."))
        self.jobs.append(job)
        return self.inner.run(job)


def english(verdict: Verdict) -> str:
    """All feedback in one text."""
    return "\n".join(text.en for text in verdict.feedback)
