"""The functions that questions name: right on cases worked by hand, and safe to call with anything a question draws."""

from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np
import pytest

import classic_tables
import foundation_tables
from quizdl.engine.references import REFERENCES

SIGNATURES = {
    "clip_by_norm": "gradient threshold",
    "clip_by_value": "gradient limit",
    "lstm_cell_state": "input_gate forget_gate a c",
    "lstm_hidden": "o c",
    "lstm_split": "z",
    "lstm_step": "x h c W U b",
    "peephole_gate": "x h c W U p b",
    "gru_update": "z h h_bar",
    "gru_candidate": "x h r W U b",
    "gru_step": "x h W U b",
    "rnn_step": "x h W U b",
    "rnn_forward": "x h0 W_in W b",
    "rnn_state_course": "x z_prev W_in W",
    "rnn_output_course": "z W_out",
    "rnn_grad_w_out": "z delta_out",
    "rnn_grad_w": "z_prev delta",
    "hidden_delta": "delta_next delta_out W W_out u",
    "output_delta_sigmoid": "y d",
    "bptt_delta": "delta_next U z",
    "bptt_delta_linear": "delta_t U",
    "birnn_concat": "h_f h_b",
    "birnn_backward_states": "x h0 W_in W b",
    "embedding_lookup": "E w",
    "encode": "words E W U b",
    "recursive_merge": "W left right",
    "sigmoid": "x",
    "softmax": "x",
    "relu_grad": "x",
    "tanh_grad": "x",
    "cross_entropy": "y t",
    "mean_squared_error": "y t",
    "mse": "p y",
    "affine_backward": "dy x W",
    "relu_backward": "dy x",
    "conv_output_size": "h f s p",
    "conv2d": "x w b stride pad",
    "max_pool2d": "x k stride",
    "batch_norm": "x gamma beta eps",
    "layer_norm": "x",
    "dropout_forward": "x mask p",
    "attention": "Q K V",
    "additive_scores": "s H W_s W_h v",
    "luong_scores": "s H W",
    "attention_context": "scores H",
    "masked_mean": "h mask",
    "beam_step": "log_probs scores k",
    "sgd_update": "W grad learning_rate",
    "momentum_step": "w g v lr mu",
    "adam_step": "w g m v t lr b1 b2 eps",
    "positional_encoding": "T D",
    "cbow_hidden": "W_in context",
    "skipgram_negative_loss": "v_c u_o U_neg",
    "reparameterize": "mu log_var eps",
    "kl_gaussian": "mu log_var",
    **foundation_tables.SIGNATURES,
    **classic_tables.SIGNATURES,
}

