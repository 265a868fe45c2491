"""HRED and VHRED: what a turn may know, what the KL is, and that the context of a dialogue is used."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from quizdl.engine.activations import log_softmax
from quizdl.engine.clipping import clip_by_global_norm
from quizdl.engine.decoding import beam_search, greedy_decode
from quizdl.engine.hred import (
    begin_response,
    hred_backward,
    hred_forward,
    init_hred,
    init_vhred,
    kl_annealing,
    response_step,
    vhred_backward,
    vhred_forward,
)
from quizdl.engine.optimisers import Adam

RAGGED = np.array([[4, 2], [3, 4], [4, 0]])


def setting(latent: bool, seed: int = 0) -> tuple[np.random.Generator, dict[str, Any], Any]:
    rng = np.random.default_rng(seed)
    p = init_vhred(rng, 5, 3, 4, 2) if latent else init_hred(rng, 5, 3, 4)
    return rng, p, rng.integers(0, 5, (4, 3, 2))


def logits_of(p: Any, words: Any, eps: Any, **options: Any) -> Any:
    if eps is None:
        return hred_forward(p, words, **options)[0][-1]
    return vhred_forward(p, words, eps, **options)[0][-1]


@pytest.mark.parametrize("latent", [False, True])
def test_a_turn_knows_the_turns_before_and_nothing_that_comes(latent: bool) -> None:
    """Another last word in turn 1 changes turn 2, but not turn 0, nor turn 1 before that word (z from the prior)."""
    rng, p, words = setting(latent)
    eps = rng.standard_normal((3, 2, 2)) if latent else None
    options = {"sample": "prior"} if latent else {}
    before = logits_of(p, words, eps, **options)
    changed = words.copy()
    changed[-1, 1] = (words[-1, 1] + 1) % 5
    after = logits_of(p, changed, eps, **options)
    np.testing.assert_array_equal(after[:, :2], before[:, :2])
    assert np.all(np.any(after[:, 2] != before[:, 2], axis=-1))


def test_the_posterior_knows_the_turn_itself_and_the_prior_does_not() -> None:
    """Another last word in turn 1 changes that turn's first logits through z, if the posterior made it."""
    rng, p, words = setting(latent=True)
    eps = rng.standard_normal((3, 2, 2))
    changed = words.copy()
    changed[-1, 1] = (words[-1, 1] + 1) % 5
    before, after = (logits_of(p, x, eps) for x in (words, changed))
    assert np.all(np.any(after[0, 1] != before[0, 1], axis=-1))
    np.testing.assert_array_equal(after[:, 0], before[:, 0])


