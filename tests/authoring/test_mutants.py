"""The inputs of a code question find what is wrong: programs with one small change do not pass."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import pytest

from mutants import mutants
from quizdl.bank import Library, ask, solution_of
from quizdl.grading import grade
from quizdl.model import Answer, Code, Selection
from quizdl.sandbox import Sandbox

ENOUGH = 5
QUESTIONS = [one for one in Library().select(Selection()) if isinstance(one, Code)]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as warm:
        yield warm


@pytest.mark.parametrize("question", QUESTIONS, ids=[one.id for one in QUESTIONS])
def test_small_changes_to_the_solution_are_caught(question: Code, sandbox: Sandbox) -> None:
    """Five of them, or all where a one-line answer has fewer; some changes change nothing and may pass."""
    asked = ask(question, 0)
    programs = list(islice(mutants(solution_of(question), question.function), 40))
    killed = 0
    for program in programs:
        killed += grade(asked, Answer(source=program.encode()), input_seed=1, sandbox=sandbox).verdict != "correct"
        if killed == ENOUGH:
            break
    assert killed >= min(ENOUGH, len(programs)) > 0
