"""Autoencoders: plain, denoising (Vincent et al. 2008), and stacked, trained layer by layer (Bengio et al. 2007).

    h = f(xW + b),   y = hW' + b',   loss = how far y is from x

Parameters are `encoder.0.W`, `encoder.0.b`, …, `decoder.0.W`, …; with tied weights the decoder has the encoder's,
transposed, in reverse order (W' = Wᵀ), and only biases of its own. Losses are means over all entries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from quizdl.engine.activations import sigmoid_forward
from quizdl.engine.arrays import Array, real
from quizdl.engine.errors import ShapeError, one_of
from quizdl.engine.losses import (
    bce_with_logits_forward,
    mse_forward,
    softmax_cross_entropy_backward,
    softmax_cross_entropy_forward,
)
from quizdl.engine.parameters import replayed_as
from quizdl.engine.perceptron import (
    ACTIVATIONS,
    checked_network,
    dense,
    depth,
    init_perceptron,
    perceptron,
    perceptron_shapes,
    positive,
    within,
)
from quizdl.engine.tape import Recording, Value, Values, apply, one, recorded, replayed

LOSSES = ("squared", "cross_entropy")
"""How y is compared with x: (y − x)², or the cross-entropy of y = σ(the decoder's output) with x in [0, 1]."""

CORRUPTIONS = ("mask", "gaussian")


def init_autoencoder(
    rng: np.random.Generator, sizes: Sequence[int], *, tied: bool = False, dtype: DTypeLike = np.float64
) -> dict[str, Array]:
    """Parameters; sizes (D, H1, …, Z) are the encoder's, from the input to the code, and the decoder's in reverse."""
    if len(sizes) < 2:
        raise ShapeError(
            "sizes",
            f"入力と符号の 2 つ以上の大きさが必要ですが、{len(sizes)} 個です",
            f"expected two sizes or more, found {len(sizes)}",
        )
    decoder = init_perceptron(rng, tuple(reversed(sizes)), prefix="decoder.", dtype=dtype)
    own = {name: x for name, x in decoder.items() if not (tied and name.endswith(".W"))}
    return init_perceptron(rng, sizes, prefix="encoder.", dtype=dtype) | own


def encode(x: Value, p: Values, activation: str = "sigmoid") -> Value:
    """h ← f(hW + b), layer after layer: the code."""
    return perceptron(x, p, prefix="encoder.", activation=activation, output=activation)


def decode(h: Value, p: Values, activation: str = "sigmoid", tied: bool = False) -> Value:
    """The way back, its last layer without an activation; h: (B, Z) → (B, D)."""
    layers = depth(p, "encoder.")
    for k in range(layers):
        W = p[f"encoder.{layers - 1 - k}.W"].transpose(1, 0) if tied else p[f"decoder.{k}.W"]
        h = dense(h, W, p[f"decoder.{k}.b"], "identity" if k == layers - 1 else activation)
    return h


def reconstruct(x: Value, p: Values, loss: str, activation: str, tied: bool) -> Value:
    """y = decode(encode(x)), through σ where the loss is the cross-entropy."""
    a = decode(encode(x, p, activation), p, activation, tied)
    return one(apply(sigmoid_forward, x=a)) if loss == "cross_entropy" else a


def autoencoder_forward(
    x: Array,
    p: Mapping[str, Array],
    *,
    loss: str = "squared",
    activation: str = "sigmoid",
    tied: bool = False,
) -> tuple[Array, Recording]:
    """y = decode(encode(x)); x: (B, D) → (B, D), through σ for loss="cross_entropy". O(B·Σ I·O)."""
    x, p = _checked(p, tied, loss, activation, x=(x, "B D"))
    y, cache = recorded(reconstruct, x=x, p=p, options={"loss": loss, "activation": activation, "tied": tied})
    return y, cache


def autoencoder_backward(dy: Array, cache: Recording) -> dict[str, Array]:
    """Gradients of x and of every parameter; a tied weight's is the sum of both its uses."""
    return replayed(dy, cache=cache)


def encode_forward(x: Array, p: Mapping[str, Array], *, activation: str = "sigmoid") -> tuple[Array, Recording]:
    """The code h of x; (B, D) → (B, Z). Of p, only the encoder's parameters are used and get gradients."""
    one_of("activation", activation, tuple(ACTIVATIONS))
    own = {name: w for name, w in p.items() if name.startswith("encoder.")}
    x, own = checked_network(own, perceptron_shapes(own, "encoder.", "D", "H", "Z"), x=(x, "B D"))
    y, cache = recorded(encode, x=x, p=own, options={"activation": activation})
    return y, cache


def encode_backward(dh: Array, cache: Recording) -> dict[str, Array]:
    """Gradients of x and of the encoder's parameters."""
    return replayed_as(cache, dh=dh)


def denoise(x: Value, p: Values, noise: Array | None, corruption: str, loss: str, activation: str, tied: bool) -> Value:
    """L(x, decode(encode(x̃))) with x̃ = x ⊙ noise or x + noise; the clean x is the target."""
    corrupted = x if noise is None else x * noise if corruption == "mask" else x + noise
    a = decode(encode(corrupted, p, activation), p, activation, tied)
    if loss == "cross_entropy":
        return one(apply(bce_with_logits_forward, z=a, t=x))
    return one(apply(mse_forward, y=a, t=x))


def autoencoder_loss_forward(
    x: Array,
    p: Mapping[str, Array],
    *,
    loss: str = "squared",
    activation: str = "sigmoid",
    tied: bool = False,
) -> tuple[Array, Recording]:
    """L(x, y): the mean of (y − x)², or of the cross-entropy of y = σ(…) with x in [0, 1]; x: (B, D)."""
    x, p = _checked(p, tied, loss, activation, x=(x, "B D"))
    options = {"noise": None, "corruption": "mask", "loss": loss, "activation": activation, "tied": tied}
    y, cache = recorded(denoise, x=x, p=p, options=options)
    return y, cache


def autoencoder_loss_backward(dloss: float | Array, cache: Recording) -> dict[str, Array]:
    """Gradients of x (as input and as target) and of every parameter."""
    return replayed_as(cache, dloss=dloss)


def denoising_autoencoder_forward(
    x: Array,
    p: Mapping[str, Array],
    noise: Array,
    *,
    corruption: str = "mask",
    loss: str = "squared",
    activation: str = "sigmoid",
    tied: bool = False,
) -> tuple[Array, Recording]:
    """L(x, y(x̃)), the loss against the clean x; x, noise: (B, D). Vincent et al. 2008, §2.3.

    corruption: "mask" (x̃ = x ⊙ noise, 0 where an input is lost and 1 where it is kept) or "gaussian" (x̃ = x + noise).
    The noise is drawn outside and gets no gradient.
    """
    one_of("corruption", corruption, CORRUPTIONS)
    x, noise, p = _checked(p, tied, loss, activation, x=(x, "B D"), noise=(noise, "B D"))
    options = {"noise": noise, "corruption": corruption, "loss": loss, "activation": activation, "tied": tied}
    y, cache = recorded(denoise, x=x, p=p, options=options)
    return y, cache


def denoising_autoencoder_backward(dloss: float | Array, cache: Recording) -> dict[str, Array]:
    """Gradients of x (as corrupted input and as target) and of every parameter."""
    return replayed_as(cache, dloss=dloss)


def pretrain(
    rng: np.random.Generator,
    x: Array,
    sizes: Sequence[int],
    *,
    steps: int,
    lr: float,
    lost: float = 0.0,
    loss: str = "squared",
    activation: str = "sigmoid",
    tied: bool = False,
) -> dict[str, Array]:
    """Layer by layer: each learns to reconstruct the codes of those below, which then stay as they are.

    x: (B, D), sizes: (D, H1, …, Z) → parameters of the whole autoencoder. In every step a share `lost` of each layer's
    input is set to 0. Bengio et al. 2007, §4.1; Vincent et al. 2008, §2.4. O(steps·B·Σ I·O).
    """
    positive(steps=steps)
    within(0, 1, lost=lost)
    h = real(x)
    p: dict[str, Array] = {}
    layers = len(sizes) - 1
    for k, pair in enumerate(pairwise(sizes)):
        layer = init_autoencoder(rng, pair, tied=tied, dtype=h.dtype)
        for _ in range(steps):
            kept = (rng.random(h.shape) >= lost).astype(h.dtype)
            _, cache = denoising_autoencoder_forward(h, layer, kept, loss=loss, activation=activation, tied=tied)
            layer = _descended(layer, denoising_autoencoder_backward(1.0, cache), lr)
        h, _ = encode_forward(h, layer, activation=activation)
        p |= {_moved(name, k, layers): w for name, w in layer.items()}
    return p


def init_classifier(
    rng: np.random.Generator, p: Mapping[str, Array], classes: int, dtype: DTypeLike = np.float64
) -> dict[str, Array]:
    """The encoder of `p` as it is, and an output layer `top` on its code, of small random weights."""
    positive(classes=classes)
    encoder = {name: w for name, w in p.items() if name.startswith("encoder.")}
    code = encoder[f"encoder.{depth(p, 'encoder.') - 1}.b"].size
    top = init_perceptron(rng, (code, classes), dtype=dtype)
    return {**encoder, "top.W": top["0.W"], "top.b": top["0.b"]}


def classify(x: Value, p: Values, activation: str = "sigmoid") -> Value:
    """The code through one more affine layer: logits."""
    return dense(encode(x, p, activation), p["top.W"], p["top.b"], "identity")


def stacked_classifier_forward(
    x: Array, p: Mapping[str, Array], *, activation: str = "sigmoid"
) -> tuple[Array, Recording]:
    """Logits of the classes; x: (B, D) → (B, C), `top.W`: (Z, C). O(B·Σ I·O)."""
    one_of("activation", activation, tuple(ACTIVATIONS))
    shapes = perceptron_shapes(p, "encoder.", "D", "H", "Z") | {"top.W": "Z C", "top.b": "C"}
    x, p = checked_network(p, shapes, x=(x, "B D"))
    y, cache = recorded(classify, x=x, p=p, options={"activation": activation})
    return y, cache


def stacked_classifier_backward(dz: Array, cache: Recording) -> dict[str, Array]:
    """Gradients of x and of every parameter, those of the pretrained layers among them."""
    return replayed_as(cache, dz=dz)


def fine_tune(
    x: Array, t: ArrayLike, p: Mapping[str, Array], *, steps: int, lr: float, activation: str = "sigmoid"
) -> dict[str, Array]:
    """All layers together, by gradient descent on the mean cross-entropy; x: (B, D), t: (B,) labels.

    Bengio et al. 2007. O(steps·B·Σ I·O).
    """
    positive(steps=steps)
    tuned = dict(p)
    for _ in range(steps):
        z, cache = stacked_classifier_forward(x, tuned, activation=activation)
        _, loss_cache = softmax_cross_entropy_forward(z, t)
        dz = softmax_cross_entropy_backward(1.0, loss_cache)["z"]
        tuned = _descended(tuned, stacked_classifier_backward(dz, cache), lr)
    return tuned


def _checked(
    p: Mapping[str, Array], tied: bool, loss: str, activation: str, **arguments: tuple[Array, str]
) -> tuple[Any, ...]:
    """The arguments and parameters; the decoder's sizes are the encoder's in reverse."""
    one_of("loss", loss, LOSSES)
    one_of("activation", activation, tuple(ACTIVATIONS))
    shapes = perceptron_shapes(p, "encoder.", "D", "H", "Z")
    letters = ["D", *(shapes[f"encoder.{k}.b"] for k in range(len(shapes) // 2))]
    for k, (outer, inner) in enumerate(reversed(list(pairwise(letters)))):
        shapes |= {f"decoder.{k}.b": outer} if tied else {f"decoder.{k}.W": f"{inner} {outer}", f"decoder.{k}.b": outer}
    return checked_network(p, shapes, **arguments)


def _descended(p: Mapping[str, Array], gradients: Mapping[str, Array], lr: float) -> dict[str, Array]:
    return {name: w - lr * gradients[name] for name, w in p.items()}


def _moved(name: str, k: int, layers: int) -> str:
    """What a single layer's parameter is called in the whole: the first encoder layer has the last decoder layer."""
    side, _, own = name.split(".")
    return f"{side}.{k if side == 'encoder' else layers - 1 - k}.{own}"
