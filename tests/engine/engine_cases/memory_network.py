"""Cases of end-to-end memory networks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from engine_cases.kinds import Misuse, Parity, Rng, Slope, draw, size
from quizdl.engine import memory_network
from quizdl.engine.errors import DTypeError, RangeError, ShapeError

TYING = (None, "adjacent", "layer-wise")


def parameter_shapes(tying: str | None, V: int, D: int, hops: int) -> dict[str, tuple[int, ...]]:
    every = range(hops)
    tables = {
        None: [*(f"A.{k}" for k in every), *(f"C.{k}" for k in every), "B"],
        "adjacent": ["A", *(f"C.{k}" for k in every)],
        "layer-wise": ["A", "B", "C"],
    }[tying]
    others = {None: {"W": (D, V)}, "adjacent": {}, "layer-wise": {"W": (D, V), "H": (D, D)}}[tying]
    return {**dict.fromkeys(tables, (V, D)), **others}


def _bag(torch: Any, E: Any, words: list[int], position: bool, pad: int | None) -> Any:
    """One sentence, a word at a time."""
    words = [w for w in words if w != pad]
    total, (J, D) = torch.zeros(E.shape[1], dtype=torch.float64), (len(words), E.shape[1])
    for j, word in enumerate(words, start=1):
        weights = [(1 - j / J) - k / D * (1 - 2 * j / J) if position else 1.0 for k in range(1, D + 1)]
        total = total + torch.tensor(weights, dtype=torch.float64) * E[word]
    return total


def oracle(
    torch: Any, p: Any, *, sentences: Any, question: Any, hops: int, tying: Any, position: bool, pad: int | None
) -> Any:
    """Sample by sample, sentence by sentence, word by word: no padding, no mask."""
    sentences, question = np.asarray(sentences), np.asarray(question)
    _, N, B = sentences.shape
    adjacent = ["A", *(f"C.{k}" for k in range(hops))]
    logits, looked = [], torch.zeros((hops, N, B), dtype=torch.float64)
    for b in range(B):
        there = [i for i in range(N) if any(w != pad for w in sentences[:, i, b])]
        u = _bag(torch, p["A" if tying == "adjacent" else "B"], list(question[:, b]), position, pad)
        for k in range(hops):
            A, C = {
                None: (f"A.{k}", f"C.{k}"),
                "adjacent": (adjacent[k], adjacent[k + 1]),
                "layer-wise": ("A", "C"),
            }[tying]
            o = torch.zeros_like(u)
            if there:
                m, c = (
                    torch.stack([_bag(torch, p[E], list(sentences[:, i, b]), position, pad) for i in there])
                    for E in (A, C)
                )
                at = torch.softmax(m @ u, 0)
                looked = looked.index_put((torch.tensor(k), torch.tensor(there), torch.tensor(b)), at)
                o = at @ c
            u = (u @ p["H"] if tying == "layer-wise" else u) + o
        logits.append(u @ (p[f"C.{hops - 1}"].T if tying == "adjacent" else p["W"]))
    return torch.stack(logits), looked


SENTENCES = np.array(
    [
        [[1, 2], [3, 4], [2, 0]],
        [[2, 3], [0, 1], [1, 0]],
        [[4, 0], [1, 4], [3, 0]],
    ]
)
"""Three words, three sentences, two samples; 0 is padding, at an end, between words, and a sentence of nothing else."""

QUESTION = np.array([[1, 4], [3, 0]])


def network(
    what: str,
    tying: str | None,
    hops: int = 2,
    *,
    V: int = 5,
    D: int = 3,
    sentences: Any = SENTENCES,
    question: Any = QUESTION,
    scale: float = 1.0,
    **options: Any,
) -> Parity:
    name = f"memory network {tying}: {what}"
    p = {key: scale * w for key, w in draw(name, **parameter_shapes(tying, V, D, hops)).items()}
    options = {"position": False, "pad": None, **options, "sentences": sentences, "question": question}
    options |= {"hops": hops, "tying": tying}
    forward = partial(memory_network.memory_network_forward, **options)
    return Parity(name, forward, memory_network.memory_network_backward, partial(oracle, **options), {"p": p})


def read(what: str, N: int, B: int, D: int, mask: Any = None, scale: float = 1.0) -> Parity:
    name = f"memory read: {what}"
    arguments = draw(name, u=(B, D), m=(N, B, D), c=(N, B, D))
    arguments["m"] *= scale

    def theirs(torch: Any, u: Any, m: Any, c: Any) -> Any:
        scores = torch.einsum("bd,nbd->nb", u, m)
        if mask is None:
            p = torch.softmax(scores, 0)
        else:
            p = torch.softmax(scores.masked_fill(~torch.tensor(mask), -torch.inf), 0).nan_to_num()
        return torch.einsum("nb,nbd->bd", p, c), p

    forward = partial(memory_network.memory_read_forward, mask=mask)
    return Parity(name, forward, memory_network.memory_read_backward, theirs, arguments)


PARITY: list[Parity] = [
    read("three sentences", 3, 2, 4),
    read("some are not there", 3, 2, 2, [[True, False], [True, True], [False, True]]),
    read("every size one", 1, 1, 1),
    read("memories of a thousand", 4, 1, 3, scale=1e3),
    read("memories of zeros: all alike", 4, 1, 3, scale=0.0),
    *(
        case
        for tying in TYING
        for case in (
            network("two hops", tying),
            network("one hop with padding", tying, 1, pad=0),
            network("three hops by position, with padding", tying, 3, position=True, pad=0),
            network("by position without padding", tying, position=True),
            network("every size one", tying, 1, V=1, D=1, sentences=[[[0]]], question=[[0]]),
            network("weights of thirty", tying, scale=30.0, pad=0),
            network("weights of zeros", tying, scale=0.0),
            network("nothing to look at, nothing asked", tying, sentences=SENTENCES * 0, question=QUESTION * 0, pad=0),
        )
    ),
]


def memory_read(rng: Rng) -> Slope:
    N, B, D = size(rng), size(rng), size(rng)
    shapes = {"u": (B, D), "m": (N, B, D), "c": (N, B, D)}
    arguments = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    options = {"mask": rng.random((N, B)) < 0.7 if rng.random() < 0.7 else None}
    return Slope(memory_network.memory_read_forward, memory_network.memory_read_backward, arguments, options)


def memory_slope(tying: str | None, rng: Rng) -> Slope:
    V, D, J, N, J_q, B, hops = (size(rng, 3) for _ in range(7))
    options = {
        "sentences": rng.integers(0, V, (J, N, B)),
        "question": rng.integers(0, V, (J_q, B)),
        "hops": hops,
        "tying": tying,
        "position": bool(rng.random() < 0.5),
        "pad": 0 if rng.random() < 0.5 else None,
    }
    p = {name: 0.7 * rng.standard_normal(shape) for name, shape in parameter_shapes(tying, V, D, hops).items()}
    pair = memory_network.memory_network_forward, memory_network.memory_network_backward
    return Slope(*pair, {"p": p}, options)


SLOPES: dict[str, Callable[[Rng], Slope]] = {
    "memory_read": memory_read,
    **{f"memory_network_{tying}": partial(memory_slope, tying) for tying in TYING},
}


def _call(p: Any = None, **changed: Any) -> Callable[[], Any]:
    weights = {name: np.ones(shape) for name, shape in parameter_shapes("adjacent", 5, 3, 2).items()}
    arguments = {"p": {**weights, **(p or {})}, "sentences": SENTENCES, "question": QUESTION, "hops": 2, **changed}
    return lambda: memory_network.memory_network_forward(**arguments)


def _read(**changed: Any) -> Callable[[], Any]:
    arguments = {"u": np.ones((2, 3)), "m": np.ones((4, 2, 3)), "c": np.ones((4, 2, 3)), **changed}
    return lambda: memory_network.memory_read_forward(**arguments)


MISUSES: list[Misuse] = [
    Misuse(_call(sentences=SENTENCES[0]), ShapeError, "sentences"),
    Misuse(_call(sentences=SENTENCES[:, :0]), ShapeError, "sentences"),
    Misuse(_call(sentences=SENTENCES + 1), RangeError, "sentences"),
    Misuse(_call(sentences=SENTENCES / 2), DTypeError, "sentences"),
    Misuse(_call(question=[1, 2]), ShapeError, "question"),
    Misuse(_call(question=[[1, 2, 3]]), ShapeError, "question"),
    Misuse(_call(question=[[-1, 2]]), RangeError, "question"),
    Misuse(_call(hops=3), ShapeError, "C.2"),
    Misuse(_call(hops=1), RangeError, "C.1"),
    Misuse(_call(hops=0), RangeError, "hops"),
    Misuse(_call(hops=1.5), DTypeError, "hops"),
    Misuse(_call(tying="both"), RangeError, "tying"),
    Misuse(_call(tying="layer-wise"), ShapeError, "B"),
    Misuse(_call(p={"C.0": np.ones((5, 2))}), ShapeError, "C.0"),
    Misuse(_call(p={"C.0": [["a"]]}), DTypeError, "C.0"),
    Misuse(lambda: memory_network.memory_network_backward(np.ones((2, 4)), None, _call()()[1]), ShapeError, "dlogits"),
    Misuse(lambda: memory_network.memory_network_backward(None, np.ones((2, 2)), _call()()[1]), ShapeError, "dlooked"),
    Misuse(_read(u=np.ones(3)), ShapeError, "u"),
    Misuse(_read(m=np.ones((4, 3, 3))), ShapeError, "m"),
    Misuse(_read(c=np.ones((3, 2, 3))), ShapeError, "c"),
    Misuse(_read(mask=np.ones((2, 4), bool)), ShapeError, "mask"),
    Misuse(lambda: memory_network.memory_read_backward(np.ones((2, 2)), None, _read()()[1]), ShapeError, "do"),
    Misuse(lambda: memory_network.memory_read_backward(None, np.ones((2, 4)), _read()()[1]), ShapeError, "dp"),
    Misuse(lambda: memory_network.position_encoding([1, 4], 3, 2), RangeError, "lengths"),
]
