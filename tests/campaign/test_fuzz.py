"""What reads bytes from outside survives a few hundred damaged inputs; `fuzz.py` tries for as long as one likes."""

from __future__ import annotations

import random
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz import mutated
from targets import TARGETS, WORDS, seeds


@cache
def _seeds(name: str) -> list[bytes]:
    return list(seeds(name))


@pytest.mark.parametrize("name", TARGETS)
def test_sound_input_is_read(name: str) -> None:
    """What the targets start from raises nothing."""
    for data in _seeds(name):
        TARGETS[name](data)


@pytest.mark.parametrize("name", TARGETS)
@given(chance=st.integers(0, 2**32 - 1))
@settings(max_examples=150)
def test_damaged_input_is_read_or_refused_and_nothing_else(name: str, chance: int) -> None:
    """Bytes turned, cut out, doubled, or words of the format put in."""
    TARGETS[name](mutated(random.Random(chance), _seeds(name), WORDS[name]))  # noqa: S311 - chance, repeatable


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.binary(max_size=400))
@settings(max_examples=50)
def test_any_bytes_are_read_or_refused_and_nothing_else(name: str, data: bytes) -> None:
    """Whatever they are."""
    TARGETS[name](data)
