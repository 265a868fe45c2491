"""An encoder-decoder learns to add from strings alone: "57+5" in, "62" out.

The encoder reads the sum sign by sign into one vector; the decoder writes the answer from that vector, sign by sign.
Nobody tells it what a digit, a place or a carry is.

    h, c = encoder(E_s["5"], E_s["7"], E_s["+"], E_s["5"])
    s_t = decoder(E_t[y_{t−1}], s_{t−1}),  s_0 = h          P(y_t) = softmax(s_t W + b)

Two things that are said to help can be tried: reading the source backwards (Sutskever et al. 2014), and letting the
decoder see h at every step instead of the first alone (Cho et al. 2014; "peeky" in courses).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from quizdl.engine.bidirectional import Layer
from quizdl.engine.optimisers import Adam
from quizdl.engine.schedules import cosine_decay
from quizdl.engine.seq2seq import init_seq2seq
from quizdl.labs.core import SEED, Array, Lab, Option, Outcome, Picture, Scatter, Settings, Step, Table, Weights
from quizdl.labs.number_addition_data import READ, WRITTEN, Pairs, as_ids, carries, question, read_back, split
from quizdl.labs.training import (
    accuracy_curves,
    descend,
    endless_minibatches,
    float32,
    loss_curves,
    need_no_others,
    put_back,
)
from quizdl.labs.writers import Peeky, Seq2Seq, init_peeky
from quizdl.text import Text, same

Network: TypeAlias = Seq2Seq | Peeky

_D = 16
"""The size of a sign's vector; there are only a dozen signs."""

_CHECKS = 25
_SAMPLE = 300
_ENOUGH = 0.95

_NAMES = {"forward": Text("正順", "as written"), "reversed": Text("逆順", "reversed")}
_ORDERS = {"both": ("forward", "reversed"), "no": ("forward",), "yes": ("reversed",)}


class Result(NamedTuple):
    """What a network answers to pairs: each answer as a string, and whether it is right to the last sign."""

    answers: tuple[str, ...]
    right: NDArray[np.bool_]

    @property
    def exact(self) -> float:
        """The share of the sums that are right."""
        return float(self.right.mean())


