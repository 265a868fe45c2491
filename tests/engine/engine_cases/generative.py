"""Perceptrons and autoencoders."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from engine_cases.kinds import Misuse, Parity, Rng, Slope, draw, size
from quizdl.engine import autoencoders, perceptron
from quizdl.engine.errors import DTypeError, RangeError, ShapeError

Shapes = dict[str, tuple[int, ...]]


def layers(prefix: str, *sizes: int) -> Shapes:
    """The shapes of a perceptron's parameters."""
    shapes: Shapes = {}
    for k in range(len(sizes) - 1):
        shapes |= {f"{prefix}{k}.W": (sizes[k], sizes[k + 1]), f"{prefix}{k}.b": (sizes[k + 1],)}
    return shapes


def tied_shapes(*sizes: int) -> Shapes:
    """An autoencoder's parameters, the decoder's weights being the encoder's."""
    decoder = layers("decoder.", *reversed(sizes))
    return layers("encoder.", *sizes) | {name: shape for name, shape in decoder.items() if name.endswith("b")}


def both_ways(*sizes: int) -> Shapes:
    """An autoencoder's parameters."""
    return layers("encoder.", *sizes) | layers("decoder.", *reversed(sizes))


def bits(name: str, *shape: int) -> np.ndarray:
    """Zeros and ones that depend on the name alone."""
    return (draw(name, x=shape)["x"] > 0).astype(float)


def between(name: str, *shape: int) -> np.ndarray:
    """Numbers from 0 to 1 that depend on the name alone, the first of them exactly 0 and the last exactly 1."""
    x = 1 / (1 + np.exp(-draw(name, x=shape)["x"]))
    x.flat[-1], x.flat[0] = 1, 0
    return x


ACTIVATIONS: dict[str, Callable[[Any], Callable[..., Any]]] = {
    "identity": lambda torch: lambda x: x,
    "leaky_relu": lambda torch: torch.nn.functional.leaky_relu,
    "relu": lambda torch: torch.relu,
    "sigmoid": lambda torch: torch.sigmoid,
    "softplus": lambda torch: torch.nn.functional.softplus,
    "tanh": lambda torch: torch.tanh,
}


def through(torch: Any, x: Any, p: Any, prefix: str, activation: str, output: str = "identity") -> Any:
    """A perceptron in PyTorch."""
    names = [name for name in p if re.fullmatch(re.escape(prefix) + r"\d+\.W", name)]
    for k, name in enumerate(names):
        x = torch.nn.functional.linear(x, p[name].T, p[name[:-1] + "b"])
        x = ACTIVATIONS[output if k == len(names) - 1 else activation](torch)(x)
    return x


def perceptron_parity(name: str, sizes: tuple[int, ...], B: int, activation: str, output: str) -> Parity:
    name = f"perceptron: {name}"

    def oracle(torch: Any, x: Any, p: Any) -> Any:
        return through(torch, x, p, "", activation, output)

    arguments = draw(name, x=(B, sizes[0])) | {"p": draw(name + " p", **layers("", *sizes))}
    forward = partial(perceptron.perceptron_forward, activation=activation, output=output)
    return Parity(name, forward, perceptron.perceptron_backward, oracle, arguments)


def reconstruct(torch: Any, x: Any, p: Any, activation: str, tied: bool) -> Any:
    h = through(torch, x, p, "encoder.", activation, activation)
    if not tied:
        return through(torch, h, p, "decoder.", activation)
    weights = [p[name] for name in p if name.startswith("encoder.") and name.endswith("W")][::-1]
    biases = [p[name] for name in p if name.startswith("decoder.")]
    for k, (W, b) in enumerate(zip(weights, biases, strict=True)):
        h = torch.nn.functional.linear(h, W, b)
        h = h if k == len(weights) - 1 else ACTIVATIONS[activation](torch)(h)
    return h


def distance(torch: Any, a: Any, x: Any, loss: str) -> Any:
    if loss == "squared":
        return torch.nn.functional.mse_loss(a, x)
    return torch.nn.functional.binary_cross_entropy_with_logits(a, x)


def autoencoder_parity(sizes: tuple[int, ...], B: int, loss: str, activation: str, tied: bool) -> Parity:
    name = f"autoencoder: {sizes} of {B}, {loss}, {activation}{', tied' if tied else ''}"

    def oracle(torch: Any, x: Any, p: Any) -> Any:
        a = reconstruct(torch, x, p, activation, tied)
        return torch.sigmoid(a) if loss == "cross_entropy" else a

    shapes = tied_shapes(*sizes) if tied else both_ways(*sizes)
    arguments = draw(name, x=(B, sizes[0])) | {"p": draw(name + " p", **shapes)}
    forward = partial(autoencoders.autoencoder_forward, loss=loss, activation=activation, tied=tied)
    return Parity(name, forward, autoencoders.autoencoder_backward, oracle, arguments)


