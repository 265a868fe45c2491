"""Ids are found in raw bytes as an author may lay them out."""

from __future__ import annotations

import pytest

from quizdl.bank.scan import entry_of, ids_of, questions_in


@pytest.mark.parametrize(
    "text",
    [
        "questions:\n- id: one\n  mistakes:\n  - id: no\n  - {id: no, x: y}\n- id: two\n",
        "questions:\n  - id: one\n    options:\n      - {id: no}\n"
        "  - kind: x\n    prompt:\n      ja: |\n        id: no\n    id: two\n",
        "questions:\n- {id: one, mistakes: [{id: no}]}\n- {'id': 'two', kind: x}\n",
        "questions:\n- set: s\n  questions:\n  - id: one\n    rubric:\n    - id: no\n  - id: two\n",
        "questions:\r\n- id: one\r\n  options:\r\n  - id: no\r\n- id: two\r\n",
        "questions:\n- id: one\n  template: |\n    id: no\n  code: >-\n    id: no\n- id: two\n",
    ],
)
def test_only_questions_ids_are_found(text: str) -> None:
    """Ids of options, mistakes and rubrics, and words in blocks, are not questions."""
    assert list(ids_of(text.encode())) == ["one", "two"]


def test_a_set_holds_the_questions_further_in_and_no_others() -> None:
    """What follows a set at its own depth stands alone, whichever field it begins with."""
    text = (
        "questions:\n- set: s\n  questions:\n  - id: one\n  - kind: x\n    id: two\n- kind: x\n  id: three\n"
        "- set: t\n  questions:\n    - id: four\n- id: five\n"
    )
    assert [(one.id, one.set) for one in questions_in(text.encode())] == [
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
    assert [(one.id, one.set, one.framework) for one in questions_in(text.encode())] == [
        ("one", None, "pytorch"),
        ("two", None, None),
        ("three", "s", "tensorflow"),
        ("four", "s", None),
        ("five", "t", "pytorch"),
        ("six", "t", "tensorflow"),
        ("seven", None, None),
    ]


def test_an_entry_keeps_its_lines() -> None:
    """The other entries become empty lines, a set stays whole, and comments before the questions stay."""
    text = (
        b"section: s\nquestions:\n# one\n- id: one\n  x: two\n"
        b"- set: s\n  questions:\n  - id: two\n  - id: three\n\n- id: four\n"
    )
    assert entry_of(text, "one") == b"section: s\nquestions:\n# one\n- id: one\n  x: two\n"
    assert entry_of(text, "three") == (
        b"section: s\nquestions:\n# one\n\n\n- set: s\n  questions:\n  - id: two\n  - id: three\n\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "questions:\n  - id: one\n",
        "questions:\n- id: one\nsection: s\n",
        "questions:\n- id: one\n- id: one\n",
        "questions:\n- id: two\n  x: one\n",
        "questions:\n- id: one\n...\n",
        "questions:\n- id: one\n-\n  id: two\n",
        "",
    ],
)
def test_what_the_bytes_do_not_tell_is_left_to_the_parser(text: str) -> None:
    """Entries further in, fields after the questions, an id twice or not at all, documents."""
    assert entry_of(text.encode(), "one") is None
