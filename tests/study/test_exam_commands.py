"""Typed lines in an exam: letters answer, everything else moves, marks, computes or hands in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.study.exam_commands import WORDS, Command, read_line

LETTERS = ("A", "B", "C", "D")


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("b", Command("choose", "B")),
        ("Ｃ", Command("choose", "C")),
        (" a ", Command("choose", "A")),
        ("f", Command("flag")),
        ("ｆ", Command("flag")),
        (":f", Command("flag")),
        ("", Command("next")),
        ("n", Command("next")),
        ("p", Command("previous")),
        ("x", Command("clear")),
        ("12", Command("go", number=11)),
        ("１２", Command("go", number=11)),
        ("0", Command("go", number=-1)),
        ("r", Command("review")),
        ("submit", Command("submit")),
        ("SUBMIT", Command("submit")),
        ("提出", Command("submit")),
        ("= 2*3/4", Command("calculate", "2*3/4")),
        ("＝２＊３", Command("calculate", "２＊３")),
        ("q", Command("quit")),
        ("?", Command("help")),
        ("e", Command("unknown", "e")),
        ("AB", Command("unknown", "AB")),
        (":", Command("unknown", ":")),
        ("99999999999", Command("unknown", "99999999999")),
    ],
)
def test_a_line_is_one_command(line: str, command: Command) -> None:
    """Full-width and in any case."""
    assert read_line(line, LETTERS) == command


def test_on_the_review_page_a_letter_answers_nothing() -> None:
    """No question lies there."""
    assert read_line("a", ()) == Command("unknown", "a")
    assert read_line("submit", ()) == Command("submit")


def test_no_command_is_an_options_letter() -> None:
    """Each letter means one thing."""
    assert not {word.upper() for word in WORDS} & set(LETTERS)


@given(st.text(max_size=60))
def test_any_line_is_read(line: str) -> None:
    """Whatever was typed is a command, and only the four letters choose."""
    command = read_line(line, LETTERS)
    assert command.action != "choose" or command.text in LETTERS
