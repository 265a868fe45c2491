"""The page about the labs: its commands can be typed, and both languages have the same ones."""

from __future__ import annotations

import shlex
from importlib import import_module

import pytest

from quizdl.labs.catalogue import ENTRIES
from quizdl.labs.core import Lab
from quizdl.labs.options import chosen, sweep_of

from .conftest import blocks, commands

PAGE = [command for block in blocks("docs/labs.md") for command in commands(block)]
TYPED = [words[2:] for words in map(shlex.split, PAGE) if words[:2] == ["quizdl", "lab"] and len(words) > 2]
FOR_ALL = {"--html", "--json", "--help", "--sweep", "--save", "--load", "--data", "--mine"}


def test_both_languages_type_the_same() -> None:
    """Only the comments are translated."""
    assert [command for block in blocks("docs/labs.ja.md") for command in commands(block)] == PAGE


@pytest.mark.parametrize("words", TYPED, ids=" ".join)
def test_its_commands_can_be_typed(words: list[str]) -> None:
    """The lab, its options and their values are such as it takes."""
    entry = next(entry for entry in ENTRIES if entry.name == words[0])
    lab: Lab = import_module(f"quizdl.labs.{entry.module}").LAB
    rest, own = words[1:], dict[str, str]()
    while rest:
        flag, *rest = rest
        if flag in ("--json", "--help"):
            continue
        value, *rest = rest
        if flag == "--sweep":
            assert len(sweep_of(lab, value)[1]) > 1
        elif flag == "--mine":
            assert entry.hosts
        elif flag == "--data":
            assert lab.accepts
        elif flag not in FOR_ALL:
            own[flag.removeprefix("--").replace("-", "_")] = value
    assert set(own) <= {option.name for option in lab.options}
    chosen(lab, own)
