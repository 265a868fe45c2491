"""The variational autoencoder, and the pieces of its loss (Kingma & Welling 2014).

    μ, log σ² = encode(x),   z = μ + σ ⊙ ε,   loss = −log p(x|z) + β·KL(N(μ, σ²) ‖ N(0, I))

With β = 1 the loss is minus the evidence lower bound. All terms are summed over a row's entries and averaged over rows.
`eps` is drawn from N(0, 1) outside, so that everything here is a function of its arguments.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import DTypeLike

from quizdl.engine.activations import sigmoid
from quizdl.engine.affine import affine_forward
from quizdl.engine.arrays import Array, Cache, Gradients, arriving
from quizdl.engine.errors import RangeError, one_of
from quizdl.engine.parameters import replayed_as
from quizdl.engine.perceptron import (
    ACTIVATIONS,
    checked_network,
    dense,
    init_perceptron,
    of_one_shape,
    perceptron,
    perceptron_shapes,
    positive,
    share_of,
    within,
)
from quizdl.engine.tape import Recording, Value, Values, apply, one, recorded, replayed


def reparameterize_forward(mu: Array, log_var: Array, eps: Array) -> tuple[Array, Cache]:
    """z = μ + σ ⊙ ε with σ = exp(log σ²/2); eps is drawn from N(0, 1) outside. All of one shape. §2.4."""
    mu, log_var, eps = of_one_shape(mu=mu, log_var=log_var, eps=eps)
    with np.errstate(over="ignore", invalid="ignore"):  # σ = ∞ is what float32 makes of log σ² = 1000
        sigma = np.exp(log_var / 2)
        return np.asarray(mu + sigma * eps), (sigma, eps)


def reparameterize_backward(dz: Array, cache: Cache) -> Gradients:
    """dμ = dz, d log σ² = dz ⊙ ε ⊙ σ/2; the draw ε gets none."""
    sigma, eps = cache
    dz = arriving(dz, sigma.shape, "dz")
    return {"mu": dz.copy(), "log_var": dz * eps * sigma / 2}


def kl_standard_normal_forward(mu: Array, log_var: Array) -> tuple[Array, Cache]:
    """KL(N(μ, σ²) ‖ N(0, I)) = −½ Σ (1 + log σ² − μ² − σ²); (…, D): summed over D, mean over the rest. App. B."""
    mu, log_var = of_one_shape("... D", mu=mu, log_var=log_var)
    with np.errstate(over="ignore"):  # beyond log σ² = 709 the divergence is ∞ in floating point
        variance = np.exp(log_var)
    kl = -0.5 * np.sum(1 + log_var - mu**2 - variance, axis=-1)
    return np.asarray(kl.mean()), (mu, variance, kl.size)


def kl_standard_normal_backward(dloss: float | Array, cache: Cache) -> Gradients:
    """dμ = μ/n, d log σ² = (σ² − 1)/2n, n being the number of rows."""
    mu, variance, n = cache
    share = share_of(dloss, n, mu)
    return {"mu": share * mu, "log_var": share * (variance - 1) / 2}


def bernoulli_nll_forward(logits: Array, x: Array) -> tuple[Array, Cache]:
    """−log p(x) = Σ max(a, 0) − a·x + log(1 + exp(−|a|)), pixels with p = σ(a), a the logits; x in [0, 1].

    (…, D): summed over D, mean over the rest. Kingma & Welling 2014, eq. 11. O(N·D).
    """
    a, x = of_one_shape("... D", logits=logits, x=x)
    if np.any((x < 0) | (x > 1)):
        found = float(x.max() if x.max() > 1 else x.min())
        raise RangeError("x", f"0 から 1 の値が必要ですが、{found:g} があります", f"expected 0 to 1, found {found:g}")
    nll = np.sum(np.maximum(a, 0) - a * x + np.log1p(np.exp(-np.abs(a))), axis=-1)
    return np.asarray(nll.mean()), (a, x, nll.size)


def bernoulli_nll_backward(dloss: float | Array, cache: Cache) -> Gradients:
    """da = (σ(a) − x)/n, dx = −a/n, n being the number of rows."""
    a, x, n = cache
    share = share_of(dloss, n, a)
    return {"logits": share * (sigmoid(a) - x), "x": -share * a}


def gaussian_nll_forward(mean: Array, x: Array, log_var: Array | None = None) -> tuple[Array, Cache]:
    """−log N(x; m, s²) = ½ Σ (log 2π + log s² + (x − m)²/s²); without log_var, s = 1.

    (…, D): summed over D, mean over the rest. Kingma & Welling 2014, eq. 12. O(N·D).
    """
    if log_var is None:
        mean, x = of_one_shape("... D", mean=mean, x=x)
        gap, precision = x - mean, None
        terms = gap**2
    else:
        mean, x, log_var = of_one_shape("... D", mean=mean, x=x, log_var=log_var)
        gap = x - mean
        with np.errstate(over="ignore", invalid="ignore"):  # 0·∞ where x = m and s = 0 in floating point: NaN
            precision = np.exp(-log_var)
            terms = log_var + gap**2 * precision
    nll = 0.5 * np.sum(math.log(2 * math.pi) + terms, axis=-1)
    return np.asarray(nll.mean()), (gap, precision, nll.size)


def gaussian_nll_backward(dloss: float | Array, cache: Cache) -> Gradients:
    """dm = −(x − m)/(n·s²), dx = −dm, d log s² = ½(1 − (x − m)²/s²)/n, n being the number of rows."""
    gap, precision, n = cache
    share = share_of(dloss, n, gap)
    if precision is None:
        return {"mean": -share * gap, "x": share * gap}
    with np.errstate(over="ignore", invalid="ignore"):
        dx = share * gap * precision
        return {"mean": -dx, "x": dx, "log_var": share * 0.5 * (1 - gap**2 * precision)}


OBSERVATIONS = ("bernoulli", "gaussian")
"""What p(x|z) may be: of pixels in [0, 1], the decoder giving logits, or N(y, I), the decoder giving the mean."""


def observed(y: Value, x: Value, observation: str) -> Value:
    """−log p(x|z), y being the decoder's output."""
    if observation == "bernoulli":
        return one(apply(bernoulli_nll_forward, logits=y, x=x))
    return one(apply(gaussian_nll_forward, mean=y, x=x))


