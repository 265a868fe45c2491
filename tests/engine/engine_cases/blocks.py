"""Residual, dense, depthwise separable and squeeze-and-excitation blocks, WaveNet, and the network of Grad-CAM."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from engine_cases.kinds import Misuse, Parity, Rng, Slope, draw, size
from quizdl.engine import blocks as b
from quizdl.engine import grad_cam as g
from quizdl.engine import wavenet as w
from quizdl.engine.activations import relu_backward
from quizdl.engine.errors import DTypeError, RangeError, ShapeError
from quizdl.engine.normalisation import batch_norm_backward
from quizdl.engine.pooling import max_pool2d_backward

Arrays = dict[str, np.ndarray]


def random_for(name: str, p: Mapping[str, np.ndarray]) -> Arrays:
    """Random numbers in the shapes of p, the biases and normalisations too."""
    return draw(name + " p", **{key: x.shape for key, x in p.items()})


def conv(F: Any, x: Any, w: Any, stride: int = 1, groups: int = 1) -> Any:
    return F.conv2d(x, w, None, stride, w.shape[-1] // 2, groups=groups)


def norm(F: Any, x: Any, p: Any, name: str) -> Any:
    return F.batch_norm(x, None, None, p[f"{name}.gamma"], p[f"{name}.beta"], training=True)


def residual_oracle(torch: Any, x: Any, p: Any, stride: int = 1) -> Any:
    F = torch.nn.functional
    h = torch.relu(norm(F, conv(F, x, p["conv1.w"], stride), p, "bn1"))
    h = norm(F, conv(F, h, p["conv2.w"]), p, "bn2")
    if "projection.w" in p:
        x = norm(F, conv(F, x, p["projection.w"], stride), p, "projection_bn")
    return torch.relu(h + x)


def dense_oracle(torch: Any, x: Any, p: Any) -> Any:
    F = torch.nn.functional
    made = [x]
    for layer in range(len(p) // 3):
        h = torch.relu(norm(F, torch.cat(made, 1), p, f"{layer}.bn"))
        made.append(conv(F, h, p[f"{layer}.conv.w"]))
    return torch.cat(made, 1)


def transition_oracle(torch: Any, x: Any, p: Any) -> Any:
    F = torch.nn.functional
    return F.avg_pool2d(conv(F, torch.relu(norm(F, x, p, "bn")), p["conv.w"]), 2)


def separable_oracle(torch: Any, x: Any, p: Any, stride: int = 1) -> Any:
    F = torch.nn.functional
    h = torch.relu(norm(F, conv(F, x, p["depthwise.w"], stride, groups=x.shape[1]), p, "bn1"))
    return torch.relu(norm(F, conv(F, h, p["pointwise.w"]), p, "bn2"))


def excitation_oracle(torch: Any, x: Any, p: Any) -> Any:
    h = torch.relu(x.mean((2, 3)) @ p["W1"] + p["b1"])
    return x * torch.sigmoid(h @ p["W2"] + p["b2"])[:, :, None, None]


def causal(torch: Any, x: Any, p: Any, name: str, dilation: int = 1) -> Any:
    F = torch.nn.functional
    filters = p[f"{name}.w"]
    return F.conv1d(F.pad(x, ((filters.shape[2] - 1) * dilation, 0)), filters, p[f"{name}.b"], dilation=dilation)


def wavenet_block_oracle(torch: Any, x: Any, p: Any, dilation: int = 1, prefix: str = "") -> Any:
    gated = torch.tanh(causal(torch, x, p, f"{prefix}filter", dilation))
    z = gated * torch.sigmoid(causal(torch, x, p, f"{prefix}gate", dilation))
    return x + causal(torch, z, p, f"{prefix}residual"), causal(torch, z, p, f"{prefix}skip")


def wavenet_oracle(torch: Any, x: Any, p: Any, dilations: tuple[int, ...]) -> Any:
    h, total = causal(torch, x, p, "input"), 0
    for n, dilation in enumerate(dilations):
        h, skip = wavenet_block_oracle(torch, h, p, dilation, f"{n}.")
        total = total + skip
    return causal(torch, torch.relu(causal(torch, torch.relu(total), p, "hidden")), p, "output")


def maps_oracle(torch: Any, x: Any, p: Any) -> Any:
    F = torch.nn.functional
    h = F.max_pool2d(torch.relu(F.conv2d(x, p["conv1.w"], p["conv1.b"], padding=1)), 2)
    return torch.relu(F.conv2d(h, p["conv2.w"], p["conv2.b"], padding=1))


def cnn_oracle(torch: Any, x: Any, p: Any) -> Any:
    return maps_oracle(torch, x, p).mean((2, 3)) @ p["W"] + p["b"]


LABELS = np.array([2, 0])


def cam_oracle(torch: Any, x: Any, p: Any) -> Any:
    """The gradient at the feature maps comes from autograd here."""
    A = maps_oracle(torch, x, p).requires_grad_()
    scores = A.mean((2, 3)) @ p["W"] + p["b"]
    dA = torch.autograd.grad(scores[torch.arange(len(x)), torch.tensor(LABELS)].sum(), A)[0]
    alpha = dA.mean((2, 3))
    return torch.relu((alpha[:, :, None, None] * A).sum(1)), alpha


ZERO = np.random.default_rng(0)


def cases() -> list[Parity]:
    found = []

    def case(what: str, pair: Any, oracle: Any, x: tuple[int, ...], p: Any, **options: Any) -> None:
        arguments = {**draw(what, x=x), "p": random_for(what, p)}
        forward = partial(pair[0], **options)
        found.append(Parity(what, forward, pair[1], partial(oracle, **options), arguments))

    residual = b.residual_forward, b.residual_backward
    case("residual: same shapes", residual, residual_oracle, (2, 2, 3, 4), b.init_residual(ZERO, 2, 2))
    case("residual: more channels", residual, residual_oracle, (2, 2, 3, 3), b.init_residual(ZERO, 2, 3))
    halved = b.init_residual(ZERO, 2, 2, stride=2)
    case("residual: half the size", residual, residual_oracle, (2, 2, 5, 4), halved, stride=2)
    dense = b.dense_block_forward, b.dense_block_backward
    for growth, layers in ((1, 1), (2, 3)):
        p = b.init_dense_block(ZERO, 2, growth=growth, layers=layers)
        case(f"dense_block: {layers} layers, growth {growth}", dense, dense_oracle, (2, 2, 3, 3), p)
    pair = b.transition_forward, b.transition_backward
    case("transition", pair, transition_oracle, (2, 3, 5, 4), b.init_transition(ZERO, 3, 2))
    pair = b.depthwise_separable_forward, b.depthwise_separable_backward
    for stride in (1, 2):
        p = b.init_depthwise_separable(ZERO, 2, 3)
        case(f"depthwise_separable: stride {stride}", pair, separable_oracle, (2, 2, 4, 3), p, stride=stride)
    pair = b.squeeze_excitation_forward, b.squeeze_excitation_backward
    p = b.init_squeeze_excitation(ZERO, 4, reduction=2)
    case("squeeze_excitation", pair, excitation_oracle, (2, 4, 2, 3), p)
    case("squeeze_excitation: 1 pixel", pair, excitation_oracle, (1, 1, 1, 1), b.init_squeeze_excitation(ZERO, 1))
    pair = w.wavenet_block_forward, w.wavenet_block_backward
    for k, dilation in ((1, 1), (2, 3)):
        p = w.init_wavenet_block(ZERO, 2, 3, 2, k=k)
        what = f"wavenet_block: {k} entries, dilation {dilation}"
        case(what, pair, wavenet_block_oracle, (2, 2, 5), p, dilation=dilation)
    p = w.init_wavenet(ZERO, 1, 2, channels=2, skip=3, blocks=3)
    pair = w.wavenet_forward, w.wavenet_backward
    case("wavenet", pair, wavenet_oracle, (1, 1, 8), p, dilations=(1, 2, 4))
    p = g.init_cnn(ZERO, 1, 3, channels=(2, 3))
    case("cnn", (g.cnn_forward, g.cnn_backward), cnn_oracle, (2, 1, 5, 6), p)
    case("cnn_grad_cam", (lambda **a: (g.cnn_grad_cam(**a, labels=LABELS), None), None), cam_oracle, (2, 1, 5, 6), p)
    return found


PARITY = cases()


def random_like(rng: Rng, p: Mapping[str, np.ndarray]) -> Arrays:
    return {name: 0.7 * rng.standard_normal(x.shape) for name, x in p.items()}


def smooth(rng: Rng, make: Callable[[], Slope]) -> Slope:
    """Draws until no ReLU and no maximum is near its kink, and no batch is nearly constant.

    A step of the check could cross the one, and the other's curvature would be all that it sees.
    """
    while True:
        case = make()
        _, cache = case.forward(**case.arguments, **case.options)
        if all(margin(step.backward, step.cache) > 1e-3 for step in cache.tape.steps):
            return case


def margin(backward: Callable[..., Any], cache: Any) -> float:
    if backward is relu_backward:
        return float(np.abs(cache[0]).min())
    if backward is batch_norm_backward:
        return float(cache[1].min()) - 0.3
    if backward is max_pool2d_backward:
        padded, _, place = cache
        entries = np.sort([padded[entry] for entry in place.entries], axis=0)
        gaps = (entries[-1] - entries[-2])[entries[-1] > 0]  # those of zeros, after a ReLU, stay zeros
        return float(gaps.min(initial=1.0))
    return 1.0


def image(rng: Rng, C: int) -> np.ndarray:
    """Enough pixels for a batch's variance to be far from 0."""
    return rng.standard_normal((2, C, 2 + size(rng, 2), 2 + size(rng, 2)))


