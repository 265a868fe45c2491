"""Generative adversarial networks: their losses, from scores, and a tiny pair of networks that plays the game.

The discriminator gives each sample a score s: for the first two kinds of loss a logit, D = σ(s), so that log D is
−softplus(−s) and log(1 − D) is −softplus(s); for least squares and Wasserstein D itself.

    "minimax"         D: softplus(−s_real) + softplus(s_fake)   G: −softplus(s_fake)   Goodfellow et al. 2014, eq. 1
    "non_saturating"  D: the same                               G: softplus(−s_fake)   the same, §3
    "least_squares"   D: ½(s_real − 1)² + ½ s_fake²             G: ½(s_fake − 1)²      Mao et al. 2017, eq. 9
    "wasserstein"     D: s_fake − s_real, weights clipped       G: −s_fake             Arjovsky et al. 2017, alg. 1

Every loss is a mean over the batch, is descended, and belongs to one player: the other's parameters get no gradient.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from quizdl.engine.activations import sigmoid, softplus
from quizdl.engine.arrays import Array, Cache, Gradients, checked
from quizdl.engine.elementary import concat_forward
from quizdl.engine.errors import RangeError, ShapeError, one_of
from quizdl.engine.parameters import replayed_as
from quizdl.engine.perceptron import (
    checked_network,
    depth,
    init_perceptron,
    of_one_shape,
    perceptron,
    perceptron_shapes,
    positive,
    share_of,
)
from quizdl.engine.tape import Recording, Value, Values, apply, constant, one, recorded

LOSSES = ("minimax", "non_saturating", "least_squares", "wasserstein")


def discriminator_loss_forward(s_real: Array, s_fake: Array, *, loss: str = "non_saturating") -> tuple[Array, Cache]:
    """What the discriminator (or critic) descends; s_real: (N, 1) or (N,), s_fake: as many or another number of scores.

    With D = σ(s), "minimax" is −E[log D(x)] − E[log(1 − D(G(z)))]. O(N).
    """
    one_of("loss", loss, LOSSES)
    s_real, s_fake = checked(s_real=(s_real, "..."), s_fake=(s_fake, "..."))
    of_one_shape(s_real=s_real)
    of_one_shape(s_fake=s_fake)
    if loss == "least_squares":
        cost = (0.5 * (s_real - 1) ** 2).mean() + (0.5 * s_fake**2).mean()
    elif loss == "wasserstein":
        cost = s_fake.mean() - s_real.mean()
    else:
        cost = softplus(-s_real).mean() + softplus(s_fake).mean()
    return np.asarray(cost), (s_real, s_fake, loss)


def discriminator_loss_backward(dloss: float | Array, cache: Cache) -> Gradients:
    """−σ(−s_real) and σ(s_fake), or s_real − 1 and s_fake, or −1 and 1, each divided by the number of scores."""
    s_real, s_fake, loss = cache
    if loss == "least_squares":
        d_real, d_fake = s_real - 1, s_fake
    elif loss == "wasserstein":
        d_real, d_fake = -np.ones_like(s_real), np.ones_like(s_fake)
    else:
        d_real, d_fake = -sigmoid(-s_real), sigmoid(s_fake)
    share_of_real = share_of(dloss, s_real.size, s_real)
    share_of_fake = share_of(dloss, s_fake.size, s_fake)
    return {"s_real": share_of_real * d_real, "s_fake": share_of_fake * d_fake}


def generator_loss_forward(s_fake: Array, *, loss: str = "non_saturating") -> tuple[Array, Cache]:
    """What the generator descends; s_fake: (N, 1) or (N,), the discriminator's scores of G(z).

    "minimax" is E[log(1 − D(G(z)))], flat where the discriminator is sure; "non_saturating" −E[log D(G(z))]. O(N).
    """
    one_of("loss", loss, LOSSES)
    (s,) = of_one_shape(s_fake=s_fake)
    if loss == "minimax":
        cost = -softplus(s).mean()
    elif loss == "non_saturating":
        cost = softplus(-s).mean()
    elif loss == "least_squares":
        cost = (0.5 * (s - 1) ** 2).mean()
    else:
        cost = -s.mean()
    return np.asarray(cost), (s, loss)


def generator_loss_backward(dloss: float | Array, cache: Cache) -> Gradients:
    """−σ(s), or −σ(−s), or s − 1, or −1, divided by the number of scores."""
    s, loss = cache
    if loss == "minimax":
        ds = -sigmoid(s)
    elif loss == "non_saturating":
        ds = -sigmoid(-s)
    elif loss == "least_squares":
        ds = s - 1
    else:
        ds = -np.ones_like(s)
    return {"s_fake": share_of(dloss, s.size, s) * ds}


def clip_weights(D: Mapping[str, Array], c: float = 0.01) -> dict[str, Array]:
    """Every parameter of the critic in [−c, c], so that it cannot be too steep. Arjovsky et al. 2017, alg. 1."""
    if not c > 0:
        raise RangeError("c", f"正の数が必要ですが、{c!r} です", f"expected a positive number, found {c!r}")
    return {name: np.clip(w, -c, c) for name, w in D.items()}


def optimal_discriminator(p_data: Array, p_generator: Array) -> Array:
    """D*(x) = p_data/(p_data + p_g), p_data and p_g densities at the same x. Goodfellow et al. 2014, eq. 2."""
    p_data, p_generator = of_one_shape(p_data=p_data, p_generator=p_generator)
    with np.errstate(invalid="ignore"):  # where neither has anything, D* may be what it will: NaN
        return np.asarray(p_data / (p_data + p_generator))


def init_gan(
    rng: np.random.Generator, *, noise: int, hidden: int, data: int, labels: int = 0, dtype: DTypeLike = np.float64
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Parameters of generator and discriminator, one hidden layer each; `labels` entries of a condition y, or none."""
    positive(noise=noise, hidden=hidden, data=data)
    if labels:
        positive(labels=labels)
    G = init_perceptron(rng, (noise + labels, hidden, data), prefix="generator.", dtype=dtype)
    D = init_perceptron(rng, (data + labels, hidden, 1), prefix="discriminator.", dtype=dtype)
    return G, D


