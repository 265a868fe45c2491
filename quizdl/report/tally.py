"""Questions of an exam counted by area, chapter, section, level and kind, in the score report's form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from quizdl.areas import AREAS, CHAPTERS, area_of, chapter_of
from quizdl.model import Asked, Kind, Level, Verdict
from quizdl.report.score import Part as Score
from quizdl.screen.words import KINDS, LEVELS
from quizdl.text import Text, same

OUTSIDE = Text("シラバス外", "Outside the syllabus")


class Item(msgspec.Struct, frozen=True):
    """One question of the exam with what came of it.

    number: its place from 1. answer, first: the letter handed in and the one chosen first, "" where there is none.
    seconds: time spent on it. flagged: whether it ever was.
    """

    number: int
    asked: Asked
    answer: str
    first: str
    verdict: Verdict
    seconds: float
    flagged: bool

    @property
    def right(self) -> bool:
        """Whether the answer handed in is the key."""
        return self.verdict.verdict == "correct"

    @property
    def key(self) -> str:
        """The letters of the right options."""
        return "".join(option.letter for option in self.asked.options if option.correct)

    @property
    def kind(self) -> Kind:
        """The kind of the question that was asked, whatever its exam form."""
        return self.asked.form_of or self.asked.question.kind

    @property
    def area(self) -> str | None:
        """The area of the score report; None outside the syllabus."""
        return area_of(self.asked.question.chapter)

    @property
    def why(self) -> Text | None:
        """The author's reason against the option that was chosen."""
        return None if self.right else self.why_of(self.answer)

    def why_of(self, letter: str) -> Text | None:
        """The author's reason against the option of this letter."""
        return next((option.why for option in self.asked.options if option.letter == letter), None)

    def text_of(self, letters: str) -> Text | None:
        """The options of these letters as they were shown."""
        texts = [option.text for option in self.asked.options if option.letter and option.letter in letters]
        return Text(" / ".join(text.ja for text in texts), " / ".join(text.en for text in texts)) if texts else None


class Part(msgspec.Struct, frozen=True):
    """A part of the exam. seconds: time spent on it in all."""

    key: str
    name: Text
    right: int
    count: int
    seconds: float = 0.0

    @property
    def percent(self) -> int | None:
        """Per cent of its questions; None where it has none."""
        return percent_of(self.right, self.count)

    @property
    def lost(self) -> int:
        """Questions not right."""
        return self.count - self.right


def percent_of(right: int, count: int) -> int | None:
    """Whole per cent, rounded down: 100 is all of it, and at least the pass line is at least the pass line.

    >>> percent_of(2, 3), percent_of(0, 0)
    (66, None)
    """
    return Score(right, count).percent if count else None


def part(key: str, name: Text, items: Iterable[Item]) -> Part:
    """These questions counted."""
    found = list(items)
    return Part(key, name, sum(item.right for item in found), len(found), sum(item.seconds for item in found))


def by_area(items: Iterable[Item]) -> tuple[Part, ...]:
    """The four areas in the score report's order, empty ones too; then what lies outside, if anything."""
    return _all_of(items, AREAS, lambda item: item.area or "")


def by_chapter(items: Iterable[Item]) -> tuple[Part, ...]:
    """The five chapters of the syllabus, empty ones too; then what lies outside, if anything."""
    return _all_of(items, CHAPTERS, lambda item: chapter_of(item.asked.question.chapter))


def by_section(items: Iterable[Item]) -> tuple[Part, ...]:
    """The sections that were asked, those first in which most was lost."""
    groups = _grouped(items, lambda item: item.asked.question.section)
    found = [part(key, _section_name(group[0]), group) for key, group in groups.items()]
    return tuple(sorted(found, key=lambda one: (-one.lost, one.count)))


def by_level(items: Iterable[Item]) -> tuple[Part, ...]:
    """Recall, apply, analyse: those that were asked."""
    groups = _grouped(items, lambda item: item.asked.question.level)
    order: tuple[Level, ...] = tuple(LEVELS)
    return tuple(part(level, LEVELS[level], groups[level]) for level in order if level in groups)


def by_kind(items: Iterable[Item]) -> tuple[Part, ...]:
    """The kinds that were asked, as they are in practice."""
    groups = _grouped(items, lambda item: item.kind)
    order: tuple[Kind, ...] = tuple(KINDS)
    return tuple(part(kind, KINDS[kind], groups[kind]) for kind in order if kind in groups)


def _all_of(items: Iterable[Item], names: Mapping[str, Text], key: Callable[[Item], str]) -> tuple[Part, ...]:
    groups = _grouped(items, lambda item: key(item) if key(item) in names else "")
    known = [part(name, names[name], groups.get(name, [])) for name in names]
    return (*known, *([part("", OUTSIDE, groups[""])] if "" in groups else []))


def _grouped(items: Iterable[Item], key: Callable[[Item], str]) -> dict[str, list[Item]]:
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def _section_name(item: Item) -> Text:
    question = item.asked.question
    return question.section_title if question.section_title.en else same(question.section)
