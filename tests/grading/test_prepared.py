"""Many submissions to one question: prepared once, each is graded as it would be alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from quizdl.bank import Library, ask
from quizdl.grading.code import grade_code, grade_prepared, prepared_for_many
from quizdl.grading.fairness import DoubtfulError, run_alone, run_promptly
from quizdl.model import Answer, Code, Verdict
from quizdl.sandbox import Another, Job, Limits, Result, Run, Sandbox

Grade = Callable[..., Verdict]
CORPUS = Path(__file__).parent.parent / "corpus"


def corpus() -> list[Any]:
    """Honest wrong answers and unusual right ones to shipped questions."""
    found = []
    for folder in ("honest_wrong", "unusual_correct"):
        for case in yaml.safe_load((CORPUS / folder / "manifest.yaml").read_text(encoding="utf-8"))["cases"]:
            file = CORPUS / folder / case["file"]
            found += [pytest.param(case["function"], file, id=file.stem)]
    return found


@pytest.fixture(scope="module")
def library() -> Library:
    """The shipped bank."""
    return Library()


@pytest.mark.parametrize(("function", "path"), corpus())
def test_a_batch_says_what_a_single_grading_says(sandbox: Sandbox, library: Library, function: str, path: Path) -> None:
    """Verdict, score, mistake, every sentence and the counterexample, for the same hidden inputs."""
    asked = ask(library.find(function.replace("_", "-")), 0)
    answer = Answer(source=path.read_bytes())
    alone = grade_code(asked, answer, input_seed=11, sandbox=sandbox)
    prepared = prepared_for_many(asked, input_seed=11, sandbox=sandbox)
    for _ in range(2):  # the second time known mistakes have run already
        marked = grade_prepared(prepared, answer, sandbox=sandbox)
        assert msgspec.structs.replace(marked.verdict, seconds=alone.seconds) == alone


def test_what_is_public_tells_nothing_of_hidden_inputs(sandbox: Sandbox, library: Library) -> None:
    """Of the examples alone: a submission that is right on them is told no more."""
    asked = ask(library.find("gradient-clipping"), 0)
    assert isinstance(asked.question, Code)
    prepared = prepared_for_many(asked, input_seed=11, sandbox=sandbox)
    edges = len(asked.question.edges)
    right = (CORPUS / "honest_wrong" / "w_spectral_norm.py").read_bytes()
    marked = grade_prepared(prepared, Answer(source=right), sandbox=sandbox)
    assert marked.verdict.verdict != "correct"
    assert marked.public.total == edges
    assert len(marked.public.feedback) <= 2
    assert str(marked.public.passed) in marked.public.feedback[0].en
    if marked.public.passed == edges:
        assert marked.public.example is None


def test_a_counterexample_is_sought_in_the_same_process(sandbox: Sandbox, library: Library) -> None:
    """No other process is started for a wrong submission whose cause its results tell."""
    asked = ask(library.find("sigmoid"), 0)
    prepared = prepared_for_many(asked, input_seed=3, sandbox=sandbox)
    source = b"import numpy as np\ndef sigmoid(x):\n    return 2 / (1 + np.exp(-np.asarray(x, float)))\n"
    grade_prepared(prepared, Answer(source=source), sandbox=sandbox)  # known mistakes run once
    runs: list[Run] = []

    def counting(own: Sandbox, job: Job) -> Run:
        runs.append(own.run(job))
        return runs[-1]

    marked = grade_prepared(prepared, Answer(source=source), sandbox=sandbox, runner=counting)
    assert len(runs) == 1
    assert len(runs[0].results) > len(prepared.cases)
    assert marked.verdict.counterexample is not None
    assert marked.verdict.total == len(prepared.cases)


def test_what_happens_after_the_last_case_changes_no_verdict(sandbox: Sandbox) -> None:
    """A process that dies over a further call has answered all that counts."""

    def more(results: Any) -> list[dict[str, object]]:
        return [{"x": -1.0}] if len(results) == 2 else []

    source = b"import os\ndef f(x):\n    if x < 0:\n        os._exit(3)\n    return x\n"
    run = sandbox.run(Job(None, source, "f", ({"x": 1.0}, {"x": 2.0}), more=more))
    assert run.outcome == "ok"
    assert [result.value for result in run.results] == [1.0, 2.0]


def test_further_calls_are_answered_in_order(sandbox: Sandbox) -> None:
    """As often as more are wanted."""

    def more(results: Any) -> list[dict[str, object]]:
        return [{"x": float(len(results))}] * 2 if len(results) < 7 else []

    run = sandbox.run(Job(None, b"def f(x):\n    return x\n", "f", ({"x": 0.0},), more=more))
    assert [result.value for result in run.results] == [0.0, 1.0, 1.0, 3.0, 3.0, 5.0, 5.0]


def test_changes_of_the_text_are_tried_in_the_same_process(
    sandbox: Sandbox, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once known mistakes have run; what is said is what a process of their own would have them say."""
    asked = ask(library.find("softmax"), 0)
    answer = Answer(source=b"import numpy as np\ndef softmax(x):\n    e = np.exp(x)\n    return e / e.sum(axis=0)\n")
    alone = grade_code(asked, answer, input_seed=3, sandbox=sandbox)
    prepared = prepared_for_many(asked, input_seed=3, sandbox=sandbox)
    grade_prepared(prepared, answer, sandbox=sandbox)
    jobs: list[Job] = []
    run = sandbox.run
    monkeypatch.setattr(sandbox, "run", lambda job: jobs.append(job) or run(job))
    marked = grade_prepared(prepared, answer, sandbox=sandbox)
    assert len(jobs) == 1
    assert marked.verdict.feedback == alone.feedback
    assert marked.verdict.mistake == alone.mistake


