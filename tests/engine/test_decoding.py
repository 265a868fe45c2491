"""Searching for a sequence: what greedy, beam and random decoding write, and how they end."""

from __future__ import annotations

import itertools
import math
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.engine.decoding import (
    Hypothesis,
    beam_search,
    greedy_decode,
    keep_top_k,
    keep_top_p,
    rows_of,
    sample_decode,
    with_temperature,
)
from quizdl.engine.errors import RangeError, ShapeError

START, A, B, END = 0, 1, 2, 3

TREE = {
    (): {A: 0.6, B: 0.4},
    (A,): {A: 0.4, B: 0.3, END: 0.3},
    (B,): {A: 0.05, B: 0.05, END: 0.9},
    (A, A): {END: 1.0},
}
"""By hand: greedy goes A (0.6), A (0.24), END (0.24), although B, END has 0.36."""


def log_probabilities(chances: dict[int, float], words: int = 4) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.log([chances.get(word, 0.0) for word in range(words)])


def along_the_tree(tokens: np.ndarray, state: list[Any]) -> tuple[np.ndarray, list[Any]]:
    """The state of each hypothesis is a tuple of its words so far."""
    after = [path if token == START else (*path, int(token)) for path, token in zip(state, tokens, strict=True)]
    ended = {END: 1.0}
    return np.stack([log_probabilities(TREE.get(path, ended)) for path in after]), after


def markov(table: np.ndarray) -> Any:
    """Each word depends on the last one alone, so that nothing need be remembered."""
    return lambda tokens, state: (table[tokens], state)


def random_chain(seed: int, words: int) -> np.ndarray:
    chances = np.random.default_rng(seed).dirichlet(np.ones(words), words)
    return np.log(chances)


def test_greedy_loses_to_the_beam_on_a_tree_worked_by_hand() -> None:
    """0.6·0.4·1 = 0.24 against 0.4·0.9 = 0.36."""
    (greedy,) = greedy_decode(along_the_tree, [()], start=START, eos=END, max_length=5)
    assert greedy.tokens == (A, A, END)
    assert greedy.log_probability == pytest.approx(math.log(0.24))
    best, second = beam_search(along_the_tree, [()], start=START, eos=END, beam=2, max_length=5)
    assert best == Hypothesis((B, END), pytest.approx(math.log(0.36)), pytest.approx(math.log(0.36)), True)
    assert second.tokens == (A, A, END)
    assert second.finished


def test_a_length_penalty_can_turn_the_order_round() -> None:
    """log 0.24/(8/6)^α against log 0.36/(7/6)^α: the longer wins from α = 2.503 on."""
    for alpha, tokens in ((2.4, (B, END)), (2.6, (A, A, END))):
        best = beam_search(along_the_tree, [()], start=START, eos=END, beam=2, max_length=5, length_penalty=alpha)[0]
        assert best.tokens == tokens
        assert best.score == pytest.approx(best.log_probability / ((5 + len(tokens)) / 6) ** alpha)


def test_a_search_goes_on_while_a_longer_hypothesis_could_overtake() -> None:
    """END has 0.35 at once and A END 0.165; A A END has 0.165 too, but (8/6)³ makes −0.76 of it, the best of all."""

    def step(tokens: np.ndarray, state: list[int]) -> tuple[np.ndarray, list[int]]:
        chances = ({END: 0.35, A: 0.33, B: 0.32}, {A: 0.5, END: 0.5}, {END: 1.0})
        return np.stack([log_probabilities(chances[length]) for length in state]), [length + 1 for length in state]

    best = beam_search(step, [0], start=START, eos=END, beam=2, max_length=3, length_penalty=3.0)[0]
    assert best.tokens == (A, A, END)
    assert best.score == pytest.approx(math.log(0.165) / (8 / 6) ** 3)