def denoising_parity(corruption: str | None, loss: str, activation: str, tied: bool, sizes: tuple[int, ...]) -> Parity:
    name = f"autoencoder loss: {corruption}, {loss}, {activation}, {sizes}{', tied' if tied else ''}"
    x = between(name, 3, sizes[0])
    noise = bits(name, *x.shape) if corruption == "mask" else 0.3 * draw(name, noise=x.shape)["noise"]

    def oracle(torch: Any, x: Any, p: Any) -> Any:
        n = torch.tensor(noise)
        corrupted = x if corruption is None else x * n if corruption == "mask" else x + n
        return distance(torch, reconstruct(torch, corrupted, p, activation, tied), x, loss)

    shapes = tied_shapes(*sizes) if tied else both_ways(*sizes)
    arguments = {"x": x, "p": draw(name + " p", **shapes)}
    options: dict[str, Any] = {"loss": loss, "activation": activation, "tied": tied}
    if corruption is None:
        forward = partial(autoencoders.autoencoder_loss_forward, **options)
        return Parity(name, forward, autoencoders.autoencoder_loss_backward, oracle, arguments)
    forward = partial(autoencoders.denoising_autoencoder_forward, noise=noise, corruption=corruption, **options)
    return Parity(name, forward, autoencoders.denoising_autoencoder_backward, oracle, arguments)


def encode_parity(activation: str) -> Parity:
    name = f"autoencoder: the code, {activation}"

    def oracle(torch: Any, x: Any, p: Any) -> Any:
        return through(torch, x, p, "encoder.", activation, activation)

    arguments = draw(name, x=(3, 4)) | {"p": draw(name + " p", **layers("encoder.", 4, 3, 2))}
    forward = partial(autoencoders.encode_forward, activation=activation)
    return Parity(name, forward, autoencoders.encode_backward, oracle, arguments)


def classifier_parity(B: int, sizes: tuple[int, ...], C: int) -> Parity:
    name = f"stacked classifier: {sizes} of {B} into {C}"

    def oracle(torch: Any, x: Any, p: Any) -> Any:
        h = through(torch, x, p, "encoder.", "sigmoid", "sigmoid")
        return torch.nn.functional.linear(h, p["top.W"].T, p["top.b"])

    shapes = layers("encoder.", *sizes) | {"top.W": (sizes[-1], C), "top.b": (C,)}
    arguments = draw(name, x=(B, sizes[0])) | {"p": draw(name + " p", **shapes)}
    pair = autoencoders.stacked_classifier_forward, autoencoders.stacked_classifier_backward
    return Parity(name, *pair, oracle, arguments)


PARITY: list[Parity] = [
    *(perceptron_parity(name, (3, 4, 2), 2, name, "identity") for name in ACTIVATIONS),
    perceptron_parity("one layer", (3, 2), 5, "relu", "sigmoid"),
    perceptron_parity("all ones", (1, 1, 1), 1, "tanh", "tanh"),
    perceptron_parity("deep", (2, 3, 4, 3, 1), 3, "softplus", "relu"),
    *(
        autoencoder_parity(sizes, B, loss, activation, tied)
        for sizes, B in (((4, 2), 3), ((5, 4, 2), 2), ((1, 1), 1))
        for loss, activation, tied in (
            ("squared", "sigmoid", False),
            ("squared", "tanh", True),
            ("cross_entropy", "sigmoid", True),
            ("cross_entropy", "relu", False),
        )
    ),
    *(
        denoising_parity(corruption, loss, "sigmoid", tied, sizes)
        for corruption in (None, "mask", "gaussian")
        for loss in ("squared", "cross_entropy")
        for tied, sizes in ((False, (3, 2)), (True, (4, 3, 2)))
    ),
    denoising_parity("mask", "squared", "tanh", True, (1, 1)),
    encode_parity("sigmoid"),
    encode_parity("relu"),
    classifier_parity(3, (4, 3, 2), 3),
    classifier_parity(1, (1, 1), 1),
]


def random(rng: Rng, shapes: Shapes) -> dict[str, np.ndarray]:
    return {name: rng.standard_normal(shape) for name, shape in shapes.items()}


def sizes_of(rng: Rng, low: int, high: int) -> list[int]:
    return [size(rng) for _ in range(int(rng.integers(low, high + 1)))]


