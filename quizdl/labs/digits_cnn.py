"""A convolutional network tells digits apart, says what it looked at, and hands what it learnt on to other digits.

Three questions. What do batch normalisation and dropout do, against the same network without them? Which pixels speak
for an answer (Grad-CAM), and does the answer really fall with them? And do the features learnt on one half of the
classes help with the other half, of which only a few labelled pictures are to be had?

    all frozen    the three convolutions stay as they are, only a new last layer learns
    two frozen    the first two stay; the third and the last layer go on learning
    fine-tuned    everything goes on learning from there
    from scratch  the same network and pictures, nothing handed on
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from quizdl.engine.optimisers import Adam
from quizdl.engine.schedules import cosine_decay
from quizdl.labs.core import SEED, Array, Lab, Option, Outcome, Settings, Step, Weights
from quizdl.labs.digits_cnn_data import Pictures, bundled, few_of_each, of_classes, own, split
from quizdl.labs.digits_cnn_network import Cnn, Shape
from quizdl.labs.digits_cnn_view import ARMS, Seen, Transfer, pictures, reading
from quizdl.labs.training import endless_minibatches, need_no_others, put_back
from quizdl.text import Text

_MAIN, _PLAIN = Text("CNN", "CNN"), Text("BN・ドロップアウトなし", "without BN and dropout")
_PRETRAINING = Text("事前学習", "pretraining")

FROZEN = {"frozen": 3, "frozen_two": 2, "tuned": 0, "scratch": 0}
"""How many convolutions do not learn, by arm."""

_DRAWS = 3
_TRANSFER_UPDATES = 80
_EARLY = 20
_CHECK_EVERY = 5
_TRANSFER_BATCH = 32
_MOST_TESTED = 200
_HIDDEN_SHARE = 0.25


class Recognition:
    """One run."""

    def __init__(self, settings: Settings, data: object | None = None) -> None:
        self.settings, self.seed, self.own = settings, int(settings["seed"]), data is not None
        images, labels = bundled() if data is None else own(data)
        self.data = split(self.rng(1), images, labels, int(settings["images"]))
        self.shape = Shape(int(settings["channels"]), len(self.data.names))
        normalised, dropout = settings["batch_norm"] == "on", float(settings["dropout"])
        self.networks = {_MAIN: Cnn(self.rng(2), self.shape, normalised=normalised, dropout=dropout)}
        if normalised or dropout:
            self.networks[_PLAIN] = Cnn(self.rng(2), self.shape, normalised=False, dropout=0.0)
        self.losses: dict[Text, list[float]] = {name: [] for name in self.networks}
        self.accuracies: dict[Text, list[tuple[float, float]]] = {name: [] for name in self.networks}
        self.transfer: Transfer = {name: [] for name in ARMS}

    def rng(self, purpose: int) -> np.random.Generator:
        """Its own random numbers for each purpose, so that one more draw here changes nothing there."""
        return np.random.default_rng([self.seed, purpose])

    def steps(self) -> Iterator[Step]:
        """The network, the one without BN and dropout, and, where there are classes enough, transfer."""
        epochs, batch = int(self.settings["epochs"]), int(self.settings["batch"])
        each = epochs * math.ceil(len(self.data.train.t) / batch)
        half = (self.shape.classes + 1) // 2
        others = [of_classes(part, half, self.shape.classes) for part in (self.data.train, self.data.test)]
        tried = int(self.settings["labels"]) > 0 and half >= 2 and all(len(np.unique(part.t)) >= 2 for part in others)
        pretraining = each // 2 if tried else 0
        total = each * len(self.networks) + pretraining + (len(ARMS) * _DRAWS * _TRANSFER_UPDATES if tried else 0)
        done = 0
        for name, network in self.networks.items():
            for loss in self.fit(network, self.data.train, each, self.rng(3)):
                done += 1
                self.losses[name].append(loss)
                if done % each % max(each // epochs, 1) == 0:
                    self.accuracies[name].append((len(self.losses[name]), network.accuracy(*self.data.test)))
                yield Step(done, total, loss, self.accuracies[name][-1][1] if self.accuracies[name] else None, name)
        if tried:
            first = Cnn(self.rng(4), self.shape._replace(classes=half), normalised=True, dropout=0.0)
            for loss in self.fit(first, of_classes(self.data.train, 0, half), pretraining, self.rng(5)):
                done += 1
                yield Step(done, total, loss, network=_PRETRAINING)
            for arm, loss, accuracy in self.compare(first, half):
                done += 1
                yield Step(done, total, loss, accuracy, ARMS[arm])

    def fit(self, network: Cnn, data: Pictures, updates: int, rng: np.random.Generator) -> Iterator[float]:
        """Adam on minibatches; the loss of each. The learning rate falls to 0, or the last steps would be as long."""
        rate = float(self.settings["learning_rate"])
        method = Adam(rate)
        batches = endless_minibatches(rng, len(data.t), int(self.settings["batch"]))
        for update, rows in zip(range(updates), batches, strict=False):
            method.lr = cosine_decay(update, rate, period=updates)
            yield network.learn(method, data.x[rows], data.t[rows])

    def compare(self, first: Cnn, half: int) -> Iterator[tuple[str, float, float]]:
        """Several draws of a few labelled pictures of the other classes; each arm learns from the same ones."""
        test = of_classes(self.data.test, half, self.shape.classes)
        train = of_classes(self.data.train, half, self.shape.classes)
        x, t = test.x[:_MOST_TESTED], test.t[:_MOST_TESTED]
        for draw in range(_DRAWS):
            for arm, frozen in FROZEN.items():
                rng = np.random.default_rng([self.seed, 6, draw])
                few = few_of_each(rng, train, int(self.settings["labels"]))
                network = first.with_new_head(rng)
                if arm == "scratch":
                    network = Cnn(rng, first.shape, normalised=True, dropout=0.0)
                course = [(0.0, network.accuracy(x, t))]
                for update, loss in enumerate(self.adapt(network, few, rng, frozen), 1):
                    if update % _CHECK_EVERY == 0:
                        course.append((update, network.accuracy(x, t)))
                    yield arm, loss, course[-1][1]
                self.transfer[arm].append(course)

    def adapt(self, network: Cnn, few: Pictures, rng: np.random.Generator, frozen: int) -> Iterator[float]:
        """Updates from a few pictures; what comes out of frozen convolutions is computed once and for all."""
        method = Adam(float(self.settings["learning_rate"]))
        x = network.maps(few.x, frozen) if frozen else few.x
        batches = endless_minibatches(rng, len(few.t), _TRANSFER_BATCH)
        for _, rows in zip(range(_TRANSFER_UPDATES), batches, strict=False):
            yield network.learn(method, x[rows], few.t[rows], frozen=frozen)

    def outcome(self) -> Outcome:
        """Accuracies, what was mistaken for what, what was looked at, and what transfer gave."""
        network, (x, t) = self.networks[_MAIN], self.data.test
        answers = network.classes(x)
        looks = network.looks(x, answers)
        hidden, at_random = self.hidden(network, looks)
        metrics = {
            "test_accuracy": float((answers == t).mean()),
            "train_accuracy": network.accuracy(*self.data.train),
            "plain_test_accuracy": self.accuracy_of(_PLAIN, self.data.test),
            "plain_train_accuracy": self.accuracy_of(_PLAIN, self.data.train),
            "accuracy_without_looked_at": hidden,
            "accuracy_without_random": at_random,
        }
        for name, courses in self.transfer.items():
            for key, update in ((f"transfer_{name}_early", _EARLY), (f"transfer_{name}", _TRANSFER_UPDATES)):
                metrics[key] = _mean([dict(course)[update] for course in courses])
        seen = Seen(self.data.test, answers, looks, network.looks(x, t), self.data.names)
        stated = not self.own and len(self.data.train.t) + len(t) == 1797
        reached = metrics["test_accuracy"] > 0.97 if stated and self.losses[_MAIN] else None
        said = reading(metrics, seen, self.settings, _EARLY, _TRANSFER_UPDATES)
        return Outcome(metrics, said, pictures(seen, self.losses, self.accuracies, self.transfer), reached)

    def accuracy_of(self, name: Text, data: Pictures) -> float:
        """NaN where that network has not learnt yet, or is none of this run's."""
        return self.networks[name].accuracy(*data) if self.losses.get(name) else math.nan

    def hidden(self, network: Cnn, looks: Array) -> tuple[float, float]:
        """The accuracy once a quarter of the pixels is blanked: those that Grad-CAM points at, or any."""
        x, t = self.data.test
        flat = looks.reshape(len(x), -1)
        count, rng = int(flat.shape[1] * _HIDDEN_SHARE), self.rng(7)
        found = []
        for order in (-flat, rng.random(flat.shape)):
            blanked = x.reshape(len(x), -1).copy()
            np.put_along_axis(blanked, np.argsort(order, axis=1, kind="stable")[:, :count], 0, axis=1)
            found.append(network.accuracy(blanked.reshape(x.shape), t))
        return found[0], found[1]

    def weights(self) -> Weights:
        """The main network's: `conv1.w`, `W`, and the running means and variances, `conv1.mean`."""
        network = self.networks[_MAIN]
        statistics = {
            f"{name}.{key}": value for name, pair in network.running.items() for key, value in pair._asdict().items()
        }
        return {**network.p, **statistics}

    def load(self, weights: Weights) -> None:
        """Go on from these."""
        known, network = self.weights(), self.networks[_MAIN]
        need_no_others(weights, known)
        found = put_back(known, weights)
        network.p = {name: found[name] for name in network.p}
        network.running = {
            name: pair._replace(mean=found[f"{name}.mean"], var=found[f"{name}.var"])
            for name, pair in network.running.items()
        }
        network.updates = 10  # they are no beginners' means any more


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else math.nan


