"""Cases of hierarchical encoder-decoders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from engine_cases.kinds import Misuse, Parity, Rng, Slope, draw, size
from engine_cases.stacked import conventions_of
from quizdl.engine import hred
from quizdl.engine.errors import DTypeError, RangeError, ShapeError

Sizes = Mapping[str, int]


def gru_shapes(prefix: str, inputs: int, H: int) -> dict[str, tuple[int, ...]]:
    return {f"{prefix}.W": (3, inputs, H), f"{prefix}.U": (3, H, H), f"{prefix}.b": (3, H)}


def parameter_shapes(n: Sizes, latent: bool, *, b_h: bool = False) -> dict[str, tuple[int, ...]]:
    """n: the sizes by the letters of hred.py, u, c and d being H_u, H_c and H_d."""
    V, D, u, c, d, omega, A, Z = (n[letter] for letter in "VDucdOAZ")
    given = c + Z if latent else c
    shapes = {
        "E": (V, D),
        **gru_shapes("encoder", D, u),
        **gru_shapes("context", u, c),
        "initial.W": (given, d),
        "initial.b": (d,),
        **gru_shapes("decoder", D + given if latent else D, d),
        "output.H": (d, omega),
        "output.E": (D, omega),
        "output.b": (omega,),
        "output.O": (omega, V),
    }
    if b_h:
        shapes |= {f"{side}.b_h": (3, H) for side, H in (("encoder", u), ("context", c), ("decoder", d))}
    if latent:
        for side, known in (("prior", c), ("posterior", c + u)):
            heads = {f"{side}.{head}.{w}": s for head in ("mu", "log_var") for w, s in (("W", (A, Z)), ("b", (Z,)))}
            shapes |= {f"{side}.W": (known, A), f"{side}.b": (A,), **heads}
    return shapes


def _gru(torch: Any, p: Any, side: str, x: Any, h: Any, pytorchs: bool) -> Any:
    """One step, by the equations: Chung's and Cho's reset before the product, or PyTorch's own cell."""
    W, U, b = (p[f"{side}.{name}"] for name in "WUb")
    if pytorchs:
        cell = torch.nn.GRUCell(W.shape[1], U.shape[1], dtype=torch.float64)
        weights = {"weight_ih": W.transpose(1, 2).flatten(0, 1), "weight_hh": U.transpose(1, 2).flatten(0, 1)}
        weights |= {"bias_ih": b.flatten(), "bias_hh": p[f"{side}.b_h"].flatten()}
        return torch.func.functional_call(cell, weights, (x, h))
    r, z = (torch.sigmoid(x @ W[k] + h @ U[k] + b[k]) for k in (0, 1))
    n = torch.tanh(x @ W[2] + (r * h) @ U[2] + b[2])
    return (1 - z) * h + z * n


def _words(torch: Any, p: Any, side: str, x: Any, h: Any, length: int, pytorchs: bool) -> Any:
    """A single sequence (T, I), one word at a time: all states, and the one after `length` words."""
    states = [h]
    for t in range(len(x)):
        states.append(_gru(torch, p, side, x[t], states[-1], pytorchs))
    return torch.stack(states[1:]), states[length]


def _normal(torch: Any, p: Any, side: str, known: Any) -> Any:
    a = torch.tanh(known @ p[f"{side}.W"] + p[f"{side}.b"])
    mu, log_var = (a @ p[f"{side}.{head}.W"] + p[f"{side}.{head}.b"] for head in ("mu", "log_var"))
    return torch.distributions.Normal(mu, torch.exp(log_var / 2)), mu, torch.exp(log_var / 2)


