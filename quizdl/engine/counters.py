"""Sizes and numbers of parameters, in plain Python: what an exam asks to be worked out by hand.

`n` is a width in pixels or units, `f` a filter's width, `s` a stride, `p` the padding on each side, `d` a dilation.
Every count raises ValueError where a size would not be positive.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence


def conv_output_size(n: int, f: int, s: int = 1, p: int = 0, d: int = 1) -> int:
    """Width after a convolution: ⌊(n + 2p − d(f − 1) − 1)/s⌋ + 1."""
    _require_positive(n=n, f=f, s=s, d=d)
    _require_not_negative(p=p)
    span = d * (f - 1) + 1
    if span > n + 2 * p:
        raise ValueError(f"the filter spans {span}, more than the padded input of {n} + 2*{p} = {n + 2 * p}")
    return (n + 2 * p - span) // s + 1


def conv_transpose_output_size(n: int, f: int, s: int = 1, p: int = 0, output_padding: int = 0, d: int = 1) -> int:
    """Width after a transposed convolution: (n − 1)s − 2p + d(f − 1) + output_padding + 1."""
    _require_positive(n=n, f=f, s=s, d=d)
    _require_not_negative(p=p, output_padding=output_padding)
    size = (n - 1) * s - 2 * p + d * (f - 1) + output_padding + 1
    if size <= 0:
        raise ValueError(f"the padding {p} cuts away everything: the output would be {size} wide")
    return size


def pool_output_size(n: int, f: int, s: int | None = None, p: int = 0, *, ceil_mode: bool = False) -> int:
    """Width after pooling; without `s` the windows do not overlap (s = f).

    With `ceil_mode` a last, incomplete window counts, unless it would start in the right padding.
    """
    s = f if s is None else s
    size = conv_output_size(n, f, s, p)
    begins_inside = size * s < n + p
    incomplete = (n + 2 * p - f) % s != 0
    return size + 1 if ceil_mode and incomplete and begins_inside else size


def receptive_field(layers: Sequence[tuple[int, int]]) -> int:
    """How many input pixels one output pixel sees, through layers of (filter width f, stride s), first layer first.

    r = 1 + Σ (f_l − 1)·Π of the strides before l.
    """
    field, jump = 1, 1
    for f, s in layers:
        _require_positive(f=f, s=s)
        field += (f - 1) * jump
        jump *= s
    return field


def dense_params(n_in: int, n_out: int, *, bias: bool = True) -> int:
    """Parameters of a fully connected (affine) layer: W (n_in, n_out) and b (n_out,)."""
    _require_positive(n_in=n_in, n_out=n_out)
    return n_in * n_out + bias * n_out


def embedding_params(vocab: int, dim: int) -> int:
    """Parameters of an embedding: one row of `dim` numbers for each word."""
    _require_positive(vocab=vocab, dim=dim)
    return vocab * dim


def conv_params(c_in: int, c_out: int, k: int, *, bias: bool = True, groups: int = 1) -> int:
    """Parameters of a convolution with k×k filters: c_out filters, each over c_in/groups channels."""
    _require_positive(c_in=c_in, c_out=c_out, k=k, groups=groups)
    if c_in % groups or c_out % groups:
        raise ValueError(f"{groups} groups divide neither evenly: {c_in} channels in, {c_out} out")
    return c_out * (c_in // groups) * k * k + bias * c_out


def rnn_params(n_in: int, n_hidden: int, *, biases: int = 1) -> int:
    """Parameters of a simple RNN layer: W (n_in, H), U (H, H) and one bias, or two as in PyTorch."""
    _require_positive(n_in=n_in, n_hidden=n_hidden)
    _require_not_negative(biases=biases)
    return n_in * n_hidden + n_hidden * n_hidden + biases * n_hidden


def lstm_params(n_in: int, n_hidden: int, *, biases: int = 1, peephole: bool = False) -> int:
    """Parameters of an LSTM layer: four times an RNN's; peepholes add a diagonal to i, f and o."""
    return 4 * rnn_params(n_in, n_hidden, biases=biases) + 3 * n_hidden * peephole


def gru_params(n_in: int, n_hidden: int, *, biases: int = 1, reset_after: bool = False) -> int:
    """Parameters of a GRU layer: three times an RNN's; resetting after the product needs the second bias."""
    return 3 * rnn_params(n_in, n_hidden, biases=2 if reset_after else biases)


def bidirectional_params(one_direction: int) -> int:
    """Parameters of a layer that reads both ways: each direction has its own."""
    _require_positive(one_direction=one_direction)
    return 2 * one_direction


def _require_positive(**sizes: int) -> None:
    for name, size in sizes.items():
        if size <= 0:
            raise ValueError(f"{name} must be positive, not {size}")


def _require_not_negative(**sizes: int) -> None:
    for name, size in sizes.items():
        if size < 0:
            raise ValueError(f"{name} must not be negative, not {size}")


COUNTERS: dict[str, Callable[..., int]] = {
    "conv_output_size": conv_output_size,
    "conv_transpose_output_size": conv_transpose_output_size,
    "pool_output_size": pool_output_size,
    "dense_params": dense_params,
    "embedding_params": embedding_params,
    "conv_params": conv_params,
    "rnn_params": rnn_params,
    "rnn_params_two_biases": lambda n_in, n_hidden: rnn_params(n_in, n_hidden, biases=2),
    "lstm_params": lstm_params,
    "lstm_params_two_biases": lambda n_in, n_hidden: lstm_params(n_in, n_hidden, biases=2),
    "peephole_lstm_params": lambda n_in, n_hidden: lstm_params(n_in, n_hidden, peephole=True),
    "gru_params": gru_params,
    "gru_params_two_biases": lambda n_in, n_hidden: gru_params(n_in, n_hidden, biases=2),
    "gru_params_reset_after": lambda n_in, n_hidden: gru_params(n_in, n_hidden, reset_after=True),
    "bidirectional_params": bidirectional_params,
    "bidirectional_rnn_params": lambda n_in, n_hidden: 2 * rnn_params(n_in, n_hidden),
    "bidirectional_lstm_params": lambda n_in, n_hidden: 2 * lstm_params(n_in, n_hidden),
    "bidirectional_gru_params": lambda n_in, n_hidden: 2 * gru_params(n_in, n_hidden),
}
"""What a formula of the bank may call, with whole numbers and by position only."""