B, N, H, T, D = 3, 2, 4, 5, 3
SHAPES: dict[str, dict[str, tuple[int, ...]]] = {
    "clip_by_norm": {"gradient": (2, 3)},
    "clip_by_value": {"gradient": (2, 3)},
    "lstm_cell_state": dict.fromkeys(("input_gate", "forget_gate", "a", "c"), (B, H)),
    "lstm_hidden": {"o": (B, H), "c": (B, H)},
    "lstm_split": {"z": (B, 4 * H)},
    "lstm_step": {"x": (B, N), "h": (B, H), "c": (B, H), "W": (4, N, H), "U": (4, H, H), "b": (4, H)},
    "peephole_gate": {"x": (B, N), "h": (B, H), "c": (B, H), "W": (N, H), "U": (H, H), "p": (H,), "b": (H,)},
    "gru_update": dict.fromkeys(("z", "h", "h_bar"), (B, H)),
    "gru_candidate": {"x": (B, N), "h": (B, H), "r": (B, H), "W": (N, H), "U": (H, H), "b": (H,)},
    "gru_step": {"x": (B, N), "h": (B, H), "W": (3, N, H), "U": (3, H, H), "b": (3, H)},
    "rnn_step": {"x": (B, N), "h": (B, H), "W": (N, H), "U": (H, H), "b": (H,)},
    "rnn_forward": {"x": (T, D), "h0": (H,), "W_in": (D, H), "W": (H, H), "b": (H,)},
    "rnn_state_course": {"x": (1, D), "z_prev": (1, H), "W_in": (D, H), "W": (H, H)},
    "rnn_output_course": {"z": (1, H), "W_out": (H, 2)},
    "rnn_grad_w_out": {"z": (H,), "delta_out": (2,)},
    "rnn_grad_w": {"z_prev": (H,), "delta": (H,)},
    "hidden_delta": {"delta_next": (1, H), "delta_out": (1, 2), "W": (H, H), "W_out": (H, 2), "u": (1, H)},
    "output_delta_sigmoid": {"y": (B,), "d": (B,)},
    "bptt_delta": {"delta_next": (B, H), "U": (H, H), "z": (B, H)},
    "bptt_delta_linear": {"delta_t": (1, H), "U": (H, H)},
    "birnn_concat": {"h_f": (T, H), "h_b": (T, H)},
    "birnn_backward_states": {"x": (T, D), "h0": (H,), "W_in": (D, H), "W": (H, H), "b": (H,)},
    "embedding_lookup": {"E": (D, 4), "w": (4,)},
    "encode": {"words": (T, 6), "E": (D, 6), "W": (H, D), "U": (H, H), "b": (H,)},
    "recursive_merge": {"W": (D, 2 * D), "left": (D,), "right": (D,)},
    "sigmoid": {"x": (2, 3)},
    "softmax": {"x": (2, 3)},
    "relu_grad": {"x": (2, 3)},
    "tanh_grad": {"x": (2, 3)},
    "cross_entropy": {"y": (B, 4)},
    "mean_squared_error": {"y": (B, 2), "t": (B, 2)},
    "mse": {"p": (B, 2), "y": (B, 2)},
    "affine_backward": {"dy": (B, H), "x": (B, N), "W": (N, H)},
    "relu_backward": {"dy": (B, H), "x": (B, H)},
    "conv2d": {"x": (2, 3, 5, 5), "w": (4, 3, 3, 3), "b": (4,)},
    "max_pool2d": {"x": (2, 3, 5, 5)},
    "batch_norm": {"x": (B, D), "gamma": (D,), "beta": (D,)},
    "layer_norm": {"x": (B, D)},
    "dropout_forward": {"x": (B, D), "mask": (B, D)},
    "attention": {"Q": (T, D), "K": (B, D), "V": (B, H)},
    "additive_scores": {"s": (N,), "H": (T, D), "W_s": (N, H), "W_h": (D, H), "v": (H,)},
    "luong_scores": {"s": (N,), "H": (T, D), "W": (D, N)},
    "attention_context": {"scores": (T,), "H": (T, D)},
    "masked_mean": {"h": (T, H), "mask": (T,)},
    "beam_step": {"log_probs": (B, 6), "scores": (B,)},
    "sgd_update": {"W": (N, H), "grad": (N, H)},
    "momentum_step": dict.fromkeys(("w", "g", "v"), (N, H)),
    "adam_step": dict.fromkeys(("w", "g", "m", "v"), (N, H)),
    "cbow_hidden": {"W_in": (6, D)},
    "skipgram_negative_loss": {"v_c": (D,), "u_o": (D,), "U_neg": (4, D)},
    "reparameterize": dict.fromkeys(("mu", "log_var", "eps"), (B, D)),
    "kl_gaussian": {"mu": (B, D), "log_var": (B, D)},
    **foundation_tables.SHAPES,
    **classic_tables.SHAPES,
}
OTHERS: dict[str, dict[str, Any]] = {
    "clip_by_norm": {"threshold": 1.5},
    "clip_by_value": {"limit": 0.5},
    "cross_entropy": {"t": np.array([0, 3, 1])},
    "conv_output_size": {"h": 5, "f": 3, "s": 2, "p": 1},
    "conv2d": {"stride": 2, "pad": 1},
    "max_pool2d": {"k": 2, "stride": 2},
    "batch_norm": {"eps": 1e-5},
    "dropout_forward": {"p": 0.5},
    "beam_step": {"k": 4},
    "sgd_update": {"learning_rate": 0.1},
    "momentum_step": {"lr": 0.1, "mu": 0.9},
    "adam_step": {"t": 3, "lr": 0.1, "b1": 0.9, "b2": 0.999, "eps": 1e-8},
    "positional_encoding": {"T": 5, "D": 3},
    "cbow_hidden": {"context": np.array([1, 1, 5])},
    **foundation_tables.OTHERS,
    **classic_tables.OTHERS,
}
NAMES = sorted(SIGNATURES)
WITH_ARRAYS = sorted(SHAPES)


