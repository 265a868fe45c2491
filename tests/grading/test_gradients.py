"""A backward is graded by the engine's gradient and by differences of the learner's own forward, one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from quizdl.grading.inputs import check_inputs
from quizdl.model import Code, GradientOf, Verdict

Grade = Callable[..., Verdict]

TEMPLATE = """\
import numpy as np


def affine(x, W):
    ...


def affine_backward(dy, x, W):
    ...
"""
RIGHT = """\
import numpy as np

def affine(x, W):
    return x @ W

def affine_backward(dy, x, W):
    return dy @ W.T, x.T @ dy, dy.sum(axis=0)
"""
PAIR = GradientOf(wrt=("x", "W"), forward="affine", upstream=("dy",))
NAMED = GradientOf(wrt=("x", "W", "b"))


def english(verdict: Verdict) -> str:
    """All feedback in one text."""
    return "\n".join(text.en for text in verdict.feedback)


@pytest.fixture
def affine(whole_function: Callable[..., Code]) -> Callable[..., Code]:
    """The question on `affine_backward`, whose third result has no argument of its own to differ by."""

    def made(gradient: GradientOf | None) -> Code:
        inputs: dict[str, Any] = {
            "dy": {"normal": ["B", "O"]},
            "x": {"normal": ["B", "H"]},
            "W": {"normal": ["H", "O"]},
        }
        dims = {"B": (1, 4), "H": (1, 4), "O": (1, 4)}
        return whole_function(
            "affine_backward", "affine_backward", inputs, dims=dims, template=TEMPLATE, gradient_of=gradient
        )

    return made


def test_the_right_pair_passes_and_its_arguments_are_counted(grade: Grade, affine: Callable[..., Code]) -> None:
    """Twenty inputs, and one check more for each argument of the forward."""
    question = affine(PAIR)
    check_inputs(question)
    verdict = grade(question, RIGHT)
    assert verdict.verdict == "correct", english(verdict)
    assert (verdict.score, verdict.passed, verdict.total) == (1.0, 22, 22)


@pytest.mark.parametrize(
    ("results", "wrong", "right"),
    [
        ("dy @ W.T, x.T @ dy * 2, dy.sum(axis=0)", "W", "x, b"),
        ("dy @ W.T * 3, x.T @ dy, dy.sum(axis=0) + 1", "x, b", "W"),
        ("dy @ W.T, (x.T @ dy).T, dy.sum(axis=0)", "W", "x, b"),
    ],
)
def test_the_wrong_gradient_is_named_by_its_argument(
    grade: Grade, affine: Callable[..., Code], results: str, wrong: str, right: str
) -> None:
    """Without a forward too: which results differ from the engine's is known."""
    verdict = grade(affine(NAMED), RIGHT.replace("dy @ W.T, x.T @ dy, dy.sum(axis=0)", results))
    assert verdict.verdict == "wrong"
    assert f"Wrong gradients: {wrong}. Right: {right}." in english(verdict)
    assert "the gradient of" in english(verdict)
    assert "勾配" in "".join(text.ja for text in verdict.feedback)


def test_a_wrong_forward_is_told_from_a_wrong_backward(grade: Grade, affine: Callable[..., Code]) -> None:
    """Right gradients of another function than the learner's own: the forward is to blame, and costs the marks."""
    verdict = grade(affine(PAIR), RIGHT.replace("return x @ W", "return 2 * x @ W"))
    assert (verdict.verdict, verdict.score, verdict.passed, verdict.total) == ("wrong", 0.0, 20, 22)
    assert "The gradients are right, but they are not the numeric ones of your own `affine`, for x, W" in english(
        verdict
    )


def test_a_wrong_pair_that_agrees_points_at_the_forward(grade: Grade, affine: Callable[..., Code]) -> None:
    """Both carry the same fault: the backward is the gradient of what was written, not of what was asked."""
    wrong = RIGHT.replace("return x @ W", "return 2 * x @ W").replace(
        "dy @ W.T, x.T @ dy", "2 * dy @ W.T, 2 * x.T @ dy"
    )
    verdict = grade(affine(PAIR), wrong)
    assert verdict.verdict == "wrong"
    assert "They are the numeric gradients of your own `affine`" in english(verdict)


