"""Translation without attention, with Luong's and Bahdanau's, and by a Transformer; how each fares as sentences grow.

Without attention, all that the decoder knows of the source is one vector, the encoder's last state, however long the
sentence. With attention it looks at every state h_j of the source anew for each word:

    Luong      score(s_t, h_j) = s_t W h_jᵀ                        (Luong et al. 2015, "general")
    Bahdanau   score(s_t, h_j) = v·tanh(s_t W_s + h_j W_h)          (Bahdanau et al. 2015)
    both       α_t = softmax over j of score(s_t, h_j),   c_t = Σ_j α_tj h_j,   s̃_t = tanh([c_t; s_t] W_c)

The Transformer has no recurrence at all: the encoder's words look at each other, the decoder's look at them (Vaswani et
al. 2017). All four learn from the same sentences by teacher forcing, and are tested writing by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import NamedTuple, cast

import numpy as np

from quizdl.engine.bidirectional import Layer
from quizdl.engine.optimisers import Adam
from quizdl.engine.schedules import cosine_decay, linear_warmup
from quizdl.engine.seq2seq import Attention, init_seq2seq
from quizdl.engine.transformer import init_transformer
from quizdl.labs.core import (
    SEED,
    Curves,
    Heatmap,
    Lab,
    Option,
    Outcome,
    Picture,
    Series,
    Settings,
    Step,
    Table,
    Weights,
)
from quizdl.labs.training import accuracy_curves, descend, loss_curves, moving_mean, need_no_others, put_back
from quizdl.labs.translate_data import (
    ORDERS,
    SHORTEST,
    SOURCE_WORDS,
    TARGET_WORDS,
    Batch,
    Pair,
    as_ids,
    sentences,
    target_ids,
)
from quizdl.labs.translate_reading import Scores, read
from quizdl.labs.writers import END, Seq2Seq, Transformer, Writer
from quizdl.text import Text, same

NAMES = {
    "without": Text("注意なし", "no attention"),
    "luong": same("Luong"),
    "bahdanau": same("Bahdanau"),
    "transformer": same("Transformer"),
}
_KINDS: dict[str, Attention | None] = {"without": None, "luong": "general", "bahdanau": "additive"}

_WARM_UP = 14
"""The learning rate rises for one step of so many."""

_TESTED = 100
_SHOWN = 8
"""The length of the sentence whose attention is drawn: short enough for a terminal."""


class Corpus(NamedTuple):
    """Sentences by their length: what is trained on, as ids, and what is tested, none of which is trained on."""

    train: dict[int, Batch]
    test: dict[int, list[Pair]]


def corpus(rng: np.random.Generator, order: str, longest: int, count: int) -> Corpus:
    """`count` sentences (less the repeated ones) of each length up to the longest; tests go two words beyond."""
    train, test = {}, {}
    for length in range(SHORTEST, longest + 1):
        drawn = sentences(rng, length, order, count)
        tested = min(_TESTED, len(drawn) // 5)
        test[length], train[length] = drawn[:tested], as_ids(drawn[tested:])
    test[longest + 2] = sentences(rng, longest + 2, order, _TESTED)
    return Corpus(train, test)


class Translation:
    """One run: each network in turn, from the same corpus."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.longest = int(settings["longest"])
        rng = np.random.default_rng(int(settings["seed"]))
        self.corpus = corpus(rng, str(settings["order"]), self.longest, int(settings["sentences"]))
        wanted = str(settings["network"])
        names = tuple(NAMES) if wanted == "all" else (wanted,)
        # Each begins from a copy of the generator, so that it learns alike whichever others do.
        self.networks = {name: self.network(name, deepcopy(rng)) for name in names}
        self.losses: dict[str, list[float]] = {name: [] for name in self.networks}
        self.accuracies: dict[str, list[float]] = {name: [] for name in self.networks}

    def network(self, name: str, rng: np.random.Generator) -> Writer:
        """The untrained network of that name."""
        H, D = int(self.settings["hidden_size"]), int(self.settings["model_size"])
        words = len(SOURCE_WORDS), len(TARGET_WORDS)
        if name == "transformer":
            layers, heads = int(self.settings["layers"]), int(self.settings["heads"])
            D = -(-D // heads) * heads  # the heads share it out evenly
            return Transformer(init_transformer(rng, *words, D, 2 * D, layers, norm="pre", dtype=np.float32), heads)
        layer = cast(Layer, self.settings["layer"])
        p = init_seq2seq(rng, *words, H // 2 or 1, H, layer=layer, attention=_KINDS[name], dtype=np.float32)
        return Seq2Seq(p, layer, _KINDS[name])

    def steps(self) -> Iterator[Step]:
        """Each minibatch has sentences of one length: nothing is padded, so nothing has to be masked."""
        each = int(self.settings["steps"])
        total, done = each * len(self.networks), 0
        for name, network in self.networks.items():
            rng = np.random.default_rng(int(self.settings["seed"]))
            method = Adam(float(self.settings["learning_rate"]))
            for k in range(each):
                method.lr = self.learning_rate(k, each)
                batch = self.corpus.train[int(rng.integers(SHORTEST, self.longest + 1))]
                rows = rng.integers(0, batch.source.shape[1], int(self.settings["batch"]))
                lesson = network.learn(batch.source[:, rows], batch.target[:, rows])
                network.p, _ = descend(method, network.p, lesson.gradients, clip=1.0)
                self.losses[name].append(lesson.loss)
                self.accuracies[name].append(lesson.accuracy)
                done += 1
                yield Step(done, total, lesson.loss, lesson.accuracy, NAMES[name])

    def learning_rate(self, k: int, steps: int) -> float:
        """A short rise, since Adam's first steps are as long as its later ones but know less; then half a cosine."""
        lr = float(self.settings["learning_rate"])
        return min(linear_warmup(k + 1, lr, warmup=max(steps // _WARM_UP, 1)), cosine_decay(k, lr, period=steps))

    def translated(self, name: str, pairs: list[Pair]) -> list[tuple[int, ...]]:
        """What the network writes for sentences of one length by itself; END included."""
        return self.networks[name].write(as_ids(pairs).source, len(pairs[0].target) + 1)

    def exact(self, name: str, length: int) -> float:
        """The share of the test's sentences of that length that come out right to the last word."""
        pairs = self.corpus.test[length]
        written = self.translated(name, pairs)
        return float(np.mean([w == (*target_ids(pair), END) for w, pair in zip(written, pairs, strict=True)]))

    def aligned(self, name: str) -> float:
        """How often the greatest weight is on the word that is being translated, in right translations; NaN: none is.

        Only words that have a source word count, and の, of which there may be several, does not.
        """
        network = self.networks[name]
        pairs = self.corpus.test[min(_SHOWN, self.longest)][:40]
        found: list[bool] = []
        for pair, written in zip(pairs, self.translated(name, pairs), strict=True):
            if isinstance(network, Transformer | Seq2Seq) and written == (*target_ids(pair), END):
                alpha = network.attention(as_ids([pair]).source, written)
                looked = alpha.argmax(axis=1)
                found += [
                    int(looked[t]) == place
                    for t, place in enumerate(pair.places)
                    if place >= 0 and pair.target[t] != "の"
                ]
        return float(np.mean(found)) if found else float("nan")

    def scores(self) -> dict[str, Scores]:
        """What each network reaches."""
        lengths = sorted({*range(4, self.longest + 1, 2), self.longest, self.longest + 2})
        return {
            name: Scores(
                {length: self.exact(name, length) for length in lengths},
                None if name == "without" else self.aligned(name),
            )
            for name in self.networks
        }

    def outcome(self) -> Outcome:
        """The exact matches by length, and where each network looks."""
        scores, longest = self.scores(), self.longest
        metrics = {f"exact_{name}": score.exact[longest] for name, score in scores.items()}
        looking = [metrics[f"exact_{name}"] for name in scores if name != "without"]
        metrics["exact"] = min(looking) if looking else metrics["exact_without"]
        for name, score in scores.items():
            metrics[f"exact_{name}_at_{longest + 2}"] = score.exact[longest + 2]
            if score.aligned is not None:
                metrics[f"aligned_{name}"] = score.aligned
        reading = read(scores, NAMES, longest, int(self.settings["hidden_size"]))
        return Outcome(metrics, reading, self.pictures(scores), self._reached(scores))

    def _reached(self, scores: dict[str, Scores]) -> bool | None:
        if self.longest != 12 or len(scores) < len(NAMES):
            return None
        without = scores["without"].exact
        return without[4] - without[12] > 0.2 and all(
            score.exact[12] > 0.95 for name, score in scores.items() if name != "without"
        )

    def pictures(self, scores: dict[str, Scores]) -> tuple[Picture, ...]:
        """Loss, accuracy, exact matches by length, one sentence by all networks, and where they look."""
        by_length = Curves(
            Text("原文の長さと完全一致率", "Exact translations by length"),
            Text("原文の語数", "words of the source"),
            Text("完全一致率", "exact"),
            tuple(Series(NAMES[name], tuple(s.exact), tuple(s.exact.values())) for name, s in scores.items()),
        )
        words = {NAMES[name]: list(enumerate(moving_mean(shares, 20), 1)) for name, shares in self.accuracies.items()}
        return (
            loss_curves({NAMES[name]: losses for name, losses in self.losses.items()}, smooth=20),
            accuracy_curves(words),
            by_length,
            self.one_sentence(),
            *self.maps(),
        )

    def one_sentence(self) -> Table:
        """A long test sentence as every network translates it."""
        pair = self.corpus.test[self.longest][0]
        rows = [(Text("原文", "source"), " ".join(pair.source)), (Text("正解", "right"), " ".join(pair.target))]
        rows += [(NAMES[name], _words(self.translated(name, [pair])[0])) for name in self.networks]
        heads = (same(""), Text(f"{self.longest} 語の文", f"a sentence of {self.longest} words"))
        return Table(Text("訳文の例", "One translation"), heads, tuple(rows))

    def maps(self) -> Iterator[Heatmap]:
        """α of one test sentence: a row for each word that was written, a column for each that was read."""
        pair = self.corpus.test[min(_SHOWN, self.longest)][0]
        for name, network in self.networks.items():
            if name != "without" and isinstance(network, Transformer | Seq2Seq):
                written = self.translated(name, [pair])[0]
                alpha = network.attention(as_ids([pair]).source, written)
                title = Text(f"注意の重み α（{NAMES[name].ja}）", f"Attention α ({NAMES[name].en})")
                rows = tuple(TARGET_WORDS[i] for i in written)
                yield Heatmap(title, alpha, rows, pair.source, Text("原文", "source"), Text("訳文", "translation"))

    def weights(self) -> Weights:
        """All networks', each name begun by its network's."""
        return {f"{name}.{key}": w for name, network in self.networks.items() for key, w in network.p.items()}

    def load(self, weights: Weights) -> None:
        """Go on from these."""
        need_no_others(weights, self.weights())
        found = {name: put_back(network.p, weights, f"{name}.") for name, network in self.networks.items()}
        for name, p in found.items():
            self.networks[name].p = p


def _words(ids: tuple[int, ...]) -> str:
    return " ".join(TARGET_WORDS[i] for i in ids if i != END)


LAB = Lab(
    name="translate",
    title=Text("注意機構のある翻訳・ない翻訳・Transformer", "Translation with and without attention"),
    about=Text(
        "英語風の文を日本語の語順に訳します。辞書は 1 対 1 で、難しいのは語順だけです（動詞は文末へ、of"
        " の連鎖は丸ごと逆順に）。"
        "文が長くなると、全文を 1 本のベクトルに詰め込む「注意なし」だけが崩れていく様子と、"
        "注意の重みが訳している語を指す様子を見てください。",
        "Telegraphic English goes into Japanese. The dictionary is one to one, so only the order of words is hard:"
        " verbs"
        " go to the end, chains of “of” are turned round. Watch the network without attention, which packs the whole"
        " sentence into one vector, fail as sentences grow, and the weights of attention point at the word in hand.",
    ),
    goal=Text(
        "12語の文の完全一致率が、注意機構と Transformer では95%を超え、注意なしでは長さとともに下がる",
        "Of 12-word sentences, attention and the Transformer translate over 95 % exactly; without, exactness falls with"
        " length",
    ),
    options=(
        Option("network", "all", Text("学習するネットワーク", "Which network learns"), ("all", *NAMES)),
        Option("order", "verb-final", Text("訳文の語順", "Word order of the translation"), ORDERS),
        Option("longest", 12, Text("訓練する文の最大の語数", "Words of the longest training sentence"), low=4, high=24),
        Option("layer", "lstm", Text("再帰層の種類", "Recurrent layer"), ("rnn", "lstm", "gru")),
        Option("hidden_size", 64, Text("再帰層のユニット数", "Units of the recurrent layers"), low=1, high=512),
        Option("model_size", 32, Text("Transformer の語ベクトルの次元", "The Transformer's width"), low=2, high=512),
        Option("heads", 4, Text("Transformer のヘッド数", "The Transformer's heads"), low=1, high=16),
        Option("layers", 2, Text("Transformer の層数（片側）", "The Transformer's layers, each side"), low=1, high=6),
        Option("learning_rate", 0.005, Text("学習率の最大値", "The highest learning rate"), low=0, high=10),
        Option("batch", 64, Text("ミニバッチの大きさ", "Minibatch"), low=1, high=1024),
        Option("sentences", 2000, Text("長さごとの文の数", "Sentences of each length"), low=50, high=100_000),
        Option("steps", 1400, Text("ネットワークごとの更新回数", "Updates of each network"), low=1, high=100_000),
        SEED,
    ),
    sections=("attention", "transformer", "seq2seq"),
    start=lambda settings, data: Translation(settings),
    sweep="exact",
    small={
        "network": "luong",
        "longest": 5,
        "hidden_size": 48,
        "batch": 32,
        "steps": 250,
        "sentences": 500,
        "learning_rate": 0.01,
    },
)