def test_equally_likely_words_come_lowest_id_first() -> None:
    """In greedy decoding, in the beam, and in what top-k keeps."""
    step = markov(np.log(np.full((4, 4), 0.25)))
    assert greedy_decode(step, None, start=1, eos=3, max_length=2)[0].tokens == (0, 0)
    found = beam_search(step, None, start=1, eos=None, beam=3, max_length=2)
    assert [hypothesis.tokens for hypothesis in found] == [(0, 0), (0, 1), (0, 2)]
    np.testing.assert_array_equal(np.isfinite(keep_top_k(np.zeros(4), 2)), [True, True, False, False])
    np.testing.assert_array_equal(np.isfinite(keep_top_p(np.zeros(4), 0.5)), [True, True, False, False])


@given(st.integers(0, 2**32 - 1), st.floats(0, 2))
def test_a_beam_of_one_is_greedy(seed: int, length_penalty: float) -> None:
    """Word for word, and as likely."""
    step = markov(random_chain(seed, 4))
    (greedy,) = greedy_decode(step, None, start=0, eos=3, max_length=6)
    options = {"start": 0, "eos": 3, "beam": 1, "max_length": 6, "length_penalty": length_penalty}
    (beam,) = beam_search(step, None, **options)
    assert beam.tokens == greedy.tokens
    assert beam.finished == greedy.finished
    assert beam.log_probability == pytest.approx(greedy.log_probability)


@given(st.integers(0, 2**32 - 1))
def test_a_beam_as_wide_as_the_tree_finds_the_likeliest_sequence(seed: int) -> None:
    """Against all sequences that there are, one by one."""
    table, longest = random_chain(seed, 3), 4
    everything = {}
    for length in range(1, longest + 1):
        for words in itertools.product(range(3), repeat=length):
            early = 2 in words[:-1]
            if not early and (words[-1] == 2 or length == longest):
                everything[words] = sum(table[a, b] for a, b in itertools.pairwise((0, *words)))
    expected = sorted(everything.values(), reverse=True)[:5]
    found = beam_search(markov(table), None, start=0, eos=2, beam=100, max_length=longest)
    assert found[0].tokens == max(everything, key=lambda words: everything[words])
    np.testing.assert_allclose([hypothesis.log_probability for hypothesis in found[:5]], expected)


def test_a_finished_hypothesis_is_not_lost_to_worse_ones_that_go_on() -> None:
    """END has 0.3 at once; A and B lead on with 0.4 and 0.3 but end in hundredths."""
    chances = np.array([[0, 0.38, 0.32, 0.3], [0, 0.1, 0.1, 0.1], [0, 0.1, 0.1, 0.1], [0, 0, 0, 1]])
    with np.errstate(divide="ignore"):
        found = beam_search(markov(np.log(chances)), None, start=0, eos=3, beam=3, max_length=3)
    assert found[0].tokens == (3,)


def test_decoding_stops_at_the_end_or_at_the_longest() -> None:
    """Nothing follows the sign for the end; without one, max_length words are written and not finished."""
    step = markov(np.log(np.full((3, 3), 1 / 3)))
    for found in (
        greedy_decode(step, None, start=1, eos=0, max_length=9)[0],
        beam_search(step, None, start=1, eos=0, beam=1, max_length=9)[0],
    ):
        assert found.tokens == (0,)
        assert found.finished
    for found in (
        greedy_decode(step, None, start=1, eos=None, max_length=4)[0],
        beam_search(step, None, start=1, eos=None, beam=2, max_length=4)[0],
    ):
        assert len(found.tokens) == 4
        assert not found.finished


def test_a_search_asks_no_more_once_nothing_can_overtake() -> None:
    """The best hypothesis is done and alone in its beam: max_length steps would be wasted."""
    calls = []

    def step(tokens: np.ndarray, state: None) -> tuple[np.ndarray, None]:
        calls.append(len(tokens))
        return np.log(np.tile([0.1, 0.1, 0.8], (len(tokens), 1))), state

    beam_search(step, None, start=0, eos=2, beam=2, max_length=1000)
    assert len(calls) < 5