def test_a_wrong_backward_is_refuted_twice(grade: Grade, affine: Callable[..., Code]) -> None:
    """By the engine, and by the learner's own right forward."""
    verdict = grade(affine(PAIR), RIGHT.replace("x.T @ dy,", "x.T @ dy * 2,"))
    assert "Wrong gradients: W. Right: x." in english(verdict)
    assert "not the numeric gradients of your own `affine` either, for W" in english(verdict)
    assert verdict.passed < verdict.total == 22


@pytest.mark.parametrize(
    ("forward", "words"),
    [
        ("def other(x, W):\n    return x @ W", "There is no function affine"),
        ("def affine(x, W):\n    raise ValueError('later')", "ValueError: later"),
        ("def affine(x, W):\n    while True:\n        pass", "could not be differentiated"),
    ],
)
def test_a_forward_that_cannot_be_used_is_said(
    grade: Grade, affine: Callable[..., Code], forward: str, words: str
) -> None:
    """The question asks for both: right gradients alone are not enough."""
    verdict = grade(affine(PAIR), RIGHT.replace("def affine(x, W):\n    return x @ W", forward))
    assert verdict.verdict == "wrong"
    assert words in english(verdict)


@pytest.mark.parametrize(
    "forward",
    [
        "return x @ W, (x, W)",
        "return [x @ W, None]",
        "x += 0; return x @ W",
        "return x.astype(np.float32) @ W.astype(np.float32)",
        "return x @ W + np.random.rand()",
    ],
    ids=["a cache beside it", "a list", "in place", "float32", "chance"],
)
def test_an_honest_forward_never_costs_marks(grade: Grade, affine: Callable[..., Code], forward: str) -> None:
    """What the differences cannot tell (few digits, chance) is not held against anybody."""
    for seed in range(3):
        verdict = grade(affine(PAIR), RIGHT.replace("return x @ W", forward), input_seed=seed)
        assert verdict.verdict == "correct", english(verdict)


def test_a_kink_is_not_held_against_anybody(grade: Grade, whole_function: Callable[..., Code]) -> None:
    """At 0 the differences of relu mean nothing, and the author's edges lie there on purpose."""
    question = whole_function(
        "relu_backward",
        "relu_backward",
        {"dy": {"normal": ["B"]}, "x": {"integers": {"low": -1, "high": 2, "dims": ["B"]}}},
        template="import numpy as np\n\ndef relu(x):\n    ...\n\ndef relu_backward(dy, x):\n    ...\n",
        edges=({"dy": [1.0, 2.0], "x": [0.0, 1.0]},),
        gradient_of=GradientOf(wrt=("x",), forward="relu", upstream=("dy",)),
    )
    source = (
        "import numpy as np\ndef relu(x):\n    return np.maximum(x, 0)\n"
        "def relu_backward(dy, x):\n    return dy * (x > 0)\n"
    )
    assert grade(question, source).verdict == "correct"


def test_a_scalar_loss_needs_no_arriving_gradient(grade: Grade, whole_function: Callable[..., Code]) -> None:
    """`upstream` may be empty: L is the forward's own result."""
    question = whole_function(
        "tanh_grad",
        "tanh_grad",
        {"x": {"normal": []}},
        template="import numpy as np\n\ndef loss(x):\n    ...\n\ndef tanh_grad(x):\n    ...\n",
        gradient_of=GradientOf(wrt=("x",), forward="loss"),
    )
    source = (
        "import numpy as np\ndef loss(x):\n    return np.tanh(x)\ndef tanh_grad(x):\n    return 1 - np.tanh(x) ** 2\n"
    )
    assert grade(question, source).verdict == "correct"
    assert grade(question, source.replace("np.tanh(x)\n", "np.tanh(2 * x)\n", 1)).verdict == "wrong"


def test_the_forward_of_a_blank_comes_from_the_template(grade: Grade, whole_function: Callable[..., Code]) -> None:
    """A fill is one expression: the forward around it is the question's own."""
    question = whole_function(
        "relu_backward",
        "relu_backward",
        {"dy": {"normal": ["B"]}, "x": {"normal": ["B"]}},
        template=(
            "import numpy as np\n\ndef relu(x):\n    return np.maximum(x, 0)\n\n"
            "def relu_backward(dy, x):\n    return ____\n"
        ),
        answer="dy * (x > 0)",
        gradient_of=GradientOf(wrt=("x",), forward="relu", upstream=("dy",)),
    )
    assert grade(question, "dy * (x > 0)").verdict == "correct"
    assert grade(question, "dy * (x < 0)").verdict == "wrong"
