"""What the bank covers of the syllabus's keywords, and whether it holds enough questions for several exams."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from quizdl.areas import AREAS, EXAM_QUESTIONS, WEIGHTS, area_of, chapter_of
from quizdl.bank.as_choice import as_choice
from quizdl.bank.glossary import Glossary
from quizdl.bank.metadata import UNREADABLE, read_entries
from quizdl.bank.select import within_chapter
from quizdl.bank.variants import ask
from quizdl.errors import BankError
from quizdl.model import Question
from quizdl.text import Lang, Text, same

FILE = "syllabus.yaml"
EXAMS = 4
"""How many exams the questions of an area should suffice for without a repetition."""

OPTIONS = 4


class Keyword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A term of the syllabus, and other ways to write it."""

    term: Text
    also: tuple[str, ...] = ()

    def spellings(self) -> tuple[str, ...]:
        """Everything by which a text may name it."""
        return self.term.ja, self.term.en, *self.also


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One number of the syllabus with its keywords."""

    chapter: str
    title: Text
    keywords: tuple[Keyword, ...]


class Found(NamedTuple):
    """Where a keyword is asked: ids of questions of its chapter that name it, and whether the glossary explains it."""

    part: Part
    keyword: Keyword
    questions: tuple[str, ...]
    in_glossary: bool

    @property
    def is_covered(self) -> bool:
        """A question or an entry will do."""
        return bool(self.questions) or self.in_glossary


class Pool(NamedTuple):
    """How many questions of an area can be asked with four options, and how many that should be."""

    area: str
    questions: int
    needed: int


def read_syllabus(root: Path) -> tuple[Part, ...]:
    """The parts of `questions/syllabus.yaml`. Raises BankError where the file is missing or malformed."""
    path = root / "questions" / FILE
    try:
        return read_entries(path, "items", Part)
    except (OSError, *UNREADABLE) as error:
        reason = " ".join(str(error).split())
        message = Text(f"シラバスの一覧を読めません: {reason}", f"The syllabus's list cannot be read: {reason}")
        raise BankError(message, same("quizdl bank coverage --bank DIR"), str(path)) from error


def keywords(parts: Iterable[Part], questions: Sequence[Question], glossary: Glossary) -> list[Found]:
    """Every keyword in the syllabus's order; questions count where they lie in the same chapter (1 to 5)."""
    texts = {one.id: (chapter_of(one.chapter), "\n".join(_texts(msgspec.to_builtins(one)))) for one in questions}
    folded = {name: (chapter, text, text.casefold()) for name, (chapter, text) in texts.items()}
    return [
        Found(part, keyword, _naming(keyword, chapter_of(part.chapter), folded), glossary.holds(*keyword.spellings()))
        for part in parts
        for keyword in part.keywords
    ]


def within(found: Iterable[Found], chapter: str | None) -> list[Found]:
    """Those of a chapter, by the first parts of its number."""
    return [one for one in found if chapter is None or within_chapter(one.part.chapter, chapter)]


def pools(questions: Iterable[Question], weights: Mapping[str, float] = WEIGHTS) -> list[Pool]:
    """Area by area, the questions that an exam may ask. Twins for two frameworks are one; seeds make no new ones."""
    counted: dict[str, set[str]] = {area: set() for area in AREAS}
    for question in questions:
        area = area_of(question.chapter)
        if area is not None and _askable(question):
            counted[area].add(min(question.id, question.twin or question.id))
    total = sum(weights.values())
    return [
        Pool(area, len(counted[area]), round(EXAMS * EXAM_QUESTIONS * weights.get(area, 0) / total)) for area in AREAS
    ]


def as_json(found: Iterable[Found], lang: Lang) -> dict[str, Any]:
    """One object: counts, `missing`, and for every keyword the questions that name it."""
    rows = list(found)
    return {
        "covered": sum(one.is_covered for one in rows),
        "total": len(rows),
        "missing": [one.keyword.term.of(lang) for one in rows if not one.is_covered],
        "keywords": [
            {
                "chapter": one.part.chapter,
                "term": one.keyword.term.of(lang),
                "questions": list(one.questions),
                "glossary": one.in_glossary,
            }
            for one in rows
        ],
    }


def _askable(question: Question) -> bool:
    form = as_choice(ask(question, 0))
    return form is not None and len(form.options) >= OPTIONS and sum(one.correct for one in form.options) == 1


def _naming(keyword: Keyword, chapter: str, texts: Mapping[str, tuple[str, str, str]]) -> tuple[str, ...]:
    patterns = [(one.casefold(), _pattern(one)) for one in keyword.spellings()]
    return tuple(
        name
        for name, (its_chapter, text, folded) in texts.items()
        if its_chapter == chapter
        and any(plain in folded and (pattern is None or pattern.search(text)) for plain, pattern in patterns)
    )


def _pattern(spelling: str) -> re.Pattern[str] | None:
    """Latin letters count as whole words alone: `rank` is not in `Frank`."""
    if not spelling.isascii():
        return None
    return re.compile(rf"(?<![A-Za-z]){re.escape(spelling)}(?:s|es)?(?![A-Za-z])", re.IGNORECASE)


def _texts(tree: object) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, Mapping):
        for value in tree.values():
            yield from _texts(value)
    elif isinstance(tree, list | tuple):
        for value in tree:
            yield from _texts(value)
