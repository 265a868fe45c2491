"""Choice: whichever way an option is named, its identity decides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.grading import grade
from quizdl.model import Answer, Asked, AskedOption, Choice, Option, Verdict
from quizdl.text import Text, same

WHY = Text("理由です。", "The reason.")
OPTIONS = (
    Option(id="product", text=same("`E.dot(w)`"), correct=True),
    Option(id="element-wise", text=same("`E * w`"), why=WHY),
    Option(id="other-letter", text=same("`e * w`"), why=WHY),
    Option(id="words", text=Text("転置してから足します。", "Transpose, then add."), why=WHY),
)


def ask(*options: Option, order: str = "") -> Asked:
    """The question with its options shown in this order (indices), under A, B, C, …"""
    shown = [options[int(index)] for index in order] if order else list(options)
    return Asked(
        question=Choice(
            id="q", chapter="3-5", prompt=same("?"), explanation=same("!"), source=("d3-001",), options=options
        ),
        seed=0,
        prompt=same("?"),
        explanation=same("!"),
        key=tuple(one.id for one in options if one.correct),
        options=tuple(
            AskedOption(letter=letter, id=one.id, text=one.text, correct=one.correct, why=one.why)
            for letter, one in zip("ABCDEF", shown, strict=False)
        ),
    )


def answer(text: str, asked: Asked | None = None) -> Verdict:
    return grade(asked or ask(*OPTIONS), Answer(text=text))


@pytest.mark.parametrize("typed", ["A", "a", "Ａ", "ａ", "(a)", "A.", "[A]", "（Ａ）", " A ", "a)", "A。", "【A】"])
def test_a_letter_is_read_in_any_dress(typed: str) -> None:
    """Case, width, brackets and points do not matter."""
    assert answer(typed).verdict == "correct"


@pytest.mark.parametrize("typed", ["E.dot(w)", "`E.dot(w)`", "Ｅ．ｄｏｔ（ｗ）", "E.dot( w )", "e.dot(w)"])
def test_an_options_text_is_read(typed: str) -> None:
    """As shown, without its marks, full-width, without regard to case where no other option is meant."""
    assert answer(typed).verdict == "correct"


@pytest.mark.parametrize(
    "typed", ["転置してから足します。", "転置してから足します", "Transpose, then add.", "transpose, then add"]
)
def test_either_language_names_the_option(typed: str) -> None:
    """Whatever language the learner reads in."""
    assert answer(typed).mistake == "words"


def test_case_tells_options_apart_where_they_differ_by_nothing_else() -> None:
    """`E * w` and `e * w` are two options."""
    assert answer("E*w").mistake == "element-wise"
    assert answer("e*w").mistake == "other-letter"


@given(st.permutations("0123"), st.sampled_from(OPTIONS))
def test_position_never_decides(order: list[str], chosen: Option) -> None:
    """Wherever an option is shown, its letter there gives its own verdict, reason and mistake."""
    asked = ask(*OPTIONS, order="".join(order))
    letter = next(option.letter for option in asked.options if option.id == chosen.id)
    verdict = answer(letter, asked)
    assert (verdict.verdict == "correct") == chosen.correct
    assert verdict.mistake == (None if chosen.correct else chosen.id)
    assert verdict.feedback == (() if chosen.correct else (WHY,))


@pytest.mark.parametrize("typed", ["E", "AB", "A,B", "1", "あ", "?", "AA", "no idea", "A or B"])
def test_what_names_no_single_option_is_unreadable(typed: str) -> None:
    """Hedging is not an answer; the message says what is."""
    verdict = answer(typed)
    assert verdict.verdict == "unreadable"
    assert verdict.score == 0
    assert "A to D" in verdict.feedback[0].en


SEVERAL = ask(
    Option(id="one", text=same("1"), correct=True),
    Option(id="two", text=same("2"), why=WHY),
    Option(id="three", text=same("3"), correct=True),
    Option(id="four", text=same("4"), why=WHY),
)


@pytest.mark.parametrize(
    "typed", ["AC", "ca", "A,C", "A、C", "A C", "A・C", "AとC", "A and C", "(a)(c)", "1, 3", "3\n1", "Ａ，3"]
)
def test_several_right_options_are_all_needed_in_any_order(typed: str) -> None:
    """With any separator, by letter or by text."""
    assert answer(typed, SEVERAL).verdict == "correct"


@pytest.mark.parametrize(
    ("typed", "mistake"), [("A", None), ("AB", "two"), ("ABC", "two"), ("BD", None), ("ABCD", None), ("B", "two")]
)
def test_a_set_that_is_not_the_right_one_is_wrong(typed: str, mistake: str | None) -> None:
    """Too few, too many or other ones; a mistake is named where exactly one wrong option was chosen."""
    verdict = answer(typed, SEVERAL)
    assert (verdict.verdict, verdict.score, verdict.mistake) == ("wrong", 0, mistake)
    assert verdict.feedback


@given(st.permutations("0123"))
def test_exactly_one_letter_is_right(order: list[str]) -> None:
    """In every order in which the options can be shown."""
    asked = ask(*OPTIONS, order="".join(order))
    assert [answer(letter, asked).verdict for letter in "ABCD"].count("correct") == 1
