"""Writing a sequence word by word: greedily, with a beam, or at random.

All three work with any network through its step function:

    log_p, state = step(tokens, state)

tokens (n,) are the last words of n sequences, log_p (n, V) the log-probabilities of their next words, and state is
whatever the network goes on from. A search drops sequences and follows others twice, so it must be able to pick the
states of some of them: by `rows_of`, which knows arrays with the sequences as their first axis, lists with one object
(of any kind) for each sequence, dicts and tuples of these, and None; or by a function of the caller's, `pick`, which
gets the state and the rows (m,) that are wanted, some perhaps twice, and returns the state of these m sequences. A step
must not change the state that it was given.

Where words are equally likely, the lowest id comes first.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.activations import log_softmax
from quizdl.engine.arrays import Array, Ids, checked, whole
from quizdl.engine.checks import number
from quizdl.engine.errors import RangeError

State: TypeAlias = Any

Step: TypeAlias = Callable[[Ids, State], tuple[Array, State]]

Pick: TypeAlias = Callable[[State, Ids], State]


class Hypothesis(NamedTuple):
    """The words that were written, the sign for the end among them if it was reached, and how likely they are."""

    tokens: tuple[int, ...]
    log_probability: float
    score: float
    """What hypotheses are ranked by: the log-probability, divided by the length penalty where there is one."""
    finished: bool


def rows_of(state: State, rows: Ids) -> State:
    """The state of these sequences, of those in a state of many."""
    if state is None:
        return None
    if isinstance(state, np.ndarray):
        return state[rows]
    if isinstance(state, list):
        return [state[row] for row in rows]
    if isinstance(state, dict):
        return {name: rows_of(part, rows) for name, part in state.items()}
    if isinstance(state, tuple):
        parts = [rows_of(part, rows) for part in state]
        return type(state)(*parts) if hasattr(state, "_fields") else tuple(parts)
    raise TypeError(f"do not know how to pick sequences from a {type(state).__name__}: give `pick`")


def greedy_decode(step: Step, state: State, *, start: ArrayLike, eos: int | None, max_length: int) -> list[Hypothesis]:
    """Always the likeliest next word, for each of n sequences, until `eos` or max_length words.

    start: (n,), or one word for a single sequence. Not the likeliest sequence: see `beam_search`. O(max_length) steps.
    """

    def likeliest(log_p: Array) -> Ids:
        return np.asarray(log_p.argmax(axis=-1))

    return _written(step, state, start, eos, max_length, likeliest)


def sample_decode(
    step: Step,
    state: State,
    *,
    start: ArrayLike,
    eos: int | None,
    max_length: int,
    rng: np.random.Generator,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
) -> list[Hypothesis]:
    """The next word drawn at random: p sharpened by the temperature, then cut by top_k, then by top_p.

    As `greedy_decode` otherwise. The log-probabilities are those of the network, before sharpening and cutting.
    """

    def drawn(log_p: Array) -> Ids:
        log_q = with_temperature(log_p, temperature)
        log_q = log_q if top_k is None else keep_top_k(log_q, top_k)
        log_q = log_q if top_p is None else keep_top_p(log_q, top_p)
        below = np.cumsum(np.exp(log_q), axis=-1)
        u = rng.random((len(log_q), 1)) * below[:, -1:]
        return np.asarray((below <= u).sum(axis=-1))

    return _written(step, state, start, eos, max_length, drawn)


def beam_search(
    step: Step,
    state: State,
    *,
    start: int,
    eos: int | None,
    beam: int,
    max_length: int,
    length_penalty: float = 0.0,
    pick: Pick = rows_of,
) -> list[Hypothesis]:
    """The `beam` best hypotheses of one sequence, best first, each grown word by word out of the best so far.

    Every step keeps the `beam` best of all next words of the hypotheses that are alive; one that reaches `eos` is set
    aside (Sutskever et al. 2014, §3.2). The search ends when none that is alive could still overtake those, or at
    max_length words. The score is log P(y)/lp(y) with lp(y) = ((5 + |y|)/6)^length_penalty (Wu et al. 2016, eq. 14); 0
    is none. With beam = 1 it is `greedy_decode`. state: of one sequence. O(max_length·beam·V·log(beam·V)).
    """
    _at_least_one(beam=beam, max_length=max_length)
    exponent = number("length_penalty", length_penalty, 0.0)
    longest = _length_penalty(max_length, exponent)
    alive = [Hypothesis((), 0.0, 0.0, False)]
    done: list[Hypothesis] = []
    for length in range(1, max_length + 1):
        tokens = [hypothesis.tokens[-1] if hypothesis.tokens else start for hypothesis in alive]
        log_p, state = _stepped(step, whole("start", tokens, "n"), state, eos)
        grown, parents = _best_next(alive, log_p, beam, eos, _length_penalty(length, exponent))
        done = _ranked(done + [hypothesis for hypothesis in grown if hypothesis.finished])[:beam]
        alive = [hypothesis for hypothesis in grown if not hypothesis.finished]
        if not alive or (len(done) == beam and done[-1].score >= alive[0].log_probability / longest):
            break
        state = pick(state, parents)
    return _ranked(done + alive)[:beam]


def with_temperature(log_p: Array, temperature: float) -> Array:
    """log softmax(log p/temperature): below 1 the likely grows likelier, above 1 all grow more alike; log_p: (…, V)."""
    (log_p,) = checked(log_p=(log_p, "... V"))
    return log_softmax(log_p / number("temperature", temperature, above=0.0))


def keep_top_k(log_p: Array, k: int) -> Array:
    """The log-probabilities of the k likeliest words, which sum to 1 again, the others −∞ (Fan et al. 2018)."""
    (log_p,) = checked(log_p=(log_p, "... V"))
    _at_least_one(top_k=k)
    return log_softmax(np.where(_ranks(log_p) < k, log_p, log_p.dtype.type(-np.inf)))


def keep_top_p(log_p: Array, p: float) -> Array:
    """The same of the nucleus: the fewest likeliest words whose probabilities sum to at least p.

    Holtzman et al. 2020, eq. 2–3. The word that reaches p belongs to it, so there is always one.
    """
    (log_p,) = checked(log_p=(log_p, "... V"))
    number("top_p", p, 0.0, 1.0)
    ranks = _ranks(log_p)
    ordered = -np.sort(-np.exp(log_softmax(log_p)), axis=-1)
    before = np.cumsum(ordered, axis=-1) - ordered
    few = np.maximum(((before < p) | (p == 1)).sum(axis=-1, keepdims=True), 1)
    return log_softmax(np.where(ranks < few, log_p, log_p.dtype.type(-np.inf)))


def _written(
    step: Step, state: State, start: ArrayLike, eos: int | None, max_length: int, choose: Callable[[Array], Ids]
) -> list[Hypothesis]:
    """One word after another, chosen from log_p (n, V); what a sequence gets after its end is thrown away."""
    _at_least_one(max_length=max_length)
    tokens = np.atleast_1d(whole("start", start, "..."))
    total = np.zeros(len(whole("start", tokens, "n")))
    words: list[list[int]] = [[] for _ in tokens]
    finished = np.zeros(len(tokens), dtype=bool)
    for _ in range(max_length):
        log_p, state = _stepped(step, tokens, state, eos)
        tokens = choose(log_p)
        for n in np.flatnonzero(~finished):
            words[n].append(int(tokens[n]))
            total[n] += log_p[n, tokens[n]]
        finished |= tokens == (-1 if eos is None else eos)
        if finished.all():
            break
    return [
        Hypothesis(tuple(found), float(log_probability), float(log_probability), bool(end))
        for found, log_probability, end in zip(words, total, finished, strict=True)
    ]


def _best_next(
    alive: list[Hypothesis], log_p: Array, beam: int, eos: int | None, penalty: float
) -> tuple[list[Hypothesis], Ids]:
    """The best of all hypotheses with one word more; and for each that is not finished, out of which it grew."""
    total = np.array([[hypothesis.log_probability] for hypothesis in alive]) + log_p
    best = np.argsort(-total, axis=None, kind="stable")[:beam]  # among equals the better parent, then the lower id
    grown, parents = [], []
    for parent, token in np.column_stack(np.unravel_index(best, total.shape)).tolist():
        log_probability = float(total[parent, token])
        if log_probability > -math.inf:
            tokens = (*alive[parent].tokens, token)
            grown.append(Hypothesis(tokens, log_probability, log_probability / penalty, token == eos))
            parents += [] if token == eos else [parent]
    return grown, np.array(parents, dtype=np.intp)


def _length_penalty(length: int, exponent: float) -> float:
    penalty: float = ((5 + length) / 6) ** exponent
    return penalty


def _ranked(hypotheses: list[Hypothesis]) -> list[Hypothesis]:
    """Best first; equal ones stay in the order in which they were found."""
    return sorted(hypotheses, key=lambda hypothesis: -hypothesis.score)


def _stepped(step: Step, tokens: Ids, state: State, eos: int | None) -> tuple[Array, State]:
    """One step, once its answer is known to be n rows of log-probabilities, and `eos` to be among the words."""
    log_p, state = step(tokens, state)
    (log_p,) = checked({"n": len(tokens)}, log_p=(log_p, "n V"))
    if eos is not None and not 0 <= eos < log_p.shape[1]:
        raise RangeError(
            "eos",
            f"0 から {log_p.shape[1] - 1} の番号が必要ですが、{eos} です",
            f"expected 0 to {log_p.shape[1] - 1}, found {eos}",
        )
    return log_p, state


def _ranks(log_p: Array) -> Ids:
    """Of each word, how many come before it: the likelier ones, and equally likely ones of lower ids."""
    order = np.argsort(-log_p, axis=-1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(log_p.shape[-1]), axis=-1)
    return ranks


def _at_least_one(**sizes: int) -> None:
    for name, size in sizes.items():
        if size < 1:
            raise RangeError(name, f"1 以上が必要ですが、{size} です", f"expected at least 1, found {size}")
