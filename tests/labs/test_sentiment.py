"""Sentiment: the grammar, own sentences, what a small run reaches, and what no one-way network can."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.errors import InputError
from quizdl.labs.core import Setting
from quizdl.labs.sentiment import KINDS, LAB, Sentiment
from quizdl.labs.sentiment_data import BAD, GOOD, UNKNOWN, Sentence, as_batch, own_sentences, sentence, vocabulary
from quizdl.labs.sentiment_reading import Scores, read
from quizdl.text import Lang

BOUND = 0.9

languages, seeds = st.sampled_from(["ja", "en"]), st.integers(0, 2**32 - 1)


def small(**changed: Setting) -> dict[str, Setting]:
    return LAB.smallest(**changed)


def ran(data: list[str] | None = None, **changed: Setting) -> Sentiment:
    run = Sentiment(small(**changed), data)
    for _ in run.steps():
        pass
    return run


@pytest.fixture(scope="module")
def trained() -> Sentiment:
    return ran()


def test_the_small_version_judges_negated_sentences_rightly(trained: Sentiment) -> None:
    """Those that it was not trained on."""
    assert trained.outcome().metrics["negated"] > BOUND


def test_an_untrained_network_does_not() -> None:
    """So the bound says that something was learnt."""
    metrics = Sentiment(small(), None).outcome().metrics
    assert metrics["accuracy_bi_lstm"] < 0.75


def test_no_one_way_network_can_know_a_negation_that_follows() -> None:
    """Whatever comes after the opinion leaves its judgement as it is."""
    run = ran(network="lstm", steps=50)
    shown = next(s for s in run.test if s.negated)
    np.testing.assert_allclose(run.contributions("lstm", shown)[shown.opinion + 1 :], 0, atol=1e-5)
    assert run.outcome().metrics["negated"] < 0.5


def test_a_negation_contributes_where_both_ways_are_read(trained: Sentiment) -> None:
    """Without なかっ, it would be judged the other way."""
    shown = next(s for s in trained.test if s.negated)
    assert shown.words[-2] == "なかっ"
    contribution = trained.contributions("bi_lstm", shown)[-2]
    assert (contribution > 1) == shown.positive
    assert (contribution < -1) != shown.positive


@given(languages, st.integers(0, 6), seeds)
def test_the_label_is_the_opinion_turned_round_by_the_negation(language: Lang, fillers: int, seed: int) -> None:
    """And the negation of a filler turns nothing round."""
    found = sentence(np.random.default_rng(seed), language, fillers)
    opinion = found.words[found.opinion]
    good = opinion in [word.of(language) for word in GOOD]
    assert good or opinion in [word.of(language) for word in BAD]
    text = " ".join(found.words)
    assert found.negated == ("思え なかっ" in text or "did not think" in text)
    assert found.positive == (good != found.negated)


@given(languages, st.integers(0, 6), seeds)
def test_the_gap_is_the_number_of_words_between_opinion_and_verb(language: Lang, fillers: int, seed: int) -> None:
    """To the nearest word of the verb, before it in English and after it in Japanese."""
    found = sentence(np.random.default_rng(seed), language, fillers)
    verb = [i for i, word in enumerate(found.words) if word in ("思え", "think")]
    assert len(verb) == 1
    assert (verb[0] > found.opinion) == (language == "ja")
    assert found.gap == abs(verb[0] - found.opinion) - 1


def test_the_answer_is_read_at_the_opinion_or_at_all_words_alike() -> None:
    """And never in the padding; a word that was not trained on is unknown."""
    chosen = [Sentence(("a", "b", "c"), True, False, 1, 0), Sentence(("a", "x"), False)]
    batch = as_batch(chosen, vocabulary(chosen[:1]))
    assert batch.readout[..., 0].T.tolist() == [[0, 1, 0], [0.5, 0.5, 0]]
    assert batch.words.T.tolist() == [[1, 2, 3], [1, UNKNOWN, UNKNOWN]]
    assert batch.of(np.array([1])).words.shape == (2, 1)


def test_a_run_that_was_stopped_shows_what_there_is() -> None:
    """While the second of four networks learns."""
    run = Sentiment(small(network="all", steps=10), None)
    for _ in islice(run.steps(), 15):
        pass
    outcome = run.outcome()
    assert {f"negated_{name}" for name in KINDS} < set(outcome.metrics)
    assert len(outcome.pictures) == 4
    assert outcome.reading


def test_saved_weights_end_alike(trained: Sentiment) -> None:
    """With the same sentences, since these come from the seed."""
    again = Sentiment(small(), None)
    again.load(trained.weights())
    assert again.outcome().metrics == trained.outcome().metrics


def test_weights_of_another_network_are_refused(trained: Sentiment) -> None:
    """By name."""
    with pytest.raises(InputError):
        Sentiment(small(network="rnn"), None).load(trained.weights())


def test_own_sentences_are_learnt() -> None:
    """Words that tell the label by themselves."""
    lines = [f"{'pos' if i % 2 else 'neg'}\tthe {i} film is {'good' if i % 2 else 'bad'}" for i in range(60)]
    outcome = ran(lines, steps=60, batch=16).outcome()
    assert outcome.metrics["accuracy_bi_lstm"] > BOUND
    assert outcome.reached is None
    assert outcome.reading


def test_a_sentence_without_spaces_is_read_by_characters() -> None:
    """As Japanese is written."""
    found = own_sentences([f"{i % 2}\t映画{i}は良い" for i in range(10)])
    assert found[0].words == ("映", "画", "0", "は", "良", "い")
    assert [one.positive for one in found[:2]] == [False, True]


@pytest.mark.parametrize(
    "lines",
    [
        ["no tab here"] * 20,
        ["\tno label"] * 20,
        ["pos\t "] * 20,
        [f"pos\tword{i}" for i in range(20)],
        [f"{i % 3}\tword{i}" for i in range(20)],
        ["pos\ta", "neg\tb"],
    ],
)
def test_lines_that_do_not_fit_are_refused(lines: list[str]) -> None:
    """With what is expected."""
    with pytest.raises(InputError) as error:
        Sentiment(small(), lines)
    assert error.value.hint is not None


def scored(negated: float, near: float = 0.5, far: float = 0.5) -> Scores:
    return Scores(0.7, negated, near, far, {})


@pytest.mark.parametrize(
    ("scores", "language", "said"),
    [
        ({"rnn": scored(0.0), "bi_lstm": scored(1.0, 1.0, 1.0)}, "ja", "can know"),
        ({"rnn": scored(0.0), "bi_lstm": scored(0.2)}, "ja", ""),
        ({"lstm": scored(1.0), "bi_lstm": scored(1.0)}, "en", "not direction"),
        ({"bi_rnn": scored(0.8, 1.0, 0.5), "bi_lstm": scored(1.0, 1.0, 1.0)}, "ja", "forget gate"),
        ({"bi_lstm": scored(0.8, 1.0, 0.5)}, "ja", "harder"),
        ({"bi_lstm": scored(1.0, 1.0, 1.0)}, "ja", "hardly"),
    ],
)
def test_only_what_was_measured_is_said(scores: dict[str, Scores], language: str, said: str) -> None:
    """One way against both, near against far."""
    names = {name: kind.name for name, kind in KINDS.items()}
    after: Any = {name: np.zeros(2) for name in scores}
    text = " ".join(sentence.en for sentence in read(scores, names, language, after))
    assert said in text
    assert bool(said) == any(word in text for word in ("can know", "not direction", "forget gate", "harder", "hardly"))