def perceptron_slope(rng: Rng) -> Slope:
    sizes = sizes_of(rng, 2, 4)
    options = {
        "activation": str(rng.choice(["tanh", "softplus", "sigmoid"])),
        "output": str(rng.choice(["tanh", "identity"])),
    }
    arguments = {"x": rng.standard_normal((size(rng), sizes[0])), "p": random(rng, layers("", *sizes))}
    return Slope(perceptron.perceptron_forward, perceptron.perceptron_backward, arguments, options)


def autoencoder_arguments(rng: Rng) -> tuple[dict[str, Any], dict[str, Any]]:
    sizes, tied = sizes_of(rng, 2, 3), bool(rng.integers(2))
    options = {
        "loss": str(rng.choice(["squared", "cross_entropy"])),
        "activation": str(rng.choice(["sigmoid", "tanh"])),
        "tied": tied,
    }
    p = random(rng, tied_shapes(*sizes) if tied else both_ways(*sizes))
    return {"x": rng.uniform(0.1, 0.9, (size(rng), sizes[0])), "p": p}, options


def autoencoder(rng: Rng) -> Slope:
    arguments, options = autoencoder_arguments(rng)
    return Slope(autoencoders.autoencoder_forward, autoencoders.autoencoder_backward, arguments, options)


def autoencoder_loss(rng: Rng) -> Slope:
    arguments, options = autoencoder_arguments(rng)
    return Slope(autoencoders.autoencoder_loss_forward, autoencoders.autoencoder_loss_backward, arguments, options)


def denoising_autoencoder(rng: Rng) -> Slope:
    arguments, options = autoencoder_arguments(rng)
    corruption = str(rng.choice(["mask", "gaussian"]))
    shape = arguments["x"].shape
    noise = (rng.random(shape) < 0.5).astype(float) if corruption == "mask" else rng.standard_normal(shape)
    options |= {"corruption": corruption, "noise": noise}
    pair = autoencoders.denoising_autoencoder_forward, autoencoders.denoising_autoencoder_backward
    return Slope(*pair, arguments, options)


def encode(rng: Rng) -> Slope:
    sizes = sizes_of(rng, 2, 4)
    arguments = {"x": rng.standard_normal((size(rng), sizes[0])), "p": random(rng, layers("encoder.", *sizes))}
    return Slope(autoencoders.encode_forward, autoencoders.encode_backward, arguments)


def stacked_classifier(rng: Rng) -> Slope:
    sizes, C = sizes_of(rng, 2, 4), size(rng)
    shapes = layers("encoder.", *sizes) | {"top.W": (sizes[-1], C), "top.b": (C,)}
    arguments = {"x": rng.standard_normal((size(rng), sizes[0])), "p": random(rng, shapes)}
    pair = autoencoders.stacked_classifier_forward, autoencoders.stacked_classifier_backward
    return Slope(*pair, arguments, {"activation": "tanh"})


SLOPES: dict[str, Callable[[Rng], Slope]] = {
    "perceptron": perceptron_slope,
    "autoencoder": autoencoder,
    "autoencoder_loss": autoencoder_loss,
    "denoising_autoencoder": denoising_autoencoder,
    "autoencoder: the code": encode,
    "stacked_classifier": stacked_classifier,
}


def mlp(*sizes: int) -> dict[str, np.ndarray]:
    """A perceptron of zeros."""
    return {name: np.zeros(shape) for name, shape in layers("", *sizes).items()}


def auto(*sizes: int, tied: bool = False) -> dict[str, np.ndarray]:
    """An autoencoder of zeros."""
    return {name: np.zeros(shape) for name, shape in (tied_shapes if tied else both_ways)(*sizes).items()}


def encoder_of_zeros() -> dict[str, np.ndarray]:
    """An encoder of zeros."""
    return {name: np.zeros(shape) for name, shape in layers("encoder.", 3, 2).items()}


