"""A small bank as the plan sees it, and somebody who studies it."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping

from quizdl.bank.census import Census, roll_of
from quizdl.model import Past, Profile
from quizdl.study.budget import expected_seconds

DAY = 86400.0
KINDS = ("choice", "numeric", "term", "choice", "expression", "code")
TOPICS = ("1-1-1", "1-2-1", "2-1-1", "2-1-2", "2-1-3", "3-1-1", "3-2-1", "3-3-1", "4-1-1", "4-2-1", "4-3-1", "5-1-1")


def pool(a_topic: int = 12) -> dict[str, Profile]:
    """Questions of several kinds in every area; in each topic a set of three, and a whole function."""
    found = {}
    for topic in TOPICS:
        for number in range(a_topic):
            name = f"q-{topic}-{number}"
            found[name] = Profile(
                id=name,
                kind=KINDS[number % len(KINDS)],  # type: ignore[arg-type]
                chapter=topic,
                level=("recall", "apply", "analyse")[number % 3],  # type: ignore[arg-type]
                set=f"set-{topic}" if number < 3 else None,
                whole=number == 5,
            )
    return found


def census_of(profiles: Iterable[Profile]) -> Census:
    """A bank of these questions, as a plan sees it."""
    return Census({"": roll_of({"": profiles}, [""])})


class Learner:
    """Answers with a chance that rises with practice in the topic, at a pace of their own."""

    def __init__(self, profiles: Mapping[str, Profile], seed: int, pace: float = 1.0) -> None:
        self.profiles, self.pace = profiles, pace
        self.random = random.Random(seed)  # noqa: S311 - a simulation
        self.history: list[Past] = []
        self.practised: dict[str, int] = {}

    def answer(self, question_id: str, at: float, mode: str = "practice", session: str = "s") -> float:
        """Answer one question; returns the seconds it took."""
        profile = self.profiles[question_id]
        times = self.practised.get(profile.chapter, 0)
        right = self.random.random() < 0.9 - 0.6 * math.exp(-times / 6)
        seconds = expected_seconds(profile) * self.pace * math.exp(self.random.gauss(-0.08, 0.4))
        self.practised[profile.chapter] = times + 1
        self.history.append(answered(profile, right, at, seconds=seconds, mode=mode, session=session))
        return seconds


def answered(profile: Profile, right: bool, at: float, **fields: object) -> Past:
    """One earlier answer."""
    values: dict[str, object] = {
        "attempt_id": f"{profile.id}-{at}",
        "question_id": profile.id,
        "version": "0" * 12,
        "seed": 0,
        "at": at,
        "verdict": "correct" if right else "wrong",
        "score": float(right),
        "mode": "practice",
        "session": "s",
        "section": "",
        "chapter": profile.chapter,
        "seconds": 30.0,
    }
    return Past(**{**values, **fields})  # type: ignore[arg-type]
