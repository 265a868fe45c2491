"""The Transformer: what it can see, what its norms and ways around do, and that it learns."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from quizdl.engine.decoding import beam_search, greedy_decode
from quizdl.engine.normalisation import layer_norm_forward
from quizdl.engine.optimisers import Adam
from quizdl.engine.transformer import (
    decode_step,
    decoder_forward,
    encode,
    encoder_forward,
    init_decoder,
    init_encoder,
    init_transformer,
    transformer_backward,
    transformer_forward,
)
from quizdl.engine.transformer_layers import encoder_layer_forward, feed_forward_forward

NORMS = pytest.mark.parametrize("norm", ["pre", "post"])


def a_transformer(seed: int, norm: str, *, tied: bool = False) -> dict[str, np.ndarray]:
    return init_transformer(np.random.default_rng(seed), 7, 6, 8, 5, 2, norm=norm, tied=tied)


def test_feed_forward_looks_at_every_place_by_itself() -> None:
    """By hand: relu([1, −1]·1 + 1)·2 − 1 = [3, −1]; another neighbour changes nothing."""
    x = np.array([[[1.0], [-1.0]]])
    weights = np.ones((1, 1)), np.ones(1), 2 * np.ones((1, 1)), -np.ones(1)
    y, _ = feed_forward_forward(x, *weights)
    np.testing.assert_array_equal(y, [[[3.0], [-1.0]]])
    other, _ = feed_forward_forward(x * [[[1.0], [5.0]]], *weights)
    np.testing.assert_array_equal(other[:, 0], y[:, 0])


@NORMS
def test_sublayers_that_give_nothing_leave_the_way_around(norm: str) -> None:
    """With W_o = W_2 = 0 a pre-norm layer is the identity, a post-norm layer two norms."""
    rng = np.random.default_rng(0)
    p = init_encoder(rng, 4, 3, 1, norm="post")
    layer = {name.removeprefix("0."): w * (not name.endswith(("W_o", "W_2"))) for name, w in p.items()}
    x = rng.standard_normal((2, 3, 4))
    y, _ = encoder_layer_forward(x, layer, heads=2, norm=norm)
    twice = layer_norm_forward(layer_norm_forward(x)[0])[0]
    np.testing.assert_allclose(y, x if norm == "pre" else twice, rtol=1e-12)


@NORMS
def test_a_stack_is_its_layers_one_after_another(norm: str) -> None:
    """And at the end of pre-norm, and only there, a norm."""
    rng = np.random.default_rng(1)
    p, x = init_encoder(rng, 4, 3, 2, norm=norm), rng.standard_normal((2, 3, 4))
    y, _ = encoder_forward(x, p, heads=2, norm=norm)
    for k in range(2):
        layer = {name.removeprefix(f"{k}."): w for name, w in p.items() if name.startswith(f"{k}.")}
        x, _ = encoder_layer_forward(x, layer, heads=2, norm=norm)
    np.testing.assert_array_equal(y, layer_norm_forward(x)[0] if norm == "pre" else x)
    np.testing.assert_allclose(y.mean(axis=-1), 0, atol=1e-12)


@NORMS
def test_an_encoder_does_not_know_the_order_of_its_sequence(norm: str) -> None:
    """Without positions, another order of the words is the same outputs in that order."""
    rng = np.random.default_rng(2)
    p, x, order = init_encoder(rng, 4, 3, 2, norm=norm), rng.standard_normal((2, 5, 4)), rng.permutation(5)
    y, _ = encoder_forward(x, p, heads=2, norm=norm)
    moved, _ = encoder_forward(x[:, order], p, heads=2, norm=norm)
    np.testing.assert_allclose(moved, y[:, order], rtol=1e-10)


@NORMS
def test_a_decoder_cannot_see_the_future(norm: str) -> None:
    """Changing the last two places changes no place before them, with a mask of its own or without."""
    rng = np.random.default_rng(3)
    p = init_decoder(rng, 4, 3, 2, norm=norm)
    x, memory = rng.standard_normal((2, 5, 4)), rng.standard_normal((2, 3, 4))
    changed = x.copy()
    changed[:, 3:] += rng.standard_normal((2, 2, 4))
    for mask in (None, np.ones((5, 5), bool)):
        before, _ = decoder_forward(x, memory, p, heads=2, norm=norm, mask=mask)
        after, _ = decoder_forward(changed, memory, p, heads=2, norm=norm, mask=mask)
        np.testing.assert_array_equal(before[:, :3], after[:, :3])
        assert not np.allclose(before[:, 3:], after[:, 3:])


@NORMS
def test_a_mask_for_all_is_the_same_mask_for_each_sample_and_head(norm: str) -> None:
    """(T, T), (B, T, T) and (B, heads, T, T)."""
    rng = np.random.default_rng(4)
    p, x = init_encoder(rng, 4, 3, 1, norm=norm), rng.standard_normal((2, 3, 4))
    mask = np.tri(3, dtype=bool)
    found = [
        encoder_forward(x, p, heads=2, norm=norm, mask=np.broadcast_to(mask, shape))[0]
        for shape in ((3, 3), (2, 3, 3), (2, 2, 3, 3))
    ]
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


@NORMS
def test_padding_of_the_source_changes_nothing(norm: str) -> None:
    """Whatever stands after the end of a source; and alone, without padding, it gives the same logits."""
    p = a_transformer(5, norm)
    source, target = np.array([[1, 2, 3, 4], [5, 6, 0, 0]]), np.array([[0, 1, 2], [0, 3, 4]])
    other = np.array([[1, 2, 3, 4], [5, 6, 3, 1]])
    options: dict[str, Any] = {"heads": 2, "norm": norm}
    (_, logits), _ = transformer_forward(p, source, target, lengths=[4, 2], **options)
    (_, changed), _ = transformer_forward(p, other, target, lengths=[4, 2], **options)
    (_, alone), _ = transformer_forward(p, source[1:, :2], target[1:], **options)
    np.testing.assert_array_equal(logits, changed)
    np.testing.assert_allclose(logits[1:], alone, rtol=1e-10)


def test_labels_that_are_ignored_do_not_count() -> None:
    """The loss is the mean over the others, and nothing arrives at the ignored logits."""
    p = a_transformer(6, "pre")
    source, target = np.array([[1, 2]]), np.array([[0, 3, 5, 5]])
    (loss, logits), _ = transformer_forward(p, source, target, heads=2, norm="pre", ignore_index=5)
    (short, _), _ = transformer_forward(p, source, target[:, :2], heads=2, norm="pre")
    assert loss == pytest.approx(short)
    assert logits.shape == (1, 3, 6)


def test_the_output_may_be_tied_to_the_words() -> None:
    """Tied is untied with output.W = target.Eᵀ; the words then get the sum of both gradients."""
    tied = a_transformer(7, "post", tied=True)
    untied = {**tied, "output.W": tied["target.E"].T.copy()}
    source, target = np.array([[1, 2, 6]]), np.array([[0, 3, 5, 1]])
    (loss, logits), cache = transformer_forward(tied, source, target, heads=4, tied=True)
    (other, others), cache_other = transformer_forward(untied, source, target, heads=4)
    assert loss == pytest.approx(other)
    np.testing.assert_allclose(logits, others)
    one, two = transformer_backward(1.0, None, cache), transformer_backward(1.0, None, cache_other)
    assert "output.W" not in one
    np.testing.assert_allclose(one["target.E"], two["target.E"] + two["output.W"].T, atol=1e-12)


@NORMS
def test_step_by_step_it_says_what_it_says_at_once(norm: str) -> None:
    """`decode_step` after each word gives the log-softmax of that place's logits."""
    p, options = a_transformer(8, norm), {"heads": 2, "norm": norm}
    source, target = np.array([[1, 2, 3], [4, 5, 0]]), np.array([[0, 1, 2, 3], [0, 4, 5, 1]])
    (_, logits), _ = transformer_forward(p, source, target, lengths=[3, 2], **options)
    state = encode(p, source, lengths=[3, 2], **options)
    for t in range(3):
        log_p, state = decode_step(p, target[:, t], state, **options)
        expected = logits[:, t] - np.log(np.exp(logits[:, t]).sum(axis=-1, keepdims=True))
        np.testing.assert_allclose(log_p, expected, rtol=1e-9)


