"""Worked answers read as a learner would write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from quizdl.bank import check_file, solution_of
from quizdl.bank.solutions import filled
from quizdl.errors import InputError
from quizdl.model import Question


@pytest.mark.parametrize(
    ("template", "fill", "expected"),
    [
        ("return ____", "a * b", "return a * b"),
        ("return -____", "a - b", "return -(a - b)"),
        ("return 2 * ____", "a + b", "return 2 * (a + b)"),
        ("return f(____)", "x, axis=0", "return f((x, axis=0))"),
        ("return ____.T", "a @ b", "return (a @ b).T"),
        ("y = [____]", "x for x in z", "y = [(x for x in z)]"),
        ("return ____", "1 +", "return (1 +)"),
    ],
)
def test_parentheses_stand_only_where_they_matter(template: str, fill: str, expected: str) -> None:
    """A fill is an expression in parentheses; those that change nothing are left out."""
    indent = "def f(a, b, x, z):\n    "
    assert filled(indent + template, fill) == indent + expected


def test_solutions_of_both_forms(questions: dict[str, Question]) -> None:
    """One blank gives its filled template, a whole function its file."""
    assert solution_of(questions["a-blank"]) == "def double(x):\n    return -(x - 3*x) + 0\n"
    assert solution_of(questions["a-function"]) == "def triple(x):\n    return 3 * x\n"


def test_other_kinds_have_no_program(questions: dict[str, Question]) -> None:
    """Asking for a choice's program is a usage error with a hint."""
    with pytest.raises(InputError) as raised:
        solution_of(questions["a-choice"])
    assert raised.value.hint is not None


@pytest.mark.parametrize("content", [b"\xff", b"#" * (64 * 1024 + 1), None])
def test_a_solution_that_cannot_be_read_is_the_banks_fault(root: Path, content: bytes | None) -> None:
    """Bytes that are no UTF-8, too many of them, or a folder in the file's place are reported at the question."""
    path = root / "solutions/day3/a_function.py"
    path.unlink()
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    (fault,) = check_file(root / "questions/day3/sample.yaml")
    assert "solutions/day3/a_function.py" in fault.message.en
