"""Is a word praise, in its sentence? A negation may stand far off: read one way or both, with gates or without.

    h_t = layer(E[word_t], h_{t−1})         one way: knows the words up to t
    h_t = [h_ahead_t; h_back_t]             both ways: knows the whole sentence at every t
    z   = Σ_t m_t (h_t w) + b               m is 1 at the opinion, 0 elsewhere (own data: the mean of all words)

It is praise where σ(z) > ½. The answer is read where the opinion stands, so that a network can know a negation that
follows only if it also reads backwards (Schuster & Paliwal 1997). RNN and LSTM, each one way and both, are the four
corners of one experiment: which of the two differences matters where?
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import NamedTuple, cast

import numpy as np

from quizdl.engine.arrays import Ids
from quizdl.engine.bidirectional import Layer
from quizdl.engine.elementary import sum_forward
from quizdl.engine.embedding import embedding_forward
from quizdl.engine.losses import bce_with_logits_forward
from quizdl.engine.optimisers import Adam
from quizdl.engine.parameters import part, within
from quizdl.engine.schedules import cosine_decay
from quizdl.engine.stacked import init_stacked, read_through
from quizdl.engine.tape import Value, Values, apply, one, recorded, replayed
from quizdl.labs.core import (
    SEED,
    Array,
    Curves,
    Heatmap,
    Lab,
    Option,
    Outcome,
    Picture,
    Series,
    Settings,
    Step,
    Weights,
)
from quizdl.labs.sentiment_data import UNKNOWN, Batch, Sentence, as_batch, own_sentences, sentences, vocabulary
from quizdl.labs.sentiment_reading import Scores, read, read_own
from quizdl.labs.training import accuracy_curves, descend, endless_minibatches, loss_curves, need_no_others, put_back
from quizdl.text import Lang, Text, same


class Kind(NamedTuple):
    """One corner of the experiment."""

    layer: Layer
    both_ways: bool
    name: Text


KINDS = {
    "rnn": Kind("rnn", False, same("RNN")),
    "lstm": Kind("lstm", False, same("LSTM")),
    "bi_rnn": Kind("rnn", True, Text("双方向 RNN", "bidirectional RNN")),
    "bi_lstm": Kind("lstm", True, Text("双方向 LSTM", "bidirectional LSTM")),
}

_D = 16
_DROPPED = 0.02
"""So many words are read as UNKNOWN in training, so that it has a meaning: a word that says nothing."""

_CHECKS = 20
_WIDTH = 5
"""Distances are taken together by fives: 0–4, 5–9, …"""


def logits(p: Values, *, batch: Batch, kind: Kind) -> Value:
    """z (B, 1)."""
    x = one(apply(embedding_forward, ids=batch.words, E=p["E"]))
    h, *_ = read_through(x, part(p, "layer."), layer=kind.layer, bidirectional=kind.both_ways, lengths=batch.lengths)
    return one(apply(sum_forward, x=(h @ p["w"]) * batch.readout, axis=0)) + p["b"]


def loss_of(p: Values, *, batch: Batch, kind: Kind) -> Value:
    """The cross-entropy of praise or not."""
    return one(apply(bce_with_logits_forward, z=logits(p, batch=batch, kind=kind), t=batch.positive))


def initial(rng: np.random.Generator, words: int, H: int, kind: Kind) -> dict[str, Array]:
    """The weights of a network that knows so many words; H units in each direction."""
    width = 2 * H if kind.both_ways else H
    bound = 1 / np.sqrt(width)
    layers = init_stacked(rng, _D, H, layer=kind.layer, layers=1, bidirectional=kind.both_ways, dtype=np.float32)
    return {
        "E": rng.standard_normal((words, _D)).astype(np.float32),
        **within("layer.", layers),
        "w": rng.uniform(-bound, bound, (width, 1)).astype(np.float32),
        "b": np.zeros(1, np.float32),
    }


class Sentiment:
    """One run: each network in turn, on the same sentences."""

    def __init__(self, settings: Settings, data: object | None) -> None:
        self.settings, self.own = settings, data is not None
        rng = np.random.default_rng(int(settings["seed"]))
        if data is None:
            drawn = sentences(
                rng, cast(Lang, settings["language"]), int(settings["fillers"]), int(settings["sentences"])
            )
        else:
            found = own_sentences(cast(list[str], data))
            drawn = [found[i] for i in rng.permutation(len(found))]
        tested = max(len(drawn) // 5, 1)
        self.test, train = drawn[:tested], drawn[tested:]
        self.ids = vocabulary(train)
        self.train_batch, self.test_batch = as_batch(train, self.ids), as_batch(self.test, self.ids)
        wanted = str(settings["network"])
        self.kinds = {name: kind for name, kind in KINDS.items() if wanted in ("all", name)}
        H = int(settings["hidden_size"])
        # Each begins from a copy of the generator, so that it learns alike whichever others do.
        self.p = {name: initial(deepcopy(rng), len(self.ids) + 1, H, kind) for name, kind in self.kinds.items()}
        self.losses: dict[str, list[float]] = {name: [] for name in self.kinds}
        self.checks: dict[str, list[tuple[float, float]]] = {name: [] for name in self.kinds}

    def steps(self) -> Iterator[Step]:
        """One network after the other, each on the same minibatches."""
        each = int(self.settings["steps"])
        total, done = each * len(self.kinds), 0
        lr, size = float(self.settings["learning_rate"]), int(self.settings["batch"])
        for name, kind in self.kinds.items():
            rng = np.random.default_rng(int(self.settings["seed"]))
            method = Adam(lr)
            batches = endless_minibatches(rng, len(self.train_batch.lengths), size)
            for k, rows in zip(range(each), batches, strict=False):
                method.lr = cosine_decay(k, lr, period=each)
                batch = _some_unknown(self.train_batch.of(rows), rng)
                loss, cache = recorded(loss_of, p=self.p[name], options={"batch": batch, "kind": kind})
                self.p[name], _ = descend(method, self.p[name], replayed(1.0, cache=cache), clip=1.0)
                self.losses[name].append(float(loss))
                if (k + 1) % max(each // _CHECKS, 1) == 0 or k + 1 == each:
                    self.checks[name].append((k + 1, float(self.right(name).mean())))
                accuracy = self.checks[name][-1][1] if self.checks[name] else None
                done += 1
                yield Step(done, total, float(loss), accuracy, kind.name)

    def scores(self, name: str, batch: Batch) -> Array:
        """z (N,) of each sentence: how much it is praise, below 0 blame."""
        z, _ = recorded(logits, p=self.p[name], options={"batch": batch, "kind": self.kinds[name]})
        return np.asarray(z[:, 0])

    def right(self, name: str) -> Array:
        """(N,): 1 where the test's sentence is judged rightly."""
        judged = self.scores(name, self.test_batch) > 0
        return np.asarray(judged == (self.test_batch.positive[:, 0] > 0), dtype=np.float64)

    def contributions(self, name: str, shown: Sentence) -> Array:
        """(T,): how much z falls when a word is read as UNKNOWN: what that word did for the judgement (occlusion)."""
        T = len(shown.words)
        batch = as_batch([shown] * (T + 1), self.ids)
        batch.words[np.arange(T), np.arange(T)] = UNKNOWN
        z = self.scores(name, batch)
        fall: Array = z[T] - z[:T]
        return fall

    def outcome(self) -> Outcome:
        """How many are right in all, under negation, and by its distance."""
        if self.own:
            return self._own_outcome()
        negated, gaps = np.array([s.negated for s in self.test]), np.array([s.gap for s in self.test])
        scores = {name: Scores.of(self.right(name), negated, gaps, _WIDTH) for name in self.kinds}
        last = scores[next(reversed(scores))]  # the bidirectional LSTM where there are all
        metrics = {"accuracy": last.accuracy, "negated": last.negated}
        for name, score in scores.items():
            metrics |= {f"accuracy_{name}": score.accuracy, f"negated_{name}": score.negated}
        shown = self._example()
        words = {name: self.contributions(name, shown) for name in self.kinds}
        names = {name: kind.name for name, kind in self.kinds.items()}
        reading = read(
            scores, names, str(self.settings["language"]), {n: w[shown.opinion + 1 :] for n, w in words.items()}
        )
        pictures = (*self._curves(), self._by_distance(scores), self._contribution_map(shown, words))
        return Outcome(metrics, reading, pictures, self._reached(scores))

    def _reached(self, scores: dict[str, Scores]) -> bool | None:
        """In question in Japanese alone, where the negation always follows the opinion."""
        if self.settings["language"] != "ja" or len(scores) < len(KINDS):
            return None
        return scores["bi_lstm"].negated >= 0.95 and scores["rnn"].negated < 0.5

    def _own_outcome(self) -> Outcome:
        """Of own sentences nobody knows what is negated."""
        shares = {name: float(self.right(name).mean()) for name in self.kinds}
        metrics = {"accuracy": shares[next(reversed(shares))]}
        metrics |= {f"accuracy_{name}": share for name, share in shares.items()}
        shown = min(self.test, key=lambda s: abs(len(s.words) - 10))
        words = {name: self.contributions(name, shown) for name in self.kinds}
        positive = float(self.test_batch.positive.mean())
        reading = read_own(
            shares, {n: k.name for n, k in self.kinds.items()}, len(self.test), max(positive, 1 - positive)
        )
        return Outcome(metrics, reading, (*self._curves(), self._contribution_map(shown, words)))

    def _example(self) -> Sentence:
        """A negated test sentence, short enough to be drawn, with something between negation and opinion."""
        fitting = [s for s in self.test if s.negated and len(s.words) <= 16]
        return max(fitting or self.test, key=lambda s: s.gap)

    def _curves(self) -> tuple[Picture, ...]:
        losses = {kind.name: self.losses[name] for name, kind in self.kinds.items()}
        return loss_curves(losses, smooth=20), accuracy_curves({k.name: self.checks[n] for n, k in self.kinds.items()})

    def _by_distance(self, scores: dict[str, Scores]) -> Curves:
        series = tuple(
            Series(self.kinds[name].name, tuple(score.by_gap), tuple(score.by_gap.values()))
            for name, score in scores.items()
        )
        return Curves(
            Text(
                "否定文の正解率と、評価語から否定までの距離",
                "Accuracy under negation, by its distance from the opinion",
            ),
            Text("間にある語の数", "words between"),
            Text("正解率", "accuracy"),
            series,
        )

    def _contribution_map(self, shown: Sentence, words: dict[str, Array]) -> Heatmap:
        return Heatmap(
            Text("各語の寄与（その語を伏せたときの z の減少）", "What each word did for z (its fall without the word)"),
            np.stack(list(words.values()), axis=1),
            rows=shown.words,
            columns=tuple(words),
        )

    def weights(self) -> Weights:
        """All networks', each name begun by its network's."""
        return {f"{name}.{key}": w for name, p in self.p.items() for key, w in p.items()}

    def load(self, weights: Weights) -> None:
        """Go on from these."""
        need_no_others(weights, self.weights())
        self.p = {name: put_back(p, weights, f"{name}.") for name, p in self.p.items()}


