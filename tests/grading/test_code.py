"""A code submission is judged out of its reach, told why it is wrong, and shown one small case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from quizdl.errors import GraderError
from quizdl.model import Code, Verdict
from quizdl.sandbox import Job, Run, Sandbox
from quizdl.text import Text

Grade = Callable[..., Verdict]

RIGHT = """\
import numpy as np

def gradient_clipping(gradient, threshold):
    norm = np.linalg.norm(gradient)
    return gradient * (threshold / norm) if norm > threshold else gradient
"""
MISTAKES = {"divided-by-threshold": "gradient / threshold", "element-wise": "np.maximum(gradient, threshold)"}


class Counting:
    """The real sandbox, seen from outside: keeps the jobs, and may refuse after some of them."""

    def __init__(self, inner: Sandbox, refuse_after: int = 1000) -> None:
        self.inner, self.refuse_after = inner, refuse_after
        self.jobs: list[Job] = []

    def run(self, job: Job) -> Run:
        if len(self.jobs) >= self.refuse_after:
            raise GraderError(Text("止まりました。", "The machine stopped."))
        self.jobs.append(job)
        return self.inner.run(job)


def english(verdict: Verdict) -> str:
    """All feedback in one text."""
    return "\n".join(text.en for text in verdict.feedback)


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


# --- why it is wrong -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["{}", RIGHT.replace("gradient * (threshold / norm)", "{}")], ids=["fill", "file"])
@pytest.mark.parametrize("name", MISTAKES)
def test_a_known_mistake_is_named(grade: Grade, name: str, form: str) -> None:
    """The same results on every input earn the mistake's name and reason, however the program is written."""
    verdict = grade("gradient_clipping", form.format(MISTAKES[name]), mistakes=MISTAKES)
    assert (verdict.verdict, verdict.mistake) == ("wrong", name)
    assert f"because {name}" in english(verdict)


def test_a_mistake_may_be_a_whole_program(grade: Grade) -> None:
    """Patches of a worked solution are whole files."""
    patched = RIGHT.replace("np.linalg.norm(gradient)", "np.sum(gradient ** 2)")
    verdict = grade("gradient_clipping", patched.encode(), mistakes={**MISTAKES, "no-root": patched})
    assert verdict.mistake == "no-root"


def test_another_fault_is_not_named_after_a_known_mistake(grade: Grade) -> None:
    """A false cause is worse than none."""
    assert grade("gradient_clipping", "gradient * rate + 0.5 * gradient ** 2", mistakes=MISTAKES).mistake is None


def test_two_mistakes_that_fit_alike_name_neither(grade: Grade) -> None:
    """Which of the two was made is not known."""
    twice = {**MISTAKES, "again": "gradient / threshold"}
    assert grade("gradient_clipping", "gradient / threshold", mistakes=twice).mistake is None


def test_an_exception_is_a_known_mistake_only_with_the_same_words(grade: Grade) -> None:
    """A mistake that raises is recognised by what it raises."""
    raising = {"shapes": "gradient.reshape(7, -1, 11)"}
    same_words = grade("gradient_clipping", "np.reshape(gradient, (7, -1, 11))", mistakes=raising)
    other_words = grade("gradient_clipping", "gradient.reshape(5, -1, 11)", mistakes=raising)
    assert (same_words.mistake, other_words.mistake) == ("shapes", None)


