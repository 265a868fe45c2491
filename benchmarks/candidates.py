"""Simulated candidates, made on purpose unlike the models that judge them.

A topic consists of skills that one has or lacks, a question needs one or two of them and can be slipped on or guessed
(DINA; de la Torre 2009). What is learned fades by a power of the days, the more slowly the better it was spaced, and a
question that was met is partly remembered as such. `quizdl.study` knows one ability a topic and exponential fading.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from quizdl.areas import area_of, chapter_of
from quizdl.bank.census import Census, roll_of
from quizdl.model import Past, Profile
from quizdl.study.budget import expected_seconds

DAY = 86400.0
QUESTIONS_A_SKILL = 4


class Pool(dict[str, Profile]):
    """Questions by id, in the bank's order, and as a plan sees them."""

    @cached_property
    def census(self) -> Census:
        """All of them."""
        return Census({"": roll_of({"": self.values()}, [""])})


@dataclass
class Skill:
    """learned: whether it was ever learned; since: the day of the last practice; stability in days."""

    learned: bool
    since: float
    stability: float

    def kept(self, day: float) -> float:
        """The chance that it is still there."""
        return (1 + max(day - self.since, 0.0) / self.stability) ** -0.5 if self.learned else 0.0


@dataclass
class Candidate:
    """Somebody with a talent, areas they like, skills, and a pace of their own."""

    profiles: Mapping[str, Profile]
    seed: int
    day: float = 0.0
    history: list[Past] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311 - a simulation
        draw = self.random
        self.slip, self.learns = draw.uniform(0.03, 0.12), draw.uniform(0.45, 0.8)
        self.pace = math.exp(draw.gauss(0.0, 0.3))
        talent = draw.gauss(-0.5, 0.9)
        taste = {name: draw.gauss(0.0, 0.6) for name in sorted({chapter_of(p.chapter) for p in self.profiles.values()})}
        self.met: dict[str, float] = {}
        self.skills: dict[str, list[Skill]] = {}
        self.needs: dict[str, list[int]] = {}
        for name in sorted(self.profiles):
            profile = self.profiles[name]
            self._place(profile, talent + taste[chapter_of(profile.chapter)])

    def _place(self, profile: Profile, ability: float) -> None:
        draw, skills = self.random, self.skills.setdefault(profile.chapter, [])
        placed = sum(self.profiles[other].chapter == profile.chapter for other in self.needs)
        if placed % QUESTIONS_A_SKILL == 0:
            known = draw.random() < 1 / (1 + math.exp(-(ability + draw.gauss(0.0, 0.8))))
            skills.append(Skill(known, -draw.uniform(0.0, 100.0), 400.0))
        second = [draw.randrange(len(skills))] if draw.random() < 0.3 else []
        self.needs[profile.id] = sorted({len(skills) - 1, *second})

    def knows(self, question_id: str, guess: float) -> float:
        """The chance to get a fresh question like this one right."""
        skills = self.skills[self.profiles[question_id].chapter]
        kept = math.prod(skills[number].kept(self.day) for number in self.needs[question_id])
        return guess + (1 - self.slip - guess) * kept

    def answer(self, question_id: str, mode: str = "practice", session: str = "s") -> Past:
        """Answer one question, hear the explanation, and learn from it."""
        profile, draw = self.profiles[question_id], self.random
        in_exam = mode == "exam"
        chance = self.knows(question_id, 0.25 if in_exam or profile.kind == "choice" else 0.03)
        if question_id in self.met:
            remembered = 0.6 * (1 + (self.day - self.met[question_id]) / 5) ** -0.6
            chance += (1 - self.slip - chance) * remembered
        right = draw.random() < chance
        seconds = expected_seconds(profile) * self.pace * math.exp(draw.gauss(-0.125, 0.5)) * (1.0 if right else 1.2)
        past = self._past(profile, right, mode, session, 69.0 if in_exam else seconds)
        self._learn(question_id)
        self.history.append(past)
        return past

    def _learn(self, question_id: str) -> None:
        skills = self.skills[self.profiles[question_id].chapter]
        for number in self.needs[question_id]:
            skill, kept = skills[number], skills[number].kept(self.day)
            if self.random.random() >= kept:  # it was not there: the explanation may bring it back, or teach it
                if self.random.random() < self.learns:
                    skills[number] = Skill(True, self.day, max(skill.stability * 0.7 if skill.learned else 0.0, 5.0))
            else:
                skills[number] = Skill(True, self.day, skill.stability * (1.15 + 2.0 * (1 - kept)))
        self.met[question_id] = self.day

    def _past(self, profile: Profile, right: bool, mode: str, session: str, seconds: float) -> Past:
        return Past(
            attempt_id=f"{len(self.history)}",
            question_id=profile.id,
            version="0" * 12,
            seed=0,
            at=self.day * DAY,
            verdict="correct" if right else "wrong",
            score=float(right),
            mode=mode,  # type: ignore[arg-type]
            session=session,
            section="",
            chapter=profile.chapter,
            seconds=seconds,
        )

    def share(self, ids: Iterable[str]) -> float:
        """The share of fresh exam questions like these that would be right now."""
        chances = [self.knows(one, 0.25) for one in ids]
        return sum(chances) / len(chances)

    def exam_share(self, weights: Mapping[str, float]) -> float:
        """The expected share in an exam with its questions from the areas as weighed."""
        total = sum(weights.values())
        areas = by_area(self.profiles)
        return sum(weight / total * self.share(areas[area]) for area, weight in weights.items())


def by_area(profiles: Mapping[str, Profile]) -> dict[str, list[str]]:
    """The ids of what an exam can ask, by area."""
    found: dict[str, list[str]] = {}
    for one in profiles.values():
        if one.kind != "essay" and (area := area_of(one.chapter)):
            found.setdefault(area, []).append(one.id)
    return found


def by_chapter(profiles: Mapping[str, Profile]) -> dict[str, list[str]]:
    """The ids of what an exam can ask, by chapter."""
    found: dict[str, list[str]] = {}
    for one in profiles.values():
        if one.kind != "essay":
            found.setdefault(chapter_of(one.chapter), []).append(one.id)
    return found


def drawn(ids: Sequence[str], count: int, source: random.Random) -> list[str]:
    """Some of the ids, none twice."""
    return source.sample(list(ids), min(count, len(ids)))
