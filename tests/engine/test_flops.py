"""Arithmetic of layers: the formulas against numbers that count what is done with them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from quizdl.engine import flops
from quizdl.engine.errors import RangeError, ShapeError
from quizdl.engine.sizes import conv_output_size, conv_transpose_output_size, pool_output_size

TALLY = SimpleNamespace(operations=0, activations=0, macs=0)


class Number:
    """A number of which only the operations matter."""

    def _count(self, _: Any = None) -> Number:
        TALLY.operations += 1
        return self

    __add__ = __sub__ = __rsub__ = __mul__ = __truediv__ = _count


N = Number()


def activated(x: Number) -> Number:
    """σ, tanh, exp or a root."""
    TALLY.activations += 1
    return x


def add_products(total: Number, left: list[Number], right: list[Number]) -> Number:
    """One multiply-accumulate after the other."""
    for a, b in zip(left, right, strict=True):
        total = total + a * b
        TALLY.macs += 1
    return total


def numbers(n: int) -> list[Number]:
    return [N] * n


@contextmanager
def counting() -> Iterator[SimpleNamespace]:
    """What is counted inside; every activation is an operation."""
    TALLY.operations = TALLY.activations = TALLY.macs = 0
    found = SimpleNamespace()
    yield found
    found.macs, found.flops, found.activations = TALLY.macs, TALLY.operations + TALLY.activations, TALLY.activations


def dense(n_in: int, n_out: int, rows: int, bias: bool) -> None:
    for _ in range(rows * n_out):
        total = add_products(N, numbers(n_in), numbers(n_in))
        if bias:
            total + N


small, few = st.integers(1, 4), st.integers(1, 2)


@given(small, small, small, st.booleans())
def test_a_dense_layers_arithmetic(n_in: int, n_out: int, rows: int, bias: bool) -> None:
    """rows·n_in·n_out products, as many additions, and the biases."""
    with counting() as found:
        dense(n_in, n_out, rows, bias)
    assert flops.dense_macs(n_in, n_out, rows) == found.macs
    assert flops.dense_flops(n_in, n_out, rows, bias=bias) == found.flops


@settings(max_examples=60, deadline=None)
@given(
    *[st.integers(1, 5)] * 2,
    *[st.integers(1, 2)] * 3,
    st.integers(1, 3),
    small,
    st.integers(0, 2),
    small,
    st.booleans(),
)
def test_a_convolutions_arithmetic(
    h: int, w: int, ins: int, outs: int, groups: int, k: int, s: int, p: int, d: int, bias: bool
) -> None:
    """Every place where the dilated filter fits into the padded input, for every output channel of every group."""
    span = d * (k - 1) + 1
    assume(span <= min(h, w) + 2 * p)
    c_in, c_out = ins * groups, outs * groups
    with counting() as found:
        for _y in range(0, h + 2 * p - span + 1, s):
            for _x in range(0, w + 2 * p - span + 1, s):
                dense(ins * k * k, c_out, 1, bias)
    assert flops.conv_macs(h, w, c_in, c_out, k, s, p, d, groups) == found.macs
    assert flops.conv_flops(h, w, c_in, c_out, k, s, p, d, groups, bias=bias) == found.flops


@settings(max_examples=60, deadline=None)
@given(
    *[st.integers(1, 3)] * 2,
    *[st.integers(1, 2)] * 3,
    st.integers(1, 3),
    small,
    st.integers(0, 1),
    small,
    st.booleans(),
)
def test_a_transposed_convolutions_arithmetic(
    h: int, w: int, ins: int, outs: int, groups: int, k: int, s: int, p: int, d: int, bias: bool
) -> None:
    """Every input pixel is spread over a whole filter; then the border is cut away and the biases are added."""
    height, width = ((n - 1) * s + d * (k - 1) + 1 for n in (h, w))
    assume(min(height, width) > 2 * p)
    c_in, c_out = ins * groups, outs * groups
    with counting() as found:
        for _pixel in range(h * w * c_in):
            add_products(N, numbers(outs * k * k), numbers(outs * k * k))
        for _pixel in range((height - 2 * p) * (width - 2 * p) * c_out):
            bias and N + N
    assert flops.conv_transpose_macs(h, w, c_in, c_out, k, groups) == found.macs
    assert flops.conv_transpose_flops(h, w, c_in, c_out, k, s, p, 0, d, groups, bias=bias) == found.flops


def test_separating_a_convolution_saves_what_mobilenet_says() -> None:
    """1/c_out + 1/k² of the products."""
    h, w, c_in, c_out, k = 14, 14, 32, 64, 3
    separated = flops.depthwise_separable_macs(h, w, c_in, c_out, k, 1, 1)
    assert separated == h * w * c_in * (k * k + c_out)
    assert separated / flops.conv_macs(h, w, c_in, c_out, k, 1, 1) == pytest.approx(1 / c_out + 1 / k**2)
    assert flops.depthwise_separable_macs(h, w, c_in, c_out, k, 2, 1) == separated // 4


@given(*[st.integers(1, 6)] * 2, small, st.integers(1, 3), small, st.integers(0, 1), st.booleans())
def test_poolings_arithmetic(h: int, w: int, c: int, k: int, s: int, p: int, ceil_mode: bool) -> None:
    """A maximum of k² is k² − 1 comparisons, their mean k² − 1 additions and a division."""
    assume(k <= min(h, w) + 2 * p)
    windows = math.prod(pool_output_size(n, k, s, p, ceil_mode=ceil_mode) for n in (h, w)) * c
    assert flops.max_pool_flops(h, w, c, k, s, p, ceil_mode=ceil_mode) == sum(k * k - 1 for _ in range(windows))
    with counting() as found:
        for _ in range(windows):
            total = N
            for x in numbers(k * k - 1):
                total = total + x
            total / N
    assert flops.average_pool_flops(h, w, c, k, s, p, ceil_mode=ceil_mode) == found.flops


def biased(total: Number, biases: int) -> Number:
    for _ in range(biases):
        total = total + N
    return total


def gate(n_in: int, n_hidden: int, biases: int, peephole: bool = False) -> Number:
    """What flows into one unit of one gate."""
    width = n_in + n_hidden + peephole
    return biased(add_products(N, numbers(width), numbers(width)), biases)


@given(small, small, small, st.integers(0, 2))
def test_an_rnns_arithmetic(n_in: int, n_hidden: int, steps: int, biases: int) -> None:
    """tanh(xW + hU + b) of every unit at every step."""
    with counting() as found:
        for _ in range(steps * n_hidden):
            activated(gate(n_in, n_hidden, biases))
    assert flops.rnn_macs(n_in, n_hidden, steps) == found.macs
    assert flops.rnn_flops(n_in, n_hidden, steps, biases=biases) == found.flops
    dearer = flops.rnn_flops(n_in, n_hidden, steps, biases=biases, activation=10)
    assert dearer == found.flops + 9 * found.activations


@given(small, small, small, st.integers(0, 2), st.booleans())
def test_an_lstms_arithmetic(n_in: int, n_hidden: int, steps: int, biases: int, peephole: bool) -> None:
    """Four gates, c' = f ⊙ c + i ⊙ g and h' = o ⊙ tanh(c') of every unit at every step."""
    with counting() as found:
        for _ in range(steps * n_hidden):
            i, f, o = (activated(gate(n_in, n_hidden, biases, peephole)) for _ in range(3))
            g = activated(gate(n_in, n_hidden, biases))
            c = f * N + i * g
            o * activated(c)
    assert flops.lstm_macs(n_in, n_hidden, steps, peephole=peephole) == found.macs
    assert flops.lstm_flops(n_in, n_hidden, steps, biases=biases, peephole=peephole) == found.flops
    dearer = flops.lstm_flops(n_in, n_hidden, steps, biases=biases, peephole=peephole, activation=3)
    assert dearer == found.flops + 2 * found.activations


@given(small, small, small, st.integers(0, 2), st.booleans())
def test_a_grus_arithmetic(n_in: int, n_hidden: int, steps: int, biases: int, reset_after: bool) -> None:
    """Both places to reset: before the product, all r ⊙ h once; after it, a sum of its own with its own bias."""
    biases = 2 if reset_after else biases
    with counting() as found:
        for _ in range(steps * n_hidden):
            r, z = (activated(gate(n_in, n_hidden, biases)) for _ in range(2))
            if reset_after:
                n = biased(add_products(N, numbers(n_in), numbers(n_in)), 1)
                n = n + r * biased(add_products(N, numbers(n_hidden), numbers(n_hidden)), 1)
            else:
                r * N  # of this unit; the products below are with all units'
                n = gate(n_in, n_hidden, biases)
            n = activated(n)
            (1 - z) * N + z * n
    assert flops.gru_macs(n_in, n_hidden, steps) == found.macs
    assert flops.gru_flops(n_in, n_hidden, steps, biases=biases, reset_after=reset_after) == found.flops
    dearer = flops.gru_flops(n_in, n_hidden, steps, biases=biases, reset_after=reset_after, activation=2)
    assert dearer == found.flops + found.activations


def attend(queries: int, keys: int, d: int, e: int) -> None:
    for _ in range(queries):
        scores = [add_products(N, numbers(d), numbers(d)) * N for _ in range(keys)]
        exps = [activated(score) for score in scores]
        total = exps[0]
        for one in exps[1:]:
            total = total + one
        alpha = [one / total for one in exps]
        for _ in range(e):
            add_products(N, alpha, numbers(keys))


@given(small, small, small, small)
def test_attentions_arithmetic(queries: int, keys: int, d: int, e: int) -> None:
    """Scores, scaling, softmax, and the weighted sum of the values."""
    with counting() as found:
        attend(queries, keys, d, e)
    assert flops.attention_macs(queries, keys, d, e) == found.macs
    assert flops.attention_flops(queries, keys, d, e) == found.flops
    assert flops.attention_flops(queries, keys, d, e, activation=5) == found.flops + 4 * found.activations
    assert flops.attention_macs(queries, keys, d) == flops.attention_macs(queries, keys, d, d)


@given(small, small, st.integers(1, 3), st.integers(1, 2), st.booleans())
def test_multi_head_attentions_arithmetic(queries: int, keys: int, heads: int, width: int, bias: bool) -> None:
    """Four projections, and each head attending in its own width."""
    d_model = heads * width
    with counting() as found:
        for rows in (queries, keys, keys, queries):
            dense(d_model, d_model, rows, bias)
        for _ in range(heads):
            attend(queries, keys, width, width)
    assert flops.multi_head_attention_macs(queries, d_model, heads, keys) == found.macs
    assert flops.multi_head_attention_flops(queries, d_model, heads, keys, bias=bias) == found.flops
    own = flops.multi_head_attention_macs(queries, d_model, heads, queries)
    assert flops.multi_head_attention_macs(queries, d_model, heads) == own


@given(small, small)
def test_batch_normalisations_arithmetic(entries: int, channels: int) -> None:
    """In training, at test time, and folded into a product and a sum."""

    def normalised(gaps: list[Number], var: Number) -> None:
        std = activated(var + N)
        for gap in gaps:
            (gap / std) * N + N

    with counting() as training:
        for _ in range(channels):
            mean = biased(N, entries - 1) / N
            gaps = [x - mean for x in numbers(entries)]
            squares = [gap * gap for gap in gaps]
            var = biased(squares[0], entries - 1) / N
            normalised(gaps, var)
    with counting() as inference:
        for _ in range(channels):
            normalised([x - N for x in numbers(entries)], N)
    with counting() as folded:
        for _ in range(channels * entries):
            N * N + N
    assert flops.batch_norm_flops(entries, channels) == training.flops
    assert flops.batch_norm_flops(entries, channels, "inference") == inference.flops
    assert flops.batch_norm_flops(entries, channels, "folded") == folded.flops
    assert flops.batch_norm_flops(entries, channels, activation=4) == training.flops + 3 * channels


def test_what_is_not_said() -> None:
    """One row, one step, stride 1, no padding, no dilation, one group; one bias; floor; σ and tanh cost 1."""
    assert flops.dense_macs(3, 5) == 15
    assert flops.dense_flops(3, 5) == 35
    assert flops.conv_flops(5, 6, 2, 3, 3) == flops.conv_flops(5, 6, 2, 3, 3, 1, 0, 1, 1, bias=True)
    assert flops.depthwise_separable_macs(5, 6, 2, 3, 3) == 3 * 4 * 2 * (9 + 3)
    assert flops.conv_transpose_flops(5, 6, 2, 3, 3) == 2 * 30 * 2 * 3 * 9 + 7 * 8 * 3
    assert flops.max_pool_flops(5, 5, 1, 2) == 4 * 3
    assert flops.average_pool_flops(5, 5, 1, 2) == 4 * 4
    assert flops.rnn_flops(3, 5) == 2 * 40 + 2 * 5
    assert flops.lstm_flops(3, 5) == 2 * 160 + (4 + 5 + 4) * 5
    assert flops.gru_flops(3, 5) == 2 * 120 + (3 + 3 + 5) * 5


def test_well_known_networks() -> None:
    """AlexNet's first layer: 105 million products; VGG's first: 87 million; a BERT layer's attention at 512 words."""
    assert flops.conv_macs(227, 227, 3, 96, 11, 4) == 105_415_200
    assert flops.conv_macs(224, 224, 3, 64, 3, 1, 1) == 86_704_128
    assert flops.multi_head_attention_macs(512, 768, 12) == 4 * 512 * 768**2 + 2 * 512**2 * 768


def test_pytorch_counts_the_same_products() -> None:
    """PyTorch's own counter says 2 for each multiply-accumulate of matrices, convolutions and attention."""
    torch = pytest.importorskip("torch", reason="PyTorch is the oracle here: pip install 'quizdl[oracles]'")
    from torch.utils.flop_counter import FlopCounterMode

    def theirs(layer: Any, *inputs: Any) -> int:
        counter = FlopCounterMode(display=False)
        with counter:
            layer(*inputs)
        total: int = counter.get_total_flops()
        return total

    nn, zeros = torch.nn, torch.zeros
    assert theirs(nn.Linear(5, 7, bias=False), zeros(3, 5)) == 2 * flops.dense_macs(5, 7, 3)
    conv = nn.Conv2d(4, 6, 3, stride=2, padding=1, dilation=2, groups=2)
    assert theirs(conv, zeros(1, 4, 11, 9)) == 2 * flops.conv_macs(11, 9, 4, 6, 3, 2, 1, 2, 2)
    spread = nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1)
    assert theirs(spread, zeros(1, 4, 5, 7)) == 2 * flops.conv_transpose_macs(5, 7, 4, 6, 3)
    attended = theirs(lambda q, k, v: q @ k.mT @ v, zeros(2, 5, 4), zeros(2, 3, 4), zeros(2, 3, 4))
    assert attended == 2 * 2 * flops.attention_macs(5, 3, 4)


