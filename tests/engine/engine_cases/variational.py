"""VAE and VQ-VAE."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from engine_cases.generative import ACTIVATIONS, Shapes, between, bits, layers, random, through
from engine_cases.kinds import Misuse, Parity, Rng, Slope, draw, size
from quizdl.engine import vae, vq_vae
from quizdl.engine.errors import DTypeError, RangeError, ShapeError


def vae_shapes(D: int, H: int, Z: int, *J: int) -> Shapes:
    """A VAE's parameters."""
    heads = {f"encoder.{head}.W": (H, Z) for head in ("mu", "log_var")}
    heads |= {f"encoder.{head}.b": (Z,) for head in ("mu", "log_var")}
    return layers("encoder.", D, H) | heads | layers("decoder.", Z, *(J or (H,)), D)


def vq_shapes(D: int, H: int, M: int, Z: int, K: int) -> Shapes:
    """A VQ-VAE's parameters."""
    return layers("encoder.", D, H, M * Z) | {"E": (K, Z)} | layers("decoder.", M * Z, H, D)


def reparameterize_parity(name: str, mu: np.ndarray, log_var: np.ndarray, eps: np.ndarray) -> Parity:
    def oracle(torch: Any, mu: Any, log_var: Any) -> Any:
        return mu + (log_var / 2).exp() * torch.tensor(eps)

    forward = partial(vae.reparameterize_forward, eps=eps)
    arguments = {"mu": mu, "log_var": log_var}
    return Parity(f"reparameterize: {name}", forward, vae.reparameterize_backward, oracle, arguments)


def kl_parity(name: str, mu: np.ndarray, log_var: np.ndarray) -> Parity:
    def oracle(torch: Any, mu: Any, log_var: Any) -> Any:
        normal = torch.distributions.Normal
        first, second = normal(mu, (log_var / 2).exp()), normal(torch.zeros_like(mu), torch.ones_like(mu))
        return torch.distributions.kl_divergence(first, second).sum(-1).mean()

    arguments = {"mu": mu, "log_var": log_var}
    pair = vae.kl_standard_normal_forward, vae.kl_standard_normal_backward
    return Parity(f"kl_standard_normal: {name}", *pair, oracle, arguments)


def kl_by_hand_parity(name: str, mu: np.ndarray, log_var: np.ndarray) -> Parity:
    """For variances that torch.distributions takes the logarithm of after they have become 0."""

    def oracle(torch: Any, mu: Any, log_var: Any) -> Any:
        return (0.5 * (log_var.exp() + mu**2 - 1 - log_var)).sum(-1).mean()

    return kl_parity(name, mu, log_var)._replace(oracle=oracle)


def bernoulli_parity(name: str, logits: np.ndarray, x: np.ndarray) -> Parity:
    def oracle(torch: Any, logits: Any, x: Any) -> Any:
        bce = torch.nn.functional.binary_cross_entropy_with_logits
        return bce(logits, x, reduction="none").sum(-1).mean()

    arguments = {"logits": logits, "x": x}
    pair = vae.bernoulli_nll_forward, vae.bernoulli_nll_backward
    return Parity(f"bernoulli_nll: {name}", *pair, oracle, arguments)


def gaussian_parity(name: str, *shape: int, log_var: np.ndarray | None = None, scale: float = 1.0) -> Parity:
    name = f"gaussian_nll: {name}"

    def oracle(torch: Any, mean: Any, x: Any, log_var: Any = None) -> Any:
        var = torch.ones_like(x) if log_var is None else log_var.exp()
        nll = torch.nn.functional.gaussian_nll_loss(mean, x, var, full=True, eps=1e-300, reduction="none")
        return nll.sum(-1).mean()

    arguments = {key: scale * y for key, y in draw(name, mean=shape, x=shape).items()}
    arguments |= {} if log_var is None else {"log_var": log_var}
    return Parity(name, vae.gaussian_nll_forward, vae.gaussian_nll_backward, oracle, arguments)


def nll(torch: Any, y: Any, x: Any, observation: str) -> Any:
    if observation == "gaussian":
        return -torch.distributions.Normal(y, torch.ones_like(y)).log_prob(x).sum(-1).mean()
    return torch.nn.functional.binary_cross_entropy_with_logits(y, x, reduction="none").sum(-1).mean()