def inputs_of(name: str, kind: Any = np.float64) -> dict[str, Any]:
    """Small whole numbers from 1 to 3, as the kind of array asked for: whole, so that integers can be compared."""
    rng = np.random.default_rng(len(name))
    arrays = {key: rng.integers(1, 4, shape).astype(kind) for key, shape in SHAPES.get(name, {}).items()}
    return {**arrays, **OTHERS.get(name, {})}


def parts(result: Any) -> tuple[Any, ...]:
    return result if isinstance(result, tuple) else (result,)


def test_every_reference_is_listed_here_with_its_arguments() -> None:
    """Questions depend on these names and arguments; a new reference has to be written into the table above."""
    actual = {name: " ".join(inspect.signature(function).parameters) for name, function in REFERENCES.items()}
    assert actual == SIGNATURES


@pytest.mark.parametrize("name", NAMES)
def test_a_reference_says_its_shapes_in_one_line(name: str) -> None:
    """The docstring is what an author reads."""
    doc = inspect.getdoc(REFERENCES[name])
    assert doc
    assert len(doc.splitlines()[0]) > 20


@pytest.mark.parametrize("name", NAMES)
def test_a_reference_changes_no_input_and_gives_the_same_again(name: str) -> None:
    """Called twice with the same arrays, which stay as they were."""
    inputs = inputs_of(name)
    before = {key: np.copy(value) for key, value in inputs.items()}
    first = [np.copy(part) for part in parts(REFERENCES[name](**inputs))]
    for one, other in zip(first, parts(REFERENCES[name](**inputs)), strict=True):
        np.testing.assert_array_equal(one, other)
    for key, value in inputs.items():
        np.testing.assert_array_equal(before[key], value)


@pytest.mark.parametrize("name", WITH_ARRAYS)
def test_whole_numbers_are_not_truncated(name: str) -> None:
    """An integer array gives what the same numbers as floats give."""
    whole = parts(REFERENCES[name](**inputs_of(name, np.int64)))
    for one, other in zip(whole, parts(REFERENCES[name](**inputs_of(name))), strict=True):
        np.testing.assert_array_equal(one, other)
        assert np.asarray(one).dtype == np.asarray(other).dtype


@pytest.mark.parametrize("name", sorted(set(WITH_ARRAYS) - {"beam_step"}))
def test_float32_stays_float32(name: str) -> None:
    """No constant inside widens the result."""
    result = parts(REFERENCES[name](**inputs_of(name, np.float32)))
    assert {np.asarray(part).dtype for part in result} == {np.dtype(np.float32)}


@pytest.mark.parametrize("name", ["sigmoid", "softmax", "tanh_grad", "relu_grad", "lstm_step", "gru_step", "rnn_step"])
@pytest.mark.parametrize("sign", [-1, 1])
def test_extreme_inputs_give_finite_results_without_a_warning(name: str, sign: int) -> None:
    """±1000 in every entry (warnings are errors here)."""
    inputs = {key: sign * 1e3 * value for key, value in inputs_of(name).items()}
    assert all(np.all(np.isfinite(part)) for part in parts(REFERENCES[name](**inputs)))


