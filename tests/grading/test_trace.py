"""A trace runs a submission on one telling input, believes nothing it is told, and is never a mark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quizdl.bank import Library, ask
from quizdl.grading.trace import Trace, telling_cases, trace
from quizdl.model import Answer, Asked, Code
from quizdl.sandbox import Limits, Sandbox

from .conftest import asked_of

Traced = Callable[..., Trace]
CORPUS = Path(__file__).parent.parent / "corpus/hostile"


@pytest.fixture
def traced(sandbox: Sandbox, questions: dict[str, Code]) -> Traced:
    """Traces an answer to the question on a function."""

    def run(function: str | Asked, answer: str | bytes, input_seed: int | None = None) -> Trace:
        asked = function if isinstance(function, Asked) else asked_of(questions[function])
        given = Answer(source=answer) if isinstance(answer, bytes) else Answer(text=answer)
        return trace(asked, given, input_seed=input_seed, sandbox=sandbox)

    return run


def test_the_input_has_axes_of_different_lengths() -> None:
    """A case of ones and twos would hide every wrong shape."""
    question = Library().find("lstm-step")
    assert isinstance(question, Code)
    shapes = {length for value in telling_cases(question, 0)[0].inputs.values() for length in value.shape}  # type: ignore[attr-defined]
    assert len(shapes - {1}) >= 3


def test_every_solution_of_the_bank_is_traced_to_its_end(sandbox: Sandbox) -> None:
    """Its lines have numbers and texts, and it returns."""
    library = Library()
    for name in ("lstm-step", "gru-step", "rnn-forward", "attention", "beam-step", "gradient-clipping", "bptt-delta"):
        asked = ask(library.find(name), 0)
        found = trace(asked, Answer(text=asked.key[0]), sandbox=sandbox)
        assert found.error is None, (name, found.error)
        assert found.result is not None
        assert found.lines
        assert all(line.source and line.line for line in found.lines)


def test_a_fill_is_shown_within_its_template(traced: Traced) -> None:
    """On one line, by the template's numbers, typed or as a file."""
    for answer in ("gradient *\n  rate", b"gradient *\n  rate"):
        found = traced("gradient_clipping", answer)
        assert [(line.line, line.source.strip()) for line in found.lines] == [
            (4, "norm = np.linalg.norm(gradient)"),
            (5, "rate = threshold / norm"),
            (6, "if rate < 1:"),
            (7, "return gradient * rate"),
        ]


def test_an_error_of_a_fill_is_at_the_templates_line(traced: Traced) -> None:
    """With the shapes that met."""
    error = traced("gradient_clipping", "gradient @ np.ones((9, 9))").error
    assert error is not None
    assert (error.line, error.expression) == (7, "gradient @ np.ones((9, 9))")
    assert error.operands[1].shape == (9, 9)


def test_an_input_seed_traces_the_counterexample(traced: Traced) -> None:
    """What `submit` showed to be wrong is what is looked at."""
    found = traced("sigmoid", "import numpy as np\ndef sigmoid(x):\n    return np.tanh(x)\n", input_seed=4)
    assert [value.text for value in found.inputs] != [value.text for value in traced("sigmoid", "0").inputs]
    assert found.inputs[0].shape is not None
    assert sum(found.inputs[0].shape) <= 3


def test_what_it_printed_is_shown_made_safe(traced: Traced) -> None:
    """Control characters and escape sequences are gone."""
    found = traced("sigmoid", "def sigmoid(x):\n    print('a\\x1b[31mb\\u202e')\n    return x\n")
    assert found.printed.strip() == "ab"


@pytest.mark.parametrize(
    ("source", "verdict", "line"),
    [
        ("def sigmoid(x)\n    return x\n", "syntax_error", 1),
        ("def other(x):\n    return x\n", "runtime_error", None),
        ("def sigmoid(x, y):\n    return x\n", "runtime_error", None),
        ("y = 1 / 0\n", "runtime_error", 1),
        ("import os\ndef sigmoid(x):\n    os.system('ls')\n", "forbidden", None),
    ],
)
def test_what_cannot_run_says_why(traced: Traced, source: str, verdict: str, line: int | None) -> None:
    """In both languages, with the line where there is one."""
    error = traced("sigmoid", source).error
    assert error is not None
    assert (error.verdict, error.line) == (verdict, line)
    assert error.message.ja
    assert error.message.en


FORGERIES = {
    "not a record": "[5]",
    "a step of another form": "t._steps.append({'line': 'x'})",
    "a name that steers the terminal": (
        "t._steps.append({'line': 3, 'depth': 0, 'values': [{'name': '\\x1b[2Jx', 'kind': 'array', 'shape': [2]}]})"
    ),
    "a line that is not there": "t._steps.append({'line': 999, 'depth': 0, 'values': []})",
    "a number that is none": (
        "t._steps.append({'line': 3, 'depth': 0, 'values': [{'name': 'x', 'kind': 'array', 'low': float('nan')}]})"
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_record_harms_nobody(traced: Traced, name: str) -> None:
    """The learner's code can reach the tracer; what it makes of the record is bounded and made safe, and no mark."""
    import json

    from quizdl.cli.trace import trace_object

    source = f"import sys\ndef sigmoid(x):\n    t = sys.gettrace().__self__\n    {FORGERIES[name]}\n    return x\n"
    found = traced("sigmoid", source)
    assert found.error is None or found.error.verdict in ("forbidden", "runtime_error")
    question = Library().find("tanh-grad")
    assert "\x1b" not in json.dumps(trace_object(ask(question, 0), found, "en"), allow_nan=False)


HOSTILE = sorted(path.name for path in CORPUS.glob("*.py"))


@pytest.mark.parametrize("name", [*HOSTILE[::6], "tamper_settrace.py", "forge_from_thread_after_done.py"])
def test_hostile_code_is_traced_behind_all_walls(questions: dict[str, Code], name: str) -> None:
    """No exception, no result that is believed, and the sandbox serves the next."""
    asked = asked_of(questions["gradient_clipping"])
    with Sandbox(Limits(cpu=1.0, wall=4.0, memory=256 << 20)) as narrow:
        if "rlimits" not in narrow.isolation():
            pytest.skip("hostile code is run only behind resource limits")
        found: Any = trace(asked, Answer(source=(CORPUS / name).read_bytes()), sandbox=narrow)
        assert isinstance(found, Trace)
        after = trace(asked, Answer(text="gradient * rate"), sandbox=narrow)
        assert after.error is None
