"""Lines typed in practice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.model import Asked, AskedOption, Choice, Expression, Numeric, Option, Question
from quizdl.study.commands import ACTIONS, bare_letters, read_line
from quizdl.text import same

_COMMON = {"chapter": "1-1", "prompt": same("?"), "explanation": same("!"), "source": ()}


def _asked(question: Question, letters: str = "") -> Asked:
    options = tuple(AskedOption(letter=letter, id=letter, text=same(letter)) for letter in letters)
    return Asked(question=question, seed=0, prompt=same("?"), explanation=same("!"), key=("1",), options=options)


NUMERIC = _asked(Numeric(id="n", answer="1", **_COMMON))  # type: ignore[arg-type]
CHOICE = _asked(
    Choice(id="c", options=(Option(id="a", text=same("a"), correct=True),), **_COMMON),  # type: ignore[arg-type]
    "ABCD",
)
EXPRESSION = _asked(Expression(id="e", answer="h", symbols={"h": "real", "x": "real"}, **_COMMON))  # type: ignore[arg-type]


@pytest.mark.parametrize("line", [":h", "：ｈ", " :H ", ": h", "：Ｈ"])
@pytest.mark.parametrize("asked", [NUMERIC, CHOICE, EXPRESSION])
def test_a_colon_command_always_works_full_width_too(line: str, asked: Asked) -> None:
    """`:h` in any width or case is the hint, whatever the question."""
    assert read_line(line, asked).action == "hint"


def test_a_bare_letter_is_a_command_unless_it_could_be_the_answer() -> None:
    """`d` is option D of a choice and `h` is a symbol of the expression; elsewhere both are commands."""
    assert read_line("d", NUMERIC).action == "dispute"
    assert read_line("d", CHOICE).action == "answer"
    assert read_line("h", EXPRESSION).action == "answer"
    assert read_line("ｈ", NUMERIC).action == "hint"
    assert bare_letters(CHOICE) == ("h", "s", "f", "u", "q")


def test_a_dispute_carries_its_comment_and_an_unknown_command_is_never_an_answer() -> None:
    """`:d why` keeps why; `:x` is not graded."""
    command = read_line(":d the key is wrong", NUMERIC)
    assert (command.action, command.text) == ("dispute", "the key is wrong")
    assert read_line(":x", NUMERIC).action == "unknown"


@given(st.text(max_size=30))
def test_every_line_is_some_command_and_answers_are_kept_as_typed(line: str) -> None:
    """No line is refused; an answer is the line without the blanks around it."""
    command = read_line(line, CHOICE)
    assert command.action in {*ACTIONS.values(), "answer", "unknown"}
    if command.action == "answer":
        assert command.text == line.strip()