@pytest.mark.parametrize("latent", [False, True])
def test_padding_of_turns_and_of_dialogues_changes_nothing(latent: bool) -> None:
    """Whatever words stand after the ends, and however many empty turns: the same loss and gradients."""
    rng, p, words = setting(latent)
    eps = rng.standard_normal((3, 2, 2))
    extra = (eps,) if latent else ()
    forward: Any = vhred_forward if latent else hred_forward
    outputs, cache = forward(p, words, *extra, lengths=RAGGED)
    garbage = np.where(np.arange(4)[:, None, None] < RAGGED, words, rng.integers(0, 5, words.shape))
    more = np.concatenate([garbage, garbage[:1]], axis=0)
    more = np.concatenate([more, more[:, :1]], axis=1)
    wider = (np.concatenate([eps, eps[:1]]),) if latent else ()
    others, other_cache = forward(p, more, *wider, lengths=np.concatenate([RAGGED, [[0, 0]]]))
    for one, other in zip(outputs[:-1], others[:-1], strict=True):
        assert one == pytest.approx(float(other), rel=1e-12)
    backward: Any = vhred_backward if latent else hred_backward
    none = (None,) * (len(outputs) - 1)
    gradients = backward(1.0, *none, cache)
    for name, gradient in backward(1.0, *none, other_cache).items():
        np.testing.assert_allclose(gradient, gradients[name], rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("latent", [False, True])
def test_a_batch_without_words_costs_nothing(latent: bool) -> None:
    """All turns empty: losses and gradients of 0."""
    _, p, words = setting(latent)
    forward: Any = vhred_forward if latent else hred_forward
    extra = (np.ones((3, 2, 2)),) if latent else ()
    outputs, cache = forward(p, words, *extra, lengths=np.zeros((3, 2), int))
    assert all(loss == 0 for loss in outputs[:-1])
    backward: Any = vhred_backward if latent else hred_backward
    gradients = backward(1.0, *(None,) * (len(outputs) - 1), cache)
    assert all(np.all(g == 0) for g in gradients.values())


def test_the_loss_is_cross_entropy_and_the_weighted_kl_for_each_word() -> None:
    """Five turns of 17 words, of which 12 are predicted: loss = cross-entropy + weight·5·KL/12."""
    rng, p, words = setting(latent=True)
    eps = rng.standard_normal((3, 2, 2))
    for weight in (0.0, 0.25, 1.0):
        (loss, cross_entropy, kl, _), _ = vhred_forward(p, words, eps, lengths=RAGGED, kl_weight=weight)
        assert kl > 0
        assert loss == pytest.approx(float(cross_entropy + weight * kl * 5 / 12), rel=1e-13)


def test_a_posterior_that_is_the_prior_has_no_kl_and_draws_the_same_z() -> None:
    """The posterior's weights for h at 0 and the others the prior's: KL 0, and either sample writes the same."""
    rng, p, words = setting(latent=True)
    eps = rng.standard_normal((3, 2, 2))
    p |= {name.replace("prior", "posterior"): w for name, w in p.items() if name.startswith("prior.")}
    p["posterior.W"] = np.concatenate([p["prior.W"], np.zeros((4, 4))])
    (_, _, kl, one), _ = vhred_forward(p, words, eps)
    (_, _, _, other), _ = vhred_forward(p, words, eps, sample="prior")
    assert kl == pytest.approx(0, abs=1e-15)
    np.testing.assert_allclose(one, other, rtol=1e-12)


def test_the_kl_is_let_in_bit_by_bit() -> None:
    """Linear from 0 to 1, and 1 from then on."""
    assert [kl_annealing(step, 4) for step in (0, 1, 4, 9)] == [0, 0.25, 1, 1]


@pytest.mark.parametrize("latent", [False, True])
def test_a_response_is_written_as_the_next_turn_would_be(latent: bool) -> None:
    """After two turns, word by word, what the whole dialogue gives its third; dialogues of other lengths beside it."""
    rng, p, words = setting(latent)
    eps = rng.standard_normal((3, 2, 2)) if latent else None
    lengths = np.array([[4, 3], [2, 4], [4, 4]])
    options = {"sample": "prior"} if latent else {}
    logits = logits_of(p, words, eps, lengths=lengths, **options)
    state = begin_response(p, words[:, :2], None if eps is None else eps[2], lengths=lengths[:2])
    for t in range(3):
        log_p, state = response_step(p, words[t, 2], state)
        np.testing.assert_allclose(log_p, log_softmax(logits[t, 2]), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("latent", [False, True])
def test_a_beam_of_one_is_greedy(latent: bool) -> None:
    """Both searches take `response_step` as it is."""
    _, p, words = setting(latent)
    step, state = partial(response_step, p), begin_response(p, words[:, :2, :1])
    greedy = greedy_decode(step, state, start=0, eos=4, max_length=5)
    assert beam_search(step, state, start=0, eos=4, beam=1, max_length=5)[0].tokens == greedy[0].tokens


def test_a_response_follows_the_last_turn_that_has_words() -> None:
    """A dialogue of one turn, padded to three, is answered as it would be alone; without ε, z is the prior's mean."""
    _, p, words = setting(latent=True)
    state = begin_response(p, words, lengths=[[4, 4], [0, 4], [0, 4]])
    alone = begin_response(p, words[:, :1, :1], np.zeros((1, 2)))
    np.testing.assert_allclose(state["given"][0], alone["given"][0], rtol=1e-12)
    np.testing.assert_allclose(state["d"][0], alone["d"][0], rtol=1e-12)


def test_a_variance_that_overflows_is_said_by_the_values_alone() -> None:
    """log σ² in the thousands: σ and z are infinite, the loss is NaN, and there is no warning in either direction."""
    rng, p, words = setting(latent=True)
    p["posterior.log_var.b"] = p["prior.log_var.b"] = np.full(2, 5e3)
    (loss, *_), cache = vhred_forward(p, words, rng.standard_normal((3, 2, 2)))
    assert np.isnan(loss)
    vhred_backward(1.0, None, None, None, cache)


def dialogues(rng: np.random.Generator, B: int) -> np.ndarray:
    """A word (1–4), a turn of small talk (5), and the word again: only the context can know it. Each begins with 0."""
    word = rng.integers(1, 5, B)
    second = np.stack([word, np.full(B, 5), word])
    return np.stack([np.zeros_like(second), second])


def test_an_hred_learns_to_come_back_to_what_was_said_two_turns_ago() -> None:
    """The third turn's word is right in dialogues never seen, written from the first two."""
    rng = np.random.default_rng(0)
    p, optimiser, losses = init_hred(rng, 6, 8, 24), Adam(0.015), []
    for _ in range(200):
        (loss, _), cache = hred_forward(p, dialogues(rng, 32))
        p = optimiser.update(p, clip_by_global_norm(hred_backward(1.0, None, cache), 5.0)[0])
        losses.append(float(loss))
    words = dialogues(rng, 50)
    log_p, _ = response_step(p, np.zeros(50, int), begin_response(p, words[:, :2]))
    # The first word of a dialogue cannot be known: log 4 of three turns' words remains.
    assert losses[-1] < np.log(4) / 3 + 0.1 < 1 < losses[0]
    np.testing.assert_array_equal(log_p.argmax(axis=1), words[1, 2])


def test_a_vhred_learns_the_bound_down_to_what_cannot_be_known() -> None:
    """With the KL let in bit by bit, the bound falls to about log 4/3 a word, and the third turn is right."""
    rng = np.random.default_rng(0)
    p, optimiser, losses = init_vhred(rng, 6, 8, 24, 2), Adam(0.015), []
    for step in range(200):
        words, eps = dialogues(rng, 32), rng.standard_normal((3, 32, 2))
        (loss, *_), cache = vhred_forward(p, words, eps, kl_weight=kl_annealing(step, 100))
        p = optimiser.update(p, clip_by_global_norm(vhred_backward(1.0, None, None, None, cache), 5.0)[0])
        losses.append(float(loss))
    words = dialogues(rng, 50)
    log_p, _ = response_step(p, np.zeros(50, int), begin_response(p, words[:, :2]))
    assert losses[-1] < np.log(4) / 3 + 0.15 < 1 < losses[0]
    np.testing.assert_array_equal(log_p.argmax(axis=1), words[1, 2])
