"""A code submission is judged out of its reach, whatever it tries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from code_answers import MISTAKES, RIGHT, Counting, Grade, english
from quizdl.model import Code
from quizdl.sandbox import Sandbox

# --- what is right -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        "gradient * rate",
        " rate*gradient ",
        "gradient * rate  # scaled",
        RIGHT,
        RIGHT.encode(),
    ],
    ids=["fill", "spaces", "comment", "whole as text", "whole file"],
)
def test_a_right_answer_passes_in_every_form(grade: Grade, answer: str | bytes) -> None:
    """One blank takes the fill, and a whole file by its function."""
    verdict = grade("gradient_clipping", answer)
    assert verdict.verdict == "correct"
    assert (verdict.score, verdict.passed, verdict.total) == (1.0, 23, 23)
    assert verdict.counterexample is None
    assert verdict.mistake is None
    assert verdict.isolation
    assert verdict.seconds > 0


def test_a_right_answer_runs_once(grade: Grade, sandbox: Sandbox) -> None:
    """No known mistake is run, and nothing is shrunk, for a submission that is right."""
    counting = Counting(sandbox)
    grade("gradient_clipping", "gradient * rate", mistakes=MISTAKES, sandbox=counting)
    assert len(counting.jobs) == 1


def test_changing_an_argument_is_a_note(grade: Grade) -> None:
    """In-place work is right, harms no other case, and is mentioned."""
    source = RIGHT.replace(
        "return gradient * (threshold / norm)", "return np.multiply(gradient, threshold / norm, out=gradient)"
    )
    verdict = grade("gradient_clipping", source)
    assert verdict.verdict == "correct"
    assert "in place" in english(verdict)


def test_several_results_may_come_as_a_list(grade: Grade) -> None:
    """`return w, v` and `return [w, v]` are one answer; the wrong element is named."""
    source = "def momentum_step(w, g, v, lr, mu):\n    new = mu * v - lr * g\n    return [w + new, {}]\n"
    assert grade("momentum_step", source.format("new")).verdict == "correct"
    assert "element [1] of the result" in english(grade("momentum_step", source.format("new * w")))


# --- seeds ---------------------------------------------------------------------------------------------------------


def test_hidden_inputs_are_fresh_for_every_submission(grade: Grade, sandbox: Sandbox) -> None:
    """Two submissions of the same text meet other inputs, and each verdict records its seed."""
    counting = Counting(sandbox)
    seeds = [grade("gradient_clipping", "gradient * rate", sandbox=counting).input_seed for _ in range(2)]
    drawn = [job.calls[-1]["threshold"] for job in counting.jobs]
    assert None not in seeds
    assert len(set(seeds)) == 2
    assert len(set(drawn)) == 2


def test_a_recorded_seed_repeats_the_verdict(grade: Grade) -> None:
    """`--input-seed` replays a dispute: the same counts, words and counterexample."""
    first = grade("gradient_clipping", "gradient / norm", mistakes=MISTAKES)
    again = grade("gradient_clipping", "gradient / norm", mistakes=MISTAKES, input_seed=first.input_seed)
    assert replace(again, seconds=first.seconds) == first


def test_the_key_never_enters_the_learners_process(grade: Grade, sandbox: Sandbox) -> None:
    """What is sent holds the submission, the template and the arguments, nothing else."""
    counting = Counting(sandbox)
    grade("gradient_clipping", "gradient", mistakes=MISTAKES, sandbox=counting)
    assert b"gradient * rate" not in b"".join(job.source for job in counting.jobs)
    assert all(set(call) - {""} == {"gradient", "threshold"} for job in counting.jobs for call in job.calls)


# --- what never passes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "trick",
    [
        "import numpy as np\nnp.allclose = lambda *a, **k: True\nnp.isclose = np.array_equal = np.allclose\n",
        "import os\nos._exit(0)\n",
        "import sys\nsys.exit(0)\n",
        "import builtins\nbuiltins.all = builtins.any = lambda *a: True\nbuiltins.abs = lambda x: 0\n",
        "import atexit, os\natexit.register(lambda: os._exit(0))\n",
        "class Same:\n    def __eq__(self, other): return True\n    def __array__(self, *a, **k): raise SystemExit\n",
    ],
)
@pytest.mark.parametrize("body", ["return gradient - 1", "import os; os._exit(0)", "return True", "return Same()"])
def test_tampering_never_passes(grade: Grade, trick: str, body: str) -> None:
    """Whatever is patched or ended in the learner's process, values are compared outside it."""
    verdict = grade("gradient_clipping", f"{trick}\ndef gradient_clipping(gradient, threshold):\n    {body}\n")
    assert verdict.verdict in {"wrong", "runtime_error", "forbidden"}
    assert verdict.score == 0


