"""Sizes and numbers of parameters: by hand, and against arrays of those sizes."""

from __future__ import annotations

import math
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from quizdl.engine import counters
from quizdl.engine.convolution import conv2d_forward
from quizdl.engine.counters import COUNTERS
from quizdl.engine.errors import DTypeError, RangeError, ShapeError
from quizdl.engine.pooling import max_pool2d_forward


def test_the_courses_own_convolution() -> None:
    """5×5, filter 3, stride 2, padding 1 → 3."""
    assert counters.conv_output_size(5, 3, 2, 1) == 3


@given(n=st.integers(1, 9), f=st.integers(1, 5), s=st.integers(1, 4), p=st.integers(0, 3))
def test_a_convolutions_size_is_that_of_the_array_it_gives(n: int, f: int, s: int, p: int) -> None:
    """The formula and the engine agree on every size that exists."""
    assume(f <= n + 2 * p)
    y, _ = conv2d_forward(np.zeros((1, 1, n, n)), np.zeros((1, 1, f, f)), np.zeros(1), s, p)
    assert y.shape == (1, 1, counters.conv_output_size(n, f, s, p), counters.conv_output_size(n, f, s, p))


@given(n=st.integers(1, 9), f=st.integers(1, 4), s=st.integers(1, 4))
def test_a_pools_size_is_that_of_the_array_it_gives(n: int, f: int, s: int) -> None:
    """The formula and the engine agree on every size that exists."""
    assume(f <= n)
    y, _ = max_pool2d_forward(np.zeros((1, 1, n, n)), f, s)
    assert y.shape[-1] == counters.pool_output_size(n, f, s)


@given(n=st.integers(1, 40), f=st.integers(1, 9), s=st.integers(1, 5), p=st.integers(0, 4), d=st.integers(1, 3))
def test_a_convolutions_size_counts_the_places_where_the_filter_fits(n: int, f: int, s: int, p: int, d: int) -> None:
    """The number of starts 0, s, 2s, … from which the dilated filter still ends inside the padded input."""
    span = d * (f - 1) + 1
    assume(span <= n + 2 * p)
    starts = [start for start in range(0, n + 2 * p, s) if start + span <= n + 2 * p]
    assert counters.conv_output_size(n, f, s, p, d) == len(starts)


@given(n=st.integers(1, 30), f=st.integers(1, 6), s=st.integers(1, 5), p=st.integers(0, 2), d=st.integers(1, 2))
def test_a_transposed_convolution_undoes_a_convolutions_size(n: int, f: int, s: int, p: int, d: int) -> None:
    """With the rest of the division as output padding, it gives the input's size back."""
    assume(d * (f - 1) + 1 <= n + 2 * p)
    small = counters.conv_output_size(n, f, s, p, d)
    rest = (n + 2 * p - d * (f - 1) - 1) % s
    assert counters.conv_transpose_output_size(small, f, s, p, rest, d) == n


