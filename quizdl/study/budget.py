"""How long a question takes: what is expected of its kind and level, corrected by the time one really takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from quizdl.model import Kind, Level, Past, Profile

SECONDS: Mapping[Kind, float] = {
    "choice": 50.0,
    "numeric": 85.0,
    "shape": 60.0,
    "expression": 90.0,
    "term": 40.0,
    "order": 80.0,
    "code": 80.0,
    "essay": 240.0,
}
"""Seconds for an answer at level `apply` and its explanation. An estimate, until one's own times correct it."""

WHOLE_FUNCTION_SECONDS = 420.0
LEVELS: Mapping[Level, float] = {"recall": 0.8, "apply": 1.0, "analyse": 1.3}

AWAY = 4.0
"""A question left open over lunch counts as this many times what was expected."""

OVERALL_SECONDS, KIND_SECONDS = 900.0, 450.0
"""How many expected seconds one's own times are weighed against: over all kinds, and within a kind."""


def expected_seconds(profile: Profile) -> float:
    """Seconds that such a question takes somebody of whom nothing is known."""
    if profile.whole:
        return WHOLE_FUNCTION_SECONDS
    return SECONDS[profile.kind] * LEVELS[profile.level]


class Pace(msgspec.Struct, frozen=True):
    """One's own times over the expected ones: for each kind that was met, and for the others."""

    overall: float = 1.0
    kinds: Mapping[str, float] = {}

    def seconds(self, profile: Profile) -> float:
        """Seconds that one is likely to take, on average."""
        return expected_seconds(profile) * self.kinds.get(_group(profile), self.overall)


def pace_of(history: Iterable[Past], met: Mapping[str, Profile]) -> Pace:
    """The pace in the timed answers to these questions; means, so that the sum over a day comes out right.

    Exams are left out: there every question is a choice, and nothing is explained.
    """
    times: dict[str, tuple[float, float]] = {}
    for past in history:
        profile = met.get(past.question_id)
        if profile is None or past.undone or past.seconds <= 0 or past.mode in ("exam", "paper"):
            continue
        expected = expected_seconds(profile)
        taken, hoped = times.get(_group(profile), (0.0, 0.0))
        times[_group(profile)] = taken + min(past.seconds, AWAY * expected), hoped + expected
    taken, hoped = (sum(column) for column in zip((0.0, 0.0), *times.values(), strict=True))
    overall = (taken + OVERALL_SECONDS) / (hoped + OVERALL_SECONDS)
    return Pace(
        overall,
        {name: (mine + overall * KIND_SECONDS) / (hope + KIND_SECONDS) for name, (mine, hope) in times.items()},
    )


def _group(profile: Profile) -> str:
    return "function" if profile.whole else profile.kind
