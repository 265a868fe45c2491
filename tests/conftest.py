"""How Hypothesis draws: without a clock, since other work on the machine is no fault of a property."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "quizdl",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,  # each change is judged by the same cases; elsewhere new ones are drawn
)
settings.load_profile("quizdl")
