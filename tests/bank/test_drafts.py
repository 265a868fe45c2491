"""A draft may be written in one language, and nobody meets it who did not ask for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from quizdl.bank import Library, check_file, parse_file
from quizdl.model import Selection
from quizdl.text import Text

from .conftest import HEADER, WHY

TERM = """
- id: {id}
  kind: term
{status}  chapter: '3-5-1'
  source: [d3-001]
  prompt: {prompt}
  accept: {accept}
  explanation: {{ja: '説明です。'}}
"""


def term(name: str = "a-term", status: str = "  status: draft\n", **fields: str) -> str:
    given = {"prompt": "{ja: '何ですか。'}", "accept": "{en: [gate]}", **fields}
    return TERM.format(id=name, status=status, **given)


def write(root: Path, *questions: str) -> Path:
    path = root / "questions/day3/sample.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + "".join(questions), encoding="utf-8")
    return path


def test_one_language_stands_in_for_the_other(tmp_path: Path) -> None:
    """Texts and words are there in both, so that everything that shows a question shows a draft too."""
    (question,) = parse_file(write(tmp_path, term()))
    assert question.status == "draft"
    assert question.prompt == Text("何ですか。", "何ですか。")
    assert question.accept.ja == question.accept.en == ("gate",)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("question", "count"),
    [
        (term(status=""), 3),
        (term(prompt="{zh: '何'}"), 1),
        (term(prompt="{}"), 2),
        (term(prompt="{ja: '', en: ''}"), 2),
        (term(accept="{}"), 2),
        (term(status="  status: finished\n"), 4),
    ],
)
def test_what_is_no_draft_needs_both_and_a_draft_needs_one(tmp_path: Path, question: str, count: int) -> None:
    """Only `draft` lets a language be missing, and never both of them."""
    assert len(check_file(write(tmp_path, question))) == count


def test_a_draft_does_not_excuse_its_neighbours(tmp_path: Path) -> None:
    """The question after a draft is held to both languages again."""
    faults = check_file(write(tmp_path, term("one"), term("two", status="")))
    assert len(faults) == 3
    assert all(int(str(fault.where).split(":")[-2]) > 12 for fault in faults)


SET = f"""
- set: a-set
  status: draft
  chapter: '3-5-1'
  source: [d3-001]
  stem: {{ja: '幹です。'}}
  questions:
  - id: in-set
    kind: choice
    prompt: {{en: Which?}}
    explanation: {{en: So.}}
    options: [{{id: a, text: '1', correct: true}}, {{id: b, text: '2', {WHY}}}]
"""
FINISHED = term("finished", status="", prompt="{ja: 問, en: Q}", accept="{ja: [門], en: [gate]}").replace(
    "{ja: '説明です。'}", "{ja: '説明です。', en: So.}"
)


def test_drafts_are_left_out_of_what_is_chosen_from(tmp_path: Path) -> None:
    """Selections, outlines and plans agree, and have drafts where these are asked for; an id finds any question."""
    write(tmp_path, term("a-draft"), FINISHED, SET)
    for drafts, ids in ((False, ["finished"]), (True, ["a-draft", "finished", "in-set"])):
        library = Library(tmp_path, drafts=drafts)
        assert [one.id for one in library.select(Selection())] == ids
        assert [one.id for one in library.outline(Selection())] == ids
        assert [one.id for one in library.outline(Selection(chapter="3"))] == ids
        assert [one.id for one in library.profiles()] == ids
    assert Library(tmp_path).find("in-set").status == "draft"
    assert Library(tmp_path).all_ids() == ["a-draft", "finished", "in-set"]


def test_finishing_a_draft_is_no_new_version(tmp_path: Path) -> None:
    """Taking the word away changes nothing that is graded."""
    drafted = FINISHED.replace("  kind: term\n", "  kind: term\n  status: draft\n")
    (draft,) = parse_file(write(tmp_path, drafted))
    (done,) = parse_file(write(tmp_path, FINISHED))
    assert (draft.status, done.status) == ("draft", None)
    assert draft.version == done.version
