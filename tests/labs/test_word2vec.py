"""Word vectors: the grammar's text, its analogies, windows, 3CosAdd, and that only right gradients find analogies."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.errors import InputError
from quizdl.labs import word2vec
from quizdl.labs.core import Outcome, Setting
from quizdl.labs.plane import principal_plane
from quizdl.labs.word2vec import LAB, Word2vec, windows_of
from quizdl.labs.word2vec_data import (
    RELATIONS,
    Analogy,
    corpus_of,
    grammar_questions,
    grammar_text,
    own_corpus,
    words_of,
)
from quizdl.labs.word_vectors import answers, parallelism

BOUND = 0.8


def small(**changed: Setting) -> dict[str, Setting]:
    return LAB.smallest(**changed)


def trained(data: object | None = None, **changed: Setting) -> Word2vec:
    run = Word2vec(small(**changed), data)
    for _ in run.steps():
        pass
    return run


def test_skip_gram_finds_the_analogies() -> None:
    """The lab's point, on fewer sentences; the offsets of a relation are one direction."""
    metrics = trained().outcome().metrics
    assert metrics["skip_gram_accuracy"] > BOUND
    assert metrics["skip_gram_parallelism"] > 0.7


@pytest.mark.parametrize("model", ["cbow", "skip-gram"])
def test_the_full_softmax_finds_them_too(model: str) -> None:
    """Both networks have both losses; `accuracy` is that of the network that was trained."""
    metrics = trained(model=model, objective="softmax", epochs=14).outcome().metrics
    assert metrics["accuracy"] > BOUND


def test_untrained_vectors_find_none() -> None:
    """So that the bound says something of training."""
    outcome = Word2vec(small(), None).outcome()
    assert outcome.metrics["skip_gram_accuracy"] < 0.1
    assert outcome.reached is False