def heads(torch: Any, x: Any, p: Any, activation: str) -> Any:
    linear = torch.nn.functional.linear
    h = ACTIVATIONS[activation](torch)(linear(x, p["encoder.0.W"].T, p["encoder.0.b"]))
    return tuple(linear(h, p[f"encoder.{head}.W"].T, p[f"encoder.{head}.b"]) for head in ("mu", "log_var"))


def vae_parity(
    name: str, B: int, D: int, H: int, Z: int, *J: int, observation: str, beta: float = 1.0, activation: str = "tanh"
) -> Parity:
    name = f"vae: {name}"
    eps = draw(name, eps=(B, Z))["eps"]

    def oracle(torch: Any, x: Any, p: Any) -> Any:
        mu, log_var = heads(torch, x, p, activation)
        z = mu + (log_var / 2).exp() * torch.tensor(eps)
        normal = torch.distributions.Normal
        posterior, prior = normal(mu, (log_var / 2).exp()), normal(torch.zeros_like(mu), torch.ones_like(mu))
        kl = torch.distributions.kl_divergence(posterior, prior).sum(-1).mean()
        return nll(torch, through(torch, z, p, "decoder.", activation), x, observation) + beta * kl

    x = between(name, B, D) if observation == "bernoulli" else 2 * draw(name + " x", x=(B, D))["x"]
    arguments = {"x": x, "p": draw(name + " p", **vae_shapes(D, H, Z, *J))}
    forward = partial(vae.vae_forward, eps=eps, observation=observation, beta=beta, activation=activation)
    return Parity(name, forward, vae.vae_backward, oracle, arguments)


def vae_encode_parity(B: int, D: int, H: int, Z: int, activation: str) -> Parity:
    name = f"vae: the encoder, {B}, {D}, {H}, {Z}, {activation}"

    def oracle(torch: Any, x: Any, p: Any) -> Any:
        return heads(torch, x, p, activation)

    arguments = draw(name, x=(B, D)) | {"p": draw(name + " p", **vae_shapes(D, H, Z))}
    forward = partial(vae.vae_encode_forward, activation=activation)
    return Parity(name, forward, vae.vae_encode_backward, oracle, arguments)


def vae_sample_parity(observation: str) -> Parity:
    name = f"vae: samples, {observation}"

    def forward(z: Any, p: Any) -> Any:
        return vae.vae_sample(z, p, observation=observation), ()

    def oracle(torch: Any, z: Any, p: Any) -> Any:
        y = through(torch, z, p, "decoder.", "tanh")
        return torch.sigmoid(y) if observation == "bernoulli" else y

    arguments = draw(name, z=(4, 2)) | {"p": draw(name + " p", **vae_shapes(3, 5, 2))}
    return Parity(name, forward, None, oracle, arguments)


def straight_through(torch: Any, z_e: Any, E: Any) -> Any:
    k = torch.cdist(z_e.reshape(-1, E.shape[1]), E).argmin(dim=1).reshape(z_e.shape[:-1])
    e = E[k]
    codebook = ((z_e.detach() - e) ** 2).sum(-1).mean()
    commitment = ((z_e - e.detach()) ** 2).sum(-1).mean()
    return z_e + (e - z_e).detach(), codebook, commitment


def quantize_parity(name: str, z_e: np.ndarray, E: np.ndarray) -> Parity:
    arguments = {"z_e": z_e, "E": E}
    return Parity(f"quantize: {name}", vq_vae.quantize_forward, vq_vae.quantize_backward, straight_through, arguments)


def vq_vae_parity(
    name: str, B: int, D: int, H: int, M: int, Z: int, K: int, *, observation: str, beta: float, activation: str
) -> Parity:
    name = f"vq_vae: {name}"

    def oracle(torch: Any, x: Any, p: Any) -> Any:
        z_e = through(torch, x, p, "encoder.", activation).reshape(B, M, Z)
        z_q, codebook, commitment = straight_through(torch, z_e, p["E"])
        y = through(torch, z_q.reshape(B, M * Z), p, "decoder.", activation)
        return nll(torch, y, x, observation) + codebook + beta * commitment

    x = between(name, B, D) if observation == "bernoulli" else draw(name + " x", x=(B, D))["x"]
    arguments = {"x": x, "p": draw(name + " p", **vq_shapes(D, H, M, Z, K))}
    forward = partial(vq_vae.vq_vae_forward, observation=observation, beta=beta, activation=activation)
    return Parity(name, forward, vq_vae.vq_vae_backward, oracle, arguments)


