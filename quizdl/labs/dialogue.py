"""A dialogue goes on in more than one way: HRED and VHRED answer the same context many times over.

    encoder   h_m = last state of GRU(words of turn m)         context   c_m = GRU(h_m, c_{m−1})
    HRED      P(next turn | c), word by word
    VHRED     P(next turn | c, z), word by word                z ~ N(μ(c), σ²(c)) is drawn once for the whole turn

An HRED can only vary a reply at its words, each drawn without knowing what the next ones will be. A VHRED first
decides, by z, what is going to be said, and then says it:

    loss = cross entropy of the words + w·KL(posterior(z | c, the turn itself) ‖ prior(z | c))

The decoder could do without z, and then KL = 0: the posterior collapses. So w grows from 0 to its end ("KL annealing"):
z is in use before it has to be paid for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np

from quizdl.engine.arrays import Ids
from quizdl.engine.hred import (
    hred_backward,
    hred_forward,
    init_hred,
    init_vhred,
    kl_annealing,
    vhred_backward,
    vhred_forward,
)
from quizdl.labs.core import SEED, Array, Curves, Lab, Option, Outcome, Picture, Scatter, Settings, Step, Table, Weights
from quizdl.labs.dialogue_data import Context, Turn, grammar_dialogues, own_dialogues
from quizdl.labs.dialogue_replies import Variety, drawn_replies, reply_to, variety, write
from quizdl.labs.training import (
    descend,
    line,
    loss_curves,
    minibatches,
    moving_mean,
    need_no_others,
    optimiser,
    put_back,
)
from quizdl.text import Text, same

NAMES = {"hred": same("HRED"), "vhred": same("VHRED")}

TEMPERATURES = (0.0, 0.5, 1.0)
"""At 0 the likeliest word is taken each time; at 1 words are drawn as the network holds them likely."""

_CONTEXTS = 72
_HELD = 200
_POINTS = 400
_CLIP = 1.0
_COLLAPSED = 0.1


class Dialogue:
    """One run: both networks, one after the other, on the same dialogues."""

    def __init__(self, settings: Settings, data: object | None) -> None:
        self.settings = settings
        self.rng = np.random.default_rng(int(settings["seed"]))
        self.own = isinstance(data, list)
        count = int(settings["dialogues"])
        self.dialogues = own_dialogues(data) if isinstance(data, list) else grammar_dialogues(self.rng, count)
        words, D, H = len(self.dialogues.vocabulary), int(settings["embedding"]), int(settings["hidden_size"])
        self.p = {
            "hred": init_hred(self.rng, words, D, H, dtype=np.float32),
            "vhred": init_vhred(self.rng, words, D, H, int(settings["latent"]), dtype=np.float32),
        }
        self.cross_entropies: dict[str, list[float]] = {name: [] for name in NAMES}
        self.kls: list[float] = []
        self.weights_of_kl: list[float] = []

    def steps(self) -> Iterator[Step]:
        """Teacher forcing over whole dialogues: every turn is predicted from the turns before."""
        epochs, batch, count = int(self.settings["epochs"]), int(self.settings["batch"]), self.dialogues.words.shape[2]
        each = epochs * -(-count // batch)
        done = 0
        for name in NAMES:
            method = optimiser("adam", float(self.settings["learning_rate"]))
            for _ in range(epochs):
                for rows in minibatches(self.rng, count, batch):
                    loss, gradients = self.gradients(name, rows, self.kl_weight(done - each, each))
                    self.p[name], _ = descend(method, self.p[name], gradients, clip=_CLIP)
                    done += 1
                    yield Step(done, each * len(NAMES), loss, None, NAMES[name])

    def kl_weight(self, step: int, steps: int) -> float:
        """w: from 0 to its end over the first share `annealing` of the updates; 0: the end from the beginning."""
        growing, end = float(self.settings["annealing"]) * steps, float(self.settings["kl_weight"])
        return end * kl_annealing(max(step, 0), growing) if growing else end

    def gradients(self, name: str, rows: Ids, weight: float) -> tuple[float, Mapping[str, Array]]:
        """The loss of some dialogues for each word, and its gradients."""
        words, lengths = self.dialogues.words[:, :, rows], self.dialogues.lengths[:, rows]
        if name == "hred":
            (loss, _), cache = hred_forward(self.p[name], words, lengths=lengths)
            self.cross_entropies[name].append(float(loss))
            return float(loss), hred_backward(1.0, None, cache)
        eps = self.eps(self.rng, lengths.shape)
        (loss, cross_entropy, kl, _), cache = vhred_forward(self.p[name], words, eps, lengths=lengths, kl_weight=weight)
        self.cross_entropies[name].append(float(cross_entropy))
        self.kls.append(float(kl))
        self.weights_of_kl.append(weight)
        return float(loss), vhred_backward(1.0, None, None, None, cache)

    def eps(self, rng: np.random.Generator, turns: tuple[int, ...]) -> Array:
        """ε ~ N(0, 1) for the z of each turn (M, B)."""
        drawn = rng.standard_normal((*turns, int(self.settings["latent"])))
        return np.asarray(drawn.astype(np.float32))

    def outcome(self) -> Outcome:
        """Many replies to each of the same contexts, from both, greedily and drawn."""
        measured = {
            (name, temperature): variety(self.replies(name, temperature), self.dialogues.replies)
            for name in NAMES
            for temperature in TEMPERATURES
        }
        metrics = self.terms()
        for name in NAMES:
            metrics |= {f"{name}_{measure}": x for measure, x in measured[name, 0.0]._asdict().items()}
            metrics |= {f"{name}_{measure}_drawn": x for measure, x in measured[name, 1.0]._asdict().items()}
        reading = (self.read_variety(metrics), self.read_drawn(metrics), self.read_latent(metrics))
        return Outcome(metrics, reading, self.pictures(measured), self.reached(metrics))

    def contexts(self) -> list[Context]:
        """All contexts there are, or so many of them, evenly picked."""
        every = list(self.dialogues.replies)
        return every[:: max(-(-len(every) // _CONTEXTS), 1)]

    def replies(self, name: str, temperature: float) -> dict[Context, list[Turn]]:
        """To every context; the generator is always the same, so that asking changes nothing."""
        rng, count = np.random.default_rng(1), int(self.settings["replies"])
        return write(self.p[name], self.dialogues, self.contexts(), rng, count=count, temperature=temperature)

    def terms(self) -> dict[str, float]:
        """Cross entropy of a word and KL of a turn, of the first dialogues and with ε that is always the same."""
        words, lengths = self.dialogues.words[:, :, :_HELD], self.dialogues.lengths[:, :_HELD]
        (hred, _), _ = hred_forward(self.p["hred"], words, lengths=lengths)
        eps = self.eps(np.random.default_rng(2), lengths.shape)
        (bound, vhred, kl, _), _ = vhred_forward(self.p["vhred"], words, eps, lengths=lengths)
        return {
            "hred_cross_entropy": float(hred),
            "vhred_cross_entropy": float(vhred),
            "vhred_bound": float(bound),
            "vhred_kl": float(kl),
        }

    def reached(self, metrics: Mapping[str, float]) -> bool | None:
        """The goal speaks of the grammar and of twenty replies: distinct-n falls with their number."""
        if self.own or self.settings["replies"] != 20:
            return None
        wider = metrics["vhred_distinct_2"] - metrics["hred_distinct_2"] >= 0.15
        return bool(wider and metrics["vhred_fitting"] >= 0.9 and metrics["vhred_kl"] >= 0.5)

    def read_variety(self, metrics: Mapping[str, float]) -> Text:
        """What k greedy replies to one context are like."""
        k, contexts = int(self.settings["replies"]), len(self.contexts())
        (h2, hn, hf), (v2, vn, vf) = (
            (metrics[f"{name}_distinct_2"], metrics[f"{name}_different"], metrics[f"{name}_fitting"]) for name in NAMES
        )
        facts = Text(
            f"{contexts} 個の文脈に {k} 回ずつ、毎回最も確からしい単語を選んで（貪欲法で）返答させました。"
            f"1つの文脈への返答は、HRED が平均 {hn:.1f} 種類（distinct-2 {h2:.3f}、文脈に合う割合 {hf:.0%}）、"
            f"VHRED が {vn:.1f} 種類（{v2:.3f}、{vf:.0%}）です。",
            f"To each of {contexts} contexts both replied {k} times, always with the likeliest word (greedily). HRED"
            f" gave {hn:.1f} different replies to a context in the mean (distinct-2 {h2:.3f}, {hf:.0%} of them"
            f" fitting), VHRED {vn:.1f} ({v2:.3f}, {vf:.0%}).",
        )
        if vn >= 2:
            meaning = Text(
                "貪欲法の HRED は同じ文脈に同じことしか言えません。VHRED は z を引くたびに別の返答を選べます。",
                " Greedily an HRED can say only one thing to a context; a VHRED chooses another with another z.",
            )
        else:
            meaning = Text(
                "VHRED も z をほとんど使わず、同じ返答を繰り返しています。",
                " The VHRED too makes next to no use of z and repeats itself.",
            )
        return Text(facts.ja + meaning.ja, facts.en + meaning.en)

    def read_drawn(self, metrics: Mapping[str, float]) -> Text:
        """What the HRED's variety costs, when its words are drawn."""
        h2, v2 = metrics["hred_distinct_2_drawn"], metrics["vhred_distinct_2_drawn"]
        before, after, other = (metrics[f"{n}"] for n in ("hred_fitting", "hred_fitting_drawn", "vhred_fitting_drawn"))
        facts = Text(
            f"単語を確率どおりに引けば（温度 1）HRED の distinct-2 も {h2:.3f} になり、"
            f"文脈に合う返答は {after:.0%} です（貪欲法では {before:.0%}）。VHRED は {v2:.3f}、{other:.0%} です。",
            "With words drawn as likely as the network holds them (temperature 1) the HRED too has a distinct-2"
            f" of {h2:.3f}, and {after:.0%} of its replies fit (of the greedy ones {before:.0%}). VHRED: {v2:.3f}"
            f" and {other:.0%}.",
        )
        if metrics["vhred_different"] < 2:
            meaning = Text(
                "z が返答を変えていないので、ここでは VHRED の多様さも単語の引き方から生まれています。",
                " As z changes no reply here, the VHRED's variety too comes from the drawing of words.",
            )
        elif other - after >= 0.05:
            meaning = Text(
                "HRED の多様さは1語ごとの偶然から生まれるので、言いかけたことと合わない語も出ます。"
                "VHRED は先に何を言うかを決めてから話します。",
                " The HRED's variety is chance at every single word, which may not go with what was begun; the VHRED"
                " decides what to say before it begins.",
            )
        else:
            meaning = Text(
                "どちらも多様ですが、選ぶ場所が違います。HRED は単語ごとに、VHRED は話し始める前に z で選びます。",
                " Both are varied, but they choose at different places: the HRED word by word, the VHRED by z before it"
                " speaks.",
            )
        return Text(facts.ja + meaning.ja, facts.en + meaning.en)

    def read_latent(self, metrics: Mapping[str, float]) -> Text:
        """Whether z is in use, and what the words cost."""
        kl, bound, hred = metrics["vhred_kl"], metrics["vhred_bound"], metrics["hred_cross_entropy"]
        facts = Text(
            f"VHRED の KL は1発話あたり {kl:.2f} nat です。KL を含む VHRED の損失は1語あたり {bound:.3f} nat、"
            f"HRED の交差エントロピーは {hred:.3f} nat です。",
            f"The VHRED's KL is {kl:.2f} nats a turn. Its loss with the KL is {bound:.3f} nats a word; the HRED's cross"
            f" entropy is {hred:.3f}.",
        )
        if kl < _COLLAPSED:
            meaning = Text(
                "事後分布の崩壊です：デコーダは z なしで済ませています。"
                "--annealing を大きくするか --kl-weight を小さくしてください。",
                " The posterior has collapsed: the decoder does without z. Give a larger --annealing or a smaller"
                " --kl-weight.",
            )
        elif float(self.settings["annealing"]) > 0:
            meaning = Text(
                "z は発話についての情報を運んでいます。KL アニーリングなし（--annealing 0）と比べてください。",
                " So z carries something of the turn. Compare with no KL annealing: --annealing 0.",
            )
        else:
            meaning = Text("KL アニーリングなしでも z は使われています。", " z is in use even without KL annealing.")
        return Text(facts.ja + meaning.ja, facts.en + meaning.en)

    def pictures(self, measured: Mapping[tuple[str, float], Variety]) -> tuple[Picture, ...]:
        """Curves, the measures, the replies to one context, and the plane of z."""
        smooth = max(len(self.cross_entropies["hred"]) // 100, 1)
        losses = {NAMES[name]: losses for name, losses in self.cross_entropies.items()}
        plane = (self.plane(),) if self.settings["latent"] == 2 else ()
        return (
            loss_curves(losses, smooth=smooth, log=False),
            Curves(
                Text("VHRED の KL 項とその重み", "The VHRED's KL and its weight"),
                Text("更新回数", "updates"),
                Text("nat／発話、重み", "nats a turn; weight"),
                (line(same("KL"), moving_mean(self.kls, smooth)), line(Text("重み w", "weight w"), self.weights_of_kl)),
            ),
            self.variety_table(measured),
            self.replies_table(),
            *plane,
        )

    def variety_table(self, measured: Mapping[tuple[str, float], Variety]) -> Table:
        """Both networks at every temperature; and replies drawn from the grammar, or the file, which always fit."""
        count = int(self.settings["replies"])
        drawn = drawn_replies(self.dialogues, self.contexts(), np.random.default_rng(1), count)
        source = Text("ファイル", "the file") if self.own else Text("文法", "grammar")
        rows: list[tuple[str | float | Text, ...]] = [
            (NAMES[name], temperature, *found) for (name, temperature), found in measured.items()
        ]
        rows.append((source, "—", *variety(drawn, self.dialogues.replies)))
        heads = (
            *(Text("返答", "replies"), Text("温度", "temperature"), same("distinct-1"), same("distinct-2")),
            *(Text("種類", "different"), Text("適合率", "fitting"), Text("網羅率", "covered")),
        )
        return Table(
            Text(
                f"同じ文脈への返答 {count} 個の多様さ（温度 0 は貪欲法）",
                f"How varied {count} replies to one context are (temperature 0: greedy)",
            ),
            heads,
            tuple(rows),
        )

    def replies_table(self) -> Table:
        """All greedy replies to the first context, the commonest first."""
        context = self.contexts()[0]
        rows: list[tuple[str | float | Text, ...]] = []
        for name in NAMES:
            said = self.replies(name, 0.0)[context]
            for reply, times in Counter(said).most_common():
                fits = "✓" if reply in self.dialogues.replies[context] else "✗"
                rows.append((NAMES[name], " ".join(reply), float(times), fits))
        heads = (same(""), Text("返答", "reply"), Text("回数", "times"), Text("文脈に合う", "fits"))
        shown = spoken(context)
        return Table(Text(f"「{shown}」への返答（貪欲法）", f"Greedy replies to “{shown}”"), heads, tuple(rows))

    def plane(self) -> Scatter:
        """Where in the prior's plane the VHRED says what: each point is an ε, marked by the reply to its z."""
        context = self.contexts()[0]
        eps = np.random.default_rng(3).standard_normal((_POINTS, 2))
        rng = np.random.default_rng(3)
        said = reply_to(self.p["vhred"], self.dialogues, [context] * _POINTS, eps, rng)
        xs, ys = eps.T.tolist()
        groups = tuple(" ".join(reply) for reply in said)
        return Scatter(
            Text("事前分布の平面：ε と、その z での返答", "The prior's plane: ε, and the reply to its z"),
            tuple(xs),
            tuple(ys),
            groups=groups,
        )

    def weights(self) -> Weights:
        """`hred.E` and so on."""
        return {f"{name}.{inner}": w for name, p in self.p.items() for inner, w in p.items()}

    def load(self, weights: Weights) -> None:
        """Go on from these; the dialogues and so the vocabulary must be the same."""
        need_no_others(weights, self.weights())
        self.p = {name: put_back(p, weights, f"{name}.") for name, p in self.p.items()}


def spoken(turns: tuple[Turn, ...]) -> str:
    """The turns as one line.

    >>> spoken((("hello", "!"), ("hi",)))
    'hello ! | hi'
    """
    return " | ".join(" ".join(words) for words in turns)


LAB = Lab(
    name="dialogue",
    title=Text("HRED と VHRED：返答の多様さ", "HRED and VHRED: how varied their replies are"),
    about=Text(
        "「ramen を食べた」「どうだった？」に続く返答は1つに決まりません。HRED は文脈から1つに決めてしまいますが、"
        "VHRED は潜在変数 z を引いてから話すので、同じ文脈に別々の返答ができます。"
        "KL アニーリングをやめる（--annealing 0）と z が使われなくなる様子も見てください。"
        "--data の文章は1行に1対話、発話を | で、単語を空白で区切ります。",
        "After “i ate ramen” and “how was it ?” more than one reply is right. An HRED settles on one; a VHRED draws a"
        " latent z before it speaks, and so can answer one context in several ways. Turn off the KL annealing"
        " (--annealing 0) and see z fall out of use. The text for --data has a dialogue a line, its turns parted by |"
        " and its words by spaces.",
    ),
    goal=Text(
        "同じ文脈に貪欲法で20回返答したときの distinct-2 で VHRED が HRED を 0.15 以上上回り、"
        "返答の 90% 以上が文脈に合い、KL が 0.5 nat 以上ある",
        "Of 20 greedy replies to one context the VHRED's distinct-2 is at least 0.15 above the HRED's; 90% of them fit,"
        " and the KL is at least 0.5 nats",
    ),
    options=(
        Option("hidden_size", 48, Text("3つの GRU のユニット数", "Units of each of the three GRUs"), low=1, high=512),
        Option("embedding", 24, Text("単語ベクトルの次元", "Dimensions of a word's vector"), low=1, high=512),
        Option("latent", 2, Text("潜在変数 z の次元", "Dimensions of the latent z"), low=1, high=128),
        Option("kl_weight", 1.0, Text("KL 項の最終的な重み", "The KL's weight in the end"), low=0, high=100),
        Option(
            "annealing",
            1.0,
            Text(
                "KL の重みを 0 から増やす期間（学習全体に対する割合、0 でなし）",
                "Share of the training while the KL's weight grows; 0: none",
            ),
            low=0,
            high=1,
        ),
        Option("replies", 20, Text("1つの文脈への返答の数", "Replies to each context"), low=1, high=100),
        Option(
            "dialogues",
            2000,
            Text("文法で作る対話の数（--data では使わない）", "Dialogues of the grammar; not for --data"),
            low=50,
            high=20_000,
        ),
        Option("learning_rate", 0.01, Text("学習率 (Adam)", "Learning rate (Adam)"), low=0, high=10),
        Option("batch", 50, Text("ミニバッチの大きさ", "Minibatch"), low=1, high=1024),
        Option("epochs", 30, Text("エポック数", "Epochs"), low=1, high=1000),
        SEED,
    ),
    sections=("hred",),
    start=Dialogue,
    sweep="vhred_distinct_2",
    small={
        "dialogues": 300,
        "hidden_size": 32,
        "embedding": 16,
        "kl_weight": 0.3,
        "learning_rate": 0.015,
        "batch": 25,
        "epochs": 20,
    },
    accepts="text",
)
