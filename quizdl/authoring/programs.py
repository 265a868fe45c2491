"""Proves a code question in the sandbox: its solution passes, its template fails, its mistakes fail by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quizdl.authoring.subject import Subject
from quizdl.bank.solutions import solution_of
from quizdl.errors import BankError, GraderError
from quizdl.grading.code import grade_prepared, prepared_for_many
from quizdl.grading.inputs import check_inputs
from quizdl.grading.keys import check_reference
from quizdl.grading.prepared import Prepared
from quizdl.grading.verdicts import grader_error
from quizdl.model import Answer, Asked, Code, Verdict
from quizdl.text import Text

if TYPE_CHECKING:
    from quizdl.sandbox import Sandbox

_INPUT_SEEDS = (0, 1, 2)
"""A solution must pass on whatever is drawn; three draws of twenty inputs each find what one would miss."""


def prove_programs(subject: Subject, asked: Asked, sandbox: Sandbox) -> None:
    """Run the solution, the template and the mistakes of a code question."""
    question = asked.question
    if not isinstance(question, Code):
        raise TypeError(f"{question.id} is no code question")
    try:
        check_reference(question)
        check_inputs(question)
    except BankError as error:
        subject.broken(("inputs",) if "inputs" in error.message.en else ("reference",), error)
        return
    prover = _Prover(subject, asked, question, sandbox)
    if prover.solution():
        prover.template()
        prover.mistakes()


class _Prover:
    def __init__(self, subject: Subject, asked: Asked, question: Code, sandbox: Sandbox) -> None:
        self._subject = subject
        self._asked = asked
        self._question = question
        self._sandbox = sandbox
        self._prepared: dict[int, Prepared] = {}

    def solution(self) -> bool:
        """The worked answer passes: as a whole file and, for one blank, as its fill."""
        answers = [Answer(source=solution_of(self._question).encode())]
        if self._question.answer is not None:
            answers.append(Answer(text=self._question.answer))
        return all(self._is_right(answer, seed) for answer in answers for seed in _INPUT_SEEDS)

    def template(self) -> None:
        """The untouched template fails, or the question would be answered before it is asked."""
        verdict = self._grade(Answer(source=self._question.template.encode()), 0)
        if verdict.verdict in ("correct", "grader_error"):
            message = Text("手を加えていない template が正解になります。", "The untouched template is right.")
            self._fault(("template",), message, verdict)

    def mistakes(self) -> None:
        """Each mistake fails, and is named."""
        places = {mistake.id: index for index, mistake in enumerate(self._question.mistakes)}
        for mistake in self._asked.mistakes:
            verdict = self._grade(_answer(self._question, mistake.answer[0]), 0)
            path = ("mistakes", places[mistake.id])
            if verdict.verdict in ("correct", "grader_error"):
                message = Text(f"間違い「{mistake.id}」が正解になります。", f"The mistake '{mistake.id}' is right.")
                self._fault(path, message, verdict)
            elif verdict.mistake != mistake.id:
                got = verdict.mistake or "-"
                message = Text(
                    f"間違い「{mistake.id}」が {got} と判定されます（{verdict.verdict}）。",
                    f"The mistake '{mistake.id}' is recognised as {got} ({verdict.verdict}).",
                )
                self._fault(path, message, verdict)

    def _is_right(self, answer: Answer, seed: int) -> bool:
        verdict = self._grade(answer, seed)
        if verdict.verdict == "correct":
            return True
        message = Text(
            f"模範解答が {verdict.verdict} と採点されます（入力シード {seed}）。",
            f"The worked solution is graded {verdict.verdict} (input seed {seed}).",
        )
        self._fault(("answer",) if self._question.answer is not None else ("id",), message, verdict)
        return False

    def _grade(self, answer: Answer, seed: int) -> Verdict:
        """The verdict, on inputs that all programs share as in a batch: keys and known mistakes run once."""
        self._subject.counts["programs"] += 1
        try:
            prepared = self._on_inputs(seed)
        except (GraderError, BankError) as error:
            return grader_error(error, total=0)
        return grade_prepared(prepared, answer, sandbox=self._sandbox).verdict

    def _on_inputs(self, seed: int) -> Prepared:
        if seed not in self._prepared:
            self._prepared[seed] = prepared_for_many(self._asked, input_seed=seed, sandbox=self._sandbox)
        return self._prepared[seed]

    def _fault(self, path: tuple[str | int, ...], message: Text, verdict: Verdict) -> None:
        """Report a surprise with what the grader said of it, and its counterexample."""
        ja, en = (" ".join(getattr(text, lang) for text in verdict.feedback) for lang in ("ja", "en"))
        shown = verdict.counterexample
        case = f" {shown.inputs} → {shown.got} ≠ {shown.expected}" if shown else ""
        self._subject.fault(path, message, Text(f"採点の説明: {ja}{case}", f"The grader says: {en}{case}"))


def _answer(question: Code, program: str) -> Answer:
    """A fill is typed; a whole program, as a `change` makes it, is handed in as a file."""
    whole = question.answer is None or f"def {question.function}(" in program
    return Answer(source=program.encode()) if whole else Answer(text=program)
