"""A result is judged by its shape, then by where NaN stands, then by its values."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from quizdl.grading.compare import compare

FINITE = st.floats(-1e6, 1e6, allow_subnormal=False)
ARRAYS = npst.arrays(np.float64, npst.array_shapes(max_dims=3, max_side=4), elements=FINITE)
RESULTS = st.recursive(ARRAYS | FINITE, lambda inner: st.tuples(inner, inner) | st.tuples(inner), max_leaves=4)


@given(RESULTS)
def test_every_key_equals_itself(value: object) -> None:
    """A result that is the key itself is right, whatever it is built of."""
    assert compare(value, value) is None


@given(ARRAYS, st.floats(-0.99, 0.99))
def test_an_error_within_the_relative_tolerance_passes(key: np.ndarray, part: float) -> None:
    """|got − expected| ≤ 1e-6·|expected| is right in every entry."""
    assert compare(key, key * (1 + part * 1e-6)) is None


@given(FINITE.filter(lambda key: abs(key) > 1e-300), st.floats(1.01, 1e6), st.sampled_from([-1, 1]))
def test_an_error_beyond_the_tolerance_fails(key: float, times: float, sign: int) -> None:
    """For one number the whole allowance is (1 + 1e-3)·1e-6·|expected|, on both sides."""
    found = compare(key, key * (1 + sign * times * 1.001e-6))
    assert found is not None
    assert found.reason == "value"


@given(ARRAYS.filter(lambda key: np.abs(key).max() > 1e-200))
def test_small_entries_may_be_off_by_a_thousandth_of_the_tolerance_of_the_largest(key: np.ndarray) -> None:
    """Rounding in a large sum may leave 1e-9 of the largest entry where the key is zero, and no more."""
    flat = np.append(key.ravel(), 0.0)
    noise = np.zeros_like(flat)
    noise[-1] = 1e-9 * np.abs(flat).max()
    assert compare(flat, flat + 0.99 * noise) is None
    assert compare(flat, flat + 1.01 * noise) is not None


@pytest.mark.parametrize(("dtype", "right"), [(np.float64, False), (np.float32, True), (np.float16, False)])
def test_float32_gets_a_wider_allowance_and_float16_none(dtype: type[np.floating], right: bool) -> None:
    """An error of 5e-5 is what float32 arithmetic gives; from half precision nothing is forgiven."""
    got = np.asarray(np.array([1.0, 2.0, 4.0]), dtype=dtype)
    key = np.array([1.00005, 2.0001, 4.0002])
    assert (compare(key, got) is None) is right


def test_float32_is_not_forgiven_everything() -> None:
    """The allowance of float32 is 1e-4."""
    assert compare(1.0, np.float32(1.0002)) is not None


@given(st.integers(-(2**31), 2**31))
def test_numbers_of_every_kind_are_one_shape(number: int) -> None:
    """Python numbers, NumPy scalars and arrays without axes stand for one another, whole or not."""
    forms = (number, float(number), np.int64(number), np.float64(number), np.array(number), np.array(float(number)))
    assert all(compare(key, got) is None for key in forms for got in forms)


def test_a_bool_equal_in_value_passes() -> None:
    """`x > 0` is a right answer where 0.0 and 1.0 are wanted."""
    assert compare(np.array([0.0, 1.0]), np.array([False, True])) is None
    assert compare(1.0, True) is None


@pytest.mark.parametrize(
    ("key", "got"),
    [
        (np.ones((2, 3)), np.ones((3, 2))),
        (np.ones((1, 3)), np.ones(3)),
        (np.ones(1), 1.0),
        (1.0, np.ones(1)),
        (np.ones(3), np.ones(0)),
    ],
)
def test_shapes_are_never_broadcast(key: object, got: object) -> None:
    """Equal numbers in another shape are wrong, and it is said that the shape is."""
    found = compare(key, got)
    assert found is not None
    assert found.reason == "shape"


@given(ARRAYS)
def test_a_list_stands_for_an_array(key: np.ndarray) -> None:
    """Nested lists of numbers are read where the key is an array with axes."""
    assert compare(key, key.tolist()) is None


@pytest.mark.parametrize("got", [[1.0], (1.0,), "1.0", None, {"a": 1.0}, object()])
def test_nothing_but_a_number_stands_for_a_number(got: object) -> None:
    """A list of one number, text and nothing at all are of another type."""
    found = compare(1.0, got)
    assert found is not None
    assert found.reason == "type"


@pytest.mark.parametrize("got", [[[1.0, 2.0], [3.0]], ["a", "b"], [None, None], [1.0, "b"], [{}, {}]])
def test_lists_that_are_no_arrays_are_of_another_type(got: object) -> None:
    """Ragged rows and lists of other things are told apart from a wrong shape."""
    found = compare(np.ones(2), got)
    assert found is not None
    assert found.reason == "type"


@given(ARRAYS, st.data())
def test_nan_is_right_only_where_the_key_has_it(key: np.ndarray, data: st.DataObject) -> None:
    """A stray or a missing NaN fails at its index; NaN in the same places passes."""
    place = data.draw(st.sampled_from(list(np.ndindex(key.shape))))
    holed = key.copy()
    holed[place] = math.nan
    assert compare(holed, holed) is None
    for found in (compare(key, holed), compare(holed, key)):
        assert found is not None
        assert (found.reason, found.index) == ("nan", place)


@pytest.mark.parametrize(
    ("key", "got", "right"),
    [
        (math.inf, math.inf, True),
        (math.inf, -math.inf, False),
        (math.inf, 1e308, False),
        (1.0, math.inf, False),
        (math.inf, math.nan, False),
        (0.0, -0.0, True),
        (0.0, 1e-300, False),
    ],
)
def test_infinity_and_zero_are_exact(key: float, got: float, right: bool) -> None:
    """No tolerance reaches infinity, and a single zero has none."""
    assert (compare(key, got) is None) is right


def test_an_infinite_entry_does_not_widen_the_others() -> None:
    """The allowance follows the largest finite entry."""
    assert compare(np.array([math.inf, 1.0]), np.array([math.inf, 2.0])) is not None


@given(ARRAYS, ARRAYS)
def test_the_wrong_element_of_a_tuple_is_named(first: np.ndarray, second: np.ndarray) -> None:
    """A pair is compared element by element, and a list stands for a tuple."""
    assert compare((first, second), [first, second]) is None
    found = compare((first, second), (first, second + 1e3 + np.abs(second)))
    assert found is not None
    assert found.place == (1,)


@pytest.mark.parametrize("got", [(1.0,), (1.0, 2.0, 3.0), []])
def test_a_tuple_of_another_length_is_wrong(got: object) -> None:
    """Too few or too many results are told as such."""
    found = compare((1.0, 2.0), got)
    assert found is not None
    assert found.reason == "length"


def test_an_array_does_not_stand_for_a_tuple() -> None:
    """Results that belong apart are not read out of one stacked array."""
    found = compare((np.ones(2), np.ones(2)), np.ones((2, 2)))
    assert found is not None
    assert found.reason == "type"


def test_dicts_are_compared_by_their_keys() -> None:
    """The order does not matter, the names do, and the wrong one is named."""
    key = {"dx": np.ones(2), "dW": np.zeros(2)}
    assert compare(key, dict(reversed(key.items()))) is None
    renamed, wrong = compare(key, {"dx": np.ones(2)}), compare(key, {**key, "dW": np.ones(2)})
    assert renamed is not None
    assert wrong is not None
    assert (renamed.reason, wrong.place, wrong.index) == ("keys", ("dW",), (0,))


@given(ARRAYS, st.data())
def test_the_first_bad_index_is_named(key: np.ndarray, data: st.DataObject) -> None:
    """Of several wrong entries the first in reading order is named."""
    places = data.draw(st.lists(st.sampled_from(list(np.ndindex(key.shape))), min_size=1, unique=True))
    got = key.copy()
    for place in places:
        got[place] += 1 + np.abs(key).max()
    found = compare(key, got)
    assert found is not None
    assert found.index == min(places)


def test_whole_numbers_too_large_for_a_machine_are_compared() -> None:
    """A huge int is a wrong number, not a crash."""
    assert compare(1.0, 10**400) is not None
    assert compare(float(10**30), 10**30) is None
    assert compare(-1.0, -(10**400)) is not None


def test_bytes_order_does_not_matter() -> None:
    """An array in the other byte order holds the same numbers."""
    assert compare(np.array([1.5, 2.5]), np.array([1.5, 2.5], dtype=">f8")) is None
