"""Outputs and every gradient agree with PyTorch in float64, to nine digits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from quizdl.engine import (
    activations,
    attention,
    bidirectional,
    convolution,
    embedding,
    losses,
    normalisation,
    optimisers,
)
from quizdl.engine.clipping import clip_by_global_norm
from quizdl.engine.gru import gru_backward, gru_forward
from quizdl.engine.lstm import lstm_backward, lstm_forward
from quizdl.engine.recurrent import rnn_backward, rnn_forward

torch = pytest.importorskip("torch", reason="PyTorch is the oracle here: pip install 'quizdl[oracles]'")
F = torch.nn.functional

SIZES = [(1, 1, 1, 1), (1, 3, 2, 5), (5, 1, 3, 1), (4, 3, 2, 5), (7, 4, 1, 3)]
"""(T, B, I, H), with each of them 1 somewhere."""


def near(ours: Any, theirs: Any) -> None:
    theirs = theirs.detach().numpy() if isinstance(theirs, torch.Tensor) else theirs
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def leaf(x: Any) -> Any:
    return torch.tensor(np.ascontiguousarray(x), dtype=torch.float64, requires_grad=True)


def random(seed: int, **shapes: tuple[int, ...]) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {name: rng.standard_normal(shape) for name, shape in shapes.items()}


def compare(
    forward: Callable[..., Any], backward: Callable[..., Any], oracle: Callable[..., Any], arguments: dict[str, Any]
) -> None:
    """Both run forward, both get the same random gradients from above, both run backward."""
    outputs, cache = forward(**arguments)
    leaves = {name: leaf(x) for name, x in arguments.items()}
    theirs = oracle(**leaves)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    theirs = theirs if isinstance(theirs, tuple) else (theirs,)
    rng = np.random.default_rng(99)
    arriving = [rng.standard_normal(np.shape(y)) for y in outputs]
    for ours, other in zip(outputs, theirs, strict=True):
        near(ours, other)
    sum((other * torch.tensor(d)).sum() for other, d in zip(theirs, arriving, strict=True)).backward()
    for name, gradient in backward(*arriving, cache).items():
        near(gradient, leaves[name].grad)


def packed(layer: Any, x: Any, lengths: np.ndarray | None, *initial: Any) -> tuple[Any, ...]:
    """The layer's padded output and its last states, without the axis that counts layers and directions."""
    state = initial[0] if len(initial) == 1 else initial
    if lengths is None:
        h, last = layer(x, state)
    else:
        sequence = torch.nn.utils.rnn.pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=False)
        h, last = layer(sequence, state)
        h, _ = torch.nn.utils.rnn.pad_packed_sequence(h, total_length=len(x))
    return h, last


def load(suffix: str, order: list[int], W: Any, U: Any, b: Any, b_h: Any = None) -> dict[str, Any]:
    """Weights with the gates first, as PyTorch's layer holds them: gates stacked in its own order, transposed."""
    b_h = torch.zeros_like(b) if b_h is None else b_h
    return {
        f"weight_ih_l0{suffix}": W[order].transpose(1, 2).flatten(0, 1),
        f"weight_hh_l0{suffix}": U[order].transpose(1, 2).flatten(0, 1),
        f"bias_ih_l0{suffix}": b[order].flatten(),
        f"bias_hh_l0{suffix}": b_h[order].flatten(),
    }


def run(layer: Any, parameters: dict[str, Any], *arguments: Any) -> Any:
    """The layer with these tensors as its parameters, so that gradients flow to them."""
    return torch.func.functional_call(_Packed(layer), {f"layer.{k}": p for k, p in parameters.items()}, arguments)


class _Packed(torch.nn.Module):
    def __init__(self, layer: Any) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Any, lengths: Any, *initial: Any) -> Any:
        return packed(self.layer, x, lengths, *initial)


def lengths_of(T: int, B: int) -> np.ndarray:
    return np.random.default_rng(T * B).integers(1, T + 1, B)


@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize(("T", "B", "inner", "H"), SIZES)
def test_the_rnn_is_pytorchs(T: int, B: int, inner: int, H: int, ragged: bool) -> None:
    """h, the last h and all gradients, with initial states, with and without padding."""
    arguments = random(1, x=(T, B, inner), h0=(B, H), W=(inner, H), U=(H, H), b=(H,))
    lengths = lengths_of(T, B) if ragged else None
    layer = torch.nn.RNN(inner, H, dtype=torch.float64)

    def oracle(x: Any, h0: Any, W: Any, U: Any, b: Any) -> Any:
        h, last = run(layer, load("", [0], W[None], U[None], b[None]), x, lengths, h0[None])
        return h, last[0]

    compare(lambda **a: rnn_forward(**a, lengths=lengths), rnn_backward, oracle, arguments)