def test_several_sequences_are_decoded_at_once_each_to_its_own_end() -> None:
    """1 → 2 → 3, so that the sequences that begin at 0, 1 and 2 need three words, two and one."""
    table = np.log(np.full((4, 4), 1e-9))
    for word in range(3):
        table[word, word + 1] = 0.0
    found = greedy_decode(markov(table), None, start=[0, 1, 2], eos=3, max_length=5)
    assert [hypothesis.tokens for hypothesis in found] == [(1, 2, 3), (2, 3), (3,)]
    assert all(hypothesis.log_probability == 0 for hypothesis in found)


class Pair(NamedTuple):
    """A state with named parts."""

    path: Any
    rest: Any


@pytest.mark.parametrize("kind", ["array", "list", "dict", "tuple", "named"])
def test_every_hypothesis_keeps_its_own_state(kind: str) -> None:
    """The state holds the words so far, in each form that there is; each hypothesis' own words must come back."""
    table = random_chain(3, 4)
    make = {
        "array": lambda x: x,
        "list": list,
        "dict": lambda x: {"path": x, "none": None},
        "tuple": lambda x: (x, None),
        "named": lambda x: Pair(x, [{} for _ in x]),
    }[kind]
    get = {"dict": lambda s: s["path"], "tuple": lambda s: s[0], "named": lambda s: s.path}.get(kind, lambda s: s)

    def step(tokens: np.ndarray, state: Any) -> tuple[np.ndarray, Any]:
        paths = np.concatenate([np.array(get(state)), tokens[:, None]], axis=1)
        seen.update(tuple(path[1:]) for path in paths.tolist())
        return table[tokens], make(paths)

    seen: set[tuple[int, ...]] = set()
    found = beam_search(step, make(np.zeros((1, 0), int)), start=0, eos=None, beam=3, max_length=4)
    plain = beam_search(markov(table), None, start=0, eos=None, beam=3, max_length=4)
    assert found == plain
    assert {hypothesis.tokens[:-1] for hypothesis in found} <= seen


def test_a_state_of_any_other_kind_needs_a_way_to_pick() -> None:
    """A set has no order; with `pick` it may be a state nevertheless."""
    with pytest.raises(TypeError, match="give `pick`"):
        rows_of({1}, np.array([0]))
    step = markov(random_chain(4, 3))
    options = {"start": 0, "eos": None, "beam": 2, "max_length": 3}
    assert beam_search(step, {1}, **options, pick=lambda state, rows: state) == beam_search(step, None, **options)


def test_the_temperature_sharpens_and_flattens() -> None:
    """p^(1/T) to one again: by hand, 0.8 and 0.2 become 16/17 and 1/17 at T = ½, 2/3 and 1/3 at T = 2."""
    log_p = np.log([0.8, 0.2])
    np.testing.assert_allclose(np.exp(with_temperature(log_p, 0.5)), [16 / 17, 1 / 17])
    np.testing.assert_allclose(np.exp(with_temperature(log_p, 2.0)), [2 / 3, 1 / 3])
    np.testing.assert_allclose(np.exp(with_temperature(log_p, 1.0)), [0.8, 0.2])
    np.testing.assert_allclose(np.exp(with_temperature(log_p * 1e3, 1e-3)), [1, 0])


def test_top_k_and_top_p_keep_the_likeliest_and_sum_to_one_again() -> None:
    """By hand on ½, ¼, ⅛, ⅛: the nucleus of 0.6 is the first two, as 0.5 alone is too little."""
    p = np.array([1 / 8, 1 / 2, 1 / 8, 1 / 4])
    log_p = np.log(p)
    np.testing.assert_allclose(np.exp(keep_top_k(log_p, 2)), [0, 2 / 3, 0, 1 / 3])
    np.testing.assert_allclose(np.exp(keep_top_p(log_p, 0.6)), [0, 2 / 3, 0, 1 / 3])
    np.testing.assert_allclose(np.exp(keep_top_p(log_p, 0.5)), [0, 1, 0, 0])
    np.testing.assert_allclose(np.exp(keep_top_p(log_p, 0.0)), [0, 1, 0, 0])
    np.testing.assert_allclose(np.exp(keep_top_p(log_p, 0.8)), [1 / 7, 4 / 7, 0, 2 / 7])
    for everything in (keep_top_k(log_p, 9), keep_top_p(log_p, 1.0)):
        np.testing.assert_allclose(np.exp(everything), p)
    assert keep_top_p(log_p.astype(np.float32), 0.6).dtype == np.float32


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 0.99))
def test_the_nucleus_is_the_smallest_set_that_reaches_p(seed: int, p: float) -> None:
    """Its probability is at least p, and without its least likely word below p."""
    chances = np.random.default_rng(seed).dirichlet(np.ones(6))
    kept = chances[np.isfinite(keep_top_p(np.log(chances), p))]
    assert kept.sum() >= p - 1e-12
    assert kept.sum() - kept.min() < p + 1e-12


