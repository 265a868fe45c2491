"""An RNN, an LSTM and a GRU learn a wave by foretelling its next value, and then draw on alone.

    h_t = layer(x_t, h_{t−1})      ŷ_t = h_t V + c        loss: the mean of (ŷ_t − x_{t+1})²

While learning, every x_t is given (teacher forcing). To draw on, the network reads its own ŷ_t as x_{t+1}: an error
is then read as if it had been true, and grows or dies out. A little noise on the inputs while learning teaches the
network to come back to the wave.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from quizdl.engine.affine import affine_forward
from quizdl.engine.gru import gru_forward
from quizdl.engine.losses import mse_forward
from quizdl.engine.lstm import lstm_forward
from quizdl.engine.optimisers import Adam
from quizdl.engine.recurrent import rnn_forward
from quizdl.engine.schedules import cosine_decay
from quizdl.engine.stacked import init_layer
from quizdl.engine.tape import Value, Values, apply, recorded, replayed
from quizdl.labs.core import SEED, Array, Lab, Option, Outcome, Settings, Step, Weights
from quizdl.labs.sine_wave_data import BEGINNING, Waves, make_waves, own_waves
from quizdl.labs.sine_wave_view import NAMES, outcome_of
from quizdl.labs.training import descend, float32, need_no_others, put_back
from quizdl.text import Text

if TYPE_CHECKING:
    from quizdl.labs.hosting import Hosted
    from quizdl.sandbox import Sandbox

FORWARDS: dict[str, Any] = {"rnn": rnn_forward, "lstm": lstm_forward, "gru": gru_forward}
_OPEN = 20.0
"""σ(20) = 1: the bias of a forget gate that forgets nothing."""


def network(x: Value, p: Values, layer: str) -> Value:
    """ŷ (T, B, 1): at every time the next value."""
    initial = dict.fromkeys(("h0", "c0") if layer == "lstm" else ("h0",))
    h, *_ = apply(FORWARDS[layer], x=x, **initial, W=p["W"], U=p["U"], b=p["b"])
    y: Value = apply(affine_forward, x=h, W=p["V"], b=p["c"])
    return y


def loss_of(x: Value, p: Values, t: Array, layer: str) -> Value:
    """The mean squared error over all times."""
    loss: Value = apply(mse_forward, y=network(x, p, layer), t=t)
    return loss


def initial(layer: str, H: int, rng: np.random.Generator, *, forgets: bool) -> dict[str, Array]:
    """±1/√H, an LSTM's forget gates half open or, where it is to forget nothing, wide open whatever they read."""
    p = init_layer(rng, 1, H, layer=layer)  # type: ignore[arg-type]
    if layer == "lstm" and not forgets:
        p["W"][1], p["U"][1], p["b"][1] = 0, 0, _OPEN
    return float32(p | {"V": rng.uniform(-1, 1, (H, 1)) / np.sqrt(H), "c": np.zeros(1)})


