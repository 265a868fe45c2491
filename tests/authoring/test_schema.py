"""The schema that editors check against says what the bank's own reader says, as far as form goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from quizdl.authoring.files import all_files
from quizdl.authoring.schema import bank_schema
from quizdl.bank.faults import Faults
from quizdl.bank.nodes import Mapping, Node, Sequence
from quizdl.bank.scalars import plain_number
from quizdl.bank.yaml import read
from quizdl.paths import bank_root

from .conftest import CHOICE, HEADER, NUMBER

jsonschema = pytest.importorskip("jsonschema", reason="the schema is checked with jsonschema")
WORDS = {"true": True, "false": False, "null": None}


def plain(node: Node | None) -> Any:
    """A tree as an editor's YAML 1.2 parser has it."""
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    if isinstance(node, Mapping):
        return {name: plain(child) for name, child in node.entries.items()}
    if node is None or node.style:
        return node.text if node else None
    number = plain_number(node)
    return WORDS.get(node.text, node.text) if number is None else number


def problems(data: str) -> list[str]:
    """What an editor would underline."""
    tree = plain(read(data.encode(), Faults("sample.yaml")))
    return [error.message for error in VALIDATOR.iter_errors(tree)]


VALIDATOR = jsonschema.Draft7Validator(bank_schema())


def test_it_is_a_schema_that_editors_read() -> None:
    """Draft 7, which yaml-language-server speaks; every reference leads somewhere."""
    schema = bank_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    assert schema["$schema"].endswith("draft-07/schema#")
    assert all(found["$ref"].rpartition("/")[2] in schema["definitions"] for found in references(schema))


def references(schema: Any) -> list[dict[str, str]]:
    """Every `$ref` of a schema."""
    if isinstance(schema, dict):
        inner = [found for value in schema.values() for found in references(value)]
        return [schema, *inner] if "$ref" in schema else inner
    return [found for item in schema for found in references(item)] if isinstance(schema, list) else []


@pytest.mark.parametrize("path", all_files(bank_root()), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_it_accepts_every_shipped_file(path: Path) -> None:
    """What the bank accepts, an editor must not underline."""
    assert problems(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("  answer: n + m", "  awnser: n + m", "'awnser' was unexpected"),
        ("  kind: numeric", "  kind: number", "'number' is not one of"),
        ("  kind: numeric\n", "", "'kind' is a required property"),
        ("id: a-number", "id: A_Number", "does not match"),
        ("range: [3, 90]", "range: [3, high]", "is not valid under any"),
        ("{ja: '説明です。', en: 'It is so.'}", "{ja: '説明です。'}", "is not valid under any"),
        ("  source: [d3-001]\n", "", "'source' is a required property"),
        ("first: {n: 5, m: 100}", "points: many", "'many' is not of type 'integer'"),
        ("day: 3", "day: 9", "9 is not one of"),
        ("day: 3", "day: 3\nstage: ml", "is valid under each of"),
        ("day: 3\n", "", "is not valid under any"),
    ],
)
def test_it_refuses_what_the_bank_refuses(old: str, new: str, part: str) -> None:
    """The slips that form alone shows."""
    whole = HEADER + NUMBER
    assert problems(whole) == []
    assert old in whole
    assert any(part in one for one in problems(whole.replace(old, new)))


def test_a_draft_needs_one_language() -> None:
    """An editor lets a draft grow; neither language is still too little."""
    one = CHOICE.replace("{ja: '説明です。', en: 'It is so.'}", "{ja: '説明です。'}")
    assert problems(HEADER + one) != []
    assert problems(HEADER + one.replace("  kind: choice", "  kind: choice\n  status: draft")) == []
    none = one.replace("{ja: '説明です。'}", "{}").replace("  kind: choice", "  kind: choice\n  status: draft")
    assert problems(HEADER + none) != []


@pytest.mark.parametrize("status", ["", "  status: draft\n"])
def test_questions_of_a_set_inherit(status: str) -> None:
    """Chapter and source may stand at the set, and so may its being a draft."""
    texts = "prompt: {ja: 問, en: Q}, explanation: {ja: 答, en: A}"
    inner = f"{{id: one, kind: expression, symbols: {{x: real}}, answer: x, {texts}}}"
    stem = "{ja: 文}" if status else "{ja: 文, en: text}"
    group = f"- set: a-set\n  chapter: '3-5-1'\n{status}  stem: {stem}\n  source: [d3-001]\n  questions:\n  - {inner}\n"
    assert problems(HEADER + group) == []
    assert problems(HEADER + group.replace("en: Q}", "zh: Q}")) != []