@given(n=st.integers(1, 30), f=st.integers(1, 6), s=st.integers(1, 6), p=st.integers(0, 3))
def test_in_ceil_mode_a_last_window_counts_when_it_starts_inside(n: int, f: int, s: int, p: int) -> None:
    """The number of starts up to the first window that reaches the end, none of them in the right padding."""
    assume(f <= n + 2 * p)
    assume(p <= f // 2)
    starts, start = 1, 0
    while start + f < n + 2 * p and start + s < n + p:
        start += s
        starts += 1
    assert counters.pool_output_size(n, f, s, p, ceil_mode=True) == starts


@given(n=st.integers(1, 30), f=st.integers(1, 6), s=st.integers(1, 6), p=st.integers(0, 3), d=st.integers(1, 2))
def test_without_that_rule_ceil_mode_rounds_up(n: int, f: int, s: int, p: int, d: int) -> None:
    """⌈(n + 2p − span)/s⌉ + 1, which is PyTorch's number or, where the last window sees only padding, one more."""
    span = d * (f - 1) + 1
    assume(span <= n + 2 * p)
    plain = counters.pool_output_size(n, f, s, p, d=d, ceil_mode=True, starts_inside=False)
    assert plain == math.ceil((n + 2 * p - span) / s) + 1
    kept = counters.pool_output_size(n, f, s, p, d=d, ceil_mode=True)
    assert plain - kept == ((plain - 1) * s >= n + p and plain > counters.pool_output_size(n, f, s, p, d=d))


def test_ceil_and_floor_by_hand() -> None:
    """5 wide by 2: two windows and half a one. With padding 1 and stride 3 the third begins in the padding."""
    assert [counters.pool_output_size(5, 2, ceil_mode=ceil) for ceil in (False, True)] == [2, 3]
    assert COUNTERS["pool_output_size_ceil"](5, 2, 2) == 3
    sizes = [counters.pool_output_size(5, 2, 3, 1, ceil_mode=True, starts_inside=inside) for inside in (True, False)]
    assert sizes == [2, 3]


def test_filters_move_by_one_without_padding_unless_asked() -> None:
    """Stride 1, padding 0, no dilation: 7 wide under a filter of 3 is 5, and 5 spreads back to 7."""
    assert counters.conv_output_size(7, 3) == 5
    assert counters.conv_transpose_output_size(5, 3) == 7


def test_pooling_windows_do_not_overlap_unless_asked() -> None:
    """Without a stride it is the window's width."""
    assert counters.pool_output_size(28, 2) == 14


def test_parameter_counts_by_hand() -> None:
    """10 inputs, 20 units: the numbers PyTorch and Keras print."""
    assert counters.dense_params(10, 20) == 220
    assert counters.dense_params(10, 20, bias=False) == 200
    assert counters.embedding_params(1000, 64) == 64_000
    assert COUNTERS["dense_params_no_bias"](10, 20) == 200
    assert counters.rnn_params(10, 20, biases=0) == 600
    assert counters.rnn_params(10, 20) == 620
    assert counters.rnn_params(10, 20, biases=2) == 640
    assert counters.lstm_params(10, 20) == 2480
    assert counters.lstm_params(10, 20, biases=2) == 2560
    assert counters.lstm_params(10, 20, peephole=True) == 2540
    assert counters.gru_params(10, 20) == 1860
    assert counters.gru_params(10, 20, reset_after=True) == 1920
    assert counters.bidirectional_params(counters.lstm_params(10, 20)) == 4960
    assert counters.conv_params(3, 64, 3) == 1792
    assert counters.conv_params(32, 32, 3, bias=False, groups=32) == 288


def test_receptive_fields_by_hand() -> None:
    """Two 3×3 layers see 5 pixels, three see 7; a stride widens what comes after it."""
    assert counters.receptive_field([]) == 1
    assert counters.receptive_field([(3, 1), (3, 1)]) == 5
    assert counters.receptive_field([(3, 1)] * 3) == 7
    assert counters.receptive_field([(2, 2), (3, 1)]) == 6


def test_parameters_of_normalisation_and_attention_by_hand() -> None:
    """γ and β; four matrices and four biases, whatever the number of heads."""
    assert counters.batch_norm_params(64) == 128
    assert counters.batch_norm_params(64, running=True) == 256
    assert counters.layer_norm_params(512) == 1024
    assert counters.layer_norm_params(512, bias=False) == 512
    assert counters.multi_head_attention_params(512, 8) == 4 * 512 * 512 + 4 * 512
    assert counters.multi_head_attention_params(512) == counters.multi_head_attention_params(512, 8)
    assert counters.multi_head_attention_params(512, 8, bias=False) == 4 * 512 * 512
    assert counters.multi_head_attention_params(512, 4, bias=False, d_head=16) == 4 * 512 * 64


def test_parameters_of_spread_and_separated_filters_by_hand() -> None:
    """Transposed: the same weights the other way round; separated: a filter a channel, then 1×1."""
    assert counters.conv_transpose_params(64, 3, 5) == 64 * 3 * 25 + 3
    assert counters.conv_transpose_params(8, 4, 3, bias=False, groups=2) == 8 * 2 * 9
    assert counters.depthwise_separable_params(32, 64, 3, biases=0) == 32 * 9 + 32 * 64
    assert counters.depthwise_separable_params(32, 64, 3, biases=1) == 32 * 9 + 32 * 64 + 64
    assert counters.depthwise_separable_params(32, 64, 3) == 32 * 9 + 32 + 32 * 64 + 64
    assert counters.depthwise_separable_params(3, 5, 3, biases=0, multiplier=2) == 6 * 9 + 6 * 5


def test_stacked_layers_by_hand() -> None:
    """The second layer reads the first one's 20 units, or both directions' 40."""
    first, second = counters.lstm_params(10, 20), counters.lstm_params(20, 20)
    assert counters.stacked_params(counters.lstm_params, 10, 20, 1) == first
    assert counters.stacked_params(counters.lstm_params, 10, 20, 3) == first + 2 * second
    both = 2 * first + 2 * counters.lstm_params(40, 20)
    assert counters.stacked_params(counters.lstm_params, 10, 20, 2, bidirectional=True) == both
    reset = partial(counters.gru_params, reset_after=True)
    assert counters.stacked_params(reset, 10, 20, 2) == 1920 + counters.gru_params(20, 20, reset_after=True)


def test_parameters_are_as_many_as_pytorchs() -> None:
    """Every layer that PyTorch has, with its options."""
    torch = pytest.importorskip("torch", reason="PyTorch is the oracle here: pip install 'quizdl[oracles]'")
    nn = torch.nn
    layers = {
        nn.Linear(3, 5): counters.dense_params(3, 5),
        nn.Embedding(7, 3): counters.embedding_params(7, 3),
        nn.Conv2d(4, 6, 3, groups=2): counters.conv_params(4, 6, 3, groups=2),
        nn.ConvTranspose2d(4, 6, 3, groups=2): counters.conv_transpose_params(4, 6, 3, groups=2),
        nn.ConvTranspose2d(4, 6, 3, bias=False): counters.conv_transpose_params(4, 6, 3, bias=False),
        nn.Sequential(nn.Conv2d(4, 8, 3, groups=4), nn.Conv2d(8, 6, 1)): counters.depthwise_separable_params(
            4, 6, 3, multiplier=2
        ),
        nn.BatchNorm2d(5): counters.batch_norm_params(5),
        nn.LayerNorm(5): counters.layer_norm_params(5),
        nn.LayerNorm(5, bias=False): counters.layer_norm_params(5, bias=False),
        nn.MultiheadAttention(6, 3): counters.multi_head_attention_params(6, 3),
        nn.MultiheadAttention(6, 3, bias=False): counters.multi_head_attention_params(6, 3, bias=False),
        nn.RNN(3, 5): COUNTERS["rnn_params_two_biases"](3, 5),
        nn.LSTM(3, 5, bias=False): counters.lstm_params(3, 5, biases=0),
        nn.GRU(3, 5): counters.gru_params(3, 5, reset_after=True),
        nn.GRU(3, 5, bidirectional=True): COUNTERS["bidirectional_gru_params_two_biases"](3, 5),
        nn.RNN(3, 5, num_layers=3): COUNTERS["stacked_rnn_params_two_biases"](3, 5, 3),
        nn.LSTM(3, 5, num_layers=2, bidirectional=True): COUNTERS["bidirectional_stacked_lstm_params_two_biases"](
            3, 5, 2
        ),
    }
    for layer, count in layers.items():
        assert sum(p.numel() for p in layer.parameters()) == count, layer


IMPOSSIBLE = [
    (
        "conv_output_size",
        (3, 7, 1, 1),
        ShapeError,
        r"f: the filter spans 7, more than the .* 3 \+ 2\*1 = 5",
    ),
    ("conv_output_size", (0, 7), ShapeError, "n: must be positive, not 0"),
    ("conv_output_size", (3, 3, 0, 0), RangeError, "s: must be at least 1, not 0"),
    ("conv_output_size", (3, 3, 1, -1), RangeError, "p: must be at least 0, not -1"),
    ("conv_transpose_output_size", (1, 2, 1, 1), ShapeError, "p: .*the output would be 0 wide"),
    ("conv_transpose_output_size", (1, 2, 1, 0, -1), RangeError, "output_padding: must be at least 0"),
    ("pool_output_size", (1, 2, 2, 0), ShapeError, "spans 2, more than"),
    ("pool_output_size_ceil", (4, 2, 0), RangeError, "s: must be at least 1"),
    ("lstm_params", (0, 5), ShapeError, "n_in: must be positive, not 0"),
    ("stacked_lstm_params", (3, 5, 0), RangeError, "layers: must be at least 1, not 0"),
    ("embedding_params", (5, -1), ShapeError, "dim: must be positive, not -1"),
    ("bidirectional_params", (0,), ShapeError, "one_direction: must be positive"),
    ("batch_norm_params", (0,), ShapeError, "channels: must be positive"),
    ("layer_norm_params", (0,), ShapeError, "width: must be positive"),
    ("multi_head_attention_params", (6, 4), RangeError, "heads: 4 heads do not share d_model = 6 evenly"),
    ("multi_head_attention_params", (6, 0), RangeError, "heads: must be at least 1"),
    ("dense_params", (2.5, 3), DTypeError, "n_in: expected a whole number, found 2.5"),
]


@pytest.mark.parametrize(("name", "arguments", "error", "message"), IMPOSSIBLE)
def test_what_cannot_be_is_refused_with_the_reason(
    name: str, arguments: tuple[int, ...], error: type[Exception], message: str
) -> None:
    """Sizes that are none are ShapeErrors, the rest RangeErrors; both are ValueErrors and speak two languages."""
    with pytest.raises(error, match=message) as caught:
        COUNTERS[name](*arguments)
    assert issubclass(error, ValueError | TypeError)
    assert caught.value.ja.startswith(f"{caught.value.argument}: ")


def test_groups_must_divide_the_channels() -> None:
    """A RangeError with both numbers of channels."""
    for count in (counters.conv_params, counters.conv_transpose_params):
        with pytest.raises(RangeError, match="groups: 2 groups do not share the channels evenly: 3 in, 4 out"):
            count(3, 4, 3, groups=2)
    with pytest.raises(RangeError, match="biases: must be 0, 1 or 2, not 3"):
        counters.depthwise_separable_params(3, 4, 3, biases=3)
    with pytest.raises(RangeError, match="multiplier: must be at least 1"):
        counters.depthwise_separable_params(3, 4, 3, multiplier=0)


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_what_formulas_may_call_agrees_with_the_full_counters(name: str) -> None:
    """The short names are the long ones with their keywords filled in."""
    full = getattr(counters, f"{name}_params")
    assert COUNTERS[f"{name}_params"](10, 20) == full(10, 20)
    assert COUNTERS[f"{name}_params_two_biases"](10, 20) == full(10, 20, biases=2)
    assert COUNTERS[f"bidirectional_{name}_params"](10, 20) == 2 * full(10, 20)
    assert COUNTERS[f"bidirectional_{name}_params_two_biases"](10, 20) == 2 * full(10, 20, biases=2)
    assert COUNTERS[f"stacked_{name}_params"](10, 20, 2) == full(10, 20) + full(20, 20)
    assert COUNTERS[f"bidirectional_stacked_{name}_params"](10, 20, 2) == 2 * (full(10, 20) + full(40, 20))
    assert COUNTERS["peephole_lstm_params"](10, 20) == counters.lstm_params(10, 20, peephole=True)
    assert COUNTERS["gru_params_reset_after"](10, 20) == counters.gru_params(10, 20, reset_after=True)


def test_counters_need_no_numpy() -> None:
    """A fresh Python that imports the counters has not imported NumPy: the bank's formulas stay quick to start."""
    code = "import sys, quizdl.engine.counters, quizdl.engine.flops; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