def test_sizes_are_those_of_the_outputs() -> None:
    """One product a pixel: the count is the number of output pixels."""
    assert flops.conv_macs(9, 7, 1, 1, 1, 2) == conv_output_size(9, 1, 2) * conv_output_size(7, 1, 2)
    with_bias, without = (flops.conv_transpose_flops(3, 4, 1, 1, 3, 2, 1, 1, 2, bias=bias) for bias in (True, False))
    outputs = conv_transpose_output_size(3, 3, 2, 1, 1, 2) * conv_transpose_output_size(4, 3, 2, 1, 1, 2)
    assert with_bias - without == outputs


MISUSES = [
    (lambda: flops.dense_macs(0, 1), ShapeError, "n_in"),
    (lambda: flops.conv_macs(2, 2, 1, 1, 3), ShapeError, "f"),
    (lambda: flops.conv_macs(5, 5, 3, 4, 3, groups=2), RangeError, "groups"),
    (lambda: flops.conv_transpose_macs(5, 5, 3, 4, 0), ShapeError, "k"),
    (lambda: flops.max_pool_flops(4, 4, 0, 2), ShapeError, "c"),
    (lambda: flops.rnn_flops(2, 2, biases=-1), RangeError, "biases"),
    (lambda: flops.gru_macs(2, 2, 0), ShapeError, "steps"),
    (lambda: flops.attention_macs(2, 2, 0), ShapeError, "d"),
    (lambda: flops.multi_head_attention_macs(2, 6, 4), RangeError, "heads"),
    (lambda: flops.batch_norm_flops(2, 2, "test"), RangeError, "mode"),
]


@pytest.mark.parametrize(("call", "error", "argument"), MISUSES)
def test_a_misuse_names_its_argument(call: Any, error: type[Exception], argument: str) -> None:
    """In both languages."""
    with pytest.raises(error) as caught:
        call()
    assert caught.value.argument == argument
    assert caught.value.ja.startswith(f"{argument}: ")
