"""Recurrent layers over whole sequences: the same as their steps, whatever the lengths and the direction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizdl.engine.bidirectional import bidirectional_backward, bidirectional_forward
from quizdl.engine.gradient_check import directional_error
from quizdl.engine.gru import gru_backward, gru_forward, gru_step_forward
from quizdl.engine.lstm import lstm_backward, lstm_forward, lstm_step_forward
from quizdl.engine.recurrent import rnn_backward, rnn_forward, rnn_step_forward


class Kind(NamedTuple):
    """A layer, its backward, one step of it as state → state, and how its weights are shaped."""

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    step: Callable[..., tuple[np.ndarray, ...]]
    gates: tuple[int, ...]
    states: tuple[str, ...]


def _rnn(x: Any, state: Any, weights: Any, **options: Any) -> tuple[np.ndarray, ...]:
    return (rnn_step_forward(x, *state, **weights)[0],)


def _lstm(x: Any, state: Any, weights: Any, **options: Any) -> tuple[np.ndarray, ...]:
    return lstm_step_forward(x, *state, **weights)[0]


def _gru(x: Any, state: Any, weights: Any, **options: Any) -> tuple[np.ndarray, ...]:
    return (gru_step_forward(x, *state, **weights, **options)[0],)


KINDS = {
    "rnn": Kind(rnn_forward, rnn_backward, _rnn, (), ("h0",)),
    "lstm": Kind(lstm_forward, lstm_backward, _lstm, (4,), ("h0", "c0")),
    "gru": Kind(gru_forward, gru_backward, _gru, (3,), ("h0",)),
}


def weights_of(kind: Kind, rng: np.random.Generator, inner: int, H: int) -> dict[str, np.ndarray]:
    shapes = {"W": (*kind.gates, inner, H), "U": (*kind.gates, H, H), "b": (*kind.gates, H)}
    return {name: rng.standard_normal(shape) for name, shape in shapes.items()}


def one_by_one(
    kind: Kind, x: np.ndarray, initial: list[np.ndarray], weights: Any, reverse: bool
) -> tuple[np.ndarray, Any]:
    """A single sample (T, I), step after step: its states in time order, and the last one."""
    h = np.zeros((len(x), weights["U"].shape[-1]))
    state: Any = tuple(s[None] for s in initial)
    for t in reversed(range(len(x))) if reverse else range(len(x)):
        state = kind.step(x[t][None], state, weights)
        h[t] = state[0][0]
    return h, [s[0] for s in state]


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    T=st.integers(1, 5),
    B=st.integers(1, 3),
    H=st.integers(1, 3),
    ragged=st.booleans(),
    reverse=st.booleans(),
)
def test_a_padded_batch_gives_what_each_sample_gives_alone(
    name: str, seed: int, T: int, B: int, H: int, ragged: bool, reverse: bool
) -> None:
    """Padding is never read: states end at 0, the last state is that of the last valid step, in either direction."""
    kind, rng = KINDS[name], np.random.default_rng(seed)
    weights = weights_of(kind, rng, 2, H)
    x = rng.standard_normal((T, B, 2))
    initial = [rng.standard_normal((B, H)) for _ in kind.states]
    lengths = rng.integers(0, T + 1, B) if ragged else np.full(B, T)
    x[np.arange(T)[:, None] >= lengths] = np.nan  # whatever reads the padding turns into NaN
    (h, *last), cache = kind.forward(x, *initial, **weights, lengths=lengths if ragged else None, reverse=reverse)
    for n, length in enumerate(lengths):
        alone, final = one_by_one(kind, x[:length, n], [s[n] for s in initial], weights, reverse)
        np.testing.assert_allclose(h[:length, n], alone, rtol=1e-12, atol=1e-14)
        assert np.all(h[length:, n] == 0)
        for ours, other in zip(last, final, strict=True):
            np.testing.assert_allclose(ours[n], other, rtol=1e-12, atol=1e-14)
    gradients = kind.backward(np.ones_like(h), *map(np.ones_like, last), cache)
    assert all(np.all(np.isfinite(g)) for g in gradients.values())
    assert np.all(gradients["x"][np.arange(T)[:, None] >= lengths] == 0)


@pytest.mark.parametrize("name", KINDS)
def test_without_an_initial_state_the_state_begins_at_zero(name: str) -> None:
    """None and zeros are one."""
    kind, rng = KINDS[name], np.random.default_rng(1)
    weights, x = weights_of(kind, rng, 3, 2), rng.standard_normal((4, 2, 3))
    (one, *_), _ = kind.forward(x, *[None] * len(kind.states), **weights)
    (other, *_), _ = kind.forward(x, *[np.zeros((2, 2))] * len(kind.states), **weights)
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("sign", [-1, 1])
def test_extreme_inputs_saturate_without_a_warning(name: str, sign: int) -> None:
    """±1000 into every gate gives finite states (warnings are errors here)."""
    kind, rng = KINDS[name], np.random.default_rng(2)
    weights = weights_of(kind, rng, 3, 2)
    (h, *_), _ = kind.forward(np.full((3, 2, 3), sign * 1e3), *[None] * len(kind.states), **weights)
    assert np.all(np.abs(h) <= 1)


@pytest.mark.parametrize("reset_after", [False, True])
def test_the_two_directions_of_z_are_mirror_images(reset_after: bool) -> None:
    """z_keeps="old" with the update gate's weights negated is z_keeps="new": σ(−a) = 1 − σ(a)."""
    rng = np.random.default_rng(3)
    weights, x = weights_of(KINDS["gru"], rng, 3, 2), rng.standard_normal((4, 2, 3))
    mirrored = {key: w * np.array([1, -1, 1]).reshape(3, *[1] * (w.ndim - 1)) for key, w in weights.items()}
    (new, _), _ = gru_forward(x, None, **weights, reset_after=reset_after, z_keeps="new")
    (old, _), _ = gru_forward(x, None, **mirrored, reset_after=reset_after, z_keeps="old")
    np.testing.assert_allclose(old, new, rtol=1e-12)


