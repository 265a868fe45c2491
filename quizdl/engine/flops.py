"""How much arithmetic a layer is, in plain Python, for one sample: a batch of N costs N times as much.

`*_macs` counts multiply-accumulates, the products of a weight (or, in attention, of two activations) that go into a
sum. `*_flops` counts every single operation: 2 for a multiply-accumulate, 1 for adding a bias and for each other
addition, product, division or comparison, and `activation` for each σ, tanh, exp or root (1 unless it is given).
Sums begin at 0, so that n products make n additions. Padding is multiplied like any other pixel.

h, w: height and width of the input; n_in, n_hidden, c_in, c_out: units and channels; k, s, p, d: a square filter's
width, stride, padding and dilation. Errors are those of `sizes.py`.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from quizdl.engine.errors import RangeError
from quizdl.engine.sizes import (
    conv_output_size,
    conv_transpose_output_size,
    head_width,
    need_at_least,
    need_groups,
    need_sizes,
    pool_output_size,
)

BatchNormMode: TypeAlias = Literal["training", "inference", "folded"]


def dense_macs(n_in: int, n_out: int, rows: int = 1) -> int:
    """rows·n_in·n_out."""
    need_sizes(n_in=n_in, n_out=n_out, rows=rows)
    return rows * n_in * n_out


def dense_flops(n_in: int, n_out: int, rows: int = 1, *, bias: bool = True) -> int:
    """2 for each multiply-accumulate, 1 for each bias."""
    return 2 * dense_macs(n_in, n_out, rows) + bias * rows * n_out


def conv_macs(
    h: int, w: int, c_in: int, c_out: int, k: int, s: int = 1, p: int = 0, d: int = 1, groups: int = 1
) -> int:
    """H'·W'·c_out·(c_in/groups)·k²."""
    need_groups(groups, c_in, c_out)
    return conv_output_size(h, k, s, p, d) * conv_output_size(w, k, s, p, d) * c_out * (c_in // groups) * k * k


def conv_flops(
    h: int,
    w: int,
    c_in: int,
    c_out: int,
    k: int,
    s: int = 1,
    p: int = 0,
    d: int = 1,
    groups: int = 1,
    *,
    bias: bool = True,
) -> int:
    """2 for each multiply-accumulate, 1 for each bias, of which each output has one."""
    pixels = conv_output_size(h, k, s, p, d) * conv_output_size(w, k, s, p, d)
    return 2 * conv_macs(h, w, c_in, c_out, k, s, p, d, groups) + bias * pixels * c_out


def depthwise_separable_macs(h: int, w: int, c_in: int, c_out: int, k: int, s: int = 1, p: int = 0) -> int:
    """H'·W'·c_in·(k² + c_out): 1/c_out + 1/k² of the full convolution (Howard et al. 2017, §3.1)."""
    depthwise = conv_macs(h, w, c_in, c_in, k, s, p, groups=c_in)
    return depthwise + conv_macs(conv_output_size(h, k, s, p), conv_output_size(w, k, s, p), c_in, c_out, 1)


def conv_transpose_macs(h: int, w: int, c_in: int, c_out: int, k: int, groups: int = 1) -> int:
    """h·w·c_in·(c_out/groups)·k²: each input pixel times each weight, also where padding then cuts the product away."""
    need_sizes(h=h, w=w, k=k)
    need_groups(groups, c_in, c_out)
    return h * w * c_in * (c_out // groups) * k * k


def conv_transpose_flops(
    h: int,
    w: int,
    c_in: int,
    c_out: int,
    k: int,
    s: int = 1,
    p: int = 0,
    output_padding: int = 0,
    d: int = 1,
    groups: int = 1,
    *,
    bias: bool = True,
) -> int:
    """2 for each multiply-accumulate, 1 for each bias, of which each output has one."""
    height, width = (conv_transpose_output_size(n, k, s, p, output_padding, d) for n in (h, w))
    return 2 * conv_transpose_macs(h, w, c_in, c_out, k, groups) + bias * height * width * c_out


def max_pool_flops(h: int, w: int, c: int, k: int, s: int | None = None, p: int = 0, *, ceil_mode: bool = False) -> int:
    """H'·W'·c·(k² − 1) comparisons; windows at the edge count in full."""
    return _pooled(h, w, c, k, s, p, ceil_mode) * (k * k - 1)


def average_pool_flops(
    h: int, w: int, c: int, k: int, s: int | None = None, p: int = 0, *, ceil_mode: bool = False
) -> int:
    """H'·W'·c·k²: k² − 1 additions and a division; windows at the edge count in full."""
    return _pooled(h, w, c, k, s, p, ceil_mode) * k * k


def batch_norm_flops(entries: int, channels: int, mode: BatchNormMode = "training", *, activation: int = 1) -> int:
    """For channels of `entries` = N·H·W numbers each.

    training: mean (entries), differences (entries), variance (2·entries), + eps and root, quotients, γ· and + β
    (3·entries). inference: the mean and variance are known. folded: all four numbers of a channel made two, a
    multiply-accumulate an entry.
    """
    need_sizes(entries=entries, channels=channels)
    each = {"training": 7, "inference": 4, "folded": 2}
    if mode not in each:
        raise RangeError(
            "mode",
            f"training, inference, folded のどれかが必要ですが、{mode} です",
            f"expected training, inference or folded, found {mode}",
        )
    return channels * (each[mode] * entries + (0 if mode == "folded" else 1 + activation))


def rnn_macs(n_in: int, n_hidden: int, steps: int = 1) -> int:
    """H·(n_in + H) a step."""
    need_sizes(n_in=n_in, n_hidden=n_hidden, steps=steps)
    return steps * n_hidden * (n_in + n_hidden)


def rnn_flops(n_in: int, n_hidden: int, steps: int = 1, *, biases: int = 1, activation: int = 1) -> int:
    """2 for each multiply-accumulate; each unit adds its biases (two in PyTorch) and is activated."""
    need_at_least(0, biases=biases, activation=activation)
    return 2 * rnn_macs(n_in, n_hidden, steps) + steps * n_hidden * (biases + activation)


def lstm_macs(n_in: int, n_hidden: int, steps: int = 1, *, peephole: bool = False) -> int:
    """4H·(n_in + H) a step; peepholes add 3H."""
    return 4 * rnn_macs(n_in, n_hidden, steps) + steps * 3 * n_hidden * peephole


def lstm_flops(
    n_in: int, n_hidden: int, steps: int = 1, *, biases: int = 1, peephole: bool = False, activation: int = 1
) -> int:
    """2 for each multiply-accumulate; a unit has 4 gates with their biases, 5 activations, and 4 operations besides.

    Those are f ⊙ c + i ⊙ g (three) and o ⊙ tanh(c) (one, with the fifth activation).
    """
    need_at_least(0, biases=biases, activation=activation)
    return 2 * lstm_macs(n_in, n_hidden, steps, peephole=peephole) + steps * n_hidden * (
        4 * biases + 5 * activation + 4
    )


def gru_macs(n_in: int, n_hidden: int, steps: int = 1) -> int:
    """3H·(n_in + H) a step, wherever it resets."""
    return 3 * rnn_macs(n_in, n_hidden, steps)


def gru_flops(
    n_in: int, n_hidden: int, steps: int = 1, *, biases: int = 1, reset_after: bool = False, activation: int = 1
) -> int:
    """2 for each multiply-accumulate; a unit has 3 gates with their biases and activations, and 5 operations besides.

    Those are r ⊙ … (one) and (1 − z) ⊙ h + z ⊙ n (four). Resetting after the product needs the second bias, and one
    addition more, since that product is summed apart: n = tanh((xW + b) + r ⊙ (hU + b_h)).
    """
    need_at_least(0, biases=biases, activation=activation)
    biases = 2 if reset_after else biases
    besides = 5 + reset_after
    return 2 * gru_macs(n_in, n_hidden, steps) + steps * n_hidden * (3 * (biases + activation) + besides)


def attention_macs(queries: int, keys: int, d: int, e: int | None = None) -> int:
    """Q Kᵀ and αV: queries·keys·(d + e); keys are d wide, values e (d unless it is given)."""
    e = d if e is None else e
    need_sizes(queries=queries, keys=keys, d=d, e=e)
    return queries * keys * (d + e)


def attention_flops(queries: int, keys: int, d: int, e: int | None = None, *, activation: int = 1) -> int:
    """2 for each multiply-accumulate, and softmax(scores/√d): the scaling, exp, the sum (keys − 1), the quotients."""
    softmax = queries * (keys * (2 + activation) + keys - 1)
    return 2 * attention_macs(queries, keys, d, e) + softmax


def multi_head_attention_macs(queries: int, d_model: int, heads: int = 1, keys: int | None = None) -> int:
    """2·queries·d² + 2·keys·d² for the four projections, 2·queries·keys·d for the attention of all heads together.

    keys: as many as queries unless it is given (self-attention).
    """
    keys = queries if keys is None else keys
    d_head = head_width(d_model, heads)
    projections = 2 * dense_macs(d_model, d_model, queries) + 2 * dense_macs(d_model, d_model, keys)
    return projections + heads * attention_macs(queries, keys, d_head)


def multi_head_attention_flops(
    queries: int, d_model: int, heads: int = 1, keys: int | None = None, *, bias: bool = True, activation: int = 1
) -> int:
    """The four projections, each with its bias or without, and the attention of each head."""
    keys = queries if keys is None else keys
    d_head = head_width(d_model, heads)
    projections = [dense_flops(d_model, d_model, rows, bias=bias) for rows in (queries, keys, keys, queries)]
    return sum(projections) + heads * attention_flops(queries, keys, d_head, activation=activation)


def _pooled(h: int, w: int, c: int, k: int, s: int | None, p: int, ceil_mode: bool) -> int:
    need_sizes(c=c)
    height, width = (pool_output_size(n, k, s, p, ceil_mode=ceil_mode) for n in (h, w))
    return height * width * c
