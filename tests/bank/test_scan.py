"""Ids are found in raw bytes as an author may lay them out."""

from __future__ import annotations

import pytest

from quizdl.bank.scan import entry_of, ids_of


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