def residual(rng: Rng) -> Slope:
    def make() -> Slope:
        C, F, stride = size(rng, 2), size(rng, 2), size(rng, 2)
        p = random_like(rng, b.init_residual(rng, C, F, stride=stride))
        arguments = {"x": image(rng, C), "p": p}
        return Slope(b.residual_forward, b.residual_backward, arguments, {"stride": stride})

    return smooth(rng, make)


def dense_block(rng: Rng) -> Slope:
    def make() -> Slope:
        C = size(rng, 2)
        p = random_like(rng, b.init_dense_block(rng, C, growth=size(rng, 2), layers=size(rng, 2)))
        return Slope(b.dense_block_forward, b.dense_block_backward, {"x": image(rng, C), "p": p})

    return smooth(rng, make)


def transition(rng: Rng) -> Slope:
    def make() -> Slope:
        C = size(rng)
        p = random_like(rng, b.init_transition(rng, C, size(rng)))
        return Slope(b.transition_forward, b.transition_backward, {"x": image(rng, C), "p": p})

    return smooth(rng, make)


def depthwise_separable(rng: Rng) -> Slope:
    def make() -> Slope:
        C = size(rng, 2)
        arguments = {"x": image(rng, C), "p": random_like(rng, b.init_depthwise_separable(rng, C, size(rng, 2)))}
        pair = b.depthwise_separable_forward, b.depthwise_separable_backward
        return Slope(*pair, arguments, {"stride": size(rng, 2)})

    return smooth(rng, make)


