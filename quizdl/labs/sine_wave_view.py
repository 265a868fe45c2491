"""What the sine-wave lab shows of its networks, and what it says of them: pictures, numbers, the reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from quizdl.engine.activations import sigmoid
from quizdl.labs.core import Array, Curves, Outcome, Picture
from quizdl.labs.sine_wave_data import BEGINNING
from quizdl.labs.sine_wave_steps import States, draw_on, foretold, read
from quizdl.labs.training import line, loss_curves
from quizdl.text import Text, same

if TYPE_CHECKING:
    from quizdl.labs.sine_wave import SineWave

NAMES = {"rnn": same("RNN"), "lstm": same("LSTM"), "gru": same("GRU")}
GOOD = 0.1
"""A continuation whose error stays below this (the wave's amplitude is 1) can hardly be told from the wave."""

SWITCH = BEGINNING // 2
"""Where the period of a "switching" beginning changes."""

_SHOWN = 30
_SETTLED = slice(SWITCH - 20, SWITCH - 1)
_TIME, _VALUE = Text("時刻", "time"), Text("値", "value")


def outcome_of(run: SineWave) -> Outcome:
    """How far each continuation is from the wave, and how each network read the beginnings."""
    states = {layer: read(layer, run.waves.beginnings, p) for layer, p in run.p.items()}
    drawn = {layer: draw_on(layer, states[layer][-1], p, run.horizon) for layer, p in run.p.items()}
    errors = {layer: rms(y - run.waves.following) for layer, y in drawn.items()}
    metrics = {f"{layer}_rmse": error for layer, error in errors.items()}
    metrics["rmse"] = float(np.mean(list(errors.values())))
    reading = [_read_errors(run, errors)]
    pictures: list[Picture] = [
        loss_curves({NAMES[layer]: losses for layer, losses in run.losses.items() if losses}, smooth=20),
        continuations(run, drawn),
        _growth(run, drawn),
    ]
    if run.series == "switching":
        next_errors = {layer: _next_errors(run, layer, found) for layer, found in states.items()}
        pictures.append(_around_the_change(next_errors))
        metrics |= {f"{layer}_recovery": _recovery(found) for layer, found in next_errors.items()}
        reading.append(_read_recovery(metrics, run))
    if "lstm" in states and run.forgets:
        picture, said = _forget_gates(run, states["lstm"])
        pictures.append(picture)
        reading += said
    default = run.series == "sine" and run.horizon >= 100
    return Outcome(metrics, tuple(reading), tuple(pictures), metrics["rmse"] < GOOD if default else None)


def rms(x: Array) -> float:
    """The root of the mean square."""
    return float(np.sqrt(np.mean(np.square(x, dtype=np.float64))))


def continuations(run: SineWave, drawn: dict[str, Array], mine: tuple[Text, Array] | None = None) -> Curves:
    """One of the waves: its last steps that were read, what follows, and what each network draws.

    mine: the name of a learner's own function and what it draws.
    """
    before = run.waves.beginnings[-_SHOWN:, 0, 0]
    true = np.concatenate([before, run.waves.following[:, 0, 0]])
    lines = [line(Text("本当の波", "the wave"), run.waves.unscaled(true), range(-len(before), run.horizon))]
    for name, y in (*((NAMES[layer], y) for layer, y in drawn.items()), *((mine,) if mine else ())):
        lines.append(line(name, run.waves.unscaled(y[:, 0, 0]), range(len(y))))
    alone = Text("続きを自分の出力だけで描く（時刻 0 から）", "Drawing on alone, from time 0")
    title = Text(f"{mine[0].ja} が描く続き", f"What {mine[0].en} draws") if mine else alone
    return Curves(title, _TIME, _VALUE, tuple(lines))


def _growth(run: SineWave, drawn: dict[str, Array]) -> Curves:
    """How the error grows with the distance, over all the beginnings."""
    away = {layer: np.sqrt(((y - run.waves.following) ** 2).mean(axis=(1, 2))) for layer, y in drawn.items()}
    return Curves(
        Text("先へ行くほど誤差はどうなるか", "How the error grows"),
        Text("何ステップ先か", "steps ahead"),
        Text("誤差（RMS）", "error (RMS)"),
        tuple(line(NAMES[layer], errors) for layer, errors in away.items()),
        log=True,
    )


def _read_errors(run: SineWave, errors: dict[str, float]) -> Text:
    """Who draws best, and whether it can be told from the wave."""
    listed = ", ".join(f"{NAMES[layer].en} {error:.3f}" for layer, error in errors.items())
    steps, spread = run.horizon, rms(run.waves.following)
    facts = Text(
        f"{steps} ステップ先まで自分の出力だけで描いたときの誤差（RMS）は {listed} です。"
        f"つねに 0 と答えた場合は {spread:.3f} です。",
        f"Drawing {steps} steps on from nothing but their own outputs, the error (RMS) is {listed};"
        f" always answering 0 would have {spread:.3f}.",
    )
    meaning = _meaning(errors, spread)
    return Text(facts.ja + meaning.ja, f"{facts.en} {meaning.en}")


def _meaning(errors: dict[str, float], spread: float) -> Text:
    best = min(errors, key=lambda layer: errors[layer])
    name, error = NAMES[best].en, errors[best]
    if not np.isfinite(list(errors.values())).all():
        return Text("数値が発散したネットワークがあります。", "Some of the numbers exploded.")
    if error < GOOD * spread:
        return Text(
            f"いちばん近い {name} は、元の波とほとんど見分けがつきません。",
            f"The nearest, {name}, can hardly be told from the wave.",
        )
    if error < spread / 2:
        return Text(
            f"いちばん近い {name} も波の形は保っていますが、少しずつずれていきます。",
            f"Even the nearest, {name}, keeps the wave's shape but drifts away from it.",
        )
    return Text(
        "この先を描けているとは言えません。一度の誤差が次の入力になり、積み重なっています。",
        "None of them can be said to continue it: each error is the next input, and they add up.",
    )


def _next_errors(run: SineWave, layer: str, states: list[States]) -> NDArray[np.float64]:
    """The error of the next value alone (RMS over the beginnings), for each time of the beginnings but the last."""
    p, x = run.p[layer], run.waves.beginnings
    away = [foretold(found, p) - true for found, true in zip(states[1:], x[1:], strict=False)]
    return np.array([rms(one) for one in away])


def _around_the_change(errors: dict[str, NDArray[np.float64]]) -> Curves:
    """The error of the next value before and after the period changes."""
    around = slice(SWITCH - 11, SWITCH + 19)
    return Curves(
        Text("周期が変わる前後の 1 ステップ先の誤差", "Error of the next value, around the change of period"),
        Text("変わってからのステップ数", "steps after the change"),
        Text("誤差（RMS）", "error (RMS)"),
        tuple(line(NAMES[layer], found[around], range(-10, 20)) for layer, found in errors.items()),
        log=True,
    )


def _recovery(errors: NDArray[np.float64]) -> float:
    """After how many steps the error is below twice what it was before the change; NaN where it never is."""
    settled = float(errors[_SETTLED].mean())
    after = errors[SWITCH - 1 :]
    above = np.flatnonzero(after > 2 * settled)
    steps = int(above[-1]) + 1 if len(above) else 0
    return float(steps) if steps < len(after) else float("nan")


def _read_recovery(metrics: dict[str, float], run: SineWave) -> Text:
    """How fast the old period is forgotten."""
    listed = ", ".join(f"{NAMES[layer].en} {metrics[f'{layer}_recovery']:.0f}" for layer in run.p)
    said = Text(
        f"周期が変わってから、1 ステップ先の誤差が元の 2 倍以内に戻り続けるまでのステップ数は {listed} です。",
        f"After the period changes, it takes so many steps until the error of the next value stays below twice what it"
        f" was: {listed}.",
    )
    if "lstm" not in run.p or not np.isfinite(metrics["lstm_recovery"]):
        return said
    if run.forgets:
        more = Text(
            "--forget-gate open と比べると、忘れられない LSTM の戻り方がわかります。",
            "Compare --forget-gate open: an LSTM that cannot forget.",
        )
    else:
        more = Text(
            "この LSTM は忘却ゲートが常に 1 で、古い周期の記憶を捨てられません。",
            "This LSTM's forget gate is always 1: it cannot drop what it knew of the old period.",
        )
    return Text(said.ja + more.ja, f"{said.en} {more.en}")


def _forget_gates(run: SineWave, states: list[States]) -> tuple[Curves, tuple[Text, ...]]:
    """f_t = σ(x_t W_f + h_{t−1} U_f + b_f), the mean over the units, while the first beginning is read."""
    p, x = run.p["lstm"], run.waves.beginnings
    open_ = [
        float(sigmoid(now @ p["W"][1] + h @ p["U"][1] + p["b"][1])[0].mean())
        for now, (h, _) in zip(x, states, strict=False)
    ]
    picture = Curves(
        Text("LSTM の忘却ゲート（ユニットの平均）", "The LSTM's forget gate (mean of the units)"),
        _TIME,
        _VALUE,
        (line(Text("忘却ゲート", "forget gate"), open_), line(Text("波", "the wave"), x[:, 0, 0])),
    )
    low, mean, high = min(open_), float(np.mean(open_)), max(open_)
    if not np.isfinite(mean):
        return picture, ()
    said = Text(
        f"LSTM の忘却ゲートは平均 {mean:.2f}（{low:.2f}〜{high:.2f}）でした。1 なら記憶をすべて残し、0 なら捨てます。"
        f"平均 {mean:.2f} が続くと、10 ステップ前の記憶は {mean**10:.2f} 倍になります。",
        f"The LSTM's forget gates were {mean:.2f} open on average ({low:.2f} to {high:.2f}); 1 keeps all of the memory,"
        f" 0 drops it. At {mean:.2f}, what was stored ten steps ago counts {mean**10:.2f} of what it did.",
    )
    return picture, (said,)
