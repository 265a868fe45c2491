"""The cases notice when the engine is wrong: each usual mistake, put in on purpose, is caught by one of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine_mutations import MUTATIONS

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def caught() -> dict[str, str | None]:
    """Which case caught each mutation, from one run over all of them."""
    if not hasattr(os, "fork"):
        pytest.skip("the harness forks a process for each mutation")
    environment = {**os.environ, "PYTHONPATH": str(HERE), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, str(HERE / "mutate.py")]
    run = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=500, check=True, encoding="utf-8"
    )
    found: dict[str, str | None] = json.loads(run.stdout)
    return found


def test_the_engine_as_it_is_passes_every_case(caught: dict[str, str | None]) -> None:
    """Otherwise a mutation would be "caught" by a case that fails anyway."""
    assert caught["none"] is None


@pytest.mark.parametrize("name", [mutation.name for mutation in MUTATIONS])
def test_a_mistake_is_caught(caught: dict[str, str | None], name: str) -> None:
    """A case fails that holds for the engine as it is."""
    assert caught[name] is not None


def test_there_are_many_mistakes_and_no_two_of_one_name() -> None:
    """At least thirty."""
    names = {mutation.name for mutation in MUTATIONS}
    assert len(names) == len(MUTATIONS) >= 30
