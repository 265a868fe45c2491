"""Number addition: sums as strings, a fair split, what a small run reaches, what an untrained network does not."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizdl.errors import InputError
from quizdl.labs.core import Setting
from quizdl.labs.number_addition import LAB, Addition
from quizdl.labs.number_addition_data import READ, as_ids, carries, question, read_back, split
from quizdl.labs.writers import BEGIN

BOUND = 0.3
"""Seeds 0 to 3 end between 0.36 and 0.66; without the encoder's gradient at 0.05, with its U turned round at 0.03."""


def small(**changed: Setting) -> dict[str, Setting]:
    return LAB.smallest(**changed)


@pytest.fixture(scope="module")
def trained() -> Addition:
    run = Addition(small())
    for _ in run.steps():
        pass
    return run


def test_the_small_version_adds_pairs_that_it_was_not_trained_on(trained: Addition) -> None:
    """Exactly, to the last digit."""
    assert trained.outcome().metrics["exact"] > BOUND


def test_an_untrained_network_adds_nothing() -> None:
    """So the bound says that something was learnt."""
    assert Addition(small()).outcome().metrics["exact"] < 0.02


def test_a_peeky_decoder_learns_too() -> None:
    """It sees the encoder's state at every step."""
    run = Addition(small(peeky="yes", steps=400))
    for _ in run.steps():
        pass
    assert run.outcome().metrics["exact"] > BOUND


@given(st.integers(1, 3), st.integers(20, 3000), st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_no_tested_pair_is_trained_on_in_either_order(digits: int, most: int, seed: int) -> None:
    """5+57 would give 57+5 away."""
    train, test = (
        {tuple(sorted(pair)) for pair in pairs.tolist()} for pairs in split(digits, most, np.random.default_rng(seed))
    )
    assert train
    assert test
    assert not train & test
    assert max(max(pair) for pair in train | test) < 10**digits


@given(st.integers(0, 9999), st.integers(0, 9999), st.booleans())
def test_what_is_read_and_written_is_the_sum(a: int, b: int, backwards: bool) -> None:
    """The ids give the string back, up to its length and up to the end."""
    sums = as_ids(np.array([[a, b]]), backwards)
    signs = "".join(READ[i] for i in sums.source[: sums.lengths[0], 0])
    assert signs == question(a, b, backwards)
    assert (signs[::-1] if backwards else signs) == f"{a}+{b}"
    assert sums.target[0, 0] == BEGIN
    assert read_back(tuple(sums.target[1:, 0].tolist())) == str(a + b)


@given(st.integers(0, 999), st.integers(0, 999))
def test_carries_are_what_the_digits_lose(a: int, b: int) -> None:
    """Each carry takes ten from a place and gives one to the next: the sums of digits differ by nine for each."""
    digits = [sum(map(int, str(number))) for number in (a, b, a + b)]
    found = carries(np.array([a]), np.array([b]), 3)[0]
    assert digits[0] + digits[1] - digits[2] == 9 * found


def test_both_orders_of_reading_begin_alike() -> None:
    """The comparison is of the order alone: the same weights, the same pairs."""
    run = Addition(small(reverse="both"))
    weights = run.weights()
    for name in run.networks["forward"].p:
        np.testing.assert_array_equal(weights[f"forward.{name}"], weights[f"reversed.{name}"])


def test_a_run_that_was_stopped_shows_what_there_is() -> None:
    """Half-way through the second of two networks' training, and before the first update."""
    run = Addition(small(reverse="both", steps=20, hidden_size=8))
    assert len(run.outcome().pictures) == 4
    for _ in islice(run.steps(), 27):
        pass
    outcome = run.outcome()
    assert set(outcome.metrics) == {"exact", "exact_on_training_pairs", "exact_forward", "exact_reversed"}
    assert len(outcome.pictures) == 4
    assert outcome.reading


def test_saved_weights_end_alike(trained: Addition) -> None:
    """A new run with the weights of an old one gives its answers."""
    again = Addition(small())
    again.load(trained.weights())
    assert again.outcome().metrics == trained.outcome().metrics


def test_weights_of_another_size_are_refused(trained: Addition) -> None:
    """By the name of the first that does not fit."""
    with pytest.raises(InputError) as error:
        Addition(small(hidden_size=8)).load(trained.weights())
    assert error.value.where is not None
    assert error.value.where.startswith("reversed.")


@pytest.mark.parametrize("changed", [{"digits": 1}, {"digits": 4, "layer": "gru"}, {"layer": "rnn", "peeky": "yes"}])
def test_other_settings_run(changed: dict[str, Setting]) -> None:
    """From one digit to four, with every layer."""
    run = Addition(small(**changed, steps=3, hidden_size=4, pairs=200, reverse="both"))
    for _ in run.steps():
        pass
    outcome = run.outcome()
    assert outcome.reached is None or "digits" not in changed
    assert 0 <= outcome.metrics["exact"] <= 1
