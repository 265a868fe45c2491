"""Runs code that nobody trusts, and nothing else: a job in, results or an outcome out.

The trusted side is this folder, the untrusted side is `inside/`. They share `values.py` and `wire.py`: how inputs and
results cross; and `summary.py`: how a value is described. A job's process knows the submission and its inputs; it never
knows an expected value, and what it says is data, never a verdict.
"""

from quizdl.sandbox.records import Another, Job, Limits, Result, Run, RunOutcome, Unsupported
from quizdl.sandbox.sandbox import Sandbox

__all__ = ["Another", "Job", "Limits", "Result", "Run", "RunOutcome", "Sandbox", "Unsupported"]
