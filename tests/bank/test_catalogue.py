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