@pytest.mark.parametrize("answer", ["", "  \n\t", b"", b"\n \n"])
def test_an_empty_answer_is_unreadable(grade: Grade, sandbox: Sandbox, answer: str | bytes) -> None:
    """Nothing is run for it."""
    counting = Counting(sandbox)
    verdict = grade("gradient_clipping", answer, sandbox=counting)
    assert (verdict.verdict, verdict.score, verdict.input_seed, counting.jobs) == ("unreadable", 0.0, None, [])


def test_a_submission_over_64_kib_is_refused_unrun(grade: Grade, sandbox: Sandbox) -> None:
    """64 KiB pass, one byte more is a syntax error that names the limit."""
    counting = Counting(sandbox)
    exact = RIGHT.encode() + b"#" * (64 * 1024 - len(RIGHT.encode()))
    assert grade("gradient_clipping", exact, sandbox=counting).verdict == "correct"
    verdict = grade("gradient_clipping", exact + b"#", sandbox=counting)
    assert verdict.verdict == "syntax_error"
    assert len(counting.jobs) == 1
    assert "64 KiB" in english(verdict)


def test_an_untouched_blank_is_named(grade: Grade, questions: dict[str, Code]) -> None:
    """The template as handed out fails with a word on its blank, as a file and as a fill."""
    for answer in (questions["gradient_clipping"].template.encode(), "____"):
        verdict = grade("gradient_clipping", answer)
        assert verdict.verdict == "runtime_error"
        assert "The blank ____ is still there." in english(verdict)


def test_an_untouched_function_fails(grade: Grade, questions: dict[str, Code]) -> None:
    """A body of `...` returns nothing, and is told so."""
    verdict = grade("sigmoid", questions["sigmoid"].template)
    assert (verdict.verdict, verdict.mistake) == ("wrong", "generic:no_return")


# --- what cannot run -----------------------------------------------------------------------------------------------


def test_a_syntax_error_points_at_its_place(grade: Grade) -> None:
    """The line stands in the feedback with a caret under the place, under wide characters too."""
    verdict = grade("sigmoid", "def sigmoid(x):\n    y = 'あ' $ 1\n    return y\n")
    assert verdict.verdict == "syntax_error"
    told = english(verdict)
    assert "line 2" in told
    line, caret = told.split("\n")[-2:]
    assert line == "y = 'あ' $ 1"
    assert caret == " " * len("y = 'xx' ") + "^"


def test_a_syntax_error_in_a_fill_points_into_the_fill(grade: Grade) -> None:
    """Not into the template around it."""
    verdict = grade("gradient_clipping", "gradient * * rate")
    assert verdict.verdict == "syntax_error"
    assert english(verdict).split("\n")[-2:] == ["gradient * * rate", "           ^"]


def test_a_fill_cannot_leave_its_parentheses(grade: Grade) -> None:
    """A blank takes one expression."""
    assert grade("gradient_clipping", "gradient * rate) or (1").verdict == "syntax_error"
    assert grade("gradient_clipping", "x = 1").verdict == "syntax_error"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def clip(g, t):\n    return g\n", ["gradient_clipping", "clip"]),
        ("def gradient_clipping(gradient):\n    return gradient\n", ["(gradient, threshold)", "(gradient)"]),
        ("gradient_clipping = 3\n", ["gradient_clipping"]),
        ("raise ValueError('no')\n", ["ValueError", "line 1"]),
    ],
)
def test_a_function_that_cannot_be_called_names_what_was_expected(grade: Grade, source: str, words: list[str]) -> None:
    """Missing, of another arity, no function, or never defined: runtime errors that say so."""
    verdict = grade("gradient_clipping", source.encode())
    assert verdict.verdict == "runtime_error"
    assert all(word in english(verdict) for word in words)


def test_an_exception_names_its_line(grade: Grade) -> None:
    """The exception's words, the line and its text."""
    verdict = grade("sigmoid", "def sigmoid(x):\n    z = -x\n    return 1 / (1 + math.exp(z))\n")
    assert verdict.verdict == "runtime_error"
    assert (verdict.score, verdict.passed) == (0.0, 0)
    assert "NameError" in english(verdict)
    assert "> return 1 / (1 + math.exp(z))" in english(verdict)
    assert verdict.counterexample is not None
    assert "NameError" in verdict.counterexample.got


def test_an_endless_loop_is_a_timeout(grade: Grade) -> None:
    """The limit is the sandbox's; the verdict keeps its name."""
    assert grade("sigmoid", "def sigmoid(x):\n    while True:\n        pass\n").verdict == "timeout"


