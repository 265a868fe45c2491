"""Shape: every axis, and what a wrong one looks like."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.grading import grade
from quizdl.model import Answer, Asked, AskedMistake, Shape, Verdict
from quizdl.text import Text, same

WHY = Text("理由です。", "The reason.")
AXES = st.lists(st.integers(0, 99), min_size=1, max_size=4).map(tuple)


def ask(*key: int, mistake: tuple[int, ...] | None = None) -> Asked:
    known = AskedMistake(id="forgot-padding", answer=tuple(map(str, mistake or ())), why=WHY)
    return Asked(
        question=Shape(
            id="q", chapter="3-4", prompt=same("?"), explanation=same("!"), source=("d3-001",), answer=("k", "k")
        ),
        seed=0,
        prompt=same("?"),
        explanation=same("!"),
        key=tuple(map(str, key)),
        mistakes=(known,) if mistake else (),
    )


def answer(text: str, asked: Asked) -> Verdict:
    return grade(asked, Answer(text=text))


@given(AXES, AXES)
def test_only_the_very_shape_is_right(key: tuple[int, ...], got: tuple[int, ...]) -> None:
    """Axis for axis."""
    for typed in (str(got), "x".join(map(str, got)), "×".join(map(str, got))):
        assert (answer(typed, ask(*key)).verdict == "correct") == (got == key)


def test_a_named_mistake_is_recognised() -> None:
    """Before any common cause."""
    verdict = answer("2x3", ask(3, 2, mistake=(2, 3)))
    assert (verdict.mistake, verdict.feedback) == ("forgot-padding", (WHY,))


@pytest.mark.parametrize(
    ("typed", "key", "cause"),
    [
        ("2x3", (3, 2), "generic:transposed"),
        ("(5, 2, 3)", (5, 3, 2), "generic:transposed"),
        ("(2, 3, 5)", (5, 3, 2), "generic:transposed"),
        ("5", (5, 5), "generic:axes"),
        ("(3, 2, 5)", (5, 3, 2), None),
        ("4x4", (3, 3), None),
    ],
)
def test_a_common_cause_is_named(typed: str, key: tuple[int, ...], cause: str | None) -> None:
    """Swapped axes, another number of axes, or nothing."""
    assert answer(typed, ask(*key)).mistake == cause


@pytest.mark.parametrize("typed", ["three by three", "3.5x2", "3x-3", "(3"])
def test_what_is_no_shape_is_unreadable_and_pointed_at(typed: str) -> None:
    """With an example of how one is written."""
    verdict = answer(typed, ask(3, 3))
    assert verdict.verdict == "unreadable"
    assert verdict.feedback[1].en.endswith("^")