@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize(("T", "B", "inner", "H"), SIZES)
def test_the_lstm_is_pytorchs_with_the_gates_in_another_order(T: int, B: int, inner: int, H: int, ragged: bool) -> None:
    """PyTorch orders i, f, g, o; h, the last h and c and all gradients agree."""
    arguments = random(2, x=(T, B, inner), h0=(B, H), c0=(B, H), W=(4, inner, H), U=(4, H, H), b=(4, H))
    lengths = lengths_of(T, B) if ragged else None
    layer = torch.nn.LSTM(inner, H, dtype=torch.float64)

    def oracle(x: Any, h0: Any, c0: Any, W: Any, U: Any, b: Any) -> Any:
        h, (h_n, c_n) = run(layer, load("", [0, 1, 3, 2], W, U, b), x, lengths, h0[None], c0[None])
        return h, h_n[0], c_n[0]

    compare(lambda **a: lstm_forward(**a, lengths=lengths), lstm_backward, oracle, arguments)


@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize(("T", "B", "inner", "H"), SIZES)
def test_the_gru_that_resets_after_and_keeps_the_old_state_is_pytorchs(
    T: int, B: int, inner: int, H: int, ragged: bool
) -> None:
    """Gates r, z, n in the same order, two biases; h, the last h and all gradients agree."""
    arguments = random(3, x=(T, B, inner), h0=(B, H), W=(3, inner, H), U=(3, H, H), b=(3, H), b_h=(3, H))
    lengths = lengths_of(T, B) if ragged else None
    layer = torch.nn.GRU(inner, H, dtype=torch.float64)

    def oracle(x: Any, h0: Any, W: Any, U: Any, b: Any, b_h: Any) -> Any:
        h, last = run(layer, load("", [0, 1, 2], W, U, b, b_h), x, lengths, h0[None])
        return h, last[0]

    def forward(**a: Any) -> Any:
        return gru_forward(**a, reset_after=True, z_keeps="old", lengths=lengths)

    compare(forward, gru_backward, oracle, arguments)


@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize(("T", "B", "inner", "H"), SIZES)
def test_the_bidirectional_lstm_is_pytorchs(T: int, B: int, inner: int, H: int, ragged: bool) -> None:
    """Only the valid part is read backwards; states, last states of both directions and the gradient of x agree."""
    shapes = {"h0": (B, H), "c0": (B, H), "W": (4, inner, H), "U": (4, H, H), "b": (4, H)}
    x, ahead, back = random(4, x=(T, B, inner))["x"], random(5, **shapes), random(6, **shapes)
    lengths = lengths_of(T, B) if ragged else None
    (h, *last), cache = bidirectional.bidirectional_forward("lstm", x, ahead, back, lengths=lengths)
    layer = torch.nn.LSTM(inner, H, bidirectional=True, dtype=torch.float64)
    tx, one, two = leaf(x), {k: leaf(a) for k, a in ahead.items()}, {k: leaf(a) for k, a in back.items()}
    order = [0, 1, 3, 2]
    parameters = load("", order, one["W"], one["U"], one["b"])
    parameters |= load("_reverse", order, two["W"], two["U"], two["b"])
    initial = torch.stack([one["h0"], two["h0"]]), torch.stack([one["c0"], two["c0"]])
    th, (h_n, c_n) = run(layer, parameters, tx, lengths, *initial)
    near(h, th)
    for direction, states in enumerate(last):
        near(states[0], h_n[direction])
        near(states[1], c_n[direction])
    dh = np.random.default_rng(7).standard_normal(h.shape)
    (th * torch.tensor(dh)).sum().backward()
    dx, d_ahead, d_back = bidirectional.bidirectional_backward(dh, None, None, cache)
    near(dx, tx.grad)
    for name in shapes:
        near(d_ahead[name], one[name].grad)
        near(d_back[name], two[name].grad)


ELEMENTWISE = {
    "sigmoid": lambda x: torch.sigmoid(x),
    "tanh": lambda x: torch.tanh(x),
    "relu": lambda x: torch.relu(x),
    "leaky_relu": lambda x: F.leaky_relu(x),
    "softplus": lambda x: F.softplus(x, threshold=40),
    "softmax": lambda x: torch.softmax(x, -1),
    "log_softmax": lambda x: torch.log_softmax(x, -1),
}


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("scale", [1.0, 30.0, 1e3])
def test_activations_are_pytorchs_at_every_scale(name: str, scale: float) -> None:
    """Values and gradients for ordinary and for extreme inputs, exact zeros among them."""
    x = scale * random(8, x=(3, 5))["x"]
    x[0, 0] = 0.0
    pair = getattr(activations, f"{name}_forward"), getattr(activations, f"{name}_backward")
    compare(*pair, ELEMENTWISE[name], {"x": x})


