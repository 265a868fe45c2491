"""Binary addition: the data, what a small run reaches, what an untrained network does not."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.errors import InputError
from quizdl.labs.binary_addition import LAB, Addition
from quizdl.labs.binary_addition_data import MOST, bits_of, carries_of, pairs_to_test, sums_of
from quizdl.labs.core import Setting

BOUND = 0.99
"""Without the gradient that goes back through time it ends between 0.36 and 0.76, without that of U at most at 0.94."""


def small(**changed: Setting) -> dict[str, Setting]:
    return LAB.smallest(**changed)


@pytest.fixture(scope="module")
def trained() -> Addition:
    run = Addition(small())
    for _ in run.steps():
        pass
    return run


def test_the_small_version_learns_the_rule(trained: Addition) -> None:
    """Nearly every sum, though it saw 100 pairs."""
    assert trained.outcome().metrics["accuracy"] > BOUND


def test_an_untrained_network_adds_hardly_anything() -> None:
    """So the bound says that something was learnt."""
    assert Addition(small()).outcome().metrics["accuracy"] < 0.2


@given(st.integers(1, 20), st.data())
def test_bits_carries_and_sums_belong_together(bits: int, data: st.DataObject) -> None:
    """Each bit of the sum is a + b + carry, and the next carry is their majority, as on paper."""
    number = st.integers(0, 2**bits - 1)
    a, b = (np.array([data.draw(number)]) for _ in range(2))
    x, t = sums_of(a, b, bits)
    carry = carries_of(a, b, bits)
    assert x.shape == (bits + 1, 1, 2)
    total = x.sum(axis=-1) + carry
    assert (total % 2 == t[..., 0]).all()
    assert carry[0] == 0
    assert (carry[1:] == (total[:-1] >= 2)).all()
    assert (t[:, 0, 0] @ 2 ** np.arange(bits + 1)).item() == (a + b).item()


@given(st.integers(0, 255))
def test_the_lowest_bit_comes_first(number: int) -> None:
    """And they make the number again."""
    assert (bits_of(np.array([number]), 8)[:, 0] @ 2 ** np.arange(8)).item() == number


def test_all_pairs_are_tested_where_they_are_few_enough() -> None:
    """65,536 of 8 bits, each once; of more bits as many, always the same."""
    a, b = pairs_to_test(8)
    assert len(set(zip(a.tolist(), b.tolist(), strict=True))) == MOST == 65536
    assert (pairs_to_test(16)[0] == pairs_to_test(16)[0]).all()


def test_the_gradient_of_a_state_is_that_of_a_difference_quotient() -> None:
    """What the tape says of an added zero is how the loss changes with the state."""
    run = Addition(small(bits=2, hidden_size=3))
    run.p = {name: w.astype(np.float64) for name, w in run.p.items()}
    norms = run.gradient_norms()
    assert len(norms) == 3
    assert all(norm > 0 for norm in norms)


@pytest.mark.parametrize(("scale", "vanishes"), [(0.3, True), (1.0, False)])
def test_small_weights_make_the_gradient_vanish(scale: float, vanishes: bool) -> None:
    """Over eight places, before any training; the reading says so."""
    run = Addition(small(bits=8, weight_scale=scale))
    outcome = run.outcome()
    assert (outcome.metrics["gradient_ratio_before"] < 1e-2) == vanishes
    assert ("vanishes" in outcome.reading[-1].en) == vanishes


def test_a_run_stopped_half_way_can_be_seen_saved_and_loaded() -> None:
    """The same weights give the same outcome."""
    run = Addition(small())
    list(islice(run.steps(), 50))
    other = Addition(small(seed=7))
    other.load(run.weights())
    assert other.outcome().metrics["accuracy"] == run.outcome().metrics["accuracy"]
    assert run.outcome().metrics["loss"] > 0
    with pytest.raises(InputError):
        Addition(small(hidden_size=5)).load(run.weights())


def test_the_same_seed_gives_the_same_run() -> None:
    """Number for number."""
    first, second = Addition(small()), Addition(small())
    assert [s.loss for s in islice(first.steps(), 20)] == [s.loss for s in islice(second.steps(), 20)]


@pytest.mark.parametrize("activation", ["sigmoid", "relu", "tanh"])
@pytest.mark.parametrize("init", ["xavier", "he", "normal"])
def test_every_activation_and_initialiser_trains(activation: str, init: str) -> None:
    """A few updates in every combination, and the loss falls."""
    run = Addition(small(activation=activation, init=init, learning_rate=0.01))
    losses = [step.loss or 0.0 for step in islice(run.steps(), 60)]
    assert np.mean(losses[-5:]) < np.mean(losses[:5])
