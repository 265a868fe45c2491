"""A class that shares what is known: of each submission is said what would be said of it alone, in whatever order."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import partial

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quizdl.bank import Library, ask
from quizdl.grading.behaviour import MOST_JUDGED, Behaviours, fingerprint
from quizdl.grading.code import Marked, grade_prepared, prepared_for_many
from quizdl.grading.evidence import Failure
from quizdl.grading.inputs import Case
from quizdl.grading.prepared import Prepared
from quizdl.model import Answer, Asked
from quizdl.sandbox import Job, Result, Run, Sandbox, Unsupported

QUESTION, SEED = "gradient-clipping", 7
HEAD = "import numpy as np\n\ndef gradient_clipping(gradient, threshold):\n    {0} = np.linalg.norm(gradient)\n"
BODIES = {
    "right": "    return gradient * (threshold / {0}) if {0} > threshold else gradient\n",
    "right in place": "    if {0} > threshold:\n        gradient *= threshold / {0}\n    return gradient\n",
    "right and loud": "    print({0})\n    return gradient * (threshold / {0}) if {0} > threshold else gradient\n",
    "right in single": "    return np.float32(gradient * (threshold / {0}) if {0} > threshold else gradient)\n",
    "right as a list": "    return (gradient * (threshold / {0}) if {0} > threshold else gradient).tolist()\n",
    "unnamed": "    return gradient * (threshold / {0} ** 2) if {0} > threshold else gradient\n",
    "unnamed and loud": "    print(1)\n    return gradient * (threshold / {0} ** 2) if {0} > threshold else gradient\n",
    "unnamed in place": "    if {0} > threshold:\n        gradient *= threshold / {0} ** 2\n    return gradient\n",
    "named": "    return gradient * (1 / threshold) if {0} > threshold else gradient\n",
    "always": "    return gradient * (threshold / {0})\n",
    "always, as a list": "    return (gradient * (threshold / {0})).tolist()\n",
    "always, in single": "    return np.float32(gradient * (threshold / {0}))\n",
    "whole numbers": "    return gradient.astype(int)\n",
    "not a number": "    return gradient * np.nan\n",
    "zero": "    return gradient * 0.0\n",
    "minus zero": "    return -np.abs(gradient * 0.0)\n",
    "two": "    return gradient, {0}\n",
    "a dict": "    return {{'gradient': gradient}}\n",
    "a generator": "    return (entry for entry in gradient)\n",
    "an object": "    return object()\n",
    "raises sometimes": "    if {0} > threshold:\n        raise ValueError('too long')\n    return gradient\n",
    "raises other words": "    if {0} > threshold:\n        raise ValueError({0})\n    return gradient\n",
    "raises lower": "\n\n    if {0} > threshold:\n        raise ValueError('too long')\n    return gradient\n",
    "raises always": "    return nothing\n",
    "another function": "def other():\n    pass\n",
    "no Python": "    retrun gradient\n",
}
NAMES = ("norm", "length")
SUBMISSIONS = [(body, name) for body in BODIES for name in NAMES]


@pytest.fixture(scope="module")
def asked() -> Asked:
    """The question of the shipped bank."""
    return ask(Library().find(QUESTION), 0)


def text_of(body: str, name: str) -> Answer:
    """A submission in words of its own."""
    return Answer(source=f"{HEAD}{BODIES[body]}".format(name).encode())


def said(marked: Marked) -> object:
    """All that a grading says, but for the time that it took."""
    return msgspec.structs.replace(marked.verdict, seconds=0.0), asdict(marked.public), marked.hidden


@pytest.fixture(scope="module")
def alone(asked: Asked, sandbox: Sandbox) -> dict[tuple[str, str], object]:
    """What is said of each where nothing is known of others."""
    found = {}
    for one in SUBMISSIONS:
        prepared = replace(prepared_for_many(asked, input_seed=SEED, sandbox=sandbox), behaviours=None)
        found[one] = said(grade_prepared(prepared, text_of(*one), sandbox=sandbox))
    return found


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(SUBMISSIONS))
def test_what_is_said_of_a_submission_hangs_on_no_other(
    alone: dict[tuple[str, str], object], asked: Asked, sandbox: Sandbox, order: list[tuple[str, str]]
) -> None:
    """Verdict, sentences, counterexample, what is public and what is not: in any order, and a second time."""
    prepared = prepared_for_many(asked, input_seed=SEED, sandbox=sandbox)
    for one in (*order, *order[:10]):
        assert said(grade_prepared(prepared, text_of(*one), sandbox=sandbox)) == alone[one], one


def only_on(case: Case) -> bytes:
    """A submission that is wrong on one input alone, and on nothing simpler."""
    gradient = case.inputs["gradient"]
    assert isinstance(gradient, np.ndarray)
    here = f"(gradient.tobytes(), threshold) == ({gradient.tobytes()!r}, {case.inputs['threshold']!r})"
    head, right = HEAD.format("norm"), BODIES["right"].format("norm")
    return f"{head}    if {here}:\n        return gradient * 3\n{right}".encode()


def test_a_hidden_input_is_no_less_hidden_for_the_next(asked: Asked, sandbox: Sandbox) -> None:
    """A counterexample that is a hidden input as drawn is told to be one, whoever has run into it before."""
    prepared = prepared_for_many(asked, input_seed=SEED, sandbox=sandbox)
    source = only_on(prepared.cases[-1])
    for number in range(3):
        marked = grade_prepared(prepared, Answer(source=source + b"#" * number), sandbox=sandbox)
        assert marked.verdict.passed == len(prepared.cases) - 1
        assert marked.hidden


def runs_of(prepared: Prepared, answer: Answer, sandbox: Sandbox) -> tuple[Marked, list[Run]]:
    """The grading, and the runs that it took."""
    runs: list[Run] = []

    def counting(own: Sandbox, job: Job) -> Run:
        runs.append(own.run(job))
        return runs[-1]

    return grade_prepared(prepared, answer, sandbox=sandbox, runner=counting), runs


def test_a_case_that_was_drawn_is_not_tried_again(asked: Asked, sandbox: Sandbox) -> None:
    """Where it is itself what others failed on, its result is there."""
    prepared = prepared_for_many(asked, input_seed=SEED, sandbox=sandbox)
    source = only_on(prepared.cases[-1])
    seen = []
    for number in range(2):
        _, (run,) = runs_of(prepared, Answer(source=source + b"#" * number), sandbox)
        seen.append(len(run.results))
    assert seen[1] <= len(prepared.cases) + 3


@pytest.mark.parametrize("body", ["right", "named", "unnamed", "always"])
def test_results_that_came_before_are_judged_once(
    asked: Asked, sandbox: Sandbox, body: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many texts give them."""
    prepared = prepared_for_many(asked, input_seed=SEED, sandbox=sandbox)
    compared: list[int] = []
    find = Behaviours.judged

    def judged(self: Behaviours, results: list[Result], judge: object) -> object:
        return find(self, results, lambda: compared.append(len(results)) or judge())  # type: ignore[operator]

    monkeypatch.setattr(Behaviours, "judged", judged)
    for number in range(4):
        grade_prepared(prepared, text_of(body, f"norm_{number}"), sandbox=sandbox)
    assert len(compared) == 1


