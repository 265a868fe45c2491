"""word2vec: what is drawn, what is kept, and that words that stand together come together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.engine import word2vec
from quizdl.engine.optimisers import Adam


def tables(V: int, D: int, seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {name: rng.standard_normal((V, D)) for name in ("W_in", "W_out")}


def test_the_hidden_layer_of_cbow_is_the_mean_of_its_context() -> None:
    """Worked by hand: words 0 and 2 of three, for one window and for a batch of them."""
    W_in = np.array([[2, 0], [10, 10], [4, 6]])
    np.testing.assert_array_equal(word2vec.cbow_hidden(W_in, [0, 2]), [3, 3])
    np.testing.assert_array_equal(word2vec.cbow_hidden(W_in, [[0, 2], [1, 1]]), [[3, 3], [10, 10]])


def test_cbow_with_one_word_is_skipgram() -> None:
    """The mean of one vector is the vector: with C = 1 both predict a word from a word."""
    p, one, other = tables(6, 3), np.array([0, 4, 2]), np.array([1, 5, 4])
    negatives = np.array([[0, 1], [2, 3], [4, 5]])
    skipgram, _ = word2vec.skipgram_softmax_forward(**p, center=one, context=other)
    cbow, _ = word2vec.cbow_softmax_forward(**p, context=one[:, None], target=other)
    assert skipgram == pytest.approx(float(cbow), rel=1e-14)
    skipgram, _ = word2vec.skipgram_negative_forward(**p, center=one, context=other, negatives=negatives)
    cbow, _ = word2vec.cbow_negative_forward(**p, context=one[:, None], target=other, negatives=negatives)
    assert skipgram == pytest.approx(float(cbow), rel=1e-14)


def test_without_training_every_choice_costs_log_2() -> None:
    """All vectors zero: −log σ(0) for the right word and for each of K wrong ones; the full softmax costs log V."""
    zeros = {name: np.zeros((7, 4)) for name in ("W_in", "W_out")}
    loss, _ = word2vec.skipgram_negative_forward(**zeros, center=[0], context=[1], negatives=[[2, 3, 4]])
    assert loss == pytest.approx(4 * np.log(2))
    loss, _ = word2vec.skipgram_softmax_forward(**zeros, center=[0, 1], context=[1, 2])
    assert loss == pytest.approx(np.log(7))


def test_only_the_rows_of_words_that_were_met_are_taught() -> None:
    """Of ten words, the centre's row of W_in and the context's and the negatives' rows of W_out."""
    _, cache = word2vec.skipgram_negative_forward(**tables(10, 3), center=[2], context=[5], negatives=[[7, 5]])
    gradients = word2vec.skipgram_negative_backward(1.0, cache)
    assert np.flatnonzero(np.any(gradients["W_in"] != 0, axis=1)).tolist() == [2]
    assert np.flatnonzero(np.any(gradients["W_out"] != 0, axis=1)).tolist() == [5, 7]


@pytest.mark.parametrize("kind", ["skipgram_negative", "skipgram_softmax"])
def test_a_plain_one_from_above_leaves_float32_as_it_is(kind: str) -> None:
    """backward(1.0, …) of a float32 network gives float32 gradients."""
    p = {name: W.astype(np.float32) for name, W in tables(4, 2).items()}
    extra: dict[str, Any] = {"negatives": [[2]]} if kind == "skipgram_negative" else {}
    _, cache = getattr(word2vec, f"{kind}_forward")(**p, center=[0], context=[1], **extra)
    gradients = getattr(word2vec, f"{kind}_backward")(1.0, cache)
    assert {g.dtype for g in gradients.values()} == {np.dtype(np.float32)}


def test_the_noise_distribution_lifts_rare_words() -> None:
    """Worked by hand: counts 16 and 1 to the power ¾ are 8 and 1; a word that never came is never drawn."""
    np.testing.assert_allclose(word2vec.noise_distribution([16, 1, 0]), [8 / 9, 1 / 9, 0])
    np.testing.assert_allclose(word2vec.noise_distribution([16, 1, 0], power=1), [16 / 17, 1 / 17, 0])
    np.testing.assert_allclose(word2vec.noise_distribution([16, 1, 0], power=0), [0.5, 0.5, 0])


def test_negatives_come_as_often_as_the_distribution_says() -> None:
    """100 000 draws: each word's share to half a percent, a word of probability 0 never, first or last."""
    distribution = np.array([0, 0.5, 0.3, 0, 0.2, 0])
    drawn = word2vec.draw_negatives(np.random.default_rng(0), distribution, (1000, 100))
    assert drawn.shape == (1000, 100)
    np.testing.assert_allclose(np.bincount(drawn.ravel(), minlength=6) / 1e5, distribution, atol=5e-3)


@given(counts=st.lists(st.integers(0, 10**9), min_size=1, max_size=6), t=st.floats(1e-6, 1))
def test_a_word_is_kept_the_more_surely_the_rarer_it_is(counts: list[int], t: float) -> None:
    """√(t/f), and 1 from f = t down; never above 1, never 0."""
    if sum(counts) == 0:
        counts[0] = 1
    keep = word2vec.keep_probability(counts, t)
    share = np.array(counts) / sum(counts)
    assert np.all((keep > 0) & (keep <= 1))
    np.testing.assert_array_equal(keep[share <= t], 1)
    np.testing.assert_allclose(keep[share > t] ** 2 * share[share > t], t)
    order = np.argsort(share)
    assert np.all(np.diff(keep[order]) <= 0)


def test_a_text_is_thinned_by_what_is_kept() -> None:
    """A word of share ½ with t = ⅛ stays in half of its places, one of share ⅒ everywhere."""
    rng = np.random.default_rng(1)
    words = rng.permutation(np.repeat([0, 1, 2], [50_000, 40_000, 10_000]))
    kept = word2vec.subsample(rng, words, word2vec.keep_probability(np.bincount(words), t=1 / 8))
    assert kept.shape == words.shape
    assert kept.dtype == bool
    assert kept[words == 0].mean() == pytest.approx(0.5, abs=0.02)
    assert kept[words == 2].all()


TEXT = np.array([0, 1] * 40 + [2, 3] * 40)
"""Words 0 and 1 stand beside each other, and so do 2 and 3."""


@pytest.mark.parametrize("kind", ["skipgram_negative", "skipgram_softmax", "cbow_negative", "cbow_softmax"])
def test_words_learn_their_neighbours(kind: str) -> None:
    """After training, the word that scores best beside each of the four is its own neighbour."""
    rng = np.random.default_rng(0)
    p = {name: 0.1 * rng.standard_normal((4, 5)) for name in ("W_in", "W_out")}
    noise = word2vec.noise_distribution(np.bincount(TEXT))
    one, other = TEXT[:-1], TEXT[1:]
    ids: dict[str, Any] = {"center": one, "context": other}
    if kind.startswith("cbow"):
        ids = {"context": one[:, None], "target": other}
    optimiser, losses = Adam(0.05), []
    for _ in range(40):
        if kind.endswith("negative"):
            ids["negatives"] = word2vec.draw_negatives(rng, noise, (len(one), 3))
        loss, cache = getattr(word2vec, f"{kind}_forward")(**p, **ids)
        p = optimiser.update(p, getattr(word2vec, f"{kind}_backward")(1.0, cache))
        losses.append(float(loss))
    assert losses[-1] < 0.7 * losses[0]
    assert np.argmax(p["W_in"] @ p["W_out"].T, axis=1).tolist() == [1, 0, 3, 2]
