"""Is readiness right? Candidates simulated from another model study and are judged: Brier score, coverage, calibration.

python -m benchmarks.readiness [CANDIDATES] [SEED]
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.candidates import DAY, Candidate, Pool, by_area, by_chapter, drawn
from quizdl.areas import EXAM_QUESTIONS, WEIGHTS
from quizdl.bank import Library
from quizdl.study.readiness import forecasts, readiness

LINE = 0.65
DAYS = 70
JUDGED = (2, 5, 10, 20, 35, 50, 69)


class Judged(NamedTuple):
    """One forecast of a pass and what came of the exam; and of each share, how far off and whether it was held."""

    chance: float
    passed: bool
    total: tuple[float, bool]
    parts: tuple[tuple[float, bool], ...]


def sit(candidate: Candidate, source: random.Random) -> float:
    """The share of an exam drawn by the weights that comes out right; nothing is learned from it."""
    areas, total = by_area(candidate.profiles), sum(WEIGHTS.values())
    ids = [one for area, w in WEIGHTS.items() for one in drawn(areas[area], round(EXAM_QUESTIONS * w / total), source)]
    return sum(source.random() < candidate.knows(one, 0.25) for one in ids) / len(ids)


def study(candidate: Candidate, source: random.Random) -> None:
    """One day: off, a chapter at length, or a mixture with what was met before; an exam every three weeks."""
    names, chapters = sorted(candidate.profiles), by_chapter(candidate.profiles)
    if candidate.day % 21 == 20:
        for one in drawn(names, 60, source):
            candidate.answer(one, "exam", f"exam-{candidate.day:.0f}")
        return
    if source.random() < 0.35:
        return
    pool = source.choice(list(chapters.values())) if source.random() < 0.5 else names
    chosen = drawn(pool, 15, source) + drawn(sorted(candidate.met), 8, source)
    for one in chosen:
        candidate.answer(one)


def follow(profiles: Pool, seed: int) -> tuple[list[Judged], list[tuple[float, bool]]]:
    """One candidate's course: what was said on some days, and the forecasts of the exams taken."""
    source, candidate, found = random.Random(f"course {seed}"), Candidate(profiles, seed), []  # noqa: S311
    chapters = by_chapter(profiles)
    for day in range(DAYS):
        candidate.day = float(day)
        study(candidate, source)
        if day not in JUDGED:
            continue
        candidate.day += 0.5
        said = readiness(candidate.history, profiles.census, candidate.day * DAY, weights=WEIGHTS, line=LINE)
        if said.total is None or said.chance is None:
            continue
        truth, parts = candidate.exam_share(WEIGHTS), []
        for part in said.chapters:
            if part.share is not None:
                true = candidate.share(chapters[part.name])
                parts.append((part.share.estimate - true, part.share.low <= true <= part.share.high))
        held = said.total.low <= truth <= said.total.high
        passed = sit(candidate, source) >= LINE
        found.append(Judged(said.chance, passed, (said.total.estimate - truth, held), tuple(parts)))
    mocks = [(one.share.estimate - one.actual, one.held) for one in forecasts(candidate.history, profiles.census)]
    return found, mocks


def brier(pairs: Sequence[tuple[float, bool]]) -> float:
    """The mean squared distance between what was said and what came."""
    return sum((said - came) ** 2 for said, came in pairs) / len(pairs)


def report(name: str, errors: Sequence[tuple[float, bool]]) -> None:
    """Bias, typical error, and how often the interval held the truth."""
    bias = sum(error for error, _ in errors) / len(errors)
    spread = (sum(error**2 for error, _ in errors) / len(errors)) ** 0.5
    held = sum(held for _, held in errors) / len(errors)
    print(f"{name:32} n {len(errors):5}   bias {bias:+.3f}   rms error {spread:.3f}   80 % interval held {held:.1%}")


def main(candidates: int = 100, seed: int = 0) -> None:
    """Print how good the forecasts are."""
    profiles = Pool((one.id, one) for one in Library().profiles())
    judged: list[Judged] = []
    mocks: list[tuple[float, bool]] = []
    for number in range(candidates):
        found, forecast = follow(profiles, seed * 10_000 + number)
        judged += found
        mocks += forecast
    pairs = [(one.chance, one.passed) for one in judged]
    base = sum(passed for _, passed in pairs) / len(pairs)
    print(f"{candidates} candidates, seed {seed}; pass line {LINE:.0%}, {base:.0%} of {len(pairs)} exams passed")
    print(f"Brier score   readiness {brier(pairs):.4f}", end="   ")
    print(f"base rate {brier([(base, came) for _, came in pairs]):.4f}   always one half 0.2500")
    report("share of the whole exam", [one.total for one in judged])
    report("share of a chapter", [part for one in judged for part in one.parts])
    report("own mocks, forecast before them", mocks)
    print("chance said   exams   said   passed")
    for low in range(0, 100, 10):
        group = [pair for pair in pairs if low <= 100 * pair[0] < low + 10 + (low == 90)]
        if group:
            said, came = (sum(values) / len(group) for values in zip(*group, strict=True))
            print(f"{low:3}–{low + 10:3} %   {len(group):7}   {said:4.0%}   {came:5.0%}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
