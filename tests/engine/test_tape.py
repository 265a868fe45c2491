"""The tape: a network made of pairs has the gradient that its equations have, and only its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from quizdl.engine.activations import tanh_forward
from quizdl.engine.affine import affine_forward
from quizdl.engine.elementary import concat_forward, stack_forward
from quizdl.engine.gradient_check import directional_error
from quizdl.engine.lstm import lstm_forward
from quizdl.engine.recurrent import rnn_step_forward
from quizdl.engine.tape import Value, apply, constant, one, recorded, replayed


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def two_layers(x: Value, p: dict[str, Value]) -> Value:
    h = apply(tanh_forward, x=apply(affine_forward, x=x, W=p["W1"], b=p["b1"]))
    return one(apply(affine_forward, x=h, W=p["W2"], b=p["b2"]))


def parameters(**shapes: tuple[int, ...]) -> dict[str, np.ndarray]:
    generator = rng()
    return {name: generator.standard_normal(shape) for name, shape in shapes.items()}


P = parameters(W1=(3, 4), b1=(4,), W2=(4, 2), b2=(2,))


def test_a_network_of_two_layers_has_the_gradient_of_its_equations() -> None:
    """Against the chain rule written out by hand."""
    x, dy = rng().standard_normal((5, 3)), rng().standard_normal((5, 2))
    y, cache = recorded(two_layers, x=x, p=P)
    h = np.tanh(x @ P["W1"] + P["b1"])
    np.testing.assert_allclose(y, h @ P["W2"] + P["b2"])
    da = (dy @ P["W2"].T) * (1 - h**2)
    expected = {"x": da @ P["W1"].T, "W1": x.T @ da, "b1": da.sum(0), "W2": h.T @ dy, "b2": dy.sum(0)}
    gradients = replayed(dy, cache=cache)
    assert gradients.keys() == expected.keys()
    for name, gradient in expected.items():
        np.testing.assert_allclose(gradients[name], gradient, rtol=1e-12)


def test_a_value_that_is_used_in_several_places_hears_from_all_of_them() -> None:
    """An RNN unrolled by hand: the same weights at every step."""

    def unrolled(x: Value, p: dict[str, Value]) -> Value:
        h = constant(x, np.zeros((2, 4)))
        states = []
        for t in range(len(x)):
            h = apply(rnn_step_forward, x=x[t], h=h, **p)
            states.append(h)
        return one(apply(stack_forward, parts=states))

    def forward(x: Any, **p: Any) -> Any:
        return recorded(unrolled, x=x, p=p)

    def backward(dy: Any, cache: Any) -> Any:
        return replayed(dy, cache=cache)

    arguments = {"x": rng().standard_normal((3, 2, 3)), **parameters(W=(3, 4), U=(4, 4), b=(4,))}
    assert directional_error(forward, backward, arguments, rng()) < 1e-7


def test_a_layer_of_several_outputs_may_be_used_in_part() -> None:
    """Only the last cell of an LSTM is looked at; what arrives at the states is zero, not nothing."""

    def last_cell(x: Value, p: dict[str, Value]) -> Value:
        _, _, c = apply(lstm_forward, x=x, h0=None, c0=None, **p)
        return one(c)

    def forward(x: Any, **p: Any) -> Any:
        return recorded(last_cell, x=x, p=p)

    arguments = {"x": rng().standard_normal((3, 2, 3)), **parameters(W=(4, 3, 2), U=(4, 2, 2), b=(4, 2))}
    assert directional_error(forward, lambda dy, cache: replayed(dy, cache=cache), arguments, rng()) < 1e-7


def test_what_the_output_does_not_depend_on_has_a_gradient_of_zeros() -> None:
    """Named all the same, so that an optimiser finds every parameter."""
    y, cache = recorded(lambda x, unused: x * 2.0, x=np.ones(3), unused=np.ones((2, 2)))
    gradients = replayed(np.ones_like(y), cache=cache)
    np.testing.assert_array_equal(gradients["x"], 2 * np.ones(3))
    np.testing.assert_array_equal(gradients["unused"], np.zeros((2, 2)))


def test_gradients_may_be_asked_for_again_and_with_other_arrivals() -> None:
    """The tape keeps nothing of an earlier question."""
    x = rng().standard_normal((5, 3))
    y, cache = recorded(two_layers, x=x, p=P)
    first = replayed(np.ones_like(y), cache=cache)
    replayed(7 * np.ones_like(y), cache=cache)
    again = replayed(np.ones_like(y), cache=cache)
    for name, gradient in first.items():
        np.testing.assert_array_equal(again[name], gradient)


def test_of_several_outputs_those_at_which_nothing_arrives_are_left_out() -> None:
    """None for an output is the same as zeros."""

    def both(x: Value) -> tuple[Value, Value]:
        return x * x, x + x

    outputs, cache = recorded(both, x=np.array([3.0]))
    assert [float(y[0]) for y in outputs] == [9, 6]
    assert replayed(np.ones(1), None, cache=cache)["x"] == 6
    assert replayed(None, np.ones(1), cache=cache)["x"] == 2
    assert replayed(np.ones(1), np.ones(1), cache=cache)["x"] == 8


def test_a_list_of_values_is_an_argument_like_any_other() -> None:
    """Concatenation gives each part its own gradient, the part that was given twice both."""

    def build(a: Value, b: Value) -> Value:
        return one(apply(concat_forward, parts=[a, b, a], axis=-1))

    y, cache = recorded(build, a=np.zeros((1, 2)), b=np.zeros((1, 1)))
    gradients = replayed(np.arange(5.0)[None], cache=cache)
    np.testing.assert_array_equal(y, np.zeros((1, 5)))
    np.testing.assert_array_equal(gradients["a"], [[3, 5]])
    np.testing.assert_array_equal(gradients["b"], [[2]])


def test_float32_stays_float32_through_a_network() -> None:
    """Neither the output nor any gradient is widened."""
    single = {name: w.astype(np.float32) for name, w in P.items()}
    y, cache = recorded(two_layers, x=np.ones((2, 3), np.float32), p=single)
    gradients = replayed(np.ones_like(y), cache=cache)
    assert {y.dtype, *(g.dtype for g in gradients.values())} == {np.dtype(np.float32)}


def test_arrays_alone_are_not_on_a_tape() -> None:
    """The message says how to begin."""
    with pytest.raises(TypeError, match="recorded"):
        apply(affine_forward, x=np.ones((1, 1)), W=np.ones((1, 1)), b=np.ones(1))