@pytest.mark.parametrize("broken", ["W_in", "W_out"])
def test_a_gradient_of_the_wrong_sign_finds_none(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound is one that only right gradients reach."""
    right = word2vec.skipgram_negative_backward

    def wrong(*arguments: Any) -> dict[str, Any]:
        found = right(*arguments)
        return found | {broken: -found[broken]}

    monkeypatch.setattr(word2vec, "skipgram_negative_backward", wrong)
    with np.errstate(all="ignore"):
        assert trained(epochs=5).outcome().metrics["skip_gram_accuracy"] < 0.2


@given(st.integers(0, 2**32 - 1))
def test_every_sentence_of_the_grammar_holds_a_word_of_a_pair_and_no_gap(seed: int) -> None:
    """Templates are filled in; nobody's word is missing."""
    (sentence,) = grammar_text(np.random.default_rng(seed), 1)
    paired = {word for relation in RELATIONS for pair in relation.pairs for word in pair[:2]}
    assert paired & set(words_of(sentence))
    assert "{" not in sentence


def test_no_word_of_the_grammar_is_of_two_pairs_or_a_topic_of_another() -> None:
    """A word with two meanings would have neighbours of both, and its analogies would be no fair questions."""
    pairs = [pair for relation in RELATIONS for pair in relation.pairs]
    words = [word for pair in pairs for word in (pair.first, pair.second, *pair.topics)]
    assert len(words) == len(set(words))


def test_a_relation_of_n_pairs_asks_every_pair_of_every_other() -> None:
    """n(n − 1) analogies, among them the famous one."""
    asked = {questions.name.en: questions.analogies for questions in grammar_questions()}
    assert [len(analogies) for analogies in asked.values()] == [42] * 4
    assert Analogy("man", "woman", "king", "queen") in asked["men and women"]


@given(st.lists(st.lists(st.integers(0, 9), max_size=8), max_size=4), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_a_window_holds_the_words_around_its_centre_and_never_reaches_too_far(
    sentences: list[list[int]], reach: int, seed: int
) -> None:
    """Every word that has a neighbour is a centre once; its window is a contiguous stretch without it."""
    arrays = [np.array(sentence, dtype=np.intp) for sentence in sentences]
    windows = windows_of(np.random.default_rng(seed), arrays, reach)
    centers = [int(c) for window in windows for c in window.center]
    assert sorted(centers) == sorted(word for sentence in sentences if len(sentence) > 1 for word in sentence)
    possible = {
        (sentence[place], tuple(sentence[max(place - far, 0) : place] + sentence[place + 1 : place + 1 + far]))
        for sentence in sentences
        for place in range(len(sentence))
        for far in range(1, reach + 1)
    }
    found = {(int(c), tuple(row)) for window in windows for c, row in zip(window.center, window.context, strict=True)}
    assert {(c, tuple(int(o) for o in row)) for c, row in found} <= possible


def test_vectors_that_are_sums_of_parts_answer_every_analogy() -> None:
    """king = royal + male, and so on: the answer is exact, and offsets are parallel."""
    royal, common, male, female = np.eye(4)
    table = np.array([common + male, common + female, royal + male, royal + female])
    asked = np.array([[0, 1, 2, 3], [2, 3, 0, 1], [0, 2, 1, 3]])
    np.testing.assert_array_equal(answers(table, asked[:, :3]), asked[:, 3])
    assert parallelism(table, asked) == pytest.approx(1)


def test_the_words_of_a_question_are_never_its_answer() -> None:
    """With all vectors alike any other word may be the answer, but not a, b or c."""
    asked = np.array([[0, 1, 2]])
    assert answers(np.ones((4, 3)), asked).tolist() == [3]


@given(st.integers(2, 6), st.integers(2, 5), st.integers(0, 2**32 - 1))
def test_the_principal_plane_shows_as_much_variance_as_any_plane_can(count: int, dim: int, seed: int) -> None:
    """Its share is that of the two greatest eigenvalues of the covariance; the points are centred."""
    x = np.random.default_rng(seed).standard_normal((count, dim))
    points, share = principal_plane(x)
    eigenvalues = np.linalg.eigvalsh(np.cov(x.T))[::-1]
    assert share == pytest.approx(float(eigenvalues[:2].sum() / eigenvalues.sum()), abs=1e-9)
    assert points.shape == (count, 2)
    np.testing.assert_allclose(points.mean(axis=0), 0, atol=1e-12)
    assert float((points**2).sum()) == pytest.approx(share * float(((x - x.mean(axis=0)) ** 2).sum()))


def test_a_run_that_was_stopped_has_an_outcome_and_its_weights_give_it_again() -> None:
    """Ctrl-C keeps what there is; other sizes are refused by name."""
    stopped = Word2vec(small(), None)
    for _ in islice(stopped.steps(), 40):
        pass
    again = Word2vec(small(), None)
    again.load(stopped.weights())
    kept, given_again = stopped.outcome().metrics, again.outcome().metrics
    assert {name: x for name, x in kept.items() if "loss" not in name} == {
        name: x for name, x in given_again.items() if "loss" not in name
    }
    with pytest.raises(InputError) as refused:
        Word2vec(small(dim=3), None).load(stopped.weights())
    assert refused.value.where == "skip-gram.W_in"


def test_ones_own_text_is_read_and_its_analogies_are_asked() -> None:
    """Lines that begin with “?” are questions, the others text; the goal is the grammar's, not theirs."""
    text = grammar_text(np.random.default_rng(0), 600)
    outcome: Outcome = trained([*text, "? Paris France Tokyo Japan"], epochs=2).outcome()
    assert outcome.reached is None
    names = {questions.name.en for questions in own_corpus([*text, "? paris france tokyo japan"]).questions}
    assert "the file's analogies" in names


def test_a_text_without_analogies_shows_the_nearest_words() -> None:
    """No accuracy is claimed for it."""
    text = ["alpha beta gamma delta epsilon", "zeta eta theta iota kappa", "alpha zeta beta eta lambda lambda"] * 5
    outcome = trained(text, epochs=2).outcome()
    assert "accuracy" not in outcome.metrics
    assert "類推" in outcome.reading[0].ja


@pytest.mark.parametrize(
    "lines", [["one two three"] * 3, ["吾輩は猫である"] * 9, ["a b c d e f g h i j k"] * 2 + ["? a b c"]]
)
def test_a_text_that_does_not_suit_is_refused_with_a_hint(lines: list[str]) -> None:
    """Too few words that occur again, sentences without spaces, an analogy of three words."""
    with pytest.raises(InputError) as refused:
        own_corpus(lines)
    assert refused.value.hint is not None


def test_an_analogy_with_an_unknown_word_is_not_asked() -> None:
    """It could not be answered."""
    corpus = corpus_of(["king queen man"], grammar_questions())
    assert corpus.questions == ()
