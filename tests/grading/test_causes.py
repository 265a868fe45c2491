"""A generic cause is named only where it explains every failing input, and no other does as well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.grading.causes import generic_cause
from quizdl.grading.compare import compare
from quizdl.grading.evidence import Failure
from quizdl.grading.inputs import Case
from quizdl.text import same

Change = Callable[[Any], Any]


def keys(seed: int = 0, count: int = 6) -> list[np.ndarray]:
    """Right results: matrices of decimals of several shapes, none symmetric."""
    rng = np.random.RandomState(seed)
    return [rng.standard_normal((2 + number % 3, 3)) * 3 for number in range(count)]


def failures(keys: list[Any], change: Change, edge: bool = False) -> list[Failure]:
    """What a learner whose results are the keys, changed, gets wrong."""
    found = []
    for number, key in enumerate(keys):
        got = change(key)
        difference = compare(key, got)
        if difference is not None:
            x = np.full((number + 2, 2), float(number))
            found.append(Failure(Case({"x": x, "y": 2.0}, edge), key, got, difference))
    return found


def named(keys: list[Any], change: Change) -> str | None:
    """The cause's name without its prefix."""
    found = generic_cause(failures(keys, change))
    return None if found is None else found[0].removeprefix("generic:")


RULES: dict[str, Change] = {
    "transposed": lambda key: key.T,
    "reversed": lambda key: key[::-1],
    "flattened": lambda key: key.ravel(),
    "axis_of_one": lambda key: key[None],
    "float16": lambda key: key.astype(np.float16),
    "rounded": lambda key: np.round(key, 2),
    "truncated": lambda key: key.astype(int),
    "sign": lambda key: -key,
    "factor": lambda key: key / 2,
    "constant_offset": lambda key: key + 0.1,
    "reciprocal": lambda key: 1 / key,
    "complement": lambda key: 1 - key,
    "squared": lambda key: key * key,
    "absolute": lambda key: np.abs(key),
    "no_return": lambda key: None,
}


@pytest.mark.parametrize("name", RULES)
def test_each_rule_is_named_by_what_it_does(name: str) -> None:
    """A learner who slips in this way alone is told so."""
    assert named(keys(), RULES[name]) == name


@pytest.mark.parametrize("name", sorted(set(RULES) - {"no_return"}))
def test_one_case_that_does_not_fit_takes_the_name_back(name: str) -> None:
    """A rule that explains all failing inputs but one explains nothing."""
    several = keys()
    odd = failures(several[:1], lambda key: key * 17 + 3.3)
    assert generic_cause([*failures(several[1:], RULES[name]), *odd]) is None


@pytest.mark.parametrize("name", RULES)
def test_a_case_that_raised_takes_every_name_back(name: str) -> None:
    """An exception has its own words; no rule about values explains it."""
    raised = Failure(Case({}), 1.0, None, error=same("ValueError: x"))
    assert generic_cause([*failures(keys(), RULES[name]), raised]) is None


def test_the_square_root_is_named() -> None:
    """It needs keys that have one."""
    assert named([np.abs(key) for key in keys()], np.sqrt) == "square_root"


def test_two_rules_that_fit_alike_name_neither() -> None:
    """All keys negative: the wrong sign and the absolute value cannot be told apart."""
    assert named([-np.abs(key) for key in keys()], np.abs) is None


@given(st.floats(-5, 5), st.floats(-5, 5))
def test_one_wrong_number_names_no_rule_about_values(key: float, got: float) -> None:
    """A single pair fits a factor, an offset and perhaps more; that is chance."""
    assert generic_cause(failures([key], lambda _: got)) is None


@given(st.integers(0, 1000))
def test_unrelated_results_have_no_cause(seed: int) -> None:
    """Random numbers of the right shape are just wrong."""
    rng = np.random.RandomState(seed + 5000)
    assert named(keys(seed), lambda key: rng.standard_normal(key.shape)) is None


def test_results_in_another_order_are_named() -> None:
    """`return c, h` for `return h, c`."""
    pairs = [(key, 2 * key + 1) for key in keys()]
    assert named(pairs, lambda pair: pair[::-1]) == "results_swapped"


def test_a_rule_may_be_broken_by_one_result_alone() -> None:
    """Of `dx, dW, db` only dW is transposed."""
    triples = [(key, key + 1, key[0]) for key in keys()]
    assert named(triples, lambda triple: (triple[0], triple[1].T, triple[2])) == "transposed"


def test_an_argument_returned_unchanged_is_named() -> None:
    """A learner who computes and returns the input is told which."""
    several = [
        Failure(Case({"x": 7 - key}), key, 7 - key, compare(key, 7 - key))
        for key in [np.arange(4.0) + n for n in range(3)]
    ]
    found = generic_cause(several)
    assert found is not None
    assert found[0] == "generic:returned_input"
    assert "`x`" in found[1].en


@pytest.mark.parametrize(("name", "power"), [("sum_not_mean", 1), ("mean_not_sum", -1)])
def test_a_factor_that_follows_a_size_is_named_after_it(name: str, power: int) -> None:
    """A forgotten mean makes every result N times too large, and N changes from case to case."""
    rng = np.random.RandomState(1)
    several = []
    for size in (2, 3, 5, 4):
        p, key = rng.standard_normal((size, 2)), float(rng.standard_normal())
        got = key * float(size) ** power
        several.append(Failure(Case({"p": p, "y": 1.0}), key, got, compare(key, got)))
    found = generic_cause(several)
    assert found is not None
    assert found[0] == f"generic:{name}"
    assert "`p`" in found[1].en
    assert "p" in found[1].ja


def test_printing_instead_of_returning_needs_the_right_print() -> None:
    """Debug output beside a missing `return` is not taken for the answer."""
    several = failures(keys(count=2), lambda key: None, edge=True)
    printed = "\n".join(str(failure.expected) for failure in several)
    right, other = generic_cause(several, printed), generic_cause(several, "shape (2, 3)")
    assert right is not None
    assert other is not None
    assert (right[0], other[0]) == ("generic:prints_instead", "generic:no_return")


@pytest.mark.parametrize("got", ["text", [[1.0], [1.0, 2.0]], {"a": 1}, object(), np.ones((0, 3)), 10**400])
def test_results_of_any_kind_are_survived(got: object) -> None:
    """Nothing is named, and nothing is raised, whatever comes back."""
    assert named(keys(), lambda key: got) is None


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.0])
def test_keys_of_any_value_are_survived(value: float) -> None:
    """NaN, infinity and zero in the keys divide by nothing."""
    odd = [np.where(np.arange(3) == 1, value, key) for key in keys()]
    assert named(odd, lambda key: key * 3.5) in {"factor", None}
    assert named(odd, lambda key: np.full(key.shape, value)) is None
