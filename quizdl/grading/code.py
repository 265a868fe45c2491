"""Grades `code`: the submission runs in the sandbox on inputs drawn after it is in hand, and is judged out here."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

from quizdl.errors import BankError, GraderError
from quizdl.grading.evidence import Failure, all_right, failures_among
from quizdl.grading.fairness import run_fairly
from quizdl.grading.inputs import Case, draw_cases
from quizdl.grading.keys import Keys, keys_of
from quizdl.grading.program import Program, submitted
from quizdl.grading.verdicts import grader_error, unreadable
from quizdl.model import Answer, Asked, Code, Verdict
from quizdl.sandbox import Limits, Run, Sandbox
from quizdl.text import Text

if TYPE_CHECKING:
    from quizdl.grading.explain import Sitting

MOST_BYTES = Limits().source


def grade_code(asked: Asked, answer: Answer, *, input_seed: int | None = None, sandbox: Sandbox) -> Verdict:
    """The verdict on one submission.

    input_seed: None draws fresh entropy, now that the submission is in hand; the verdict records it.
    A fault of the grader or of the bank is the verdict `grader_error`.
    Raises InputError for a seed out of range, TypeError where the question is no code question.
    """
    if not isinstance(asked.question, Code):
        raise TypeError(f"{asked.question.id} is no code question")
    began = time.perf_counter()
    program = submitted(asked.question, answer)
    verdict = _unrunnable(program) or _ran(asked, asked.question, program, _seed(input_seed), sandbox)
    return replace(verdict, seconds=time.perf_counter() - began)


def smallest_failure(asked: Asked, answer: Answer, *, input_seed: int, sandbox: Sandbox) -> Case | None:
    """The case that a grading with this seed shows as its counterexample; None where it shows none.

    Raises what `grade_code` raises, and GraderError or BankError where the grader or the bank is at fault.
    """
    if not isinstance(asked.question, Code):
        raise TypeError(f"{asked.question.id} is no code question")
    program = submitted(asked.question, answer)
    if _unrunnable(program) is not None:
        return None
    heat = _heat(asked, asked.question, program, input_seed, sandbox, draw_cases(asked.question, input_seed))
    first = next((failure for failure in heat.failures if failure is not None), None)
    return heat.sitting().shrunk(first).case if first else None


def _seed(wanted: int | None) -> int:
    return secrets.randbits(31) if wanted is None else wanted


def _unrunnable(program: Program) -> Verdict | None:
    if not program.source.strip():
        return unreadable(Text("答えが空です。", "The answer is empty."))
    if len(program.source) > MOST_BYTES:
        told = Text(
            f"提出できるのは {MOST_BYTES // 1024} KiB までです。",
            f"A submission may have at most {MOST_BYTES // 1024} KiB.",
        )
        return Verdict(verdict="syntax_error", score=0.0, passed=0, total=0, feedback=(told,))
    return None


def _ran(asked: Asked, question: Code, program: Program, seed: int, sandbox: Sandbox) -> Verdict:
    try:
        cases = draw_cases(question, seed)
        verdict = _judged(asked, question, program, seed, sandbox, cases)
    except (GraderError, BankError) as error:
        verdict = grader_error(error, total=0)
    return replace(verdict, input_seed=seed)


def _judged(
    asked: Asked, question: Code, program: Program, seed: int, sandbox: Sandbox, cases: Sequence[Case]
) -> Verdict:
    heat = _heat(asked, question, program, seed, sandbox, cases)
    run, gradient = heat.run, question.gradient_of
    if run.outcome != "ok":
        verdict = replace(heat.sitting().stopped(run.outcome), total=len(cases))
    elif any(heat.failures) or (gradient is not None and gradient.forward is not None):
        verdict = heat.sitting().finished(heat.cases, heat.expected, heat.failures)
    else:
        verdict = all_right(len(cases), run.results)
    return replace(verdict, isolation=run.isolation)


@dataclass(frozen=True, slots=True)
class _Heat:
    """One run of a submission on all cases, and what is wrong of it. failures: empty where it did not end well."""

    asked: Asked
    question: Code
    program: Program
    seed: int
    sandbox: Sandbox
    keys: Keys
    run: Run
    cases: Sequence[Case]
    expected: Sequence[object]
    failures: Sequence[Failure | None]

    def sitting(self) -> Sitting:
        """The same with all it takes to explain it, which code that is right never needs."""
        from quizdl.grading.explain import Sitting

        return Sitting(self.asked, self.question, self.program, self.seed, self.sandbox, self.keys, self.run)


def _heat(asked: Asked, question: Code, program: Program, seed: int, sandbox: Sandbox, cases: Sequence[Case]) -> _Heat:
    keys = keys_of(asked, question, sandbox)
    expected = keys(cases)  # before the run: a broken question is the bank's fault whatever was submitted
    run = run_fairly(sandbox, program.job(cases, visible=len(question.edges)))
    if run.outcome == "ok" and len(run.results) != len(cases):
        raise GraderError(Text("結果の数が入力の数と合いません。", "There are not as many results as inputs."))
    failures = failures_among(cases, expected, run.results) if run.outcome == "ok" else []
    return _Heat(asked, question, program, seed, sandbox, keys, run, cases, expected, failures)