EXTREME = np.array([[1e3, -1e3, 0.0], [-1e3, 1e3, 0.0]])

PARITY: list[Parity] = [
    reparameterize_parity("plain", **draw("r1", mu=(3, 2), log_var=(3, 2), eps=(3, 2))),
    reparameterize_parity("one number", **draw("r2", mu=(1, 1), log_var=(1, 1), eps=(1, 1))),
    reparameterize_parity("three axes", **draw("r3", mu=(2, 3, 2), log_var=(2, 3, 2), eps=(2, 3, 2))),
    reparameterize_parity("extremes", EXTREME, EXTREME[::-1].copy(), np.array([[1.0, 0.0, 2.0], [0.0, -3.0, 0.0]])),
    kl_parity("plain", **draw("k1", mu=(4, 3), log_var=(4, 3))),
    kl_parity("one row", **draw("k2", mu=(3,), log_var=(3,))),
    kl_parity("one number", **draw("k3", mu=(1, 1), log_var=(1, 1))),
    kl_parity("three axes", **draw("k4", mu=(2, 3, 2), log_var=(2, 3, 2))),
    kl_parity("the prior itself", np.zeros((2, 3)), np.zeros((2, 3))),
    kl_by_hand_parity("far off", EXTREME, np.array([[-1e3, 20.0, 0.0], [700.0, -1e3, 0.0]])),
    kl_by_hand_parity("infinitely wide", EXTREME, EXTREME),
    bernoulli_parity("plain", draw("b1", z=(3, 4))["z"], between("b1", 3, 4)),
    bernoulli_parity("bits", draw("b2", z=(2, 3))["z"], bits("b2", 2, 3)),
    bernoulli_parity("one row", draw("b3", z=(3,))["z"], between("b3", 3)),
    bernoulli_parity("extremes", EXTREME, np.array([[1.0, 1.0, 0.0], [0.0, 0.5, 1.0]])),
    gaussian_parity("variance 1", 3, 2),
    gaussian_parity("one number", 1, 1),
    gaussian_parity("learnt variance", 3, 2, log_var=draw("g3", s=(3, 2))["s"]),
    gaussian_parity("learnt variance, three axes", 2, 3, 2, log_var=draw("g4", s=(2, 3, 2))["s"]),
    gaussian_parity("extremes", 2, 3, log_var=np.array([[0.0, 600.0, -50.0], [20.0, 0.0, 0.0]]), scale=1e3),
    vae_parity("bernoulli", 3, 4, 5, 2, observation="bernoulli"),
    vae_parity("gaussian", 3, 4, 5, 2, observation="gaussian"),
    vae_parity("all ones", 1, 1, 1, 1, observation="bernoulli"),
    vae_parity("beta 4, relu", 2, 3, 4, 2, observation="gaussian", beta=4.0, activation="relu"),
    vae_parity("beta 0", 2, 3, 2, 1, observation="bernoulli", beta=0.0),
    vae_parity("deep decoder", 2, 3, 4, 2, 3, 5, observation="bernoulli", activation="softplus"),
    vae_encode_parity(3, 4, 5, 2, "tanh"),
    vae_encode_parity(1, 1, 1, 1, "sigmoid"),
    vae_sample_parity("bernoulli"),
    vae_sample_parity("gaussian"),
    quantize_parity("plain", **draw("q1", z_e=(5, 2), E=(3, 2))),
    quantize_parity("three axes", **draw("q2", z_e=(2, 3, 2), E=(4, 2))),
    quantize_parity("one vector, one code", **draw("q3", z_e=(1, 1), E=(1, 1))),
    quantize_parity("a single row", **draw("q4", z_e=(3,), E=(4, 3))),
    quantize_parity("ties", np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 0.0]]), np.array([[1.0, 0], [0, 1], [-1, 0]])),
    quantize_parity("equal codes", np.array([[3.0], [-4.0]]), np.array([[1.0], [1.0], [-2.0], [-2.0]])),
    quantize_parity("already there", np.array([[1.0, 2.0]]), np.array([[0.0, 0.0], [1.0, 2.0]])),
    quantize_parity("extremes", EXTREME, np.array([[0.0, 0.0, 0.0], [-1e3, 1e3, 1e-3]])),
    vq_vae_parity("gaussian", 3, 4, 5, 1, 2, 3, observation="gaussian", beta=0.25, activation="tanh"),
    vq_vae_parity("three codes a row", 2, 4, 5, 3, 2, 4, observation="bernoulli", beta=1.0, activation="sigmoid"),
    vq_vae_parity("all ones", 1, 1, 1, 1, 1, 1, observation="gaussian", beta=0.25, activation="tanh"),
    vq_vae_parity("no commitment", 3, 2, 3, 2, 1, 3, observation="gaussian", beta=0.0, activation="relu"),
]