def mean_of(y: Array, observation: str) -> Array:
    """The mean of p(x|z), y being the decoder's output."""
    return sigmoid(y) if observation == "bernoulli" else y


def init_vae(
    rng: np.random.Generator, visible: int, hidden: int, latent: int, dtype: DTypeLike = np.float64
) -> dict[str, Array]:
    """Parameters of a VAE with one hidden layer on each side; the encoder's two heads share theirs."""
    positive(visible=visible, hidden=hidden, latent=latent)
    heads = {f"encoder.{head}.{name}": x for head in ("mu", "log_var") for name, x in _head(rng, hidden, latent, dtype)}
    return {
        **init_perceptron(rng, (visible, hidden), prefix="encoder.", dtype=dtype),
        **heads,
        **init_perceptron(rng, (latent, hidden, visible), prefix="decoder.", dtype=dtype),
    }


def encode(x: Value, p: Values, activation: str = "tanh") -> tuple[Value, Value]:
    """h = f(xW + b), then μ and log σ², each affine in h. Kingma & Welling 2014, eq. 12."""
    h = dense(x, p["encoder.0.W"], p["encoder.0.b"], activation)
    mu = one(apply(affine_forward, x=h, W=p["encoder.mu.W"], b=p["encoder.mu.b"]))
    log_var = one(apply(affine_forward, x=h, W=p["encoder.log_var.W"], b=p["encoder.log_var.b"]))
    return mu, log_var


def decode(z: Value, p: Values, activation: str = "tanh") -> Value:
    """f(zW + b)W' + b': logits of p(x|z), or its mean. Kingma & Welling 2014, eq. 11 and 12."""
    return perceptron(z, p, prefix="decoder.", activation=activation)


def negative_bound(
    x: Value, p: Values, eps: Array, observation: str, beta: float, activation: str
) -> tuple[Value, Value, Value]:
    """−log p(x|z) + β·KL, and the two terms by themselves. Kingma & Welling 2014, eq. 10."""
    mu, log_var = encode(x, p, activation)
    z = one(apply(reparameterize_forward, mu=mu, log_var=log_var, eps=eps))
    reconstruction = observed(decode(z, p, activation), x, observation)
    kl = one(apply(kl_standard_normal_forward, mu=mu, log_var=log_var))
    return reconstruction + kl * beta, reconstruction, kl


