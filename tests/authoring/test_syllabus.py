"""The syllabus: every keyword is asked or explained, and every area holds several exams' worth of questions."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
import pytest

from quizdl.areas import AREAS, CHAPTERS, WEIGHTS, area_of
from quizdl.authoring.syllabus import Found, Keyword, Part, keywords, pools, read_syllabus, within
from quizdl.bank import Library
from quizdl.bank.glossary import Entry, Glossary, read_glossary
from quizdl.errors import BankError
from quizdl.model import Question, Selection
from quizdl.paths import bank_root
from quizdl.text import Text


@cache
def questions() -> tuple[Question, ...]:
    return tuple(Library().select(Selection()))


@cache
def found() -> tuple[Found, ...]:
    return tuple(keywords(read_syllabus(bank_root()), questions(), read_glossary(bank_root())))


def test_every_keyword_is_asked_or_explained() -> None:
    """A candidate who meets a word of the list finds it here."""
    assert [one.keyword.term.ja for one in found() if not one.is_covered] == []


@pytest.mark.parametrize("area", AREAS)
def test_an_area_holds_four_exams_of_different_questions(area: str) -> None:
    """Askable with four options, by the default weights; a twin for another framework is no second question."""
    pool = next(one for one in pools(questions()) if one.area == area)
    assert pool.questions >= pool.needed > 0


def test_the_areas_are_those_of_the_weights() -> None:
    """They make a hundred percent, and every chapter lies in one of them."""
    assert set(WEIGHTS) == set(AREAS)
    assert sum(WEIGHTS.values()) == 100
    assert {area_of(f"{chapter}-1") for chapter in CHAPTERS} == set(AREAS)


def test_a_keyword_is_asked_only_where_a_question_of_its_chapter_names_it() -> None:
    """As a whole word in Latin letters, in either language; else the glossary may explain it; else it is missing."""
    part = Part(
        "3-5-1", Text("題", "t"), tuple(Keyword(Text(ja, en)) for ja, en in (("ゲート", "gate"), ("亀", "ate")))
    )
    some = [one for one in questions() if one.id == "lstm-forget-gate"]
    gate, ate = keywords([part], some, Glossary(()))
    assert gate.questions == ("lstm-forget-gate",)
    assert not ate.is_covered
    explained = Glossary((Entry(Text("亀", "ate"), Text("行", "line")),))
    assert keywords([part], some, explained)[1].is_covered
    elsewhere = Part("2-1-1", part.title, part.keywords)
    assert not keywords([elsewhere], some, Glossary(()))[0].is_covered


def test_twins_are_one_question() -> None:
    """The same question about two frameworks counts once in its pool."""
    one = next(question for question in questions() if question.id == "conv-output-size")
    twins = [msgspec.structs.replace(one, id=name, twin=twin) for name, twin in (("a", "b"), ("b", "a"))]
    assert [pool.questions for pool in pools(twins) if pool.area == "dl"] == [1]


def test_a_chapter_narrows_the_list() -> None:
    """By the first parts of its number."""
    assert {one.part.chapter for one in within(found(), "1-2")} == {"1-2-1", "1-2-2"}


def test_a_broken_list_is_refused(tmp_path: Path) -> None:
    """With the file's name."""
    (tmp_path / "questions").mkdir()
    for text in ("items: 3\n", "items:\n- {chapter: x}\n", "- ["):
        (tmp_path / "questions/syllabus.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(BankError) as raised:
            read_syllabus(tmp_path)
        assert "syllabus.yaml" in str(raised.value.where)
