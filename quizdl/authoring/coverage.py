"""What the bank covers: the checklist of the course's and the syllabus's topics, against the questions' sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from quizdl.bank.metadata import UNREADABLE, read_entries
from quizdl.bank.select import within_chapter
from quizdl.errors import BankError
from quizdl.model import Question, Selection, Stage
from quizdl.text import Lang, Text, same


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A topic to cover: where the course teaches it and where the syllabus lists it."""

    id: str
    stage: Stage | None
    day: int | None
    section: Text
    topic: Text
    chapter: str


class Area(NamedTuple):
    """How much of a section, a day or a chapter is covered."""

    name: Text
    covered: int
    total: int


class Coverage(NamedTuple):
    """The items, in the checklist's order, and the ids of the questions that cover each."""

    items: tuple[Item, ...]
    questions: Mapping[str, tuple[str, ...]]

    @property
    def missing(self) -> tuple[Item, ...]:
        """The items that no question names."""
        return tuple(item for item in self.items if not self.questions[item.id])

    def by_section(self) -> list[Area]:
        """Section by section, in the course's order."""
        return self._areas((item.stage, item.day, item.section.ja, _section(item)) for item in self.items)

    def by_chapter(self) -> list[Area]:
        """Chapter by chapter of the syllabus, to two parts of its number."""
        areas = self._areas((chapter, same(chapter)) for chapter in map(_two_parts, self.items))
        return sorted(areas, key=lambda area: [int(part) for part in area.name.ja.split("-") if part.isdigit()])

    def _areas(self, keys: Iterable[tuple[Any, ...]]) -> list[Area]:
        found: dict[tuple[Any, ...], Area] = {}
        for item, (*key, name) in zip(self.items, keys, strict=True):
            area = found.get(tuple(key), Area(name, 0, 0))
            covered = area.covered + bool(self.questions[item.id])
            found[tuple(key)] = area._replace(covered=covered, total=area.total + 1)
        return list(found.values())

    def as_json(self, lang: Lang) -> dict[str, Any]:
        """One object: counts, `missing` and, for every item, the questions that cover it."""
        return {
            "covered": len(self.items) - len(self.missing),
            "total": len(self.items),
            "missing": [item.id for item in self.missing],
            "items": [
                {
                    "id": item.id,
                    "stage": item.stage,
                    "day": item.day,
                    "section": item.section.of(lang),
                    "topic": item.topic.of(lang),
                    "chapter": item.chapter,
                    "questions": list(self.questions[item.id]),
                }
                for item in self.items
            ],
        }


def read_checklist(root: Path) -> tuple[Item, ...]:
    """The items of `questions/coverage.yaml`. Raises BankError where the file is missing or malformed."""
    path = root / "questions" / "coverage.yaml"
    hint = same("quizdl bank coverage --bank DIR")
    try:
        items = read_entries(path, "items", Item)
    except OSError as error:
        raise BankError(Text("網羅表がありません。", "There is no coverage list."), hint, str(path)) from error
    except UNREADABLE as error:
        reason = " ".join(str(error).split())
        raise BankError(
            Text(f"網羅表を読めません: {reason}", f"The coverage list cannot be read: {reason}"), hint, str(path)
        ) from error
    return items


def coverage(items: Sequence[Item], questions: Iterable[Question], selection: Selection) -> Coverage:
    """The selected items, and the questions whose `source` names each."""
    wanted = tuple(item for item in items if _wanted(item, selection))
    named: dict[str, list[str]] = {item.id: [] for item in wanted}
    for question in questions:
        for source in question.source:
            if source in named:
                named[source].append(question.id)
    return Coverage(wanted, {item: tuple(ids) for item, ids in named.items()})


def _wanted(item: Item, selection: Selection) -> bool:
    return (
        selection.day in (None, item.day)
        and selection.stage in (None, item.stage)
        and (selection.chapter is None or within_chapter(item.chapter, selection.chapter))
    )


def _section(item: Item) -> Text:
    place = same(f"Day {item.day}") if item.day else _STAGES[item.stage or "ops"]
    return Text(f"{place.ja}  {item.section.ja}", f"{place.en}  {item.section.en}")


def _two_parts(item: Item) -> str:
    return "-".join(item.chapter.split("-")[:2])


_STAGES: dict[Stage, Text] = {
    "math": Text("応用数学", "Maths"),
    "ml": Text("機械学習", "ML"),
    "ops": Text("開発・運用", "Operations"),
}