def reparameterize(rng: Rng) -> Slope:
    shape = size(rng), size(rng)
    arguments = random(rng, {"mu": shape, "log_var": shape})
    options = {"eps": rng.standard_normal(shape)}
    return Slope(vae.reparameterize_forward, vae.reparameterize_backward, arguments, options)


def kl_standard_normal(rng: Rng) -> Slope:
    shape = size(rng), size(rng)
    arguments = random(rng, {"mu": shape, "log_var": shape})
    return Slope(vae.kl_standard_normal_forward, vae.kl_standard_normal_backward, arguments)


def bernoulli_nll(rng: Rng) -> Slope:
    shape = size(rng), size(rng)
    arguments = {"logits": rng.standard_normal(shape), "x": rng.uniform(0.1, 0.9, shape)}
    return Slope(vae.bernoulli_nll_forward, vae.bernoulli_nll_backward, arguments)


def gaussian_nll(rng: Rng) -> Slope:
    shape = size(rng), size(rng)
    arguments = random(rng, dict.fromkeys(("mean", "x", "log_var") if rng.integers(2) else ("mean", "x"), shape))
    return Slope(vae.gaussian_nll_forward, vae.gaussian_nll_backward, arguments)


def whole_vae(rng: Rng) -> Slope:
    B, D, H, Z = size(rng), size(rng), size(rng), size(rng)
    options = {
        "eps": rng.standard_normal((B, Z)),
        "observation": str(rng.choice(["bernoulli", "gaussian"])),
        "beta": float(rng.uniform(0, 3)),
        "activation": str(rng.choice(["tanh", "softplus"])),
    }
    p = {name: 0.5 * w for name, w in random(rng, vae_shapes(D, H, Z)).items()}
    return Slope(vae.vae_forward, vae.vae_backward, {"x": rng.uniform(0.1, 0.9, (B, D)), "p": p}, options)


def vae_encode(rng: Rng) -> Slope:
    D, H, Z = size(rng), size(rng), size(rng)
    arguments = {"x": rng.standard_normal((size(rng), D)), "p": random(rng, vae_shapes(D, H, Z))}
    return Slope(vae.vae_encode_forward, vae.vae_encode_backward, arguments)


def codebook_loss(rng: Rng) -> Slope:
    """The straight-through gradients are no slopes; what E gets from the codebook loss is one."""
    D = size(rng)
    z_e = rng.standard_normal((size(rng), D))

    def forward(E: np.ndarray) -> Any:
        (_, loss, _), cache = vq_vae.quantize_forward(z_e.astype(E.dtype), E)
        return loss, cache

    def backward(dloss: Any, cache: Any) -> Any:
        return {"E": vq_vae.quantize_backward(np.zeros(z_e.shape, dtype=cache[1].dtype), dloss, 0.0, cache)["E"]}

    return Slope(forward, backward, random(rng, {"E": (size(rng), D)}))


def commitment_loss(rng: Rng) -> Slope:
    """And what z_e gets from the commitment loss is one."""
    D = size(rng)
    E = rng.standard_normal((size(rng), D))

    def forward(z_e: np.ndarray) -> Any:
        (_, _, loss), cache = vq_vae.quantize_forward(z_e, E.astype(z_e.dtype))
        return loss, cache

    def backward(dloss: Any, cache: Any) -> Any:
        gap = cache[1]
        return {"z_e": vq_vae.quantize_backward(np.zeros_like(gap), 0.0, dloss, cache)["z_e"]}

    return Slope(forward, backward, random(rng, {"z_e": (size(rng), D)}))


