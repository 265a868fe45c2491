"""Sizes and numbers of parameters: by hand, and against arrays of those sizes."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from quizdl.engine import counters
from quizdl.engine.convolution import conv2d_forward, max_pool2d_forward
from quizdl.engine.counters import COUNTERS


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


def test_pooling_windows_do_not_overlap_unless_asked() -> None:
    """Without a stride it is the window's width."""
    assert counters.pool_output_size(28, 2) == 14


def test_parameter_counts_by_hand() -> None:
    """10 inputs, 20 units: the numbers PyTorch and Keras print."""
    assert counters.dense_params(10, 20) == 220
    assert counters.dense_params(10, 20, bias=False) == 200
    assert counters.embedding_params(1000, 64) == 64_000
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


IMPOSSIBLE = [
    ("conv_output_size", (3, 7, 1, 1), r"spans 7, more than the padded input of 3 \+ 2\*1 = 5"),
    ("conv_output_size", (3, 3, 0, 0), "s must be positive, not 0"),
    ("conv_output_size", (3, 3, 1, -1), "p must not be negative, not -1"),
    ("conv_transpose_output_size", (1, 2, 1, 1), "the output would be 0 wide"),
    ("pool_output_size", (1, 2, 2, 0), "spans 2, more than"),
    ("lstm_params", (0, 5), "n_in must be positive, not 0"),
    ("embedding_params", (5, -1), "dim must be positive, not -1"),
    ("bidirectional_params", (0,), "one_direction must be positive"),
]


@pytest.mark.parametrize(("name", "arguments", "message"), IMPOSSIBLE)
def test_what_cannot_be_is_refused_with_the_reason(name: str, arguments: tuple[int, ...], message: str) -> None:
    """ValueError, naming the size and its value."""
    with pytest.raises(ValueError, match=message):
        COUNTERS[name](*arguments)


def test_groups_must_divide_the_channels() -> None:
    """ValueError with both numbers of channels."""
    with pytest.raises(ValueError, match="2 groups divide neither evenly: 3 channels in, 4 out"):
        counters.conv_params(3, 4, 3, groups=2)


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_what_formulas_may_call_agrees_with_the_full_counters(name: str) -> None:
    """The short names are the long ones with their keywords filled in."""
    full = getattr(counters, f"{name}_params")
    assert COUNTERS[f"{name}_params"](10, 20) == full(10, 20)
    assert COUNTERS[f"{name}_params_two_biases"](10, 20) == full(10, 20, biases=2)
    assert COUNTERS[f"bidirectional_{name}_params"](10, 20) == 2 * full(10, 20)
    assert COUNTERS["peephole_lstm_params"](10, 20) == counters.lstm_params(10, 20, peephole=True)
    assert COUNTERS["gru_params_reset_after"](10, 20) == counters.gru_params(10, 20, reset_after=True)


def test_counters_need_no_numpy() -> None:
    """A fresh Python that imports the counters has not imported NumPy: the bank's formulas stay quick to start."""
    code = "import sys, quizdl.engine.counters; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