def without(p: dict[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
    """The parameters without one of them."""
    return {key: x for key, x in p.items() if key != name}


X = np.zeros((2, 3))
TOP = {"top.W": np.zeros((2, 4)), "top.b": np.zeros(4)}
RNG = np.random.default_rng(0)


def after(forward: Callable[..., Any], backward: Callable[..., Any], *above: Any) -> Callable[..., object]:
    """A backward with something wrong arriving, as a call of the forward's arguments."""
    return lambda *arguments, **options: backward(*above, forward(*arguments, **options)[1])


perceptron_of = perceptron.perceptron_forward
autoencoder_of = autoencoders.autoencoder_forward
loss_of = autoencoders.autoencoder_loss_forward
denoised = autoencoders.denoising_autoencoder_forward
classified = autoencoders.stacked_classifier_forward

MISUSES: list[Misuse] = [
    Misuse(lambda: perceptron_of(np.zeros(3), mlp(3, 2)), ShapeError, "x"),
    Misuse(lambda: perceptron_of(np.zeros((0, 3)), mlp(3, 2)), ShapeError, "x"),
    Misuse(lambda: perceptron_of([["a"]], mlp(1, 1)), DTypeError, "x"),
    Misuse(lambda: perceptron_of(X, mlp(4, 2)), ShapeError, "0.W"),
    Misuse(lambda: perceptron_of(X, {}), ShapeError, "0.W"),
    Misuse(lambda: perceptron_of(X, without(mlp(3, 2), "0.b")), ShapeError, "0.b"),
    Misuse(lambda: perceptron_of(X, mlp(3, 2) | {"1.W": np.zeros((3, 2)), "1.b": np.zeros(2)}), ShapeError, "1.W"),
    Misuse(lambda: perceptron_of(X, mlp(3, 2) | {"c": np.zeros(2)}), RangeError, "c"),
    Misuse(lambda: perceptron_of(X, mlp(3, 2), activation="swish"), RangeError, "activation"),
    Misuse(lambda: perceptron_of(X, mlp(3, 2), output="softmax"), RangeError, "output"),
    Misuse(
        lambda: after(perceptron_of, perceptron.perceptron_backward, np.zeros((2, 3)))(X, mlp(3, 2)), ShapeError, "dy"
    ),
    Misuse(lambda: perceptron.init_perceptron(RNG, (3, 0)), ShapeError, "sizes[1]"),
    Misuse(lambda: perceptron.init_perceptron(RNG, (2.5, 1)), ShapeError, "sizes[0]"),
    Misuse(lambda: autoencoders.init_autoencoder(RNG, (3,)), ShapeError, "sizes"),
    Misuse(lambda: autoencoder_of(np.zeros((2, 4)), auto(3, 2)), ShapeError, "encoder.0.W"),
    Misuse(lambda: autoencoder_of(np.zeros(3), auto(3, 2)), ShapeError, "x"),
    Misuse(lambda: autoencoder_of(X, auto(3, 2), tied=True), RangeError, "decoder.0.W"),
    Misuse(lambda: autoencoder_of(X, auto(3, 2, tied=True)), ShapeError, "decoder.0.W"),
    Misuse(lambda: autoencoder_of(X, auto(3, 2) | {"decoder.0.b": np.zeros(2)}), ShapeError, "decoder.0.b"),
    Misuse(lambda: autoencoder_of(X, auto(3, 2), loss="hinge"), RangeError, "loss"),
    Misuse(lambda: autoencoder_of(X, auto(3, 2), activation="step"), RangeError, "activation"),
    Misuse(
        lambda: after(autoencoder_of, autoencoders.autoencoder_backward, np.zeros(3))(X, auto(3, 2)), ShapeError, "dy"
    ),
    Misuse(lambda: autoencoders.encode_forward(X, {}), ShapeError, "encoder.0.W"),
    Misuse(
        lambda: after(autoencoders.encode_forward, autoencoders.encode_backward, X)(X, auto(3, 2)), ShapeError, "dh"
    ),
    Misuse(
        lambda: after(loss_of, autoencoders.autoencoder_loss_backward, np.ones(2))(X, auto(3, 2)), ShapeError, "dloss"
    ),
    Misuse(lambda: denoised(X, auto(3, 2), np.zeros((2, 4))), ShapeError, "noise"),
    Misuse(lambda: denoised(X, auto(3, 2), X, corruption="salt"), RangeError, "corruption"),
    Misuse(lambda: denoised(X, auto(3, 2), [["a"] * 3] * 2), DTypeError, "noise"),
    Misuse(lambda: autoencoders.pretrain(RNG, X, (3, 2), steps=0, lr=0.1), ShapeError, "steps"),
    Misuse(lambda: autoencoders.pretrain(RNG, X, (3, 2), steps=1, lr=0.1, lost=1.5), RangeError, "lost"),
    Misuse(lambda: autoencoders.pretrain(RNG, np.zeros(3), (3, 2), steps=1, lr=0.1), ShapeError, "x"),
    Misuse(
        lambda: classified(X, encoder_of_zeros() | {"top.W": np.zeros((3, 4)), "top.b": np.zeros(4)}),
        ShapeError,
        "top.W",
    ),
    Misuse(lambda: classified(X, encoder_of_zeros()), ShapeError, "top.W"),
    Misuse(
        lambda: after(classified, autoencoders.stacked_classifier_backward, X)(X, encoder_of_zeros() | TOP),
        ShapeError,
        "dz",
    ),
    Misuse(lambda: autoencoders.init_classifier(RNG, encoder_of_zeros(), 0), ShapeError, "classes"),
]