@pytest.mark.parametrize("label_smoothing", [0.0, 0.1])
@pytest.mark.parametrize("ignored", [None, 2])
def test_cross_entropy_of_logits_is_pytorchs(label_smoothing: float, ignored: int | None) -> None:
    """With and without label smoothing, with and without labels that do not count."""
    t = np.array([0, 2, 1, 2, 3])
    options = {"label_smoothing": label_smoothing}
    index = -100 if ignored is None else ignored

    def forward(z: Any) -> Any:
        return losses.softmax_cross_entropy_forward(z, t, ignore_index=ignored, **options)

    def oracle(z: Any) -> Any:
        return F.cross_entropy(z, torch.tensor(t), ignore_index=index, **options)

    compare(forward, losses.softmax_cross_entropy_backward, oracle, {"z": 5 * random(9, z=(5, 4))["z"]})


@pytest.mark.parametrize("scale", [1.0, 1e3])
def test_binary_cross_entropy_is_pytorchs_at_every_scale(scale: float) -> None:
    """No overflow and no log of 0, however sure the logits are."""
    z, t = scale * random(10, z=(4, 3))["z"], np.random.default_rng(1).random((4, 3))
    pair = losses.bce_with_logits_forward, losses.bce_with_logits_backward
    compare(*pair, lambda z, t: F.binary_cross_entropy_with_logits(z, t), {"z": z, "t": t})


def test_the_kl_of_gaussians_is_pytorchs() -> None:
    """Against torch.distributions, summed over the last axis and averaged over rows."""
    arguments = random(11, mu_1=(4, 3), log_var_1=(4, 3), mu_2=(4, 3), log_var_2=(4, 3))

    def oracle(mu_1: Any, log_var_1: Any, mu_2: Any, log_var_2: Any) -> Any:
        normal = torch.distributions.Normal
        first, second = normal(mu_1, (log_var_1 / 2).exp()), normal(mu_2, (log_var_2 / 2).exp())
        return torch.distributions.kl_divergence(first, second).sum(-1).mean()

    compare(losses.kl_gaussians_forward, losses.kl_gaussians_backward, oracle, arguments)


@pytest.mark.parametrize("shape", [(5, 3), (2, 3, 4, 5)])
def test_batch_normalisation_is_pytorchs_in_training_and_at_test_time(shape: tuple[int, ...]) -> None:
    """The biased variance normalises, the unbiased one is kept; gradients run through the statistics."""
    arguments = random(12, x=shape, gamma=(3,), beta=(3,))
    mean, var = torch.zeros(3, dtype=torch.float64), torch.ones(3, dtype=torch.float64)
    running = normalisation.RunningStatistics(mean.numpy().copy(), var.numpy().copy())

    def oracle(x: Any, gamma: Any, beta: Any) -> Any:
        return F.batch_norm(x, mean, var, gamma, beta, training=True, momentum=0.1, eps=1e-5)

    compare(normalisation.batch_norm_forward, normalisation.batch_norm_backward, oracle, arguments)
    running = normalisation.update_running(running, arguments["x"])
    near(running.mean, mean)
    near(running.var, var)
    leaves = [torch.tensor(arguments[k]) for k in ("x", "gamma", "beta")]
    expected = F.batch_norm(leaves[0], mean, var, leaves[1], leaves[2], training=False)
    near(normalisation.batch_norm_inference(**arguments, running=running), expected)


def test_layer_normalisation_is_pytorchs() -> None:
    """Each row by itself, with gamma and beta."""
    arguments = random(13, x=(2, 3, 5), gamma=(5,), beta=(5,))

    def oracle(x: Any, gamma: Any, beta: Any) -> Any:
        return F.layer_norm(x, (5,), gamma, beta)

    compare(normalisation.layer_norm_forward, normalisation.layer_norm_backward, oracle, arguments)


@pytest.mark.parametrize("masked", [False, True])
def test_scaled_dot_product_attention_is_pytorchs(masked: bool) -> None:
    """With batch and head axes; a row that may look nowhere gives 0 on both sides."""
    arguments = random(14, Q=(2, 3, 4, 5), K=(2, 3, 6, 5), V=(2, 3, 6, 7))
    mask = np.random.default_rng(2).random((2, 3, 4, 6)) < 0.6 if masked else None
    if mask is not None:
        mask[0, 0, 0] = False

    def forward(Q: Any, K: Any, V: Any) -> Any:
        (y, _), cache = attention.scaled_dot_product_forward(Q, K, V, mask)
        return y, cache

    def backward(dy: Any, cache: Any) -> Any:
        return attention.scaled_dot_product_backward(dy, None, cache)

    def oracle(Q: Any, K: Any, V: Any) -> Any:
        return F.scaled_dot_product_attention(Q, K, V, None if mask is None else torch.tensor(mask))

    compare(forward, backward, oracle, arguments)


