"""Small code questions with the contract's names, and one warm sandbox for the whole run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest

from quizdl.grading.code import grade_code
from quizdl.model import Answer, Asked, AskedMistake, Code, Verdict
from quizdl.sandbox import Sandbox
from quizdl.text import same

CLIPPING = """\
import numpy as np

def gradient_clipping(gradient, threshold):
    norm = np.linalg.norm(gradient)
    rate = threshold / norm
    if rate < 1:
        return ____
    return gradient
"""

MATRIX = {"x": {"normal": {"dims": ["B", "H"], "scale": 3}}}
DIMS = {"B": (1, 4), "H": (1, 5)}


def whole(function: str, reference: str, inputs: dict[str, Any], **fields: Any) -> Code:
    """A whole-function question whose template is a bare signature."""
    written = {
        "id": function.replace("_", "-"),
        "chapter": "3-5",
        "prompt": same("?"),
        "explanation": same("!"),
        "source": ("d3-001",),
        "function": function,
        "reference": reference,
        "inputs": inputs,
        "template": f"import numpy as np\n\ndef {function}({', '.join(inputs)}):\n    ...\n",
        "dims": DIMS,
    }
    return Code(**{**written, **fields})


QUESTIONS = {
    question.function: question
    for question in (
        whole(
            "gradient_clipping",
            "clip_by_norm",
            {
                "gradient": {"normal": {"dims": [1, 3], "size": [1, 4], "scale": [0.1, 100]}},
                "threshold": {"uniform": [0.1, 10]},
            },
            template=CLIPPING,
            answer="gradient * rate",
            edges=(
                {"gradient": [3.0, 4.0], "threshold": 5.0},
                {"gradient": [[3.0, 0.0], [0.0, 4.0]], "threshold": 1.0},
                {"gradient": {"zeros": [2, 3, 4]}, "threshold": 1.0},
            ),
        ),
        whole("sigmoid", "sigmoid", MATRIX, edges=({"x": [-1000.0, 0.0, 1000.0]},)),
        whole("softmax", "softmax", MATRIX, edges=({"x": [[-1000.0, 0.0, 1000.0]]},)),
        whole(
            "layer_norm",
            "layer_norm",
            {"x": {"normal": {"dims": ["B", "H"], "scale": 3}}},
            dims={"B": (2, 4), "H": (2, 5)},
        ),
        whole("relu_grad", "relu_grad", MATRIX, edges=({"x": [[-1.5, 0.0, 2.0]]},)),
        whole("mse", "mse", {"p": {"normal": ["B", "H"]}, "y": {"normal": ["B", "H"]}}),
        whole(
            "momentum_step",
            "momentum_step",
            {name: {"normal": ["H"]} for name in "wgv"} | {name: {"uniform": [0.01, 1]} for name in ("lr", "mu")},
        ),
    )
}


def asked_of(question: Code, mistakes: dict[str, str] | None = None, solution: str = "") -> Asked:
    """What a learner saw: the question itself, with its known wrong programs."""
    return Asked(
        question=question,
        seed=0,
        prompt=question.prompt,
        explanation=question.explanation,
        key=(question.answer or solution,),
        mistakes=tuple(
            AskedMistake(id=name, answer=(program,), why=same(f"because {name}"))
            for name, program in (mistakes or {}).items()
        ),
    )


class Grade(Protocol):
    """Grades one answer (text, or a file's bytes) to the question on a function, or to a question of one's own."""

    def __call__(self, function: str | Code, answer: str | bytes, **options: Any) -> Verdict: ...


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """One warm server for all tests."""
    with Sandbox() as opened:
        yield opened


@pytest.fixture
def questions() -> dict[str, Code]:
    """The questions by the name of their function."""
    return QUESTIONS


@pytest.fixture
def whole_function() -> Callable[..., Code]:
    """Builds a whole-function question."""
    return whole


@pytest.fixture
def grade(sandbox: Sandbox) -> Grade:
    """Grades one answer; `mistakes` and `solution` belong to what was asked, `sandbox` replaces the real one."""

    def graded(function: str | Code, answer: str | bytes, **options: Any) -> Verdict:
        question = function if isinstance(function, Code) else QUESTIONS[function]
        asked = asked_of(question, options.get("mistakes"), options.get("solution", ""))
        given = Answer(source=answer) if isinstance(answer, bytes) else Answer(text=answer)
        return grade_code(asked, given, input_seed=options.get("input_seed"), sandbox=options.get("sandbox", sandbox))

    return graded
