"""Cases of word2vec."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from engine_cases.kinds import Misuse, Parity, Rng, Slope, draw, size
from quizdl.engine import word2vec
from quizdl.engine.errors import DTypeError, RangeError, ShapeError


def _negative_loss(torch: Any, v: Any, W_out: Any, right: Any, wrong: Any) -> Any:
    F = torch.nn.functional
    good = F.logsigmoid((F.embedding(torch.tensor(right), W_out) * v).sum(1))
    bad = F.logsigmoid(-(F.embedding(torch.tensor(wrong), W_out) @ v[:, :, None])[:, :, 0]).sum(1)
    return -(good + bad).mean()


def _cbow_softmax(torch: Any, W_in: Any, W_out: Any, context: Any, target: Any) -> Any:
    h = torch.nn.functional.embedding_bag(torch.tensor(context), W_in, mode="mean")
    return torch.nn.functional.cross_entropy(h @ W_out.T, torch.tensor(target))


def _cbow_negative(torch: Any, W_in: Any, W_out: Any, context: Any, target: Any, negatives: Any) -> Any:
    h = torch.nn.functional.embedding_bag(torch.tensor(context), W_in, mode="mean")
    return _negative_loss(torch, h, W_out, target, negatives)


def _skipgram_softmax(torch: Any, W_in: Any, W_out: Any, center: Any, context: Any) -> Any:
    v = torch.nn.functional.embedding(torch.tensor(center), W_in)
    return torch.nn.functional.cross_entropy(v @ W_out.T, torch.tensor(context))


def _skipgram_negative(torch: Any, W_in: Any, W_out: Any, center: Any, context: Any, negatives: Any) -> Any:
    v = torch.nn.functional.embedding(torch.tensor(center), W_in)
    return _negative_loss(torch, v, W_out, context, negatives)


ORACLES = {
    "cbow_softmax": _cbow_softmax,
    "cbow_negative": _cbow_negative,
    "skipgram_softmax": _skipgram_softmax,
    "skipgram_negative": _skipgram_negative,
}


def pair(kind: str) -> tuple[Any, Any]:
    return getattr(word2vec, f"{kind}_forward"), getattr(word2vec, f"{kind}_backward")


def word2vec_parity(kind: str, what: str, V: int, D: int, scale: float = 1.0, **ids: Any) -> Parity:
    name = f"{kind}: {what}"
    arguments = {key: scale * W for key, W in draw(name, W_in=(V, D), W_out=(V, D)).items()}
    forward, backward = pair(kind)
    return Parity(name, partial(forward, **ids), backward, partial(ORACLES[kind], **ids), arguments)


TWO = {"context": [[0, 3], [2, 2], [4, 1]], "target": [1, 4, 4]}
PAIRS = {"center": [0, 4, 4], "context": [2, 2, 3]}
NEGATIVES = [[1, 0], [2, 2], [3, 4]]
"""Repeated, and some of them the right word."""

PARITY: list[Parity] = [
    word2vec_parity("cbow_softmax", "words that repeat", 5, 3, **TWO),
    word2vec_parity("cbow_softmax", "every size one", 1, 1, context=[[0]], target=[0]),
    word2vec_parity("cbow_softmax", "vectors of a thousand", 3, 2, 1e3, context=[[0, 1, 2]], target=[1]),
    word2vec_parity("cbow_softmax", "vectors of zeros", 3, 2, 0.0, context=[[0, 1]], target=[2]),
    word2vec_parity("cbow_negative", "words that repeat", 5, 3, **TWO, negatives=NEGATIVES),
    word2vec_parity("cbow_negative", "every size one", 1, 1, context=[[0]], target=[0], negatives=[[0]]),
    word2vec_parity("skipgram_softmax", "words that repeat", 5, 3, **PAIRS),
    word2vec_parity("skipgram_softmax", "every size one", 1, 1, center=[0], context=[0]),
    word2vec_parity("skipgram_softmax", "vectors of a thousand", 4, 2, 1e3, center=[0, 3], context=[1, 3]),
    word2vec_parity("skipgram_negative", "words that repeat", 5, 3, **PAIRS, negatives=NEGATIVES),
    word2vec_parity("skipgram_negative", "every size one", 1, 1, center=[0], context=[0], negatives=[[0]]),
    word2vec_parity("skipgram_negative", "vectors of thirty", 4, 2, 30.0, center=[0], context=[1], negatives=[[2, 3]]),
    word2vec_parity("skipgram_negative", "vectors of zeros", 3, 2, 0.0, center=[0], context=[1], negatives=[[2, 2]]),
]


def word2vec_slope(kind: str, rng: Rng) -> Slope:
    V, D, B, C, K = (size(rng) for _ in range(5))
    arguments = {"W_in": rng.standard_normal((V, D)), "W_out": rng.standard_normal((V, D))}
    one, several = rng.integers(0, V, B), rng.integers(0, V, (B, C))
    options = (
        {"context": several, "target": one} if kind.startswith("cbow") else {"center": one, "context": several[:, 0]}
    )
    if kind.endswith("negative"):
        options["negatives"] = rng.integers(0, V, (B, K))
    return Slope(*pair(kind), arguments, options)


SLOPES: dict[str, Callable[[Rng], Slope]] = {kind: partial(word2vec_slope, kind) for kind in ORACLES}


def _call(kind: str, **changed: Any) -> Callable[[], Any]:
    ids: dict[str, Any] = {**(TWO if kind.startswith("cbow") else PAIRS)}
    if kind.endswith("negative"):
        ids["negatives"] = NEGATIVES
    forward, _ = pair(kind)
    return lambda: forward(**{"W_in": np.ones((5, 3)), "W_out": np.ones((5, 3)), **ids, **changed})


def _back(kind: str) -> Callable[[], Any]:
    return lambda: pair(kind)[1](np.ones(1), _call(kind)()[1])


RNG = np.random.default_rng(0)

MISUSES: list[Misuse] = [
    *(Misuse(_call(kind, W_in=np.ones(5)), ShapeError, "W_in") for kind in ORACLES),
    *(Misuse(_call(kind, W_out=np.ones((4, 3))), ShapeError, "W_out") for kind in ORACLES),
    *(Misuse(_call(kind, W_in=[["a", "b"]]), DTypeError, "W_in") for kind in ORACLES),
    *(Misuse(_back(kind), ShapeError, "dloss") for kind in ORACLES),
    Misuse(_call("cbow_softmax", context=[0, 1, 2]), ShapeError, "context"),
    Misuse(_call("cbow_softmax", context=np.ones((3, 0), dtype=int)), ShapeError, "context"),
    Misuse(_call("cbow_softmax", target=[0, 1]), ShapeError, "target"),
    Misuse(_call("cbow_softmax", target=[0, 1, 5]), RangeError, "target"),
    Misuse(_call("cbow_negative", context=[[0], [1], [-1]]), RangeError, "context"),
    Misuse(_call("cbow_negative", negatives=[[0], [1]]), ShapeError, "negatives"),
    Misuse(_call("skipgram_softmax", center=[0.5, 1, 2]), DTypeError, "center"),
    Misuse(_call("skipgram_softmax", context=[0, 1, 5]), RangeError, "context"),
    Misuse(_call("skipgram_negative", center=[[0, 1, 2]]), ShapeError, "center"),
    Misuse(_call("skipgram_negative", negatives=np.ones((3, 0), dtype=int)), ShapeError, "negatives"),
    Misuse(_call("skipgram_negative", negatives=[["a"], ["b"], ["c"]]), DTypeError, "negatives"),
    Misuse(lambda: word2vec.cbow_hidden(np.ones((3, 2)), [0, 3]), RangeError, "context"),
    Misuse(lambda: word2vec.cbow_hidden(np.ones(3), [0, 1]), ShapeError, "W_in"),
    Misuse(lambda: word2vec.noise_distribution([]), ShapeError, "counts"),
    Misuse(lambda: word2vec.noise_distribution([0, 0]), RangeError, "counts"),
    Misuse(lambda: word2vec.keep_probability([3, -1]), RangeError, "counts"),
    Misuse(lambda: word2vec.keep_probability([3, 1], t=0), RangeError, "t"),
    Misuse(lambda: word2vec.draw_negatives(RNG, np.array([0.5, np.nan]), (2,)), RangeError, "distribution"),
    Misuse(lambda: word2vec.subsample(RNG, [0, 2], np.ones(2)), RangeError, "words"),
    Misuse(lambda: word2vec.subsample(RNG, [0, 1], np.ones((2, 1))), ShapeError, "keep"),
]
