"""Every backward agrees with its own forward, for any sizes and any weights.

Each case below makes arguments of random sizes; the slope along a random direction comes from central differences.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizdl.engine import (
    activations,
    affine,
    attention,
    convolution,
    dropout,
    embedding,
    losses,
    normalisation,
    recursive,
    vae,
    word2vec,
)
from quizdl.engine.gradient_check import directional_error, numeric_gradients
from quizdl.engine.gru import gru_backward, gru_forward, gru_step_backward, gru_step_forward
from quizdl.engine.lstm import lstm_backward, lstm_forward, lstm_step_backward, lstm_step_forward
from quizdl.engine.recurrent import rnn_backward, rnn_forward, rnn_step_backward, rnn_step_forward

Rng = np.random.Generator
TOLERANCE = 1e-7


class Case(NamedTuple):
    """A pair, its differentiable arguments, and the others."""

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    arguments: dict[str, Any]
    options: Mapping[str, Any] = MappingProxyType({})


def size(rng: Rng, high: int = 4) -> int:
    return int(rng.integers(1, high + 1))


def away_from_zero(rng: Rng, *shape: int) -> np.ndarray:
    """No entry so near 0 that a step of the check could cross a kink there."""
    x = rng.standard_normal(shape)
    return x + 0.1 * np.sign(x)


def distinct(rng: Rng, *shape: int) -> np.ndarray:
    """All entries differ by more than a step of the check, so that no maximum changes hands."""
    return rng.permutation(int(np.prod(shape))).reshape(shape) / 7.0 - 1


def elementwise(name: str, rng: Rng) -> Case:
    x = away_from_zero(rng, size(rng), size(rng))
    return Case(getattr(activations, f"{name}_forward"), getattr(activations, f"{name}_backward"), {"x": x})


def over_an_axis(name: str, rng: Rng) -> Case:
    x = rng.standard_normal((size(rng), size(rng), size(rng)))
    pair = getattr(activations, f"{name}_forward"), getattr(activations, f"{name}_backward")
    return Case(*pair, {"x": x}, {"axis": int(rng.integers(-3, 3))})


def mse(rng: Rng) -> Case:
    shape = size(rng), size(rng)
    arguments = {"y": rng.standard_normal(shape), "t": rng.standard_normal(shape)}
    return Case(losses.mse_forward, losses.mse_backward, arguments)


def cross_entropy(rng: Rng) -> Case:
    N, C = size(rng), size(rng)
    t = rng.integers(0, C, N)
    arguments = {"y": rng.uniform(0.1, 1, (N, C))}
    return Case(losses.cross_entropy_forward, losses.cross_entropy_backward, arguments, {"t": t})


def softmax_cross_entropy(rng: Rng) -> Case:
    T, B, C = size(rng), size(rng), size(rng)
    options = {
        "t": rng.integers(-1, C, (T, B)),
        "ignore_index": -1,
        "label_smoothing": float(rng.uniform(0, 0.5)),
    }
    pair = losses.softmax_cross_entropy_forward, losses.softmax_cross_entropy_backward
    return Case(*pair, {"z": rng.standard_normal((T, B, C))}, options)


def bce_with_logits(rng: Rng) -> Case:
    shape = size(rng), size(rng)
    arguments = {"z": away_from_zero(rng, *shape), "t": rng.random(shape)}
    return Case(losses.bce_with_logits_forward, losses.bce_with_logits_backward, arguments)


def kl_gaussians(rng: Rng) -> Case:
    shape = size(rng), size(rng)
    arguments = {name: 0.5 * rng.standard_normal(shape) for name in ("mu_1", "log_var_1", "mu_2", "log_var_2")}
    return Case(losses.kl_gaussians_forward, losses.kl_gaussians_backward, arguments)


def kl_standard_normal(rng: Rng) -> Case:
    shape = size(rng), size(rng)
    arguments = {"mu": rng.standard_normal(shape), "log_var": rng.standard_normal(shape)}
    return Case(vae.kl_standard_normal_forward, vae.kl_standard_normal_backward, arguments)


def reparameterize(rng: Rng) -> Case:
    shape = size(rng), size(rng)
    arguments = {"mu": rng.standard_normal(shape), "log_var": rng.standard_normal(shape)}
    options = {"eps": rng.standard_normal(shape)}
    return Case(vae.reparameterize_forward, vae.reparameterize_backward, arguments, options)


def affine_layer(rng: Rng) -> Case:
    inner, outer = size(rng), size(rng)
    x = rng.standard_normal((size(rng), size(rng), inner))
    arguments = {"x": x, "W": rng.standard_normal((inner, outer)), "b": rng.standard_normal(outer)}
    return Case(affine.affine_forward, affine.affine_backward, arguments)


def embedding_layer(rng: Rng) -> Case:
    V = size(rng)
    ids = rng.integers(-V, V, (size(rng), size(rng)))

    def forward(E: np.ndarray, ids: np.ndarray) -> Any:
        return embedding.embedding_forward(ids, E)

    return Case(forward, embedding.embedding_backward, {"E": rng.standard_normal((V, size(rng)))}, {"ids": ids})


def dropout_layer(rng: Rng) -> Case:
    x = rng.standard_normal((size(rng), size(rng)))
    options = {"mask": dropout.dropout_mask(x.shape, 0.4, rng), "p": 0.4}
    return Case(dropout.dropout_forward, dropout.dropout_backward, {"x": x}, options)


def batch_norm(rng: Rng) -> Case:
    D = size(rng)
    shape = (size(rng) + 1, D) if rng.random() < 0.5 else (size(rng), D, 2, size(rng))
    arguments = {"x": rng.standard_normal(shape), "gamma": rng.standard_normal(D), "beta": rng.standard_normal(D)}
    return Case(normalisation.batch_norm_forward, normalisation.batch_norm_backward, arguments, {"eps": 0.1})


def layer_norm(rng: Rng) -> Case:
    D = size(rng)
    x = rng.standard_normal((size(rng), size(rng), D))
    arguments = {"x": x, "gamma": rng.standard_normal(D), "beta": rng.standard_normal(D)}
    return Case(normalisation.layer_norm_forward, normalisation.layer_norm_backward, arguments, {"eps": 0.1})


def recurrent_weights(rng: Rng, gates: tuple[int, ...], inner: int, H: int) -> dict[str, Any]:
    shapes = {"W": (*gates, inner, H), "U": (*gates, H, H), "b": (*gates, H)}
    return {name: rng.standard_normal(shape) for name, shape in shapes.items()}


def sequence_options(rng: Rng, T: int, B: int) -> dict[str, Any]:
    lengths = rng.integers(0, T + 1, B) if rng.random() < 0.6 else None
    return {"lengths": lengths, "reverse": bool(rng.random() < 0.5)}


def rnn_step(rng: Rng) -> Case:
    B, inner, H = size(rng), size(rng), size(rng)
    arguments = {"x": rng.standard_normal((B, inner)), "h": rng.standard_normal((B, H))}
    return Case(rnn_step_forward, rnn_step_backward, {**arguments, **recurrent_weights(rng, (), inner, H)})


def rnn(rng: Rng) -> Case:
    T, B, inner, H = size(rng), size(rng), size(rng), size(rng)
    arguments = {"x": rng.standard_normal((T, B, inner)), "h0": rng.standard_normal((B, H))}
    weights = recurrent_weights(rng, (), inner, H)
    return Case(rnn_forward, rnn_backward, {**arguments, **weights}, sequence_options(rng, T, B))


def lstm_step(rng: Rng) -> Case:
    B, inner, H = size(rng), size(rng), size(rng)
    arguments = {"x": rng.standard_normal((B, inner)), "h": rng.standard_normal((B, H))}
    arguments |= {"c": rng.standard_normal((B, H)), **recurrent_weights(rng, (4,), inner, H)}
    if rng.random() < 0.5:
        arguments["P"] = rng.standard_normal((3, H))
    return Case(lstm_step_forward, lstm_step_backward, arguments)


def lstm(rng: Rng) -> Case:
    T, B, inner, H = size(rng), size(rng), size(rng), size(rng)
    arguments = {"x": rng.standard_normal((T, B, inner)), **recurrent_weights(rng, (4,), inner, H)}
    arguments |= {"h0": rng.standard_normal((B, H)), "c0": rng.standard_normal((B, H))}
    if rng.random() < 0.5:
        arguments["P"] = rng.standard_normal((3, H))
    return Case(lstm_forward, lstm_backward, arguments, sequence_options(rng, T, B))


def gru_conventions(rng: Rng) -> dict[str, Any]:
    return {"reset_after": bool(rng.random() < 0.5), "z_keeps": "new" if rng.random() < 0.5 else "old"}


def gru_step(rng: Rng) -> Case:
    B, inner, H = size(rng), size(rng), size(rng)
    arguments = {"x": rng.standard_normal((B, inner)), "h": rng.standard_normal((B, H))}
    arguments |= recurrent_weights(rng, (3,), inner, H)
    if rng.random() < 0.5:
        arguments["b_h"] = rng.standard_normal((3, H))
    return Case(gru_step_forward, gru_step_backward, arguments, gru_conventions(rng))


def gru(rng: Rng) -> Case:
    T, B, inner, H = size(rng), size(rng), size(rng), size(rng)
    arguments = {"x": rng.standard_normal((T, B, inner)), "h0": rng.standard_normal((B, H))}
    arguments |= recurrent_weights(rng, (3,), inner, H)
    if rng.random() < 0.5:
        arguments["b_h"] = rng.standard_normal((3, H))
    return Case(gru_forward, gru_backward, arguments, {**gru_conventions(rng), **sequence_options(rng, T, B)})


def scaled_dot_product(rng: Rng) -> Case:
    T, S, d, e, heads = size(rng), size(rng), size(rng), size(rng), size(rng)
    shapes = {"Q": (heads, T, d), "K": (heads, S, d), "V": (heads, S, e)}
    options = {"mask": rng.random((heads, T, S)) < 0.7}
    arguments = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    return Case(attention.scaled_dot_product_forward, attention.scaled_dot_product_backward, arguments, options)


def luong(rng: Rng) -> Case:
    T, B, D, S = size(rng), size(rng), size(rng), size(rng)
    general = rng.random() < 0.5
    S = S if general else D
    arguments = {"s": rng.standard_normal((B, S)), "H": rng.standard_normal((T, B, D))}
    if general:
        arguments["W"] = rng.standard_normal((D, S))
    options = {"mask": rng.random((T, B)) < 0.7}
    return Case(attention.luong_forward, attention.luong_backward, arguments, options)


def bahdanau(rng: Rng) -> Case:
    T, B, D, S, A = (size(rng) for _ in range(5))
    shapes = {"s": (B, S), "H": (T, B, D), "W_s": (S, A), "W_h": (D, A), "v": (A,)}
    arguments = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    return Case(attention.bahdanau_forward, attention.bahdanau_backward, arguments, {"mask": rng.random((T, B)) < 0.7})


def recursive_merge(rng: Rng) -> Case:
    D = size(rng)
    shapes = {"left": (D,), "right": (D,), "W": (2 * D, D), "b": (D,)}
    arguments = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    return Case(recursive.merge_forward, recursive.merge_backward, arguments)


def recursive_tree(rng: Rng) -> Case:
    D = size(rng)
    tree = [0, ((0, 1), 2), ((3, 1), (0, (2, 0)))][rng.integers(3)]
    shapes = {"leaves": (4, D), "W": (2 * D, D), "b": (D,)}
    arguments = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    return Case(recursive.tree_forward, recursive.tree_backward, arguments, {"tree": tree})


def conv2d(rng: Rng) -> Case:
    N, C, F, R, S, stride, pad = (size(rng, 3) for _ in range(7))
    pad -= 1
    height, width = R + size(rng), S + size(rng)
    shapes = {"x": (N, C, height, width), "w": (F, C, R, S), "b": (F,)}
    arguments = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    options = {"stride": stride, "pad": pad}
    return Case(convolution.conv2d_forward, convolution.conv2d_backward, arguments, options)


def max_pool2d(rng: Rng) -> Case:
    N, C, k, stride = (size(rng, 3) for _ in range(4))
    x = distinct(rng, N, C, k + size(rng), k + size(rng))
    options = {"k": k, "stride": stride, "pad": int(rng.integers(0, k // 2 + 1))}
    return Case(convolution.max_pool2d_forward, convolution.max_pool2d_backward, {"x": x}, options)


def cbow_softmax(rng: Rng) -> Case:
    V, D, B, C = (size(rng) for _ in range(4))
    arguments = {"W_in": rng.standard_normal((V, D)), "W_out": rng.standard_normal((V, D))}
    options = {"context": rng.integers(0, V, (B, C)), "target": rng.integers(0, V, B)}
    return Case(word2vec.cbow_softmax_forward, word2vec.cbow_softmax_backward, arguments, options)


def cbow_negative(rng: Rng) -> Case:
    softmax = cbow_softmax(rng)
    V, B = len(softmax.arguments["W_in"]), len(softmax.options["target"])
    options = {**softmax.options, "negatives": rng.integers(0, V, (B, size(rng)))}
    return Case(word2vec.cbow_negative_forward, word2vec.cbow_negative_backward, softmax.arguments, options)


def skipgram_negative(rng: Rng) -> Case:
    V, D, B, K = (size(rng) for _ in range(4))
    arguments = {"W_in": rng.standard_normal((V, D)), "W_out": rng.standard_normal((V, D))}
    options = {name: rng.integers(0, V, B) for name in ("center", "context")}
    options["negatives"] = rng.integers(0, V, (B, K))
    return Case(word2vec.skipgram_negative_forward, word2vec.skipgram_negative_backward, arguments, options)


CASES: dict[str, Callable[[Rng], Case]] = {
    **{name: partial(elementwise, name) for name in ("sigmoid", "tanh", "relu", "leaky_relu", "softplus", "identity")},
    **{name: partial(over_an_axis, name) for name in ("softmax", "log_softmax")},
    **{
        maker.__name__: maker
        for maker in (
            mse,
            cross_entropy,
            softmax_cross_entropy,
            bce_with_logits,
            kl_gaussians,
            kl_standard_normal,
            reparameterize,
            affine_layer,
            embedding_layer,
            dropout_layer,
            batch_norm,
            layer_norm,
            rnn_step,
            rnn,
            lstm_step,
            lstm,
            gru_step,
            gru,
            scaled_dot_product,
            luong,
            bahdanau,
            recursive_merge,
            recursive_tree,
            conv2d,
            max_pool2d,
            cbow_softmax,
            cbow_negative,
            skipgram_negative,
        )
    },
}


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_backward_is_the_derivative_of_its_forward(name: str, seed: int) -> None:
    """For any sizes, weights, masks and lengths, ⟨gradient, d⟩ is the slope of the forward along d."""
    rng = np.random.default_rng(seed)
    case = CASES[name](rng)
    error = directional_error(case.forward, case.backward, case.arguments, rng, **case.options)
    assert error < TOLERANCE


@pytest.mark.parametrize("name", CASES)
def test_a_backward_names_every_differentiable_argument_and_gives_it_its_own_shape(name: str) -> None:
    """gradients[name].shape == argument.shape, and nothing else is in the dict."""
    case = CASES[name](np.random.default_rng(5))
    outputs, cache = case.forward(**case.arguments, **case.options)
    gradients = case.backward(*_ones(outputs), cache)
    assert {name: np.shape(g) for name, g in gradients.items()} == {
        name: np.shape(x) for name, x in case.arguments.items()
    }


@pytest.mark.parametrize("name", CASES)
def test_a_backward_may_be_called_twice_and_changes_nothing(name: str) -> None:
    """Neither the arguments, nor what arrives from above, nor the cache is changed in place."""
    case = CASES[name](np.random.default_rng(6))
    before = {key: np.copy(x) for key, x in case.arguments.items()}
    outputs, cache = case.forward(**case.arguments, **case.options)
    arriving = _ones(outputs)
    first = {key: np.copy(g) for key, g in case.backward(*arriving, cache).items()}
    second = case.backward(*arriving, cache)
    for key in case.arguments:
        np.testing.assert_array_equal(first[key], second[key])
        np.testing.assert_array_equal(before[key], case.arguments[key])
    assert all(np.all(d == 1) for d in arriving)


@pytest.mark.parametrize("name", CASES)
def test_float32_stays_float32(name: str) -> None:
    """Neither the outputs nor the gradients of float32 arguments are float64."""
    case = CASES[name](np.random.default_rng(7))
    single = {key: np.asarray(x, dtype=np.float32) for key, x in case.arguments.items()}
    options = {key: x.astype(np.float32) if _is_float_array(x) else x for key, x in case.options.items()}
    outputs, cache = case.forward(**single, **options)
    assert {np.asarray(y).dtype for y in _each(outputs)} == {np.dtype(np.float32)}
    gradients = case.backward(*_ones(outputs), cache)
    assert {key: np.asarray(g).dtype for key, g in gradients.items()} == dict.fromkeys(single, np.dtype(np.float32))


def test_the_check_itself_finds_a_wrong_entry() -> None:
    """A backward with one wrong entry is caught along a random direction, and entry by entry shown where."""
    rng = np.random.default_rng(0)
    case = affine_layer(rng)

    def wrong(dy: np.ndarray, cache: Any) -> dict[str, Any]:
        gradients = affine.affine_backward(dy, cache)
        gradients["W"][0, 0] *= 1.01
        return gradients

    assert directional_error(case.forward, wrong, case.arguments, rng) > TOLERANCE
    y, cache = case.forward(**case.arguments)
    weights = rng.standard_normal(y.shape)
    right = numeric_gradients(case.forward, case.arguments, (weights,))
    off = np.abs(wrong(weights, cache)["W"] - right["W"]) > 1e-6
    assert off[0, 0]
    assert off.sum() == 1


def _each(outputs: Any) -> tuple[Any, ...]:
    return outputs if isinstance(outputs, tuple) else (outputs,)


def _ones(outputs: Any) -> tuple[Any, ...]:
    return tuple(np.ones_like(y) for y in _each(outputs))


def _is_float_array(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype == np.float64