LAB = Lab(
    name="digits-cnn",
    title=Text("CNN で手書き数字を見分ける", "A CNN tells digits apart"),
    about=Text(
        "8×8 画素の手書き数字 1,797 枚（scikit-learn に同梱）を、3層の畳み込みで見分けます。"
        "バッチ正規化とドロップアウトの有無、混同行列、どの画素が答えの根拠になったか（Grad-CAM）を見てください。"
        "最後に、数字 0〜4 で学んだ特徴が、少ないラベルで 5〜9 を学ぶ助けになるかを試します。"
        "--data で MNIST などの IDX 画像も使えます。",
        "Three convolutions tell 1,797 handwritten digits of 8×8 pixels apart, which come with scikit-learn. Watch what"
        " batch normalisation and dropout change, what is mistaken for what, and which pixels speak for an answer"
        " (Grad-CAM). At last, the features learnt on 0 to 4 are to help with 5 to 9, of which few are labelled. With"
        " --data, IDX images such as MNIST's will do.",
    ),
    goal=Text("テストデータの正解率が 97% を超える", "More than 97% of the test digits are told right"),
    options=(
        Option("dropout", 0.3, Text("ドロップアウトの確率", "Dropout probability"), low=0, high=0.95),
        Option("batch_norm", "on", Text("バッチ正規化", "Batch normalisation"), ("on", "off")),
        Option(
            "channels",
            16,
            Text("1層目のフィルタ数（2・3層目は2倍）", "Filters of layer 1; layers 2 and 3 have twice as many"),
            low=1,
            high=64,
        ),
        Option(
            "learning_rate",
            0.003,
            Text("Adam の学習率（余弦で 0 まで下げる）", "Adam's learning rate, which falls to 0"),
            low=0,
            high=1,
        ),
        Option(
            "labels",
            5,
            Text("転移で使う1クラスの枚数（0 で省略）", "Labels a class for transfer; 0: none"),
            low=0,
            high=500,
        ),
        Option("images", 5000, Text("使う画像の最大枚数", "At most so many images"), low=40, high=70_000),
        Option("batch", 32, Text("ミニバッチの大きさ", "Minibatch"), low=2, high=1024),
        Option("epochs", 15, Text("エポック数", "Epochs"), low=1, high=500),
        SEED,
    ),
    sections=("cnn", "explainability", "regularisation"),
    start=Recognition,
    sweep="test_accuracy",
    small={"images": 1000, "epochs": 5, "channels": 8, "labels": 0, "learning_rate": 0.01, "batch": 16},
    accepts="idx",
)