def another(source: bytes) -> Another:
    """One call of another file's function."""
    return Another(source, "g", ({"x": 5.0, "y": 1.0},))


def test_another_file_goes_on_in_the_same_process(sandbox: Sandbox) -> None:
    """Its function gets the calls, with arguments of its own."""

    def more(results: Any) -> Another | tuple[()]:
        return another(b"def g(x, y):\n    return x - y\n") if len(results) == 1 else ()

    run = sandbox.run(Job(None, b"def f(x):\n    return x\n", "f", ({"x": 2.0},), visible=1, more=more))
    assert run.outcome == "ok"
    assert [result.value for result in run.results] == [2.0, 4.0]


@pytest.mark.parametrize(
    "source",
    [
        b"def g(x, y:\n",
        b"def h(x):\n    pass\n",
        b"raise SystemExit\n",
        b"import os\nos._exit(0)\n",
        b"\0",
        b"#" * 70_000,
    ],
)
def test_another_file_that_is_no_use_changes_nothing(sandbox: Sandbox, source: bytes) -> None:
    """What was answered before stands."""
    first = b"def f(x):\n    return x\n"
    run = sandbox.run(Job(None, first, "f", ({"x": 2.0},), more=lambda results: another(source)))
    assert run.outcome == "ok"
    assert [result.value for result in run.results] == [2.0]


@pytest.mark.parametrize(
    "head",
    [
        "import matplotlib.pyplot as plt",
        "import matplotlib\nimport pandas as pd, seaborn",
        "import numpy as np, matplotlib.pyplot as plt",
        "from sklearn.linear_model import LinearRegression as L, Lasso",
        "from scipy.special import *",
        "    \nimport torch  # for later",
    ],
)
def test_an_import_of_what_is_not_there_is_survived_where_nothing_needs_it(grade: Grade, head: str) -> None:
    """Right is right; a word names the module and its line."""
    body = "import numpy as np\ndef sigmoid(x):\n    return 0.5 * (1 + np.tanh(np.asarray(x) / 2))\n"
    verdict = grade("sigmoid", f"{head}\n{body}if __name__ == '__main__':\n    plt.show()\n".encode())
    told = " ".join(text.en for text in verdict.feedback)
    assert verdict.verdict == "correct", told
    assert "Left out" in told
    assert "(line" in told


def test_an_import_that_is_needed_is_named_with_its_line(grade: Grade) -> None:
    """Python's own error, not what would come of doing without."""
    source = b"import numpy as np\nfrom scipy.special import expit\ndef sigmoid(x):\n    return expit(x)\n"
    verdict = grade("sigmoid", source)
    assert verdict.verdict == "runtime_error"
    assert "No module named 'scipy' (line 2)" in verdict.feedback[0].en


class Scripted:
    """A sandbox that gives one run, whatever it is asked."""

    def __init__(self, run: Run) -> None:
        self.limits, self._run, self.runs = Limits(), run, 0

    def run(self, job: Job) -> Run:
        """The run."""
        self.runs += 1
        return self._run


def timeout(*, cpu: float, seconds: float, before: int = 0, each: float = 0.001, loaded: bool = True) -> Run:
    """A run that ended with a timeout after so many results."""
    results = tuple(Result(value=1.0, seconds=each) for _ in range(before))
    return Run("timeout", results=results, cpu=cpu, seconds=seconds, loaded=loaded)


JOB = Job(None, b"", "f", ({"x": 1.0},) * 30)


@pytest.mark.parametrize(
    "run",
    [
        timeout(cpu=2.0, seconds=2.1, loaded=False),  # it had a core
        timeout(cpu=1.97, seconds=9.0, before=3),  # nearly nothing done in its time
        timeout(cpu=2.0, seconds=8.0, before=20),  # a thousand times as long as the longest before
        timeout(cpu=0.01, seconds=10.0, before=2),  # asleep
    ],
)
def test_a_loop_is_told_at_once(run: Run) -> None:
    """However busy the machine was."""
    assert run_promptly(Scripted(run), JOB) is run  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "run",
    [
        timeout(cpu=1.2, seconds=10.0, before=20),  # it did not get its time
        timeout(cpu=2.0, seconds=4.0, before=25, each=0.07),  # it was getting on, slowly
        timeout(cpu=2.0, seconds=4.0, loaded=False),
    ],
)
def test_a_timeout_that_a_busy_machine_may_have_caused_is_no_verdict_yet(run: Run) -> None:
    """It is for `run_alone` to decide."""
    with pytest.raises(DoubtfulError):
        run_promptly(Scripted(run), JOB)  # type: ignore[arg-type]
    scripted = Scripted(run)
    assert run_alone(scripted, JOB) is run  # type: ignore[arg-type]
    assert scripted.runs <= 2
