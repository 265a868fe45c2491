"""Recognises named mistakes: the learner's results equal those of a known wrong program on every input."""

from __future__ import annotations

from quizdl.grading.ensemble import Ensemble, matching
from quizdl.grading.evidence import Observed
from quizdl.grading.program import program_of
from quizdl.model import Asked, AskedMistake, Code
from quizdl.sandbox import Sandbox


def named_mistakes(asked: Asked, question: Code, seen: Observed, sandbox: Sandbox) -> list[AskedMistake]:
    """The known mistakes that give the learner's results on all cases. Raises GraderError."""
    texts = [program_of(question, mistake.answer[0]).whole for mistake in asked.mistakes]
    if not texts:
        return []
    ensemble = Ensemble.of(question.function, texts)
    found = matching(ensemble, seen.cases, seen.results, seen.failing, sandbox)
    return [asked.mistakes[number] for number in found]
