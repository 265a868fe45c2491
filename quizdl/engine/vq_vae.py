"""VQ-VAE: an autoencoder whose code is a choice from a book of vectors (van den Oord et al. 2017).

    z_q = e_k with k = argmin_j ‖z_e − e_j‖²                                                          (eq. 1, 2)
    loss = −log p(x|z_q) + ‖sg[z_e] − e_k‖² + β·‖z_e − sg[e_k]‖²                                      (eq. 3)

The choice has no slope. In the backward z_q's gradient therefore goes straight through to z_e, as if nothing had been
chosen, and sg[·] ("stop gradient") is a constant: the codebook E learns from the second term alone, the encoder from
the first and the third. These gradients are what is learned with, not the derivative of the loss.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from quizdl.engine.arrays import Array, Cache, Gradients, Ids, arriving, checked, rows, whole
from quizdl.engine.embedding import add_rows
from quizdl.engine.errors import ShapeError, one_of
from quizdl.engine.parameters import replayed_as
from quizdl.engine.perceptron import (
    ACTIVATIONS,
    checked_network,
    init_perceptron,
    of_one_shape,
    perceptron,
    perceptron_shapes,
    positive,
    share_of,
    within,
)
from quizdl.engine.tape import Recording, Value, Values, apply, one, recorded
from quizdl.engine.vae import OBSERVATIONS, mean_of, observed


def nearest_codes(z_e: Array, E: Array) -> Ids:
    """k = argmin_j ‖z_e − e_j‖², the first of equally near ones; z_e: (…, D), E: (K, D) → (…). Eq. 1. O(N·K·D)."""
    return _nearest(*_latents_and_codes(z_e, E))


def quantize_forward(z_e: Array, E: Array) -> tuple[tuple[Array, Array, Array], Cache]:
    """z_q = e_k, the codebook loss ‖sg[z_e] − e_k‖² and the commitment loss ‖z_e − sg[e_k]‖².

    z_e: (…, D), E: (K, D) → (…, D) and two numbers, summed over D, mean over the rest. They are equal; their gradients
    are not. van den Oord et al. 2017, eq. 2 and 3. O(N·K·D).
    """
    z_e, E = _latents_and_codes(z_e, E)
    k = _nearest(z_e, E)
    z_q = E[k]
    gap = z_e - z_q
    n = k.size
    loss = np.asarray((gap**2).sum() / n, dtype=E.dtype)
    return (z_q, loss, loss.copy()), (k, gap, n, E.shape)


def quantize_backward(dz_q: Array, dcodebook: float | Array, dcommitment: float | Array, cache: Cache) -> Gradients:
    """dz_e = dz_q (straight through) + 2(z_e − e_k)/n of the commitment; dE gets 2(e_k − z_e)/n of the codebook's."""
    k, gap, n, shape = cache
    dz_e = arriving(dz_q, gap.shape, "dz_q") + share_of(dcommitment, n, gap, "dcommitment") * 2 * gap
    dE = add_rows(k, -2 * share_of(dcodebook, n, gap, "dcodebook") * gap, shape[0])
    return {"z_e": dz_e, "E": dE}


def init_vq_vae(
    rng: np.random.Generator,
    visible: int,
    hidden: int,
    *,
    codes: int,
    latent: int,
    latents: int = 1,
    dtype: DTypeLike = np.float64,
) -> dict[str, Array]:
    """Parameters: encoder D → H → M·Z, codebook E (K, Z), decoder M·Z → H → D; M = `latents` codes a row."""
    positive(codes=codes, latent=latent, latents=latents)
    return {
        **init_perceptron(rng, (visible, hidden, latents * latent), prefix="encoder.", dtype=dtype),
        "E": rng.standard_normal((codes, latent)).astype(dtype),
        **init_perceptron(rng, (latents * latent, hidden, visible), prefix="decoder.", dtype=dtype),
    }


def encode(x: Value, p: Values, activation: str = "tanh") -> Value:
    """z_e: (B, M, Z), the M vectors of each row before the choice."""
    z_e = perceptron(x, p, prefix="encoder.", activation=activation)
    return z_e.reshape(len(x), -1, p["E"].shape[-1])


