"""Memory networks: the equations on worked numbers, what the ways of tying share, and a fact that is looked up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from quizdl.engine.losses import softmax_cross_entropy_backward, softmax_cross_entropy_forward
from quizdl.engine.memory_network import (
    init_memory_network,
    memory_network_backward,
    memory_network_forward,
    memory_read_forward,
    position_encoding,
)
from quizdl.engine.optimisers import Adam

TYING: Any = [None, "adjacent", "layer-wise"]


def test_a_read_is_the_papers_equations_one_and_two() -> None:
    """Worked by hand: scores log 3 and 0 give ¾ and ¼ of two outputs."""
    u, m = np.array([[1.0, 0.0]]), np.array([[[np.log(3), 5.0]], [[0.0, -5.0]]])
    c = np.array([[[4.0, 0.0]], [[0.0, 8.0]]])
    (o, p), _ = memory_read_forward(u, m, c)
    np.testing.assert_allclose(p[:, 0], [0.75, 0.25])
    np.testing.assert_allclose(o, [[3, 2]])


def test_where_there_is_nothing_to_look_at_nothing_is_read() -> None:
    """A mask without a sentence: p and o are 0, not NaN."""
    (o, p), _ = memory_read_forward(np.ones((1, 2)), np.ones((3, 1, 2)), np.ones((3, 1, 2)), np.zeros((3, 1)))
    assert np.all(o == 0)
    assert np.all(p == 0)


def test_the_position_encoding_is_the_papers_formula() -> None:
    """J = 2, d = 2 by hand, a shorter sentence by its own length, and an empty one 0 throughout."""
    np.testing.assert_allclose(position_encoding(2, 2, 2), [[0.5, 0.5], [0.5, 1.0]])
    weights = position_encoding([3, 2, 0], 3, 4)
    assert weights.shape == (3, 3, 4)
    np.testing.assert_array_equal(weights[:, 0], position_encoding(3, 3, 4))
    np.testing.assert_array_equal(weights[:2, 1], position_encoding(2, 2, 4))
    assert np.all(weights[2, 1] == 0)
    assert np.all(weights[:, 2] == 0)


@pytest.mark.parametrize("position", [False, True])
def test_only_position_tells_the_order_of_words(position: bool) -> None:
    """Two sentences of the same words in another order have the same bag, unless the words are weighted."""
    p = init_memory_network(np.random.default_rng(0), 5, 4, hops=1)
    (_, looked), _ = memory_network_forward(p, [[[1], [2]], [[2], [1]]], [[3], [4]], hops=1, position=position)
    assert bool(np.isclose(looked[0, 0, 0], looked[0, 1, 0], rtol=1e-12)) is not position


@pytest.mark.parametrize("position", [False, True])
@pytest.mark.parametrize("tying", TYING)
def test_padding_changes_nothing(tying: Any, position: bool) -> None:
    """More padding in the sentences, sentences of padding, padding in the question: the same answer and gradients."""
    rng = np.random.default_rng(1)
    p = init_memory_network(rng, 6, 3, hops=2, tying=tying)
    sentences, question = rng.integers(1, 6, (2, 3, 2)), rng.integers(1, 6, (2, 2))
    options: Any = {"hops": 2, "tying": tying, "position": position, "pad": 0}
    (logits, looked), cache = memory_network_forward(p, sentences, question, **options)
    wider = np.pad(sentences, ((0, 2), (0, 1), (0, 0)))
    (other, also), other_cache = memory_network_forward(p, wider, np.pad(question, ((0, 1), (0, 0))), **options)
    np.testing.assert_allclose(other, logits, rtol=1e-12)
    np.testing.assert_allclose(also[:, :3], looked, rtol=1e-12)
    assert np.all(also[:, 3] == 0)
    gradients = memory_network_backward(np.ones_like(logits), None, cache)
    for name, gradient in memory_network_backward(np.ones_like(logits), None, other_cache).items():
        np.testing.assert_allclose(gradient, gradients[name], rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("tying", ["adjacent", "layer-wise"])
def test_a_tied_network_is_the_free_one_with_equal_tables(tying: Any) -> None:
    """A^{k+1} = C^k, B = A^1, W = (C^K)ᵀ; or one A and one C for all hops, with H the identity."""
    rng = np.random.default_rng(2)
    p = init_memory_network(rng, 6, 3, hops=3, tying=tying)
    if tying == "adjacent":
        A, C = [p["A"], p["C.0"], p["C.1"]], [p["C.0"], p["C.1"], p["C.2"]]
        free = {"B": p["A"], "W": p["C.2"].T}
    else:
        p["H"] = np.eye(3)
        A, C, free = [p["A"]] * 3, [p["C"]] * 3, {"B": p["B"], "W": p["W"]}
    free |= {f"A.{k}": table for k, table in enumerate(A)} | {f"C.{k}": table for k, table in enumerate(C)}
    sentences, question = rng.integers(0, 6, (2, 4, 3)), rng.integers(0, 6, (2, 3))
    (one, _), _ = memory_network_forward(p, sentences, question, hops=3, tying=tying)
    (other, _), _ = memory_network_forward(free, sentences, question, hops=3, tying=None)
    np.testing.assert_allclose(one, other, rtol=1e-12)


def facts(rng: np.random.Generator, B: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Three sentences (person, place), one question (person): where is that person? Persons 0–3, places 4–7."""
    people = np.stack([rng.permutation(4)[:3] for _ in range(B)], axis=1)
    places = np.stack([rng.permutation(4)[:3] + 4 for _ in range(B)], axis=1)
    asked = rng.integers(0, 3, B)
    return np.stack([people, places]), people[asked, np.arange(B)][None], places[asked, np.arange(B)]


@pytest.mark.parametrize(("tying", "hops"), [(None, 1), ("adjacent", 1), ("layer-wise", 2)])
def test_a_memory_network_learns_to_look_up_one_fact(tying: Any, hops: int) -> None:
    """On dialogues never seen, nearly every answer is right: what is asked for is found among three sentences."""
    rng = np.random.default_rng(0)
    p = init_memory_network(rng, 8, 10, hops=hops, tying=tying)
    optimiser, losses = Adam(0.03), []
    for _ in range(250):
        sentences, question, answer = facts(rng, 32)
        (z, _), cache = memory_network_forward(p, sentences, question, hops=hops, tying=tying)
        loss, loss_cache = softmax_cross_entropy_forward(z, answer)
        dz = softmax_cross_entropy_backward(1.0, loss_cache)["z"]
        p = optimiser.update(p, memory_network_backward(dz, None, cache))
        losses.append(float(loss))
    sentences, question, answer = facts(rng, 200)
    (z, looked), _ = memory_network_forward(p, sentences, question, hops=hops, tying=tying)
    assert losses[-1] < 0.3 < 1.3 < losses[0]
    assert np.mean(z.argmax(axis=1) == answer) > 0.95
    asked = (sentences[0] == question[0]).argmax(axis=0)
    assert np.mean(looked[0].argmax(axis=0) == asked) > 0.95
