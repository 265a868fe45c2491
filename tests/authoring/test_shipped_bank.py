"""What the shipped bank promises as a whole: every topic covered, mostly askable as an exam asks, and not guessable."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache

import pytest

from quizdl.authoring.coverage import coverage, read_checklist
from quizdl.bank import Library, as_choice, ask
from quizdl.model import Asked, AskedOption, Choice, Question, Selection
from quizdl.paths import bank_root
from quizdl.text import Lang

PARTS = (*(Selection(day=day) for day in (1, 2, 3, 4)), Selection(stage="math"), Selection(stage="ml"))
FIRST_HALF = (1, 2, 3)


@cache
def questions() -> tuple[Question, ...]:
    """All that are shipped."""
    return tuple(Library().select(Selection()))


@cache
def choices() -> tuple[Asked, ...]:
    """Choice questions with one right option of four, as shown with seed 0."""
    return tuple(asked for one in questions() if isinstance(one, Choice) and has_four(asked := ask(one, 0)))


def has_four(asked: Asked) -> bool:
    """One right option of four."""
    return len(asked.options) == 4 and sum(option.correct for option in asked.options) == 1


def most(count: int) -> float:
    """Three standard deviations above what chance gives: a quarter."""
    return count / 4 + 3 * math.sqrt(count * 3 / 16)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.stage or f"day{part.day}")
def test_every_topic_has_a_question(part: Selection) -> None:
    """By the ids that the questions name as their source."""
    assert [item.id for item in coverage(read_checklist(bank_root()), questions(), part).missing] == []


def test_there_is_enough_of_every_kind() -> None:
    """In each half of the course: code, drawn numbers, formulas, sets, and in the first words of one's own."""
    first = [one for one in questions() if one.day in FIRST_HALF and one.framework is None]
    second = [one for one in questions() if one.day not in FIRST_HALF and one.framework is None]
    enough(first, total=320, code=70, drawn=70, expression=40, sets=25)
    enough(second, total=300, code=25, drawn=50, expression=15, sets=20)
    assert sum(one.kind in ("order", "essay") for one in first) >= 20


def enough(found: Sequence[Question], *, total: int, code: int, drawn: int, expression: int, sets: int) -> None:
    kinds = [one.kind for one in found]
    assert len(kinds) >= total
    assert kinds.count("code") >= code
    assert sum(bool(one.variables) for one in found) >= drawn
    assert kinds.count("expression") >= expression
    assert len({one.set.id for one in found if one.set}) >= sets


def test_most_questions_can_be_asked_with_four_options() -> None:
    """As the exam asks: the key and three mistakes that are distinct on the draw."""
    formed = [as_choice(ask(one, 0)) for one in questions()]
    askable = sum(form is not None and len(form.options) >= 4 for form in formed)
    assert askable >= 0.85 * len(formed)


def test_a_key_stands_anywhere() -> None:
    """In the exam's form of all questions the right option is A, B, C and D equally often, as far as chance allows."""
    forms = [form for one in questions() for seed in range(4) if (form := as_choice(ask(one, seed))) and has_four(form)]
    for place in range(4):
        keyed = sum(form.options[place].correct for form in forms)
        assert len(forms) / 2 - most(len(forms)) <= keyed <= most(len(forms)), f"place {place}: {keyed} of {len(forms)}"


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
    assert hits <= most(len(choices())), f"{hits} of {len(choices())}"
