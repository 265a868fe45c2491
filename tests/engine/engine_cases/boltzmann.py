"""Restricted Boltzmann machines and deep belief networks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from engine_cases.generative import Shapes, bits, random, sizes_of
from engine_cases.kinds import Misuse, Parity, Rng, Slope, draw, size
from quizdl.engine import boltzmann
from quizdl.engine.errors import DTypeError, RangeError, ShapeError


def rbm_arguments(name: str, N: int, V: int, H: int, scale: float = 1.0) -> dict[str, np.ndarray]:
    arguments = draw(name, W=(V, H), b=(V,), c=(H,))
    return {"v": bits(name, N, V)} | {key: scale * x for key, x in arguments.items()}


def every_state(torch: Any, n: int) -> Any:
    return torch.tensor(list(product((0.0, 1.0), repeat=n)), dtype=torch.float64)


def joint_energy(torch: Any, v: Any, h: Any, W: Any, b: Any, c: Any) -> Any:
    """(N, M): every v with every h."""
    return -(v @ b)[:, None] - (h @ c)[None, :] - torch.einsum("ni,ij,mj->nm", v, W, h)


def energy_parity(N: int, V: int, H: int) -> Parity:
    name = f"rbm: energy {N}, {V}, {H}"

    def oracle(torch: Any, v: Any, h: Any, W: Any, b: Any, c: Any) -> Any:
        return -(v @ b) - h @ c - torch.einsum("ni,ij,nj->n", v, W, h)

    arguments = draw(name, v=(N, V), h=(N, H), W=(V, H), b=(V,), c=(H,))
    return Parity(name, boltzmann.energy_forward, boltzmann.energy_backward, oracle, arguments)


def free_energy_parity(N: int, V: int, H: int, scale: float = 1.0) -> Parity:
    name = f"rbm: free energy {N}, {V}, {H}, {scale:g}"

    def oracle(torch: Any, v: Any, W: Any, b: Any, c: Any) -> Any:
        return -torch.logsumexp(-joint_energy(torch, v, every_state(torch, H), W, b, c), dim=1)

    arguments = rbm_arguments(name, N, V, H, scale)
    return Parity(name, boltzmann.free_energy_forward, boltzmann.free_energy_backward, oracle, arguments)


def nll_parity(N: int, V: int, H: int, scale: float = 1.0) -> Parity:
    name = f"rbm: exact likelihood {N}, {V}, {H}, {scale:g}"

    def oracle(torch: Any, v: Any, W: Any, b: Any, c: Any) -> Any:
        h = every_state(torch, H)
        log_Z = torch.logsumexp(-joint_energy(torch, every_state(torch, V), h, W, b, c).reshape(-1), dim=0)
        return log_Z - torch.logsumexp(-joint_energy(torch, v, h, W, b, c), dim=1).mean()

    arguments = rbm_arguments(name, N, V, H, scale)
    return Parity(name, boltzmann.rbm_nll_forward, boltzmann.rbm_nll_backward, oracle, arguments)


def rbm_outputs_parity(V: int, H: int, scale: float) -> Parity:
    name = f"rbm: probabilities and partition function {V}, {H}, {scale:g}"

    def forward(v: Any, h: Any, W: Any, b: Any, c: Any) -> Any:
        up, down = boltzmann.hidden_probabilities(v, W, c), boltzmann.visible_probabilities(h, W, b)
        return (up, down, boltzmann.log_partition(W, b, c)), ()

    def oracle(torch: Any, v: Any, h: Any, W: Any, b: Any, c: Any) -> Any:
        linear = torch.nn.functional.linear
        all_energies = joint_energy(torch, every_state(torch, V), every_state(torch, H), W, b, c)
        log_Z = torch.logsumexp(-all_energies.reshape(-1), dim=0)
        return torch.sigmoid(linear(v, W.T, c)), torch.sigmoid(linear(h, W, b)), log_Z

    arguments = rbm_arguments(name, 3, V, H, scale) | {"h": bits(name + " h", 3, H)}
    return Parity(name, forward, None, oracle, arguments)


def dbn_parity(N: int, *sizes: int) -> Parity:
    name = f"dbn: upward {sizes} of {N}"

    def oracle(torch: Any, v: Any, p: Any) -> Any:
        for k in range(len(sizes) - 1):
            v = torch.sigmoid(torch.nn.functional.linear(v, p[f"{k}.W"].T, p[f"{k}.c"]))
        return v

    arguments = draw(name, v=(N, sizes[0])) | {"p": draw(name + " p", **dbn_shapes(*sizes))}
    return Parity(name, boltzmann.dbn_forward, boltzmann.dbn_backward, oracle, arguments)


def dbn_shapes(*sizes: int) -> Shapes:
    shapes: Shapes = {}
    for k in range(len(sizes) - 1):
        shapes |= {f"{k}.W": (sizes[k], sizes[k + 1]), f"{k}.b": (sizes[k],), f"{k}.c": (sizes[k + 1],)}
    return shapes


PARITY: list[Parity] = [
    energy_parity(3, 4, 2),
    energy_parity(1, 1, 1),
    free_energy_parity(3, 4, 3),
    free_energy_parity(1, 1, 1),
    free_energy_parity(2, 3, 2, 1e3),
    free_energy_parity(2, 3, 2, 0.0),
    nll_parity(3, 4, 3),
    nll_parity(1, 1, 1),
    nll_parity(2, 3, 4, 30.0),
    nll_parity(2, 2, 2, 1e3),
    nll_parity(2, 3, 2, 0.0),
    rbm_outputs_parity(4, 2, 1.0),
    rbm_outputs_parity(2, 5, 1.0),
    rbm_outputs_parity(2, 2, 1e3),
    rbm_outputs_parity(1, 1, 0.0),
    dbn_parity(3, 4, 3, 2),
    dbn_parity(1, 1, 1),
]


def energy(rng: Rng) -> Slope:
    N, V, H = size(rng), size(rng), size(rng)
    arguments = random(rng, {"v": (N, V), "h": (N, H), "W": (V, H), "b": (V,), "c": (H,)})
    return Slope(boltzmann.energy_forward, boltzmann.energy_backward, arguments)


def rbm(name: str, rng: Rng) -> Slope:
    N, V, H = size(rng), size(rng), size(rng)
    arguments = random(rng, {"v": (N, V), "W": (V, H), "b": (V,), "c": (H,)})
    return Slope(getattr(boltzmann, f"{name}_forward"), getattr(boltzmann, f"{name}_backward"), arguments)


def dbn(rng: Rng) -> Slope:
    sizes = sizes_of(rng, 2, 4)
    arguments = {"v": rng.standard_normal((size(rng), sizes[0])), "p": random(rng, dbn_shapes(*sizes))}
    return Slope(boltzmann.dbn_forward, boltzmann.dbn_backward, arguments)


SLOPES: dict[str, Callable[[Rng], Slope]] = {
    "rbm: energy": energy,
    "rbm: free_energy": partial(rbm, "free_energy"),
    "rbm: exact likelihood": partial(rbm, "rbm_nll"),
    "dbn": dbn,
}


def zeros(V: int = 3, H: int = 2) -> dict[str, np.ndarray]:
    """A machine of zeros."""
    return {"W": np.zeros((V, H)), "b": np.zeros(V), "c": np.zeros(H)}


def belief(*sizes: int) -> dict[str, np.ndarray]:
    """A network of zeros."""
    return {name: np.zeros(shape) for name, shape in dbn_shapes(*sizes).items()}


RNG = np.random.default_rng(0)
V23 = np.zeros((2, 3))

MISUSES: list[Misuse] = [
    Misuse(lambda: boltzmann.init_rbm(RNG, 0, 2), ShapeError, "visible"),
    Misuse(lambda: boltzmann.energy_forward(V23, np.zeros((3, 2)), **zeros()), ShapeError, "h"),
    Misuse(lambda: boltzmann.energy_forward(V23, np.zeros((2, 3)), **zeros()), ShapeError, "W"),
    Misuse(
        lambda: boltzmann.energy_backward(1.0, boltzmann.energy_forward(V23, np.zeros((2, 2)), **zeros())[1]),
        ShapeError,
        "dE",
    ),
    Misuse(lambda: boltzmann.free_energy_forward(np.zeros(3), **zeros()), ShapeError, "v"),
    Misuse(lambda: boltzmann.free_energy_forward([["x"]], **zeros(1, 1)), DTypeError, "v"),
    Misuse(lambda: boltzmann.free_energy_forward(V23, **zeros(4)), ShapeError, "W"),
    Misuse(lambda: boltzmann.free_energy_forward(V23, **(zeros() | {"b": np.zeros(2)})), ShapeError, "b"),
    Misuse(lambda: boltzmann.free_energy_forward(V23, **(zeros() | {"c": np.zeros(3)})), ShapeError, "c"),
    Misuse(
        lambda: boltzmann.free_energy_backward(np.ones(3), boltzmann.free_energy_forward(V23, **zeros())[1]),
        ShapeError,
        "dF",
    ),
    Misuse(lambda: boltzmann.hidden_probabilities(V23, np.zeros((2, 2)), np.zeros(2)), ShapeError, "W"),
    Misuse(lambda: boltzmann.visible_probabilities(V23, np.zeros((2, 2)), np.zeros(2)), ShapeError, "W"),
    Misuse(lambda: boltzmann.gibbs_step(RNG, np.zeros((0, 3)), **zeros()), ShapeError, "v"),
    Misuse(lambda: boltzmann.contrastive_divergence(RNG, V23, **zeros(), k=0), ShapeError, "k"),
    Misuse(lambda: boltzmann.contrastive_divergence(RNG, V23, **zeros(2)), ShapeError, "W"),
    Misuse(lambda: boltzmann.all_states(17), RangeError, "units"),
    Misuse(lambda: boltzmann.log_partition(np.zeros(3), np.zeros(3), np.zeros(3)), ShapeError, "W"),
    Misuse(lambda: boltzmann.rbm_nll_forward(np.zeros((1, 17)), **zeros(17)), RangeError, "units"),
    Misuse(
        lambda: boltzmann.rbm_nll_backward(np.ones(2), boltzmann.rbm_nll_forward(V23, **zeros())[1]),
        ShapeError,
        "dloss",
    ),
    Misuse(lambda: boltzmann.train_rbm(RNG, V23, 2, steps=0, lr=0.1), ShapeError, "steps"),
    Misuse(lambda: boltzmann.train_dbn(RNG, np.zeros(3), (2,), steps=1, lr=0.1), ShapeError, "v"),
    Misuse(lambda: boltzmann.dbn_forward(V23, {}), ShapeError, "0.W"),
    Misuse(lambda: boltzmann.dbn_forward(V23, belief(4, 2)), ShapeError, "0.W"),
    Misuse(lambda: boltzmann.dbn_forward(V23, belief(3, 2) | {"1.W": np.zeros((2, 2))}), ShapeError, "1.b"),
    Misuse(lambda: boltzmann.dbn_backward(V23, boltzmann.dbn_forward(V23, belief(3, 2))[1]), ShapeError, "dh"),
    Misuse(lambda: boltzmann.dbn_sample(RNG, belief(3, 2), 0, steps=1), ShapeError, "count"),
]