def squeeze_excitation(rng: Rng) -> Slope:
    def make() -> Slope:
        C = size(rng)
        p = random_like(rng, b.init_squeeze_excitation(rng, C, reduction=size(rng)))
        return Slope(b.squeeze_excitation_forward, b.squeeze_excitation_backward, {"x": image(rng, C), "p": p})

    return smooth(rng, make)


def wavenet_block(rng: Rng) -> Slope:
    N, C, L = (size(rng) for _ in range(3))
    p = random_like(rng, w.init_wavenet_block(rng, C, size(rng), size(rng), k=size(rng, 3)))
    arguments = {"x": rng.standard_normal((N, C, L)), "p": p}
    return Slope(w.wavenet_block_forward, w.wavenet_block_backward, arguments, {"dilation": size(rng)})


def wavenet(rng: Rng) -> Slope:
    def make() -> Slope:
        C, blocks = size(rng, 2), size(rng, 2)
        p = w.init_wavenet(rng, C, size(rng, 2), channels=size(rng, 3), skip=size(rng, 3), blocks=blocks)
        arguments = {"x": rng.standard_normal((size(rng, 2), C, size(rng))), "p": random_like(rng, p)}
        options = {"dilations": tuple(2**n for n in range(blocks))}
        return Slope(w.wavenet_forward, w.wavenet_backward, arguments, options)

    return smooth(rng, make)


def cnn(rng: Rng) -> Slope:
    def make() -> Slope:
        C = size(rng, 2)
        p = random_like(rng, g.init_cnn(rng, C, size(rng), channels=(size(rng, 2), size(rng, 2))))
        return Slope(g.cnn_forward, g.cnn_backward, {"x": image(rng, C), "p": p})

    return smooth(rng, make)


SLOPES: dict[str, Callable[[Rng], Slope]] = {
    maker.__name__: maker
    for maker in (
        residual,
        dense_block,
        transition,
        depthwise_separable,
        squeeze_excitation,
        wavenet_block,
        wavenet,
        cnn,
    )
}

X, L = np.zeros((2, 3, 4, 4)), np.zeros((2, 3, 8))
RESIDUAL = b.init_residual(ZERO, 3, 3)
DENSE = b.init_dense_block(ZERO, 3, growth=2, layers=2)
TRANSITION = b.init_transition(ZERO, 3, 2)
SEPARABLE = b.init_depthwise_separable(ZERO, 3, 2)
EXCITATION = b.init_squeeze_excitation(ZERO, 3)
BLOCK = w.init_wavenet_block(ZERO, 3, 2, 2)
WAVENET = w.init_wavenet(ZERO, 3, 2, channels=2, skip=2, blocks=2)
CNN = g.init_cnn(ZERO, 3, 4)


