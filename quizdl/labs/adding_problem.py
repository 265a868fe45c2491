"""The adding problem (Hochreiter & Schmidhuber 1997, §5.4): two numbers of a long sequence are marked; give their sum.

    time        1     2     3     4     5     6    …    T
    number    0.31  0.85  0.12  0.67  0.90  0.44  …  0.23        U(0, 1)
    mark        0     1     0     0     1     0   …    0         one in each half of the sequence
    target                                                1.75   0.85 + 0.90

Whoever always answers 1, the mean of the target, has the mean squared error Var(u + v) = 1/12 + 1/12 = 1/6 ≈ 0.167. To
do better, a network must keep a number for up to T steps, and the gradient of its error must come back as far.

    answer = h_T V + c        h_T: the last state of an RNN, an LSTM or a GRU
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quizdl.engine.affine import affine_forward
from quizdl.engine.initialisers import xavier_uniform
from quizdl.engine.losses import mse_forward
from quizdl.engine.stacked import KINDS, init_layer
from quizdl.engine.tape import Value, Values, apply, one, recorded, replayed
from quizdl.labs.core import SEED, Array, Curves, Lab, Option, Outcome, Picture, Scatter, Settings, Step, Table, Weights
from quizdl.labs.training import descend, line, need_no_others, optimiser, put_back
from quizdl.text import Text, same

NAMES = {"rnn": same("RNN"), "lstm": same("LSTM"), "gru": same("GRU")}
MEAN_PREDICTOR = 1 / 6
"""The expected squared error of always answering 1."""

_CHECK_EVERY = 50
_TESTED = 1000
_SHOWN = 60


class Sequences(NamedTuple):
    """x (T, B, 2): numbers and marks; t (B, 1): the sum of the two marked numbers; marked (2, B): where they stand."""

    x: Array
    t: Array
    marked: NDArray[np.intp]


def sequences(rng: np.random.Generator, length: int, count: int) -> Sequences:
    """So many sequences of T = length ≥ 2 steps, the first mark in the first half, the second in the second one."""
    numbers = rng.random((length, count), dtype=np.float32)
    half = length // 2
    marked = np.stack([rng.integers(0, half, count), rng.integers(half, length, count)])
    marks = np.zeros_like(numbers)
    column = np.arange(count)
    marks[marked, column] = 1
    return Sequences(np.stack([numbers, marks], axis=-1), numbers[marked, column].sum(axis=0)[:, None], marked)


def initial(rng: np.random.Generator, layer: str, hidden_size: int, forget_bias: float) -> dict[str, Array]:
    """The recurrent layer's W, U and b, and the answer's V and c.

    An LSTM's cell is multiplied by its forget gate at every step: σ(0)⁵⁰ ≈ 10⁻¹⁵, but σ(1)⁵⁰ ≈ 10⁻⁷ and σ(3)⁵⁰ ≈ 0.09.
    So the gate's bias begins above 0, and the gate begins open (Gers et al. 2000).
    """
    p = init_layer(rng, 2, hidden_size, layer=layer, dtype=np.float32)  # type: ignore[arg-type]
    if layer == "lstm":
        p["b"][1] = forget_bias
    return p | {
        "V": xavier_uniform(rng, (hidden_size, 1), dtype=np.float32),
        "c": np.zeros(1, np.float32),
    }


def answer(x: Value, p: Values, layer: str) -> Value:
    """y (B, 1) = h_T V + c: only the last state is read."""
    kind = KINDS[layer]
    _, h_last, *_ = apply(kind.forward, x=x, **dict.fromkeys(kind.states), W=p["W"], U=p["U"], b=p["b"])
    return one(apply(affine_forward, x=h_last, W=p["V"], b=p["c"]))


def loss_of(x: Value, p: Values, t: Array, layer: str) -> Value:
    """The mean squared error."""
    return one(apply(mse_forward, y=answer(x, p, layer), t=t))


class Adding:
    """One run: the networks learn side by side, from the same minibatches."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.length, self.seed = int(settings["length"]), int(settings["seed"])
        chosen = str(settings["network"])
        self.layers = tuple(NAMES) if chosen == "all" else (chosen,)
        size, forget_bias = int(settings["hidden_size"]), float(settings["forget_bias"])
        self.p = {
            layer: initial(np.random.default_rng([self.seed, 1]), layer, size, forget_bias) for layer in self.layers
        }
        self.test = sequences(np.random.default_rng([self.seed, 2]), self.length, _TESTED)
        self.baseline = float(((self.test.t - 1) ** 2).mean())
        self.errors: dict[str, list[tuple[int, float]]] = {layer: [(0, self.error(layer))] for layer in self.layers}

    def steps(self) -> Iterator[Step]:
        """New sequences for every update, so that none can be learnt by heart."""
        rng = np.random.default_rng([self.seed, 3])
        updates, batch = int(self.settings["steps"]), int(self.settings["batch"])
        clip = float(self.settings["clip"])
        methods = {layer: optimiser("adam", float(self.settings["learning_rate"])) for layer in self.layers}
        done, total = 0, updates * len(self.layers)
        for update in range(1, updates + 1):
            x, t, _ = sequences(rng, self.length, batch)
            for layer in self.layers:
                loss, cache = recorded(loss_of, x=x, p=self.p[layer], options={"t": t, "layer": layer})
                gradients = replayed(1.0, cache=cache)
                self.p[layer], _ = descend(methods[layer], self.p[layer], gradients, clip=clip)
                if update % _CHECK_EVERY == 0 or update == updates:
                    self.errors[layer].append((update, self.error(layer)))
                done += 1
                yield Step(done, total, float(loss), network=NAMES[layer])

    def answers(self, layer: str) -> Array:
        """What the network says to every test sequence, (B, 1)."""
        y: Array = recorded(answer, x=self.test.x, p=self.p[layer], options={"layer": layer})[0]
        return y

    def error(self, layer: str) -> float:
        """The mean squared error on the test sequences, which are never trained on."""
        return float(((self.answers(layer) - self.test.t) ** 2).mean())

    def slopes(self, layer: str) -> Array:
        """∂answer/∂number_t (T, B): by how much the answer moves with each number. The right ones are 1, 1 and 0s."""
        y, cache = recorded(answer, x=self.test.x, p=self.p[layer], options={"layer": layer})
        slopes: Array = replayed(np.ones_like(y), cache=cache)["x"][:, :, 0]
        return slopes

    def outcome(self) -> Outcome:
        """The test errors, and what each network's answer depends on."""
        found = {layer: self.error(layer) for layer in self.layers}
        slopes = {layer: self.slopes(layer) for layer in self.layers}
        metrics = {"mse": min(found.values()), "baseline_mse": self.baseline}
        column = np.arange(_TESTED)
        for layer in self.layers:
            metrics[f"{layer}_mse"] = found[layer]
            metrics[f"{layer}_slope_first"] = float(slopes[layer][self.test.marked[0], column].mean())
            metrics[f"{layer}_slope_second"] = float(slopes[layer][self.test.marked[1], column].mean())
        in_question = self.length == 50 and len(self.layers) == len(NAMES)
        reached = metrics["lstm_mse"] < 0.01 and metrics["rnn_mse"] > 0.1 if in_question else None
        reading = (self.read_baseline(), *(self.read_network(layer, metrics) for layer in self.layers))
        return Outcome(metrics, reading, self.pictures(slopes), reached)

    def read_baseline(self) -> Text:
        """What the errors are to be compared with."""
        return Text(
            f"いつも平均の 1 と答えると、誤差の期待値は 1/6 ≈ {MEAN_PREDICTOR:.3f}（U(0,1) の分散 1/12 が2つ分）、"
            f"このテストデータでは {self.baseline:.3f} です。これより小さくなければ、何も覚えていません。",
            f"Always answering the mean, 1, has the expected error 1/6 ≈ {MEAN_PREDICTOR:.3f}, twice the variance 1/12"
            f" of U(0, 1); on these test sequences it has {self.baseline:.3f}. Nothing is remembered until the error is"
            " below that.",
        )

    def read_network(self, layer: str, metrics: dict[str, float]) -> Text:
        """How far it came, and whether its answer hangs on the two numbers."""
        error = metrics[f"{layer}_mse"]
        first, second = (round(metrics[f"{layer}_slope_{which}"], 2) + 0.0 for which in ("first", "second"))  # no −0.00
        name = NAMES[layer].en
        facts = Text(
            f"{name} のテスト誤差は {error:.3g} です。印のついた数が 1 増えたとき、答えは1つ目で {first:.2f}、"
            f"2つ目で {second:.2f} だけ増えます（正しくはどちらも 1）。",
            f"The {name}'s test error is {error:.3g}. When a marked number grows by 1, its answer grows by {first:.2f}"
            f" for the first and {second:.2f} for the second one (1 would be right).",
        )
        meaning = _MEANINGS[_verdict(error / self.baseline)]
        return Text(facts.ja + meaning.ja, f"{facts.en} {meaning.en}")

    def pictures(self, slopes: dict[str, Array]) -> tuple[Picture, ...]:
        """Errors over the updates, what the answers depend on, and answers against the true sums."""
        end = max(update for pairs in self.errors.values() for update, _ in pairs)
        guess = line(Text("平均を答える", "the mean"), [self.baseline, self.baseline], [0, max(end, 1)])
        curves = [
            line(NAMES[layer], [error for _, error in pairs], [update for update, _ in pairs])
            for layer, pairs in self.errors.items()
        ]
        errors = Curves(
            Text("テスト系列での平均二乗誤差", "Mean squared error on the test sequences"),
            Text("更新回数", "updates"),
            Text("誤差", "error"),
            (*curves, guess),
            log=True,
        )
        return errors, self.influence(slopes), self.agreement(), self.examples()

    def influence(self, slopes: dict[str, Array]) -> Curves:
        """One test sequence: by how much each of its numbers moves the answers."""
        first, second = (int(place) + 1 for place in self.test.marked[:, 0])
        times = range(1, self.length + 1)
        return Curves(
            Text(
                f"答えはどの時刻の数で変わるか（印は t={first} と t={second}）",
                f"Which numbers move the answer (the marks are at t={first} and t={second})",
            ),
            Text("時刻 t", "time t"),
            Text("∂答え/∂数", "∂answer/∂number"),
            tuple(line(NAMES[layer], slopes[layer][:, 0], times) for layer in self.layers),
        )

    def agreement(self) -> Scatter:
        """The true sums across, the answers up: a diagonal where they are right, level where they ignore the input."""
        answers = {layer: self.answers(layer)[:_SHOWN, 0].tolist() for layer in self.layers}
        return Scatter(
            Text("正しい和（横）と答え（縦）", "True sums (across) and answers (up)"),
            tuple(self.test.t[:_SHOWN, 0].tolist() * len(answers)),
            tuple(y for column in answers.values() for y in column),
            groups=tuple(NAMES[layer].en for layer in answers for _ in range(_SHOWN)),
        )

    def examples(self) -> Table:
        """The first few test sequences."""
        answers = [self.answers(layer) for layer in self.layers]
        numbers = self.test.x[self.test.marked, np.arange(_TESTED), 0]
        rows: tuple[tuple[str | float | Text, ...], ...] = tuple(
            (
                f"{numbers[0, n]:.2f} (t={self.test.marked[0, n] + 1})",
                f"{numbers[1, n]:.2f} (t={self.test.marked[1, n] + 1})",
                float(self.test.t[n, 0]),
                *(float(y[n, 0]) for y in answers),
            )
            for n in range(5)
        )
        heads = Text("1つ目", "first"), Text("2つ目", "second"), Text("和", "sum")
        return Table(
            Text("テスト系列の例", "Some test sequences"), (*heads, *(NAMES[layer] for layer in self.layers)), rows
        )

    def weights(self) -> Weights:
        """`rnn.W`, `lstm.U` and so on."""
        return {f"{layer}.{name}": w for layer, p in self.p.items() for name, w in p.items()}

    def load(self, weights: Weights) -> None:
        """Go on from these."""
        need_no_others(weights, self.weights())
        self.p = {layer: put_back(p, weights, f"{layer}.") for layer, p in self.p.items()}
        self.errors = {layer: [(0, self.error(layer))] for layer in self.layers}