class SineWave:
    """One run: one layer, or all three, one after the other."""

    def __init__(self, settings: Settings, data: object | None) -> None:
        self.settings, self.rng = settings, np.random.default_rng(int(settings["seed"]))
        self.horizon, chosen = int(settings["horizon"]), str(settings["layer"])
        self.series = "own" if data is not None else str(settings["series"])
        self.waves: Waves = (
            own_waves(data, self.horizon) if data is not None else make_waves(self.series, self.horizon, self.rng)
        )
        layers = tuple(NAMES) if chosen == "all" else (chosen,)
        self.forgets = settings["forget_gate"] == "learnt"
        H = int(settings["hidden_size"])
        self.p = {layer: initial(layer, H, self.rng, forgets=self.forgets) for layer in layers}
        self.losses: dict[str, list[float]] = {layer: [] for layer in layers}

    def steps(self) -> Iterator[Step]:
        """Adam, its learning rate falling to 0 in half a cosine wave, so that the last steps are small ones."""
        updates, lr = int(self.settings["steps"]), float(self.settings["learning_rate"])
        total = updates * len(self.p)
        for number, layer in enumerate(self.p):
            method = Adam(lr)
            for done in range(updates):
                method.lr = cosine_decay(done, lr, period=updates)
                loss = self.update(layer, method)
                yield Step(number * updates + done + 1, total, loss, network=NAMES[layer])

    def update(self, layer: str, method: Adam) -> float:
        """One minibatch of windows, each read from a state of zeros."""
        x, t = self.windows()
        loss, cache = recorded(loss_of, x=x, p=self.p[layer], options={"t": t, "layer": layer})
        gradients = replayed(1.0, cache=cache)
        if layer == "lstm" and not self.forgets:
            for name in ("W", "U", "b"):
                gradients[name][1] = 0  # the gate that is to stay open learns nothing
        self.p[layer], _ = descend(method, self.p[layer], gradients, clip=1.0)
        self.losses[layer].append(float(loss))
        return float(loss)

    def windows(self) -> tuple[Array, Array]:
        """Noisy inputs and the true next values, (T, B, 1) each."""
        T, B = int(self.settings["window"]), int(self.settings["batch"])
        train = self.waves.train
        starts = self.rng.integers(0, len(train) - T, B)
        windows = np.stack([train[start : start + T + 1] for start in starts], axis=1)[..., None]
        noise = float(self.settings["noise"]) * self.rng.standard_normal(windows[:-1].shape)
        return (windows[:-1] + noise).astype(np.float32), windows[1:]

    def outcome(self) -> Outcome:
        """How far each continuation is from the wave."""
        return outcome_of(self)

    def host(self, function: str, source: bytes, sandbox: Sandbox) -> Hosted:
        """The learner's step draws on with the trained weights."""
        from quizdl.labs.sine_wave_mine import draw_with

        return draw_with(self, function.removesuffix("_step"), source, sandbox)

    def weights(self) -> Weights:
        """rnn.W, …, gru.c."""
        return {f"{layer}.{name}": w for layer, p in self.p.items() for name, w in p.items()}

    def load(self, weights: Weights) -> None:
        """Go on from these."""
        need_no_others(weights, self.weights())
        self.p = {layer: put_back(p, weights, f"{layer}.") for layer, p in self.p.items()}


LAB = Lab(
    name="sine-wave",
    title=Text("正弦波の続きを描く", "Continuing a sine wave"),
    about=Text(
        "次の値を当てる学習をした RNN・LSTM・GRU に、自分の出力だけを入力に戻して波の続きを描かせます。"
        "1 ステップ先はどれもよく当たりますが、自分の出力を読み続けると誤差が積もります。どこまで波に乗り続けるか、"
        "入力に混ぜる雑音や、周期の混ざった系列で何が変わるかを見てください。",
        "An RNN, an LSTM and a GRU learn to foretell the next value and then draw on alone, reading their own outputs."
        " One step ahead they all do well; over many steps errors pile up. Watch how long they stay on the wave, and"
        " what noise on the inputs and series of mixed periods change.",
    ),
    goal=Text(
        "100 ステップ（4 周期）先まで描いた誤差（RMS）が平均 0.1 未満",
        "Drawn 100 steps on (four periods), the error (RMS) is below 0.1 on average",
    ),
    options=(
        Option("layer", "all", Text("ネットワーク", "Network"), ("all", "rnn", "lstm", "gru")),
        Option(
            "series",
            "sine",
            Text(
                "波の種類。mixed は 2 周期の和、switching は途中で周期が変わる",
                "The wave; mixed adds two periods, switching changes from one to the other",
            ),
            ("sine", "mixed", "switching"),
        ),
        Option("hidden_size", 32, Text("隠れ層のユニット数", "Units of the hidden layer"), low=1, high=256),
        Option("learning_rate", 0.01, Text("学習率（最初の値）", "Learning rate at first"), low=0, high=10),
        Option(
            "noise",
            0.05,
            Text("学習中に入力へ混ぜる雑音の標準偏差", "Noise on the inputs while learning"),
            low=0,
            high=10,
        ),
        Option(
            "forget_gate",
            "learnt",
            Text("LSTM の忘却ゲート。open は常に 1（1997 年の LSTM）", "The LSTM's; open: always 1, as in 1997"),
            ("learnt", "open"),
        ),
        Option("window", 50, Text("1 回に読む長さ", "Steps read at a time"), low=2, high=BEGINNING),
        Option("batch", 16, Text("ミニバッチの大きさ", "Minibatch"), low=1, high=256),
        Option("horizon", 100, Text("何ステップ先まで描くか", "Steps to draw on"), low=1, high=1000),
        Option("steps", 1000, Text("ネットワークごとの更新回数", "Updates of each network"), low=0, high=100_000),
        SEED,
    ),
    sections=("gru", "rnn"),
    start=SineWave,
    sweep="rmse",
    small={"layer": "gru", "steps": 400, "hidden_size": 8, "horizon": 50, "noise": 0.02},
    accepts="csv",
)
