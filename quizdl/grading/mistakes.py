"""Recognises named mistakes: the learner's results equal those of a known wrong program on every input."""

from __future__ import annotations

from collections.abc import Sequence

from quizdl.grading.ensemble import Ensemble, found_by, matching, results_of, same_result
from quizdl.grading.evidence import Observed
from quizdl.grading.inputs import Case
from quizdl.grading.program import program_of
from quizdl.model import Asked, AskedMistake, Code
from quizdl.sandbox import Result, Sandbox


def named_mistakes(asked: Asked, question: Code, seen: Observed, sandbox: Sandbox) -> list[AskedMistake]:
    """The known mistakes that give the learner's results on all cases. Raises GraderError."""
    if not asked.mistakes:
        return []
    search = matching(_programs(asked, question), seen.cases, seen.results, seen.failing)
    return [asked.mistakes[number] for number in found_by(search, sandbox)]


class MistakeTable:
    """What each known mistake gives on cases that many submissions are tried on: run once, when first wanted."""

    def __init__(self, asked: Asked, question: Code, cases: Sequence[Case], sandbox: Sandbox) -> None:
        self._asked, self._question, self._cases, self._sandbox = asked, question, cases, sandbox
        self._results: list[Sequence[Result]] | None = None

    @property
    def is_ready(self) -> bool:
        """Whether `recognise` needs no sandbox any more."""
        return not self._asked.mistakes or self._results is not None

    def recognise(self, seen: Observed) -> list[AskedMistake]:
        """As `named_mistakes`. seen: on the table's own cases. Raises GraderError."""
        if not self._asked.mistakes:
            return []
        if self._results is None:
            self._results = results_of(_programs(self._asked, self._question), self._cases, self._sandbox)
        if self._results is None:
            return named_mistakes(self._asked, self._question, seen, self._sandbox)
        order = [*seen.failing, *range(len(self._cases))]  # those that tell programs apart come first
        pairs = zip(self._asked.mistakes, self._results, strict=True)
        return [one for one, gave in pairs if all(same_result(seen.results[at], gave[at]) for at in order)]


def _programs(asked: Asked, question: Code) -> Ensemble:
    texts = [program_of(question, mistake.answer[0]).whole for mistake in asked.mistakes]
    return Ensemble.of(question.function, texts)