# --- partial credit ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "verdict", "score"),
    [
        ("return 1 / (1 + np.exp(-np.clip(x, -700, 700)))", "correct", 1.0),
        ("return x * 0", "partial", 1 / 3),
        ("return 1 / (1 + np.exp(-np.clip(x, -50, 50))) if x.ndim > 1 else x", "partial", 2 / 3),
        ("return np.array([0, 0.5, 1]) if x.ndim == 1 else x.sum()", "partial", 1 / 3),
        ("return 1.0", "wrong", 0.0),
        ("return 1 / 0", "runtime_error", 0.0),
        ("return x * 0 if x.ndim > 1 else 1 / 0", "partial", 1 / 3),
    ],
)
def test_aspects_earn_their_shares(
    grade: Grade, questions: dict[str, Code], body: str, verdict: str, score: float
) -> None:
    """Shape and values on the random cases, and the edges, a third each."""
    question = replace(questions["sigmoid"], aspects=("shape", "values", "edges"))
    got = grade(question, f"import numpy as np\ndef sigmoid(x):\n    {body}\n")
    assert got.verdict == verdict
    assert got.score == pytest.approx(score)
    assert ("Partial credit for" in english(got)) is (verdict == "partial")


def test_without_the_edges_aspect_edges_count_as_values(grade: Grade, questions: dict[str, Code]) -> None:
    """A wrong edge takes the values' share; it never goes unnoticed."""
    question = replace(questions["sigmoid"], aspects=("shape", "values"))
    source = "import numpy as np\ndef sigmoid(x):\n    return 1 / (1 + np.exp(-x)) if x.ndim > 1 else x\n"
    assert grade(question, source).score == pytest.approx(0.5)


def test_without_aspects_it_is_all_or_nothing(grade: Grade) -> None:
    """One wrong edge of 21 cases scores nothing, and says how many passed."""
    verdict = grade("relu_grad", "def relu_grad(x):\n    return (x >= 0).astype(float)\n")
    assert (verdict.verdict, verdict.score, verdict.passed, verdict.total) == ("wrong", 0.0, 20, 21)
    assert "but is 1.0." in english(verdict)


# --- faults of the bank and of the machine ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        {"reference": "no_such_reference"},
        {"reference": "lstm_step"},
        {"inputs": {"x": {"normul": [2]}}},
        {"edges": ({"x": "text"},)},
        {"edges": ({"y": 1.0},)},
        {"template": "def sigmoid(x):\n    return ____ + ____\n", "answer": "1"},
    ],
    ids=str,
)
def test_a_broken_question_is_never_the_learners_fault(
    grade: Grade, questions: dict[str, Code], fault: dict[str, Any]
) -> None:
    """It is a grader error with a message, whatever was submitted."""
    verdict = grade(replace(questions["sigmoid"], **fault), "x")
    assert (verdict.verdict, verdict.score) == ("grader_error", 0.0)
    assert len(verdict.feedback) >= 2


def test_a_machine_that_cannot_run_code_is_a_grader_error(grade: Grade, sandbox: Sandbox) -> None:
    """With the machine's own words."""
    verdict = grade("sigmoid", "def sigmoid(x): return x", sandbox=Counting(sandbox, refuse_after=0))
    assert verdict.verdict == "grader_error"
    assert "The machine stopped." in english(verdict)


SOLUTION = "import numpy as np\n\ndef double(x):\n    return 2 * x\n"


def test_a_bank_may_use_its_own_solution_as_reference(
    grade: Grade, whole_function: Callable[..., Code], sandbox: Sandbox
) -> None:
    """It runs in another sandboxed child; the learner's child never holds it."""
    question = whole_function("double", "solution", {"x": {"normal": ["B"]}})
    counting = Counting(sandbox)
    source = "def double(x):\n    return x + x\n"
    assert grade(question, source, solution=SOLUTION, sandbox=counting).verdict == "correct"
    assert [job.source for job in counting.jobs] == [SOLUTION.encode(), source.encode()]
    assert grade(question, "def double(x):\n    return x\n", solution=SOLUTION).verdict == "wrong"


def test_a_solution_that_fails_is_a_grader_error(grade: Grade, whole_function: Callable[..., Code]) -> None:
    """The bank's own program is to blame."""
    question = whole_function("double", "solution", {"x": {"normal": ["B"]}})
    for broken in ("def double(x):\n    return 1 / 0\n", "def double(x:\n", "x = 1\n"):
        assert grade(question, "def double(x): return x", solution=broken).verdict == "grader_error"