def without(p: Arrays, name: str) -> Arrays:
    return {key: x for key, x in p.items() if key != name}


def of_a_network(forward: Any, backward: Any, x: np.ndarray, p: Arrays, name: str, d: str, **options: Any) -> Any:
    """What every network refuses: wrong images, and a parameter that is missing, misshapen, or one too many."""

    def call(x: Any = x, p: Any = p) -> Any:
        return forward(x, p, **options)

    def back() -> object:
        outputs, cache = call()
        several = isinstance(outputs, tuple)
        return backward(np.zeros(7), *([None] if several else []), cache)

    return [
        Misuse(lambda: call(x=x[0]), ShapeError, "x"),
        Misuse(lambda: call(x=x[:, :, :0]), ShapeError, "x"),
        Misuse(lambda: call(x="text"), DTypeError, "x"),
        Misuse(lambda: call(p=without(p, name)), ShapeError, name),
        Misuse(lambda: call(p={**p, name: p[name][..., None]}), ShapeError, name),
        Misuse(lambda: call(p={**p, name: "text"}), DTypeError, name),
        Misuse(lambda: call(p={**p, "extra": X}), RangeError, "extra"),
        Misuse(back, ShapeError, d),
    ]


MISUSES = [
    *of_a_network(b.residual_forward, b.residual_backward, X, RESIDUAL, "conv2.w", "dy"),
    *of_a_network(b.dense_block_forward, b.dense_block_backward, X, DENSE, "0.conv.w", "dy"),
    *of_a_network(b.transition_forward, b.transition_backward, X, TRANSITION, "conv.w", "dy"),
    *of_a_network(b.depthwise_separable_forward, b.depthwise_separable_backward, X, SEPARABLE, "pointwise.w", "dy"),
    *of_a_network(b.squeeze_excitation_forward, b.squeeze_excitation_backward, X, EXCITATION, "W2", "dy"),
    *of_a_network(w.wavenet_block_forward, w.wavenet_block_backward, L, BLOCK, "gate.w", "dy"),
    *of_a_network(w.wavenet_forward, w.wavenet_backward, L, WAVENET, "1.skip.w", "dy", dilations=(1, 2)),
    *of_a_network(g.cnn_forward, g.cnn_backward, X, CNN, "W", "dz"),
    Misuse(lambda: b.residual_forward(X, RESIDUAL, stride=2), RangeError, "stride"),
    Misuse(lambda: b.residual_forward(X, RESIDUAL, stride=0), RangeError, "stride"),
    Misuse(lambda: b.residual_forward(X[:, :2], RESIDUAL), ShapeError, "conv1.w"),
    Misuse(lambda: b.init_residual(ZERO, 0, 3), ShapeError, "c_in"),
    Misuse(lambda: b.init_dense_block(ZERO, 3, growth=0, layers=1), ShapeError, "growth"),
    Misuse(lambda: b.depthwise_separable_forward(X, SEPARABLE, stride=0), RangeError, "stride"),
    Misuse(lambda: w.wavenet_block_forward(L, BLOCK, dilation=0), RangeError, "dilation"),
    Misuse(lambda: w.wavenet_forward(L, WAVENET, dilations=()), ShapeError, "dilations"),
    Misuse(lambda: w.wavenet_forward(L, WAVENET, dilations=(1, 0)), RangeError, "dilations[1]"),
    Misuse(lambda: w.wavenet_forward(L, WAVENET, dilations=(1,)), RangeError, "1.filter.w"),
    Misuse(lambda: w.causal_receptive_field(2, (1, 0)), RangeError, "dilations[1]"),
    Misuse(lambda: w.causal_receptive_field(0, (1,)), ShapeError, "k"),
    Misuse(lambda: w.init_wavenet(ZERO, 1, 1, channels=0, skip=1, blocks=1), ShapeError, "channels"),
    Misuse(lambda: g.init_cnn(ZERO, 1, 2, channels=(0, 1)), ShapeError, "channels[0]"),
    Misuse(lambda: g.cnn_forward(X[:, :, :1], CNN), ShapeError, "x"),
    Misuse(lambda: g.cnn_grad_cam(X, CNN, [0, 4]), RangeError, "labels"),
    Misuse(lambda: g.cnn_grad_cam(X, CNN, [0]), ShapeError, "labels"),
    Misuse(lambda: g.cnn_grad_cam(X, CNN, [0.5, 1]), DTypeError, "labels"),
    Misuse(lambda: g.grad_cam(X, X[:1]), ShapeError, "dA"),
    Misuse(lambda: g.grad_cam(X[0], X), ShapeError, "A"),
]