def oracle(
    torch: Any,
    p: Any,
    *,
    words: Any,
    lengths: Any,
    eps: Any = None,
    kl_weight: float = 1.0,
    sample: str = "posterior",
    pytorchs: bool = False,
) -> Any:
    """Dialogue by dialogue, turn by turn, word by word: no batch, no padding, no mask."""
    F, words = torch.nn.functional, torch.tensor(words)
    T, M, B = words.shape
    zeros = {side: torch.zeros(p[f"{side}.U"].shape[1], dtype=torch.float64) for side in ("encoder", "context")}
    logits = [[None] * B for _ in range(M)]
    costs, divergences = [], []
    for k in range(B):
        c = zeros["context"]
        for m in range(M):
            length = T if lengths is None else int(lengths[m][k])
            w = F.embedding(words[:, m, k], p["E"])
            _, h = _words(torch, p, "encoder", w, zeros["encoder"], length, pytorchs)
            given, x = c, w[:-1]
            if eps is not None:
                prior, *of_prior = _normal(torch, p, "prior", c)
                posterior, *of_posterior = _normal(torch, p, "posterior", torch.cat([c, h]))
                mu, sigma = of_posterior if sample == "posterior" else of_prior
                given = torch.cat([c, mu + sigma * torch.tensor(eps[m][k])])
                x = torch.cat([x, given.expand(T - 1, -1)], 1)
                if length:
                    divergences.append(torch.distributions.kl_divergence(posterior, prior).sum())
            start = torch.tanh(given @ p["initial.W"] + p["initial.b"])
            d, _ = _words(torch, p, "decoder", x, start, 0, pytorchs)
            omega = d @ p["output.H"] + w[:-1] @ p["output.E"] + p["output.b"]
            logits[m][k] = omega @ p["output.O"]
            costs += [F.cross_entropy(logits[m][k][t], words[t + 1, m, k]) for t in range(length - 1)]
            turns = range(m, M) if lengths is not None else ()
            if length or any(lengths[later][k] for later in turns):
                c = _gru(torch, p, "context", h, c, pytorchs)
            else:
                c = torch.zeros_like(c)  # after the last turn there is nothing that would know a context
    both = torch.stack([torch.stack(turn, 1) for turn in logits], 1)
    loss = sum(costs) / len(costs)
    if eps is None:
        return loss, both
    total = sum(divergences)
    return loss + kl_weight * total / len(costs), loss, total / len(divergences), both


SIZES = {"V": 5, "D": 2, "u": 3, "c": 2, "d": 3, "O": 2, "A": 3, "Z": 2}
ONES = dict.fromkeys("VDucdOAZ", 1)

WORDS = np.array(
    [[[0, 0], [0, 0], [0, 0]], [[3, 1], [2, 2], [4, 1]], [[1, 1], [1, 3], [2, 1]], [[4, 2], [4, 1], [1, 1]]]
)
"""Four words, three turns, two dialogues; each turn begun by word 0."""

RAGGED = [[4, 2], [3, 4], [4, 0]]
"""The second dialogue has two turns."""


def hred_parity(what: str, sizes: Sizes, words: Any, *, latent: bool, scale: float = 1.0, **options: Any) -> Parity:
    name = f"{'vhred' if latent else 'hred'}: {what}"
    pytorchs = bool(options.pop("pytorchs", False))
    p = draw(name, **parameter_shapes(sizes, latent, b_h=pytorchs))
    p["E"] *= scale
    words = np.asarray(words)
    options = {"lengths": None, **options, "words": words}
    if latent:
        options["eps"] = draw(f"{name}, eps", eps=(*words.shape[1:], sizes["Z"]))["eps"]
    conventions = {"reset_after": True, "z_keeps": "old"} if pytorchs else {}
    forward = partial(hred.vhred_forward if latent else hred.hred_forward, **options, **conventions)
    backward = hred.vhred_backward if latent else hred.hred_backward
    return Parity(name, forward, backward, partial(oracle, **options, pytorchs=pytorchs), {"p": p})


PARITY: list[Parity] = [
    case
    for latent in (False, True)
    for case in (
        hred_parity("three turns", SIZES, WORDS, latent=latent),
        hred_parity("ragged turns and dialogues", SIZES, WORDS, latent=latent, lengths=RAGGED),
        hred_parity("PyTorch's GRU", SIZES, WORDS, latent=latent, lengths=RAGGED, pytorchs=True),
        hred_parity("one turn of one word", ONES, [[[0]], [[0]]], latent=latent),
        hred_parity("vectors of a thousand", SIZES, WORDS[:2], latent=latent, scale=1e3),
        hred_parity("vectors of zeros", SIZES, WORDS[:3, :2], latent=latent, scale=0.0),
    )
] + [
    hred_parity("the KL at a third", SIZES, WORDS, latent=True, lengths=RAGGED, kl_weight=1 / 3),
    hred_parity("the KL left out", SIZES, WORDS, latent=True, kl_weight=0.0),
    hred_parity("drawn from the prior", SIZES, WORDS, latent=True, lengths=RAGGED, sample="prior"),
]


