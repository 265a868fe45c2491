"""An RNN learns to add binary numbers, bit by bit from the lowest, as one does on paper.

At time t the network sees the t-th bits of a and b and must give the t-th bit of a + b. The carry it is never shown:
it has to be kept in the hidden state. That is the smallest task for which a network needs a memory.

    h_t = f(x_t W + h_{t−1} U + b)        f: tanh, sigmoid or ReLU
    z_t = h_t V + c                       the bit is 1 where σ(z_t) > ½
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from quizdl.engine.activations import relu_forward, sigmoid_forward, tanh_forward
from quizdl.engine.affine import affine_forward
from quizdl.engine.elementary import stack_forward
from quizdl.engine.initialisers import he_normal, xavier_normal
from quizdl.engine.losses import bce_with_logits_forward
from quizdl.engine.tape import Value, Values, apply, recorded, replayed
from quizdl.labs.binary_addition_data import MOST, carries_of, pairs_to_test, sums_of
from quizdl.labs.core import SEED, Array, Curves, Heatmap, Lab, Option, Outcome, Picture, Settings, Step, Table, Weights
from quizdl.labs.training import (
    OPTIMISERS,
    accuracy_curves,
    descend,
    endless_minibatches,
    float32,
    line,
    loss_curves,
    need_no_others,
    optimiser,
    put_back,
)
from quizdl.text import Text, same

if TYPE_CHECKING:
    from quizdl.labs.hosting import Hosted
    from quizdl.sandbox import Sandbox

ACTIVATIONS = {"tanh": tanh_forward, "sigmoid": sigmoid_forward, "relu": relu_forward}

_CHECK_EVERY = 50
_SAMPLE = 2048
"""So many pairs tell the accuracy while training; at the end all pairs, or MOST of them, are added."""

_NETWORK = same("RNN")


def network(x: Value, p: Values, added: Value | None, activation: str) -> tuple[Value, Value]:
    """z (T, B, 1) and the states h (T, B, H). `added` (T, B, H) is added to the states: see `gradient_norms`."""
    a = apply(affine_forward, x=x, W=p["W"], b=p["b"])
    states: list[Value] = []
    for t in range(len(x)):
        s = a[t] + states[-1] @ p["U"] if states else a[t]
        h = apply(ACTIVATIONS[activation], x=s)
        states.append(h + added[t] if added is not None else h)
    h = apply(stack_forward, parts=states)
    return apply(affine_forward, x=h, W=p["V"], b=p["c"]), h


def loss_of(x: Value, p: Values, added: Value | None, t: Array, activation: str, last_only: bool = False) -> Value:
    """The cross entropy of every bit, or of the last one alone."""
    z, _ = network(x, p, added, activation)
    if last_only:
        z, t = z[-1:], t[-1:]
    loss: Value = apply(bce_with_logits_forward, z=z, t=t)
    return loss


def initial(settings: Settings, rng: np.random.Generator) -> dict[str, Array]:
    """Weights of the size that Xavier (2/(in + out)), He (2/in) or "normal" (1) gives, times the weight scale."""
    H, scale = int(settings["hidden_size"]), float(settings["weight_scale"])
    shapes = {"W": (2, H), "U": (H, H), "V": (H, 1)}
    draw = {"xavier": xavier_normal, "he": he_normal, "normal": lambda rng, shape: rng.standard_normal(shape)}
    drawn = {name: draw[str(settings["init"])](rng, shape) for name, shape in shapes.items()}
    p = float32({name: scale * w for name, w in drawn.items()})
    return p | {"b": np.zeros(H, np.float32), "c": np.zeros(1, np.float32)}


class Addition:
    """One run."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.bits, self.activation = int(settings["bits"]), str(settings["activation"])
        self.rng = np.random.default_rng(int(settings["seed"]))
        self.p = initial(settings, self.rng)
        self.norms_before = self.gradient_norms()
        a, b = self.rng.integers(0, 2**self.bits, (2, int(settings["pairs"])))
        self.train = sums_of(a, b, self.bits)
        self.different = len(set(zip(a.tolist(), b.tolist(), strict=True)))
        self.losses: list[float] = []
        self.accuracies: list[tuple[float, float]] = [(0, self.accuracy(self.bits, _SAMPLE))]

    def steps(self) -> Iterator[Step]:
        """Minibatches of the same few sums, again and again: all others are never seen."""
        total = int(self.settings["steps"])
        method = optimiser(str(self.settings["optimiser"]), float(self.settings["learning_rate"]))
        batches = endless_minibatches(self.rng, self.train.x.shape[1], int(self.settings["batch"]))
        for done, rows in zip(range(1, total + 1), batches, strict=False):
            options = {"t": self.train.t[:, rows], "activation": self.activation}
            loss, cache = recorded(loss_of, x=self.train.x[:, rows], p=self.p, added=None, options=options)
            gradients = replayed(1.0, cache=cache)
            self.p, _ = descend(method, self.p, gradients, clip=float(self.settings["clip"]))
            self.losses.append(float(loss))
            if done % _CHECK_EVERY == 0 or done == total:
                self.accuracies.append((done, self.accuracy(self.bits, _SAMPLE)))
            yield Step(done, total, float(loss), self.accuracies[-1][1], _NETWORK)

    def answers(self, x: Array) -> tuple[NDArray[np.bool_], Array]:
        """The bits (T, B) that the network gives, and its states (T, B, H)."""
        (z, h), _ = recorded(network, x=x, p=self.p, added=None, options={"activation": self.activation})
        return z[..., 0] > 0, h

    def accuracy(self, bits: int, most: int) -> float:
        """The share of sums that are right in every bit."""
        a, b = pairs_to_test(bits)
        picked = np.random.default_rng(1).permutation(len(a))[:most]
        right = 0
        for rows in np.array_split(picked, max(len(picked) // 4096, 1)):
            x, t = sums_of(a[rows], b[rows], bits)
            right += int((self.answers(x)[0] == (t[..., 0] > 0)).all(axis=0).sum())
        return right / len(picked)

    def gradient_norms(self) -> tuple[float, ...]:
        """‖∂L_T/∂h_t‖ for each t, L_T being the loss of the last bit alone.

        A gradient with respect to h_t is that with respect to a zero that is added to it: that is what the tape gives.
        """
        a, b = np.random.default_rng(2).integers(0, 2**self.bits, (2, 256))
        x, t = sums_of(a, b, self.bits)
        added = np.zeros((*x.shape[:2], self.p["U"].shape[0]), np.float32)
        options = {"t": t, "activation": self.activation, "last_only": True}
        _, cache = recorded(loss_of, x=x, p=self.p, added=added, options=options)
        found = replayed(1.0, cache=cache)["added"].astype(np.float64)
        return tuple(float(np.sqrt((g**2).sum())) for g in found)

    def outcome(self) -> Outcome:
        """All sums of this length, sums twice as long, and the gradient through time."""
        accuracy, longer = self.accuracy(self.bits, MOST), self.accuracy(2 * self.bits, 4096)
        before, after = self.norms_before, self.gradient_norms()
        metrics = {
            "accuracy": accuracy,
            "accuracy_twice_as_long": longer,
            "loss": self.losses[-1] if self.losses else float("nan"),
            "gradient_ratio_before": before[0] / before[-1] if before[-1] else float("nan"),
            "gradient_ratio_after": after[0] / after[-1] if after[-1] else float("nan"),
        }
        reading = (self.read_accuracy(accuracy, longer), *self.read_gradient(metrics))
        in_question = self.bits == 8
        return Outcome(metrics, reading, self.pictures(after), accuracy == 1.0 if in_question else None)

    def read_accuracy(self, accuracy: float, longer: float) -> Text:
        """What was learnt: the rule, or some of the sums."""
        tested = min(4**self.bits, MOST)
        seen, long = self.different, 2 * self.bits
        facts = Text(
            f"訓練に使ったのは {seen} 組だけですが、{self.bits} ビットの足し算 {tested} 組の正解率は {accuracy:.2%}、"
            f"見たことのない {long} ビットでも {longer:.2%} です。",
            f"It was trained on {seen} pairs alone; of {tested} sums of {self.bits} bits it gets {accuracy:.2%} right,"
            f" and of sums of {long} bits, which it never saw, {longer:.2%}.",
        )
        if accuracy == 1.0 and longer > 0.99:
            meaning = Text(
                "組み合わせの暗記ではなく、繰り上がりの規則そのものを隠れ状態で表せています。",
                " So it has not memorised sums: its hidden state holds the rule of the carry itself.",
            )
        elif accuracy == 1.0:
            meaning = Text(
                "この長さは完全ですが、長くすると隠れ状態が少しずつずれて誤ります。",
                " At this length it is perfect; over a longer one the hidden state drifts and errs.",
            )
        else:
            meaning = Text(
                "繰り上がりをまだ確実には運べていません。隠れ層・学習率・更新回数を変えてみてください。",
                " It does not carry reliably yet: vary the hidden size, the learning rate or the number of updates.",
            )
        return Text(facts.ja + meaning.ja, facts.en + meaning.en)

    def read_gradient(self, metrics: dict[str, float]) -> tuple[Text, ...]:
        """How much of the last bit's gradient arrives at the first one."""
        before, after, last = metrics["gradient_ratio_before"], metrics["gradient_ratio_after"], self.bits + 1
        if not np.isfinite(before):
            return ()
        init, scale = self.settings["init"], self.settings["weight_scale"]
        return (
            Text(
                f"初期値 {init}・倍率 {scale:g} では、最後のビットの損失の勾配は t=1 で t={last} の {before:.1e} 倍"
                f"（学習後は {after:.1e} 倍）。" + _VERDICTS[_size(before)].ja,
                f"With {init} weights times {scale:g}, the gradient of the last bit's loss at t=1 is {before:.1e}"
                f" of that at t={last} (after training {after:.1e}). " + _VERDICTS[_size(before)].en,
            ),
        )

    def pictures(self, after: tuple[float, ...]) -> tuple[Picture, ...]:
        """Loss, accuracy, gradients through time, and one sum with a long carry, from the inside."""
        times = range(1, self.bits + 2)
        norms = Curves(
            Text("最後のビットの損失の勾配の大きさ", "Gradient of the last bit's loss"),
            Text("時刻 t", "time t"),
            Text("‖∂L/∂h_t‖", "‖∂L/∂h_t‖"),
            (
                line(Text("学習前", "before training"), self.norms_before, times),
                line(Text("学習後", "after training"), after, times),
            ),
            log=True,
        )
        return (
            loss_curves({_NETWORK: self.losses}, smooth=20),
            accuracy_curves({_NETWORK: self.accuracies}),
            norms,
            *self.one_sum(),
        )

    def one_sum(self) -> tuple[Table, Heatmap]:
        """01…1 + 1: a carry that runs through every place, and the states while it does."""
        a, b = np.array([2 ** (self.bits - 1) - 1]), np.array([1])
        x, t = sums_of(a, b, self.bits)
        given, h = self.answers(x)
        carries = carries_of(a, b, self.bits)[:, 0]
        rows: list[tuple[str | float | Text, ...]] = [
            (same("a"), *_digits(x[:, 0, 0])),
            (same("b"), *_digits(x[:, 0, 1])),
            (Text("繰り上がり", "carry in"), *_digits(carries)),
            (Text("正しい和", "right sum"), *_digits(t[:, 0, 0])),
            (Text("RNN の答え", "the RNN's"), *_digits(given[:, 0])),
        ]
        places = tuple(same(f"t={t}") for t in range(1, len(x) + 1))
        title = Text("繰り上がりが続く足し算（低い桁から）", "A sum that carries all the way, lowest bit first")
        units = np.argsort(-np.abs(h[:, 0] - h[:, 0].mean(axis=0)).max(axis=0))[:16]
        return Table(title, (Text("桁", "place"), *places), tuple(rows)), Heatmap(
            Text("そのときの隠れ状態（よく動くユニット）", "The hidden state meanwhile (the units that move most)"),
            h[:, 0, units].T,
            rows=tuple(f"h{unit}" for unit in units),
            columns=tuple(f"t={t}" for t in range(1, len(x) + 1)),
        )

    def host(self, function: str, source: bytes, sandbox: Sandbox) -> Hosted:
        """The learner's `rnn_step` adds with the trained weights."""
        from quizdl.labs.binary_addition_mine import add_with

        return add_with(self, source, sandbox)

    def weights(self) -> Weights:
        """W, U, b, V, c."""
        return dict(self.p)

    def load(self, weights: Weights) -> None:
        """Go on from these."""
        need_no_others(weights, self.p)
        self.p = put_back(self.p, weights)


def _digits(row: Any) -> tuple[str, ...]:
    return tuple(str(int(bit)) for bit in row)


def _size(ratio: float) -> str:
    return "vanishes" if ratio < 1e-2 else "explodes" if ratio > 1e2 else "holds"


_VERDICTS = {
    "vanishes": Text(
        "勾配消失です：遠い桁からの誤差は、最初の桁の重みにほとんど届きません。",
        "It vanishes: errors of far places hardly reach what the first one did.",
    ),
    "explodes": Text(
        "勾配爆発です：少しの違いが桁を越えるたびに大きくなり、更新が跳ねます。",
        "It explodes: small differences grow from place to place, and updates jump.",
    ),
    "holds": Text(
        "この長さなら、勾配は最初の桁まで届いています。",
        "Over this length the gradient does arrive at the first place.",
    ),
}

LAB = Lab(
    name="binary-addition",
    title=Text("RNN で2進数の足し算", "Binary addition with an RNN"),
    about=Text(
        "低い桁から1ビットずつ読み、和のビットを答えます。繰り上がりは入力に現れないので、隠れ状態で覚えるしかありません。"
        "隠れ層の大きさ・初期値・活性化関数を変えて、学べるかどうかと、勾配が過去の桁まで届くかを見比べてください。",
        "The network reads two numbers bit by bit, lowest first, and says the bits of their sum. The carry is not among"
        " its inputs, so it must be kept in the hidden state. Vary the hidden size, the initial weights and the"
        " activation, and watch whether it learns and whether the gradient arrives at earlier bits.",
    ),
    goal=Text(
        "8ビットどうしの足し算 65,536 組すべてに正解する（100%）",
        "All 65,536 sums of two 8-bit numbers are right (100%)",
    ),
    options=(
        Option("hidden_size", 16, Text("隠れ層のユニット数", "Units of the hidden layer"), low=1, high=256),
        Option("learning_rate", 0.01, Text("学習率", "Learning rate"), low=0, high=100),
        Option("activation", "tanh", Text("隠れ層の活性化関数", "Activation"), tuple(ACTIVATIONS)),
        Option(
            "init",
            "xavier",
            Text("重みの初期値。normal は標準偏差 1", "Initial weights; normal has the standard deviation 1"),
            ("xavier", "he", "normal"),
        ),
        Option("weight_scale", 1.0, Text("初期値に掛ける倍率", "Multiplies the initial weights"), low=0, high=100),
        Option("optimiser", "adam", Text("最適化手法", "Optimiser"), OPTIMISERS),
        Option("clip", 1.0, Text("勾配のノルムの上限。0 で無効", "Clip the gradient's norm; 0: never"), low=0),
        Option("bits", 8, Text("数のビット数", "Bits of each number"), low=1, high=24),
        Option("pairs", 1000, Text("訓練に使う組の数", "Pairs to train on"), low=1, high=100_000),
        Option("batch", 32, Text("ミニバッチの大きさ", "Minibatch"), low=1, high=1024),
        Option("steps", 2500, Text("更新回数", "Updates"), low=0, high=100_000),
        SEED,
    ),
    sections=("rnn", "bptt"),
    start=lambda settings, data: Addition(settings),
    sweep="accuracy",
    small={"bits": 4, "steps": 400, "pairs": 100, "hidden_size": 8, "learning_rate": 0.03},
)
