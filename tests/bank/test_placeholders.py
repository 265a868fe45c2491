"""`{{name}}` is plain substitution: no template engine, no surprise."""

from __future__ import annotations

import doctest
import importlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.bank.placeholders import fill, plain, problem


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{n}}×{{ n }}", "5×5"),
        ("{{p:.3f}}", "0.125"),
        ("{{p:.1%}}", "12.5%"),
        ("{{big:,}}", "1,292,417"),
        ("{{word}}", "tanh"),
        ("{{word:.2f}}", "tanh"),
        ("$\\frac{{{n}}}{2}$", "$\\frac{5}{2}$"),
        ("$x^{{{n}}}$", "$x^{5}$"),
        ("{{other}} {n} {{n", "{{other}} {n} {{n"),
        ("{{n.__class__}} {{n!r}} {{0}}", "{{n.__class__}} {{n!r}} {{0}}"),
    ],
)
def test_values_are_put_in_and_nothing_else(text: str, expected: str) -> None:
    """Names and formats are replaced; attributes, indices and unknown names stay as they are."""
    assert fill(text, {"n": 5, "p": 0.125, "big": 1292417, "word": "tanh"}) == expected


@given(st.text(max_size=60))
def test_without_values_a_text_stays(text: str) -> None:
    """Nothing but a value's name is ever replaced."""
    assert fill(text, {}) == text


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("$x^{{{n}}}$ and `$HOME`", True),
        ("{{n:.3f}} {{n:.1e}} {{n:,}}", True),
        ("{{n:d}}", False),
        ("$x_{{n}}$", False),
        ("{{m}}", False),
        ("{{n:>1000000000}}", False),
        ("{{n:{n}}}", False),
        ("{{n", False),
        ("$x", False),
        ("`{{m}}`", False),
    ],
)
def test_what_would_show_wrong_is_a_problem(text: str, sound: bool) -> None:
    """Unknown names, wild formats, unpaired `$` and scripts of several digits are found before anybody sees them."""
    assert (problem(text, {"n"}) is None) == sound


def test_a_listing_may_hold_braces_of_its_own() -> None:
    """In code, `{{` that names no value belongs to the program; a value's format is still checked."""
    assert problem("f'{{x}} $HOME'", {"n"}, code=True) is None
    assert problem("{{n:>9}}", {"n"}, code=True) is not None


@given(st.floats(-1e300, 1e300))
def test_plain_numbers_are_near_and_short(value: float) -> None:
    """A value shown differs from the value by less than a billionth part, and zero has no sign."""
    assert float(plain(value)) == pytest.approx(value, rel=1e-9)
    assert plain(value) != "-0"
    assert len(plain(value)) <= 17


@pytest.mark.parametrize("name", ["characters", "placeholders", "select", "solutions"])
def test_examples_in_docstrings_run(name: str) -> None:
    """What the documentation shows is what happens."""
    results = doctest.testmod(importlib.import_module(f"quizdl.bank.{name}"))
    assert results.attempted
    assert not results.failed
