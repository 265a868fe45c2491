"""The networks that write: `write` agrees with teacher forcing, gradients are right, the weights shown are used."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from quizdl.engine import multi_head, transformer
from quizdl.engine.seq2seq import init_seq2seq
from quizdl.engine.transformer import init_transformer
from quizdl.labs.writers import BEGIN, END, Peeky, Seq2Seq, Transformer, init_peeky, padded, share_right, targets_of

SIGNS = 6
SOURCE = np.array([[0, 3], [1, 4], [2, 0]])
LENGTHS = np.array([3, 2])
LAYERS: Any = ["rnn", "lstm", "gru"]


def writers(seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    every: dict[str, Any] = {
        f"{kind}": Seq2Seq(init_seq2seq(rng, SIGNS, SIGNS, 4, 5, layer="lstm", attention=attention), "lstm", attention)
        for kind, attention in (("none", None), ("general", "general"), ("additive", "additive"))
    }
    for layer in LAYERS:
        every[f"peeky {layer}"] = Peeky(init_peeky(rng, SIGNS, SIGNS, 4, 5, layer), layer)
    every["transformer"] = Transformer(init_transformer(rng, SIGNS, SIGNS, 8, 16, 2, norm="pre"), 2)
    return every


KINDS = tuple(writers())


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_what_teacher_forcing_finds_likeliest(kind: str) -> None:
    """Given its own words as the target, every network finds each of them the likeliest: all are right."""
    network = writers()[kind]
    written = network.write(SOURCE, 5, LENGTHS)
    inner = [tuple(sign for sign in ids if sign != END) for ids in written]
    target = targets_of(inner)
    most = max(map(len, written))
    lesson = network.learn(SOURCE, target[: most + 1], LENGTHS)
    assert lesson.accuracy == 1.0


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.startswith("peeky")])
def test_the_peeky_gradients_are_those_of_difference_quotients(kind: str) -> None:
    """Of every parameter, a few entries; the padding counts nowhere."""
    network = writers()[kind]
    target = targets_of([(2, 3, 4), (5,)])
    gradients = network.learn(SOURCE, target, LENGTHS).gradients
    rng = np.random.default_rng(1)
    for name, w in network.p.items():
        for _ in range(3):
            place = tuple(int(rng.integers(size)) for size in w.shape)
            kept, losses = w[place], []
            for step in (1e-6, -1e-6):
                w[place] = kept + step
                losses.append(network.learn(SOURCE, target, LENGTHS).loss)
            w[place] = kept
            assert gradients[name][place] == pytest.approx((losses[0] - losses[1]) / 2e-6, abs=1e-7), name


@pytest.mark.parametrize("kind", ["general", "additive", "transformer"])
def test_the_weights_shown_are_shares(kind: str) -> None:
    """A row for each written sign, a column for each read one, every row a whole."""
    network = writers()[kind]
    alpha = network.attention(SOURCE[:, :1], (4, 2, END))
    assert alpha.shape == (3, 3)
    np.testing.assert_allclose(alpha.sum(axis=1), 1)
    assert (alpha > 0).all()


def test_the_transformers_weights_are_those_that_its_last_layer_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine does not show them, so the lab computes them anew: here they are caught where the engine does."""
    network = writers()["transformer"]
    shown = network.attention(SOURCE[:, :1], (4, 2, END))
    used: list[Any] = []

    def attend(*arguments: Any) -> Any:
        (y, alpha), cache = kept(*arguments)
        used.append(alpha)
        return (y, alpha), cache

    kept = multi_head.attend
    monkeypatch.setattr(multi_head, "attend", attend)
    state = transformer.encode(network.p, SOURCE[:, :1].T, **network.style)
    for sign in (BEGIN, 4, 2):
        _, state = transformer.decode_step(network.p, np.array([sign]), state, **network.style)
    np.testing.assert_allclose(shown, used[-1].mean(axis=(0, 1)))


def test_padding_is_not_counted_among_the_right_signs() -> None:
    """Two of the three signs that count are right, whatever is said after the end."""
    target = targets_of([(2,), ()])
    logits = np.zeros((2, 2, SIGNS))
    logits[0, 0, 2] = logits[1, 0, 3] = logits[0, 1, END] = logits[1, 1, 0] = 1
    assert share_right(logits, target) == pytest.approx(2 / 3)


def test_columns_are_filled_up_to_the_longest() -> None:
    """One column a sequence."""
    assert padded([(1, 2, 3), (4,)], 9).tolist() == [[1, 4], [2, 9], [3, 9]]
