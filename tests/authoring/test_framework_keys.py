"""Keys of PyTorch's twins are what PyTorch does: each question's program, and each of its options, is run.

TensorFlow cannot be installed beside it; its questions are held to their twins by `quizdl.authoring.twins`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

import pytest

from quizdl.bank import Library, ask
from quizdl.model import Asked, Choice, Numeric, Question, Selection

pytest.importorskip("torch", reason="PyTorch itself says what it does: pip install 'quizdl[oracles]'")

import torch_layers
import torch_training
from torch_run import Found

KEYS = {**torch_training.KEYS, **torch_layers.KEYS}
SEEDS = 8


@cache
def questions() -> dict[str, Question]:
    return {one.id: one for one in Library().select(Selection()) if one.framework == "pytorch" and one.twin}


def test_every_twin_about_pytorch_is_run() -> None:
    """A new question without an entry, and an entry without its question, are told."""
    assert sorted(questions()) == sorted(KEYS)


@pytest.mark.parametrize("name", KEYS)
def test_pytorch_does_what_the_key_says(name: str) -> None:
    """The key is what was found, and no wrong option or known mistake is."""
    question = questions()[name]
    for seed in range(SEEDS if question.variables else 1):
        asked = ask(question, seed)
        found = KEYS[name](asked)
        if isinstance(question, Choice):
            check_options(asked, found)
        elif isinstance(found, tuple):
            assert asked.key == tuple(map(str, found))
            assert asked.key not in {mistake.answer for mistake in asked.mistakes}
        else:
            check_number(asked, question, found)


def check_options(asked: Asked, found: Found) -> None:
    names = {option.id for option in asked.options}
    if isinstance(found, Mapping):
        assert set(found) == names
        assert tuple(name for name, does in found.items() if does) == asked.key
    else:
        assert found in names
        assert (found,) == asked.key


def check_number(asked: Asked, question: Question, found: Found) -> None:
    assert isinstance(question, Numeric)
    assert isinstance(found, float)
    close = max(question.tolerance.rel, 1e-5)
    assert math.isclose(found, float(asked.key[0]), rel_tol=close)
    for mistake in asked.mistakes:
        assert not math.isclose(found, float(mistake.answer[0]), rel_tol=close), mistake.id
