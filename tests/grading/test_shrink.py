"""A counterexample can be checked by hand: few numbers, most of them zero, and the difference beside them."""

from __future__ import annotations

import statistics
from collections.abc import Callable

import numpy as np
import pytest

from quizdl.bank import Library, ask
from quizdl.grading.code import grade_code, smallest_failure
from quizdl.grading.compare import compare
from quizdl.grading.evidence import Failure
from quizdl.grading.inputs import Case, draw_cases, simple_cases
from quizdl.grading.keys import keys_of
from quizdl.grading.shrink import complexity, shrink
from quizdl.model import Answer, Code, Counterexample, Selection, Verdict
from quizdl.sandbox import Sandbox
from quizdl.text import same

from .conftest import asked_of

Grade = Callable[..., Verdict]


def test_every_listed_mistake_of_the_bank_has_one_that_is_checked_by_hand(sandbox: Sandbox) -> None:
    """At most 27 numbers (a GRU whose bank asks for two units), a dozen in the median, and few that are not zero."""
    sizes = []
    for question in Library().select(Selection(kind="code", day=3)):
        asked = ask(question, 0)
        assert isinstance(question, Code)
        for mistake in asked.mistakes[:1]:
            text = mistake.answer[0]
            whole = f"def {question.function}(" in text
            answer = Answer(source=text.encode()) if whole else Answer(text=text)
            case = smallest_failure(asked, answer, input_seed=7, sandbox=sandbox)
            assert case is not None, (question.id, mistake.id)
            sizes.append((*complexity(case), question.id))
    assert max(size for size, _, _ in sizes) <= 27, sizes
    assert statistics.median(size for size, _, _ in sizes) <= 12, sizes
    assert max(weight for _, weight, _ in sizes) <= 24, sizes
    assert statistics.median(weight for _, weight, _ in sizes) <= 6, sizes


def test_the_case_is_the_one_that_the_verdict_shows(sandbox: Sandbox) -> None:
    """The same seed gives the same counterexample, so that a trace can follow it."""
    question = Library().find("lstm-step")
    asked = ask(question, 0)
    answer = Answer(source=asked.mistakes[0].answer[0].encode())
    verdict = grade_code(asked, answer, input_seed=11, sandbox=sandbox)
    case = smallest_failure(asked, answer, input_seed=11, sandbox=sandbox)
    assert case is not None
    assert verdict.counterexample is not None
    shown = Failure(case, 0.0, 0.0).counterexample
    assert shown.inputs == verdict.counterexample.inputs


@pytest.mark.parametrize(
    "source", ["def sigmoid(x):\n    return 1 /", "def sigmoid(x):\n    while True: pass", "", "x" * 70_000]
)
def test_what_never_gave_results_has_none(sandbox: Sandbox, questions: dict[str, Code], source: str) -> None:
    """A file that cannot be read, or does not end, fails on no input in particular."""
    found = smallest_failure(
        asked_of(questions["sigmoid"]), Answer(source=source.encode()), input_seed=1, sandbox=sandbox
    )
    assert found is None


def failing(question: Code, wrong: Callable[[Case], object]) -> tuple[list[Failure], Callable[..., list[Failure]]]:
    """The failures of a wrong function, and the judge of more cases."""
    keys = keys_of(asked_of(question), question, None)  # type: ignore[arg-type]

    def judge(cases: list[Case]) -> list[Failure]:
        found = []
        for case, key in zip(cases, keys(cases), strict=True):
            got = wrong(case)
            difference = compare(key, got)
            if difference is not None:
                found.append(Failure(case, key, got, difference))
        return found

    return judge(draw_cases(question, 3)), judge


def test_sizes_shrink_before_numbers(questions: dict[str, Code]) -> None:
    """A softmax that is wrong wherever there are two classes: one row of two, nothing smaller shows it."""

    def wrong(case: Case) -> object:
        x = np.asarray(case.inputs["x"], dtype=float)
        e = np.exp(x - x.max(axis=-1, keepdims=True))
        return e / np.maximum(e.sum(axis=-1, keepdims=True), 1.5)

    failures, judge = failing(questions["softmax"], wrong)
    best = shrink(questions["softmax"], failures[-1], judge, 3)
    assert complexity(best.case)[0] <= 2
    assert complexity(best.case)[1] <= 4


def test_a_fault_that_only_large_numbers_show_keeps_them(questions: dict[str, Code]) -> None:
    """What a smaller case does not show is not shrunk away."""

    def wrong(case: Case) -> object:
        x = np.asarray(case.inputs["x"], dtype=float)
        return np.where(np.abs(x) > 500, 0.3, 1 / (1 + np.exp(-np.clip(x, -500, 500))))

    failures, judge = failing(questions["sigmoid"], wrong)
    best = shrink(questions["sigmoid"], failures[0], judge, 3)
    assert np.abs(np.asarray(best.case.inputs["x"])).max() > 500
    assert best.difference is not None


def test_what_is_drawn_whole_stays_what_the_author_meant(questions: dict[str, Code]) -> None:
    """Values that the specs do not allow never appear: a threshold drawn from 0.1 to 10 is not zero."""

    def wrong(case: Case) -> object:
        return np.asarray(case.inputs["gradient"]) * 3.0 + 1

    question = questions["gradient_clipping"]
    failures, judge = failing(question, wrong)
    best = shrink(question, failures[0], judge, 3)
    assert 0.1 <= float(best.case.inputs["threshold"]) <= 10  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("expected", "got", "difference"),
    [
        (np.array([1.0, 2.0]), np.array([1.0, 2.5]), "[0.0, 0.5]"),
        (2.0, 3, "1.0"),
        ((1.0, np.array([1.0])), (1.0, np.array([3.0])), "(0.0, [2.0])"),
        (np.array([1.0]), np.array([1.0, 2.0]), ""),
        (1.0, "text", ""),
        (1.0, np.nan, "nan"),
        (np.inf, np.inf, "0.0"),
        ((1.0, 2.0), 1.0, ""),
        (np.array([True]), np.array([False]), ""),
    ],
)
def test_the_difference_stands_beside_both(expected: object, got: object, difference: str) -> None:
    """Entry by entry, where both are numbers of one shape; else nothing."""
    shown = Failure(Case({"x": 1.0}), expected, got).counterexample
    assert isinstance(shown, Counterexample)
    assert shown.difference == difference


def test_an_exception_is_shown_in_pythons_own_words() -> None:
    """Where it was stands in the feedback."""
    shown = Failure(Case({"x": 1.0}), 1.0, None, error=same("ValueError: no (line 3)")).counterexample
    assert shown.got == "ValueError: no"
    assert shown.difference == ""


def test_probabilities_of_a_small_case_are_tenths(whole_function: Callable[..., Code]) -> None:
    """Rows that sum to 1 and can be read; the hidden inputs are drawn as ever."""
    question = whole_function(
        "softmax", "softmax", {"x": {"probabilities": ["B", "C"]}}, dims={"B": (1, 3), "C": (2, 4)}
    )
    for case in simple_cases(question, 5, 20):
        rows = np.asarray(case.inputs["x"])
        assert np.allclose(rows.sum(axis=-1), 1)
        assert np.all(rows > 0)
        assert np.array_equal(rows, np.round(rows, 1))
    hidden = np.asarray(draw_cases(question, 5)[0].inputs["x"])
    assert not np.array_equal(hidden, np.round(hidden, 1))
