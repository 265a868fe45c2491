"""Values are printed short, on one line, safe to show, and different where they differ."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from quizdl.grading.printed import short, short_pair
from quizdl.sanitise import printable

NUMBERS = st.floats() | st.integers() | st.booleans() | npst.arrays(np.float64, npst.array_shapes(max_side=9))
VALUES = st.recursive(
    NUMBERS | st.none() | st.text(),
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(VALUES)
def test_every_value_has_a_short_safe_form(value: object) -> None:
    """At most 200 characters and a word on the rest, on one line, nothing for a terminal to obey."""
    form = short(value)
    assert form
    assert len(form) <= 200 + len("… (+123456789)")
    assert "\n" not in form
    assert printable(form, None) == form


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (5.0, "5.0"),
        (3, "3"),
        (True, "True"),
        (1 / 3, "0.33333"),
        (-1.5e-9, "-1.5e-09"),
        (float("nan"), "nan"),
        (np.float32(0.5), "0.5 (float32)"),
        (np.array([[1.0, 2.5]]), "[[1.0, 2.5]]"),
        (np.array([1, -2]), "[1, -2]"),
        (np.array([0.5], dtype=np.float16), "[0.5] (float16)"),
        (np.zeros((0, 3)), "[] (0, 3)"),
        (np.zeros((10, 10)), "[[0.0, 0.0, ..., 0.0, 0.0], [0.0, 0.0, ..., 0.0, 0.0], ..., [0.0, 0.0, ..., 0.0, 0.0],"
         " [0.0, 0.0, ..., 0.0, 0.0]] (10, 10)"),
        ((1.0, np.array([2.0])), "(1.0, [2.0])"),
        ((1,), "(1,)"),
        ([], "[]"),
        ({"dx": 1.0}, "{'dx': 1.0}"),
        (None, "None"),
        ("text", "'text'"),
    ],
)  # fmt: skip
def test_forms_read_as_a_person_would_type_them(value: object, form: str) -> None:
    """They can be pasted into Python; an odd dtype or the shape of what is cut stands behind."""
    assert short(value) == form


@given(st.floats(-1e3, 1e3), st.floats(1e-6, 1e-3))
def test_a_pair_that_differs_is_seen_to_differ(key: float, part: float) -> None:
    """Digits are added until the wrong value looks wrong."""
    got = key * (1 + part) + part
    assume(got != key)  # as they do not for -1, whatever the part
    forms = short_pair(np.array([key, 1.0]), np.array([got, 1.0]))
    assert forms[0] != forms[1]