def _some_unknown(batch: Batch, rng: np.random.Generator) -> Batch:
    unknown: Ids = np.where(rng.random(batch.words.shape) < _DROPPED, UNKNOWN, batch.words)
    return batch._replace(words=unknown)


LAB = Lab(
    name="sentiment",
    title=Text("否定を含む文の感情：RNN と双方向 LSTM", "Sentiment under negation"),
    about=Text(
        "「面白い と … 思え なかっ た」のように、評価語から離れた否定が感情を反転させます。"
        "評価語の位置で肯定か否定かを答えるので、"
        "後ろの否定は逆向きにも読まなければ見えず、遠い否定は覚えていなければ使えません。RNN と LSTM"
        " を一方向・双方向で比べ、"
        "--language en（否定が前に来る）でどう変わるかも見てください。",
        "A negation far from the opinion turns it round, after it in Japanese and before it in English. The answer"
        " is read"
        " where the opinion stands: a negation that follows is seen only by reading backwards too, and one far away"
        " must"
        " be remembered. Compare RNN and LSTM, one way and both ways, then try --language en.",
    ),
    goal=Text(
        "否定が後ろに来る日本語で、否定文の正解率が双方向 LSTM は95%以上、一方向の RNN は50%未満",
        "In Japanese, where negations follow, a bidirectional LSTM judges at least 95 % of the negated sentences"
        " rightly"
        " and a one-way RNN under 50 %",
    ),
    options=(
        Option(
            "language", "ja", Text("文の言語（否定は ja で後ろ、en で前）", "The sentences' language"), ("ja", "en")
        ),
        Option("network", "all", Text("学習するネットワーク", "Which network learns"), ("all", *KINDS)),
        Option("hidden_size", 16, Text("各方向のユニット数", "Units in each direction"), low=1, high=256),
        Option("fillers", 10, Text("間に入る句の最大数", "Most phrases in between"), low=0, high=20),
        Option("learning_rate", 0.01, Text("学習率の最大値", "The highest learning rate"), low=0, high=10),
        Option("batch", 64, Text("ミニバッチの大きさ", "Minibatch"), low=1, high=1024),
        Option(
            "sentences",
            5000,
            Text("作る文の数（重複は除く）", "Sentences drawn, repeated ones left out"),
            low=50,
            high=100_000,
        ),
        Option("steps", 600, Text("ネットワークごとの更新回数", "Updates of each network"), low=1, high=100_000),
        SEED,
    ),
    sections=("bidirectional", "lstm"),
    start=Sentiment,
    sweep="accuracy",
    small={"network": "bi_lstm", "steps": 200, "sentences": 2000, "fillers": 2},
    accepts="text",
)
