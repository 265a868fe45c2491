"""A version tells whether two attempts were graded alike."""

from __future__ import annotations

import re

import msgspec
import pytest

from quizdl.bank import version_of
from quizdl.model import Code, Question
from quizdl.text import same

PROSE = {
    "prompt": same("other"),
    "explanation": same("other"),
    "hints": (same("other"),),
    "chapter": "1-1",
    "source": ("s1-001",),
    "level": "recall",
    "section": "other",
    "place": "other.yaml:1:1",
    "day": 1,
    "code": "x = 1",
    "figure": {"name": "lstm-cell"},
}


def test_a_version_is_twelve_hexadecimal_digits(questions: dict[str, Question]) -> None:
    """The bank fills it in, and no two questions share it."""
    versions = [question.version for question in questions.values()]
    assert all(re.fullmatch("[0-9a-f]{12}", version) for version in versions)
    assert len(set(versions)) == len(versions)
    assert versions == [version_of(question) for question in questions.values()]


@pytest.mark.parametrize("field", sorted(PROSE))
def test_polishing_a_sentence_keeps_the_version(questions: dict[str, Question], field: str) -> None:
    """Prompts, explanations, hints, chapters and places are not graded."""
    for question in questions.values():
        assert version_of(msgspec.structs.replace(question, **{field: PROSE[field]})) == question.version


def test_reasons_of_options_and_mistakes_are_prose(questions: dict[str, Question]) -> None:
    """Saying better why an answer is wrong changes no grade."""
    number = questions["a-number"]
    mistakes = tuple(msgspec.structs.replace(one, why=same("other")) for one in number.mistakes)  # type: ignore[union-attr]
    assert version_of(msgspec.structs.replace(number, mistakes=mistakes)) == number.version


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("a-number", {"answer": "twice"}),
        ("a-number", {"first": {"n": 6}}),
        ("a-number", {"where": ()}),
        ("a-number", {"mistakes": ()}),
        ("a-choice", {"options": ()}),
        ("an-order", {"free": ()}),
        ("a-blank", {"template": "def double(x):\n    return ____\n"}),
        ("a-blank", {"reference": "softmax"}),
        ("a-blank", {"edges": ()}),
        ("a-function", {"solution": "def triple(x):\n    return x * 3\n"}),
    ],
)
def test_what_is_graded_changes_the_version(
    questions: dict[str, Question], name: str, change: dict[str, object]
) -> None:
    """Keys, variables, mistakes, templates, solutions, inputs and references are in it."""
    assert version_of(msgspec.structs.replace(questions[name], **change)) != questions[name].version


def test_a_mistakes_own_words_are_not_taken_for_prose(questions: dict[str, Question]) -> None:
    """An input that an author calls `why` is graded: only the reasons of options and mistakes are left out."""
    blank = questions["a-blank"]
    assert isinstance(blank, Code)
    one = msgspec.structs.replace(blank, inputs={"why": {"normal": [3]}})
    other = msgspec.structs.replace(blank, inputs={"why": {"normal": [4]}})
    assert version_of(one) != version_of(other)
