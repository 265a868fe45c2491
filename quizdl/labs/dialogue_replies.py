"""Replies to a context, many of each, and how varied and how fitting they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from quizdl.engine.decoding import greedy_decode, sample_decode
from quizdl.engine.hred import begin_response, response_step
from quizdl.labs.core import Array
from quizdl.labs.dialogue_data import BEGIN, END, Context, Dialogues, Turn, padded


class Variety(NamedTuple):
    """Means over contexts of what k replies to each are like.

    distinct_1 and distinct_2: different words and pairs of neighbours, over all there are (Li et al. 2016). different:
    how many of the k replies are. fitting: the share of them that the grammar, or the learner's file, has after this
    context. covered: the share of what it has that is among them.
    """

    distinct_1: float
    distinct_2: float
    different: float
    fitting: float
    covered: float


def distinct(replies: Sequence[Turn], n: int) -> float:
    """Different n-grams over all n-grams of the replies; 0 where there are none.

    >>> distinct([("not", "bad"), ("not", "good")], 1)
    0.75
    """
    found = [reply[k : k + n] for reply in replies for k in range(len(reply) - n + 1)]
    return len(set(found)) / len(found) if found else 0.0


def variety(replies: Mapping[Context, Sequence[Turn]], allowed: Mapping[Context, frozenset[Turn]]) -> Variety:
    """Measured for each context by itself, so that different contexts do not pass for variety."""
    rows = [
        (
            distinct(said, 1),
            distinct(said, 2),
            len(set(said)),
            sum(reply in allowed[context] for reply in said) / len(said),
            len(set(said) & allowed[context]) / len(allowed[context]),
        )
        for context, said in replies.items()
    ]
    return Variety(*(float(mean) for mean in np.mean(rows, axis=0)))


def write(
    p: Mapping[str, Array],
    dialogues: Dialogues,
    contexts: Sequence[Context],
    rng: np.random.Generator,
    *,
    count: int,
    temperature: float,
) -> dict[Context, list[Turn]]:
    """`count` replies to every context; temperature 0 is greedy: always the likeliest word.

    A VHRED draws a z from its prior for each reply. Greedily, that is the only chance there is, and an HRED has none.
    """
    repeated = [context for context in contexts for _ in range(count)]
    eps = rng.standard_normal((len(repeated), p["prior.mu.b"].size)) if "prior.mu.b" in p else None
    written = reply_to(p, dialogues, repeated, eps, rng, temperature)
    return {context: written[k * count : (k + 1) * count] for k, context in enumerate(contexts)}


def reply_to(
    p: Mapping[str, Array],
    dialogues: Dialogues,
    contexts: Sequence[Context],
    eps: Array | None,
    rng: np.random.Generator,
    temperature: float = 0.0,
) -> list[Turn]:
    """One reply to each context, at most as long as the longest turn; eps (N, Z): where in the prior each z lies."""
    ids, lengths = padded(contexts, dialogues.vocabulary)
    state = begin_response(p, ids, eps, lengths=lengths)
    start, longest = np.full(len(contexts), BEGIN), len(dialogues.words)
    step = partial(response_step, p)
    if temperature > 0:
        found = sample_decode(step, state, start=start, eos=END, max_length=longest, rng=rng, temperature=temperature)
    else:
        found = greedy_decode(step, state, start=start, eos=END, max_length=longest)
    return [tuple(dialogues.vocabulary[k] for k in hypothesis.tokens if k != END) for hypothesis in found]


def drawn_replies(
    dialogues: Dialogues, contexts: Sequence[Context], rng: np.random.Generator, count: int
) -> dict[Context, list[Turn]]:
    """What would be perfect: the replies that may follow, drawn evenly."""
    choices = {context: sorted(dialogues.replies[context]) for context in contexts}
    return {context: [found[k] for k in rng.integers(len(found), size=count)] for context, found in choices.items()}
