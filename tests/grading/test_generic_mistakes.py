"""What people do by accident is recognised in any code question, though no author listed it; and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from quizdl.bank import Library, ask
from quizdl.bank.solutions import solution_of
from quizdl.grading.code import grade_code
from quizdl.grading.repairs import repairs_of
from quizdl.model import Answer, Code, Selection, Verdict
from quizdl.sandbox import Sandbox

Grade = Callable[..., Verdict]

SIZES = {"B": (1, 4), "H": (1, 4), "O": (1, 4)}
ROWS = {"x": {"normal": ["B", "H"]}}


@pytest.fixture
def more(whole_function: Callable[..., Code], questions: dict[str, Code]) -> dict[str, Code]:
    """Questions by their functions: the room's own, some with sizes of their own, and some of the bank's."""
    found = dict(questions)
    library = Library()
    for name in ("rnn-step", "rnn-forward", "lstm-step", "attention", "kl-gaussian"):
        question = library.find(name)
        assert isinstance(question, Code)
        found[question.function] = question
    numbers = {name: {"integers": {"low": low, "high": high}} for name, low, high in _SIZES}
    vectors = {name: {"normal": ["H"]} for name in ("w", "g", "m")}
    rates = {name: {"uniform": [0.8, 0.9]} for name in ("b1", "b2")}
    for function, inputs, dims in (
        ("conv_output_size", numbers, SIZES),
        ("affine_backward", {"dy": {"normal": ["B", "O"]}, **ROWS, "W": {"normal": ["H", "O"]}}, SIZES),
        (
            "batch_norm",
            {**ROWS, "gamma": {"normal": ["H"]}, "beta": {"normal": ["H"]}, "eps": {"uniform": [1e-6, 1e-5]}},
            {"B": (2, 5), "H": (1, 4)},
        ),
        (
            "adam_step",
            {
                **vectors,
                "v": {"uniform": {"low": 0, "high": 1, "dims": ["H"]}},
                "t": {"integers": {"low": 1, "high": 9}},
                "lr": {"uniform": [0.01, 1]},
                **rates,
                "eps": {"uniform": [1e-8, 1e-7]},
            },
            SIZES,
        ),
    ):
        found[function] = whole_function(function, function, inputs, dims=dims)
    return found


_SIZES = (("h", 5, 30), ("f", 1, 5), ("s", 1, 4), ("p", 0, 3))
_ADAM = "m = b1*m + (1-b1)*g; v = b2*v + (1-b2)*g**2; "
_STEPS = "hs = []; h = h0\n    for t in range({}):\n        h = np.tanh(x[{}] @ W_in + h @ W + b); hs.append(h)\n    "

MISTAKES = [
    ("transposed", "affine_backward", "return dy @ W.T, (x.T @ dy).T, dy.sum(axis=0)"),
    ("transposed", "rnn_step", "return np.tanh(x @ W + h @ U.T + b)"),
    ("factor", "mse", "return ((p - y) ** 2).mean() / 2"),
    ("factor", "rnn_step", "return 2 * np.tanh(x @ W + h @ U + b)"),
    ("sign", "mse", "return ((p + y) ** 2).mean()"),
    ("sign", "momentum_step", "v = mu * v + lr * g; return w + v, v"),
    ("sign", "kl_gaussian", "return -0.5 * (1 + log_var - mu**2 + np.exp(log_var)).sum(-1).mean()"),
    ("wrong_axis", "softmax", "e = np.exp(x - x.max(axis=0)); return e / e.sum(axis=0)"),
    ("wrong_axis", "layer_norm", "return (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-5)"),
    ("wrong_axis", "affine_backward", "return dy @ W.T, x.T @ dy, dy.sum(axis=1)"),
    (
        "wrong_axis",
        "attention",
        "s = Q @ K.T / np.sqrt(Q.shape[-1]); e = np.exp(s - s.max(axis=0)); return e / e.sum(axis=0) @ V",
    ),
    ("whole_array", "softmax", "e = np.exp(x - x.max(axis=-1, keepdims=True)); return e / e.sum()"),
    ("whole_array", "softmax", "e = np.exp(x - x.max()); return e / e.sum()"),
    ("sum_not_mean", "mse", "return ((p - y) ** 2).sum()"),
    ("sum_not_mean", "kl_gaussian", "return -0.5 * (1 + log_var - mu**2 - np.exp(log_var)).sum(-1).sum()"),
    ("mean_not_sum", "affine_backward", "return dy @ W.T, x.T @ dy, dy.mean(axis=0)"),
    ("mean_not_sum", "affine_backward", "return dy @ W.T, x.T @ dy / len(x), dy.sum(axis=0)"),
    (
        "sample_variance",
        "layer_norm",
        "return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, ddof=1, keepdims=True) + 1e-5)",
    ),
    (
        "sample_variance",
        "batch_norm",
        "d = x - x.mean(0); v = (d**2).sum(0) / (len(x) - 1); return gamma*d/np.sqrt(v+eps) + beta",
    ),
    ("off_by_one", "adam_step", f"{_ADAM}return w - lr*(m/(1-b1**(t+1)))/(np.sqrt(v/(1-b2**(t+1)))+eps), m, v"),
    ("off_by_one", "conv_output_size", "return (h + 2*p - f)//s"),
    ("off_by_one", "rnn_forward", _STEPS.format("len(x) - 1", "t") + "return np.array(hs)"),
    ("off_by_one", "rnn_forward", _STEPS.format("len(x)", "t - 1") + "return np.array(hs)"),
    ("off_by_one", "rnn_forward", _STEPS.format("len(x)", "t") + "return np.array([h0, *hs])"),
    ("off_by_one", "rnn_forward", _STEPS.format("len(x)", "t") + "return np.array([h0, *hs[:-1]])"),
    ("forgotten_bias", "rnn_step", "return np.tanh(x @ W + h @ U)"),
    ("forgotten_bias", "batch_norm", "return gamma * (x - x.mean(0)) / np.sqrt(x.var(0) + eps)"),
    ("forgotten_input", "momentum_step", "v = mu * v - g; return w + v, v"),
    ("forgotten_input", "rnn_step", "return np.tanh(x @ W + b)"),
    ("integer_division", "rnn_step", "return np.tanh((x @ W + h @ U + b) // 1)"),
    ("integer_division", "mse", "return ((p - y) ** 2).sum() // p.size"),
    ("true_division", "conv_output_size", "return (h + 2*p - f)/s + 1"),
    ("float16", "rnn_step", "return np.tanh(np.float16(x @ W) + h @ U + b)"),
    ("float16", "mse", "return np.float16(((p - y) ** 2).mean())"),
]


def program(question: Code, body: str) -> str:
    """A whole file whose function has this body."""
    arguments = ", ".join(question.inputs)
    return f"import numpy as np\nnp.seterr(all='ignore')\ndef {question.function}({arguments}):\n    {body}\n"


@pytest.mark.parametrize(
    ("name", "function", "body"), MISTAKES, ids=[f"{n}-{f}-{i}" for i, (n, f, _) in enumerate(MISTAKES)]
)
def test_each_is_named_in_both_languages(
    grade: Grade, more: dict[str, Code], name: str, function: str, body: str
) -> None:
    """On inputs drawn anew, with a sentence that a learner can act on."""
    verdict = grade(more[function], program(more[function], body))
    assert verdict.mistake == f"generic:{name}", [text.en for text in verdict.feedback]
    assert verdict.score == 0
    assert all(text.ja and text.en for text in verdict.feedback)


def test_a_repair_names_the_learners_line(grade: Grade, more: dict[str, Code]) -> None:
    """The line is that of the file that was handed in."""
    source = program(more["rnn_step"], "a = x @ W\n    c = h @ U\n    return np.tanh(a - c + b)")
    verdict = grade(more["rnn_step"], source)
    assert verdict.mistake == "generic:sign"
    assert "(line 6)" in "".join(text.en for text in verdict.feedback)


def test_a_repair_of_a_fill_leaves_the_template_alone(grade: Grade, questions: dict[str, Code]) -> None:
    """Only what the learner wrote can be the learner's mistake."""
    verdict = grade("gradient_clipping", "-gradient * rate")
    assert verdict.mistake is None or "(line 8)" not in "".join(text.en for text in verdict.feedback)
    assert grade("gradient_clipping", "gradient * rate // 1").mistake == "generic:integer_division"


