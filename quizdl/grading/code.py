"""Grades `code`: the submission runs in the sandbox on inputs drawn after it is in hand, and is judged out here."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence

from msgspec.structs import replace

from quizdl.errors import BankError, GraderError
from quizdl.grading.evidence import failures_among
from quizdl.grading.explain import Sitting
from quizdl.grading.inputs import Case, draw_cases
from quizdl.grading.keys import keys_of
from quizdl.grading.program import Program, submitted
from quizdl.grading.verdicts import grader_error, unreadable
from quizdl.model import Answer, Asked, Code, Verdict
from quizdl.sandbox import Limits, Sandbox
from quizdl.text import Text

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
    keys = keys_of(asked, question, sandbox)
    expected = keys(cases)  # before the run: a broken question is the bank's fault whatever was submitted
    run = sandbox.run(program.job(cases, visible=len(question.edges)))
    sitting = Sitting(asked, question, program, seed, sandbox, keys, run)
    if run.outcome != "ok":
        verdict = sitting.stopped(run.outcome)
    elif len(run.results) != len(cases):
        raise GraderError(Text("結果の数が入力の数と合いません。", "There are not as many results as inputs."))
    else:
        failures = failures_among(cases, expected, run.results)
        verdict = sitting.failed(cases, failures) if any(failures) else sitting.passed(cases)
    return replace(verdict, total=len(cases), isolation=run.isolation)
