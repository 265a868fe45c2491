"""The costliest mistakes of an exam, by the names that the bank's authors gave them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from quizdl.model import Past
from quizdl.report.tally import Item
from quizdl.text import Text, same

MOST_MISTAKES = 10


class Costly(msgspec.Struct, frozen=True):
    """A named mistake within one section.

    A name alone joins nothing: `transposed` in two sections is two things to learn. lost: questions lost to it in this
    exam. earlier: how often it was made at the same questions before. seconds: time that went into losing them.
    """

    name: str
    section: str
    section_title: Text
    lost: int
    earlier: int
    seconds: float
    numbers: tuple[int, ...]
    question_ids: tuple[str, ...]
    reasons: tuple[Text, ...]


def costliest(items: Sequence[Item], exam_id: str, history: Sequence[Past]) -> tuple[Costly, ...]:
    """At most MOST_MISTAKES: most questions lost first, then what was made before and came back, then time."""
    made = Counter((past.question_id, past.mistake) for past in _before(exam_id, history))
    groups: dict[tuple[str, str], list[Item]] = {}
    for item in items:
        name = item.verdict.mistake
        if name and not name.startswith("generic:"):
            groups.setdefault((item.asked.question.section, name), []).append(item)
    found = [_costly(name, group, made) for (_, name), group in groups.items()]
    found.sort(key=lambda one: (-one.lost, -one.earlier, -one.seconds, one.numbers))
    return tuple(found[:MOST_MISTAKES])


def _before(exam_id: str, history: Sequence[Past]) -> list[Past]:
    """What was answered before this exam was handed in."""
    ended = min((past.at for past in history if past.session == exam_id), default=float("inf"))
    return [past for past in history if past.session != exam_id and past.at <= ended and not past.undone]


def _costly(name: str, items: Sequence[Item], made: Counter[tuple[str, str | None]]) -> Costly:
    first = items[0].asked.question
    return Costly(
        name=name,
        section=first.section,
        section_title=first.section_title if first.section_title.en else same(first.section),
        lost=len(items),
        earlier=sum(made[item.asked.question.id, name] for item in items),
        seconds=sum(item.seconds for item in items),
        numbers=tuple(item.number for item in items),
        question_ids=tuple(item.asked.question.id for item in items),
        reasons=tuple(dict.fromkeys(item.why for item in items if item.why is not None)),
    )
