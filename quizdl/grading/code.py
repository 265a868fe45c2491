"""Grades `code`: the submission runs in the sandbox on inputs drawn after it is in hand, and is judged out here."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from dataclasses import replace as replace_fields
from typing import TYPE_CHECKING, TypeAlias

from msgspec.structs import replace

from quizdl.errors import BankError, GraderError
from quizdl.grading.absent import still_needed, without_absent
from quizdl.grading.evidence import Failure, all_right
from quizdl.grading.fairness import run_fairly
from quizdl.grading.inputs import Case, draw_cases
from quizdl.grading.prepared import Prepared, prepare, prepare_for_many
from quizdl.grading.program import Program, submitted
from quizdl.grading.public import PublicView, of_examples, of_stopped
from quizdl.grading.pursuit import Pursuit
from quizdl.grading.verdicts import grader_error, unreadable
from quizdl.model import Answer, Asked, Code, Verdict
from quizdl.sandbox import Job, Limits, Run, Sandbox
from quizdl.text import Text

if TYPE_CHECKING:
    from quizdl.grading.explain import Sitting

MOST_BYTES = Limits().source

Runner: TypeAlias = Callable[[Sandbox, Job], Run]
"""How a submission is run: `run_fairly`, or in a batch `run_promptly`."""


def grade_code(asked: Asked, answer: Answer, *, input_seed: int | None = None, sandbox: Sandbox) -> Verdict:
    """The verdict on one submission.

    input_seed: None draws fresh entropy, now that the submission is in hand; the verdict records it.
    A fault of the grader or of the bank is the verdict `grader_error`.
    Raises InputError for a seed out of range, TypeError where the question is no code question.
    """
    question = _code(asked)
    began, program = time.perf_counter(), submitted(question, answer)
    verdict = _unrunnable(program) or _drawn_and_graded(asked, question, program, _seed(input_seed), sandbox)
    return replace(verdict, seconds=time.perf_counter() - began)


def prepared_for_many(asked: Asked, *, input_seed: int, sandbox: Sandbox) -> Prepared:
    """The question with hidden inputs that a whole batch shares, as long as the sandbox lives.

    Raises GraderError or BankError where the bank is at fault, and what `grade_code` raises.
    """
    question = _code(asked)
    return prepare_for_many(asked, question, input_seed, draw_cases(question, input_seed), sandbox)


def grade_prepared(prepared: Prepared, answer: Answer, *, sandbox: Sandbox, runner: Runner = run_fairly) -> Marked:
    """The verdict on one of many submissions, and what of it everybody may know. Raises what `runner` raises."""
    began, program = time.perf_counter(), submitted(prepared.question, answer)
    examples = len(prepared.question.edges)
    if (verdict := _unrunnable(program)) is not None:
        marked = Marked(verdict, of_stopped(examples, verdict.feedback))
    else:
        try:
            marked = _heat(prepared, program, sandbox, runner).marked()
        except (GraderError, BankError) as error:
            verdict = grader_error(error, total=0)
            marked = Marked(verdict, of_stopped(examples, verdict.feedback))
    verdict = replace(marked.verdict, input_seed=prepared.input_seed, seconds=time.perf_counter() - began)
    return Marked(verdict, marked.public, marked.hidden)


@dataclass(frozen=True, slots=True)
class Marked:
    """hidden: the counterexample is one of the hidden inputs as it was drawn."""

    verdict: Verdict
    public: PublicView
    hidden: bool = False


def smallest_failure(asked: Asked, answer: Answer, *, input_seed: int, sandbox: Sandbox) -> Case | None:
    """The case that a grading with this seed shows as its counterexample; None where it shows none.

    Raises what `grade_code` raises, and GraderError or BankError where the grader or the bank is at fault.
    """
    question = _code(asked)
    program = submitted(question, answer)
    if _unrunnable(program) is not None:
        return None
    prepared = prepare(asked, question, input_seed, draw_cases(question, input_seed), sandbox)
    smallest = _heat(prepared, program, sandbox, run_fairly).smallest
    return smallest.case if smallest else None


def _code(asked: Asked) -> Code:
    if not isinstance(asked.question, Code):
        raise TypeError(f"{asked.question.id} is no code question")
    return asked.question


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


def _drawn_and_graded(asked: Asked, question: Code, program: Program, seed: int, sandbox: Sandbox) -> Verdict:
    try:
        if question.bank:  # its template and its reference are code that did not come with the program
            sandbox.require("L2")
        prepared = prepare(asked, question, seed, draw_cases(question, seed), sandbox)
        verdict = _heat(prepared, program, sandbox, run_fairly).verdict()
    except (GraderError, BankError) as error:
        verdict = grader_error(error, total=0)
    return replace(verdict, input_seed=seed)


@dataclass(frozen=True, slots=True)
class _Heat:
    """One run of a submission on all cases, and what is wrong of it.

    failures: empty where it did not end well. pursuit: what was found out of them. notes: on what was done to run it at
    all.
    """

    prepared: Prepared
    program: Program
    sandbox: Sandbox
    run: Run
    failures: Sequence[Failure | None]
    pursuit: Pursuit
    notes: tuple[Text, ...] = ()

    @property
    def smallest(self) -> Failure | None:
        """The failure that is easiest to read, None without any."""
        return self.pursuit.smallest if self.failures else None

    def verdict(self) -> Verdict:
        run, cases, gradient = self.run, self.prepared.cases, self.prepared.question.gradient_of
        if run.outcome != "ok":
            verdict = replace(self.sitting().stopped(run.outcome), total=len(cases))
        elif any(self.failures) or (gradient is not None and gradient.forward is not None):
            verdict = self.sitting().finished(self.failures, self.smallest)
        else:
            verdict = all_right(len(cases), run.results)
        return replace(verdict, feedback=(*verdict.feedback, *self.notes), isolation=run.isolation)

    def marked(self) -> Marked:
        """The verdict, with what everybody may know."""
        verdict, examples = self.verdict(), len(self.prepared.question.edges)
        if self.run.outcome != "ok":
            return Marked(verdict, of_stopped(examples, verdict.feedback))
        hidden = self.smallest is not None and any(self.smallest.case is one for one in self.prepared.cases[examples:])
        return Marked(verdict, of_examples(self.failures[:examples]), hidden)

    def sitting(self) -> Sitting:
        """The same with all it takes to explain it, which code that is right never needs."""
        from quizdl.grading.explain import Sitting

        return Sitting(self.prepared, self.program, self.sandbox, self.run, self.pursuit)


def _heat(prepared: Prepared, program: Program, sandbox: Sandbox, runner: Runner) -> _Heat:
    heat = _run_once(prepared, program, sandbox, runner)
    spared = without_absent(program, heat.run) if heat.run.outcome == "runtime_error" else None
    if spared is not None:
        again = _run_once(prepared, spared[0], sandbox, runner)
        if not still_needed(again.run):
            return replace_fields(again, notes=(spared[1],))
    return heat


def _run_once(prepared: Prepared, program: Program, sandbox: Sandbox, runner: Runner) -> _Heat:
    cases, pursuit = prepared.cases, Pursuit(prepared, program, sandbox)
    visible, known = len(prepared.question.edges), prepared.behaviours.known if prepared.behaviours else None
    run = runner(sandbox, program.job(cases, visible, prepared.packets, known, pursuit.more))
    if run.outcome != "ok":
        return _Heat(prepared, program, sandbox, run, (), pursuit)
    if len(run.results) < len(cases):
        raise GraderError(Text("結果の数が入力の数と合いません。", "There are not as many results as inputs."))
    pursuit.go_on(lambda batch: sandbox.run(program.job(batch)).results)
    if len(run.results) > len(cases):
        run = replace_fields(run, results=run.results[: len(cases)])
    return _Heat(prepared, program, sandbox, run, pursuit.failures, pursuit)
