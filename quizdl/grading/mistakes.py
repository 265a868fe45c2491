"""Recognises a named mistake: the learner's results equal those of a known wrong program on every input."""

from __future__ import annotations

from collections.abc import Sequence

from quizdl.grading.compare import compare
from quizdl.grading.inputs import Case
from quizdl.grading.program import program_of
from quizdl.model import Asked, AskedMistake, Code
from quizdl.sandbox import Result, Sandbox


def named_mistake(
    asked: Asked, question: Code, cases: Sequence[Case], results: Sequence[Result], sandbox: Sandbox
) -> AskedMistake | None:
    """The one known mistake that gives these results on these cases; None where none or several do."""
    matching = [
        mistake for mistake in asked.mistakes if _alike(_results_of(question, mistake, cases, sandbox), results)
    ]
    return matching[0] if len(matching) == 1 else None


def _results_of(question: Code, mistake: AskedMistake, cases: Sequence[Case], sandbox: Sandbox) -> Sequence[Result]:
    run = sandbox.run(program_of(question, mistake.answer[0]).job(cases))
    return run.results if run.outcome == "ok" else ()


def _alike(mistaken: Sequence[Result], learned: Sequence[Result]) -> bool:
    return len(mistaken) == len(learned) and all(map(_same, mistaken, learned))


def _same(mistaken: Result, learned: Result) -> bool:
    """Equal values, or the same exception with the same words; the line may differ."""
    if mistaken.error is None and learned.error is None:
        return compare(mistaken.value, learned.value) is None
    return _words(mistaken) == _words(learned)


def _words(result: Result) -> str | None:
    return None if result.error is None else result.error.en.rpartition(" (line")[0] or result.error.en