LOG3 = math.log(3)  # σ(log 3) = ¾, σ(−log 3) = ¼
BY_HAND: list[tuple[str, dict[str, Any], Any]] = [
    ("clip_by_norm", {"gradient": [3.0, 4.0], "threshold": 5.0}, [3, 4]),
    ("clip_by_norm", {"gradient": [3.0, 4.0], "threshold": 1.0}, [0.6, 0.8]),
    ("clip_by_norm", {"gradient": [[3, 4]], "threshold": 2.5}, [[1.5, 2]]),
    ("clip_by_norm", {"gradient": np.zeros((2, 3, 4)), "threshold": 1.0}, np.zeros((2, 3, 4))),
    ("clip_by_value", {"gradient": [-3, 0, 0.25], "limit": 0.5}, [-0.5, 0, 0.25]),
    ("lstm_cell_state", {"input_gate": [0.5], "forget_gate": [0.25], "a": [2], "c": [4]}, [2]),
    ("lstm_hidden", {"o": [0.5, 1], "c": [0.0, 1000]}, [0, 1]),
    ("lstm_split", {"z": [[1, 2, 3, 4]]}, ([[1]], [[2]], [[3]], [[4]])),
    ("gru_update", {"z": [0.0, 0.25, 1.0], "h": [4, 4, 4], "h_bar": [8, 8, 8]}, [4, 5, 8]),
    ("birnn_concat", {"h_f": [[1], [2]], "h_b": [[20], [10]]}, [[1, 10], [2, 20]]),
    ("embedding_lookup", {"E": [[1, 2, 3], [4, 5, 6]], "w": [0, 0, 1]}, [3, 6]),
    ("recursive_merge", {"W": [[1, 2, 3, 4], [0, 0, 0, 1]], "left": [1, 1], "right": [1, 2]}, [14, 2]),
    ("bptt_delta_linear", {"delta_t": [1, 2], "U": [[1, 2], [3, 4]]}, [7, 10]),
    ("bptt_delta", {"delta_next": [[1, 2]], "U": [[1, 2], [3, 4]], "z": [[0.5, 1]]}, [[1.25, 0]]),
    ("output_delta_sigmoid", {"y": [0.5], "d": [1]}, [-0.125]),
    (
        "hidden_delta",
        {"delta_next": [[1.0, 0]], "delta_out": [[1.0]], "W": np.eye(2), "W_out": [[1], [2]], "u": [[0, 0]]},
        [[0.5, 0.5]],
    ),
    ("rnn_grad_w_out", {"z": [1, 2], "delta_out": [3]}, [[3], [6]]),
    ("rnn_grad_w", {"z_prev": [1, 2], "delta": [3, 4]}, [[3, 4], [6, 8]]),
    ("rnn_state_course", {"x": [[1.0]], "z_prev": [[2.0]], "W_in": [[2.0]], "W": [[-1.0]]}, [[0.5]]),
    ("rnn_output_course", {"z": [[1.0, 1.0]], "W_out": [[3.0], [-3.0]]}, [[0.5]]),
    (
        "rnn_forward",
        {"x": [[1.0], [0.0]], "h0": [0.0], "W_in": [[1.0]], "W": [[2.0]], "b": [0.0]},
        [[math.tanh(1)], [math.tanh(2 * math.tanh(1))]],
    ),
    (
        "birnn_backward_states",
        {"x": [[0.0], [1.0]], "h0": [0.0], "W_in": [[1.0]], "W": [[2.0]], "b": [0.0]},
        [[math.tanh(2 * math.tanh(1))], [math.tanh(1)]],
    ),
    (
        "encode",
        {"words": [[1, 0], [0, 1]], "E": [[1, 0]], "W": [[1]], "U": [[2]], "b": [0]},
        [math.tanh(2 * math.tanh(1))],
    ),
    (
        "peephole_gate",
        {"x": [[1]], "h": [[1]], "c": [[2]], "W": [[1]], "U": [[2]], "p": [-2], "b": [1]},
        [[0.5]],
    ),
    (
        "gru_candidate",
        {"x": [[1]], "h": [[4]], "r": [[0.5]], "W": [[1]], "U": [[2]], "b": [-5]},
        [[0.0]],
    ),
    (
        "gru_step",  # r = (¾, ¼) resets h before the product with U, z = (¼, ¾), n = (tanh 0, tanh 3)
        {
            "x": [[1]],
            "h": [[4, 4]],
            "W": np.zeros((3, 1, 2)),
            "U": [np.zeros((2, 2)), np.zeros((2, 2)), np.array([[0, 1], [0, 0]])],
            "b": [[LOG3, -LOG3], [-LOG3, LOG3], [0, 0]],
        },
        [[3, 1 + 0.75 * math.tanh(3)]],
    ),
    (
        "lstm_step",  # i = ½, f = ¾, o = ¼, g = 1
        {
            "x": [[1]],
            "h": [[4]],
            "c": [[2]],
            "W": np.zeros((4, 1, 1)),
            "U": np.zeros((4, 1, 1)),
            "b": [[0], [LOG3], [-LOG3], [1000]],
        },
        ([[0.25 * math.tanh(2)]], [[2.0]]),
    ),
    (
        "lstm_step",  # x and h reach their own gates only: i = σ(log 3), f = ½, o = σ(−log 3), g = tanh 1
        {
            "x": [[LOG3]],
            "h": [[1.0]],
            "c": [[2.0]],
            "W": np.array([1, 0, -1, 0]).reshape(4, 1, 1),
            "U": np.array([0, 0, 0, 1]).reshape(4, 1, 1),
            "b": np.zeros((4, 1)),
        },
        ([[0.25 * math.tanh(1 + 0.75 * math.tanh(1))]], [[1 + 0.75 * math.tanh(1)]]),
    ),
    ("sigmoid", {"x": [-1000, 0, 1000]}, [0, 0.5, 1]),
    ("softmax", {"x": [[1000, 1000], [0, -1000]]}, [[0.5, 0.5], [1, 0]]),
    ("relu_grad", {"x": [-1, 0, 2]}, [0, 0, 1]),
    ("tanh_grad", {"x": [0, 1000]}, [1, 0]),
    ("cross_entropy", {"y": [[0.5, 0.5], [0.25, 0.75]], "t": [0, 0]}, 1.5 * math.log(2)),
    ("cross_entropy", {"y": [[0.0, 1.0]], "t": [1]}, 0.0),
    ("cross_entropy", {"y": [[0.0, 1.0]], "t": [0]}, math.inf),
    ("mse", {"p": [1, 2], "y": [1, 4]}, 2.0),
    ("mean_squared_error", {"y": [[0.5]], "t": [[1]]}, 0.25),
    ("affine_backward", {"dy": [[1, 2]], "x": [[3]], "W": [[4, 5]]}, ([[14]], [[3, 6]], [1, 2])),
    ("relu_backward", {"dy": [1, 2, 3], "x": [-1, 0, 1]}, [0, 0, 3]),
    ("conv_output_size", {"h": 5, "f": 3, "s": 2, "p": 1}, 3),
    (
        "conv2d",
        {"x": np.arange(9).reshape(1, 1, 3, 3), "w": np.ones((1, 1, 2, 2)), "b": [1], "stride": 1, "pad": 0},
        [[[[9, 13], [21, 25]]]],
    ),
    ("max_pool2d", {"x": -np.arange(9).reshape(1, 1, 3, 3), "k": 2, "stride": 1}, [[[[0, -1], [-3, -4]]]]),
    ("batch_norm", {"x": [[0], [2]], "gamma": [3], "beta": [1], "eps": 0.0}, [[-2], [4]]),
    ("batch_norm", {"x": [[5]], "gamma": [3], "beta": [1], "eps": 1e-5}, [[1]]),
    ("layer_norm", {"x": [[7, 7, 7]]}, [[0, 0, 0]]),
    ("layer_norm", {"x": [[0, 2]]}, [[-1 / math.sqrt(1 + 1e-5), 1 / math.sqrt(1 + 1e-5)]]),
    ("dropout_forward", {"x": [1, 2, 3], "mask": [1, 0, 1], "p": 0.75}, [4, 0, 12]),
    ("dropout_forward", {"x": [1, 2], "mask": [0, 0], "p": 1.0}, [0, 0]),
    ("attention", {"Q": [[0.0, 0.0]], "K": [[1, 2], [3, 4]], "V": [[2], [4]]}, [[3]]),
    (
        "attention",  # d = 4: the scores 2·log 3 and 0 are halved, the weights are ¾ and ¼
        {"Q": [[2 * LOG3, 0, 0, 0]], "K": [[1, 0, 0, 0], [0, 1, 1, 1]], "V": [[4, 0], [0, 8]]},
        [[3, 2]],
    ),
    ("attention", {"Q": [[1000.0]], "K": [[1000.0], [-1000.0]], "V": [[2], [4]]}, [[2]]),
    ("additive_scores", {"s": [1], "H": [[0], [1]], "W_s": [[1]], "W_h": [[-1]], "v": [2]}, [2 * math.tanh(1), 0]),
    ("luong_scores", {"s": [1, 2], "H": [[1], [3]], "W": [[1, 1]]}, [3, 9]),
    ("attention_context", {"scores": [0, 0, -1000], "H": [[2], [4], [9]]}, [3]),
    ("masked_mean", {"h": [[1, 2], [3, 4], [9, 9]], "mask": [1, 1, 0]}, [2, 3]),
    ("masked_mean", {"h": [[1, 2]], "mask": [0]}, [0, 0]),
    (
        "beam_step",
        {"log_probs": [[-1, -2, -1], [-3, -0.5, -9]], "scores": [0, -0.5], "k": 3},
        ([0, 0, 1], [0, 2, 1], [-1, -1, -1]),
    ),
    ("sgd_update", {"W": [1], "grad": [2], "learning_rate": 0.25}, [0.5]),
    ("momentum_step", {"w": [1], "g": [2], "v": [4], "lr": 0.5, "mu": 0.5}, ([2], [1])),
    (
        "adam_step",  # the first step is lr·g/(|g| + eps), whatever the gradient's size
        {"w": [1.0], "g": [1e-3], "m": [0.0], "v": [0.0], "t": 1, "lr": 0.1, "b1": 0.9, "b2": 0.999, "eps": 1e-3},
        ([0.95], [1e-4], [1e-9]),
    ),
    ("positional_encoding", {"T": 2, "D": 3}, [[0, 1, 0], [math.sin(1), math.cos(1), math.sin(10000 ** (-2 / 3))]]),
    ("cbow_hidden", {"W_in": [[0], [2], [4]], "context": [1, 2, 2, 2]}, [3.5]),
    ("skipgram_negative_loss", {"v_c": [0, 0], "u_o": [1, 2], "U_neg": [[1, 2], [3, 4]]}, 3 * math.log(2)),
    ("skipgram_negative_loss", {"v_c": [1000.0], "u_o": [1.0], "U_neg": [[-1.0]]}, 0.0),
    ("skipgram_negative_loss", {"v_c": [1000.0], "u_o": [-1.0], "U_neg": [[1.0]]}, 2000.0),
    ("reparameterize", {"mu": [1], "log_var": [2 * math.log(3)], "eps": [-1]}, [-2]),
    ("kl_gaussian", {"mu": [[0, 0], [1, 2]], "log_var": [[0, 0], [0, 0]]}, 1.25),
    ("rnn_step", {"x": [[1]], "h": [[2]], "W": [[2]], "U": [[-1]], "b": [0.5]}, [[math.tanh(0.5)]]),
    *foundation_tables.BY_HAND,
    *classic_tables.BY_HAND,
]


@pytest.mark.parametrize(("name", "inputs", "expected"), BY_HAND, ids=[name for name, *_ in BY_HAND])
def test_references_are_right_on_cases_worked_by_hand(name: str, inputs: dict[str, Any], expected: Any) -> None:
    """Small numbers that need no other program to check."""
    arrays = {key: np.asarray(value) if isinstance(value, list) else value for key, value in inputs.items()}
    result = parts(REFERENCES[name](**arrays))
    expected = expected if isinstance(expected, tuple) else (expected,)
    for one, other in zip(result, expected, strict=True):
        assert np.shape(one) == np.shape(other)
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-15)


def test_every_reference_has_a_case_worked_by_hand() -> None:
    """None is checked only against itself."""
    assert {name for name, *_ in BY_HAND} == set(SIGNATURES)
