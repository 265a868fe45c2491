"""The checklist: what it says is covered is what questions name, and a broken list is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from quizdl.authoring.coverage import Coverage, Item, coverage, read_checklist
from quizdl.bank import Library
from quizdl.errors import BankError
from quizdl.model import Selection
from quizdl.paths import bank_root
from quizdl.text import same

ITEM = "- {id: d1-001, stage: null, day: 1, section: {ja: 節, en: s}, topic: {ja: 題, en: t}, chapter: '3-1'}\n"


def shipped(selection: Selection = Selection()) -> Coverage:  # noqa: B008 - frozen
    return coverage(read_checklist(bank_root()), Library().select(Selection()), selection)


def test_every_topic_has_both_languages_and_a_place_in_the_syllabus() -> None:
    """370 of them, each named once."""
    items = read_checklist(bank_root())
    assert len({item.id for item in items}) == len(items) == 370
    for item in items:
        assert all((item.section.ja, item.section.en, item.topic.ja, item.topic.en, item.chapter)), item.id
        assert (item.day is None) != (item.stage is None), item.id


def test_a_topic_is_covered_by_the_questions_that_name_it_and_by_no_others() -> None:
    """Counts add up over sections and over chapters alike."""
    found = shipped()
    questions = Library().select(Selection())
    for item in found.items:
        assert found.questions[item.id] == tuple(one.id for one in questions if item.id in one.source)
    covered = len(found.items) - len(found.missing)
    for areas in (found.by_section(), found.by_chapter()):
        assert sum(area.total for area in areas) == len(found.items)
        assert sum(area.covered for area in areas) == covered


def test_a_selection_narrows_the_topics_not_the_questions() -> None:
    """A question of Day 4 may cover a topic of Day 3."""
    found = shipped(Selection(day=3, chapter="3-5"))
    assert {item.day for item in found.items} == {3}
    assert all(item.chapter.startswith("3-5") for item in found.items)
    assert shipped(Selection(stage="math")).items == tuple(item for item in shipped().items if item.stage == "math")


def test_a_topic_without_a_question_is_missing() -> None:
    """By id, in the checklist's order."""
    items = [Item(f"d1-00{k}", None, 1, same("s"), same("t"), "3-1") for k in (1, 2)]
    questions = [one for one in Library().select(Selection(day=3)) if one.id == "conv-output-size"]
    found = coverage(items, questions, Selection())
    assert [item.id for item in found.missing] == ["d1-001", "d1-002"]
    assert found.as_json("en")["missing"] == ["d1-001", "d1-002"]


BROKEN = ["items: 3\n", "items: [\n", "[]\n", f"items:\n{ITEM}".replace("1,", "one,"), f"items:\n{ITEM[:-2]}, x: 1}}\n"]


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_checklist_is_refused_with_its_place(tmp_path: Path, text: str) -> None:
    """Which file, and why."""
    (tmp_path / "questions").mkdir()
    path = tmp_path / "questions" / "coverage.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BankError) as caught:
        read_checklist(tmp_path)
    assert caught.value.where == str(path)


def test_a_bank_without_a_checklist_is_told_so(tmp_path: Path) -> None:
    """Not taken for a bank that covers everything."""
    with pytest.raises(BankError):
        read_checklist(tmp_path)
