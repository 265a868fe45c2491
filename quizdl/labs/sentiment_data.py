"""Sentences with an opinion that may be negated far away, in Japanese and English; and the learner's own sentences.

    ja   noun は opinion と (fillers) 思え た / 思え なかっ た          the negation comes after the opinion
    en   i did (not) think (fillers) that the noun was opinion        the negation comes before it

The fillers between them hold negations of their own (寒く なかっ た 日 に, a day that was not cold), which do not
count: what is negated is told by the words beside the negation, not by its mere presence.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from quizdl.engine.arrays import Ids
from quizdl.errors import InputError
from quizdl.labs.core import Array
from quizdl.labs.writers import padded
from quizdl.text import Lang, Text


class Sentence(NamedTuple):
    """Its words and whether it is praise. Of the grammar's ones: the opinion's place, and how many words lie between it
    and the verb that affirms or negates it; −1 where nobody knows.
    """

    words: tuple[str, ...]
    positive: bool
    negated: bool = False
    opinion: int = -1
    gap: int = -1


GOOD = (Text("面白い", "good"), Text("楽しい", "great"), Text("素晴らしい", "brilliant"), Text("美しい", "lovely"))
BAD = (Text("つまらない", "poor"), Text("退屈だ", "dull"), Text("ひどい", "awful"), Text("悪い", "bad"))
NOUNS = (
    Text("物語", "story"),
    Text("音楽", "music"),
    Text("映画", "film"),
    Text("結末", "ending"),
    Text("演技", "acting"),
    Text("筋", "plot"),
)
FILLERS = (
    Text("友達 と 一緒 に 帰り ながら", "with my old friends"),
    Text("長かっ た 一日 の 後 で", "after a long day"),
    Text("寒く なかっ た 日 に", "on a day that was not cold"),
    Text("あまり 遠く なかっ た 町 で", "in a town not far from here"),
    Text("家 の ソファ に 座っ て", "at home on the sofa"),
    Text("雨 の 音 を 聞き ながら", "while it was raining outside"),
    Text("夕食 を 食べる 前 に", "before we had dinner"),
    Text("少し も 眠く なかっ た 夜 に", "on a night when i was not tired"),
)
NOT = Text("なかっ", "not")

_NEGATED_SHARE = 1 / 3


def sentence(rng: np.random.Generator, language: Lang, fillers: int) -> Sentence:
    """One with at most so many fillers inside: none half of the time, one a quarter, and so on; perhaps one outside."""
    good, negated = bool(rng.integers(2)), bool(rng.random() < _NEGATED_SHARE)
    opinion, noun = (_one_of(rng, words).of(language) for words in (GOOD if good else BAD, NOUNS))
    inside = min(int(rng.geometric(0.5)) - 1, fillers)
    between = [word for _ in range(inside) for word in _one_of(rng, FILLERS).of(language).split()]
    outside = _one_of(rng, FILLERS).of(language).split() if rng.integers(2) else []
    negation = [NOT.of(language)] if negated else []
    if language == "ja":
        words = [*outside, noun, "は", opinion, "と", *between, "思え", *negation, "た"]
        gap = len(between) + 1
    else:
        core = ["i", "did", *negation, "think", *between, "that", "the", noun, "was", opinion]
        words = [*outside, *core] if rng.integers(2) else [*core, *outside]
        gap = len(between) + 4
    return Sentence(tuple(words), good != negated, negated, words.index(opinion), gap)


def sentences(rng: np.random.Generator, language: Lang, fillers: int, count: int) -> list[Sentence]:
    """So many drawn, the repeated ones left out, so that none can be both trained on and tested."""
    return list(dict.fromkeys(sentence(rng, language, fillers) for _ in range(count)))


def own_sentences(lines: list[str]) -> list[Sentence]:
    """Lines "label⇥sentence" with two labels in all; the later one in sorted order is taken as positive.

    Words are what spaces separate; a sentence without any is read character by character. Raises InputError.
    """
    parts = [line.partition("\t") for line in lines]
    for number, (label, tab, text) in enumerate(parts, 1):
        if not tab or not label.strip() or not text.strip():
            raise InputError(
                Text(
                    f"{number} 番目の行が「ラベル、タブ、文」の形ではありません。",
                    f"Line {number} is not “label, tab, sentence”.",
                ),
                _FORM,
            )
    labels = sorted({label.strip() for label, _, _ in parts})
    if len(labels) != 2 or len(parts) < _FEWEST:
        raise InputError(
            Text(
                f"2 種類のラベルが付いた文が {_FEWEST} 行以上必要ですが、{len(labels)} 種類・{len(parts)} 行です。",
                f"At least {_FEWEST} lines with two labels are needed; found {len(labels)} in {len(parts)} lines.",
            ),
            _FORM,
        )
    return list(dict.fromkeys(Sentence(_words(text), label.strip() == labels[1]) for label, _, text in parts))


_FEWEST = 10
_FORM = Text(
    "1 行に 1 文、「pos<タブ>映画 は 面白い」のように書いてください。",
    "Write a sentence a line, such as “pos<tab>the film is good”.",
)


def _words(text: str) -> tuple[str, ...]:
    words = text.split()
    return tuple(words) if len(words) > 1 else tuple(words[0])


def _one_of(rng: np.random.Generator, words: tuple[Text, ...]) -> Text:
    return words[int(rng.integers(len(words)))]


class Batch(NamedTuple):
    """Sentences as a network reads them: words (T, N), lengths (N,), where the answer is read (T, N, 1), praise (N, 1).

    The answer is read at the opinion; where nobody knows which word that is, at all words alike (their mean).
    """

    words: Ids
    lengths: Ids
    readout: Array
    positive: Array

    def of(self, rows: Ids) -> Batch:
        """Some of them, cut at the longest one's end."""
        T = int(self.lengths[rows].max())
        return Batch(self.words[:T, rows], self.lengths[rows], self.readout[:T, rows], self.positive[rows])


UNKNOWN = 0


def vocabulary(known: list[Sentence]) -> dict[str, int]:
    """Every word's id, in the order of the alphabet; UNKNOWN is for words that are not among them."""
    return {word: i for i, word in enumerate(sorted({word for one in known for word in one.words}), UNKNOWN + 1)}


def as_batch(chosen: list[Sentence], ids: dict[str, int]) -> Batch:
    """All of them, padded to the longest."""
    words = padded([tuple(ids.get(word, UNKNOWN) for word in one.words) for one in chosen], UNKNOWN)
    lengths = np.array([len(one.words) for one in chosen])
    places, opinions = np.arange(len(words))[:, None], np.array([one.opinion for one in chosen])
    readout = np.where(opinions < 0, (places < lengths) / lengths, places == opinions)
    positive = np.array([[one.positive] for one in chosen])
    return Batch(words, lengths, readout[..., None].astype(np.float32), positive.astype(np.float32))
