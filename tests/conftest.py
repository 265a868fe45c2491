"""How Hypothesis draws: without a clock, since other work is no fault of a property. And a home that is no one's."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "quizdl",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,  # each change is judged by the same cases; elsewhere new ones are drawn
)
settings.load_profile("quizdl")


@pytest.fixture(autouse=True, scope="session")
def home_of_all_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What a test leaves where it names no home of its own, indices of banks above all, is not left in a person's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUIZDL_HOME", str(tmp_path_factory.mktemp("home")))
        yield
