"""What the digits' networks did, in pictures and in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from quizdl.labs.core import Array, Curves, Heatmap, Picture, Settings
from quizdl.labs.digits_cnn_data import Pictures
from quizdl.labs.digits_cnn_network import Labels
from quizdl.labs.training import accuracy_curves, line, loss_curves
from quizdl.text import Text

ARMS = {
    "frozen": Text("3層とも固定", "all frozen"),
    "frozen_two": Text("2層を固定", "two frozen"),
    "tuned": Text("ファインチューニング", "fine-tuned"),
    "scratch": Text("最初から", "from scratch"),
}

Transfer: TypeAlias = dict[str, list[list[tuple[float, float]]]]
"""For each arm, the course of the test accuracy in each draw: after so many updates, so much."""

_SHOWN = 3


class Seen(NamedTuple):
    """The test pictures, the network's answers, where it looked for them, and where for the right class; the names."""

    test: Pictures
    answers: Labels
    looks: Array
    right_looks: Array
    names: tuple[str, ...]

    def confusion(self) -> Array:
        """How often a class (row) was taken for a class (column)."""
        counts = np.zeros((len(self.names), len(self.names)))
        np.add.at(counts, (self.test.t, self.answers), 1)
        return counts


def pictures(
    seen: Seen,
    losses: Mapping[Text, Sequence[float]],
    accuracies: Mapping[Text, Sequence[tuple[float, float]]],
    transfer: Transfer,
) -> tuple[Picture, ...]:
    """Loss, accuracy, confusion, single digits with what speaks for their class, and transfer."""
    return (
        loss_curves(losses, smooth=20),
        accuracy_curves(accuracies),
        Heatmap(
            Text("混同行列（テスト）", "Confusion (test)"),
            seen.confusion(),
            rows=seen.names,
            columns=seen.names,
            x=Text("答え", "answer"),
            y=Text("正解", "truth"),
        ),
        *single_digits(seen),
        *transfer_curves(transfer),
    )


def single_digits(seen: Seen) -> Iterator[Heatmap]:
    """Digits told right, then mistaken ones, each with Grad-CAM for the answer and, if it is wrong, for the truth."""
    right = np.flatnonzero(seen.answers == seen.test.t)
    wrong = np.flatnonzero(seen.answers != seen.test.t)
    for n in (*right[:2], *wrong[:_SHOWN]):
        truth, answer = seen.names[seen.test.t[n]], seen.names[seen.answers[n]]
        if truth == answer:
            yield _picture(Text(f"{truth}（正解）", f"{truth} (right)"), seen.test.x[n, 0])
        else:
            yield _picture(Text(f"{truth} を {answer} と誤答", f"{truth} taken for {answer}"), seen.test.x[n, 0])
        yield _picture(Text(f"{answer} の根拠", f"speaks for {answer}"), seen.looks[n])
        if truth != answer:
            yield _picture(Text(f"{truth} の根拠", f"speaks for {truth}"), seen.right_looks[n])


def _picture(title: Text, values: Array) -> Heatmap:
    return Heatmap(title, values.astype(np.float64), plain=True)


def transfer_curves(transfer: Transfer) -> Iterator[Curves]:
    """The mean course of each arm."""
    known = {name: np.mean(courses, axis=0) for name, courses in transfer.items() if courses}
    if known:
        yield Curves(
            Text("転移学習：残りのクラスの正解率", "Transfer: accuracy on the other classes"),
            Text("更新回数", "updates"),
            Text("正解率", "accuracy"),
            tuple(line(ARMS[name], course[:, 1], course[:, 0]) for name, course in known.items()),
        )


def reading(metrics: Mapping[str, float], seen: Seen, settings: Settings, early: int, late: int) -> tuple[Text, ...]:
    """All that can be said of the numbers there are."""
    found = [read_accuracy(metrics, seen), *read_regularisation(metrics), read_looks(metrics)]
    if math.isfinite(metrics["transfer_scratch"]):
        found += [read_transfer(metrics, int(settings["labels"]), early, late)]
    return tuple(found)


def read_accuracy(metrics: Mapping[str, float], seen: Seen) -> Text:
    """How many are right, and what is mistaken for what most."""
    total, wrong = len(seen.answers), int((seen.answers != seen.test.t).sum())
    share = metrics["test_accuracy"]
    facts = Text(
        f"学習に使っていない {total} 枚の正解率は {share:.1%}（誤り {wrong} 枚）です。",
        f"Of {total} pictures that were not trained on, {share:.1%} are told right ({wrong} mistakes).",
    )
    mistaken = seen.confusion()
    np.fill_diagonal(mistaken, 0)
    if mistaken.max() < 2:
        return facts
    truth, answer = np.unravel_index(int(mistaken.argmax()), mistaken.shape)
    a, b, count = seen.names[truth], seen.names[answer], int(mistaken.max())
    return Text(
        f"{facts.ja}最も多い誤りは {a} を {b} と答えるもの（{count} 枚）です。",
        f"{facts.en} The commonest one: {a} taken for {b} ({count}).",
    )