def decode(z_q: Value, p: Values, activation: str = "tanh") -> Value:
    """Logits of p(x|z_q), or its mean; z_q: (B, M, Z) → (B, D)."""
    return perceptron(z_q.reshape(len(z_q), -1), p, prefix="decoder.", activation=activation)


def quantized_loss(x: Value, p: Values, observation: str, beta: float, activation: str) -> Value:
    """−log p(x|z_q) + codebook loss + β·commitment loss. Eq. 3, the last two averaged over the M latents."""
    z_q, codebook, commitment = apply(quantize_forward, z_e=encode(x, p, activation), E=p["E"])
    return observed(decode(z_q, p, activation), x, observation) + one(codebook) + one(commitment) * beta


def vq_vae_forward(
    x: Array,
    p: Mapping[str, Array],
    *,
    observation: str = "gaussian",
    beta: float = 0.25,
    activation: str = "tanh",
) -> tuple[Array, Recording]:
    """The loss, mean over rows; x: (B, D), p["E"]: (K, Z). van den Oord et al. 2017, eq. 3, β = 0.25 as there.

    observation: "gaussian" (the decoder gives the mean, variance 1) or "bernoulli" (logits; x in [0, 1]).
    """
    one_of("observation", observation, OBSERVATIONS)
    within(0, math.inf, beta=beta)
    x, p = _checked(p, activation, x=(x, "B D"))
    options = {"observation": observation, "beta": beta, "activation": activation}
    y, cache = recorded(quantized_loss, x=x, p=p, options=options)
    return y, cache


def vq_vae_backward(dloss: float | Array, cache: Recording) -> dict[str, Array]:
    """Gradients of x and of every parameter, straight through the choice."""
    return replayed_as(cache, dloss=dloss)


def vq_vae_codes(x: Array, p: Mapping[str, Array], *, activation: str = "tanh") -> Ids:
    """The codes that stand for x: (B, D) → (B, M) ids."""
    x, p = _checked(p, activation, x=(x, "B D"))
    z_e, _ = recorded(encode, x=x, p=p, options={"activation": activation})
    return _nearest(z_e, p["E"])


def vq_vae_decode(
    codes: ArrayLike, p: Mapping[str, Array], *, observation: str = "gaussian", activation: str = "tanh"
) -> Array:
    """The mean of p(x|z_q); codes: (B, M) ids, however they were chosen → (B, D)."""
    one_of("observation", observation, OBSERVATIONS)
    (p,) = _checked(p, activation)
    M = len(p["decoder.0.W"]) // p["E"].shape[1]
    k = whole("codes", codes, f"B {M}", below=len(p["E"]))
    y, _ = recorded(decode, z_q=p["E"][k], p=p, options={"activation": activation})
    return mean_of(y, observation)


def _latents_and_codes(z_e: Array, E: Array) -> tuple[Array, Array]:
    (z_e,) = of_one_shape("... D", z_e=z_e)
    z_e, E = checked(z_e=(z_e, "... D"), E=(E, "K D"))
    return z_e, E


def _nearest(z_e: Array, E: Array) -> Ids:
    flat = rows(z_e)
    # Differences, not ‖z‖² − 2z·e + ‖e‖²: what is exactly equally near must come out exactly equal.
    distances = ((flat[:, None, :] - E) ** 2).sum(axis=-1)
    return np.asarray(distances.argmin(axis=-1).reshape(z_e.shape[:-1]))


def _checked(p: Mapping[str, Array], activation: str, /, **arguments: tuple[Array, str]) -> tuple[Any, ...]:
    """The arguments and parameters; the encoder's output, cut into vectors of the codebook's length, is the code."""
    one_of("activation", activation, tuple(ACTIVATIONS))
    encoder = perceptron_shapes(p, "encoder.", "D", "H", "M·Z")
    decoder = perceptron_shapes(p, "decoder.", "M·Z", "J", "D")
    *found, p = checked_network(p, {**encoder, "E": "K Z", **decoder}, **arguments)
    code, latent = len(p["decoder.0.W"]), p["E"].shape[1]
    if code % latent:
        raise ShapeError(
            "E",
            f"符号の長さ {latent} が符号化器の出力 {code} を割り切りません",
            f"vectors of {latent} do not divide the encoder's output of {code}",
        )
    return *found, p
