"""A lab's options as they are typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.errors import InputError
from quizdl.labs.core import Lab
from quizdl.labs.options import MOST_RUNS, allowed_values, chosen, command_line, read, sweep_of

from .conftest import TOY


def test_what_is_not_typed_has_its_default(toy: Lab) -> None:
    """Every option has a value of its default's type."""
    found = chosen(toy, {"steps": "7"})
    assert found == {"learning_rate": 0.1, "steps": 7, "shape": "round", "seed": 0}
    assert [type(value) for value in found.values()] == [float, int, str, int]


@pytest.mark.parametrize(
    ("name", "typed", "named"),
    [
        ("steps", "0", "1 to 2000"),
        ("steps", "2001", "1 to 2000"),
        ("steps", "1.5", "whole number"),
        ("steps", "many", "whole number"),
        ("learning_rate", "-0.1", "0 to 10"),
        ("learning_rate", "nan", "0 to 10"),
        ("learning_rate", "inf", "0 to 10"),
        ("shape", "square", "round, steep"),
        ("seed", "-1", "0 or more"),
        ("seed", "\x1b[31m1", "0 or more"),
    ],
)
def test_a_value_that_is_not_allowed_is_refused_with_what_is(toy: Lab, name: str, typed: str, named: str) -> None:
    """The message names the option and its range in both languages, and nothing typed can steer the terminal."""
    with pytest.raises(InputError) as error:
        chosen(toy, {name: typed})
    assert named in error.value.message.en
    assert "--" + name.replace("_", "-") in error.value.message.ja
    assert "\x1b" not in error.value.message.en


@given(st.text(max_size=30))
def test_no_text_fails_in_another_way(typed: str) -> None:
    """A value of the option's type within its range, or an InputError."""
    for option in TOY.options:
        try:
            value = read(TOY, option, typed)
        except InputError:
            continue
        assert type(value) is type(option.default)


@given(st.text(max_size=40))
def test_a_sweep_is_read_or_refused(typed: str) -> None:
    """As are the values of a sweep."""
    try:
        option, values = sweep_of(TOY, typed)
    except InputError:
        return
    assert option in TOY.options
    assert 0 < len(values) <= MOST_RUNS


def test_a_sweep_takes_dashes_and_drops_repeats(toy: Lab) -> None:
    """`learning-rate` is `learning_rate`; the same run is not made twice."""
    option, values = sweep_of(toy, "learning-rate=0.1, 0.2,0.10")
    assert (option.name, values) == ("learning_rate", (0.1, 0.2))


def test_a_sweep_of_an_unknown_setting_names_the_nearest(toy: Lab) -> None:
    """And all that there are."""
    with pytest.raises(InputError, match="Did you mean 'learning_rate'"):
        sweep_of(toy, "learning_rat=1,2")


def test_the_command_line_gives_the_settings_again(toy: Lab) -> None:
    """Only what is not at its default is written."""
    assert command_line(toy, chosen(toy, {"steps": "5", "shape": "steep"})) == "quizdl lab toy --steps 5 --shape steep"


def test_what_is_allowed_is_said_in_words(toy: Lab) -> None:
    """A range, an open range, words."""
    said = {option.name: allowed_values(option).en for option in toy.options}
    assert said["seed"] == "a whole number, 0 or more"
    assert said["shape"] == "one of round, steep"
