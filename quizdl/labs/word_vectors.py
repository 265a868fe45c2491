"""What can be read off word vectors: analogies as sums, nearest words, and planes in which relations are arrows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from quizdl.engine.arrays import Ids
from quizdl.labs.core import Array, Scatter, Table
from quizdl.labs.plane import principal_plane
from quizdl.labs.word2vec_data import Analogy, Corpus
from quizdl.text import Text, same

_NEIGHBOURS = 4
_PLANE_WORDS = 40
_SHOWN = ("king", "tokyo", "cat", "books", "he")


class Vectors(NamedTuple):
    """A word's vector (V, D) by its id, and the text it comes from."""

    table: Array
    corpus: Corpus

    def ids_of(self, analogies: tuple[Analogy, ...]) -> Ids:
        """(Q, 4) word ids."""
        ids = {word: number for number, word in enumerate(self.corpus.vocabulary)}
        return np.array([[ids[word] for word in analogy] for analogy in analogies])

    def right(self, analogies: tuple[Analogy, ...]) -> int:
        """How many of the analogies come out right."""
        asked = self.ids_of(analogies)
        return int((answers(self.table, asked[:, :3]) == asked[:, 3]).sum())


def directions(vectors: Array) -> Array:
    """Every row with length 1, so that a dot product is a cosine; a row of zeros stays one."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12))


def answers(table: Array, asked: Ids) -> Ids:
    """3CosAdd (Mikolov et al. 2013c): a is to b as c is to the word with the greatest cosine to b − a + c.

    table: (V, D), asked: (Q, 3) ids of a, b, c → (Q,). The three words themselves may not be the answer: mostly c or b
    would be the nearest of all.
    """
    u = directions(table)
    a, b, c = asked.T
    scores = (u[b] - u[a] + u[c]) @ u.T
    np.put_along_axis(scores, asked, -np.inf, axis=1)
    return np.asarray(scores.argmax(axis=1))


def parallelism(table: Array, asked: Ids) -> float:
    """The mean cosine between b − a and d − c; asked: (Q, 4). 1 where relations are directions, 0 where not."""
    a, b, c, d = directions(table)[asked].transpose(1, 0, 2)
    return float((directions(b - a) * directions(d - c)).sum(axis=1).mean())


def relations_table(networks: Mapping[str, Vectors], corpus: Corpus) -> Table:
    """Of each relation, the share of its questions that each network gets right."""
    rows: list[tuple[str | float | Text, ...]] = []
    for name, analogies in corpus.questions:
        shares = (vectors.right(analogies) / len(analogies) for vectors in networks.values())
        rows.append((name, float(len(analogies)), *shares))
    columns = (Text("関係", "relation"), Text("問題数", "questions"), *(same(name) for name in networks))
    return Table(Text("関係ごとの類推の正解率", "Share of analogies right, relation by relation"), columns, tuple(rows))


def examples_table(networks: Mapping[str, Vectors], corpus: Corpus) -> Table:
    """The first question of each relation, and what each network answers."""
    rows: list[tuple[str | float | Text, ...]] = []
    for _, (first, *_) in corpus.questions:
        given = [answers(vectors.table, vectors.ids_of((first,))[:, :3])[0] for vectors in networks.values()]
        question = f"{first.b} − {first.a} + {first.c}"
        rows.append((question, first.d, *(corpus.vocabulary[int(word)] for word in given)))
    columns = (Text("問題", "question"), Text("正解", "answer"), *(same(name) for name in networks))
    return Table(Text("類推の例", "Some of the analogies"), columns, tuple(rows))


def nearest_table(vectors: Vectors) -> Table:
    """Some words of the grammar, or of another text its commonest, and those with the greatest cosine to them."""
    u, vocabulary = directions(vectors.table), vectors.corpus.vocabulary
    known = [vocabulary.index(word) for word in _SHOWN if word in vocabulary]
    shown = known if len(known) == len(_SHOWN) else commonest(vectors.corpus, len(_SHOWN))
    rows = []
    for word in shown:
        cosines = u @ u[word]
        order = [int(other) for other in np.argsort(-cosines, kind="stable") if other != word][:_NEIGHBOURS]
        rows.append((vocabulary[word], *(f"{vocabulary[other]} {cosines[other]:.2f}" for other in order)))
    ranks = (same(f"{rank}") for rank in range(1, _NEIGHBOURS + 1))
    title = Text("コサイン類似度が最も高い単語", "Nearest words, by their cosine")
    return Table(title, (Text("単語", "word"), *ranks), tuple(rows))


def planes(vectors: Vectors) -> tuple[Scatter, ...]:
    """All words that are asked about, marked by their relation; and those of one relation alone, by their side."""
    if not vectors.corpus.questions:
        words = commonest(vectors.corpus, _PLANE_WORDS)
        return (
            _plane(vectors, {vectors.corpus.vocabulary[word]: "" for word in words}, Text("頻出語", "common words")),
        )
    marked: dict[str, str] = {}
    for _, analogies in vectors.corpus.questions:
        a, b, *_ = analogies[0]
        marked |= {word: f"{a} : {b}" for analogy in analogies for word in analogy}
    _, analogies = next((q for q in vectors.corpus.questions if "tokyo" in q.analogies[0]), vectors.corpus.questions[0])
    a, b, *_ = analogies[0]
    sides = {analogy.a: a for analogy in analogies} | {analogy.b: b for analogy in analogies}
    every = _plane(vectors, marked, Text("類推に使う全単語", "all words of the analogies"))
    return every, _plane(vectors, sides, Text(f"{a} と {b} の仲間", f"{a}, {b} and their like"))


def commonest(corpus: Corpus, count: int) -> list[int]:
    """The ids of the words that occur most."""
    return [int(word) for word in np.argsort(-corpus.counts, kind="stable")[:count]]


def _plane(vectors: Vectors, marked: Mapping[str, str], name: Text) -> Scatter:
    """The words' directions in the plane where they lie widest apart."""
    rows = [vectors.corpus.vocabulary.index(word) for word in marked]
    points, share = principal_plane(directions(vectors.table)[rows])
    title = Text(f"PCA 平面：{name.ja}（分散の {share:.0%}）", f"PCA plane: {name.en} ({share:.0%} of the variance)")
    xs, ys = points.T.tolist()
    groups = tuple(marked.values()) if any(marked.values()) else ()
    return Scatter(title, tuple(xs), tuple(ys), tuple(marked), groups)
