"""Word vectors out of nothing but which words stand near which: CBOW and skip-gram, and analogies as sums of vectors.

    skip-gram   P(context word o | centre c) from u_o·v_c             one prediction for every word of the window
    CBOW        P(centre c | its window)     from u_c·mean(v_o)       one prediction for the whole window

v is a word's row of W_in, u its row of W_out. With a softmax over the vocabulary every update costs as much as there
are words; negative sampling asks instead whether a pair is a real one or one of K that were drawn at random:

    loss = −log σ(u_o·v_c) − Σ_k log σ(−u_k·v_c)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from quizdl.engine.arrays import Gradients, Ids
from quizdl.engine.word2vec import (
    cbow_negative_backward,
    cbow_negative_forward,
    cbow_softmax_backward,
    cbow_softmax_forward,
    draw_negatives,
    keep_probability,
    noise_distribution,
    skipgram_negative_backward,
    skipgram_negative_forward,
    skipgram_softmax_backward,
    skipgram_softmax_forward,
    subsample,
)
from quizdl.labs.core import SEED, Array, Lab, Option, Outcome, Picture, Settings, Step, Weights
from quizdl.labs.training import (
    accuracy_curves,
    descend,
    loss_curves,
    minibatches,
    need_no_others,
    optimiser,
    put_back,
)
from quizdl.labs.word2vec_data import Corpus, corpus_of, grammar_questions, grammar_text, own_corpus
from quizdl.labs.word_vectors import Vectors, examples_table, nearest_table, parallelism, planes, relations_table
from quizdl.text import Text, same

Draw: TypeAlias = Callable[[int], Ids] | None
"""Draws K wrong words for each of so many right ones, (B, K); None where the softmax needs none."""

NAMES = {"skip-gram": same("skip-gram"), "cbow": same("CBOW")}


class Window(NamedTuple):
    """Places of the text whose windows hold equally many words: the centres (n,) and their contexts (n, C)."""

    center: Ids
    context: Ids


def windows_of(rng: np.random.Generator, sentences: list[NDArray[np.intp]], reach: int) -> list[Window]:
    """The window around every word, at most `reach` words to either side.

    How far a window really reaches is drawn from 1 to `reach`: near words are met more often than far ones, which
    weighs them without a further term in the loss (Mikolov et al. 2013a, §3.2).
    """
    found: dict[int, list[tuple[int, list[int]]]] = {}
    for words in (sentence.tolist() for sentence in sentences):
        for place, (word, far) in enumerate(zip(words, rng.integers(1, reach + 1, len(words)).tolist(), strict=True)):
            context = words[max(place - far, 0) : place] + words[place + 1 : place + 1 + far]
            if context:
                found.setdefault(len(context), []).append((word, context))
    return [
        Window(np.array([c for c, _ in same_size]), np.array([o for _, o in same_size])) for same_size in found.values()
    ]


def skip_gram(p: dict[str, Array], windows: list[Window], draw: Draw) -> tuple[float, Gradients]:
    """Every pair of a centre and a word of its window is one example: the loss and the gradients of both tables."""
    center = np.concatenate([np.repeat(window.center, window.context.shape[1]) for window in windows])
    context = np.concatenate([window.context.ravel() for window in windows])
    if draw is None:
        loss, cache = skipgram_softmax_forward(p["W_in"], p["W_out"], center, context)
        return float(loss), skipgram_softmax_backward(1.0, cache)
    loss, cache = skipgram_negative_forward(p["W_in"], p["W_out"], center, context, draw(len(center)))
    return float(loss), skipgram_negative_backward(1.0, cache)


def cbow(p: dict[str, Array], windows: list[Window], draw: Draw) -> tuple[float, Gradients]:
    """A whole window is one example; windows of one size go together, and count as many as they are."""
    total = sum(len(window.center) for window in windows)
    loss, gradients = 0.0, {name: np.zeros_like(w) for name, w in p.items()}
    for center, context in windows:
        share = len(center) / total
        if draw is None:
            part, cache = cbow_softmax_forward(p["W_in"], p["W_out"], context, center)
            found = cbow_softmax_backward(share, cache)
        else:
            part, cache = cbow_negative_forward(p["W_in"], p["W_out"], context, center, draw(len(center)))
            found = cbow_negative_backward(share, cache)
        loss += share * float(part)
        gradients = {name: gradients[name] + found[name] for name in p}
    return loss, gradients


MODELS = {"skip-gram": skip_gram, "cbow": cbow}


class Word2vec:
    """One run: skip-gram, CBOW, or one after the other on the same text."""

    def __init__(self, settings: Settings, data: object | None) -> None:
        self.settings = settings
        self.rng = np.random.default_rng(int(settings["seed"]))
        self.own_text = isinstance(data, list)
        self.corpus = own_corpus(data) if isinstance(data, list) else self.grammar()
        self.every = tuple(analogy for questions in self.corpus.questions for analogy in questions.analogies)
        self.names = tuple(MODELS) if settings["model"] == "both" else (str(settings["model"]),)
        self.p = {name: self.tables() for name in self.names}
        self.losses: dict[str, list[float]] = {name: [] for name in self.names}
        self.shares: dict[str, list[tuple[float, float]]] = {name: [] for name in self.names}

    def grammar(self) -> Corpus:
        """The text that the grammar makes."""
        return corpus_of(grammar_text(self.rng, int(self.settings["sentences"])), grammar_questions())

    def tables(self) -> dict[str, Array]:
        """W_in small and random, W_out zero, as the authors' program has them: at first every pair is as likely."""
        V, D = len(self.corpus.vocabulary), int(self.settings["dim"])
        W_in = self.rng.uniform(-0.5 / D, 0.5 / D, (V, D))
        return {"W_in": W_in.astype(np.float32), "W_out": np.zeros((V, D), np.float32)}

    def steps(self) -> Iterator[Step]:
        """One update for every batch of sentences."""
        epochs, batch = int(self.settings["epochs"]), int(self.settings["batch"])
        every = epochs * -(-len(self.corpus.sentences) // batch)
        done, total = 0, every * len(self.names)
        for name in self.names:
            method = optimiser("adam", float(self.settings["learning_rate"]))
            for _ in range(epochs):
                for windows in self.epoch(batch):
                    done += 1
                    if windows:  # of rare sentences subsampling may leave nothing
                        loss, gradients = MODELS[name](self.p[name], windows, self.draw())
                        self.p[name], _ = descend(method, self.p[name], gradients)
                        self.losses[name].append(loss)
                    yield Step(done, total, self.last_loss(name), self.last_share(name), NAMES[name])
                if self.every:
                    self.shares[name].append((len(self.losses[name]), self.share(name)))
        yield Step(total, total, self.last_loss(name), self.last_share(name), NAMES[name])

    def epoch(self, batch: int) -> Iterator[list[Window]]:
        """The windows of every sentence once, in random order, without the words that subsampling takes out.

        "the" stands beside everything and so tells nothing of its neighbours. Each place of a word is kept with the
        probability √(t/f(w)); what is left moves together, so a window also reaches farther.
        """
        sentences, t = self.corpus.sentences, float(self.settings["subsample"])
        keep = keep_probability(self.corpus.counts, t) if t else np.ones(len(self.corpus.vocabulary))
        for rows in minibatches(self.rng, len(sentences), batch):
            left = [sentences[row][subsample(self.rng, sentences[row], keep)] for row in rows]
            yield windows_of(self.rng, left, int(self.settings["window"]))

    def draw(self) -> Draw:
        """Negatives come from count^0.75, so that rare words are among them more often than in the text."""
        if self.settings["objective"] == "softmax":
            return None
        noise, K = noise_distribution(self.corpus.counts), int(self.settings["negatives"])
        return lambda count: draw_negatives(self.rng, noise, (count, K))

    def vectors(self, name: str) -> Vectors:
        """The network's word vectors: what is kept is W_in, as everybody does."""
        return Vectors(self.p[name]["W_in"], self.corpus)

    def share(self, name: str) -> float:
        """The share of all analogies that come out right."""
        return self.vectors(name).right(self.every) / len(self.every)

    def last_loss(self, name: str) -> float | None:
        """Of the last update."""
        return self.losses[name][-1] if self.losses[name] else None

    def last_share(self, name: str) -> float | None:
        """Of the last epoch."""
        return self.shares[name][-1][1] if self.shares[name] else None

    def outcome(self) -> Outcome:
        """The analogies, how parallel they are, and the plane."""
        metrics: dict[str, float] = {"vocabulary": len(self.corpus.vocabulary)}
        for name in self.names:
            key = name.replace("-", "_")
            losses = self.losses[name]
            metrics[f"{key}_loss"] = float(np.mean(losses[-100:])) if losses else float("nan")
            if self.every:
                metrics[f"{key}_accuracy"] = self.share(name)
                vectors = self.vectors(name)
                metrics[f"{key}_parallelism"] = parallelism(vectors.table, vectors.ids_of(self.every))
        first = self.names[0].replace("-", "_")
        if self.every:
            metrics["accuracy"] = metrics[f"{first}_accuracy"]
        in_question = not self.own_text and "skip-gram" in self.names
        reached = metrics["skip_gram_accuracy"] >= 0.9 if in_question else None
        return Outcome(metrics, tuple(self.readings(metrics)), self.pictures(), reached)

    def readings(self, metrics: dict[str, float]) -> Iterator[Text]:
        """What came of each network, and why."""
        if not self.every:
            yield Text(
                "この文章には答えのわかる類推がないので、正解率は出していません。近い単語の表を見てください。"
                "「? man woman king queen」のような行を加えると、類推を採点します。",
                "There is no analogy to ask of this text, so there is no accuracy: look at the nearest words."
                " A line such as “? man woman king queen” adds one.",
            )
            return
        for name in self.names:
            yield self.read_network(name, metrics)
        yield self.read_subsampling()

    def read_subsampling(self) -> Text:
        """What becomes of the commonest word."""
        counts, t = self.corpus.counts, float(self.settings["subsample"])
        word, part = self.corpus.vocabulary[int(counts.argmax())], counts.max() / counts.sum()
        if not t:
            return Text(
                f"サブサンプリングなしなので、文章の {part:.1%} を占める「{word}」がどの窓にも入り込み、"
                "単語どうしの違いを薄めます。",
                f"Without subsampling “{word}”, {part:.1%} of the text, gets into every window and blurs what tells"
                " words apart.",
            )
        kept = keep_probability(counts, t)[counts.argmax()]
        return Text(
            f"最もよく現れる「{word}」は文章の {part:.1%} を占めますが、"
            f"サブサンプリングでそのうち {kept:.1%} だけが残ります。"
            "--subsample 0 で無効にして、類推がどう変わるか比べてください。",
            f"The commonest word, “{word}”, is {part:.1%} of the text; subsampling keeps {kept:.1%} of its places."
            " Turn it off with --subsample 0 and see what becomes of the analogies.",
        )

    def read_network(self, name: str, metrics: dict[str, float]) -> Text:
        """How many analogies, how parallel, and what to make of it."""
        shown, key = NAMES[name].en, name.replace("-", "_")
        count, right, cosine = len(self.every), self.vectors(name).right(self.every), metrics[f"{key}_parallelism"]
        facts = Text(
            f"{shown} は類推 {count} 問のうち {right} 問に正解しました（{right / count:.1%}）。"
            f"同じ関係の差ベクトルどうしのコサイン類似度は平均 {cosine:.2f} です。",
            f"{shown} got {right} of {count} analogies right ({right / count:.1%}); the offsets of one relation have a"
            f" mean cosine of {cosine:.2f} with each other.",
        )
        if right >= 0.9 * count and cosine >= 0.5:
            meaning = Text(
                "関係がほぼ共通の向きになっているので、足し算と引き算で答えが求まります。",
                " A relation has become a direction, so that adding and subtracting vectors finds the answer.",
            )
        elif right >= 0.5 * count:
            meaning = Text(
                "正解するには最も近くさえあればよく、差の向きがそろっているのはまだ一部です。",
                " A right answer need only be the nearest word: the offsets agree in part alone.",
            )
        else:
            meaning = Text(
                "まだ関係が共通の向きになっていません。文の数・次元・サブサンプリングを見直してください。",
                " The relations are no common directions yet: vary the sentences, the dimensions or the subsampling.",
            )
        return Text(facts.ja + meaning.ja, facts.en + meaning.en)

    def pictures(self) -> tuple[Picture, ...]:
        """Curves, the analogies by relation, the nearest words, and the vectors in the plane."""
        smooth = max(len(self.corpus.sentences) // int(self.settings["batch"]), 1)
        networks = {NAMES[name].en: self.vectors(name) for name in self.names}
        analogies = (
            accuracy_curves({NAMES[name]: self.shares[name] for name in self.names}),
            relations_table(networks, self.corpus),
            examples_table(networks, self.corpus),
        )
        return (
            loss_curves({NAMES[name]: self.losses[name] for name in self.names}, smooth=smooth, log=False),
            *(analogies if self.every else ()),
            nearest_table(self.vectors(self.names[0])),
            *planes(self.vectors(self.names[0])),
        )

    def weights(self) -> Weights:
        """`skip-gram.W_in` and so on."""
        return {f"{name}.{table}": w for name in self.names for table, w in self.p[name].items()}

    def load(self, weights: Weights) -> None:
        """Go on from these tables; the text and so the vocabulary must be the same."""
        need_no_others(weights, self.weights())
        self.p = {name: put_back(self.p[name], weights, f"{name}.") for name in self.names}


LAB = Lab(
    name="word2vec",
    title=Text("word2vec：単語ベクトルと類推", "word2vec: word vectors and analogies"),
    about=Text(
        "「どの単語の近くに現れるか」だけから単語ベクトルを学びます。king − man + woman が queen になるのは、"
        "単語の意味の成分（性別、王族など）が足し算できる向きとして現れるからです。"
        "次元・窓幅・サブサンプリングを変えて、類推の正解率と、同じ関係の差ベクトルが平面上でそろう様子を見てください。"
        "--data の文章は単語を空白で区切り、「? man woman king queen」のような行で類推を足せます。",
        "Word vectors are learnt from nothing but which words stand near which. King − man + woman is queen once what a"
        " word is made of (royalty, gender) has become directions that can be added. Vary the dimensions, the window"
        " and the subsampling; watch the analogies, and in the plane how a relation's offsets become parallel."
        " In a text for --data, a line “? man woman king queen” asks an analogy.",
    ),
    goal=Text(
        "文法から作れる類推の 90% 以上に skip-gram で正解する",
        "Skip-gram gets at least 90% of the grammar's analogies right",
    ),
    options=(
        Option("model", "both", Text("学習するモデル", "What to train"), ("both", *MODELS)),
        Option(
            "objective",
            "negative-sampling",
            Text("損失（負例サンプリングかソフトマックス）", "The loss"),
            ("negative-sampling", "softmax"),
        ),
        Option("dim", 16, Text("単語ベクトルの次元", "Dimensions of a word's vector"), low=2, high=300),
        Option("window", 4, Text("窓幅（片側の最大語数）", "Words to either side, at most"), low=1, high=20),
        Option("negatives", 5, Text("正例1つあたりの負例の数", "Negatives for each right word"), low=1, high=50),
        Option(
            "subsample",
            0.001,
            Text("サブサンプリングのしきい値 t（0 で無効）", "Threshold t of subsampling; 0: none"),
            low=0,
            high=1,
        ),
        Option(
            "sentences",
            4000,
            Text("文法で作る文の数（--data では使わない）", "Sentences of the grammar; not for --data"),
            low=100,
            high=50_000,
        ),
        Option("learning_rate", 0.01, Text("学習率 (Adam)", "Learning rate (Adam)"), low=0, high=10),
        Option("batch", 32, Text("1回の更新に使う文の数", "Sentences for each update"), low=1, high=1024),
        Option("epochs", 20, Text("エポック数", "Epochs"), low=1, high=1000),
        SEED,
    ),
    sections=("word2vec",),
    start=Word2vec,
    sweep="accuracy",
    small={"model": "skip-gram", "sentences": 1500, "epochs": 20},
    accepts="text",
)