def _verdict(share: float) -> str:
    return "solved" if share < 0.06 else "learning" if share < 0.97 else "guessing"


_MEANINGS = {
    "solved": Text(
        "離れた2つの数を最後まで運べています。",
        "It carries two distant numbers to the end.",
    ),
    "learning": Text(
        "平均を答えるより良いものの、まだ2つの数を正確には運べていません。",
        "It beats the mean, but does not carry both numbers exactly yet.",
    ),
    "guessing": Text(
        "平均を答えるのと変わらず、印のついた数を覚えて答えているとはいえません。",
        "That is no better than the mean: whatever it answers, it does not remember the marked numbers.",
    ),
}

LAB = Lab(
    name="adding-problem",
    title=Text("Adding problem：離れた2つの数の和", "The adding problem: the sum of two distant numbers"),
    about=Text(
        "長さ T の数の列のうち、印のついた2つの数の和を、最後まで読んでから答えます。"
        "最初の数は長いあいだ覚えておく必要があり、誤差の勾配もそこまで戻らなければなりません。"
        "RNN の誤差が平均を答えるだけの 1/6 から動かないのに対し、"
        "セルとゲートをもつ LSTM と GRU がいつ急に解けるようになるかを見てください。",
        "Two numbers of a sequence of length T are marked; their sum is to be given after reading all of it. The first"
        " must be remembered for long, and the gradient of the error must come back as far. Watch the RNN stay at 1/6,"
        " the error of always answering the mean, and when the LSTM and the GRU, with their gates, suddenly get it.",
    ),
    goal=Text(
        "T=50 で LSTM の平均二乗誤差が 0.01 を下回り、RNN は 0.1 を上回ったまま（平均を答えるだけなら 1/6 ≈ 0.167）",
        "At T=50 the LSTM's mean squared error falls below 0.01, while the RNN's stays above 0.1"
        " (the mean alone: 1/6 ≈ 0.167)",
    ),
    options=(
        Option("length", 50, Text("系列の長さ T", "Length T of the sequences"), low=2, high=1000),
        Option("network", "all", Text("学習させるネットワーク", "Which networks learn"), ("all", *NAMES)),
        Option("hidden_size", 32, Text("隠れ状態の次元", "Units of the hidden state"), low=1, high=256),
        Option("learning_rate", 0.005, Text("Adam の学習率", "Adam's learning rate"), low=0, high=1),
        Option("clip", 1.0, Text("勾配のノルムの上限（0 で無効）", "Clip the gradient's norm; 0: never"), low=0),
        Option(
            "forget_bias",
            1.0,
            Text("忘却ゲートのバイアスの初期値", "The forget gate's initial bias"),
            low=-10,
            high=10,
        ),
        Option("batch", 32, Text("ミニバッチの大きさ", "Minibatch"), low=1, high=1024),
        Option("steps", 2000, Text("更新回数（ネットワークごと）", "Updates of each network"), low=1, high=100_000),
        SEED,
    ),
    sections=("lstm",),
    start=lambda settings, data: Adding(settings),
    sweep="mse",
    small={"length": 20, "steps": 350, "hidden_size": 16, "learning_rate": 0.02},
)
