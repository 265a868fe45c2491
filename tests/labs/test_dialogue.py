"""HRED and VHRED: the grammar's dialogues, how variety is measured, and that only right gradients bring it about."""

from __future__ import annotations

from itertools import islice, pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.engine import gru, losses, vae
from quizdl.errors import InputError
from quizdl.labs.core import Outcome, Scatter, Setting
from quizdl.labs.dialogue import LAB, Dialogue, spoken
from quizdl.labs.dialogue_data import (
    BEGIN,
    END,
    PADDING,
    SIGNS,
    grammar_dialogues,
    grammar_replies,
    own_dialogues,
    padded,
    turn,
)
from quizdl.labs.dialogue_replies import distinct, drawn_replies, variety

BOUND = 0.55
"""Nats a word."""

WORDS = st.lists(st.sampled_from("abcde"), min_size=1, max_size=4).map(tuple)


def small(**changed: Setting) -> dict[str, Setting]:
    return LAB.smallest(**changed)


def trained(data: object | None = None, **changed: Setting) -> Dialogue:
    run = Dialogue(small(**changed), data)
    for _ in run.steps():
        pass
    return run


@pytest.fixture(scope="module")
def finished() -> Dialogue:
    return trained()


@pytest.fixture(scope="module")
def outcome(finished: Dialogue) -> Outcome:
    return finished.outcome()


def test_a_vhred_has_many_replies_where_an_hred_has_one(outcome: Outcome) -> None:
    """The lab's point, on fewer dialogues: both greedy, so that z is the only chance there is."""
    metrics = outcome.metrics
    assert metrics["hred_different"] == 1
    assert metrics["hred_fitting"] > 0.6
    assert metrics["vhred_different"] > 3
    assert metrics["vhred_distinct_2"] > metrics["hred_distinct_2"] + 0.15
    assert metrics["vhred_fitting"] > 0.65
    assert metrics["vhred_kl"] > 0.8
    assert max(metrics["hred_cross_entropy"], metrics["vhred_bound"]) < BOUND


def test_untrained_networks_say_nothing_that_fits() -> None:
    """So that the bounds say something of training: an untrained VHRED is varied, but nobody understands it."""
    outcome = Dialogue(small(), None).outcome()
    assert outcome.metrics["vhred_fitting"] < 0.05
    assert outcome.metrics["hred_cross_entropy"] > 3
    assert outcome.metrics["vhred_kl"] < 0.1
    assert outcome.reached is False


