"""Networks that read one sequence of signs and write another, behind one face: learn from pairs, write, show α.

`number-addition` and `translate` train these. All ids are time-major, (T, B). A target begins with BEGIN and ends with
END; what follows END is PADDING, which is neither read nor counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple, Protocol

import numpy as np

from quizdl.engine import seq2seq, transformer
from quizdl.engine.activations import log_softmax
from quizdl.engine.affine import affine_forward
from quizdl.engine.arrays import Ids
from quizdl.engine.attention import bahdanau_forward, luong_forward
from quizdl.engine.bidirectional import Layer
from quizdl.engine.decoding import Step as DecoderStep
from quizdl.engine.decoding import greedy_decode
from quizdl.engine.elementary import add_forward, concat_forward
from quizdl.engine.embedding import embedding_forward
from quizdl.engine.losses import softmax_cross_entropy_forward
from quizdl.engine.multi_head import multi_head_attention_forward
from quizdl.engine.normalisation import layer_norm_forward
from quizdl.engine.parameters import part, within
from quizdl.engine.positional import positional_encoding
from quizdl.engine.stacked import init_stacked, read_through
from quizdl.engine.tape import Value, Values, apply, constant, one, recorded, replayed
from quizdl.engine.transformer_layers import decoder_layer_forward
from quizdl.labs.core import Array

BEGIN, END, PADDING = 0, 1, -1


class Lesson(NamedTuple):
    """What a minibatch taught: the mean cross-entropy, the share of right signs, every parameter's gradient."""

    loss: float
    accuracy: float
    gradients: Mapping[str, Array]


class Writer(Protocol):
    """A network that writes; `p` are its parameters, which training replaces."""

    p: dict[str, Array]

    def learn(self, source: Ids, target: Ids, lengths: Ids | None = None) -> Lesson:
        """One minibatch by teacher forcing: whatever the network says, the right sign is what it reads next.

        source (S, B), target (T, B); lengths (B,): where each source ends, None where all are full.
        """
        ...

    def write(self, source: Ids, most: int, lengths: Ids | None = None) -> list[tuple[int, ...]]:
        """What it makes of each source by itself, greedily, END included; at most so many signs."""
        ...


class Seq2Seq:
    """The engine's encoder and decoder, with the attention of that kind or with none."""

    def __init__(self, p: dict[str, Array], layer: Layer, attention: seq2seq.Attention | None = None) -> None:
        self.p = p
        self.style: dict[str, Any] = {"layer": layer, "attention": attention}

    def learn(self, source: Ids, target: Ids, lengths: Ids | None = None) -> Lesson:
        """Forward and back through decoder and encoder."""
        (loss, logits), cache = seq2seq.seq2seq_forward(
            self.p, source, target, lengths=lengths, ignore_index=PADDING, **self.style
        )
        return Lesson(float(loss), share_right(logits, target), seq2seq.seq2seq_backward(1.0, None, cache))

    def write(self, source: Ids, most: int, lengths: Ids | None = None) -> list[tuple[int, ...]]:
        """Sign by sign."""
        state = seq2seq.encode(self.p, source, lengths=lengths, **self.style)
        return _greedy(partial(seq2seq.decode_step, self.p, **self.style), state, source.shape[1], most)

    def state(self, source: Ids, lengths: Ids | None = None) -> Array:
        """h (B, H), the encoder's last state: without attention, all that the decoder knows of the source."""
        return np.asarray(seq2seq.encode(self.p, source, lengths=lengths, **self.style)["h"][:, -1])

    def attention(self, source: Ids, written: tuple[int, ...]) -> Array:
        """α (T, S) while it wrote this from the single source (S, 1): a row for each sign, which sums to 1.

        α_t = softmax over j of score(s_t, h_j), where s_t is the decoder's state after it read the sign before.
        """
        state = seq2seq.encode(self.p, source, **self.style)
        H, weights = state["H"].swapaxes(0, 1), part(self.p, "attention.")
        score = bahdanau_forward if self.style["attention"] == "additive" else luong_forward
        rows = []
        for before in (BEGIN, *written[:-1]):
            _, state = seq2seq.decode_step(self.p, np.array([before]), state, **self.style)
            (_, alpha), _ = score(s=state["h"][:, -1], H=H, **weights)
            rows.append(alpha[:, 0])
        return np.stack(rows)


