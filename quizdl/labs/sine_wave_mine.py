"""A learner's own step in the sine-wave lab: it draws on with the weights that the engine's layer has learnt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from quizdl.labs.core import Array
from quizdl.labs.hosting import Hosted, play
from quizdl.labs.sine_wave_steps import draw_on, foretold, read
from quizdl.labs.sine_wave_view import NAMES, continuations
from quizdl.text import Text

if TYPE_CHECKING:
    from quizdl.labs.sine_wave import SineWave
    from quizdl.sandbox import Sandbox

FUNCTIONS = ("rnn_step", "lstm_step", "gru_step")

_SAME = 1e-6
"""Two right steps differ in rounding alone, and the wave lets no difference grow."""


def draw_with(run: SineWave, layer: str, source: bytes, sandbox: Sandbox) -> Hosted:
    """Both draw on from the same states, in double precision; one wave is enough to see."""
    name, function = NAMES[layer].en, f"{layer}_step"
    if layer not in run.p:
        said = Text(
            f"{function} は {name} 用ですが、この実行では学習していません（--layer {layer} か all）。",
            f"{function} belongs to the {name}, which was not trained in this run (--layer {layer} or all).",
        )
        return Hosted((said,))
    p = {key: w.astype(np.float64) for key, w in run.p[layer].items()}
    beginning = run.waves.beginnings[:, :1].astype(np.float64)
    states = read(layer, beginning, p)[-1]
    engine = draw_on(layer, states, p, run.horizon)

    def arguments(states: tuple[Array, ...]) -> Mapping[str, object]:
        named = dict(zip(("h", "c"), states, strict=False))
        return {"x": foretold(states, p), **named, "W": p["W"], "U": p["U"], "b": p["b"]}

    shapes = [state.shape for state in states]
    played = play(sandbox, source, function, arguments(states), arguments, shapes, run.horizon - 1)
    mine = np.stack([foretold(found, p) for found in (states, *played.results)])
    picture = continuations(run, {layer: engine}, (Text(f"あなたの {function}", f"your {function}"), mine))
    difference = float(np.abs(mine - engine[: len(mine)]).max())
    said = played.trouble or _compared(function, len(mine), difference)
    reading = Text(f"あなたの {function}: {said.ja}", f"Your {function}: {said.en}")
    return Hosted((reading,), (picture,), None if played.trouble else difference)


def _compared(function: str, count: int, difference: float) -> Text:
    if difference < _SAME:
        return Text(
            f"学習済みの重みで {count} ステップ描き、エンジンとの差は最大 {difference:.1e} でした。同じ波です。",
            f"with the trained weights it drew {count} steps, at most {difference:.1e} from the engine's: the same.",
        )
    return Text(
        f"学習済みの重みで {count} ステップ描きましたが、エンジンとの差が最大 {difference:.3g} あります。"
        f"quizdl submit {function.replace('_', '-')} FILE で原因を調べられます。",
        f"with the trained weights it drew {count} steps, but is up to {difference:.3g} from the engine's."
        f" quizdl submit {function.replace('_', '-')} FILE finds out why.",
    )
