"""Values cross the wire unchanged, and nothing but values does."""

from __future__ import annotations

import enum
import json
from collections import OrderedDict, namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from quizdl.sandbox.values import (
    DTYPES,
    MAX_ARRAYS_BYTES,
    TooLargeError,
    Unsupported,
    WireError,
    decode,
    encode,
)

Pair = namedtuple("Pair", "left right")
Colour = enum.IntEnum("Colour", "RED")

arrays = hnp.arrays(
    dtype=st.sampled_from(sorted(DTYPES)).map(np.dtype),
    shape=hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | st.text(max_size=20)
values = st.recursive(
    scalars | arrays,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


def through_json(value: object) -> object:
    tree, blob = encode(value)
    return decode(json.loads(json.dumps(tree)), blob)


def same(left: Any, right: Any) -> bool:
    if isinstance(left, np.ndarray):
        return left.dtype == right.dtype and left.shape == right.shape and left.tobytes() == right.tobytes()
    if isinstance(left, (list, tuple)):
        return type(left) is type(right) and len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return type(right) is dict and list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    return type(left) is type(right) and repr(left) == repr(right)


@settings(deadline=None)
@given(values)
def test_a_value_survives_the_wire_exactly(value: object) -> None:
    """Types, signed zeros, NaN, dtypes, shapes and the order of keys come back as they were."""
    assert same(value, through_json(value))


def test_arrays_arrive_writable_native_and_in_memory_of_their_own() -> None:
    """In-place code works on what arrives, whatever order and layout was sent."""
    sent = np.arange(6, dtype=">f8").reshape(2, 3).T
    got = through_json(sent)
    assert isinstance(got, np.ndarray)
    assert got.dtype == np.dtype("f8")
    assert got.flags.writeable
    assert got.flags.owndata or got.base is None or got.base.flags.owndata
    np.testing.assert_array_equal(got, sent)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Pair(1, 2.0), (1, 2.0)),
        (OrderedDict(a=1), {"a": 1}),
        (Colour.RED, 1),
        (np.str_("x"), "x"),
    ],
)
def test_subclasses_become_their_plain_bases(value: object, plain: object) -> None:
    """A learner's class has no say in how its value compares."""
    assert same(plain, through_json(value))


def test_array_subclasses_and_scalars_become_plain_arrays() -> None:
    """A NumPy scalar is a 0-d array that keeps its dtype; a matrix is an array of two axes."""

    class Sly(np.ndarray[Any, Any]):
        def __eq__(self, other: object) -> Any:
            return np.array(True)

    got = through_json(np.zeros(3).view(Sly))
    assert type(got) is np.ndarray
    half = through_json(np.float16(0.5))
    assert isinstance(half, np.ndarray)
    assert (half.dtype, half.shape) == (np.float16, ())
    wide = through_json(np.longdouble(0.5))
    assert isinstance(wide, np.ndarray)
    assert wide.dtype == np.float64


def deep() -> list[Any]:
    nest: list[Any] = []
    for _ in range(100_000):
        nest = [nest]
    return nest


def endless() -> list[Any]:
    ring: list[Any] = []
    ring.append(ring)
    return ring


class Refusing:
    """Raises from every method that could be asked about it."""

    def __getattribute__(self, name: str) -> object:
        raise SystemExit


@pytest.mark.parametrize(
    ("value", "description"),
    [
        (..., "ellipsis"),
        ({1, 2}, "set"),
        ({1: 2}, "dict with a key of int"),
        (np.ma.masked_all(2), "MaskedArray"),
        (np.array([None]), "ndarray of object"),
        (np.array(["a"]), "ndarray of str32"),
        (np.zeros((1,) * 9), "9 axes"),
        ([0] * 30_000, "more than 20000 values"),
        (1 << 5000, "int of more than"),
        ([1, [...]], "ellipsis"),
        (range(3), "range"),
    ],
    ids=lambda item: item.replace(" ", "-") if isinstance(item, str) else "value",
)
def test_anything_else_is_unsupported_and_described(value: object, description: str) -> None:
    """One odd part makes the whole value unsupported; its type is named."""
    got = through_json(value)
    assert isinstance(got, Unsupported)
    assert description in got.description


@pytest.mark.parametrize(
    ("make", "description"), [(deep, "nested deeper"), (endless, "nested deeper"), (Refusing, "Refusing")]
)
def test_objects_that_break_whoever_looks_at_them_are_only_described(
    make: Callable[[], object], description: str
) -> None:
    """Nests without end and objects that raise from everything do not reach the sender."""
    got = through_json(make())
    assert isinstance(got, Unsupported)
    assert description in got.description


@pytest.mark.parametrize(
    "value",
    [np.broadcast_to(np.zeros(1), (1 << 40,)), [np.zeros(MAX_ARRAYS_BYTES // 16)] * 3, "x" * 100_000],
    ids=["broadcast", "many", "text"],
)
def test_a_value_that_is_too_large_is_refused_before_it_is_copied(value: object) -> None:
    """A broadcast array of terabytes costs nothing to refuse."""
    with pytest.raises(TooLargeError):
        encode(value)


json_trees = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["i", "f", "l", "t", "d", "a", "u"]),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=20,
)
near_arrays = st.tuples(
    st.just("a"),
    st.sampled_from([*sorted(DTYPES), ">f8", "O", "<U3", "<f16", "V8", ""]),
    st.lists(st.integers(-2, 1 << 40) | st.floats() | st.booleans(), max_size=10),
).map(list)


@settings(deadline=None)
@given(json_trees | near_arrays, st.binary(max_size=32))
def test_any_tree_is_read_or_refused_cleanly(tree: object, blob: bytes) -> None:
    """No forged tree raises anything but WireError, nor yields anything but plain values that can be sent again."""
    try:
        value = decode(json.loads(json.dumps(tree)), blob)
    except WireError:
        return
    if not isinstance(value, Unsupported):
        assert same(value, through_json(value))


@pytest.mark.parametrize(
    ("tree", "blob"),
    [
        (["a", "<f8", [1 << 30, 1 << 30]], bytes(8)),
        (["a", "<f8", [1.0]], bytes(8)),
        (["a", "<f8", [True]], bytes(8)),
        (["a", "<f8", [-1]], bytes(8)),
        (["a", "<f8", [1]], bytes(9)),
        (["a", "<f8", [1]], bytes(7)),
        (["a", "<f8", [0, 1 << 31, 1 << 31, 1 << 31]], b""),
        (["a", "|O", [1]], bytes(8)),
        (["l", [["u", "x"]]], b""),
        (["i", "0x" + "f" * 2000], b""),
        (["f", "0x1p99999999"], b""),
        (["d", [["a"]]], b""),
        (1, b""),
    ],
    ids=str,
)
def test_forged_trees_are_refused(tree: object, blob: bytes) -> None:
    """Shapes and bytes must agree exactly; dtypes and tags are allow-listed."""
    with pytest.raises(WireError):
        decode(tree, blob)


def test_a_bool_array_holds_only_true_and_false() -> None:
    """A byte that is neither 0 nor 1 cannot smuggle a third truth value in."""
    got = decode(["a", "|b1", [2]], b"\x02\x00")
    assert isinstance(got, np.ndarray)
    assert got.tobytes() == b"\x01\x00"