class Peeky:
    """An encoder-decoder without attention whose decoder sees the encoder's last state h at every step, not only first.

        s_t = decoder([E[y_{t−1}]; h], s_{t−1})          P(y_t) = softmax([s_t; h] W + b)

    Cho et al. 2014, §2.2; "peeky" is its name in courses. So s need not carry all of h from step to step.
    """

    def __init__(self, p: dict[str, Array], layer: Layer) -> None:
        self.p, self.layer = p, layer

    def learn(self, source: Ids, target: Ids, lengths: Ids | None = None) -> Lesson:
        """The network on the engine's tape, which gives every gradient."""
        inputs = np.where(target == PADDING, 0, target)[:-1]
        options = {"source": source, "inputs": inputs, "labels": target[1:], "lengths": lengths}
        (loss, logits), cache = recorded(self._loss, p=self.p, options=options)
        return Lesson(float(loss), share_right(logits, target), replayed(1.0, None, cache=cache))

    def write(self, source: Ids, most: int, lengths: Ids | None = None) -> list[tuple[int, ...]]:
        """Sign by sign; the state that goes along is (h, s) or, for an LSTM, (h, s, cell), all batch-first."""
        (h, *last), _ = recorded(self._read, p=self.p, options={"source": source, "lengths": lengths})

        def step(tokens: Ids, state: Any) -> tuple[Array, Any]:
            options = {"inputs": tokens[None]}
            (logits, *after), _ = recorded(self._decode, p=self.p, h=state[0], last=list(state[1:]), options=options)
            return log_softmax(logits[0]), (state[0], *after)

        return _greedy(step, (h, *last), source.shape[1], most)

    def state(self, source: Ids, lengths: Ids | None = None) -> Array:
        """h (B, H), the encoder's last state."""
        return np.asarray(recorded(self._read, p=self.p, options={"source": source, "lengths": lengths})[0][0])

    def _loss(self, p: Values, *, source: Ids, inputs: Ids, labels: Ids, lengths: Ids | None) -> tuple[Value, Value]:
        h, *last = self._read(p, source=source, lengths=lengths)
        logits, *_ = self._decode(p, h, last, inputs=inputs)
        loss = one(apply(softmax_cross_entropy_forward, z=logits, t=labels, ignore_index=PADDING))
        return loss, logits

    def _read(self, p: Values, *, source: Ids, lengths: Ids | None) -> tuple[Value, ...]:
        """h (B, H), which the decoder sees at every step, and the states (B, H) that it begins with."""
        x = one(apply(embedding_forward, ids=source, E=p["source.E"]))
        _, *last = read_through(x, part(p, "encoder."), layer=self.layer, lengths=lengths)
        return last[0][0], *(state[0] for state in last)

    def _decode(self, p: Values, h: Value, last: list[Value], *, inputs: Ids) -> tuple[Value, ...]:
        """The logits (T, B, V) after each of inputs (T, B), and the last states."""
        x = one(apply(embedding_forward, ids=inputs, E=p["target.E"]))
        nothing = constant(h, np.zeros((len(inputs), 1, 1), h.data.dtype))
        seen = one(apply(add_forward, a=nothing, b=h))  # h once for every step: (T, B, H)
        x = one(apply(concat_forward, parts=[x, seen]))
        initial = [state.reshape(1, *state.shape) for state in last]
        s, *after = read_through(x, part(p, "decoder."), *initial, layer=self.layer)
        s = one(apply(concat_forward, parts=[s, seen]))
        logits = one(apply(affine_forward, x=s, W=p["output.W"], b=p["output.b"]))
        return logits, *(state[0] for state in after)


