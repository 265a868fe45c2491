"""What a plain scalar means is the field's to say, and never changes silently."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from quizdl.bank import scalars
from quizdl.bank.faults import Faults
from quizdl.bank.nodes import Scalar
from quizdl.errors import BankError


def read(reader: Callable[[Scalar, Faults], Any], text: str, style: str = "") -> Any:
    return reader(Scalar(text, style, 1, 1), Faults("x.yaml"))


@pytest.mark.parametrize("text", ["5", "-3", "+7", "0.25", ".5", "1.", "1e-3", "1E5", "1.6e2", "0", "-0.0"])
def test_a_number_field_takes_any_decimal(text: str) -> None:
    """`1e-3` is a number here, although YAML 1.1 makes a text of it."""
    assert read(scalars.number, text) == float(text)


@pytest.mark.parametrize(
    "text", ["", "1_000", "0x1F", "012", ".inf", ".nan", "1e400", "12:30", "no", "9" * 40, "１", "٣"]
)
def test_a_number_field_takes_nothing_else(text: str) -> None:
    """No octal, no underscores, no infinity, no other scripts' digits."""
    with pytest.raises(BankError):
        read(scalars.number, text)


LOOKALIKES = ["5", "1e-3", "0x1F", "1_000", "012", ".inf", "-.5", "no", "Yes", "ON", "off", "true", "~", "null"]
LOOKALIKES += ["12:30:45", "2026-04-01"]


@pytest.mark.parametrize("text", [*LOOKALIKES, "", "2026-04-01 10:00:00"])
def test_a_text_field_wants_lookalikes_quoted(text: str) -> None:
    """Whatever YAML could take for something else is refused plain, and taken quoted."""
    with pytest.raises(BankError):
        read(scalars.text, text)
    assert read(scalars.text, text, "'") == text


@given(st.text(st.sampled_from("0123456789abcefnostuxyABEFNOTXYZ.:_+-~= "), max_size=12) | st.sampled_from(LOOKALIKES))
def test_what_yaml_itself_would_change_is_never_taken_as_text(text: str) -> None:
    """Every plain text that passes is text for PyYAML's rules too: a bank reads the same in other tools."""
    tag = yaml.SafeLoader("").resolve(yaml.ScalarNode, text, (True, False))
    try:
        assert read(scalars.text, text) == text
    except BankError:
        return
    assert tag.rpartition(":")[2] in ("str", "value", "merge")


@pytest.mark.parametrize("text", ["3", "-2", "1e-3", "0.5"])
def test_a_formula_may_be_a_bare_number(text: str) -> None:
    """`answer: 3` needs no quotes: a number is a formula."""
    assert read(scalars.formula, text) == text


@pytest.mark.parametrize("text", ["no", "", "12:30", "null"])
def test_a_formula_is_no_word_that_yaml_changes(text: str) -> None:
    """A formula field still refuses what is neither text nor number."""
    with pytest.raises(BankError):
        read(scalars.formula, text)


@pytest.mark.parametrize("text", ["yes", "no", "on", "off", "True", "FALSE", "1", "'true'"])
def test_truth_is_written_in_one_way(text: str) -> None:
    """Only `true` and `false`, unquoted, are truth values; the hint says so."""
    with pytest.raises(BankError) as raised:
        read(scalars.truth, text)
    assert raised.value.hint is not None
    assert "true" in raised.value.hint.en
    assert read(scalars.truth, "true") is True
    assert read(scalars.truth, "false") is False


@pytest.mark.parametrize(
    ("text", "value"), [("3", 3), ("3.0", 3.0), ("1e-3", 0.001), ("true", True), ("relu", "relu"), ("4*H", "4*H")]
)
def test_a_free_field_resolves_what_is_certain(text: str, value: object) -> None:
    """In `inputs` and `edges` numbers stay what they are written as: 3 an int, 3.0 a float."""
    found = read(scalars.free, text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("text", ["yes", "no", "on", "off", "", "null", "1_000", "12:30"])
def test_a_free_field_refuses_what_is_not(text: str) -> None:
    """Where any type may stand, an ambiguous word is not guessed at."""
    with pytest.raises(BankError):
        read(scalars.free, text)


def test_a_whole_number_is_no_fraction() -> None:
    """`points: 1.5` is refused, and so is 2.0."""
    for text in ("1.5", "2.0"):
        with pytest.raises(BankError):
            read(scalars.whole, text)
