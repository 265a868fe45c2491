"""How long the gradient still is when it has come back through many time steps, or through many layers.

Through time, networks of random weights are measured: how far the gradient of a loss at the last step reaches depends
on the activation, the size of the recurrent weights and the gates. Through depth, four networks that differ in nothing
but a residual connection and batch normalisation are measured and then trained, to see what a lost gradient costs.

Pascanu et al. 2013: ‖∂h_T/∂h_1‖ ≤ (γ·σ_max(U))^(T−1), γ the steepest slope of the activation; where the base is below
1 the gradient must vanish, where it is above it may explode. Against the latter clipping helps, which keeps the step
short without turning it; against the former only another network does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from quizdl.engine.activations import sigmoid
from quizdl.engine.clipping import clip_by_global_norm, clip_by_value
from quizdl.engine.losses import softmax_cross_entropy_backward, softmax_cross_entropy_forward
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
    Settings,
    Step,
    Table,
    Weights,
)
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
from quizdl.labs.vanishing_gradient_networks import (
    ACTIVATIONS,
    IN_DEPTH,
    IN_TIME,
    INITS,
    Backward,
    initial_in_depth,
    initial_in_time,
    inputs_in_time,
    norms_in_depth,
    rings,
    stacked_layers,
    through_time,
)
from quizdl.text import Text

SCALES = (0.5, 0.9, 1.0, 1.2, 1.5, 2.0, 3.0)
"""The weight scales of the map."""

_SEQUENCES = 16
_POINTS = 512
_BATCH = 64
_CHECK_EVERY = 20


def loss_of(x: Value, p: Values, t: NDArray[np.intp], architecture: str, activation: str) -> Value:
    """The cross entropy of a deep network."""
    z = stacked_layers(x, p, architecture, activation)[0]
    return one(apply(softmax_cross_entropy_forward, z=z, t=t))


class Vanishing:
    """One run."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.seed = settings, int(settings["seed"])
        self.length, self.depth = int(settings["length"]), int(settings["depth"])
        self.size, self.scale = int(settings["hidden_size"]), float(settings["weight_scale"])
        self.activation, self.init = str(settings["activation"]), str(settings["init"])
        self.data = rings(np.random.default_rng([self.seed, 1]), _POINTS)
        self.p = {name: float32(self.fresh(name, self.init)) for name in IN_DEPTH}
        self.losses: dict[str, list[float]] = {name: [] for name in IN_DEPTH}
        self.accuracies = {name: [(0.0, self.accuracy(name))] for name in IN_DEPTH}

    def fresh(self, architecture: str, init: str) -> dict[str, Array]:
        """Initial weights: the same ones for every architecture."""
        rng = np.random.default_rng([self.seed, 2])
        normalised = architecture in ("batch_norm", "residual_bn")
        return initial_in_depth(rng, self.depth, self.size, init, normalised=normalised)

    def steps(self) -> Iterator[Step]:
        """The four deep networks learn side by side, from the same minibatches."""
        rng, updates, done = np.random.default_rng([self.seed, 3]), int(self.settings["steps"]), 0
        rate, clip = float(self.settings["learning_rate"]), float(self.settings["clip"])
        methods = {name: optimiser(str(self.settings["optimiser"]), rate) for name in IN_DEPTH}
        x = self.data.x.astype(np.float32)
        for update, rows in zip(range(1, updates + 1), endless_minibatches(rng, _POINTS, _BATCH), strict=False):
            for name in IN_DEPTH:
                options = {"t": self.data.t[rows], "architecture": name, "activation": self.activation}
                loss, cache = recorded(loss_of, x=x[rows], p=self.p[name], options=options)
                self.p[name], _ = descend(methods[name], self.p[name], replayed(1.0, cache=cache), clip=clip)
                self.losses[name].append(float(loss))
                if update % _CHECK_EVERY == 0 or update == updates:
                    self.accuracies[name].append((update, self.accuracy(name)))
                done += 1
                yield Step(done, updates * len(IN_DEPTH), float(loss), self.accuracies[name][-1][1], IN_DEPTH[name])

    def accuracy(self, name: str) -> float:
        """The share of all points that are told apart; batch normalisation has all of them for its batch."""
        options = {"architecture": name, "activation": self.activation}
        (z, *_), _ = recorded(stacked_layers, x=self.data.x.astype(np.float32), p=self.p[name], options=options)
        return float((z.argmax(axis=1) == self.data.t).mean())

    def in_time(self, name: str, scale: float) -> Backward:
        """The gradient of a random sum of the last state's entries, through a network of random weights."""
        rng = np.random.default_rng([self.seed, 4])
        bias = float(self.settings["forget_bias"]) if name == "lstm_open" else 0.0
        x = inputs_in_time(rng, self.length, _SEQUENCES)
        above = rng.standard_normal((_SEQUENCES, self.size))
        return through_time(IN_TIME[name], x, initial_in_time(rng, IN_TIME[name], self.size, scale, bias), above)

    def in_depth(self, name: str, activation: str, p: dict[str, Array]) -> Array:
        """‖∂L/∂h_k‖ (D,) of the loss over all points, in double precision: float32 ends at 10⁻³⁸."""
        p = {key: w.astype(np.float64) for key, w in p.items()}
        options = {"architecture": name, "activation": activation}
        (z, *_), recording = recorded(stacked_layers, x=self.data.x, p=p, options=options)
        _, cache = softmax_cross_entropy_forward(z, self.data.t)
        return norms_in_depth(recording, softmax_cross_entropy_backward(1.0, cache)["z"])

    @cached_property
    def times(self) -> dict[str, Array]:
        """‖∂L/∂h_t‖ (T,) of each recurrent network at the chosen scale."""
        return {name: self.in_time(name, self.scale).norms for name in IN_TIME}

    @cached_property
    def time_map(self) -> Array:
        """log10 of how much of the gradient reaches t = 1, (networks, SCALES)."""
        return np.array([[_log(_ratio(self.in_time(name, scale).norms)) for scale in SCALES] for name in IN_TIME])

    @cached_property
    def depths(self) -> dict[str, Array]:
        """‖∂L/∂h_k‖ (D,) of each deep network before it learns."""
        return {name: self.in_depth(name, self.activation, self.fresh(name, self.init)) for name in IN_DEPTH}

    def outcome(self) -> Outcome:
        """Everything that was measured, and what the deep networks learnt."""
        metrics = {f"{name}_ratio": _ratio(norms) for name, norms in self.times.items()}
        metrics |= {f"depth_{name}_ratio": _ratio(norms) for name, norms in self.depths.items()}
        metrics |= {f"depth_{name}_accuracy": self.accuracy(name) for name in IN_DEPTH}
        stated = all(self.settings[name] == value for name, value in _AS_STATED.items())
        reached = (
            metrics["depth_plain_ratio"] < 1e-15
            and 0.1 < metrics["depth_residual_ratio"] < 10
            and metrics["depth_plain_accuracy"] < 0.65
            and metrics["depth_residual_accuracy"] > 0.95
        )
        reading = (
            *self.read_time(metrics),
            self.read_gates(metrics),
            self.read_clipping(),
            self.read_depth(metrics),
            *self.read_training(metrics),
        )
        return Outcome(metrics, reading, self.pictures(), reached if stated else None)

    def read_time(self, metrics: dict[str, float]) -> Iterator[Text]:
        """RNNs, by activation."""
        for name in ("rnn_tanh", "rnn_sigmoid", "rnn_relu"):
            ratio, label, row = metrics[f"{name}_ratio"], IN_TIME[name].name.en, list(IN_TIME).index(name)
            exploding = [scale for k, scale in enumerate(SCALES) if (self.time_map[row, k:] > 2).all()]
            facts = Text(
                f"{label}（重みの倍率 {self.scale:g}）：t=1 での勾配の大きさは t={self.length} の {ratio:.1e} 倍です。",
                f"{label}, weights times {self.scale:g}: at t=1 the gradient's norm is {ratio:.1e} of that at"
                f" t={self.length}.",
            )
            if exploding:
                more = Text(
                    f"倍率 {exploding[0]:g} 以上では 100 倍を超えて爆発します。",
                    f"From a scale of {exploding[0]:g} on it explodes, to more than a hundredfold.",
                )
            else:
                more = Text(
                    f"倍率を {SCALES[-1]:g} まで上げても爆発はしません。",
                    f"It explodes at no scale up to {SCALES[-1]:g}.",
                )
            yield Text(facts.ja + more.ja, f"{facts.en} {more.en}")

    def read_gates(self, metrics: dict[str, float]) -> Text:
        """The cell's way back is a product of forget gates."""
        bias, closed, opened = float(self.settings["forget_bias"]), metrics["lstm_ratio"], metrics["lstm_open_ratio"]
        steps, half, gate = self.length - 1, 0.5 ** (self.length - 1), float(sigmoid(np.array(bias)))
        power = gate**steps
        return Text(
            f"LSTM のセルを戻る勾配は、忘却ゲートの値の積です（ゲートは入力で動くので、以下は目安）。"
            f"バイアス 0 なら 0.5^{steps} = {half:.1e}（実測 {closed:.1e}）、"
            f"バイアス {bias:g} なら {gate:.2f}^{steps} = {power:.1e}（実測 {opened:.1e}）。",
            f"Back through an LSTM's cell, the gradient is a product of forget gates, which move with the input. With a"
            f" bias of 0 it is roughly 0.5^{steps} = {half:.1e} (measured {closed:.1e}), with a bias of {bias:g}"
            f" {gate:.2f}^{steps} = {power:.1e} (measured {opened:.1e}).",
        )

    def read_clipping(self) -> Text:
        """What clipping makes of the largest gradient there is."""
        name, norm, _, by_norm, by_value = max(self.clipped(), key=lambda row: row[1])
        label, limit = name.en, float(self.settings["clip"]) or 1.0
        return Text(
            f"倍率 {SCALES[-1]:g} の {label} では、全パラメータの勾配のノルムが {norm:.1e} でした。"
            f"ノルムで {limit:g} にクリップしても向きは変わりませんが（余弦 {by_norm:.3f}）、"
            f"成分ごとのクリップでは変わります（余弦 {by_value:.3f}）。",
            f"At the scale {SCALES[-1]:g}, the gradient of all of the {label}'s parameters has the norm {norm:.1e}."
            f" Clipped to the norm {limit:g} it keeps its direction (cosine {by_norm:.3f}); with every entry clipped"
            f" instead, the cosine is {by_value:.3f}.",
        )

    def read_depth(self, metrics: dict[str, float]) -> Text:
        """The deep networks before training."""
        plain, bn, residual, both = (metrics[f"depth_{name}_ratio"] for name in IN_DEPTH)
        factor = plain ** (1 / max(self.depth - 1, 1))
        return Text(
            f"{self.depth} 層（{self.activation}・{self.init}）では、最初の層の勾配は最後の層の {plain:.1e} 倍、"
            f"1層あたり {factor:.2f} 倍です。残差接続なら {residual:.3g} 倍、バッチ正規化なら {bn:.3g} 倍、"
            f"両方なら {both:.3g} 倍になります。",
            f"Of {self.depth} layers ({self.activation}, {self.init}), the first one's gradient is {plain:.1e} of the"
            f" last one's, a factor of {factor:.2f} a layer. With a residual connection it is {residual:.3g}, with"
            f" batch normalisation {bn:.3g}, with both {both:.3g}.",
        )

    def read_training(self, metrics: dict[str, float]) -> Iterator[Text]:
        """What became of them."""
        if not self.losses["plain"]:
            return
        guess = max(float(self.data.t.mean()), 1 - float(self.data.t.mean()))
        right = {name: metrics[f"depth_{name}_accuracy"] for name in IN_DEPTH}
        ja = "、".join(f"{IN_DEPTH[name].ja} {share:.1%}" for name, share in right.items())
        en = ", ".join(f"{IN_DEPTH[name].en} {share:.1%}" for name, share in right.items())
        updates = len(self.losses["plain"])
        yield Text(f"{updates} 回の更新のあとの正解率：{ja}。", f"Accuracy after {updates} updates: {en}.")
        stuck = [name for name, share in right.items() if share < guess + 0.1]
        if stuck:
            ja, en = "、".join(IN_DEPTH[name].ja for name in stuck), ", ".join(IN_DEPTH[name].en for name in stuck)
            yield Text(
                f"多いほうのクラスを答え続けても {guess:.1%} なので、学べていないもの：{ja}。",
                f"Always naming the commoner class gives {guess:.1%}, so these have not learnt: {en}.",
            )

    def clipped(self) -> list[tuple[Text, float, float, float, float]]:
        """At the largest scale: the gradient's norm, that after clipping, and the cosines with what it was."""
        limit, rows = float(self.settings["clip"]) or 1.0, []
        for name, network in IN_TIME.items():
            gradients = self.in_time(name, SCALES[-1]).gradients
            by_norm, norm = clip_by_global_norm(gradients, limit)
            by_value = {key: clip_by_value(g, limit) for key, g in gradients.items()}
            after = clip_by_global_norm(by_norm, limit)[1]
            rows.append((network.name, norm, after, _cosine(gradients, by_norm), _cosine(gradients, by_value)))
        return rows

    def pictures(self) -> tuple[Picture, ...]:
        """Norms by time and by layer, maps over scales and initial weights, clipping, and the training."""
        times, layers = range(1, self.length + 1), range(1, self.depth + 1)
        through = tuple(line(IN_TIME[name].name, norms / norms[-1], times) for name, norms in self.times.items())
        deep = tuple(line(IN_DEPTH[name], norms / norms[-1], layers) for name, norms in self.depths.items())
        heads = Text("ネットワーク", "network"), Text("ノルム", "norm"), Text("クリップ後", "clipped")
        by_norm, by_value = Text("余弦（ノルム）", "cosine, by norm"), Text("余弦（成分）", "cosine, by value")
        return (
            Curves(
                Text("時間を戻る勾配（t=T を 1 とする）", "The gradient through time (1 at t=T)"),
                Text("時刻 t", "time t"),
                Text("‖∂L/∂h_t‖", "‖∂L/∂h_t‖"),
                through,
                log=True,
            ),
            Heatmap(
                Text("t=1 まで届く勾配（log10）と重みの倍率", "What reaches t=1 (log10), by weight scale"),
                self.time_map,
                rows=tuple(network.name.en for network in IN_TIME.values()),
                columns=tuple(f"{scale:g}" for scale in SCALES),
            ),
            Table(
                Text(f"勾配クリッピング（倍率 {SCALES[-1]:g}）", f"Clipping at the scale {SCALES[-1]:g}"),
                (*heads, by_norm, by_value),
                tuple(self.clipped()),
            ),
            Curves(
                Text("層を戻る勾配（最後の層を 1 とする）", "The gradient through the layers (1 at the last)"),
                Text("層 k", "layer k"),
                Text("‖∂L/∂h_k‖", "‖∂L/∂h_k‖"),
                deep,
                log=True,
            ),
            self.depth_map(),
            loss_curves({IN_DEPTH[name]: losses for name, losses in self.losses.items()}, smooth=10),
            accuracy_curves({IN_DEPTH[name]: pairs for name, pairs in self.accuracies.items()}),
        )

    def depth_map(self) -> Heatmap:
        """The plain network with every activation and every kind of initial weights."""
        rows = [
            [_log(_ratio(self.in_depth("plain", activation, self.fresh("plain", init)))) for init in INITS]
            for activation in ACTIVATIONS
        ]
        title = Text(
            f"{self.depth} 層を戻った勾配（log10、残差も BN もなし）",
            f"What reaches the first of {self.depth} layers (log10), no residual, no BN",
        )
        return Heatmap(title, np.array(rows), rows=tuple(ACTIVATIONS), columns=INITS)

    def weights(self) -> Weights:
        """`plain.0.W`, `residual.3.b` and so on: those of the deep networks."""
        return {f"{name}.{key}": w for name, p in self.p.items() for key, w in p.items()}

    def load(self, weights: Weights) -> None:
        """Go on from these."""
        need_no_others(weights, self.weights())
        self.p = {name: put_back(p, weights, f"{name}.") for name, p in self.p.items()}
        self.accuracies = {name: [(0.0, self.accuracy(name))] for name in IN_DEPTH}