def read_regularisation(metrics: Mapping[str, float]) -> Iterator[Text]:
    """Training and test accuracy, with and without batch normalisation and dropout."""
    train, test = metrics["train_accuracy"], metrics["test_accuracy"]
    plain_train, plain_test = metrics["plain_train_accuracy"], metrics["plain_test_accuracy"]
    if not math.isfinite(plain_test):
        return
    facts = Text(
        f"訓練／テストの正解率は、設定どおりのネットワークで {train:.1%}／{test:.1%}、"
        f"バッチ正規化もドロップアウトもない同じネットワークで {plain_train:.1%}／{plain_test:.1%} です。",
        f"Training and test accuracy are {train:.1%} and {test:.1%} as set, and {plain_train:.1%} and {plain_test:.1%}"
        " for the same network without batch normalisation and dropout.",
    )
    if abs(test - plain_test) < 0.01:
        verdict = Text(
            "テストの差は1ポイント未満で、このデータではどちらもなくても困りません。",
            "In testing they differ by less than a point: on this data neither is missed.",
        )
    elif test < plain_test:
        verdict = Text(
            "テストではないほうが上です。この設定では学習が足りないか、ドロップアウトが強すぎます。",
            "In testing the one without is ahead: this setting learns too briefly or drops out too much.",
        )
    elif train > plain_train + 0.01:
        verdict = Text(
            "訓練の正解率も上なので、過学習が減ったというより、同じ更新回数で学習がよく進んだためです。",
            "In training it is ahead too: it has learnt more in as many updates, rather than overfitted less.",
        )
    else:
        verdict = Text(
            "訓練では差がなく、テストでだけ上なので、過学習が減っています。",
            "In training they are alike and in testing it is ahead: it overfits less.",
        )
    yield Text(facts.ja + verdict.ja, f"{facts.en} {verdict.en}")


def read_looks(metrics: Mapping[str, float]) -> Text:
    """Whether what Grad-CAM points at matters: take it away."""
    share, hidden, at_random = (
        metrics[name] for name in ("test_accuracy", "accuracy_without_looked_at", "accuracy_without_random")
    )
    facts = Text(
        f"Grad-CAM が指す上位 1/4 の画素を消すと正解率は {share:.1%} から {hidden:.1%} になり、"
        f"同じ数の画素を無作為に消すと {at_random:.1%} です。",
        f"Blanking the quarter of the pixels that Grad-CAM points at takes the accuracy from {share:.1%} to"
        f" {hidden:.1%}; as many at random take it to {at_random:.1%}.",
    )
    if hidden < at_random - 0.05:
        verdict = Text(
            "指された場所を実際に根拠として使っていることがわかります。",
            "So it does rely on the places that are shown.",
        )
    else:
        verdict = Text(
            "差が小さいので、この図だけを根拠とみなすことはできません。",
            "That is hardly a difference, so the maps alone prove little here.",
        )
    return Text(facts.ja + verdict.ja, f"{facts.en} {verdict.en}")


def read_transfer(metrics: Mapping[str, float], labels: int, early: int, late: int) -> Text:
    """Each arm soon after it began, and at the end."""
    now = {name: (metrics[f"transfer_{name}_early"], metrics[f"transfer_{name}"]) for name in ARMS}
    ja = "、".join(f"{ARMS[name].ja} {soon:.1%} → {end:.1%}" for name, (soon, end) in now.items())
    en = ", ".join(f"{ARMS[name].en} {soon:.1%} → {end:.1%}" for name, (soon, end) in now.items())
    facts = Text(
        f"前半のクラスで学んだ畳み込みを引き継ぎ、残りのクラスを1クラス {labels} 枚のラベルだけで学ばせると、"
        f"{early} 回 → {late} 回の更新のあとの正解率は、{ja} でした。",
        f"Convolutions learnt on the first half of the classes go on with {labels} labels of each other class; accuracy"
        f" after {early} → {late} updates: {en}.",
    )
    verdicts = [_SPECIFIC] if now["frozen_two"][1] > now["frozen"][1] + 0.05 else []
    handed_on = [now[name] for name in ("frozen", "frozen_two", "tuned")]
    soon, end = (max(pair[when] for pair in handed_on) - now["scratch"][when] for when in (0, 1))
    verdicts += [_HELPS if end > 0.02 else _FASTER if soon > 0.02 else _UNCLEAR]
    return Text(
        facts.ja + "".join(verdict.ja for verdict in verdicts),
        " ".join([facts.en, *(verdict.en for verdict in verdicts)]),
    )


_SPECIFIC = Text(
    "最後の畳み込みは前半のクラスに特化しているので固定すると妨げになり、手前の2層は固定しても使えます。",
    "The last convolution has become specific to the first classes, and freezing it hurts; the two before it serve as"
    " they are.",
)
_HELPS = Text(
    "引き継いだものは、最後まで最初から学ぶより上です。", "What was handed on stays ahead of learning from scratch."
)
_FASTER = Text(
    "引き継ぎの効果は立ち上がりの速さで、更新を重ねると最初から学んでも追いつきます。",
    "What is handed on gives a faster start; with more updates learning from scratch catches up.",
)
_UNCLEAR = Text(
    "この設定では、引き継ぎの効果ははっきりしません。--labels を変えて比べてください。",
    "Here what was handed on makes no clear difference: vary --labels.",
)
