"""Typed numbers and shapes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.errors import FormulaError
from quizdl.formula import parse_number, parse_shape


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_reads_back_from_its_repr(value: float) -> None:
    """Keys are stored as `repr`."""
    assert parse_number(repr(value)) == value


@given(st.integers(-(10**15), 10**15))
def test_thousands_may_be_grouped(value: int) -> None:
    """`1,292,417` is one number."""
    assert parse_number(f"{value:,}") == value


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("0.25", 0.25),
        (".5", 0.5),
        ("1.", 1.0),
        ("０．２５", 0.25),
        ("0。5", 0.5),
        ("−1", -1.0),
        ("ー1", -1.0),
        ("+3", 3.0),
        ("1/4", 0.25),
        ("１／４", 0.25),
        ("-1 / 4", -0.25),
        ("½", 0.5),
        ("1.6e2", 160.0),
        ("1.6E-2", 0.016),
        ("1.6×10^2", 160.0),
        ("1.6 × 10²", 160.0),
        ("1.6*10**-2", 0.016),
        ("1.6x10⁻²", 0.016),
        ("10^-3", 0.001),
        ("-10^(3)", -1000.0),
        (" 7 ", 7.0),
        ("(7)", 7.0),
        ("0.000", 0.0),
    ],
)
def test_a_number_is_read_as_people_type_it(typed: str, value: float) -> None:
    """Full-width, fractions, powers of ten, thousands."""
    assert parse_number(typed) == value


NOT_PLAIN = ["", " ", "x", "1_000", "nan", "inf", "∞", "1e400", "1e-400", "٣", "三", "1,29", "1,2345", "1 000", "--1"]
NOT_SINGLE = ["1/0", "1/2/3", "1.2.3", "0x10", "1+1", "5²", "1e", "e3", "1/-4", "9" * 101, "1×10^(2", "True"]


@pytest.mark.parametrize("typed", [*NOT_PLAIN, *NOT_SINGLE])
def test_what_is_no_plain_number_is_refused(typed: str) -> None:
    """Python's `float` takes some of these; a learner means none of them."""
    with pytest.raises(FormulaError) as caught:
        parse_number(typed)
    assert 0 <= caught.value.position <= len(typed)


@pytest.mark.parametrize(
    "typed", ["3x3", "(3, 3)", "3×3", "3 3", "３ｘ３", "[3,3]", "3*3", "3,3", "3 , 3", "（３、３）", " 3X3 ", "(3,3,)"]
)
def test_a_shape_is_read_as_people_type_it(typed: str) -> None:
    """With any separator, in any brackets or none."""
    assert parse_shape(typed) == (3, 3)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=5))
def test_a_tuple_reads_back(axes: list[int]) -> None:
    """Python's own way of writing a shape."""
    assert parse_shape(str(tuple(axes))) == tuple(axes)


@pytest.mark.parametrize("typed", ["", "a", "3xx3", "3x-3", "(3", "3.0x3", "1,024", "03x3", "3x3]", "٣x3", "3;3", "3x"])
def test_what_is_no_shape_is_refused(typed: str) -> None:
    """`1,024` might be one number or two: it is not guessed."""
    with pytest.raises(FormulaError) as caught:
        parse_shape(typed)
    assert 0 <= caught.value.position <= len(typed)