def _ratio(norms: Array) -> float:
    """How much of the gradient at the end is there at the beginning."""
    return float(norms[0] / norms[-1]) if norms[-1] else math.nan


def _log(ratio: float) -> float:
    return math.log10(ratio) if ratio > 0 and math.isfinite(ratio) else math.nan


def _cosine(a: dict[str, Array], b: dict[str, Array]) -> float:
    """cos of the angle between two gradients, all their entries in one vector."""
    u, v = (np.concatenate([g.ravel() for _, g in sorted(one_.items())]) for one_ in (a, b))
    u, v = u / np.abs(u).max(), v / np.abs(v).max()
    return float(u @ v / (np.linalg.norm(u) * np.linalg.norm(v)))


_AS_STATED: dict[str, str | int] = {"depth": 30, "activation": "sigmoid", "init": "xavier"}

LAB = Lab(
    name="vanishing-gradient",
    title=Text("勾配消失と勾配爆発を測る", "Vanishing and exploding gradients, measured"),
    about=Text(
        "勾配は、時間や層を1つ戻るたびに活性化関数の傾きと重みを掛けられます。積が長いと、消えるか爆発するかのどちらかです。"
        "重みの倍率・活性化関数・ゲート・残差接続・バッチ正規化で何桁変わるか、そして勾配の届かない 30 層が"
        "本当に学習できないのかを見てください。",
        "Every step back through time or layers multiplies the gradient by the activation's slope and the weights: a"
        " long product either vanishes or explodes. Watch by how many powers of ten the weights' scale, the activation,"
        " gates, residual connections and batch normalisation change it, and whether 30 layers learn when it does not"
        " arrive.",
    ),
    goal=Text(
        "シグモイド 30 層で最初の層に届く勾配が、そのままでは 1e-15 未満で学習できず（正解率 65% 未満）、"
        "残差接続では 0.1〜10 倍に収まって 95% を超える",
        "Of 30 sigmoid layers, the first gets less than 1e-15 of the gradient and the network does not learn (below"
        " 65%); with residual connections it gets 0.1 to 10 times as much, and the network exceeds 95%",
    ),
    options=(
        Option("length", 50, Text("系列の長さ T", "Length T of the sequences"), low=2, high=500),
        Option(
            "weight_scale",
            1.0,
            Text("再帰の重みの倍率（標準偏差 × √H）", "Scale of the recurrent weights (deviation × √H)"),
            low=0,
            high=10,
        ),
        Option(
            "forget_bias", 3.0, Text("開いた忘却ゲートのバイアス", "Bias of the open forget gate"), low=-10, high=20
        ),
        Option("depth", 30, Text("隠れ層の数", "Hidden layers"), low=2, high=200),
        Option("activation", "sigmoid", Text("深いネットワークの活性化関数", "The deep networks'"), tuple(ACTIVATIONS)),
        Option(
            "init",
            "xavier",
            Text("その初期値（small は標準偏差 0.01、normal は 1）", "Their weights; deviation small 0.01, normal 1"),
            INITS,
        ),
        Option("hidden_size", 32, Text("隠れ層のユニット数", "Units of each hidden layer"), low=2, high=256),
        Option("optimiser", "momentum", Text("最適化手法", "Optimiser"), OPTIMISERS),
        Option("learning_rate", 0.01, Text("学習率", "Learning rate"), low=0, high=10),
        Option("clip", 1.0, Text("勾配のノルムの上限（0 で無効）", "Clip the gradient's norm; 0: never"), low=0),
        Option("steps", 300, Text("更新回数（ネットワークごと）", "Updates of each network"), low=1, high=20_000),
        SEED,
    ),
    sections=("vanishing-gradient", "bptt"),
    start=lambda settings, data: Vanishing(settings),
    sweep="rnn_tanh_ratio",
    small={"length": 20, "depth": 15, "hidden_size": 16, "steps": 100, "learning_rate": 0.02},
)
