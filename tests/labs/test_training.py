"""What the training loops share."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.errors import InputError
from quizdl.labs.training import (
    MOST_POINTS,
    OPTIMISERS,
    descend,
    drawn,
    endless_minibatches,
    line,
    minibatches,
    moving_mean,
    need_no_others,
    one_hot,
    optimiser,
    put_back,
)
from quizdl.text import same


@given(st.integers(1, 200), st.integers(1, 60), st.integers(0, 5))
def test_an_epoch_holds_every_row_once(count: int, size: int, seed: int) -> None:
    """In batches of at most `size`, the same for the same seed."""
    batches = list(minibatches(np.random.default_rng(seed), count, size))
    assert sorted(np.concatenate(batches).tolist()) == list(range(count))
    assert all(len(batch) == size for batch in batches[:-1])
    again = np.concatenate(list(minibatches(np.random.default_rng(seed), count, size)))
    assert again.tolist() == np.concatenate(batches).tolist()


def test_epochs_follow_one_another() -> None:
    """Each in an order of its own."""
    first, second = islice(endless_minibatches(np.random.default_rng(0), 50, 50), 2)
    assert sorted(first.tolist()) == sorted(second.tolist())
    assert first.tolist() != second.tolist()


@pytest.mark.parametrize("name", OPTIMISERS)
def test_every_optimiser_goes_down(name: str) -> None:
    """w² grows smaller; the gradients of inputs are left out."""
    method, p = optimiser(name, 0.05), {"w": np.array([1.0, -2.0])}
    for _ in range(200):
        p, _ = descend(method, p, {"w": 2 * p["w"], "x": np.ones(3)})
    assert float(np.abs(p["w"]).max()) < 0.2


def test_a_long_gradient_is_cut_to_the_clip() -> None:
    """The norm that is told is the one before; 0 clips nothing."""
    g = {"w": np.array([3.0, 4.0])}
    clipped, norm = descend(optimiser("sgd", 1.0), {"w": np.zeros(2)}, g, clip=1.0)
    assert norm == pytest.approx(5.0)
    assert np.allclose(clipped["w"], [-0.6, -0.8])
    whole, _ = descend(optimiser("sgd", 1.0), {"w": np.zeros(2)}, g)
    assert np.allclose(whole["w"], [-3, -4])


@given(st.lists(st.floats(-1e3, 1e3), max_size=40), st.integers(1, 10))
def test_a_moving_mean_is_the_mean_of_its_window(values: list[float], window: int) -> None:
    """Of fewer at the beginning."""
    found = moving_mean(values, window)
    for place, mean in enumerate(found):
        part = values[max(place - window + 1, 0) : place + 1]
        assert mean == pytest.approx(sum(part) / len(part), abs=1e-9)


@given(st.integers(0, 1000))
def test_a_line_keeps_its_ends(count: int) -> None:
    """And no more points than can be seen, in their order."""
    found = line(same("x"), range(count))
    assert len(found.xs) == len(found.ys) == min(count, MOST_POINTS)
    assert list(found.xs) == sorted(found.xs)
    if count:
        assert (found.xs[0], found.xs[-1]) == (1, count)


def test_draws_follow_the_softmax() -> None:
    """In the long run; low temperatures draw the best."""
    rng = np.random.default_rng(0)
    scores = np.log(np.array([[0.7, 0.2, 0.1]])).repeat(4000, axis=0)
    shares = np.bincount(drawn(rng, scores), minlength=3) / 4000
    assert np.allclose(shares, [0.7, 0.2, 0.1], atol=0.03)
    assert set(drawn(rng, scores, 0.01).tolist()) == {0}


def test_one_hot_marks_each_id() -> None:
    """One axis more than the ids."""
    assert one_hot([[2, 0]], 3).tolist() == [[[0, 0, 1], [1, 0, 0]]]


def test_weights_are_put_back_in_their_own_precision() -> None:
    """By their names under the prefix."""
    p = {"w": np.zeros((2, 3), np.float32)}
    found = put_back(p, {"gru.w": np.ones((2, 3))}, "gru.")
    assert found["w"].dtype == np.float32
    assert found["w"].sum() == 6


def test_weights_that_do_not_fit_are_refused_by_name() -> None:
    """A missing one, another shape, one too many."""
    p = {"w": np.zeros((2, 3))}
    for weights, named in (({}, "no w"), ({"w": np.zeros((3, 2))}, r"\(2, 3\)")):
        with pytest.raises(InputError, match=named):
            put_back(p, weights)
    with pytest.raises(InputError, match="extra"):
        need_no_others({"w": np.zeros(1), "extra": np.zeros(1)}, p)
