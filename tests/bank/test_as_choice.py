"""The exam form: one right option among known mistakes."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from quizdl.bank import Library, as_choice, ask
from quizdl.bank.as_choice import MOST_DISTRACTORS
from quizdl.model import Asked, Choice, Question, Selection

Read = Callable[[str], list[Question]]


def test_every_exam_form_has_one_right_option_and_known_mistakes(questions: dict[str, Question]) -> None:
    """On every seed: one right option, at most three wrong ones, each with its reason, all texts different."""
    for question in questions.values():
        for seed in range(30):
            form = as_choice(ask(question, seed))
            if form is None:
                continue
            assert isinstance(form.question, Choice)
            assert [option.id for option in form.options if option.correct] == list(form.key)
            wrong = [option for option in form.options if not option.correct]
            assert 1 <= len(wrong) <= MOST_DISTRACTORS
            assert all(option.why for option in wrong)
            assert len({option.text.ja for option in form.options}) == len(form.options)
            assert [option.letter for option in form.options] == list("ABCD"[: len(form.options)])


def test_essays_and_whole_functions_have_no_exam_form(questions: dict[str, Question]) -> None:
    """Neither fits into one of four lines."""
    assert as_choice(ask(questions["an-essay"], 0)) is None
    assert as_choice(ask(questions["a-function"], 0)) is None


def test_a_choice_is_its_own_exam_form(questions: dict[str, Question]) -> None:
    """Its author's options stay as they are."""
    asked = ask(questions["a-choice"], 4)
    assert as_choice(asked) is asked


def test_an_exam_form_keeps_the_question_it_was_made_of(questions: dict[str, Question]) -> None:
    """Id, version, section, points, prompt and seed stay, so that an exam's answers count for the question."""
    asked = ask(questions["a-number"], 4)
    form = as_choice(asked)
    assert form is not None
    for name in ("id", "version", "section", "points", "chapter", "source", "place"):
        assert getattr(form.question, name) == getattr(asked.question, name)
    assert (form.seed, form.prompt, form.values) == (asked.seed, asked.prompt, asked.values)


@pytest.mark.parametrize(
    ("name", "right"),
    [("a-shape", "(3, 3)"), ("an-expression", "`2*(x + y)`"), ("a-term", "forget gate"), ("a-blank", "`x - 3*x`")],
)
def test_options_read_as_their_kind_is_written(questions: dict[str, Question], name: str, right: str) -> None:
    """Shapes are tuples, formulas and fills are code, terms the first accepted word of each language."""
    form = as_choice(ask(questions[name], 0))
    assert form is not None
    assert [option.text.en for option in form.options if option.correct] == [right]


def test_a_blanks_exam_form_shows_its_template(questions: dict[str, Question]) -> None:
    """Which fill is right can be told only with the program in sight; patched programs are no options."""
    form = as_choice(ask(questions["a-blank"], 0))
    assert form is not None
    assert form.code is not None
    assert "____" in form.code
    assert [option.id for option in form.options if not option.correct] == ["as-is"]


def test_an_orders_exam_form_lists_its_steps(questions: dict[str, Question]) -> None:
    """The steps stand numbered under the prompt, and the right option gives their order by these numbers."""
    asked = ask(questions["an-order"], 0)
    form = as_choice(asked)
    assert form is not None
    shown = [line.split(". ")[1] for line in form.prompt.en.split("\n")[2:]]
    (right,) = [option.text.en for option in form.options if option.correct]
    assert [shown[int(number) - 1] for number in right.split(" → ")] == ["one", "two", "three", "four"]


def test_numbers_are_shown_with_as_few_digits_as_keep_them_apart(read: Read) -> None:
    """Six digits as a rule, more where options would look the same; units follow their language."""
    why = "why: {ja: 違う, en: Wrong}"
    (question,) = read(
        "- id: q\n  kind: numeric\n  answer: 1/3\n  unit: {ja: 回, en: times}\n"
        f"  mistakes:\n  - {{id: close, answer: 0.33333444, {why}}}\n  - {{id: whole, answer: 1292417, {why}}}\nCOMMON"
    )
    form = as_choice(ask(question, 0))
    assert form is not None
    assert {option.text.en for option in form.options} == {"0.333333 times", "0.333334 times", "1292417 times"}
    assert all(option.text.ja.endswith(" 回") for option in form.options)


def test_what_was_asked_comes_back_from_the_record() -> None:
    """Every shipped question, as it is asked and as an exam asks it, is the same after JSON: else an exam is lost."""
    for question in Library().select(Selection()):
        for seed in (0, 1):
            asked = ask(question, seed)
            for form in (asked, as_choice(asked)):
                assert form is None or msgspec.json.decode(msgspec.json.encode(form), type=Asked) == form