def test_samples_come_as_often_as_they_are_likely() -> None:
    """A thousand first words: each as often as its probability says, within four standard errors; the seed repeats."""
    chances = np.array([0.5, 0.0, 0.3, 0.2])
    with np.errstate(divide="ignore"):
        step = markov(np.log(np.tile(chances, (4, 1))))
    options: dict[str, Any] = {"start": np.zeros(1000, int), "eos": None, "max_length": 1}
    found = sample_decode(step, None, **options, rng=np.random.default_rng(0))
    often = np.bincount([hypothesis.tokens[0] for hypothesis in found], minlength=4) / 1000
    assert often[1] == 0
    np.testing.assert_allclose(often, chances, atol=4 * np.sqrt(0.25 / 1000))
    assert found == sample_decode(step, None, **options, rng=np.random.default_rng(0))
    assert found[0].log_probability == pytest.approx(np.log(chances[found[0].tokens[0]]))


def test_an_impossible_word_is_not_drawn_even_by_a_zero() -> None:
    """A random number of exactly 0 falls on the first word that has any probability."""

    class Zeros:
        def random(self, shape: tuple[int, ...]) -> np.ndarray:
            return np.zeros(shape)

    step = markov(np.tile(log_probabilities({B: 0.5, END: 0.5}), (4, 1)))
    zeros: Any = Zeros()
    (found,) = sample_decode(step, None, start=START, eos=END, max_length=1, rng=zeros)
    assert found.tokens == (B,)


def test_sampling_that_leaves_one_word_is_greedy() -> None:
    """top_k = 1, top_p = 0 or a temperature near 0."""
    step = markov(random_chain(6, 5))
    options: dict[str, Any] = {"start": [0, 1, 2], "eos": 4, "max_length": 6}
    greedy = greedy_decode(step, None, **options)
    for choice in ({"top_k": 1}, {"top_p": 0.0}, {"temperature": 1e-6}):
        assert sample_decode(step, None, **options, rng=np.random.default_rng(0), **choice) == greedy


def test_misuses_are_named() -> None:
    """Sizes that are not positive, an end that is no word, a step whose answer does not fit."""
    step = markov(random_chain(7, 3))
    options: dict[str, Any] = {"start": 0, "eos": 2, "max_length": 3}
    misuses = [
        (RangeError, "beam", lambda: beam_search(step, None, **options, beam=0)),
        (RangeError, "max_length", lambda: greedy_decode(step, None, **{**options, "max_length": 0})),
        (RangeError, "eos", lambda: greedy_decode(step, None, **{**options, "eos": 3})),
        (RangeError, "length_penalty", lambda: beam_search(step, None, **options, beam=1, length_penalty=-1.0)),
        (RangeError, "temperature", lambda: with_temperature(np.zeros(2), 0.0)),
        (RangeError, "top_k", lambda: keep_top_k(np.zeros(2), 0)),
        (RangeError, "top_p", lambda: keep_top_p(np.zeros(2), 1.1)),
        (ShapeError, "log_p", lambda: greedy_decode(lambda tokens, state: (np.zeros(3), state), None, **options)),
        (ShapeError, "log_p", lambda: greedy_decode(lambda t, s: (np.zeros((2, 3)), s), None, **options)),
        (ShapeError, "start", lambda: greedy_decode(step, None, **{**options, "start": [[0]]})),
    ]
    for error, argument, call in misuses:
        with pytest.raises(error) as caught:
            call()
        assert caught.value.argument == argument