@pytest.mark.parametrize(
    ("module", "layer", "broken"),
    [(gru, "gru", ""), (gru, "gru", "U"), (losses, "kl_gaussians", "mu_2"), (vae, "reparameterize", "log_var")],
    ids=["right", "gru", "kl", "reparameterize"],
)
def test_a_gradient_of_the_wrong_sign_misses_the_bound(
    module: Any, layer: str, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bound on the loss is one that only right gradients reach, after a third of the run already."""
    right = getattr(module, f"{layer}_backward")

    def wrong(*arguments: Any) -> dict[str, Any]:
        found = right(*arguments)
        return found | ({broken: -found[broken]} if broken else {})

    monkeypatch.setattr(module, f"{layer}_backward", wrong)
    with np.errstate(all="ignore"):
        bound = trained(epochs=8).terms()["vhred_bound"]
    assert (bound < BOUND) == (not broken)


def test_looking_at_a_run_changes_nothing(finished: Dialogue, outcome: Outcome) -> None:
    """Asked twice, the outcome is the same: it has random generators of its own."""
    assert finished.outcome().metrics == outcome.metrics


def test_the_plane_shows_where_each_reply_lies(outcome: Outcome) -> None:
    """One point for every ε, and more than one reply."""
    (plane,) = (picture for picture in outcome.pictures if isinstance(picture, Scatter))
    assert len(plane.xs) == len(plane.groups)
    assert len(set(plane.groups)) > 1


@given(st.integers(0, 2**32 - 1), st.integers(1, 20))
def test_every_dialogue_of_the_grammar_is_one_that_it_admits(seed: int, count: int) -> None:
    """Read back from the ids: begun, ended and padded by signs, and the last turn is a reply to those before."""
    found = grammar_dialogues(np.random.default_rng(seed), count)
    for n in range(count):
        turns = []
        for ids, length in zip(found.words[:, :, n].T, found.lengths[:, n], strict=True):
            assert (ids[0], ids[length - 1]) == (BEGIN, END)
            assert (ids[length:] == PADDING).all()
            turns.append(tuple(found.vocabulary[k] for k in ids[1 : length - 1]))
        *context, reply = turns
        assert reply in found.replies[tuple(context)]


def test_a_fitting_reply_needs_both_turns() -> None:
    """Another topic, another question: other replies. Every context has six, and half of them name the topic."""
    replies = grammar_replies()
    assert {len(allowed) for allowed in replies.values()} == {6}
    ramen, sushi = (replies[turn(f"i ate {food}"), turn("how was it ?")] for food in ("ramen", "sushi"))
    other = replies[turn("i ate ramen"), turn("who was with you ?")]
    assert len(ramen & sushi) == 3
    assert not ramen & other


@given(st.lists(st.lists(WORDS, min_size=1, max_size=3).map(tuple), min_size=1, max_size=4))
def test_padded_turns_can_be_read_back(said: list[tuple[tuple[str, ...], ...]]) -> None:
    """A dialogue of fewer turns has turns of length 0."""
    vocabulary = (*SIGNS, *"abcde")
    ids, lengths = padded(said, vocabulary)
    for n, turns in enumerate(said):
        assert (lengths[len(turns) :, n] == 0).all()
        for m, words in enumerate(turns):
            assert tuple(vocabulary[k] for k in ids[1 : lengths[m, n] - 1, m, n]) == words


@given(st.lists(WORDS, min_size=1, max_size=6), st.integers(1, 3))
def test_distinct_n_is_the_share_of_different_n_grams(replies: list[tuple[str, ...]], n: int) -> None:
    """Between 0 and 1; said k times over, the same replies have a k-th of it."""
    share = distinct(replies, n)
    assert 0 <= share <= 1
    assert distinct(replies * 3, n) == pytest.approx(share / 3)
    if n == 2:
        pairs = [pair for reply in replies for pair in pairwise(reply)]
        assert share == pytest.approx(len(set(pairs)) / max(len(pairs), 1))


def test_variety_is_measured_context_by_context() -> None:
    """Two contexts with one reply each are no variety; what is not allowed does not fit."""
    one, other = (turn("a"),), (turn("b"),)
    allowed = {one: frozenset([turn("x y"), turn("x z")]), other: frozenset([turn("u v")])}
    found = variety({one: [turn("x y")] * 2, other: [turn("u v"), turn("u w")]}, allowed)
    assert found.different == 1.5
    assert found.fitting == 0.75
    assert found.covered == 0.75
    assert found.distinct_2 == pytest.approx((1 / 2 + 1) / 2)


def test_what_the_grammar_itself_would_say_always_fits() -> None:
    """The row of the table that nobody can beat."""
    rng = np.random.default_rng(0)
    dialogues = grammar_dialogues(rng, 5)
    contexts = list(dialogues.replies)[:4]
    assert variety(drawn_replies(dialogues, contexts, rng, 20), dialogues.replies).fitting == 1


def test_the_weight_of_the_kl_grows_and_stays() -> None:
    """From 0 to its end over the given share of the updates; without annealing it is there at once."""
    run = Dialogue(small(annealing=0.5, kl_weight=0.8), None)
    assert [run.kl_weight(step, 100) for step in (-5, 0, 25, 50, 99)] == [0, 0, 0.4, 0.8, 0.8]
    assert Dialogue(small(annealing=0.0, kl_weight=0.8), None).kl_weight(0, 100) == 0.8


def test_a_run_that_was_stopped_has_an_outcome_and_its_weights_give_it_again() -> None:
    """Ctrl-C keeps what there is; other sizes are refused by name."""
    stopped = Dialogue(small(), None)
    for _ in islice(stopped.steps(), 20):
        pass
    again = Dialogue(small(), None)
    again.load(stopped.weights())
    assert again.outcome().metrics == stopped.outcome().metrics
    with pytest.raises(InputError) as refused:
        Dialogue(small(hidden_size=8), None).load(stopped.weights())
    assert str(refused.value.where).startswith("hred.")


def test_ones_own_dialogues_may_have_other_numbers_of_turns() -> None:
    """Two turns or three; the goal is not theirs, and the contexts are those of the file."""
    lines = ["hello | hi there", "hello | good morning", "how are you ? | fine | good to hear"] * 8
    run = trained(lines, epochs=2)
    assert run.outcome().reached is None
    assert [spoken(context) for context in run.contexts()] == ["hello", "how are you ? | fine"]
    assert run.dialogues.replies[(turn("hello"),)] == {turn("hi there"), turn("good morning")}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["hello | hi"] * 3, "3 dialogues"),
        (["hello"] * 30, "Line 1"),
        (["a | b"] * 30 + ["a | " + "b " * 40], "Line 31"),
    ],
)
def test_dialogues_that_do_not_suit_are_refused_with_the_line(lines: list[str], said: str) -> None:
    """Too few, a line of one turn, a turn that is too long."""
    with pytest.raises(InputError) as refused:
        own_dialogues(lines)
    assert said in refused.value.message.en
    assert refused.value.hint is not None
