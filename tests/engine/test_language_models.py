"""BERT, GPT and T5: what each can see, what it is asked, and that it learns."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from quizdl.engine.decoding import beam_search, greedy_decode
from quizdl.engine.language_models import (
    NOT_ASKED,
    bert_backward,
    bert_forward,
    generate,
    gpt_backward,
    gpt_forward,
    gpt_step,
    init_bert,
    init_gpt,
    init_t5,
    mask_tokens,
    t5_backward,
    t5_encode,
    t5_forward,
    t5_step,
)
from quizdl.engine.optimisers import Adam


def log_softmax(z: np.ndarray) -> np.ndarray:
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def test_of_the_chosen_words_eight_in_ten_are_masked_one_is_any_word_and_one_stays() -> None:
    """Of 40,000 words, in four standard errors; a word drawn at random is the old one once in `words` times."""
    ids = np.random.default_rng(0).integers(0, 90, (200, 200))
    read, labels = mask_tokens(ids, np.random.default_rng(1), words=100, mask_id=99)
    chosen = labels != NOT_ASKED
    assert chosen.mean() == pytest.approx(0.15, abs=0.0072)
    np.testing.assert_array_equal(labels[chosen], ids[chosen])
    np.testing.assert_array_equal(read[~chosen], ids[~chosen])
    assert (read[chosen] == 99).mean() == pytest.approx(0.8 + 0.1 / 100, abs=0.021)
    assert (read[chosen] == ids[chosen]).mean() == pytest.approx(0.1 + 0.1 / 100, abs=0.016)


def test_special_words_are_never_chosen_and_the_ids_are_not_changed() -> None:
    """With p = 1 everything else is chosen; the seed repeats."""
    ids = np.array([[0, 3, 4, 1], [0, 5, 1, 2]])
    before = ids.copy()
    read, labels = mask_tokens(ids, np.random.default_rng(0), words=6, mask_id=2, p=1.0, special=(0, 1, 2))
    np.testing.assert_array_equal(labels, [[NOT_ASKED, 3, 4, NOT_ASKED], [NOT_ASKED, 5, NOT_ASKED, NOT_ASKED]])
    np.testing.assert_array_equal(read[labels == NOT_ASKED], ids[labels == NOT_ASKED])
    np.testing.assert_array_equal(ids, before)
    again, _ = mask_tokens(ids, np.random.default_rng(0), words=6, mask_id=2, p=1.0, special=(0, 1, 2))
    np.testing.assert_array_equal(read, again)


def test_bert_is_only_asked_for_the_labels() -> None:
    """The loss is their mean −log p, by hand; with none, it is 0 and teaches nothing."""
    p = init_bert(np.random.default_rng(2), 6, 4, 8, 5, 1)
    ids, labels = np.array([[1, 2, 3, 4]]), np.array([[NOT_ASKED, 5, NOT_ASKED, 0]])
    (loss, logits), _ = bert_forward(p, ids, labels, heads=2)
    log_p = log_softmax(logits[0])
    assert loss == pytest.approx(-(log_p[1, 5] + log_p[3, 0]) / 2)
    (nothing, _), cache = bert_forward(p, ids, np.full((1, 4), NOT_ASKED), heads=2)
    assert nothing == 0
    assert all(np.all(g == 0) for g in bert_backward(1.0, None, cache).values())


def test_bert_sees_both_sides_but_no_padding() -> None:
    """A word on the right changes what is said on the left; whatever stands after the end changes nothing before it."""
    p = init_bert(np.random.default_rng(3), 6, 5, 8, 5, 2)
    ids, other = np.array([[1, 2, 3, 0, 0]]), np.array([[1, 2, 3, 4, 5]])
    labels = np.array([[1, 2, 3, NOT_ASKED, NOT_ASKED]])
    (_, logits), _ = bert_forward(p, ids, labels, heads=2, lengths=[3])
    (_, padded), _ = bert_forward(p, other, labels, heads=2, lengths=[3])
    (_, changed), _ = bert_forward(p, np.array([[1, 2, 5, 0, 0]]), labels, heads=2, lengths=[3])
    np.testing.assert_array_equal(logits[:, :3], padded[:, :3])
    assert not np.allclose(logits[:, 0], changed[:, 0])


def test_bert_learns_to_fill_in() -> None:
    """Three words, then the same again: a hidden word can be had from its twin."""
    rng = np.random.default_rng(0)

    def twins(n: int) -> np.ndarray:
        half = rng.integers(0, 6, (n, 3))
        return np.concatenate([half, half], axis=1)

    p, method = init_bert(rng, 7, 6, 16, 32, 1), Adam(8e-3)
    losses = []
    for _ in range(200):
        read, labels = mask_tokens(twins(32), rng, words=7, mask_id=6, p=0.2)
        (loss, _), cache = bert_forward(p, read, labels, heads=2)
        p = method.update(p, bert_backward(1.0, None, cache))
        losses.append(float(loss))
    assert np.mean(losses[-20:]) < 0.5 * losses[0]
    ids = twins(50)
    read, labels = ids.copy(), np.full_like(ids, NOT_ASKED)
    read[:, 1], labels[:, 1] = 6, ids[:, 1]
    (_, logits), _ = bert_forward(p, read, labels, heads=2)
    assert (logits[:, 1].argmax(axis=-1) == ids[:, 1]).mean() >= 0.9


def test_gpt_cannot_see_the_future() -> None:
    """Other words later on change no earlier logits."""
    p = init_gpt(np.random.default_rng(4), 6, 5, 8, 5, 2)
    (_, logits), _ = gpt_forward(p, [[1, 2, 3, 4, 5]], heads=2)
    (_, changed), _ = gpt_forward(p, [[1, 2, 3, 0, 0]], heads=2)
    np.testing.assert_array_equal(logits[:, :3], changed[:, :3])
    assert not np.allclose(logits[:, 3], changed[:, 3])


def test_gpts_loss_is_that_of_the_next_words() -> None:
    """By hand from the logits, and step by step."""
    p = init_gpt(np.random.default_rng(5), 6, 4, 8, 5, 1)
    ids = np.array([[1, 2, 3, 4]])
    (loss, logits), _ = gpt_forward(p, ids, heads=2)
    log_p = log_softmax(logits[0])
    assert loss == pytest.approx(-np.mean([log_p[t, ids[0, t + 1]] for t in range(3)]))
    state: Any = np.empty((1, 0), int)
    for t in range(3):
        said, state = gpt_step(p, ids[:, t], state, heads=2)
        np.testing.assert_allclose(said[0], log_p[t], rtol=1e-9)


def test_gpt_learns_to_count_and_goes_on() -> None:
    """By ones, twos or threes modulo 7: two words say how it goes on; drawn with top_k = 1 it is the same."""
    rng = np.random.default_rng(0)

    def counting(n: int, T: int) -> np.ndarray:
        return (rng.integers(0, 7, (n, 1)) + rng.integers(1, 4, (n, 1)) * np.arange(T)) % 7

    p, method, losses = init_gpt(rng, 7, 8, 16, 32, 1), Adam(8e-3), []
    for _ in range(200):
        (loss, _), cache = gpt_forward(p, counting(16, 8), heads=2)
        p = method.update(p, gpt_backward(1.0, None, cache))
        losses.append(float(loss))
    assert np.mean(losses[-10:]) < 0.25 * losses[0]
    wanted = counting(12, 8)
    written = generate(p, wanted[:, :2], heads=2, max_length=6)
    assert np.mean([found.tokens == tuple(row[2:]) for found, row in zip(written, wanted.tolist(), strict=True)]) > 0.9
    drawn = generate(p, wanted[:, :2], heads=2, max_length=6, rng=np.random.default_rng(0), top_k=1)
    assert drawn == written
    ended = generate(p, [[0, 1]], heads=2, max_length=6, eos=4)
    assert ended[0].tokens == (2, 3, 4)


def test_t5_does_not_see_padding() -> None:
    """A source with padding behind it says what it says alone."""
    p = init_t5(np.random.default_rng(6), 6, 8, 5, 2, heads=2, buckets=8)
    options: dict[str, Any] = {"heads": 2, "max_distance": 6}
    (_, short), _ = t5_forward(p, [[1, 2, 3]], [[0, 4, 5]], **options)
    (_, padded), _ = t5_forward(p, [[1, 2, 3, 5, 5]], [[0, 4, 5]], lengths=[3], **options)
    np.testing.assert_allclose(short, padded, rtol=1e-10)


def test_t5s_distances_tell_the_order() -> None:
    """With biases of 0 the encoder does not know the order of its words; with others it does."""
    p = init_t5(np.random.default_rng(7), 6, 8, 5, 1, heads=2, buckets=8)
    blind = {name: 0 * w if name.endswith("distance.E") else w for name, w in p.items()}
    options: dict[str, Any] = {"heads": 2, "max_distance": 6}
    for parameters, knows in ((blind, False), (p, True)):
        (_, one), _ = t5_forward(parameters, [[1, 2, 3]], [[0, 4]], **options)
        (_, other), _ = t5_forward(parameters, [[3, 1, 2]], [[0, 4]], **options)
        assert np.allclose(one, other) != knows


def test_t5_learns_to_write_backwards() -> None:
    """Two digits, reversed, written greedily and with a beam."""
    rng = np.random.default_rng(0)
    start, end = 0, 1
    options: dict[str, Any] = {"heads": 2, "max_distance": 6}

    def lesson(n: int) -> tuple[np.ndarray, np.ndarray]:
        source = rng.integers(2, 6, (n, 2))
        return source, np.column_stack([np.full(n, start), source[:, ::-1], np.full(n, end)])

    p, method, losses = init_t5(rng, 6, 16, 32, 1, heads=2, buckets=8), Adam(1e-2), []
    for _ in range(250):
        (loss, _), cache = t5_forward(p, *lesson(16), **options)
        p = method.update(p, t5_backward(1.0, None, cache))
        losses.append(float(loss))
    assert np.mean(losses[-10:]) < 0.1 * losses[0]
    source, target = lesson(20)
    step = partial(t5_step, p, **options)
    written = greedy_decode(step, t5_encode(p, source, **options), start=np.zeros(20, int), eos=end, max_length=4)
    right = [found.tokens == tuple(wanted[1:]) for found, wanted in zip(written, target.tolist(), strict=True)]
    assert np.mean(right) >= 0.9
    best = beam_search(step, t5_encode(p, source[:1], **options), start=start, eos=end, beam=3, max_length=4)[0]
    assert best.log_probability >= written[0].log_probability - 1e-9


def test_t5_says_step_by_step_what_it_says_at_once() -> None:
    """`t5_step` after each word gives the log-softmax of that place's logits."""
    p, options = init_t5(np.random.default_rng(8), 6, 8, 5, 2, heads=2, buckets=8), {"heads": 2, "max_distance": 6}
    source, target = np.array([[1, 2, 3], [4, 5, 0]]), np.array([[0, 1, 2, 3], [0, 4, 5, 1]])
    (_, logits), _ = t5_forward(p, source, target, lengths=[3, 2], **options)
    state = t5_encode(p, source, lengths=[3, 2], **options)
    for t in range(3):
        log_p, state = t5_step(p, target[:, t], state, **options)
        np.testing.assert_allclose(log_p, log_softmax(logits[:, t]), rtol=1e-9)


@pytest.mark.parametrize("model", ["bert", "gpt", "t5"])
def test_float32_stays_float32_all_the_way(model: str) -> None:
    """The loss, the logits and every gradient."""
    rng = np.random.default_rng(9)
    run, back = {
        "bert": (
            lambda: bert_forward(init_bert(rng, 5, 3, 4, 3, 1, dtype=np.float32), [[1, 2]], [[1, 2]], heads=2),
            bert_backward,
        ),
        "gpt": (lambda: gpt_forward(init_gpt(rng, 5, 3, 4, 3, 1, dtype=np.float32), [[1, 2]], heads=2), gpt_backward),
        "t5": (
            lambda: t5_forward(init_t5(rng, 5, 4, 3, 1, heads=2, dtype=np.float32), [[1, 2]], [[1, 2]], heads=2),
            t5_backward,
        ),
    }[model]
    (loss, logits), cache = run()
    assert {x.dtype for x in (loss, logits, *back(1.0, None, cache).values())} == {np.dtype(np.float32)}