class Transformer:
    """The engine's Transformer, pre-norm, whose layers learn without a long warm-up (Xiong et al. 2020)."""

    def __init__(self, p: dict[str, Array], heads: int) -> None:
        self.p = p
        self.style: dict[str, Any] = {"heads": heads, "norm": "pre"}

    def learn(self, source: Ids, target: Ids, lengths: Ids | None = None) -> Lesson:
        """All positions at once, the future hidden by the causal mask."""
        (loss, logits), cache = transformer.transformer_forward(
            self.p, source.T, target.T, lengths=lengths, ignore_index=PADDING, **self.style
        )
        gradients = transformer.transformer_backward(1.0, None, cache)
        return Lesson(float(loss), share_right(logits.swapaxes(0, 1), target), gradients)

    def write(self, source: Ids, most: int, lengths: Ids | None = None) -> list[tuple[int, ...]]:
        """Sign by sign."""
        state = transformer.encode(self.p, source.T, lengths=lengths, **self.style)
        return _greedy(partial(transformer.decode_step, self.p, **self.style), state, source.shape[1], most)

    def attention(self, source: Ids, written: tuple[int, ...]) -> Array:
        """α (T, S) of the decoder's look at the source (S, 1), the mean over the heads of its last layer."""
        memory = transformer.encode(self.p, source.T, **self.style)["memory"]
        E = self.p["target.E"]
        ids = np.array([[BEGIN, *written[:-1]]])
        x = (E[ids] * np.sqrt(E.shape[1]) + positional_encoding(ids.shape[1], E.shape[1])).astype(E.dtype)
        layers = transformer.depth(part(self.p, "decoder."))
        for k in range(layers - 1):
            x, _ = decoder_layer_forward(x, memory, part(self.p, f"decoder.{k}."), **self.style)
        alpha = self._cross_attention(x, memory, part(self.p, f"decoder.{layers - 1}."))
        return np.asarray(alpha.mean(axis=(0, 1)))

    def _cross_attention(self, x: Array, memory: Array, p: Mapping[str, Array]) -> Array:
        """The weights (1, heads, T, S) in the layer that reads x: its self-attention comes first, then this one."""
        heads, T = self.style["heads"], x.shape[1]
        a, _ = layer_norm_forward(x, **part(p, "norm_1."))
        (looked, _), _ = multi_head_attention_forward(
            a, a, a, **part(p, "attention."), heads=heads, mask=np.tri(T, dtype=bool)
        )
        a, _ = layer_norm_forward(x + looked, **part(p, "norm_2."))
        (_, alpha), _ = multi_head_attention_forward(a, memory, memory, **part(p, "cross."), heads=heads)
        return np.asarray(alpha)


def init_peeky(
    rng: np.random.Generator, source_signs: int, target_signs: int, D: int, H: int, layer: Layer
) -> dict[str, Array]:
    """As the engine's `init_seq2seq`, but the decoder reads D + H and the output layer 2H."""
    bound = 1 / np.sqrt(2 * H)
    return {
        "source.E": rng.standard_normal((source_signs, D)),
        "target.E": rng.standard_normal((target_signs, D)),
        **within("encoder.", init_stacked(rng, D, H, layer=layer, layers=1)),
        **within("decoder.", init_stacked(rng, D + H, H, layer=layer, layers=1)),
        "output.W": rng.uniform(-bound, bound, (2 * H, target_signs)),
        "output.b": np.zeros(target_signs),
    }


def share_right(logits: Array, target: Ids) -> float:
    """Of the signs that count, the share whose logit is the greatest; logits (T − 1, B, V), target (T, B)."""
    counted = target[1:] != PADDING
    return float((logits.argmax(axis=-1) == target[1:])[counted].mean())


def targets_of(sequences: list[tuple[int, ...]]) -> Ids:
    """(T, B): BEGIN, the ids of each sequence, END, and PADDING up to the longest.

    >>> targets_of([(5, 6), (7,)]).T.tolist()
    [[0, 5, 6, 1], [0, 7, 1, -1]]
    """
    return padded([(BEGIN, *ids, END) for ids in sequences], PADDING)


def padded(sequences: list[tuple[int, ...]], filler: int) -> Ids:
    """(T, B): one column a sequence, the filler after its end."""
    table = np.full((max(map(len, sequences)), len(sequences)), filler, dtype=np.intp)
    for column, ids in enumerate(sequences):
        table[: len(ids), column] = ids
    return table


def _greedy(step: DecoderStep, state: Any, count: int, most: int) -> list[tuple[int, ...]]:
    written = greedy_decode(step, state, start=np.full(count, BEGIN), eos=END, max_length=most)
    return [hypothesis.tokens for hypothesis in written]