def vq_vae_decoder(rng: Rng) -> Slope:
    """Behind the choice of codes nothing is stopped or passed straight through."""
    B, D, M, Z = size(rng), size(rng), size(rng), size(rng)
    p = random(rng, vq_shapes(D, size(rng), M, Z, size(rng)))
    x = rng.standard_normal((B, D))

    def forward(decoder: Any) -> Any:
        dtype = decoder["decoder.0.b"].dtype
        whole = {name: w.astype(dtype) for name, w in p.items()} | decoder
        return vq_vae.vq_vae_forward(x.astype(dtype), whole)

    def backward(dloss: Any, cache: Any) -> Any:
        gradients = vq_vae.vq_vae_backward(dloss, cache)
        return {name: g for name, g in gradients.items() if name.startswith("decoder.")}

    return Slope(forward, backward, {"decoder": {name: w for name, w in p.items() if name.startswith("decoder.")}})


SLOPES: dict[str, Callable[[Rng], Slope]] = {
    "reparameterize": reparameterize,
    "kl_standard_normal": kl_standard_normal,
    "bernoulli_nll": bernoulli_nll,
    "gaussian_nll": gaussian_nll,
    "vae": whole_vae,
    "vae_encode": vae_encode,
    "vq_vae: codebook loss": codebook_loss,
    "vq_vae: commitment loss": commitment_loss,
    "vq_vae: decoder": vq_vae_decoder,
}


def zeros(shapes: Shapes) -> dict[str, np.ndarray]:
    """Parameters of zeros."""
    return {name: np.zeros(shape) for name, shape in shapes.items()}


def quantize_back(*above: Any) -> Any:
    """A backward with something wrong arriving."""
    return vq_vae.quantize_backward(*above, vq_vae.quantize_forward(X, np.zeros((4, 3)))[1])


RNG = np.random.default_rng(0)
X, EPS = np.zeros((2, 3)), np.zeros((2, 2))
VAE, VQ = zeros(vae_shapes(3, 4, 2)), zeros(vq_shapes(3, 4, 2, 2, 5))

