"""One practice session in numbers."""

from __future__ import annotations

from collections import Counter
from typing import Any

from quizdl.study.practice import Practice


def session_facts(state: Practice, *, seed: int, session: str, seconds: float, again: str) -> dict[str, Any]:
    """Counts by verdict and section, the mistakes met, the score (0 to 1, by points) and what to type next.

    again: the command that goes on with the same selection.
    """
    answered = state.answered
    points = sum(done.points for done in answered)
    earned = sum(done.points * done.score for done in answered)
    verdicts = Counter(done.verdict for done in answered)
    return {
        "session": session,
        "seed": seed,
        "asked": len(state.queue),
        "answered": len(answered),
        "correct": verdicts["correct"],
        "partial": verdicts["partial"],
        "wrong": len(answered) - verdicts["correct"] - verdicts["partial"],
        "skipped": sum(done.attempt_id is None and done.verdict is None for done in state.done),
        "left": max(len(state.queue) - state.position, 0),
        "score": round(earned / points, 4) if points else None,
        "seconds": round(seconds, 3),
        "by_section": _by_section(state),
        "mistakes": [f"{done.question_id}/{done.mistake}" for done in answered if done.mistake],
        "again": again,
        "next": _next(state, again),
    }


def _by_section(state: Practice) -> dict[str, dict[str, int]]:
    sections: dict[str, dict[str, int]] = {}
    for done in state.answered:
        row = sections.setdefault(done.section, {"answered": 0, "correct": 0})
        row["answered"] += 1
        row["correct"] += done.verdict == "correct"
    return sections


def _next(state: Practice, again: str) -> str:
    if any(done.verdict != "correct" for done in state.answered):
        return f"{again} --missed"
    return again if state.position < len(state.queue) else "quizdl"
