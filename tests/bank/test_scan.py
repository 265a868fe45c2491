"""Ids are found in raw bytes as an author may lay them out."""

from __future__ import annotations

import pytest

from quizdl.bank.scan import ids_of


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
