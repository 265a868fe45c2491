"""A learner's own `rnn_step` in the binary-addition lab: it adds with the weights that the engine's RNN has learnt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from quizdl.labs.binary_addition_data import sums_of
from quizdl.labs.core import Array
from quizdl.labs.hosting import Hosted, play
from quizdl.text import Text

if TYPE_CHECKING:
    from quizdl.labs.binary_addition import Addition
    from quizdl.sandbox import Sandbox

_PAIRS = 256


def add_with(run: Addition, source: bytes, sandbox: Sandbox) -> Hosted:
    """Both add the same pairs; the learner's step is called once for each place, with all pairs at a time."""
    if run.activation != "tanh":
        said = Text(
            f"rnn_step は tanh の RNN です。この実行は {run.activation} なので動かしませんでした。",
            f"rnn_step is an RNN of tanh; this run has {run.activation}, so it was left out.",
        )
        return Hosted((said,))
    a, b = np.random.default_rng(3).integers(0, 2**run.bits, (2, _PAIRS))
    x, t = sums_of(a, b, run.bits)
    p = {name: w.astype(np.float64) for name, w in run.p.items()}
    states: list[Array] = [np.zeros((_PAIRS, p["U"].shape[0]))]

    def arguments(results: tuple[Array, ...]) -> Mapping[str, object]:
        """The next place is read with the state that the last call returned."""
        states.extend(results)
        return {"x": x[len(states) - 1], "h": states[-1], "W": p["W"], "U": p["U"], "b": p["b"]}

    played = play(sandbox, source, "rnn_step", arguments(()), arguments, [states[0].shape], len(x))
    if played.trouble is not None:
        return Hosted((Text(f"あなたの rnn_step: {played.trouble.ja}", f"Your rnn_step: {played.trouble.en}"),))
    mine = np.stack([state for (state,) in played.results])
    _, engine = run.answers(x)
    right = float((((mine @ p["V"] + p["c"])[..., 0] > 0) == (t[..., 0] > 0)).all(axis=0).mean())
    difference = float(np.abs(mine - engine).max())
    said = Text(
        f"あなたの rnn_step は、学習済みの重みで {_PAIRS} 組のうち {right:.1%} を正しく足しました"
        f"（隠れ状態のエンジンとの差は最大 {difference:.1e}）。",
        f"Your rnn_step, with the trained weights, adds {right:.1%} of {_PAIRS} pairs rightly (its states are at most"
        f" {difference:.1e} from the engine's).",
    )
    return Hosted((said,), (), difference)
