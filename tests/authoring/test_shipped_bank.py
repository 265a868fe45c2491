"""What the shipped bank promises as a whole: every topic covered, mostly askable as an exam asks, and not guessable."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from quizdl.authoring.coverage import coverage, read_checklist
from quizdl.bank import Library, as_choice, ask
from quizdl.model import Asked, AskedOption, Choice, Question, Selection
from quizdl.paths import bank_root
from quizdl.text import Lang

DAYS = (1, 2, 3)
GUESS_AT_MOST = 0.36
"""A quarter is chance; with over a hundred questions, one in twenty lucky rules still stays below this."""


@cache
def questions() -> tuple[Question, ...]:
    """Those of the first three days."""
    return tuple(one for one in Library().select(Selection()) if one.day in DAYS)


@cache
def choices() -> tuple[Asked, ...]:
    """Choice questions with one right option of four, as shown with seed 0."""
    asked = [ask(one, 0) for one in questions() if isinstance(one, Choice)]
    return tuple(one for one in asked if sum(option.correct for option in one.options) == 1 and len(one.options) == 4)


@pytest.mark.parametrize("day", DAYS)
def test_every_topic_of_the_day_has_a_question(day: int) -> None:
    """By the ids that the questions name as their source."""
    missing = coverage(read_checklist(bank_root()), questions(), Selection(day=day)).missing
    assert [item.id for item in missing] == []


def test_there_is_enough_of_every_kind() -> None:
    """Three hundred and twenty in all, among them code, drawn numbers, formulas, sets, and words of one's own."""
    kinds = [one.kind for one in questions()]
    assert len(kinds) >= 320
    assert kinds.count("code") >= 70
    assert sum(bool(one.variables) for one in questions()) >= 70
    assert kinds.count("expression") >= 40
    assert kinds.count("order") + kinds.count("essay") >= 20
    assert len({one.set.id for one in questions() if one.set}) >= 25


def test_most_questions_can_be_asked_with_four_options() -> None:
    """As the exam asks: the key and three mistakes that are distinct on the draw."""
    formed = [as_choice(ask(one, 0)) for one in questions()]
    askable = sum(form is not None and len(form.options) >= 4 for form in formed)
    assert askable >= 0.85 * len(formed)


def longest(options: tuple[AskedOption, ...], lang: Lang) -> AskedOption:
    return max(options, key=lambda option: len(option.text.of(lang)))


def shortest(options: tuple[AskedOption, ...], lang: Lang) -> AskedOption:
    return min(options, key=lambda option: len(option.text.of(lang)))


def most_like_the_others(options: tuple[AskedOption, ...], lang: Lang) -> AskedOption:
    """The option whose characters are shared most with the rest: distractors are often variations of the key."""
    texts = [set(option.text.of(lang)) for option in options]
    shared = [sum(len(one & other) / (len(one | other) or 1) for other in texts) for one in texts]
    return options[shared.index(max(shared))]


def first_shown(options: tuple[AskedOption, ...], lang: Lang) -> AskedOption:
    return options[0]


@pytest.mark.parametrize("rule", [longest, shortest, most_like_the_others, first_shown], ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_guess_by_form_is_hardly_better_than_chance(
    rule: Callable[[tuple[AskedOption, ...], Lang], AskedOption], lang: Lang
) -> None:
    """Somebody who sees only the options, and follows a simple rule, does about as well as a die."""
    hits = sum(rule(asked.options, lang).correct for asked in choices())
    assert hits <= GUESS_AT_MOST * len(choices()), f"{hits} of {len(choices())}"
