"""A small language pair: telegraphic English into Japanese, by one grammar and one dictionary.

    sentence     → noun phrase, verb, noun phrase           cat of old king loves red ship of town
    noun phrase  → [adjective] noun (of noun phrase)

The dictionary is one to one, so that all the difficulty lies in the order of the words:

    verb-final   as Japanese has it: 古い 王 の 猫 が 町 の 赤い 船 を 愛す
    reversed     word by word from the last to the first: 町 の 船 赤い 愛す 王 古い の 猫

In "verb-final" the verb goes from the middle to the end, and each chain of "of" is turned round as a whole: the place
of a word in the translation depends on words that come later.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from quizdl.engine.arrays import Ids
from quizdl.labs.writers import BEGIN, END
from quizdl.text import Text

_NOUNS = (
    Text("猫", "cat"),
    Text("犬", "dog"),
    Text("鳥", "bird"),
    Text("王", "king"),
    Text("子", "child"),
    Text("友", "friend"),
    Text("家", "house"),
    Text("町", "town"),
    Text("船", "ship"),
    Text("本", "book"),
    Text("歌", "song"),
    Text("地図", "map"),
)
_ADJECTIVES = (
    Text("古い", "old"),
    Text("新しい", "new"),
    Text("赤い", "red"),
    Text("白い", "white"),
    Text("小さい", "small"),
    Text("良い", "good"),
)
_VERBS = (
    Text("見る", "sees"),
    Text("愛す", "loves"),
    Text("探す", "seeks"),
    Text("売る", "sells"),
    Text("買う", "buys"),
    Text("描く", "draws"),
)

NOUNS, ADJECTIVES, VERBS = ({word.en: word.ja for word in words} for words in (_NOUNS, _ADJECTIVES, _VERBS))
DICTIONARY = {**NOUNS, **ADJECTIVES, **VERBS, "of": "の"}
"""The Japanese of every English word."""

SHORTEST = 3
ORDERS = ("verb-final", "reversed")

SOURCE_WORDS = tuple(DICTIONARY)
TARGET_WORDS = ("^", "。", *DICTIONARY.values(), "が", "を")
"""The words at their ids; ^ is BEGIN and 。 is END."""

_SOURCE_IDS = {word: i for i, word in enumerate(SOURCE_WORDS)}
_TARGET_IDS = {word: i for i, word in enumerate(TARGET_WORDS)}


class Pair(NamedTuple):
    """A sentence, its translation, and for each translated word the place of its source word; −1 for が and を."""

    source: tuple[str, ...]
    target: tuple[str, ...]
    places: tuple[int, ...]


class Group(NamedTuple):
    """A noun with its adjective: their places in the sentence, and that of the "of" before them, −1 where none is."""

    words: tuple[int, ...]
    of: int


def sentence(rng: np.random.Generator, length: int, order: str) -> Pair:
    """A sentence of so many words, at least SHORTEST, and its translation."""
    verb = int(rng.integers(1, length - 1))
    subject, subject_groups = _noun_phrase(rng, verb, 0)
    objects, object_groups = _noun_phrase(rng, length - 1 - verb, verb + 1)
    source = (*subject, _one_of(rng, VERBS), *objects)
    if order == "reversed":
        places = tuple(reversed(range(length)))
        return Pair(source, tuple(DICTIONARY[source[i]] for i in places), places)
    places = (*_turned(subject_groups), _GA, *_turned(object_groups), _WO, verb)
    target = tuple(_PARTICLES[i] if i < 0 else DICTIONARY[source[i]] for i in places)
    return Pair(source, target, tuple(max(i, -1) for i in places))


_GA, _WO = -1, -2
_PARTICLES = {_GA: "が", _WO: "を"}


def _noun_phrase(rng: np.random.Generator, length: int, start: int) -> tuple[list[str], list[Group]]:
    """Words, and their groups, of a phrase that begins at the place `start`."""
    words: list[str] = []
    groups: list[Group] = []
    while len(words) < length:
        of = start + len(words) if words else -1
        words += ["of"] if words else []
        left = length - len(words)
        # A group may end the phrase or leave room for "of" and one word more: never for a single word.
        sizes = [size for size in (1, 2) if left == size or left - size >= 2]
        size = sizes[int(rng.integers(len(sizes)))]
        first = start + len(words)
        words += [_one_of(rng, ADJECTIVES)] if size == 2 else []
        words.append(_one_of(rng, NOUNS))
        groups.append(Group(tuple(range(first, first + size)), of))
    return words, groups


def _turned(groups: list[Group]) -> list[int]:
    """The places in Japanese order: the last group first, each followed by の for the "of" that stood before it."""
    return [place for group in reversed(groups) for place in (*group.words, *([group.of] if group.of >= 0 else []))]


def _one_of(rng: np.random.Generator, words: dict[str, str]) -> str:
    return list(words)[int(rng.integers(len(words)))]


def sentences(rng: np.random.Generator, length: int, order: str, count: int) -> list[Pair]:
    """At most so many, all different: of short ones there are not that many."""
    return list(dict.fromkeys(sentence(rng, length, order) for _ in range(count)))


class Batch(NamedTuple):
    """Sentences of one length as ids: source (S, N), target (T, N)."""

    source: Ids
    target: Ids


def as_ids(pairs: list[Pair]) -> Batch:
    """Sentences of one length, whose translations are of one length too: nothing need be padded."""
    source = np.array([[_SOURCE_IDS[word] for word in pair.source] for pair in pairs])
    target = np.array([[BEGIN, *target_ids(pair), END] for pair in pairs])
    return Batch(np.ascontiguousarray(source.T), np.ascontiguousarray(target.T))


def target_ids(pair: Pair) -> tuple[int, ...]:
    """The translation's ids, without BEGIN and END."""
    return tuple(_TARGET_IDS[word] for word in pair.target)