def result(value: object, number: int = 0, *, mutated: bool = False) -> Result:
    """What one call gave."""
    return Result(value=value, number=number, mutated=mutated)


def wrong(value: object) -> list[Failure | None]:
    """One case that failed, and one that did not."""
    return [Failure(Case({"x": 1.0}), 0.0, value), None]


def test_the_failures_of_equal_results_are_the_same_objects() -> None:
    """What is made of them to be shown is made once, even where numbers differ; and never where a bit does."""
    known = Behaviours()
    first = known.judged([result(1.0, 1), result(0.0, 2)], lambda: wrong(1.0))
    assert known.judged([result(1.0, 1), result(0.0, 2)], lambda: wrong(1.0)).failures is first.failures
    assert known.judged([result(1.0, 3), result(0.0, 2)], lambda: wrong(1.0)).failures is first.failures
    assert known.judged([result(1.0, 1), result(-0.0, 4)], lambda: wrong(1.0)).failures is not first.failures
    assert known.judged([result(1.0), result(0.0, 2)], lambda: wrong(1.0)).failures is not first.failures


def test_what_is_judged_is_bounded_by_number_and_by_size() -> None:
    """Of behaviours that all differ the latest are kept, of large ones fewer."""
    for size in (1, 4000, 100_000):
        known, many = Behaviours(), range(1, 3 * MOST_JUDGED)
        for number in many:
            value = np.full(size, float(number))
            known.judged([result(value, number)], partial(wrong, value))
        found = [known.judged([result(0.0, number)], lambda: [None]).failures for number in many]
        kept = sum(failures[0] is not None for failures in found)
        assert kept <= MOST_JUDGED
        assert kept * size * 8 <= 1 << 20


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (result(0.0), result(-0.0)),
        (result(1), result(1.0)),
        (result(True), result(1)),
        (result(np.float32([1])), result(np.float64([1]))),
        (result((1.0,)), result([1.0])),
        (result(1.0), result(1.0, mutated=True)),
        (result(Unsupported("coroutine")), result(Unsupported("generator"))),
        (result("1.0"), result(1.0)),
    ],
)
def test_the_fingerprint_tells_apart_what_is_not_the_same(one: Result, other: Result) -> None:
    """Type, form and every bit."""
    assert fingerprint([one]) != fingerprint([other])
    assert fingerprint([one]) == fingerprint([replace(one, seconds=1.0, number=9)])
