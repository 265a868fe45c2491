"""Encoder and decoder: writing word by word is teacher forcing, padding changes nothing, and both learn."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pytest

from quizdl.engine.activations import log_softmax
from quizdl.engine.clipping import clip_by_global_norm
from quizdl.engine.decoding import beam_search, greedy_decode
from quizdl.engine.optimisers import Adam
from quizdl.engine.seq2seq import decode_step, encode, init_seq2seq, seq2seq_backward, seq2seq_forward

ATTENTION: Any = [None, "dot", "general", "additive"]
LAYERS: Any = ["rnn", "lstm", "gru"]
BEGIN = 0


def setting(layer: Any, attention: Any, seed: int = 0, layers: int = 2) -> tuple[dict[str, Any], Any, Any, Any]:
    rng = np.random.default_rng(seed)
    p = init_seq2seq(rng, 6, 5, 3, 4, layer=layer, layers=layers, attention=attention)
    return p, rng.integers(0, 6, (4, 3)), rng.integers(0, 5, (5, 3)), {"layer": layer, "attention": attention}


@pytest.mark.parametrize("attention", ATTENTION)
@pytest.mark.parametrize("layer", LAYERS)
def test_writing_the_target_word_by_word_is_teacher_forcing(layer: Any, attention: Any) -> None:
    """Step after step, the log-probabilities are those of the logits that the whole target gives at once."""
    p, source, target, options = setting(layer, attention)
    lengths = [2, 4, 1]
    (_, logits), _ = seq2seq_forward(p, source, target, lengths=lengths, **options)
    state = encode(p, source, lengths=lengths, **options)
    for t, tokens in enumerate(target[:-1]):
        log_p, state = decode_step(p, tokens, state, **options)
        np.testing.assert_allclose(log_p, log_softmax(logits[t]), rtol=1e-10, atol=1e-13)


def test_a_grus_conventions_reach_encoder_and_decoder() -> None:
    """z_keeps and reset_after, in training and word by word."""
    p, source, target, options = setting("gru", "dot")
    other = {**options, "z_keeps": "old", "reset_after": True}
    (_, logits), _ = seq2seq_forward(p, source, target, **other)
    log_p, _ = decode_step(p, target[0], encode(p, source, **other), **other)
    np.testing.assert_allclose(log_p, log_softmax(logits[0]), rtol=1e-10)
    assert not np.allclose(logits, seq2seq_forward(p, source, target, **options)[0][1])


@pytest.mark.parametrize("attention", ATTENTION)
@pytest.mark.parametrize("layer", LAYERS)
def test_padding_of_source_and_target_changes_nothing(layer: Any, attention: Any) -> None:
    """Words after a source's end, and ignored targets with whatever number: loss and gradients are those without."""
    p, source, target, options = setting(layer, attention)
    (loss, _), cache = seq2seq_forward(p, source, target, **options)
    filled = np.concatenate([source, np.full((2, 3), 5)])
    longer = np.concatenate([target, np.full((3, 3), -100)])
    padding: Any = {"lengths": [4, 4, 4], "ignore_index": -100}
    (same, _), other = seq2seq_forward(p, filled, longer, **padding, **options)
    assert same == pytest.approx(float(loss), rel=1e-13)
    gradients = seq2seq_backward(1.0, None, cache)
    for name, gradient in seq2seq_backward(1.0, None, other).items():
        np.testing.assert_allclose(gradient, gradients[name], rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("attention", ATTENTION)
def test_a_padded_batch_is_each_sample_alone(attention: Any) -> None:
    """The loss of a ragged batch is the mean over all words, and each sample's logits are what it gets alone."""
    p, source, target, options = setting("lstm", attention)
    lengths = [2, 4, 1]
    (_, logits), _ = seq2seq_forward(p, source, target, lengths=lengths, **options)
    for n, length in enumerate(lengths):
        (_, alone), _ = seq2seq_forward(p, source[:length, n : n + 1], target[:, n : n + 1], **options)
        np.testing.assert_allclose(logits[:, n], alone[:, 0], rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("attention", ATTENTION)
def test_an_empty_source_is_no_nan(attention: Any) -> None:
    """A source of length 0: nothing to look at, so the context is 0; outputs and gradients are finite."""
    p, source, target, options = setting("gru", attention)
    outputs, cache = seq2seq_forward(p, source, target, lengths=[0, 4, 2], **options)
    gradients = seq2seq_backward(1.0, np.ones_like(outputs[1]), cache)
    assert all(np.all(np.isfinite(x)) for x in (*outputs, *gradients.values()))


def test_float32_stays_float32_word_by_word() -> None:
    """The state and the log-probabilities, and the gradients from a plain 1.0."""
    p = init_seq2seq(np.random.default_rng(1), 4, 4, 2, 3, layer="lstm", attention="additive", dtype=np.float32)
    options: Any = {"layer": "lstm", "attention": "additive"}
    log_p, state = decode_step(p, [0, 1], encode(p, [[1, 2], [3, 0]], **options), **options)
    assert {log_p.dtype, *(x.dtype for name, x in state.items() if name != "mask")} == {np.dtype(np.float32)}
    _, cache = seq2seq_forward(p, [[1], [2]], [[0], [1]], **options)
    assert {g.dtype for g in seq2seq_backward(1.0, None, cache).values()} == {np.dtype(np.float32)}


def reversals(rng: np.random.Generator, B: int) -> tuple[np.ndarray, np.ndarray]:
    """Four digits 1–5, and the same from the end, after the sign for the beginning."""
    source = rng.integers(1, 6, (4, B))
    return source, np.concatenate([np.full((1, B), BEGIN), source[::-1]])


@pytest.mark.parametrize(("layer", "attention"), [("gru", None), ("lstm", "dot"), ("gru", "additive")])
def test_it_learns_to_reverse_digits(layer: Any, attention: Any) -> None:
    """Sequences never seen come out reversed, written greedily without being told a word."""
    rng = np.random.default_rng(0)
    options: Any = {"layer": layer, "attention": attention}
    p = init_seq2seq(rng, 6, 6, 8, 32, **options)
    losses = []
    optimiser = Adam(0.015)
    for _ in range(250):
        (loss, _), cache = seq2seq_forward(p, *reversals(rng, 48), **options)
        p = optimiser.update(p, clip_by_global_norm(seq2seq_backward(1.0, None, cache), 5.0)[0])
        losses.append(float(loss))
    source, target = reversals(rng, 100)
    step, state = partial(decode_step, p, **options), encode(p, source, **options)
    written = [found.tokens for found in greedy_decode(step, state, start=target[0], eos=None, max_length=4)]
    assert losses[-1] < 0.3 < 1.7 < losses[0]
    assert np.mean(target[1:] == np.array(written).T) > 0.9


@pytest.mark.parametrize("attention", ATTENTION)
@pytest.mark.parametrize("layer", LAYERS)
def test_a_beam_wide_enough_finds_the_likeliest_target(layer: Any, attention: Any) -> None:
    """Of all 5³ targets of three words, that of the least cross-entropy: the states follow their hypotheses."""
    p, source, _, options = setting(layer, attention)
    every = np.array(list(product(range(5), repeat=3))).T
    targets = np.concatenate([np.full((1, 125), BEGIN), every])
    (_, logits), _ = seq2seq_forward(p, np.repeat(source[:, :1], 125, axis=1), targets, **options)
    log_p = np.take_along_axis(log_softmax(logits), every[..., None], axis=-1).sum(axis=(0, 2))
    step, state = partial(decode_step, p, **options), encode(p, source[:, :1], **options)
    best, *_ = beam_search(step, state, start=BEGIN, eos=None, beam=125, max_length=3)
    assert best.tokens == tuple(every[:, log_p.argmax()])
    assert best.log_probability == pytest.approx(log_p.max(), rel=1e-10)
