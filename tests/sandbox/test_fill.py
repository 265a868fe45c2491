"""A fill is one expression in parentheses, and errors point into it, not into the template."""

from __future__ import annotations

import numpy as np
import pytest

from quizdl.errors import GraderError
from quizdl.sandbox import Job, Run, Sandbox

TEMPLATE = """import numpy as np

def f(x, y):
    if y > 0:
        total = ____ * 2
        return total
    return 1 / y
"""


def fill(sandbox: Sandbox, text: str, y: float = 1.0) -> Run:
    return sandbox.run(Job(TEMPLATE, text.encode(), "f", ({"x": np.ones(2), "y": y},)))


@pytest.mark.parametrize(
    "text",
    ["x + y", "  x + y  ", "x + y  # comment", "(x\n     + y)", "np.add(\n  x,\ny)", "\n\nx+y", "[x + y][0]"],
)
def test_an_expression_of_any_layout_fills_the_blank(sandbox: Sandbox, text: str) -> None:
    """Comments and line breaks inside it do not break the template, and parentheses keep its precedence."""
    run = fill(sandbox, text)
    assert run.outcome == "ok"
    value = run.results[0].value
    assert isinstance(value, np.ndarray)
    assert value.tolist() == [4.0, 4.0]


@pytest.mark.parametrize(
    "text", ["", "   ", "# only a comment", "x) + (y", "x = 1", "return x", "x; y", "x +", "yield x"]
)
def test_anything_but_one_expression_is_a_syntax_error(sandbox: Sandbox, text: str) -> None:
    """Statements do not get in, and a fill cannot close the parenthesis it is put into."""
    run = fill(sandbox, text)
    assert run.outcome == "syntax_error"
    assert run.message is not None
    assert run.results == ()


def test_a_syntax_error_points_into_the_fill(sandbox: Sandbox) -> None:
    """Line and column count from the fill's first character."""
    run = fill(sandbox, "(x +\n y y)")
    assert run.line == 1 or run.line == 2
    assert run.message is not None
    assert f"line {run.line}" in run.message.en
    assert f"{run.line} 行目" in run.message.ja


def test_an_exception_points_into_the_fill_or_nowhere(sandbox: Sandbox) -> None:
    """The template's own lines are not the learner's."""
    inside = fill(sandbox, "(x +\n 1 / 0)").results[0]
    assert inside.error is not None
    assert (inside.line, inside.error.en) == (2, "ZeroDivisionError: division by zero (line 2)")
    outside = fill(sandbox, "x", y=0.0).results[0]
    assert outside.error is not None
    assert (outside.line, outside.error.en) == (None, "ZeroDivisionError: float division by zero")


@pytest.mark.parametrize("template", ["def f(x):\n    return x\n", "def f(x):\n    return ____ + ____\n"])
def test_a_template_without_its_one_blank_is_not_the_learners_fault(sandbox: Sandbox, template: str) -> None:
    """The bank is wrong, and nothing runs."""
    with pytest.raises(GraderError):
        sandbox.run(Job(template, b"x", "f", ()))