@NORMS
def test_float32_stays_float32_all_the_way(norm: str) -> None:
    """The loss, the logits, every gradient and every step's answer."""
    p = init_transformer(np.random.default_rng(9), 7, 6, 8, 5, 1, norm=norm, dtype=np.float32)
    (loss, logits), cache = transformer_forward(p, [[1, 2]], [[0, 1]], heads=2, norm=norm)
    gradients = transformer_backward(1.0, None, cache)
    log_p, _ = decode_step(p, [0], encode(p, [[1, 2]], heads=2, norm=norm), heads=2, norm=norm)
    assert {x.dtype for x in (loss, logits, log_p, *gradients.values())} == {np.dtype(np.float32)}


@NORMS
def test_it_learns_to_write_backwards(norm: str) -> None:
    """Two digits, reversed: the loss falls to a tenth, and greedy and beam search write what was asked."""
    rng = np.random.default_rng(0)
    start, end = 0, 1
    options: dict[str, Any] = {"heads": 2, "norm": norm, "tied": True}

    def lesson(n: int) -> tuple[np.ndarray, np.ndarray]:
        source = rng.integers(2, 6, (n, 2))
        return source, np.column_stack([np.full(n, start), source[:, ::-1], np.full(n, end)])

    p, method, losses = init_transformer(rng, 6, 6, 16, 32, 1, norm=norm, tied=True), Adam(1e-2), []
    for _ in range(140):
        (loss, _), cache = transformer_forward(p, *lesson(16), **options)
        p = method.update(p, transformer_backward(1.0, None, cache))
        losses.append(float(loss))
    assert np.mean(losses[-10:]) < 0.1 * losses[0]
    source, target = lesson(20)
    step = partial(decode_step, p, **options)
    written = greedy_decode(step, encode(p, source, **options), start=np.zeros(20, int), eos=end, max_length=4)
    right = [found.tokens == tuple(wanted[1:]) for found, wanted in zip(written, target.tolist(), strict=True)]
    assert np.mean(right) >= 0.9
    best = beam_search(step, encode(p, source[:1], **options), start=start, eos=end, beam=3, max_length=4)[0]
    assert best.log_probability >= written[0].log_probability - 1e-9
