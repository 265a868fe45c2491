"""What asking a question today is worth on the exam day: its weight, how open its topic is, and what will be kept."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec
from fsrs import Card, Rating

from quizdl.areas import area_of
from quizdl.model import Framework, Past, Profile
from quizdl.study.ability import ability_of
from quizdl.study.budget import Pace, expected_seconds
from quizdl.study.review import RETENTION, cards, new_card, recall, reviewed
from quizdl.study.speed import usual

BREADTH = 2.0
"""How fast a topic is covered: the more of it is kept, the less one more question adds, as exp(−BREADTH · share)."""

DISPUTED = 0.5
"""What a question is worth on a topic of which it is disputed whether it is examined."""

ORDINARY_SECONDS = 60.0
"""A question is worth the root of its time over this: what takes longer teaches more, though less a minute."""

_SUCCESS, _FAILURE = Rating.Good, Rating.Again


class Terms(msgspec.Struct, frozen=True):
    """What a plan is made for. now, exam: Unix time, the exam later. weights: area → weight, in any unit."""

    now: float
    exam: float
    weights: Mapping[str, float]
    framework: Framework = "pytorch"


class Outlook:
    """What is remembered now and on the exam day, and what one more question would change."""

    def __init__(
        self, history: Sequence[Past], met: Mapping[str, Profile], sizes: Mapping[str, int], pace: Pace, terms: Terms
    ) -> None:
        """met: the questions answered, in the bank's order. sizes: syllabus number → questions in the bank."""
        self.cards = cards(history, usual(met, pace))
        self._ability = ability_of(history, met, sizes, terms.now)
        self._now, self._exam = (datetime.fromtimestamp(at, UTC) for at in (terms.now, terms.exam))
        self._weights = _question_weights(sizes, terms.weights)
        self._sizes = sizes
        self._known = dict.fromkeys(sizes, 0.0)
        for profile in met.values():
            self.count(profile, self._kept(profile.id))
        self._new: dict[float, float] = {}
        self._eases: dict[str, float] = {}

    def gain(self, profile: Profile) -> float:
        """Expected share of the exam that one more answer to this question adds."""
        kept = self._known[profile.chapter] / self._sizes[profile.chapter]
        open_still = math.exp(-BREADTH * kept) * (1 - self._ease(profile))
        return self._worth(profile) * open_still * self.kept_more(profile)

    def is_due(self, profile: Profile) -> bool:
        """Whether it was answered before and is about to be forgotten."""
        card = self.cards.get(profile.id)
        return card is not None and recall(card, self._now) < RETENTION

    def kept_more(self, profile: Profile) -> float:
        """How much better the question is remembered on the exam day if it is asked now."""
        ease, card = self._ease(profile), self.cards.get(profile.id)
        if card is None:
            if ease not in self._new:
                self._new[ease] = self._after(new_card(), ease)
            return self._new[ease]
        chance = ease + (1 - ease) * recall(card, self._now)
        return max(self._after(card, chance) - recall(card, self._exam), 0.0)

    def count(self, profile: Profile, kept: float) -> None:
        """So much more of the question's topic will be known on the day."""
        self._known[profile.chapter] += kept

    def _after(self, card: Card, chance: float) -> float:
        """Recall on the exam day after an answer now that is right with this chance."""
        right, wrong = (recall(reviewed(card, rated, self._now), self._exam) for rated in (_SUCCESS, _FAILURE))
        return chance * right + (1 - chance) * wrong

    def _kept(self, question_id: str) -> float:
        card = self.cards.get(question_id)
        return recall(card, self._exam) if card else 0.0

    def _ease(self, profile: Profile) -> float:
        """The chance to get an ordinary question of the topic right without having met it.

        One for the whole topic, so that no kind of question is practised for being hard.
        """
        if profile.chapter not in self._eases:
            question = self._ability.today(profile)
            self._eases[profile.chapter] = self._ability.chance(question._replace(difficulty=0.0))
        return self._eases[profile.chapter]

    def _worth(self, profile: Profile) -> float:
        weight = self._weights.get(area_of(profile.chapter), 0.0)
        depth = math.sqrt(expected_seconds(profile) / ORDINARY_SECONDS)
        return weight * depth * (DISPUTED if profile.scope == "disputed" else 1.0)


def _question_weights(sizes: Mapping[str, int], weights: Mapping[str, float]) -> dict[str | None, float]:
    """What one question of each area stands for, if the whole exam is 1."""
    counts: dict[str | None, int] = {}
    for chapter, size in sizes.items():
        area = area_of(chapter)
        counts[area] = counts.get(area, 0) + size
    total = sum(weights.values())
    return {area: weights.get(area or "", 0.0) / total / count for area, count in counts.items()}
