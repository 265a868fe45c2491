"""Is the plan worth following? Simulated candidates study to the exam day by it, and in four other orders.

python -m benchmarks.plan [CANDIDATES] [SEED] [MINUTES]
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from benchmarks.candidates import DAY, Candidate, Pool
from quizdl.areas import WEIGHTS
from quizdl.bank import Library
from quizdl.model import Past
from quizdl.study.outlook import Terms
from quizdl.study.plan import menu
from quizdl.study.review import due_dates

DAYS = 70
EXAM = DAYS * DAY

Strategy = Callable[[Sequence[Past], Pool, float, float], Sequence[str]]
"""(history, questions, Unix time, minutes) → ids in the order in which they are asked."""


class Course(NamedTuple):
    """What came of one course. score: expected share on the exam day. met: how many different questions were asked."""

    score: float
    answers: int
    met: int


def by_plan(history: Sequence[Past], profiles: Pool, now: float, minutes: float) -> Sequence[str]:
    """The menu."""
    return menu(history, profiles.census, minutes, Terms(now, EXAM, WEIGHTS)).ids


def by_due_date(history: Sequence[Past], profiles: Pool, now: float, minutes: float) -> Sequence[str]:
    """What is due, the longest overdue first, then new questions in the bank's order."""
    dates = due_dates(history)
    today = datetime.fromtimestamp(now, UTC)
    waiting = sorted((one for one, at in dates.items() if at <= today), key=dates.__getitem__)
    return waiting + [one for one in profiles if one not in dates]


def by_due_date_shuffled(history: Sequence[Past], profiles: Pool, now: float, minutes: float) -> Sequence[str]:
    """What is due, the longest overdue first, then new questions from anywhere in the bank."""
    asked, met = by_due_date(history, profiles, now, minutes), {past.question_id for past in history}
    return sorted(asked, key=lambda one: random.Random(one).random() if one not in met else -1.0)  # noqa: S311


def new_first(history: Sequence[Past], profiles: Pool, now: float, minutes: float) -> Sequence[str]:
    """New questions from anywhere in the bank, then what is due."""
    asked, met = by_due_date(history, profiles, now, minutes), {past.question_id for past in history}
    return sorted(asked, key=lambda one: random.Random(one).random() if one not in met else 2.0)  # noqa: S311


def at_random(history: Sequence[Past], profiles: Pool, now: float, minutes: float) -> Sequence[str]:
    """Any question."""
    return random.Random(now).sample(list(profiles), len(profiles))  # noqa: S311 - a simulation


STRATEGIES: Mapping[str, Strategy] = {
    "plan": by_plan,
    "FSRS due, then new in order": by_due_date,
    "FSRS due, then new shuffled": by_due_date_shuffled,
    "new shuffled, then FSRS due": new_first,
    "random": at_random,
}


def missed(seed: int) -> set[int]:
    """Days without study: two whole weeks, and every fifth day or so."""
    source = random.Random(f"missed {seed}")  # noqa: S311
    weeks = source.sample(range(1, DAYS // 7 - 1), 2)
    return {day for day in range(DAYS) if day // 7 in weeks or source.random() < 0.2}


def follow(profiles: Pool, seed: int, strategy: Strategy, minutes: float) -> Course:
    """A course of DAYS days: each day as much of the menu as the day's minutes allow."""
    candidate, away = Candidate(profiles, seed), missed(seed)
    for day in range(DAYS):
        if day in away:
            continue
        candidate.day = day + 0.5
        left, asked = 60.0 * minutes, strategy(candidate.history, profiles, candidate.day * DAY, minutes)
        for one in asked:
            if left <= 0:
                break
            left -= candidate.answer(one).seconds
    candidate.day = DAYS
    return Course(candidate.exam_share(WEIGHTS), len(candidate.history), len(candidate.met))


def main(candidates: int = 12, seed: int = 0, minutes: int = 30) -> None:
    """Print the expected score on the exam day, by strategy."""
    asked = (one for one in Library().profiles() if one.framework != "tensorflow" and one.kind != "essay")
    profiles = Pool((one.id, one) for one in asked)
    print(f"{candidates} candidates, {DAYS} days of {minutes} minutes with missed weeks, {len(profiles)} questions")
    before = [Candidate(profiles, seed * 1000 + number).exam_share(WEIGHTS) for number in range(candidates)]
    print(f"{'without study':28} expected score {sum(before) / candidates:.1%}")
    first: list[Course] = []
    for name, strategy in STRATEGIES.items():
        courses = [follow(profiles, seed * 1000 + number, strategy, minutes) for number in range(candidates)]
        first = first or courses
        score, answers, met = (sum(one[place] for one in courses) / candidates for place in range(3))
        better = sum(mine.score > its.score for mine, its in zip(first, courses, strict=True))
        print(f"{name:28} expected score {score:.1%}   answers {answers:5.0f}   questions met {met:5.0f}", end="")
        print("" if courses is first else f"   the plan is better for {better} of {candidates}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
