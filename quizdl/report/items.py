"""How each question works, from the record's history: how hard it is, whether it discriminates, what is chosen.

A row of the table is a sitting (an exam, or a session of practice), since a record is one learner's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import fsum

import msgspec

from quizdl.model import Past
from quizdl.report.psychometrics import correlation

LEAST_SITTINGS = 5
"""A correlation over fewer pairs than these is chance."""

OTHER = "-"
"""A wrong answer that is no known mistake."""

_NO_ANSWER = frozenset({"grader_error", "unreadable"})


class ItemStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """One question. difficulty: the mean score, so that 1 is easy (None where nobody answered).

    discrimination: how its score goes with the mean score of the same sitting's other answers, −1 to 1; None for fewer
    than LEAST_SITTINGS sittings, or where nothing varies. chosen: mistake or option → times, those never chosen too.
    """

    id: str
    answers: int
    right: int
    difficulty: float | None
    discrimination: float | None
    chosen: dict[str, int]


def item_statistics(history: Iterable[Past], known: Mapping[str, Sequence[str]]) -> list[ItemStatistics]:
    """One of each question that was answered, hardest first. known: question → the ids of its mistakes or options."""
    kept = [
        past for past in history if not past.undone and past.verdict not in _NO_ANSWER and past.question_id in known
    ]
    sittings = _by(kept, "session")
    found = [_item(name, answers, sittings, known[name]) for name, answers in _by(kept, "question_id").items()]
    return sorted(found, key=lambda item: (item.difficulty if item.difficulty is not None else 2, item.id))


def _item(
    name: str, answers: Sequence[Past], sittings: Mapping[str, Sequence[Past]], ids: Sequence[str]
) -> ItemStatistics:
    wrong = Counter(past.mistake or OTHER for past in answers if past.verdict != "correct")
    chosen = {one: wrong.pop(one, 0) for one in ids} | dict(wrong.most_common())
    return ItemStatistics(
        id=name,
        answers=len(answers),
        right=sum(past.verdict == "correct" for past in answers),
        difficulty=fsum(past.score for past in answers) / len(answers) if answers else None,
        discrimination=_discrimination(answers, sittings),
        chosen=chosen,
    )


def _discrimination(answers: Sequence[Past], sittings: Mapping[str, Sequence[Past]]) -> float | None:
    pairs = []
    for past in answers:
        others = [one.score for one in sittings[past.session] if one.question_id != past.question_id]
        if others:
            pairs.append((past.score, fsum(others) / len(others)))
    if len(pairs) < LEAST_SITTINGS:
        return None
    return correlation([own for own, _ in pairs], [rest for _, rest in pairs])


def _by(history: Iterable[Past], field: str) -> dict[str, list[Past]]:
    groups: dict[str, list[Past]] = {}
    for past in history:
        groups.setdefault(getattr(past, field), []).append(past)
    return groups
