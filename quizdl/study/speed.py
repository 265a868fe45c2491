"""By what the speed of an answer is measured when it is rated."""

from __future__ import annotations

from collections.abc import Mapping

from quizdl.model import Past, Profile
from quizdl.study.budget import Pace
from quizdl.study.review import Expected, Usual


def usual(met: Mapping[str, Profile], pace: Pace) -> Expected:
    """By what an answer's speed is measured; in an exam by nothing."""

    def of(past: Past) -> Usual | None:
        profile = met.get(past.question_id)
        if profile is None or past.mode in ("exam", "paper"):
            return None
        return Usual(pace.seconds(profile), typed=profile.kind != "choice")

    return of