CONVOLUTIONS = [
    # (N, C, H, W), (F, R, S), stride, pad
    ((2, 3, 8, 8), (4, 3, 3), 1, 1),
    ((1, 1, 1, 1), (1, 1, 1), 1, 0),
    ((3, 2, 7, 5), (2, 3, 2), 2, 0),
    ((2, 1, 6, 7), (3, 2, 5), 3, 2),
    ((1, 2, 3, 3), (1, 3, 3), 2, 3),
]


@pytest.mark.parametrize(("images", "filters", "stride", "pad"), CONVOLUTIONS)
def test_convolution_is_pytorchs(images: Any, filters: Any, stride: int, pad: int) -> None:
    """Odd sizes, strides that leave a rest, more padding than is needed."""
    arguments = random(15, x=images, w=(filters[0], images[1], *filters[1:]), b=filters[:1])

    def forward(**a: Any) -> Any:
        return convolution.conv2d_forward(**a, stride=stride, pad=pad)

    def oracle(x: Any, w: Any, b: Any) -> Any:
        return F.conv2d(x, w, b, stride=stride, padding=pad)

    compare(forward, convolution.conv2d_backward, oracle, arguments)


def test_convolution_gives_the_same_whatever_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unrolling one sample at a time changes nothing: the last, smaller block counts too."""
    arguments = random(16, x=(5, 2, 6, 6), w=(3, 2, 3, 3), b=(3,))
    monkeypatch.setattr(convolution, "BLOCK_BYTES", 2 * 18 * 16 * 8)

    def oracle(x: Any, w: Any, b: Any) -> Any:
        return F.conv2d(x, w, b)

    compare(convolution.conv2d_forward, convolution.conv2d_backward, oracle, arguments)


@pytest.mark.parametrize(("k", "stride", "pad"), [(2, 2, 0), (3, 1, 1), (3, 2, 1), (2, 3, 1), (1, 1, 0)])
@pytest.mark.parametrize("ties", [False, True])
def test_max_pooling_is_pytorchs(k: int, stride: int, pad: int, ties: bool) -> None:
    """All entries negative, so that zero padding would win; among equal entries the first gets the gradient."""
    x = -np.abs(random(17, x=(2, 3, 7, 6))["x"])
    x = np.floor(x) if ties else x

    def forward(x: Any) -> Any:
        return convolution.max_pool2d_forward(x, k, stride, pad)

    compare(forward, convolution.max_pool2d_backward, lambda x: F.max_pool2d(x, k, stride, pad), {"x": x})


def test_embedding_is_pytorchs_with_repeated_words() -> None:
    """A word met three times gets three gradients."""
    ids = np.array([[0, 2], [2, 2], [1, 4]])

    def forward(E: Any) -> Any:
        return embedding.embedding_forward(ids, E)

    pair = forward, embedding.embedding_backward
    compare(*pair, lambda E: F.embedding(torch.tensor(ids), E), random(18, E=(5, 3)))


@pytest.mark.parametrize("threshold", [0.5, 1e3])
def test_clipping_by_the_global_norm_is_pytorchs(threshold: float) -> None:
    """With its 1e-6: clipped when the common norm is above the threshold, untouched when below."""
    gradients = random(19, W=(3, 4), b=(4,))
    tensors = [torch.zeros(g.shape, dtype=torch.float64, requires_grad=True) for g in gradients.values()]
    for tensor, g in zip(tensors, gradients.values(), strict=True):
        tensor.grad = torch.tensor(g)
    expected = torch.nn.utils.clip_grad_norm_(tensors, threshold)
    clipped, norm = clip_by_global_norm(gradients, threshold, eps=1e-6)
    near(norm, expected)
    for ours, tensor in zip(clipped.values(), tensors, strict=True):
        near(ours, tensor.grad)


OPTIMISERS = {
    "sgd": (lambda: optimisers.SGD(0.1), lambda p: torch.optim.SGD(p, lr=0.1)),
    "momentum": (lambda: optimisers.Momentum(0.1, 0.9), lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9)),
    "adam": (lambda: optimisers.Adam(0.01), lambda p: torch.optim.Adam(p, lr=0.01)),
}


@pytest.mark.parametrize("name", OPTIMISERS)
def test_optimisers_walk_pytorchs_way(name: str) -> None:
    """Ten steps with ten different gradients end at the same parameters."""
    ours, theirs = OPTIMISERS[name]
    parameters = random(20, W=(3, 2), b=(2,))
    tensors = {key: leaf(w) for key, w in parameters.items()}
    one, other = ours(), theirs(list(tensors.values()))
    for step in range(10):
        gradients = random(100 + step, W=(3, 2), b=(2,))
        parameters = one.update(parameters, gradients)
        for key, tensor in tensors.items():
            tensor.grad = torch.tensor(gradients[key])
        other.step()
    for key, tensor in tensors.items():
        near(parameters[key], tensor)
