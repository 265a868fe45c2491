"""Every backward agrees with its own forward, for any sizes and any weights, and keeps the house's manners.

The makers of `engine_cases` give arguments of random sizes; the slope along a random direction comes from central
differences.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine_cases import frozen
from engine_cases.kinds import Misuse, Slope
from quizdl.engine.affine import affine_backward, affine_forward
from quizdl.engine.errors import ArgumentError
from quizdl.engine.gradient_check import directional_error, numeric_gradients

TOLERANCE = 1e-7


def gathered(what: str) -> list[Any]:
    return [getattr(import_module(f"engine_cases.{family}"), what, ()) for family in frozen.families()]


SLOPES: dict[str, Callable[[np.random.Generator], Slope]] = {}
for makers in gathered("SLOPES"):
    assert not SLOPES.keys() & set(makers), "two slopes of one name"
    SLOPES |= dict(makers)
AT_LENGTH = [name for family in frozen.AT_LENGTH for name in import_module(f"engine_cases.{family}").SLOPES]
MISUSES: list[Misuse] = [misuse for found in gathered("MISUSES") for misuse in found]


@pytest.mark.parametrize("name", SLOPES)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_backward_is_the_derivative_of_its_forward(name: str, seed: int) -> None:
    """For any sizes, weights, masks and lengths, ⟨gradient, d⟩ is the slope of the forward along d."""
    rng = np.random.default_rng(seed)
    case = SLOPES[name](rng)
    error = directional_error(case.forward, case.backward, case.arguments, rng, **case.options)
    assert error < TOLERANCE


@pytest.mark.parametrize("name", AT_LENGTH)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_general_backward_is_the_derivative_of_its_forward(name: str, seed: int) -> None:
    """The same without the short cuts that small arrays take."""
    rng = np.random.default_rng(seed)
    case = SLOPES[name](rng)
    with frozen.no_short_cuts():
        error = directional_error(case.forward, case.backward, case.arguments, rng, **case.options)
    assert error < TOLERANCE


@pytest.mark.parametrize("name", SLOPES)
def test_a_backward_names_every_differentiable_argument_and_gives_it_its_own_shape(name: str) -> None:
    """gradients[name].shape == argument.shape, and nothing else is in the dict."""
    case = SLOPES[name](np.random.default_rng(5))
    outputs, cache = case.forward(**case.arguments, **case.options)
    gradients = case.backward(*_ones(outputs), cache)
    assert {name: np.shape(g) for name, g in gradients.items()} == {
        name: np.shape(x) for name, x in _flat(case.arguments).items()
    }


@pytest.mark.parametrize("name", SLOPES)
def test_a_backward_may_be_called_twice_and_changes_nothing(name: str) -> None:
    """Neither the arguments, nor what arrives from above, nor the cache is changed in place."""
    case = SLOPES[name](np.random.default_rng(6))
    before = {key: np.copy(x) for key, x in _flat(case.arguments).items()}
    outputs, cache = case.forward(**case.arguments, **case.options)
    arriving = _ones(outputs)
    first = {key: np.copy(g) for key, g in case.backward(*arriving, cache).items()}
    second = case.backward(*arriving, cache)
    for key, x in _flat(case.arguments).items():
        np.testing.assert_array_equal(first[key], second[key])
        np.testing.assert_array_equal(before[key], x)
    assert all(np.all(d == 1) for d in arriving)


@pytest.mark.parametrize("name", SLOPES)
def test_float32_stays_float32(name: str) -> None:
    """Neither the outputs nor the gradients of float32 arguments are float64."""
    case = SLOPES[name](np.random.default_rng(7))
    single = {key: _single(x) for key, x in case.arguments.items()}
    options = {key: x.astype(np.float32) if _is_float_array(x) else x for key, x in case.options.items()}
    outputs, cache = case.forward(**single, **options)
    assert {np.asarray(y).dtype for y in _each(outputs)} == {np.dtype(np.float32)}
    gradients = case.backward(*_ones(outputs), cache)
    assert {np.asarray(g).dtype for g in gradients.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("k", range(len(MISUSES)))
def test_a_misuse_names_the_argument_in_both_languages(k: int) -> None:
    """The error's kind is right, and both texts begin with the argument's name."""
    with pytest.raises(MISUSES[k].error) as caught:
        MISUSES[k].call()
    assert isinstance(caught.value, ArgumentError)
    assert caught.value.argument == MISUSES[k].argument
    assert str(caught.value).startswith(f"{MISUSES[k].argument}: ")
    assert caught.value.ja.startswith(f"{MISUSES[k].argument}: ")
    assert caught.value.ja != str(caught.value)


def test_the_check_itself_finds_a_wrong_entry() -> None:
    """A backward with one wrong entry is caught along a random direction, and entry by entry shown where."""
    rng = np.random.default_rng(0)
    arguments = {name: rng.standard_normal(shape) for name, shape in {"x": (3, 2), "W": (2, 4), "b": (4,)}.items()}

    def wrong(dy: np.ndarray, cache: Any) -> dict[str, Any]:
        gradients = affine_backward(dy, cache)
        gradients["W"][0, 0] *= 1.01
        return gradients

    assert directional_error(affine_forward, wrong, arguments, rng) > TOLERANCE
    y, cache = affine_forward(**arguments)
    weights = rng.standard_normal(y.shape)
    right = numeric_gradients(affine_forward, arguments, (weights,))
    off = np.abs(wrong(weights, cache)["W"] - right["W"]) > 1e-6
    assert off[0, 0]
    assert off.sum() == 1


def _each(outputs: Any) -> tuple[Any, ...]:
    return outputs if isinstance(outputs, tuple) else (outputs,)


def _ones(outputs: Any) -> tuple[Any, ...]:
    return tuple(np.ones_like(y) for y in _each(outputs))


def _flat(arguments: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, x in arguments.items():
        flat |= x if isinstance(x, Mapping) else {name: x}
    return flat


def _single(x: Any) -> Any:
    return {name: _single(part) for name, part in x.items()} if isinstance(x, Mapping) else np.asarray(x, np.float32)


def _is_float_array(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype == np.float64
