"""Killed at a few random moments, quizdl has lost nothing; `kills.py` kills as often as one likes."""

from __future__ import annotations

import sys

import pytest

from kills import KINDS, campaign

TIMES = 4


@pytest.mark.skipif(sys.platform == "win32", reason="processes are killed with SIGKILL")
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_lost_and_nothing_happens_twice(kind: str) -> None:
    """Practice, a mock exam, a class: each is gone on with afterwards, and no process is left."""
    assert sum(campaign(kind, TIMES, 7).values()) == TIMES