def test_a_bias_on_the_recurrent_side_matters_only_inside_the_reset() -> None:
    """Resetting before, b_h is one more b; resetting after, it is not."""
    rng = np.random.default_rng(4)
    weights, x = weights_of(KINDS["gru"], rng, 3, 2), rng.standard_normal((4, 2, 3))
    b_h = rng.standard_normal((3, 2))
    added = {**weights, "b": weights["b"] + b_h}
    before, _ = gru_forward(x, None, **weights, b_h=b_h)
    after, _ = gru_forward(x, None, **weights, b_h=b_h, reset_after=True)
    np.testing.assert_allclose(before[0], gru_forward(x, None, **added)[0][0], rtol=1e-12)
    assert not np.allclose(after[0], gru_forward(x, None, **added, reset_after=True)[0][0])


def test_the_output_gate_peeps_at_the_new_cell_and_the_others_at_the_old() -> None:
    """Worked by hand with all other weights 0, c = 2 and P = (1, 0, 0), (0, 1, 0), (0, 0, 1) in turn."""
    x, h, c = np.zeros((1, 1)), np.zeros((1, 1)), np.array([[2.0]])
    W, U = np.zeros((4, 1, 1)), np.zeros((4, 1, 1))
    b = np.array([[0.0], [0.0], [0.0], [100.0]])  # so that g = 1
    seen = []
    for gate in range(3):
        P = np.zeros((3, 1))
        P[gate] = 1
        (h_new, c_new), _ = lstm_step_forward(x, h, c, W, U, b, P)
        seen.append((float(c_new[0, 0]), float(h_new[0, 0])))
    half, at_two = 0.5, 1 / (1 + np.exp(-2.0))
    at_new = 1 / (1 + np.exp(-1.5))
    np.testing.assert_allclose(seen[0], (half * 2 + at_two, half * np.tanh(half * 2 + at_two)))
    np.testing.assert_allclose(seen[1], (at_two * 2 + half, half * np.tanh(at_two * 2 + half)))
    np.testing.assert_allclose(seen[2], (1.5, at_new * np.tanh(1.5)))


@pytest.mark.parametrize("merge", ["concat", "sum"])
@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), T=st.integers(1, 4), ragged=st.booleans())
def test_both_directions_together_are_each_alone(name: str, merge: str, seed: int, T: int, ragged: bool) -> None:
    """States side by side (or added) at the same time t, and a backward that agrees with its forward."""
    kind, rng = KINDS[name], np.random.default_rng(seed)
    x, ahead, back = rng.standard_normal((T, 2, 3)), weights_of(kind, rng, 3, 2), weights_of(kind, rng, 3, 2)
    lengths = rng.integers(0, T + 1, 2) if ragged else None
    none = [None] * len(kind.states)
    (h, *_), _ = bidirectional_forward(name, x, ahead, back, lengths=lengths, merge=merge)
    (h_f, *_), _ = kind.forward(x, *none, **ahead, lengths=lengths)
    (h_b, *_), _ = kind.forward(x, *none, **back, lengths=lengths, reverse=True)
    expected = np.concatenate([h_f, h_b], axis=-1) if merge == "concat" else h_f + h_b
    np.testing.assert_array_equal(h, expected)

    def forward(x: Any, **parameters: Any) -> Any:
        one = {key: parameters[f"a_{key}"] for key in ahead}
        two = {key: parameters[f"b_{key}"] for key in back}
        (y, *_), cache = bidirectional_forward(name, x, one, two, lengths=lengths, merge=merge)
        return y, cache

    def backward(dy: Any, cache: Any) -> Any:
        found = bidirectional_backward(dy, None, None, cache)
        one, two = ({f"{way[0]}_{k}": g for k, g in found[way].items()} for way in ("ahead", "back"))
        return {"x": found["x"], **one, **two}

    parameters = {**{f"a_{k}": w for k, w in ahead.items()}, **{f"b_{k}": w for k, w in back.items()}}
    assert directional_error(forward, backward, {"x": x, **parameters}, rng) < 1e-7


def test_a_bidirectional_layer_passes_on_the_gradients_of_its_last_states() -> None:
    """An encoder's last states feed a decoder: what arrives there reaches x and the weights of that direction."""
    kind, rng = KINDS["lstm"], np.random.default_rng(8)
    x, ahead, back = rng.standard_normal((3, 2, 2)), weights_of(kind, rng, 2, 2), weights_of(kind, rng, 2, 2)
    (h, *_), cache = bidirectional_forward("lstm", x, ahead, back)
    one = np.ones((2, 2))
    gradients = bidirectional_backward(np.zeros_like(h), (one, one), None, cache)
    assert np.any(gradients["ahead"]["W"] != 0)
    assert np.all(gradients["back"]["W"] == 0)