def _slope(latent: bool, rng: Rng) -> Slope:
    sizes = {letter: size(rng, 3) for letter in "VDucdOAZ"}
    T, M, B = size(rng, 3) + 1, size(rng, 3), size(rng, 3)
    options: dict[str, Any] = {
        "words": rng.integers(0, sizes["V"], (T, M, B)),
        "lengths": rng.integers(0, T + 1, (M, B)) if rng.random() < 0.6 else None,
        **conventions_of("gru", rng),
    }
    shapes = parameter_shapes(sizes, latent, b_h=bool(rng.random() < 0.5))
    p = {"p": {name: 0.7 * rng.standard_normal(shape) for name, shape in shapes.items()}}
    if not latent:
        return Slope(hred.hred_forward, hred.hred_backward, p, options)
    options |= {"eps": rng.standard_normal((M, B, sizes["Z"])), "kl_weight": float(rng.uniform(0, 2))}
    options["sample"] = "posterior" if rng.random() < 0.7 else "prior"
    return Slope(hred.vhred_forward, hred.vhred_backward, p, options)


SLOPES: dict[str, Callable[[Rng], Slope]] = {"hred": partial(_slope, False), "vhred": partial(_slope, True)}


def weights(latent: bool, **changed: Any) -> dict[str, Any]:
    shapes = parameter_shapes(SIZES, latent)
    return {**{name: np.ones(shape) for name, shape in shapes.items()}, **changed}


def _hred(p: Any = None, **changed: Any) -> Callable[[], Any]:
    return lambda: hred.hred_forward(weights(False) if p is None else p, **{"words": WORDS, **changed})


def _vhred(p: Any = None, **changed: Any) -> Callable[[], Any]:
    arguments = {"words": WORDS, "eps": np.ones((3, 2, 2)), **changed}
    return lambda: hred.vhred_forward(weights(True) if p is None else p, **arguments)


def _step(tokens: Any, latent: bool = False) -> Callable[[], Any]:
    return lambda: hred.response_step(weights(latent), tokens, hred.begin_response(weights(latent), WORDS))


MISUSES: list[Misuse] = [
    Misuse(_hred(words=WORDS[0]), ShapeError, "words"),
    Misuse(_hred(words=WORDS[:1]), ShapeError, "words"),
    Misuse(_hred(words=WORDS[:, :0]), ShapeError, "words"),
    Misuse(_hred(words=WORDS + 1), RangeError, "words"),
    Misuse(_hred(words=WORDS / 2), DTypeError, "words"),
    Misuse(_hred(lengths=[[4, 4]]), ShapeError, "lengths"),
    Misuse(_hred(lengths=[[5, 4], [1, 1], [1, 1]]), RangeError, "lengths"),
    Misuse(_hred(p=weights(True)), RangeError, "prior.W"),
    Misuse(_hred(p=weights(False, **{"decoder.W": np.ones((3, 3, 3))})), ShapeError, "decoder.W"),
    Misuse(_hred(p=weights(False, E=["a"])), DTypeError, "E"),
    Misuse(lambda: hred.hred_backward(1.0, np.ones((3, 3, 2, 4)), _hred()()[1]), ShapeError, "dlogits"),
    Misuse(lambda: hred.hred_backward(np.ones(2), None, _hred()()[1]), ShapeError, "dloss"),
    Misuse(_vhred(p=weights(False)), ShapeError, "prior.W"),
    Misuse(_vhred(p={}), ShapeError, "E"),
    Misuse(_vhred(p=weights(True, **{"prior.W": np.ones((3, 3))})), ShapeError, "prior.W"),
    Misuse(_vhred(p=weights(True, **{"posterior.mu.b": np.ones(3)})), ShapeError, "posterior.mu.b"),
    Misuse(_vhred(eps=np.ones((3, 2, 3))), ShapeError, "eps"),
    Misuse(_vhred(eps=np.ones((6, 2))), ShapeError, "eps"),
    Misuse(_vhred(kl_weight=-0.1), RangeError, "kl_weight"),
    Misuse(_vhred(kl_weight="half"), DTypeError, "kl_weight"),
    Misuse(_vhred(sample="both"), RangeError, "sample"),
    Misuse(lambda: hred.vhred_backward(None, None, np.ones(1), None, _vhred()()[1]), ShapeError, "dkl"),
    Misuse(lambda: hred.kl_annealing(1, 0), RangeError, "steps"),
    Misuse(lambda: hred.kl_annealing(-1, 10), RangeError, "step"),
    Misuse(lambda: hred.begin_response(weights(False), WORDS, np.ones((2, 2))), RangeError, "eps"),
    Misuse(lambda: hred.begin_response(weights(True), WORDS, np.ones((2, 3))), ShapeError, "eps"),
    Misuse(_step([[1, 2]]), ShapeError, "tokens"),
    Misuse(_step([1, 5], latent=True), RangeError, "tokens"),
]