MISUSES: list[Misuse] = [
    Misuse(lambda: vae.reparameterize_forward(X, X, EPS), ShapeError, "eps"),
    Misuse(lambda: vae.reparameterize_forward(X, np.zeros(3), X), ShapeError, "log_var"),
    Misuse(lambda: vae.reparameterize_forward(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros((0, 3))), ShapeError, "mu"),
    Misuse(lambda: vae.reparameterize_forward("mu", X, X), DTypeError, "mu"),
    Misuse(lambda: vae.reparameterize_backward(EPS, vae.reparameterize_forward(X, X, X)[1]), ShapeError, "dz"),
    Misuse(lambda: vae.kl_standard_normal_forward(1.0, 1.0), ShapeError, "mu"),
    Misuse(lambda: vae.kl_standard_normal_forward(X, np.zeros((1, 3))), ShapeError, "log_var"),
    Misuse(lambda: vae.kl_standard_normal_forward(np.zeros((0, 2)), np.zeros((0, 2))), ShapeError, "mu"),
    Misuse(lambda: vae.kl_standard_normal_backward(X, vae.kl_standard_normal_forward(X, X)[1]), ShapeError, "dloss"),
    Misuse(lambda: vae.bernoulli_nll_forward(X, EPS), ShapeError, "x"),
    Misuse(lambda: vae.bernoulli_nll_forward(X, X - 1), RangeError, "x"),
    Misuse(lambda: vae.bernoulli_nll_forward(X, X + 1.5), RangeError, "x"),
    Misuse(lambda: vae.bernoulli_nll_forward([1j], [1.0]), DTypeError, "logits"),
    Misuse(lambda: vae.gaussian_nll_forward(X, X, EPS), ShapeError, "log_var"),
    Misuse(lambda: vae.gaussian_nll_forward(X, EPS), ShapeError, "x"),
    Misuse(lambda: vae.gaussian_nll_backward(X, vae.gaussian_nll_forward(X, X)[1]), ShapeError, "dloss"),
    Misuse(lambda: vae.init_vae(RNG, 3, 0, 2), ShapeError, "hidden"),
    Misuse(lambda: vae.vae_forward(np.zeros(3), VAE, EPS), ShapeError, "x"),
    Misuse(lambda: vae.vae_forward(X, VAE, np.zeros((2, 3))), ShapeError, "encoder.mu.W"),
    Misuse(lambda: vae.vae_forward(X, VAE, np.zeros((3, 2))), ShapeError, "eps"),
    Misuse(lambda: vae.vae_forward(np.zeros((2, 4)), VAE, EPS), ShapeError, "encoder.0.W"),
    Misuse(lambda: vae.vae_forward(X, VAE | {"decoder.1.b": np.zeros(4)}, EPS), ShapeError, "decoder.1.b"),
    Misuse(lambda: vae.vae_forward(X, {}, EPS), ShapeError, "encoder.0.W"),
    Misuse(lambda: vae.vae_forward(X, VAE, EPS, observation="poisson"), RangeError, "observation"),
    Misuse(lambda: vae.vae_forward(X, VAE, EPS, activation="elu2"), RangeError, "activation"),
    Misuse(lambda: vae.vae_forward(X, VAE, EPS, beta=-1.0), RangeError, "beta"),
    Misuse(lambda: vae.vae_forward(X - 1, VAE, EPS), RangeError, "x"),
    Misuse(lambda: vae.vae_backward(EPS, vae.vae_forward(X, VAE, EPS)[1]), ShapeError, "dloss"),
    Misuse(lambda: vae.vae_encode_backward(EPS, X, vae.vae_encode_forward(X, VAE)[1]), ShapeError, "dlog_var"),
    Misuse(lambda: vae.vae_sample(np.zeros((2, 3)), VAE), ShapeError, "encoder.mu.W"),
    Misuse(lambda: vq_vae.nearest_codes(X, np.zeros((4, 2))), ShapeError, "E"),
    Misuse(lambda: vq_vae.nearest_codes(X, np.zeros((0, 3))), ShapeError, "E"),
    Misuse(lambda: vq_vae.quantize_forward(1.0, np.zeros((4, 1))), ShapeError, "z_e"),
    Misuse(lambda: vq_vae.quantize_forward(np.zeros((0, 3)), np.zeros((4, 3))), ShapeError, "z_e"),
    Misuse(lambda: vq_vae.quantize_forward([["a"]], [["b"]]), DTypeError, "z_e"),
    Misuse(lambda: quantize_back(np.zeros((3, 2)), 1.0, 1.0), ShapeError, "dz_q"),
    Misuse(lambda: quantize_back(X, X, 1.0), ShapeError, "dcodebook"),
    Misuse(lambda: quantize_back(X, 1.0, X), ShapeError, "dcommitment"),
    Misuse(lambda: vq_vae.init_vq_vae(RNG, 3, 4, codes=0, latent=2), ShapeError, "codes"),
    Misuse(lambda: vq_vae.vq_vae_forward(np.zeros(3), VQ), ShapeError, "x"),
    Misuse(lambda: vq_vae.vq_vae_forward(X, VQ | {"E": np.zeros((5, 3))}), ShapeError, "E"),
    Misuse(lambda: vq_vae.vq_vae_forward(X, VQ | {"E": np.zeros(5)}), ShapeError, "E"),
    Misuse(lambda: vq_vae.vq_vae_forward(X, VQ, observation="laplace"), RangeError, "observation"),
    Misuse(lambda: vq_vae.vq_vae_forward(X, VQ, beta=float("nan")), RangeError, "beta"),
    Misuse(lambda: vq_vae.vq_vae_backward(X, vq_vae.vq_vae_forward(X, VQ)[1]), ShapeError, "dloss"),
    Misuse(lambda: vq_vae.vq_vae_decode(np.zeros((2, 3), dtype=int), VQ), ShapeError, "codes"),
    Misuse(lambda: vq_vae.vq_vae_decode(np.full((2, 2), 5), VQ), RangeError, "codes"),
    Misuse(lambda: vq_vae.vq_vae_decode(np.zeros((2, 2)), VQ), DTypeError, "codes"),
]
