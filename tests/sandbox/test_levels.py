"""A level is claimed when every layer of it is there, and refused by name where it is too low."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from quizdl.errors import GraderError, InputError
from quizdl.sandbox import Job, Sandbox
from quizdl.sandbox.choice import VARIABLE, wanted
from quizdl.sandbox.levels import LAYERS, LEVELS, Level, at_most, describe, level_of, refuse_below

GOOD = Job(None, b"def f(x):\n    return x + 1", "f", ({"x": 1},))


@pytest.mark.parametrize("claimed", [level for level in LEVELS if level != "L0"])
def test_a_level_needs_every_layer_of_it(claimed: Level) -> None:
    """The lack of any one lowers it; more layers than it needs do no harm."""
    layers = LAYERS[claimed]
    assert level_of([*layers, "audit", "uid-drop"]) == claimed
    for layer in layers:
        assert not at_most(level_of(layers - {layer}), claimed)


def test_levels_are_told_apart_in_both_languages() -> None:
    """Each guarantee says whose code may be graded, in words of its own."""
    for texts in ([describe(level).ja for level in LEVELS], [describe(level).en for level in LEVELS]):
        assert len(set(texts)) == len(LEVELS)
    assert all("採点" in describe(level).ja and "rade" in describe(level).en for level in LEVELS)


@pytest.mark.parametrize("least", LEVELS)
def test_what_is_below_the_least_is_refused_with_both_levels_named(least: Level) -> None:
    """The message holds what is needed, what there is and what that is worth; a hint says what to do."""
    for found in LEVELS:
        layers = LAYERS.get(found, frozenset({"process"}))
        if at_most(found, least):
            refuse_below(least, layers)
            continue
        with pytest.raises(GraderError) as refusal:
            refuse_below(least, layers)
        for text in (refusal.value.message.ja, refusal.value.message.en):
            assert least in text
            assert found in text
        assert refusal.value.hint is not None
        assert "quizdl doctor" in refusal.value.hint.en
        assert refusal.value.exit_code == 3


@pytest.mark.parametrize(("value", "expected"), [("", "L3"), ("l2", "L2"), ("L1", "L1"), ("l0", "L0"), ("L3", "L3")])
def test_the_environment_lowers_the_level(monkeypatch: pytest.MonkeyPatch, value: str, expected: Level) -> None:
    """In either case of letters; it never raises what the caller asked for."""
    monkeypatch.setenv(VARIABLE, value)
    assert wanted("L3") == expected
    assert wanted("L0") == "L0"


@pytest.mark.parametrize("value", ["l4", "3", "yes", "none"])
def test_an_unknown_level_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """It is not taken for a wish to do without."""
    monkeypatch.setenv(VARIABLE, value)
    with pytest.raises(InputError, match=VARIABLE):
        Sandbox()


def test_a_sandbox_says_its_level_and_refuses_below_it(walled: Sandbox, level: Level) -> None:
    """At each level that this machine gives, for code of strangers."""
    assert walled.level() == level
    walled.require("L2")
    assert walled.run(GOOD).isolation == walled.isolation()
    assert {"process", "empty-environment", "rlimits", "no-new-privs", "audit"} <= set(walled.isolation())


def test_a_plain_process_is_no_place_for_strangers_code() -> None:
    """L0 runs what its user wrote, and refuses the rest, whatever the environment says it is."""
    with Sandbox(most="L0") as plain:
        assert plain.run(GOOD).results[0].value == 2
        assert plain.level() == "L0"
        with pytest.raises(GraderError, match="L2"):
            plain.require("L2")


def test_nothing_forces_a_higher_claim(monkeypatch: pytest.MonkeyPatch, reached: Callable[[Level], Level]) -> None:
    """Asking for L1 where it does not exist gives less, and so does asking for L3 without bubblewrap."""
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setenv(VARIABLE, "L3")
    with Sandbox() as asked:
        assert at_most("L2", asked.level())
        assert "bwrap" not in asked.isolation()
    with Sandbox(most="L1") as asked:
        assert at_most("L1", asked.level())
