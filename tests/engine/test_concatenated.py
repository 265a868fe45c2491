"""The concatenated form is the gates-first form in other clothes."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest

from quizdl.engine import concatenated
from quizdl.engine.course import lstm_split
from quizdl.engine.lstm import lstm_step_backward, lstm_step_forward
from quizdl.engine.recurrent import rnn_step_backward, rnn_step_forward

ORDERS = ["".join(order) for order in permutations("ifog")]


def random(**shapes: tuple[int, ...]) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {name: rng.standard_normal(shape) for name, shape in shapes.items()}


@pytest.mark.parametrize("first", ["h", "x"])
@pytest.mark.parametrize("order", ORDERS)
def test_both_forms_of_the_lstm_are_one_function(order: str, first: Any) -> None:
    """h', c' and every gradient, in every order of the gates, the weights carried over by the converters."""
    a = random(x=(3, 2), h=(3, 4), c=(3, 4), W=(4, 2, 4), U=(4, 4, 4), b=(4, 4))
    W, b = concatenated.concatenated_weights(a["W"], a["U"], a["b"], order=order, first=first)
    states = {name: a[name] for name in ("x", "h", "c")}
    ours, cache = concatenated.lstm_concatenated_step_forward(**states, W=W, b=b, order=order, first=first)
    theirs, other = lstm_step_forward(**a)
    above = random(dh=(3, 4), dc=(3, 4)).values()
    found = concatenated.lstm_concatenated_step_backward(*above, cache)
    expected = lstm_step_backward(*above, other)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    gradients = concatenated.gates_first_weights(found["W"], found["b"], order=order, first=first)
    for name in states:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-11, atol=1e-14)
    for name, gradient in zip("WUb", gradients, strict=True):
        np.testing.assert_allclose(gradient, expected[name], rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("first", ["h", "x"])
def test_both_forms_of_the_simple_network_are_one_function(first: Any) -> None:
    """h' and every gradient."""
    a = random(x=(3, 2), h=(3, 4), W=(2, 4), U=(4, 4), b=(4,))
    W, b = concatenated.rnn_concatenated_weights(a["W"], a["U"], a["b"], first=first)
    ours, cache = concatenated.rnn_concatenated_step_forward(a["x"], a["h"], W, b, first=first)
    theirs, other = rnn_step_forward(**a)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    dy = random(dy=(3, 4))["dy"]
    found, expected = concatenated.rnn_concatenated_step_backward(dy, cache), rnn_step_backward(dy, other)
    gradients = concatenated.rnn_separate_weights(found["W"], found["b"], first=first)
    for name, gradient in {"x": found["x"], "h": found["h"], **dict(zip("WUb", gradients, strict=True))}.items():
        np.testing.assert_allclose(gradient, expected[name], rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("first", ["h", "x"])
def test_converting_there_and_back_changes_nothing(first: Any) -> None:
    """Every order of the gates; float32 stays float32."""
    a = {name: w.astype(np.float32) for name, w in random(W=(4, 2, 3), U=(4, 3, 3), b=(4, 3)).items()}
    for order in ORDERS:
        joined = concatenated.concatenated_weights(**a, order=order, first=first)
        assert [w.shape for w in joined] == [(5, 12), (12,)]
        for back, w in zip(
            concatenated.gates_first_weights(*joined, order=order, first=first), a.values(), strict=True
        ):
            np.testing.assert_array_equal(back, w)
            assert back.dtype == np.float32
    one = {"W": a["W"][0], "U": a["U"][0], "b": a["b"][0]}
    back = concatenated.rnn_separate_weights(*concatenated.rnn_concatenated_weights(**one, first=first), first=first)
    for x, w in zip(back, one.values(), strict=True):
        np.testing.assert_array_equal(x, w)


def test_the_courses_split_gives_the_gates_of_the_courses_order() -> None:
    """a, i, f, o of z = [h, x] W + b are what the step itself applies its tanh and sigmoids to."""
    a = random(x=(3, 2), h=(3, 4), c=(3, 4), W=(6, 16), b=(16,))
    (h_new, c_new), _ = concatenated.lstm_concatenated_step_forward(**a, order=concatenated.COURSE)
    g, i, f, o = lstm_split(np.concatenate([a["h"], a["x"]], axis=1) @ a["W"] + a["b"])
    i, f, o = (1 / (1 + np.exp(-z)) for z in (i, f, o))
    c = f * a["c"] + i * np.tanh(g)
    np.testing.assert_allclose(c_new, c, rtol=1e-12)
    np.testing.assert_allclose(h_new, o * np.tanh(c), rtol=1e-12)
