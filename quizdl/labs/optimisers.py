"""From SGD to Adam down a ravine, and how large the learning rate may be.

    SGD        w ← w − η·g                                       diverges from η = 2/λ_max on
    Momentum   v ← μ·v − η·g,  w ← w + v                         from 2(1 + μ)/λ_max on
    Nesterov   the same with the gradient at w + μ·v             from 2(1 + μ)/((1 + 2μ)·λ_max) on
    AdaGrad    w ← w − η·g/√(Σ g²)                               at no η: a step is at most about η long,
    RMSProp    w ← w − η·g/√(mean of g²)                         however steep it is
    Adam       the same, with the mean of g in the place of g

λ_max is the largest eigenvalue of the Hessian. Why 2/λ_max: along that eigenvector the gradient is λ·z, so one step of
SGD makes of z the number (1 − η·λ)z, which shrinks only while −1 < 1 − η·λ, that is η < 2/λ. And since the flattest
direction shrinks by 1 − η·λ_min a step, the number of steps grows with the condition number κ = λ_max/λ_min.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from typing import NamedTuple

import numpy as np

from quizdl.labs.core import (
    Curves,
    Heatmap,
    Lab,
    Option,
    Outcome,
    Picture,
    Scatter,
    Settings,
    Step,
    Table,
    Weights,
)
from quizdl.labs.optimisers_data import BEALE, ROSENBROCK, curvatures, heights_and_slopes, ravine
from quizdl.labs.optimisers_walks import METHODS, Walk, Walker
from quizdl.labs.training import line, need_no_others, put_back
from quizdl.text import Text, same

RATES = tuple(10.0 ** (n / 4) for n in range(-16, 5))
"""The learning rates of the sweep: 10⁻⁴ to 10, four a decade."""

_ZIGZAG = 60
_POINTS = 40


class Found(NamedTuple):
    """What is known of a method: its walk with each learning rate, the edge (NaN: none), and η and walk to be shown."""

    sweep: tuple[Walk, ...]
    edge: float
    rate: float
    walk: Walk


class Descents:
    """One run: each method with every learning rate, then the edge from which on it diverges."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.mu, self.tolerance = float(settings["momentum"]), float(settings["tolerance"])
        self.surface = {
            "ravine": ravine(float(settings["condition"]), float(settings["angle"])),
            "rosenbrock": ROSENBROCK,
            "beale": BEALE,
        }[str(settings["surface"])]
        values, self.directions = curvatures(self.surface)
        self.least, self.greatest = (float(value) for value in values)
        self.starts = {name: np.array(self.surface.start) for name in METHODS}
        self.found: dict[str, Found] = {}

    def steps(self) -> Iterator[Step]:
        """One method after another; the loss is that of whichever learning rate is lowest just then."""
        updates = int(self.settings["steps"])
        total = updates * len(METHODS)
        for done, (name, method) in enumerate(METHODS.items()):
            for lowest in self.study(name):
                yield Step(done * updates, total, lowest, network=method.name)
        yield Step(total, total)

    def study(self, name: str) -> Generator[float, None, None]:
        """Sweep, edge, and the walk to be shown: with the learning rate that was asked for, or the fastest one."""
        steps, noise, seed = int(self.settings["steps"]), float(self.settings["noise"]), int(self.settings["seed"])
        walker, method = Walker(self.surface, self.starts[name], steps, self.mu, noise, seed), METHODS[name]
        sweep = yield from walker.walk(method, RATES)
        edge = yield from walker.edge(method, RATES, sweep)
        rate = float(self.settings["learning_rate"])
        if rate:
            (shown,) = yield from walker.walk(method, (rate,))
        else:
            rate, shown = min(zip(RATES, sweep, strict=True), key=lambda pair: self.slowness(pair[1]))
        self.found[name] = Found(tuple(sweep), edge, rate, shown)

    def slowness(self, walk: Walk) -> tuple[float, float]:
        """Sorts walks: those that arrived by their steps, then the others by how high they ended."""
        steps = walk.steps_to(self.tolerance)
        return (steps, 0.0) if math.isfinite(steps) else (math.inf, walk.last if math.isfinite(walk.last) else math.inf)

    def theory(self, name: str) -> float:
        """The edge that the curvature at the minimum says; NaN for the methods that divide by the gradient's size."""
        edge = METHODS[name].edge
        return edge(self.mu) / self.greatest if edge else math.nan

    def outcome(self) -> Outcome:
        """Steps, edges and the ways that were walked."""
        metrics: dict[str, float] = {"condition": self.greatest / self.least}
        for name in METHODS:
            known = self.found.get(name)
            height = heights_and_slopes(self.surface, self.starts[name][None])[0][0]
            metrics[f"{name}_steps"] = known.walk.steps_to(self.tolerance) if known else math.nan
            metrics[f"{name}_rate"] = known.rate if known else math.nan
            metrics[f"{name}_final_loss"] = known.walk.last if known else float(height)
            if METHODS[name].edge:
                metrics[f"{name}_edge"] = known.edge if known else math.nan
                metrics[f"{name}_edge_theory"] = self.theory(name)
        reading = (*self.read_edges(metrics), *self.read_speed(metrics), *self.read_adaptive())
        return Outcome(metrics, reading, self.pictures(), self.reached(metrics))

    def reached(self, metrics: dict[str, float]) -> bool | None:
        """Judged on the quiet ravine alone, where theory knows the edge."""
        customary = all(self.settings[name] == value for name, value in _AS_STATED.items())
        if not customary or int(self.settings["steps"]) < 1000 or len(self.found) < len(METHODS):
            return None
        gaps = [abs(metrics[f"{name}_edge"] / self.theory(name) - 1) for name in METHODS if METHODS[name].edge]
        return max(gaps) < 0.02 and metrics["momentum_steps"] <= metrics["sgd_steps"] / 2

    def read_edges(self, metrics: dict[str, float]) -> Iterator[Text]:
        """What theory says of the largest learning rate, and what was measured."""
        for name, method in METHODS.items():
            if method.edge is None or name not in self.found:
                continue
            label, theory, measured = method.name.en, self.theory(name), metrics[f"{name}_edge"]
            said = Text(
                f"λmax = {self.greatest:.4g} なので、理論では {label} は学習率 {theory:.4g} から発散します。",
                f"λmax is {self.greatest:.4g}, so theory has {label} diverge from a learning rate of {theory:.4g} on.",
            )
            if not math.isfinite(measured):
                seen = Text(
                    "試した学習率の範囲では境目が見つかりませんでした。", "No edge was found among those tried."
                )
            elif abs(measured / theory - 1) < 0.05:
                seen = Text(f"実測の境目は {measured:.4g} です。", f"The edge that was measured is {measured:.4g}.")
            else:
                seen = Text(
                    f"実測の境目は {measured:.4g} でした。"
                    "理論は谷底の近くの話で、そこへ着くまでの坂や雑音は含みません。",
                    f"The edge that was measured is {measured:.4g}: theory speaks of the minimum's neighbourhood, not"
                    " of the slopes on the way there, nor of noise.",
                )
            yield Text(said.ja + seen.ja, f"{said.en} {seen.en}")

    def read_speed(self, metrics: dict[str, float]) -> Iterator[Text]:
        """How many steps each took at its rate, and who never arrived."""
        counts = {name: metrics[f"{name}_steps"] for name in self.found}
        arrived = sorted(
            (name for name, count in counts.items() if math.isfinite(count)), key=lambda name: counts[name]
        )
        others = [name for name in self.found if name not in arrived]
        if arrived:
            listed = " / ".join(
                f"{METHODS[name].name.en} {counts[name]:.0f} (η={self.found[name].rate:.3g})" for name in arrived
            )
            yield Text(
                f"損失がはじめの {self.tolerance:g} 倍になるまでのステップ数（η は学習率）：{listed}。",
                f"Steps until the loss is {self.tolerance:g} of the first one, with the learning rate η: {listed}.",
            )
        if others:
            listed = " / ".join(METHODS[name].name.en for name in others)
            yield Text(
                f"{self.settings['steps']} ステップでは届かなかったもの：{listed}。",
                f"Not within {self.settings['steps']} steps: {listed}.",
            )

    def read_adaptive(self) -> Iterator[Text]:
        """What dividing by the gradient's own size does: no edge as above, but no rest either."""
        adaptive = [name for name in self.found if METHODS[name].edge is None]
        calm = [name for name in adaptive if not any(walk.lost for walk in self.found[name].sweep)]
        if calm:
            listed = " / ".join(METHODS[name].name.en for name in calm)
            yield Text(
                f"{listed} は学習率 {RATES[-1]:g} でも発散しませんでした。勾配をその大きさで割るので、"
                "坂がどれほど急でも1歩の長さがほぼ学習率で決まるためです。",
                f"{listed} diverged at no learning rate up to {RATES[-1]:g}: the gradient is divided by its own size,"
                " so that a step is about as long as the learning rate says, however steep it is.",
            )
        for name in adaptive:
            if name not in calm:
                label, edge = METHODS[name].name.en, self.found[name].edge
                yield Text(
                    f"{label} は学習率 {edge:.3g} から、はじめより高い所で終わりました。1歩の長さがほぼ学習率のままで、"
                    "谷底に近づいても縮まないためです。",
                    f"{label} ended higher than it began from a learning rate of {edge:.3g} on: its steps stay about as"
                    " long as the learning rate, however near the minimum is.",
                )
        if adaptive and self.settings["surface"] == "ravine" and not float(self.settings["angle"]):
            yield _ALONG_THE_AXES

    def pictures(self) -> tuple[Picture, ...]:
        """Losses, the ways on the plane, the zigzag across the ravine, the sweep, and all numbers in a table."""
        walks = {METHODS[name].name: known.walk for name, known in self.found.items()}
        updates = range(int(self.settings["steps"]) + 1)
        update, loss = Text("ステップ", "steps"), Text("損失", "loss")
        losses = tuple(
            line(name, np.where(walk.heights < self.tolerance / 100 * walk.heights[0], np.nan, walk.heights), updates)
            for name, walk in walks.items()
        )
        steepest = self.directions[:, -1]
        zigzag = tuple(
            line(
                name,
                (walk.points[: _ZIGZAG + 1] - self.surface.minimum) @ steepest,
                range(len(walk.points[: _ZIGZAG + 1])),
            )
            for name, walk in walks.items()
        )
        rates = tuple(
            line(
                METHODS[name].name,
                (walk.steps_to(self.tolerance) for walk in known.sweep),
                (math.log10(rate) for rate in RATES),
            )
            for name, known in self.found.items()
        )
        return (
            Curves(Text("損失の推移（それぞれの学習率 η で）", "Loss, each at its η"), update, loss, losses, log=True),
            self.ways(walks),
            self.plane(),
            Curves(
                Text("最も急な方向の位置（谷を横切る振動）", "Position along the steepest direction (zigzag)"),
                update,
                Text("谷底からの距離", "from the floor"),
                zigzag,
            ),
            Curves(
                Text("学習率と、許容誤差までのステップ数", "Steps to the tolerance by learning rate"),
                Text("log10(学習率)", "log10(learning rate)"),
                update,
                rates,
                log=True,
            ),
            self.table(),
        )

    def ways(self, walks: dict[Text, Walk]) -> Scatter:
        """Where each was, thinned; what left the window is left out."""
        xs, ys, groups = [self.surface.minimum[0]], [self.surface.minimum[1]], ["min"]
        (left, right), (low, high) = self.surface.across, self.surface.up
        for name, walk in walks.items():
            kept = np.unique(np.geomspace(1, len(walk.points), _POINTS).astype(int)) - 1
            for x, y in walk.points[kept].tolist():
                if left <= x <= right and low <= y <= high:
                    xs.append(x)
                    ys.append(y)
                    groups.append(name.en)
        title = Text("平面の上の道すじ（横 w1、縦 w2）", "The ways on the plane (w1 across, w2 up)")
        return Scatter(title, tuple(xs), tuple(ys), groups=tuple(groups))

    def plane(self) -> Heatmap:
        """The surface itself, as log10 of its height."""
        x, y = np.linspace(*self.surface.across, 33), np.linspace(*self.surface.up[::-1], 17)
        points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        heights = heights_and_slopes(self.surface, points)[0]
        return Heatmap(
            Text("損失の地形 log10 f", "The surface, log10 f"),
            np.log10(np.maximum(heights, 1e-3)).reshape(len(y), len(x)),
            rows=tuple(f"{value:.1f}" if place % 4 == 0 else "" for place, value in enumerate(y)),
            x=Text(f"w1: {x[0]:g} … {x[-1]:g}", f"w1: {x[0]:g} … {x[-1]:g}"),
            y=same("w2"),
        )

    def table(self) -> Table:
        """Every method in a row."""
        rows: list[tuple[str | float | Text, ...]] = [
            (
                METHODS[name].name,
                known.rate,
                known.walk.steps_to(self.tolerance),
                known.walk.last,
                known.edge,
                self.theory(name),
            )
            for name, known in self.found.items()
        ]
        heads = (
            Text("手法", "method"),
            Text("学習率 η", "η"),
            Text("ステップ数", "steps"),
            Text("最後の損失", "last loss"),
            Text("境目（実測）", "edge"),
            Text("境目（理論）", "theory"),
        )
        return Table(Text("まとめ", "All numbers"), heads, tuple(rows))

    def weights(self) -> Weights:
        """Where each method ended, (2,)."""
        return {
            f"{name}.w": self.found[name].walk.points[-1] if name in self.found else start
            for name, start in self.starts.items()
        }

    def load(self, weights: Weights) -> None:
        """Begin there."""
        need_no_others(weights, self.weights())
        self.starts = {name: put_back({"w": start}, weights, f"{name}.")["w"] for name, start in self.starts.items()}
        self.found = {}


