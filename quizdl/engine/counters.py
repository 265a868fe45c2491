"""Numbers of parameters, in plain Python, and all that a formula of the bank may count with.

Widths of outputs are in `sizes.py`, arithmetic in `flops.py`; the errors are those of `sizes.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from quizdl.engine import flops
from quizdl.engine.errors import RangeError
from quizdl.engine.sizes import conv_output_size as conv_output_size
from quizdl.engine.sizes import conv_transpose_output_size as conv_transpose_output_size
from quizdl.engine.sizes import head_width, need_at_least, need_groups, need_sizes
from quizdl.engine.sizes import pool_output_size as pool_output_size
from quizdl.engine.sizes import receptive_field as receptive_field


def dense_params(n_in: int, n_out: int, *, bias: bool = True) -> int:
    """Parameters of a fully connected (affine) layer: W (n_in, n_out) and b (n_out,)."""
    need_sizes(n_in=n_in, n_out=n_out)
    return n_in * n_out + bias * n_out


def embedding_params(vocab: int, dim: int) -> int:
    """Parameters of an embedding: one row of `dim` numbers for each word."""
    need_sizes(vocab=vocab, dim=dim)
    return vocab * dim


def conv_params(c_in: int, c_out: int, k: int, *, bias: bool = True, groups: int = 1) -> int:
    """Parameters of a convolution with k×k filters: c_out filters, each over c_in/groups channels."""
    need_sizes(c_in=c_in, c_out=c_out, k=k)
    need_groups(groups, c_in, c_out)
    return c_out * (c_in // groups) * k * k + bias * c_out


def conv_transpose_params(c_in: int, c_out: int, k: int, *, bias: bool = True, groups: int = 1) -> int:
    """Parameters of a transposed convolution: each input channel spreads over c_out/groups channels."""
    need_sizes(c_in=c_in, c_out=c_out, k=k)
    need_groups(groups, c_in, c_out)
    return c_in * (c_out // groups) * k * k + bias * c_out


def depthwise_separable_params(c_in: int, c_out: int, k: int, *, biases: int = 2, multiplier: int = 1) -> int:
    """Parameters of a k×k filter for each channel, then a 1×1 convolution over all (Howard et al. 2017, §3.1).

    biases: 2 for both layers (two layers in PyTorch), 1 for the second alone (Keras' SeparableConv2D), or 0.
    multiplier: how many filters a channel has.
    """
    need_sizes(c_in=c_in)
    need_at_least(1, multiplier=multiplier)
    if biases not in (0, 1, 2):
        raise RangeError("biases", f"0、1、2 のどれかが必要ですが、{biases} です", f"must be 0, 1 or 2, not {biases}")
    middle = c_in * multiplier
    depthwise = conv_params(c_in, middle, k, bias=biases == 2, groups=c_in)
    return depthwise + conv_params(middle, c_out, 1, bias=biases >= 1)


def batch_norm_params(channels: int, *, running: bool = False) -> int:
    """Parameters of batch normalisation: γ and β for each channel; `running` counts the kept means and variances too.

    Those two are no parameters, since nothing trains them, but Keras lists them among its (non-trainable) ones.
    """
    need_sizes(channels=channels)
    return channels * (4 if running else 2)


def layer_norm_params(width: int, *, bias: bool = True) -> int:
    """Parameters of layer normalisation: γ, and β unless there is no bias, for each of `width` numbers."""
    need_sizes(width=width)
    return width * (1 + bias)


def multi_head_attention_params(d_model: int, heads: int = 1, *, bias: bool = True, d_head: int | None = None) -> int:
    """Parameters of W_Q, W_K, W_V (d_model, heads·d_head) and W_O back, each with its bias or without.

    d_head: d_model/heads unless it is given, and then the number of heads makes no difference (Vaswani et al. 2017,
    §3.2.2).
    """
    inner = heads * (head_width(d_model, heads) if d_head is None else d_head)
    return 3 * dense_params(d_model, inner, bias=bias) + dense_params(inner, d_model, bias=bias)


def rnn_params(n_in: int, n_hidden: int, *, biases: int = 1) -> int:
    """Parameters of a simple RNN layer: W (n_in, H), U (H, H) and one bias, or two as in PyTorch."""
    need_sizes(n_in=n_in, n_hidden=n_hidden)
    need_at_least(0, biases=biases)
    return n_in * n_hidden + n_hidden * n_hidden + biases * n_hidden


def lstm_params(n_in: int, n_hidden: int, *, biases: int = 1, peephole: bool = False) -> int:
    """Parameters of an LSTM layer: four times an RNN's; peepholes add a diagonal to i, f and o."""
    return 4 * rnn_params(n_in, n_hidden, biases=biases) + 3 * n_hidden * peephole


def gru_params(n_in: int, n_hidden: int, *, biases: int = 1, reset_after: bool = False) -> int:
    """Parameters of a GRU layer: three times an RNN's; resetting after the product needs the second bias."""
    return 3 * rnn_params(n_in, n_hidden, biases=2 if reset_after else biases)


def bidirectional_params(one_direction: int) -> int:
    """Parameters of a layer that reads both ways: each direction has its own."""
    need_sizes(one_direction=one_direction)
    return 2 * one_direction


def stacked_params(
    one_layer: Callable[[int, int], int], n_in: int, n_hidden: int, layers: int, *, bidirectional: bool = False
) -> int:
    """Parameters of layers of n_hidden units, one reading the other; one_layer(n_in, n_hidden): those of one.

    From the second on a layer reads n_hidden numbers, or both directions' 2·n_hidden: stacked_params(lstm_params, 10,
    20, 2). Conventions of the cell come with it: partial(lstm_params, biases=2).
    """
    need_at_least(1, layers=layers)
    directions = 2 if bidirectional else 1
    above = (layers - 1) * one_layer(directions * n_hidden, n_hidden)
    return directions * (one_layer(n_in, n_hidden) + above)


def _of_each_cell() -> dict[str, Callable[..., int]]:
    """rnn_params, gru_params_two_biases, bidirectional_stacked_lstm_params, …, for whole numbers by position."""
    cells: dict[str, Callable[..., int]] = {"rnn": rnn_params, "lstm": lstm_params, "gru": gru_params}
    counters: dict[str, Callable[..., int]] = {}
    for name, cell in cells.items():
        for ending, one in (("", cell), ("_two_biases", partial(cell, biases=2))):
            counters[f"{name}_params{ending}"] = one
            counters[f"bidirectional_{name}_params{ending}"] = _both_ways(one)
            counters[f"stacked_{name}_params{ending}"] = partial(stacked_params, one)
            counters[f"bidirectional_stacked_{name}_params{ending}"] = partial(stacked_params, one, bidirectional=True)
    return counters


def _both_ways(one: Callable[..., int]) -> Callable[..., int]:
    return lambda n_in, n_hidden: bidirectional_params(one(n_in, n_hidden))


COUNTERS: dict[str, Callable[..., int]] = {
    "conv_output_size": conv_output_size,
    "conv_transpose_output_size": conv_transpose_output_size,
    "pool_output_size": pool_output_size,
    "pool_output_size_ceil": lambda n, f, s, p=0: pool_output_size(n, f, s, p, ceil_mode=True),
    "dense_params": dense_params,
    "dense_params_no_bias": lambda n_in, n_out: dense_params(n_in, n_out, bias=False),
    "embedding_params": embedding_params,
    "conv_params": conv_params,
    "conv_params_no_bias": lambda c_in, c_out, k: conv_params(c_in, c_out, k, bias=False),
    "conv_transpose_params": conv_transpose_params,
    "depthwise_separable_params": depthwise_separable_params,
    "depthwise_separable_params_no_bias": lambda c_in, c_out, k: depthwise_separable_params(c_in, c_out, k, biases=0),
    "batch_norm_params": batch_norm_params,
    "layer_norm_params": layer_norm_params,
    "multi_head_attention_params": multi_head_attention_params,
    "multi_head_attention_params_no_bias": lambda d_model: multi_head_attention_params(d_model, bias=False),
    **_of_each_cell(),
    "peephole_lstm_params": lambda n_in, n_hidden: lstm_params(n_in, n_hidden, peephole=True),
    "gru_params_reset_after": lambda n_in, n_hidden: gru_params(n_in, n_hidden, reset_after=True),
    "bidirectional_params": bidirectional_params,
    "dense_macs": flops.dense_macs,
    "dense_flops": flops.dense_flops,
    "conv_macs": flops.conv_macs,
    "conv_flops": flops.conv_flops,
    "depthwise_separable_macs": flops.depthwise_separable_macs,
    "conv_transpose_macs": flops.conv_transpose_macs,
    "max_pool_flops": flops.max_pool_flops,
    "average_pool_flops": flops.average_pool_flops,
    "rnn_macs": flops.rnn_macs,
    "lstm_macs": flops.lstm_macs,
    "gru_macs": flops.gru_macs,
    "attention_macs": flops.attention_macs,
    "multi_head_attention_macs": flops.multi_head_attention_macs,
}
"""What a formula of the bank may call, with whole numbers and by position only."""
