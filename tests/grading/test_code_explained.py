"""A wrong submission is told why it is wrong, and shown one small case."""

from __future__ import annotations

import pytest

from code_answers import MISTAKES, RIGHT, Counting, Grade, english
from quizdl.model import Code
from quizdl.sandbox import Sandbox


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
