"""Dialogues of three turns in which the last may be one of several: a grammar's, or one's own.

    A: i ate ramen     B: did you like it ?     A: ramen was wonderful ! / not bad at all . / …

The topic stands in the first turn and the question in the second, so a fitting reply needs both: that is what the
context GRU is there for. And whoever knows both still cannot know which of the replies it will be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from quizdl.engine.arrays import Ids
from quizdl.errors import InputError
from quizdl.sanitise import printable
from quizdl.text import Text

Turn = tuple[str, ...]
Context = tuple[Turn, ...]

SIGNS = ("<s>", "</s>", "<pad>")
BEGIN, END, PADDING = range(3)
"""Ids of the signs; the words' begin after them."""

STATEMENTS: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("i ate {topic}", "we had {topic}"): ("ramen", "sushi", "curry"),
    ("i visited {topic}", "we went to {topic}"): ("kyoto", "nara", "kobe"),
}

QUESTIONS: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("how was it ?", "did you like it ?"): (
        "{topic} was wonderful !",
        "{topic} has changed a lot .",
        "{topic} is always good .",
        "far too expensive .",
        "not bad at all .",
        "i loved every moment .",
    ),
    ("who was with you ?", "were you alone ?"): (
        "{topic} lovers like me .",
        "{topic} is best alone .",
        "{topic} makes my family happy .",
        "my sister came along .",
        "nobody wanted to come .",
        "two old friends .",
    ),
    ("will you do it again ?", "what about next time ?"): (
        "{topic} again , yes !",
        "{topic} only with you .",
        "{topic} ? never again !",
        "maybe in spring .",
        "on my birthday .",
        "as soon as possible .",
    ),
}

_LONGEST = 30
_MOST_TURNS = 8
_FEWEST = 20
_MOST_WORDS = 3000


class Dialogues(NamedTuple):
    """Word ids (T, M, N) of N dialogues of at most M turns of at most T words, signs included; their lengths (M, N).

    `replies` has for every context, that is all turns but the last, the replies that may follow.
    """

    words: Ids
    lengths: Ids
    vocabulary: tuple[str, ...]
    replies: Mapping[Context, frozenset[Turn]]


def grammar_replies() -> dict[Context, frozenset[Turn]]:
    """What the grammar can say after every one of its contexts."""
    found: dict[Context, frozenset[Turn]] = {}
    for statements, topics in STATEMENTS.items():
        for topic in topics:
            for questions, answers in QUESTIONS.items():
                replies = frozenset(turn(answer.format(topic=topic)) for answer in answers)
                for statement in statements:
                    found |= {(turn(statement.format(topic=topic)), turn(question)): replies for question in questions}
    return found


def grammar_dialogues(rng: np.random.Generator, count: int) -> Dialogues:
    """So many dialogues, context and reply drawn evenly."""
    replies = grammar_replies()
    contexts = list(replies)
    drawn = [contexts[k] for k in rng.integers(len(contexts), size=count)]
    # A set has no order of its own that would be the same tomorrow.
    choices = {context: sorted(allowed) for context, allowed in replies.items()}
    said = [(*context, choices[context][rng.integers(len(choices[context]))]) for context in drawn]
    return encoded(said, replies)


def own_dialogues(lines: list[str]) -> Dialogues:
    """A dialogue a line, its turns parted by "|", the words of a turn by spaces. Raises InputError."""
    said = [tuple(turn(part) for part in line.split("|")) for line in lines]
    for number, (line, turns) in enumerate(zip(lines, said, strict=True), 1):
        if not 2 <= len(turns) <= _MOST_TURNS or any(not 1 <= len(words) <= _LONGEST for words in turns):
            shown = printable(line, 60)
            raise InputError(
                Text(
                    f"{number} 行目は対話として読めません（1行に 2〜{_MOST_TURNS} 発話、各 1〜{_LONGEST} 語）: {shown}",
                    f"Line {number} is no dialogue of 2 to {_MOST_TURNS} turns of 1 to {_LONGEST} words: {shown}",
                ),
                _EXAMPLE,
            )
    if len(said) < _FEWEST:
        raise InputError(
            Text(
                f"対話が {len(said)} 個しかありません（{_FEWEST} 個以上必要です）。",
                f"{len(said)} dialogues are too few; at least {_FEWEST} are needed.",
            ),
            _EXAMPLE,
        )
    replies: dict[Context, frozenset[Turn]] = {}
    for *context, reply in said:
        replies[tuple(context)] = replies.get(tuple(context), frozenset()) | {reply}
    return encoded(said, replies)


def turn(text: str) -> Turn:
    """Its words.

    >>> turn("how was it ?")
    ('how', 'was', 'it', '?')
    """
    return tuple(text.split())


def encoded(said: Sequence[tuple[Turn, ...]], replies: Mapping[Context, frozenset[Turn]]) -> Dialogues:
    """The dialogues as word ids, every turn between its signs; the vocabulary is of all that could be said."""
    possible = [*said, *((*context, *allowed) for context, allowed in replies.items())]
    words = sorted({word for turns in possible for words in turns for word in words})
    if len(words) > _MOST_WORDS:
        raise InputError(
            Text(
                f"異なる単語が {len(words)} 種類あります（{_MOST_WORDS} 種類まで）。",
                f"There are {len(words)} different words; at most {_MOST_WORDS} can be learnt here.",
            ),
            Text("対話を減らしてください。", "Take fewer dialogues."),
        )
    vocabulary = (*SIGNS, *words)
    ids, lengths = padded(said, vocabulary)
    return Dialogues(ids, lengths, vocabulary, replies)


def padded(said: Sequence[tuple[Turn, ...]], vocabulary: tuple[str, ...]) -> tuple[Ids, Ids]:
    """Turns as word ids (T, M, N) and their lengths (M, N); a dialogue of fewer turns has some of length 0."""
    number = {word: k for k, word in enumerate(vocabulary) if k >= len(SIGNS)}
    T = 2 + max(len(words) for turns in said for words in turns)
    M = max(len(turns) for turns in said)
    ids, lengths = np.full((T, M, len(said)), PADDING), np.zeros((M, len(said)), dtype=np.intp)
    for n, turns in enumerate(said):
        for m, words in enumerate(turns):
            signed = [BEGIN, *(number[word] for word in words), END]
            ids[: len(signed), m, n], lengths[m, n] = signed, len(signed)
    return ids, lengths


_EXAMPLE = Text(
    "例: i ate ramen | did you like it ? | not bad at all .",
    "For example: i ate ramen | did you like it ? | not bad at all .",
)
