"""Translation: the grammar, what small runs reach, what an untrained network does not, and where they look."""

from __future__ import annotations

from itertools import islice, pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.errors import InputError
from quizdl.labs.core import Curves, Heatmap, Setting
from quizdl.labs.translate import LAB, NAMES, Translation, corpus
from quizdl.labs.translate_data import (
    ADJECTIVES,
    DICTIONARY,
    NOUNS,
    SHORTEST,
    SOURCE_WORDS,
    VERBS,
    as_ids,
    sentence,
    target_ids,
)
from quizdl.labs.translate_reading import Scores, read
from quizdl.labs.writers import BEGIN, END

BOUND = 0.75
"""With attention the small version ends at 0.95 or more, without it near 0.5."""

lengths, seeds = st.integers(SHORTEST, 20), st.integers(0, 2**32 - 1)


def small(**changed: Setting) -> dict[str, Setting]:
    return LAB.smallest(**changed)


def ran(**changed: Setting) -> Translation:
    run = Translation(small(**changed))
    for _ in run.steps():
        pass
    return run


@pytest.fixture(scope="module")
def trained() -> Translation:
    return ran()


def test_the_small_version_translates_with_attention_and_looks_at_the_right_words(trained: Translation) -> None:
    """Sentences that it was not trained on, to the last word."""
    metrics = trained.outcome().metrics
    assert metrics["exact"] > BOUND
    assert metrics["aligned_luong"] > 0.6


def test_a_small_transformer_translates() -> None:
    """It learns to copy by place and by order, without recurrence."""
    assert ran(network="transformer", steps=200).outcome().metrics["exact"] > BOUND


@pytest.mark.parametrize("network", NAMES)
def test_an_untrained_network_translates_nothing(network: str) -> None:
    """So the bound says that something was learnt; and its outcome has no alignment, rather than a false one."""
    outcome = Translation(small(network=network)).outcome()
    assert outcome.metrics["exact"] == 0
    assert np.isnan(outcome.metrics.get(f"aligned_{network}", float("nan")))


@given(lengths, seeds, st.sampled_from(["verb-final", "reversed"]))
def test_every_word_is_translated_once_by_the_dictionary(length: int, seed: int, order: str) -> None:
    """The places are a permutation of the source's, besides が and を, which have none."""
    pair = sentence(np.random.default_rng(seed), length, order)
    assert len(pair.source) == length
    assert sorted(place for place in pair.places if place >= 0) == list(range(length))
    for word, place in zip(pair.target, pair.places, strict=True):
        assert word == DICTIONARY[pair.source[place]] if place >= 0 else word in "がを"
    if order == "reversed":
        assert pair.places == tuple(range(length))[::-1]


@given(lengths, seeds)
def test_japanese_puts_the_verb_last_and_the_owner_first(length: int, seed: int) -> None:
    """noun phrase が noun phrase を verb; a chain of “of” is turned round, adjectives stay before their nouns."""
    pair = sentence(np.random.default_rng(seed), length, "verb-final")
    (verb,) = [i for i, word in enumerate(pair.source) if word in VERBS]
    assert pair.target.count("が") == pair.target.count("を") == 1
    assert pair.target[-2:] == ("を", DICTIONARY[pair.source[verb]])
    ga = pair.target.index("が")
    assert set(pair.places[:ga]) == set(range(verb))
    for part in (pair.places[:ga], pair.places[ga + 1 : -2]):
        nouns = [place for place in part if pair.source[place] in NOUNS]
        assert nouns == sorted(nouns, reverse=True)
        for place, after in pairwise(part):
            if pair.source[place] in ADJECTIVES:
                assert after == place + 1


@given(seeds)
def test_no_tested_sentence_is_trained_on(seed: int) -> None:
    """Of any length; the longest ones tested are longer than all that were trained on."""
    found = corpus(np.random.default_rng(seed), "verb-final", 5, 100)
    trained_on = {tuple(SOURCE_WORDS[i] for i in column) for batch in found.train.values() for column in batch.source.T}
    tested = {pair.source for pairs in found.test.values() for pair in pairs}
    assert trained_on
    assert tested
    assert not trained_on & tested
    assert max(found.test) == 7


def test_ids_begin_and_end_as_the_networks_expect() -> None:
    """A sentence and its translation, word by word."""
    pair = sentence(np.random.default_rng(0), 6, "verb-final")
    batch = as_ids([pair])
    assert batch.source[:, 0].tolist() == [SOURCE_WORDS.index(word) for word in pair.source]
    assert batch.target[:, 0].tolist() == [BEGIN, *target_ids(pair), END]


def test_a_run_that_was_stopped_shows_what_there_is() -> None:
    """While the second of four networks learns: every network is tested, every map is drawn."""
    run = Translation(small(network="all", steps=10, hidden_size=8, model_size=8, longest=4))
    for _ in islice(run.steps(), 15):
        pass
    outcome = run.outcome()
    assert {f"exact_{name}" for name in NAMES} < set(outcome.metrics)
    assert sum(isinstance(picture, Heatmap) for picture in outcome.pictures) == 3
    curves = [picture for picture in outcome.pictures if isinstance(picture, Curves)]
    assert [len(one.series) for one in curves] == [4, 4, 4]
    assert outcome.reached is None
    assert outcome.reading


def test_saved_weights_end_alike(trained: Translation) -> None:
    """And look at the same words."""
    again = Translation(small())
    again.load(trained.weights())
    assert again.outcome().metrics == trained.outcome().metrics


def test_weights_of_another_network_are_refused(trained: Translation) -> None:
    """By name."""
    with pytest.raises(InputError):
        Translation(small(network="bahdanau")).load(trained.weights())


def scored(short: float, long: float, aligned: float | None = None) -> Scores:
    return Scores({4: short, 12: long, 14: long / 2}, aligned)


@pytest.mark.parametrize(
    ("score", "said"),
    [(scored(0.9, 0.1), "bottleneck"), (scored(0.1, 0.0), "too little"), (scored(1.0, 0.95), "was enough")],
)
def test_the_bottleneck_is_spoken_of_only_where_it_was_measured(score: Scores, said: str) -> None:
    """Falling with length; not learnt yet; not falling."""
    sentences = read({"without": score}, NAMES, 12, 64)
    assert said in sentences[1].en


@pytest.mark.parametrize(("aligned", "said"), [(1.0, "learnt the alignment"), (0.5, "need not"), (float("nan"), "")])
def test_alignment_is_spoken_of_only_where_it_was_measured(aligned: float, said: str) -> None:
    """Pointing at the word, beside it, or nothing translated at all."""
    sentences: Any = " ".join(text.en for text in read({"luong": scored(0.9, 0.1, aligned)}, NAMES, 12, 64))
    assert said in sentences
    assert ("greatest weight" in sentences) == bool(said)
