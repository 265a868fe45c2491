"""What a plan weighs of a question, found without parsing."""

from __future__ import annotations

from pathlib import Path

import pytest

from quizdl.bank.catalogue import profiles_in
from quizdl.bank.decode import bytes_of, parse_file
from quizdl.model import Code, Profile, Question
from quizdl.paths import bank_root

FILES = sorted((bank_root() / "questions").glob("*/*.yaml"))


def _profile(question: Question) -> Profile:
    return Profile(
        id=question.id,
        kind=question.kind,
        chapter=question.chapter,
        level=question.level,
        set=question.set.id if question.set else None,
        framework=question.framework,
        scope=question.scope,
        whole=isinstance(question, Code) and question.answer is None,
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_bytes_say_what_parsing_says(path: Path) -> None:
    """Every shipped question: kind, chapter, level, set, framework, scope, and whether a whole function is asked."""
    assert list(profiles_in(bytes_of(path))) == [_profile(question) for question in parse_file(path)]


def test_fields_may_stand_before_the_id_and_a_set_hands_its_own_down() -> None:
    """The order of fields is the author's; a question's own level wins over its set's, and the set ends with it."""
    text = (
        "section: x\nquestions:\n- set: s\n  chapter: '3-1'\n  level: recall\n  stem: |\n    level: analyse\n"
        "  questions:\n"
        "  - kind: term\n    id: one\n  - id: two\n    kind: code\n    level: analyse\n    answer: a + b\n"
        "- kind: numeric\n  id: three\n  chapter: '2-1'\n  mistakes:\n  - id: no\n    answer: 3\n"
        "- id: four\n  kind: code\n  chapter: '2-2'\n"
    )
    assert list(profiles_in(text.encode())) == [
        Profile(id="one", kind="term", chapter="3-1", level="recall", set="s"),
        Profile(id="two", kind="code", chapter="3-1", level="analyse", set="s"),
        Profile(id="three", kind="numeric", chapter="2-1"),
        Profile(id="four", kind="code", chapter="2-2", whole=True),
    ]


def test_a_word_that_is_no_kind_is_left_to_the_parser() -> None:
    """The plan goes on with the default; `quizdl bank check` names the fault."""
    assert list(profiles_in(b"questions:\n- id: a\n  kind: riddle\n  chapter: '1-1'\n")) == [
        Profile(id="a", kind="choice", chapter="1-1")
    ]


def test_a_set_holds_the_questions_further_in_and_no_others() -> None:
    """What follows a set at its own depth stands alone, whichever field it begins with."""
    text = (
        "questions:\n- set: s\n  questions:\n  - id: one\n  - kind: x\n    id: two\n- kind: x\n  id: three\n"
        "- set: t\n  questions:\n    - id: four\n- id: five\n"
    )
    assert [(one.id, one.set) for one in profiles_in(text.encode())] == [
        ("one", "s"),
        ("two", "s"),
        ("three", None),
        ("four", "t"),
        ("five", None),
    ]


def test_a_framework_belongs_to_the_question_it_stands_in() -> None:
    """Whether it follows other fields or blocks, in a set or alone; a set's is that of its questions."""
    text = (
        "questions:\n- id: one\n  mistakes:\n  - id: no\n  framework: pytorch\n- id: two\n"
        "- set: s\n  questions:\n  - id: three\n    framework: 'tensorflow'\n  - id: four\n    code: |\n"
        "      framework: pytorch\n- set: t\n  framework: pytorch\n  questions:\n  - id: five\n"
        "  - id: six\n    framework: tensorflow\n- id: seven\n"
    )
    assert [(one.id, one.set, one.framework) for one in profiles_in(text.encode())] == [
        ("one", None, "pytorch"),
        ("two", None, None),
        ("three", "s", "tensorflow"),
        ("four", "s", None),
        ("five", "t", "pytorch"),
        ("six", "t", "tensorflow"),
        ("seven", None, None),
    ]
