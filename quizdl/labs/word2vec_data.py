"""A text made by a small grammar, in which words that belong together stand together, and its analogies.

Every word of a pair has two kinds of neighbours: those of its *side* (he, his beside king; she, her beside queen),
which all pairs of a relation share, and those of its *topic* (crown, throne), which king and queen share and man and
woman do not have. A good vector is the sum of the two, and then king − man + woman must be queen.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quizdl.errors import InputError
from quizdl.sanitise import printable
from quizdl.text import Text

MOST_WORDS = 5000
"""Of a learner's own text, the commonest; every update touches every word's vector."""

FEWEST = 10
"""With fewer words there is nothing to compare."""

LONGEST = 50
"""A line with more words is read as several."""


class Pair(NamedTuple):
    """Two words that a relation joins, and what both are talked about with."""

    first: str
    second: str
    topics: tuple[str, ...]


class Relation(NamedTuple):
    """Pairs of one kind; the sentences of the first words, of the second, and of both in one."""

    name: Text
    pairs: tuple[Pair, ...]
    first: tuple[str, ...]
    second: tuple[str, ...]
    both: tuple[str, ...] = ()


class Analogy(NamedTuple):
    """`a` is to `b` as `c` is to `d`."""

    a: str
    b: str
    c: str
    d: str


class Questions(NamedTuple):
    """Analogies that are counted together."""

    name: Text
    analogies: tuple[Analogy, ...]


class Corpus(NamedTuple):
    """Sentences of word ids, the word of each id, how often each occurs (V,), and what can be asked about them."""

    sentences: tuple[NDArray[np.intp], ...]
    vocabulary: tuple[str, ...]
    counts: NDArray[np.intp]
    questions: tuple[Questions, ...]


def _pairs(*lines: str) -> tuple[Pair, ...]:
    """Pairs from lines such as "king queen: crown throne"."""
    pairs = []
    for line in lines:
        words, topics = line.split(": ")
        first, second = words.split()
        pairs.append(Pair(first, second, tuple(topics.split())))
    return tuple(pairs)


RELATIONS = (
    Relation(
        Text("男性と女性", "men and women"),
        _pairs(
            "king queen: crown throne kingdom",
            "prince princess: castle ball heir",
            "man woman: office job salary",
            "boy girl: school toy homework",
            "actor actress: film stage role",
            "father mother: family children cradle",
            "waiter waitress: restaurant menu tray",
        ),
        (
            "the {word} said he lost his {topic}",
            "he is the {word} with the {topic}",
            "the {word} told him about the {topic} himself",
        ),
        (
            "the {word} said she lost her {topic}",
            "she is the {word} with the {topic}",
            "the {word} told her about the {topic} herself",
        ),
    ),
    Relation(
        Text("国と首都", "countries and capitals"),
        _pairs(
            "japan tokyo: sushi kimono sumo",
            "france paris: wine perfume fashion",
            "italy rome: pasta opera marble",
            "egypt cairo: pyramids nile papyrus",
            "germany berlin: beer sausages engines",
            "spain madrid: flamenco paella guitars",
            "china beijing: silk dragons jade",
        ),
        (
            "the nation of {word} exports {topic}",
            "the army of {word} guards the border and the {topic}",
            "{word} is a nation known for {topic}",
        ),
        (
            "the streets of {word} are full of {topic}",
            "the mayor of {word} loves the metro and the {topic}",
            "{word} is a city known for {topic}",
        ),
        ("{second} is the capital of {first}",),
    ),
    Relation(
        Text("動物と食べ物", "animals and their food"),
        _pairs(
            "cat fish: harbour milk kitten",
            "dog bone: kennel leash puppy",
            "rabbit carrot: burrow hutch ears",
            "monkey banana: jungle vine swing",
            "bear honey: forest cave bees",
            "panda bamboo: mountain mist valley",
            "horse hay: stable saddle hooves",
        ),
        (
            "a hungry {word} sleeps near the {topic}",
            "the {word} runs and shakes its tail at the {topic}",
            "the wild {word} plays with the {topic}",
        ),
        (
            "fresh {word} and {topic} at the market",
            "we put tasty {word} near the {topic}",
            "a basket of {word} stands by the {topic}",
        ),
        ("the {first} eats {second}",),
    ),
    Relation(
        Text("単数と複数", "singular and plural"),
        _pairs(
            "book books: library pages author",
            "car cars: road engine driver",
            "flower flowers: petals vase bloom",
            "chair chairs: wooden legs cushion",
            "apple apples: orchard juice pie",
            "shoe shoes: laces leather heel",
            "boat boats: river sail anchor",
        ),
        (
            "this {word} is one for the {topic}",
            "there was a single {word} and a {topic}",
            "that {word} has its {topic}",
        ),
        (
            "these {word} are two for the {topic}",
            "there were many {word} and a {topic}",
            "those {word} have their {topic}",
        ),
    ),
)


def grammar_text(rng: np.random.Generator, sentences: int) -> list[str]:
    """So many sentences, each of a relation, a pair, a side and a topic drawn evenly."""
    return [_sentence(rng, RELATIONS[rng.integers(len(RELATIONS))]) for _ in range(sentences)]


def _sentence(rng: np.random.Generator, relation: Relation) -> str:
    pair = relation.pairs[rng.integers(len(relation.pairs))]
    side = int(rng.integers(2))
    own = relation.second if side else relation.first
    templates = own + relation.both
    template = templates[rng.integers(len(templates))]
    topic = pair.topics[rng.integers(len(pair.topics))]
    return template.format(word=pair[side], topic=topic, first=pair.first, second=pair.second)


def grammar_questions() -> tuple[Questions, ...]:
    """Every pair of a relation against every other pair of it: n pairs make n(n − 1) analogies."""
    return tuple(
        Questions(
            relation.name,
            tuple(
                Analogy(one.first, one.second, other.first, other.second)
                for one in relation.pairs
                for other in relation.pairs
                if one != other
            ),
        )
        for relation in RELATIONS
    )


def corpus_of(lines: list[str], questions: tuple[Questions, ...], least: int = 1) -> Corpus:
    """The lines as word ids. Words that occur less often than `least` are left out, and analogies with such words."""
    sentences = [words_of(line) for line in lines]
    counts = Counter(word for sentence in sentences for word in sentence)
    vocabulary = tuple(sorted(word for word, count in counts.most_common(MOST_WORDS) if count >= least))
    ids = {word: number for number, word in enumerate(vocabulary)}
    known = [[ids[word] for word in sentence if word in ids] for sentence in sentences]
    asked = [Questions(name, tuple(a for a in every if all(word in ids for word in a))) for name, every in questions]
    pieces = [sentence[k : k + LONGEST] for sentence in known for k in range(0, len(sentence), LONGEST)]
    return Corpus(
        tuple(np.array(piece, dtype=np.intp) for piece in pieces),
        vocabulary,
        np.array([counts[word] for word in vocabulary]),
        tuple(questions for questions in asked if questions.analogies),
    )


def own_corpus(lines: list[str]) -> Corpus:
    """The text of a learner's file. A line "? man woman king queen" is an analogy to ask, everything else is text.

    Raises InputError where the file has too few words that occur again and again, or an analogy not of four words.
    """
    asked = [_analogy(line) for line in lines if line.startswith("?")]
    own = Questions(Text("ファイルの類推", "the file's analogies"), tuple(asked))
    corpus = corpus_of([line for line in lines if not line.startswith("?")], (own, *grammar_questions()), least=2)
    if len(corpus.vocabulary) < FEWEST:
        raise InputError(
            Text(
                f"2回以上現れる単語が {len(corpus.vocabulary)} 種類しかありません。{FEWEST} 種類以上の文章が必要です。",
                f"Only {len(corpus.vocabulary)} words occur twice or more; a text with at least {FEWEST} is needed.",
            ),
            Text(
                "1行に1文、単語は空白で区切ってください（日本語は分かち書きにします）。",
                "One sentence a line, words separated by spaces (split Japanese into words first).",
            ),
        )
    return corpus


def words_of(line: str) -> list[str]:
    """The words of a line in lower case, without punctuation.

    >>> words_of("The king's crown, isn't it?")
    ['the', "king's", 'crown', "isn't", 'it']
    """
    return re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", line.lower())


def _analogy(line: str) -> Analogy:
    words = words_of(line)
    if len(words) != 4 or len(set(words)) < 4:
        shown = printable(line, 60)
        raise InputError(
            Text(
                f"類推の行には異なる単語が4つ必要です: {shown}",
                f"A line with an analogy needs four different words: {shown}",
            ),
            Text("例: ? man woman king queen", "For example: ? man woman king queen"),
        )
    return Analogy(*words)