def generate(z: Value, G: Values, y: Value | None = None) -> Value:
    """G(z), or G(z, y): ReLU between the layers, none at the end."""
    return perceptron(_joined(z, y), G, prefix="generator.", activation="relu")


def discriminate(x: Value, D: Values | Mapping[str, Array], y: Value | None = None) -> Value:
    """The scores of x, or of x given y: leaky ReLU between the layers, none at the end."""
    return perceptron(_joined(x, y), D, prefix="discriminator.", activation="leaky_relu")


def generator_forward(z: Array, G: Mapping[str, Array], y: Array | None = None) -> tuple[Array, Recording]:
    """G(z) or, for a conditional GAN, G([z; y]); z: (B, Z), y: (B, C) such as one-hot labels → (B, X).

    Mirza & Osindero 2014, fig. 1. O(B·H·(Z + C + X)).
    """
    z, y, G = _checked(G, "generator.", "X", y, z=z)
    x, cache = recorded(generate, z=z, G=G, y=y)
    return x, cache


def generator_backward(dx: Array, cache: Recording) -> dict[str, Array]:
    """Gradients of z, of every parameter, and of y if there is one."""
    return replayed_as(cache, dx=dx)


def discriminator_forward(x: Array, D: Mapping[str, Array], y: Array | None = None) -> tuple[Array, Recording]:
    """The scores of x or, for a conditional GAN, of [x; y]; x: (B, X), y: (B, C) → (B, 1), logits. O(B·H·(X + C))."""
    x, y, D = _checked(D, "discriminator.", "1", y, x=x)
    s, cache = recorded(discriminate, x=x, D=D, y=y)
    return s, cache


def discriminator_backward(ds: Array, cache: Recording) -> dict[str, Array]:
    """Gradients of x, of every parameter, and of y if there is one."""
    return replayed_as(cache, ds=ds)


def told_apart(x: Value, D: Values, fake: Array, y: Array | None, loss: str) -> Value:
    """The discriminator's loss on what is real and on what is not."""
    condition = None if y is None else constant(x, y)
    s_real = discriminate(x, D, condition)
    s_fake = discriminate(constant(x, fake), D, condition)
    return one(apply(discriminator_loss_forward, s_real=s_real, s_fake=s_fake, loss=loss))