class Addition:
    """One run: the same network once for each order of reading, from the same weights, on the same minibatches."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.digits = int(settings["digits"])
        rng = np.random.default_rng(int(settings["seed"]))
        self.train, self.test = split(self.digits, int(settings["pairs"]), rng)
        p = self.initial(rng)
        self.networks = {order: self.network(p) for order in _ORDERS[str(settings["reverse"])]}
        self.losses: dict[str, list[float]] = {order: [] for order in self.networks}
        self.checks: dict[str, list[tuple[float, float]]] = {order: [] for order in self.networks}

    def initial(self, rng: np.random.Generator) -> dict[str, Array]:
        """The weights from which every order of reading begins."""
        layer, H = cast(Layer, self.settings["layer"]), int(self.settings["hidden_size"])
        if self.settings["peeky"] == "yes":
            return float32(init_peeky(rng, len(READ), len(WRITTEN), _D, H, layer))
        return init_seq2seq(rng, len(READ), len(WRITTEN), _D, H, layer=layer, dtype=np.float32)

    def network(self, p: dict[str, Array]) -> Network:
        """The encoder-decoder with these weights."""
        layer = cast(Layer, self.settings["layer"])
        return Peeky(p, layer) if self.settings["peeky"] == "yes" else Seq2Seq(p, layer)

    def steps(self) -> Iterator[Step]:
        """One network after the other; the learning rate falls along half a cosine, so that the end is quiet."""
        each = int(self.settings["steps"])
        total, done = each * len(self.networks), 0
        lr, batch = float(self.settings["learning_rate"]), int(self.settings["batch"])
        for order, network in self.networks.items():
            source, lengths, target = as_ids(self.train, order == "reversed")
            method = Adam(lr)
            rng = np.random.default_rng(int(self.settings["seed"]))
            for k, rows in zip(range(each), endless_minibatches(rng, len(self.train), batch), strict=False):
                method.lr = cosine_decay(k, lr, period=each)
                lesson = network.learn(source[:, rows], target[:, rows], lengths[rows])
                network.p, _ = descend(method, network.p, lesson.gradients, clip=1.0)
                self.losses[order].append(lesson.loss)
                if (k + 1) % max(each // _CHECKS, 1) == 0 or k + 1 == each:
                    self.checks[order].append((k + 1, self.solve(order, self.test[:_SAMPLE]).exact))
                accuracy = self.checks[order][-1][1] if self.checks[order] else None
                done += 1
                yield Step(done, total, lesson.loss, accuracy, _NAMES[order])

    def solve(self, order: str, pairs: Pairs) -> Result:
        """The network's own answers: nothing but the string goes in, and what it wrote last goes in next."""
        source, lengths, _ = as_ids(pairs, order == "reversed")
        written = self.networks[order].write(source, self.digits + 2, lengths)
        answers = tuple(read_back(ids) for ids in written)
        right = [answer == str(a + b) for answer, (a, b) in zip(answers, pairs.tolist(), strict=True)]
        return Result(answers, np.array(right))

    def outcome(self) -> Outcome:
        """Pairs that no network was trained on, in either order of the two numbers."""
        results = {order: self.solve(order, self.test) for order in self.networks}
        seen = {order: self.solve(order, self.train[:1000]) for order in self.networks}
        main = next(reversed(results))  # the reversed one where there are both
        metrics = {"exact": results[main].exact, "exact_on_training_pairs": seen[main].exact}
        metrics |= {f"exact_{order}": result.exact for order, result in results.items()}
        reading = [self.read_exact(main, results[main], seen[main])]
        reading += self.read_order(results) if len(results) == 2 else []
        reading += self.read_carries(main, results[main])
        pictures = self.pictures(main, results)
        return Outcome(metrics, tuple(reading), pictures, metrics["exact"] >= _ENOUGH if self.digits == 2 else None)

    def read_exact(self, order: str, result: Result, seen: Result) -> Text:
        """Learnt, memorised, or neither."""
        name, unseen, known = _NAMES[order], result.exact, seen.exact
        facts = Text(
            f"訓練に使わなかった {len(self.test)} 組の完全一致率は {unseen:.1%}（{name.ja}）、"
            f"訓練に使った組では {known:.1%} です。",
            f"Of {len(self.test)} sums that it was never trained on, {unseen:.1%} are right to the last digit"
            f" ({name.en}); of those it was trained on, {known:.1%}.",
        )
        if unseen >= _ENOUGH:
            meaning = Text(
                "b+a の形でも見ていない組なので、答えの丸暗記ではありません。",
                " It never saw them the other way round either, so this is not memory.",
            )
        elif known - unseen > 0.1:
            meaning = Text(
                "見た組ほど当たるのは、規則より先に答えを覚えているからです（過学習）。",
                " It does better on what it saw: it has memorised answers before it found the rule (overfitting).",
            )
        else:
            meaning = Text(
                "見た組でもまだ足りません。更新回数・隠れ層・学習率を増やしてみてください。",
                " It has not learnt even what it saw: give it more updates, more units or another learning rate.",
            )
        return Text(facts.ja + meaning.ja, facts.en + meaning.en)

    def read_order(self, results: dict[str, Result]) -> list[Text]:
        """What reading backwards changed, if both networks learnt equally long."""
        counts = {order: len(losses) for order, losses in self.losses.items()}
        if counts["forward"] != counts["reversed"]:
            return []
        gain = results["reversed"].exact - results["forward"].exact
        facts = Text(
            f"同じ初期値・同じミニバッチで、入力を正順に読むと {results['forward'].exact:.1%}、逆順では"
            f" {results['reversed'].exact:.1%} です。",
            f"From the same weights and on the same minibatches, reading as written gives"
            f" {results['forward'].exact:.1%}, reading backwards {results['reversed'].exact:.1%}.",
        )
        speed = self._speed()
        meaning = _GAINS["helps" if gain > 0.01 else "hurts" if gain < -0.01 else "equal"]
        return [Text(facts.ja + speed.ja + meaning.ja, facts.en + speed.en + meaning.en)]

    def _speed(self) -> Text:
        """When each first had 95 % of the sample right."""
        reached = {
            order: next((int(done) for done, share in checks if share >= _ENOUGH), None)
            for order, checks in self.checks.items()
        }
        if None in reached.values():
            return Text("", "")
        forward, backward = reached["forward"], reached["reversed"]
        return Text(
            f"95% に達したのは、正順が {forward} 回、逆順が {backward} 回の更新後でした。",
            f" They reached 95 % after {forward} and {backward} updates.",
        )

    def read_carries(self, order: str, result: Result) -> list[Text]:
        """Where the errors are: in sums with a carry or in those without."""
        carried = carries(self.test[:, 0], self.test[:, 1], self.digits) > 0
        if result.exact == 1 or carried.all() or not carried.any():
            return []
        without, with_carry = float(result.right[~carried].mean()), float(result.right[carried].mean())
        wrong = [
            (answer, a + b)
            for answer, (a, b), fine in zip(result.answers, self.test.tolist(), result.right, strict=True)
            if not fine
        ]
        places = {10**place for place in range(self.digits + 1)}
        near = sum(answer.isdigit() and abs(int(answer) - total) in places for answer, total in wrong)
        return [
            Text(
                f"繰り上がりのない足し算では {without:.1%}、ある足し算では {with_carry:.1%} が正解です。"
                f"誤答 {len(wrong)} 件のうち"
                f" {near} 件は、ちょうど 1 か所の桁が 1 だけずれたものです。",
                f"Of sums without a carry {without:.1%} are right, of those with one {with_carry:.1%}. Of the"
                f" {len(wrong)} wrong answers, {near} are off by exactly one in one place.",
            )
        ]

    def pictures(self, main: str, results: dict[str, Result]) -> tuple[Picture, ...]:
        """Loss, accuracy, some answers, and the plane in which the encoder keeps the sums."""
        losses = {_NAMES[order]: losses for order, losses in self.losses.items()}
        checks = {_NAMES[order]: checks for order, checks in self.checks.items()}
        return (
            loss_curves(losses, smooth=20),
            accuracy_curves(checks),
            self.some_answers(main, results[main]),
            self.plane(main),
        )

    def some_answers(self, order: str, result: Result) -> Table:
        """Wrong ones first, if there are any."""
        shown = np.argsort(result.right, kind="stable")[:8]
        rows = [
            (
                question(int(a), int(b), order == "reversed"),
                result.answers[n],
                str(a + b),
                "○" if result.right[n] else "×",
            )
            for n, (a, b) in zip(shown, self.test[shown], strict=True)
        ]
        heads = (Text("入力", "read"), Text("答え", "written"), Text("正しい和", "right"), same(""))
        return Table(Text("テストの答え（誤答から順に）", "Answers to the test, wrong ones first"), heads, tuple(rows))

    def plane(self, order: str) -> Scatter:
        """The encoder's last states h on their two principal axes: the directions in which they differ most."""
        pairs = self.test[:_SAMPLE]
        pairs = pairs[np.argsort(pairs.sum(axis=1), kind="stable")]  # so that the groups come in their order
        source, lengths, _ = as_ids(pairs, order == "reversed")
        h = self.networks[order].state(source, lengths).astype(np.float64)
        h -= h.mean(axis=0)
        _, _, axes = np.linalg.svd(h, full_matrices=False)
        x, y = (h @ axes[:2].T).T if len(axes) > 1 else (h[:, 0], np.zeros(len(h)))
        most = 2 * (10**self.digits - 1)
        quarter = np.minimum(4 * pairs.sum(axis=1) // (most + 1), 3)
        names = [f"{-(-k * (most + 1) // 4)}–{-(-(k + 1) * (most + 1) // 4) - 1}" for k in range(4)]
        return Scatter(
            Text(
                "エンコーダの最終状態（主成分 2 軸、色は和の大きさ）",
                "The encoder's last states, by the size of the sum",
            ),
            tuple(x.tolist()),
            tuple(y.tolist()),
            groups=tuple(names[k] for k in quarter),
        )

    def weights(self) -> Weights:
        """Both networks', each name begun by the order of reading."""
        return {f"{order}.{name}": w for order, network in self.networks.items() for name, w in network.p.items()}

    def load(self, weights: Weights) -> None:
        """Go on from these."""
        need_no_others(weights, self.weights())
        found = {order: put_back(network.p, weights, f"{order}.") for order, network in self.networks.items()}
        for order, p in found.items():
            self.networks[order].p = p


_GAINS = {
    "helps": Text(
        "Sutskever ら（2014）の説明では、逆順に読むと入力の先頭が読み終わりの直前に来て、出力の先頭までの距離が縮み、"
        "勾配が届きやすくなります。ここでも、答えの最上位を決める桁を最後に読みます。",
        " As Sutskever et al. (2014) explain it, the beginning of the input, read last, is then near the beginning"
        " of the"
        " output, and the gradient has a short way: here that is the place that decides the first digit of the answer.",
    ),
    "hurts": Text(
        "今回は逆順のほうが悪い結果です。数文字の入力では、距離を縮める利点より、正順で 1"
        " の位を最後に読める利点が勝つことがあります。",
        " This time backwards is worse: with inputs of a few signs there is little distance to save, and as written the"
        " last thing read is the lowest place, where every carry begins.",
    ),
    "equal": Text(
        "最後の差はわずかです。Sutskever らが見た効果は数十語の文でのもので、"
        "数文字の入力には縮める距離がほとんどありません。",
        " In the end they hardly differ: Sutskever et al. saw the effect on sentences of dozens of words, and a few"
        " signs leave little distance to save.",
    ),
}

_NO_YES = ("no", "yes")

LAB = Lab(
    name="number-addition",
    title=Text("文字列のまま足し算する Encoder-Decoder", "An encoder-decoder that adds strings"),
    about=Text(
        "「57+5」という文字列を読み、「62」という文字列を書くだけの系列変換です。数の意味も桁も教えません。"
        "訓練に使わなかった組（b+a の形でも未使用）で正解できるか、繰り上がりで間違えるか、"
        "入力を逆順に読むと何が変わるかを見てください。",
        "It reads the string “57+5” and writes the string “62”; nobody tells it what a number or a place is. Watch"
        " whether it is right on pairs it was not trained on, in neither order, whether it errs where there is a carry,"
        " and what changes when the input is read backwards.",
    ),
    goal=Text(
        "2桁どうしの足し算で、訓練に使わない組の完全一致率が95%以上（逆順に読むとき）",
        "Read backwards, at least 95 % of the sums of 2-digit numbers that were not trained on are right to the last"
        " digit",
    ),
    options=(
        Option("digits", 2, Text("数の桁数", "Digits of each number"), low=1, high=4),
        Option(
            "reverse",
            "both",
            Text("入力を逆順に読むか（both は両方を学習）", "Read the input backwards? both trains one of each"),
            ("both", *_NO_YES),
        ),
        Option(
            "peeky",
            "no",
            Text("デコーダの全時刻にエンコーダの状態を見せる", "Show the encoder's state at every decoder step"),
            _NO_YES,
        ),
        Option("layer", "lstm", Text("再帰層の種類", "Recurrent layer"), ("rnn", "lstm", "gru")),
        Option("hidden_size", 128, Text("隠れ層のユニット数", "Units of the hidden layer"), low=1, high=512),
        Option("learning_rate", 0.01, Text("学習率の最大値", "The highest learning rate"), low=0, high=10),
        Option("batch", 128, Text("ミニバッチの大きさ", "Minibatch"), low=1, high=4096),
        Option("pairs", 20000, Text("組の総数の上限", "Most pairs, for training and test"), low=20, high=500_000),
        Option("steps", 800, Text("ネットワークごとの更新回数", "Updates of each network"), low=1, high=100_000),
        SEED,
    ),
    sections=("seq2seq",),
    start=lambda settings, data: Addition(settings),
    sweep="exact",
    small={"hidden_size": 64, "steps": 500, "batch": 64, "learning_rate": 0.02, "reverse": "yes"},
)
