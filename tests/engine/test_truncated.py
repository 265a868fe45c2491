"""Truncated BPTT: the state goes on, the gradient stops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizdl.engine.gradient_check import directional_error
from quizdl.engine.stacked import KINDS, init_layer
from quizdl.engine.truncated import truncated_backward, truncated_forward

LAYERS = list(KINDS)


def arguments_of(layer: Any, seed: int, T: int) -> tuple[np.random.Generator, dict[str, Any], Any]:
    rng = np.random.default_rng(seed)
    states = {name: rng.standard_normal((2, 3)) for name in KINDS[layer].states}
    arguments = {"x": rng.standard_normal((T, 2, 2)), "p": init_layer(rng, 2, 3, layer=layer), **states}
    return rng, arguments, rng.integers(0, T + 1, 2) if seed % 2 else None


@pytest.mark.parametrize("layer", LAYERS)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), T=st.integers(1, 5), k=st.integers(1, 6))
def test_the_forward_is_the_layers_own_wherever_it_is_cut(layer: Any, seed: int, T: int, k: int) -> None:
    """States and last states, with padding too: a piece may begin after a sequence has ended."""
    _, arguments, lengths = arguments_of(layer, seed, T)
    outputs, _ = truncated_forward(**arguments, layer=layer, k=k, lengths=lengths)
    flat = {**arguments, **arguments["p"]}
    flat.pop("p")
    expected, _ = KINDS[layer].forward(**flat, lengths=lengths)
    for ours, other in zip(outputs, expected, strict=True):
        np.testing.assert_allclose(ours, other, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("layer", LAYERS)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), T=st.integers(1, 4), more=st.integers(0, 3))
def test_without_a_cut_it_is_full_bptt(layer: Any, seed: int, T: int, more: int) -> None:
    """With k ≥ T every gradient is the layer's own."""
    rng, arguments, lengths = arguments_of(layer, seed, T)
    outputs, cache = truncated_forward(**arguments, layer=layer, k=T + more, lengths=lengths)
    above = [rng.standard_normal(y.shape) for y in outputs]
    flat = {**arguments, **arguments["p"]}
    flat.pop("p")
    _, whole_cache = KINDS[layer].forward(**flat, lengths=lengths)
    expected = KINDS[layer].backward(*above, whole_cache)
    found = truncated_backward(*above, cache)
    assert found.keys() == flat.keys()
    for name, gradient in found.items():
        np.testing.assert_allclose(gradient, expected[name], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("layer", LAYERS)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), T=st.integers(2, 5), k=st.integers(1, 3))
def test_a_cut_backward_is_the_slope_with_the_states_at_the_cuts_held_still(
    layer: Any, seed: int, T: int, k: int
) -> None:
    """What detaching means: the pieces begin with numbers, which do not move with the weights."""
    rng, arguments, lengths = arguments_of(layer, seed, T)
    names = KINDS[layer].states
    kept: list[Any] = []

    def forward(**a: Any) -> Any:
        """The pieces one by one; the states between them are those of the first call."""
        flat = {**a, **a["p"]}
        x, initial = flat.pop("x"), {name: flat.pop(name) for name in names}
        flat.pop("p")
        pieces, last = [], ()
        for number, start in enumerate(range(0, T, k)):
            rest = None if lengths is None else np.clip(lengths - start, 0, len(x[start : start + k]))
            begin = kept[number - 1] if number and len(kept) >= number else dict(zip(names, last, strict=False))
            (h, *last), _ = KINDS[layer].forward(x[start : start + k], **(begin or initial), **flat, lengths=rest)
            if len(kept) == number:
                kept.append(dict(zip(names, last, strict=True)))
            pieces.append(h)
        outputs = np.concatenate(pieces), *last
        return outputs, truncated_forward(**a, layer=layer, k=k, lengths=lengths)[1]

    assert directional_error(forward, truncated_backward, arguments, rng) < 1e-7


def test_nothing_flows_across_a_cut() -> None:
    """Of six steps cut after three, a gradient at the last reaches the last three inputs and no initial state."""
    _, arguments, _ = arguments_of("lstm", 0, 6)
    outputs, cache = truncated_forward(**arguments, layer="lstm", k=3)
    dh = np.zeros_like(outputs[0])
    dh[-1] = 1
    gradients = truncated_backward(dh, None, None, cache)
    assert np.all(gradients["x"][:3] == 0)
    assert np.all(gradients["x"][3:] != 0)
    assert np.all(gradients["h0"] == 0)
    assert np.all(gradients["c0"] == 0)