@pytest.mark.parametrize(
    ("function", "source", "name"),
    [
        (
            "softmax",
            "e = np.exp(x - x.max(-1, keepdims=True)); return (e / e.sum(-1, keepdims=True)).T",
            "transposed",
        ),
        ("sigmoid", "return -1 / (1 + np.exp(-x))", "sign"),
        ("sigmoid", "return 2 / (1 + np.exp(-x))", "factor"),
        ("sigmoid", "return 0.25 + 1 / (1 + np.exp(-x))", "constant_offset"),
        ("sigmoid", "return 1 / (1 + np.exp(x))", "complement"),
        ("sigmoid", "return np.round(1 / (1 + np.exp(-x)), 3)", "rounded"),
        ("sigmoid", "return (1 / (1 + np.exp(-x))).astype(np.float16)", "float16"),
        (
            "softmax",
            "e = np.exp(x - x.max(-1, keepdims=True)); return (e / e.sum(-1, keepdims=True)).ravel()",
            "flattened",
        ),
        ("mse", "return ((p - y) ** 2).sum()", "sum_not_mean"),
        ("mse", "return np.sqrt(((p - y) ** 2).mean())", "square_root"),
        ("mse", "print(((p - y) ** 2).mean())", "no_return"),
    ],
)
def test_generic_causes_are_named(
    grade: Grade, questions: dict[str, Code], function: str, source: str, name: str
) -> None:
    """What a teacher sees at a glance, on every failing input."""
    arguments = ", ".join(questions[function].inputs)
    verdict = grade(
        function, f"import numpy as np\nnp.seterr(all='ignore')\ndef {function}({arguments}):\n    {source}\n"
    )
    assert (verdict.verdict, verdict.mistake) == ("wrong", f"generic:{name}")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("return 1 / (1 + np.exp(-x.mean()))", ["shape", "()"]),
        ("return np.where(x > 0, np.nan, 1 / (1 + np.exp(-x)))", ["NaN"]),
        ("return [str(entry) for entry in x]", ["a list of"]),
        ("return np.round(np.tanh(x)).astype(int)", ["int64", "decimals"]),
        ("return {'y': x}", ["{'y': "]),
        ("return object()", ["object"]),
        ("return np.where(x > 1, 7.0, 1 / (1 + np.exp(-x)))", ["at index", "7.0"]),
    ],
)
def test_feedback_says_what_differs(grade: Grade, source: str, words: list[str]) -> None:
    """Shape, NaN, type, dtype, the first bad index with both values, the largest errors."""
    program = f"import numpy as np\nnp.seterr(all='ignore')\ndef sigmoid(x):\n    {source}\n"
    verdict = grade("sigmoid", program, input_seed=5)
    assert verdict.verdict == "wrong"
    assert all(word in english(verdict) for word in words), english(verdict)
    assert len(verdict.feedback) <= 6


def test_every_sentence_is_in_both_languages(grade: Grade) -> None:
    """Neither is empty, and the first one gives the count."""
    verdict = grade("gradient_clipping", "gradient / threshold", mistakes=MISTAKES)
    assert all(text.ja and text.en for text in verdict.feedback)
    assert f"{verdict.total - verdict.passed} of 23" in verdict.feedback[0].en


# --- the counterexample --------------------------------------------------------------------------------------------


def test_the_counterexample_is_small(grade: Grade) -> None:
    """Of tensors up to 4×4×4 with many decimals, a few round numbers remain."""
    source = RIGHT.replace("np.linalg.norm(gradient)", "np.linalg.norm(gradient) * 1.5")
    for seed in range(5):
        shown = grade("gradient_clipping", source, input_seed=seed).counterexample
        assert shown is not None
        assert list(shown.inputs) == ["gradient", "threshold"]
        assert sum(len(form) for form in shown.inputs.values()) <= 24
        assert shown.expected != shown.got


def test_the_counterexample_fails_as_the_first_failing_case_does(grade: Grade) -> None:
    """A wrong shape is not shrunk into another fault."""
    shown = grade("sigmoid", "def sigmoid(x):\n    return 1 if x.ndim == 2 else x\n", input_seed=1)
    assert shown.counterexample is not None
    assert shown.counterexample.got.count(",") == 2
    assert "shape" not in english(shown)


def test_the_counterexample_stays_in_the_authors_domain(grade: Grade) -> None:
    """A threshold is drawn from 0.1 to 10, and so it stays."""
    shown = grade("gradient_clipping", RIGHT.replace("else gradient", "else gradient * 2"), input_seed=3).counterexample
    assert shown is not None
    assert 0.1 <= float(shown.inputs["threshold"]) <= 10


def test_a_failing_machine_does_not_take_the_verdict_back(grade: Grade, sandbox: Sandbox) -> None:
    """Where shrinking and naming cannot run, the verdict stands as it is."""
    verdict = grade(
        "gradient_clipping", "gradient / norm", mistakes=MISTAKES, sandbox=Counting(sandbox, refuse_after=1)
    )
    assert verdict.verdict == "wrong"
    assert verdict.counterexample is not None
    assert verdict.mistake is None


def test_hostile_values_are_printed_safely(grade: Grade) -> None:
    """Escape and bidirectional characters never reach the screen, and forms are short."""
    verdict = grade("sigmoid", "def sigmoid(x):\n    return '\\x1b[31mred\\u202e' + 'x' * 5000\n")
    assert verdict.counterexample is not None
    shown = verdict.counterexample.got + english(verdict)
    assert not set(shown) & {"\x1b", "\u202e"}
    assert len(verdict.counterexample.got) < 220


# --- output --------------------------------------------------------------------------------------------------------


def test_only_visible_output_is_shown(grade: Grade) -> None:
    """What is printed on the placed edges is shown, cleaned; on hidden inputs it is not."""
    source = "def sigmoid(x):\n    print('\\x1b[1mshape', x.shape)\n    return x\n"
    told = english(grade("sigmoid", source, input_seed=1))
    assert told.count("shape (3,)") == 1
    assert told.count("shape") == 1
    assert "\x1b" not in told


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