def test_changing_an_input_in_place_is_a_note(grade: Grade, more: dict[str, Code]) -> None:
    """It costs nothing, and is said whether the result is right or wrong."""
    for body, expected in (
        ("x *= 2; return np.tanh(x @ W / 2 + h @ U + b)", "correct"),
        ("b += 1; return x @ W", "wrong"),
    ):
        verdict = grade(more["rnn_step"], program(more["rnn_step"], body))
        assert verdict.verdict == expected
        assert "in place" in "".join(text.en for text in verdict.feedback)


NO_CAUSE = [
    ("rnn_step", "return 1 / (1 + np.exp(-(x @ W + h @ U + b)))"),
    ("rnn_step", "return np.tanh(x @ W - h @ U.T + b)"),
    ("mse", "return np.abs(p - y).mean() * 1.5"),
    ("softmax", "return np.exp(x - x.max()) ** 1.1"),
    ("affine_backward", "return -(dy @ W.T), 2 * (x.T @ dy), dy.sum(axis=0)"),
    ("layer_norm", "return -(x - x.mean(0)) / np.sqrt(x.var(0) + 1e-5)"),
]


@pytest.mark.parametrize(("function", "body"), NO_CAUSE)
def test_two_faults_at_once_or_another_have_no_name(
    grade: Grade, more: dict[str, Code], function: str, body: str
) -> None:
    """A cause that explains a part explains nothing, and that is said."""
    verdict = grade(more[function], program(more[function], body))
    assert verdict.mistake is None
    assert "No common cause explains every input." in "\n".join(text.en for text in verdict.feedback)