def vae_forward(
    x: Array,
    p: Mapping[str, Array],
    eps: Array,
    *,
    observation: str = "bernoulli",
    beta: float = 1.0,
    activation: str = "tanh",
) -> tuple[Array, Recording]:
    """Minus the evidence lower bound (for β = 1), mean over rows; x: (B, D), eps: (B, Z) from N(0, 1).

    observation: "bernoulli" (x in [0, 1], the decoder gives logits) or "gaussian" (the decoder gives the mean, variance
    1). β weighs the KL (Higgins et al. 2017, eq. 4). Kingma & Welling 2014, eq. 10 with L = 1. O(B·H·(D + Z)).
    """
    (loss, *_), cache = _recorded_bound(x, p, eps, observation, beta, activation)
    return loss, cache


def vae_backward(dloss: float | Array, cache: Recording) -> dict[str, Array]:
    """Gradients of x (encoder's input and decoder's target) and of every parameter."""
    return replayed_as(cache._replace(outputs=cache.outputs[:1]), dloss=dloss)


def vae_terms(
    x: Array,
    p: Mapping[str, Array],
    eps: Array,
    *,
    observation: str = "bernoulli",
    activation: str = "tanh",
) -> tuple[Array, Array]:
    """−log p(x|z) and the KL by themselves, to be watched while training."""
    (_, reconstruction, kl), _ = _recorded_bound(x, p, eps, observation, 1.0, activation)
    return reconstruction, kl


def vae_encode_forward(
    x: Array, p: Mapping[str, Array], *, activation: str = "tanh"
) -> tuple[tuple[Array, Array], Recording]:
    """μ and log σ² of q(z|x); x: (B, D) → (B, Z) and (B, Z)."""
    one_of("activation", activation, tuple(ACTIVATIONS))
    x, p = checked_network(p, _shapes(p), x=(x, "B D"))
    y, cache = recorded(encode, x=x, p=p, options={"activation": activation})
    return y, cache


def vae_encode_backward(dmu: Array | None, dlog_var: Array | None, cache: Recording) -> dict[str, Array]:
    """Gradients of x and of every parameter; those of the decoder are 0."""
    arrived = [
        None if d is None else arriving(d, y.shape, name)
        for name, d, y in zip(("dmu", "dlog_var"), (dmu, dlog_var), cache.outputs, strict=True)
    ]
    return replayed(*arrived, cache=cache)


def vae_sample(z: Array, p: Mapping[str, Array], *, observation: str = "bernoulli", activation: str = "tanh") -> Array:
    """The mean of p(x|z); z: (B, Z), drawn from N(0, 1) outside for new samples → (B, D)."""
    one_of("observation", observation, OBSERVATIONS)
    one_of("activation", activation, tuple(ACTIVATIONS))
    z, p = checked_network(p, _shapes(p), z=(z, "B Z"))
    y, _ = recorded(decode, z=z, p=p, options={"activation": activation})
    return mean_of(y, observation)


def _recorded_bound(
    x: Array, p: Mapping[str, Array], eps: Array, observation: str, beta: float, activation: str
) -> tuple[tuple[Array, Array, Array], Recording]:
    one_of("observation", observation, OBSERVATIONS)
    one_of("activation", activation, tuple(ACTIVATIONS))
    within(0, math.inf, beta=beta)
    x, eps, p = checked_network(p, _shapes(p), x=(x, "B D"), eps=(eps, "B Z"))
    options = {"eps": eps, "observation": observation, "beta": beta, "activation": activation}
    y, cache = recorded(negative_bound, x=x, p=p, options=options)
    return y, cache


def _shapes(p: Mapping[str, Array]) -> dict[str, str]:
    heads = {
        f"encoder.{head}.{name}": shape for head in ("mu", "log_var") for name, shape in (("W", "H Z"), ("b", "Z"))
    }
    return {"encoder.0.W": "D H", "encoder.0.b": "H", **heads, **perceptron_shapes(p, "decoder.", "Z", "J", "D")}


def _head(rng: np.random.Generator, hidden: int, latent: int, dtype: DTypeLike) -> list[tuple[str, Array]]:
    return [(name.removeprefix("0."), x) for name, x in init_perceptron(rng, (hidden, latent), dtype=dtype).items()]