_ALONG_THE_AXES = Text(
    "この谷は座標軸に沿っているので、成分ごとに割る手法には特に有利です。--angle 45 で谷を回して比べてください。",
    "This ravine lies along the axes, which suits methods that divide each coordinate by itself: turn it with"
    " --angle 45 and compare.",
)

_AS_STATED: dict[str, str | float] = {
    "surface": "ravine",
    "condition": 100.0,
    "angle": 0.0,
    "noise": 0.0,
    "momentum": 0.9,
}

LAB = Lab(
    name="optimisers",
    title=Text("最適化手法で谷を下る", "Optimisers walk down a ravine"),
    about=Text(
        "横に急で縦に緩い谷を、SGD から Adam までが下ります。"
        "SGD は急な方向で振動するため学習率を 2/λmax より上げられず、緩い方向がなかなか進みません。"
        "学習率ごとのステップ数、発散の境目（理論と実測）、道すじを見比べてください。"
        "--angle 45 で谷を回すと、成分ごとに割る手法の有利さがどう変わるかも試せます。",
        "A ravine is steep across and nearly level along. SGD swings across it, so its learning rate must stay below"
        " 2/λmax, and it creeps along the floor. Compare the steps each method takes by learning rate, where it"
        " diverges (theory and measurement), and the ways they go. Turn the ravine with --angle 45 to see what methods"
        " that divide each coordinate by itself make of it.",
    ),
    goal=Text(
        "κ=100 の谷で、SGD・Momentum・Nesterov の発散の境目が理論値と 2% 以内で一致し、"
        "Momentum は SGD の半分以下のステップ数で着く",
        "On the ravine with κ=100, SGD, Momentum and Nesterov diverge within 2% of where theory says, and Momentum"
        " arrives in at most half of SGD's steps",
    ),
    options=(
        Option("surface", "ravine", Text("下る曲面", "The surface"), ("ravine", "rosenbrock", "beale")),
        Option(
            "condition",
            100.0,
            Text("谷の条件数 κ = λmax/λmin", "The ravine's condition number κ = λmax/λmin"),
            low=1,
            high=1e6,
        ),
        Option("angle", 0.0, Text("谷を回す角度（度）", "Turn the ravine by so many degrees"), low=-90, high=90),
        Option(
            "learning_rate",
            0.0,
            Text("道すじを描く学習率（0 は手法ごとに最速のもの）", "η of the ways shown; 0: each method's fastest"),
            low=0,
            high=100,
        ),
        Option("momentum", 0.9, Text("慣性係数 μ", "Momentum μ"), low=0, high=0.999),
        Option(
            "noise", 0.0, Text("勾配に加える雑音の標準偏差", "Noise on the gradient, its deviation"), low=0, high=1e3
        ),
        Option(
            "tolerance",
            1e-6,
            Text("着いたとみなす損失（はじめに対する比）", "Loss that counts as arrived, of the first one"),
            low=1e-12,
            high=0.5,
        ),
        Option("steps", 1000, Text("最大ステップ数", "At most so many steps"), low=10, high=20_000),
        Option("seed", 0, Text("乱数の種（雑音のみ）", "Seed of the random numbers (the noise)"), low=0),
    ),
    sections=("optimisers", "gradient-descent"),
    start=lambda settings, data: Descents(settings),
    sweep="sgd_steps",
    small={"steps": 200, "condition": 20.0},
)