def gan_discriminator_forward(
    x: Array,
    z: Array,
    D: Mapping[str, Array],
    G: Mapping[str, Array],
    y: Array | None = None,
    *,
    loss: str = "non_saturating",
) -> tuple[Array, Recording]:
    """The discriminator's loss on x: (B, X) against G(z), z: (B, Z); the generator is held still.

    y: (B, C) is the condition of the real samples, and of the made ones. O(B·H·(X + Z + C)).
    """
    one_of("loss", loss, LOSSES)
    fake, _ = generator_forward(z, G, y)
    x, y, D = _checked(D, "discriminator.", "1", y, x=x)
    if fake.shape != x.shape:
        raise ShapeError(
            "z",
            f"x の形 {x.shape} ではなく {fake.shape} が生成されます",
            f"makes {fake.shape}, but x is {x.shape}",
        )
    cost, cache = recorded(told_apart, x=x, D=D, options={"fake": fake.astype(x.dtype), "y": y, "loss": loss})
    return cost, cache


def gan_discriminator_backward(dloss: float | Array, cache: Recording) -> dict[str, Array]:
    """Gradients of x and of the discriminator's parameters, none of the generator's."""
    return replayed_as(cache, dloss=dloss)


def taken_for_real(z: Value, G: Values, D: Mapping[str, Array], y: Array | None, loss: str) -> Value:
    """The generator's loss on the discriminator's scores of G(z)."""
    condition = None if y is None else constant(z, y)
    s_fake = discriminate(generate(z, G, condition), D, condition)
    return one(apply(generator_loss_forward, s_fake=s_fake, loss=loss))


def gan_generator_forward(
    z: Array,
    G: Mapping[str, Array],
    D: Mapping[str, Array],
    y: Array | None = None,
    *,
    loss: str = "non_saturating",
) -> tuple[Array, Recording]:
    """The generator's loss, z: (B, Z), y: (B, C); its gradient comes through the discriminator, which is held still."""
    one_of("loss", loss, LOSSES)
    z, condition, G = _checked(G, "generator.", "X", y, z=z)
    width = G[f"generator.{depth(G, 'generator.') - 1}.b"].size
    _, _, D = _checked(D, "discriminator.", "1", y, x=np.zeros((len(z), width), dtype=z.dtype))
    still = {name: w.astype(z.dtype) for name, w in D.items()}
    cost, cache = recorded(taken_for_real, z=z, G=G, options={"D": still, "y": condition, "loss": loss})
    return cost, cache


def gan_generator_backward(dloss: float | Array, cache: Recording) -> dict[str, Array]:
    """Gradients of z and of the generator's parameters, none of the discriminator's."""
    return replayed_as(cache, dloss=dloss)


def discriminator_step(
    x: Array,
    z: Array,
    D: Mapping[str, Array],
    G: Mapping[str, Array],
    y: Array | None = None,
    *,
    lr: float,
    loss: str = "non_saturating",
    clip: float | None = None,
) -> tuple[dict[str, Array], float]:
    """D after one step of gradient descent, and the loss before it; `clip` is the c of `clip_weights`.

    Goodfellow et al. 2014, alg. 1.
    """
    cost, cache = gan_discriminator_forward(x, z, D, G, y, loss=loss)
    gradients = gan_discriminator_backward(1.0, cache)
    stepped = {name: w - lr * gradients[name] for name, w in D.items()}
    return (stepped if clip is None else clip_weights(stepped, clip)), float(cost)


def generator_step(
    z: Array,
    G: Mapping[str, Array],
    D: Mapping[str, Array],
    y: Array | None = None,
    *,
    lr: float,
    loss: str = "non_saturating",
) -> tuple[dict[str, Array], float]:
    """G after one step of gradient descent, and the loss before it. Goodfellow et al. 2014, alg. 1."""
    cost, cache = gan_generator_forward(z, G, D, y, loss=loss)
    gradients = gan_generator_backward(1.0, cache)
    return {name: w - lr * gradients[name] for name, w in G.items()}, float(cost)


def _joined(x: Value, y: Value | None) -> Value:
    return x if y is None else one(apply(concat_forward, parts=[x, y]))


def _checked(p: Mapping[str, Array], prefix: str, outer: str, y: Array | None, **argument: Array) -> tuple[Any, ...]:
    """The argument, the condition and the parameters; the network reads both side by side."""
    ((name, x),) = argument.items()
    if y is None:
        x, p = checked_network(p, perceptron_shapes(p, prefix, "I", "H", outer), **{name: (x, "B I")})
        return x, None, p
    x, y = checked(**{name: (x, "B I"), "y": (y, "B C")})
    shapes = perceptron_shapes(p, prefix, str(x.shape[1] + y.shape[1]), "H", outer)
    return checked_network(p, shapes, **{name: (x, "B I"), "y": (y, "B C")})
