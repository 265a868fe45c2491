"""The inputs of a code question find what is wrong: programs with one small change do not pass."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from itertools import islice

import pytest

from mutants import mutants
from quizdl.bank import Library, ask, solution_of
from quizdl.grading import grade
from quizdl.grading.inputs import draw_cases
from quizdl.model import Answer, Code, Selection
from quizdl.sandbox import Sandbox

ENOUGH = 5
QUESTIONS = [one for one in Library().select(Selection()) if isinstance(one, Code)]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as warm:
        yield warm


@pytest.fixture
def without_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the cases that the author placed are drawn."""
    monkeypatch.setattr("quizdl.grading.code.draw_cases", partial(draw_cases, count=0))


@pytest.mark.usefixtures("without_chance")
@pytest.mark.parametrize("question", QUESTIONS, ids=[one.id for one in QUESTIONS])
def test_the_placed_cases_catch_small_changes_to_the_solution(question: Code, sandbox: Sandbox) -> None:
    """Five of them at least, the random cases left out; some changes change nothing and may pass."""
    asked = ask(question, 0)
    killed = 0
    for program in islice(mutants(solution_of(question), question.function), 40):
        killed += grade(asked, Answer(source=program.encode()), input_seed=1, sandbox=sandbox).verdict != "correct"
        if killed == ENOUGH:
            break
    assert killed == ENOUGH


def test_the_right_solution_is_no_mutant() -> None:
    """What changes nothing at all is never offered, so that a question is not blamed for passing it."""
    for question in QUESTIONS[:20]:
        unchanged = ast.unparse(ast.parse(solution_of(question)))
        assert unchanged not in set(islice(mutants(solution_of(question), question.function), 40))
