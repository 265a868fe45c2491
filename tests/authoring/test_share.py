"""Code questions are shared out among sandboxes: each is proved once, and no sandbox has two of them at a time."""

from __future__ import annotations

import os
import threading
from collections import Counter
from typing import Any, cast

import pytest

from quizdl.authoring.share import share, useful
from quizdl.authoring.subject import Subject
from quizdl.errors import GraderError
from quizdl.sandbox import Job, Run, Sandbox
from quizdl.text import same

from .conftest import BLANK, CHOICE, FUNCTION, NUMBER, SOLUTION, Prove


def _shared(count: int, sandboxes: list[str], prove: Any) -> None:
    share(cast("list[Subject]", list(range(count))), cast("list[Sandbox]", sandboxes), prove)


@pytest.mark.parametrize("sandboxes", [["a"], ["a", "b"]])
def test_each_question_is_proved_once_and_each_sandbox_has_one_at_a_time(sandboxes: list[str]) -> None:
    """Whoever takes a question from whom."""
    proved: list[int] = []
    busy = {name: threading.Lock() for name in sandboxes}

    def prove(subject: int, sandbox: str) -> None:
        assert busy[sandbox].acquire(blocking=False)
        proved.append(subject)
        busy[sandbox].release()

    _shared(200, sandboxes, prove)
    assert sorted(proved) == list(range(200))


def test_two_questions_are_really_under_way_at_once() -> None:
    """Each waits for the other, which only ends where both have begun."""
    meeting = threading.Barrier(2, timeout=30)
    _shared(2, ["a", "b"], lambda subject, sandbox: meeting.wait())
    assert not meeting.broken


def test_an_error_ends_it_and_no_further_question_is_begun() -> None:
    """A sandbox that cannot work is not asked again for each of the rest."""
    begun: Counter[str] = Counter()

    def prove(subject: int, sandbox: str) -> None:
        begun[sandbox] += 1
        raise GraderError(same("no sandbox"))

    with pytest.raises(GraderError, match="no sandbox"):
        _shared(100, ["a", "b"], prove)
    assert begun.total() <= 2


def test_there_are_no_more_sandboxes_than_questions_or_cores() -> None:
    """None at all where there is no code to run."""
    assert useful(0) == 0
    assert useful(1) == 1
    assert useful(50) <= min(2, os.cpu_count() or 1)


def test_keys_and_known_mistakes_run_once_a_question(prove: Prove, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process for each program that is proved, and one more for all the known mistakes of a question."""
    run, runs = Sandbox.run, []

    def counted(sandbox: Sandbox, job: Job) -> Run:
        runs.append(job.function)
        return run(sandbox, job)

    monkeypatch.setattr(Sandbox, "run", counted)
    report = prove(BLANK, FUNCTION, a_function=SOLUTION)
    assert not report.faults
    probe = 1
    assert len(runs) <= report.counts["programs"] + report.counts["code"] + probe


def test_what_is_found_does_not_depend_on_who_found_it(prove: Prove, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sandbox or two: the same faults in the same order, and the same counts."""
    wrong = [
        BLANK.replace("id: a-blank", f"id: blank-{number}").replace("fill: np.tanh(x)", "fill: np.cosh(x)**-2.0")
        for number in range(3)
    ]
    found = []
    for cores in (1, 2):
        monkeypatch.setattr("quizdl.authoring.check.useful", lambda programs, cores=cores: min(programs, cores))
        report = prove(*wrong)
        found.append(([str(fault.where) for fault in report.faults], report.counts))
    assert len(found[0][0]) == 3
    assert found[0] == found[1]


def test_nothing_is_started_for_what_needs_no_sandbox(prove: Prove, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes choices and numbers waits for no process."""

    def never() -> Sandbox:
        raise AssertionError("a sandbox was started")

    monkeypatch.setattr("quizdl.authoring.check._sandbox", never)
    assert not prove(NUMBER, CHOICE).faults
