"""Stacked layers: the same as one layer after another, whatever the padding holds; and they learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizdl.engine.affine import affine_backward, affine_forward
from quizdl.engine.bidirectional import bidirectional_forward
from quizdl.engine.losses import softmax_cross_entropy_backward, softmax_cross_entropy_forward
from quizdl.engine.optimisers import Adam
from quizdl.engine.parameters import part
from quizdl.engine.stacked import KINDS, depth, init_stacked, stacked_backward, stacked_forward

LAYERS = list(KINDS)


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("layer", LAYERS)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), T=st.integers(1, 4), layers=st.integers(1, 3), ragged=st.booleans())
def test_a_stack_is_one_layer_after_another(
    layer: Any, both: bool, seed: int, T: int, layers: int, ragged: bool
) -> None:
    """Layer by layer by hand: the uppermost states, and the last ones of every layer and direction in order."""
    rng = np.random.default_rng(seed)
    p = init_stacked(rng, 3, 2, layer=layer, layers=layers, bidirectional=both)
    x = rng.standard_normal((T, 2, 3))
    lengths = rng.integers(0, T + 1, 2) if ragged else None
    (h, *last), _ = stacked_forward(x, p, layer=layer, bidirectional=both, lengths=lengths)
    expected: list[Any] = []
    none = [None] * len(KINDS[layer].states)
    for k in range(layers):
        if both:
            ahead, back = part(p, f"{k}.ahead."), part(p, f"{k}.back.")
            (x, *ends), _ = bidirectional_forward(layer, x, ahead, back, lengths=lengths)
            expected += ends
        else:
            (x, *one), _ = KINDS[layer].forward(x, *none, **part(p, f"{k}."), lengths=lengths)
            expected.append(one)
    np.testing.assert_array_equal(h, x)
    for ours, other in zip(last, zip(*expected, strict=True), strict=True):
        np.testing.assert_array_equal(ours, np.stack(other))


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("layer", LAYERS)
def test_padding_is_never_read_in_any_layer(layer: Any, both: bool) -> None:
    """NaN after the end of each sequence reaches neither a state nor a gradient; a sequence may be empty."""
    rng = np.random.default_rng(1)
    p = init_stacked(rng, 3, 2, layer=layer, layers=2, bidirectional=both)
    x, lengths = rng.standard_normal((4, 3, 3)), np.array([0, 2, 4])
    x[np.arange(4)[:, None] >= lengths] = np.nan
    outputs, cache = stacked_forward(x, p, layer=layer, bidirectional=both, lengths=lengths)
    gradients = stacked_backward(*map(np.ones_like, outputs), cache)
    assert all(np.all(np.isfinite(y)) for y in (*outputs, *gradients.values()))
    assert np.all(outputs[0][:, 0] == 0)
    assert np.all(gradients["x"][np.arange(4)[:, None] >= lengths] == 0)


@pytest.mark.parametrize("layer", LAYERS)
def test_new_weights_have_the_names_and_the_sizes_that_the_network_wants(layer: Any) -> None:
    """In float32 if so wanted, all between ±1/√H but an LSTM's forget bias of 1."""
    p = init_stacked(np.random.default_rng(2), 3, 4, layer=layer, layers=2, bidirectional=True, dtype=np.float32)
    assert depth(p) == 2
    (h, *_), _ = stacked_forward(np.zeros((2, 1, 3), np.float32), p, layer=layer, bidirectional=True)
    assert h.shape == (2, 1, 8)
    assert h.dtype == np.float32
    beyond = {name: np.abs(w).max() for name, w in p.items() if np.abs(w).max() > 0.5}
    assert beyond == ({f"{k}.{way}.b": 1 for k in range(2) for way in ("ahead", "back")} if layer == "lstm" else {})


def test_a_gru_takes_its_conventions_through_the_stack() -> None:
    """reset_after and z_keeps reach every layer: another convention, another answer."""
    rng = np.random.default_rng(3)
    p, x = init_stacked(rng, 2, 3, layer="gru"), rng.standard_normal((3, 2, 2))
    (one, _), _ = stacked_forward(x, p, layer="gru")
    (other, _), _ = stacked_forward(x, p, layer="gru", z_keeps="old", reset_after=True)
    assert not np.allclose(one, other)


def test_two_layers_in_both_directions_learn_what_one_direction_cannot() -> None:
    """At the first of four times the answer is the last input's sign: only reading back can know it."""
    rng = np.random.default_rng(0)
    x = rng.choice([-1.0, 1.0], (4, 16, 1))
    answer = (x[-1, :, 0] > 0).astype(int)
    p = init_stacked(rng, 1, 4, layer="gru", bidirectional=True)
    p |= {"W": 0.5 * rng.standard_normal((8, 2)), "b": np.zeros(2)}
    optimiser, losses = Adam(0.05), []
    for _ in range(60):
        stack = {name: w for name, w in p.items() if "." in name}
        (h, _), cache = stacked_forward(x, stack, layer="gru", bidirectional=True)
        z, out = affine_forward(h[0], p["W"], p["b"])
        loss, loss_cache = softmax_cross_entropy_forward(z, answer)
        d_out = affine_backward(softmax_cross_entropy_backward(1.0, loss_cache)["z"], out)
        dh = np.zeros_like(h)
        dh[0] = d_out["x"]
        gradients = stacked_backward(dh, None, cache)
        p = optimiser.update(p, {**{name: gradients[name] for name in stack}, "W": d_out["W"], "b": d_out["b"]})
        losses.append(float(loss))
    assert losses[-1] < 0.05 < losses[0]