def test_several_that_fit_alike_are_all_said(grade: Grade, whole_function: Callable[..., Code]) -> None:
    """Keys that are never negative: the wrong sign is also minus the absolute value; none of them is named."""
    question = whole_function("relu_grad", "relu_grad", {"x": {"uniform": {"low": 1, "high": 2, "dims": ["B", "H"]}}})
    verdict = grade(question, program(question, "return x * 0 + [[1.0, 2.0, 3.0, 4.0, 5.0][: x.shape[1]]] * 1"))
    assert verdict.mistake is None
    question = whole_function("tanh_grad", "tanh_grad", {"x": {"uniform": {"low": -3, "high": -1, "dims": ["B", "H"]}}})
    verdict = grade(question, program(question, "return np.abs(-(1 - np.tanh(x) ** 2)) * -1"))
    told = "\n".join(text.en for text in verdict.feedback)
    assert verdict.mistake == "generic:sign" or "Several causes explain every input" in told


CHANGES = {
    "sign": "-r",
    "factor": "r * 0.5",
    "transposed": "np.asarray(r).T",
    "float16": "np.asarray(r).astype(np.float16)",
    "truncated": "np.asarray(r).astype(int)",
    "integer_division": "np.asarray(r) // 1",
}


@pytest.mark.parametrize("name", CHANGES)
def test_no_question_of_the_bank_gives_it_another_name(sandbox: Sandbox, name: str) -> None:
    """Every code question's own solution with its result changed: that cause, several, none, or right all the same."""
    named = []
    for question in Library().select(Selection(kind="code")):
        assert isinstance(question, Code)
        wrapped = (
            f"{solution_of(question)}\nimport numpy as np\n_right = {question.function}\n"
            f"def _changed(r):\n    return {CHANGES[name]}\n"
            f"def {question.function}(*given):\n    r = _right(*given)\n"
            "    return tuple(map(_changed, r)) if isinstance(r, tuple) else _changed(r)\n"
        )
        asked = replace(ask(question, 0), mistakes=())
        verdict = grade_code(asked, Answer(source=wrapped.encode()), input_seed=3, sandbox=sandbox)
        assert verdict.mistake in (f"generic:{name}", None), (question.id, verdict.mistake)
        named.append(verdict.mistake is not None)
    assert sum(named) > len(named) / 2


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0.1, 3), st.floats(-2, 2), st.sampled_from(["x", "x ** 2", "np.cos(x)"]))
def test_no_cause_is_named_for_arbitrary_code(
    grade: Grade, questions: dict[str, Code], scale: float, shift: float, inner: str
) -> None:
    """A function that has nothing to do with the right one is just wrong."""
    body = f"return np.tanh({scale!r} * {inner} + {shift!r}) * np.arange(1, x.shape[-1] + 1) + x * {scale!r}"
    verdict = grade("softmax", program(questions["softmax"], body))
    assert verdict.mistake is None


@given(st.text(max_size=200))
def test_any_text_is_searched_without_failing(text: str) -> None:
    """What cannot be cut into tokens has no repairs; every change lies within the text."""
    for repair in repairs_of(text):
        assert all(0 <= edit.begin <= edit.end <= len(text) for edit in repair.edits)


def test_repairs_say_what_they_change() -> None:
    """Each kind of change, on the line that it is in."""
    text = "y = x // 2\nz = np.sum(y, axis=0)\nw = y.mean() - z @ W.T\nfor t in range(1, 5): pass\nv = y.var(ddof=1)\n"
    found = {
        (repair.cause, repair.line, text[repair.edits[0].begin : repair.edits[0].end]) for repair in repairs_of(text)
    }
    assert {
        ("integer_division", 1, "//"),
        ("wrong_axis", 2, "0"),
        ("sum_not_mean", 2, "sum"),
        ("mean_not_sum", 3, "mean"),
        ("sign", 3, "-"),
        ("transposed", 3, ".T"),
        ("off_by_one", 4, "1"),
        ("off_by_one", 4, "5"),
        ("sample_variance", 5, "1"),
    } <= found


def test_the_time_for_looking_is_bounded(sandbox: Sandbox, more: dict[str, Code]) -> None:
    """A change that makes a loop endless ends that try alone, not the verdict."""
    import time

    question: Any = more["rnn_step"]
    body = "n = 3\n    while n > 0:\n        n = n - 1\n    return np.tanh(x @ W + h @ U + b) + n + 0.7 * x.sum()"
    began = time.monotonic()
    verdict = grade_code(
        ask(question, 0), Answer(source=program(question, body).encode()), input_seed=1, sandbox=sandbox
    )
    assert verdict.verdict == "wrong"
    assert verdict.counterexample is not None
    assert time.monotonic() - began < 30
