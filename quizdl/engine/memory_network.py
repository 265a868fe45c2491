"""End-to-end memory networks (Sukhbaatar et al. 2015): a question looks at sentences, K times over.

    m_i = Σ_j l_j ⊙ A[x_ij]     c_i = Σ_j l_j ⊙ C[x_ij]     u = Σ_j l_j ⊙ B[q_j]             bags of words, §4.1
    p_i = softmax(u·m_i)        o = Σ_i p_i c_i             answer = softmax((o + u) W)       eq. 1, 2, 3
    u^{k+1} = u^k + o^k, each hop with an A and a C of its own                                eq. 4

Three ways to share weights (§2.2). tying=None: "A.0" … "A.K−1", "C.0" … "C.K−1", "B", "W". "adjacent": A^{k+1} = C^k,
B = A^1 and W = (C^K)ᵀ, so that only "A" and "C.0" … "C.K−1" are left. "layer-wise": one "A" and one "C" for all hops,
"B", "W", and u^{k+1} = u^k H + o^k with "H". Tables are (V, D), W is (D, V), H (D, D).

Word ids are time-major: sentences (J, N, B), N sentences of at most J words; question (J_q, B).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from quizdl.engine.activations import softmax_backward
from quizdl.engine.arrays import Array, Cache, Gradients, Ids, Mask, Sizes, arriving, checked, whole
from quizdl.engine.attention import masked_softmax
from quizdl.engine.elementary import stack_forward, sum_forward
from quizdl.engine.embedding import embedding_forward
from quizdl.engine.errors import RangeError
from quizdl.engine.parameters import fitted, replayed_as
from quizdl.engine.tape import Recording, Value, Values, apply, one, recorded

Tying: TypeAlias = Literal["adjacent", "layer-wise"]


def memory_read_forward(
    u: Array, m: Array, c: Array, mask: ArrayLike | None = None
) -> tuple[tuple[Array, Array], Cache]:
    """o = Σ_i p_i c_i (B, D) and p (N, B) = softmax over i of u·m_i; u: (B, D), m, c: (N, B, D), mask: (N, B).

    A mask is True where there is a sentence; where there is none at all, p and o are 0. Eq. 1 and 2. O(N·B·D).
    """
    sizes: Sizes = {}
    u, m, c = checked(sizes, u=(u, "B D"), m=(m, "N B D"), c=(c, "N B D"))
    if mask is not None:
        (mask,) = checked(sizes, mask=(mask, "N B"))
    p = masked_softmax((m * u).sum(axis=-1), mask, axis=0)
    return ((p[..., None] * c).sum(axis=0), p), (u, m, c, p)


def memory_read_backward(do: Array | None, dp: Array | None, cache: Cache) -> Gradients:
    """dc_i = p_i do, dp_i += do·c_i; through the softmax to s_i = u·m_i; du = Σ ds_i m_i, dm_i = ds_i u."""
    u, m, c, p = cache
    do = np.zeros_like(u) if do is None else arriving(do, u.shape, "do")
    dp = np.zeros_like(p) if dp is None else arriving(dp, p.shape, "dp")
    ds = softmax_backward(dp + (c * do).sum(axis=-1), (p, 0))["x"][..., None]
    return {"u": (ds * m).sum(axis=0), "m": ds * u, "c": p[..., None] * do}


def position_encoding(lengths: ArrayLike, J: int, D: int) -> Array:
    """l_kj = (1 − j/n) − (k/D)(1 − 2j/n) for word j = 1 … n of a sentence of n words, k = 1 … D; 0 after its end.

    lengths: (…), each up to J → (J, …, D). Summed with these weights, a bag knows the order of its words. §4.1.
    """
    n = whole("lengths", lengths, "...", below=J + 1)
    j = np.arange(1, J + 1).reshape(J, *[1] * n.ndim)
    return _by_position(np.where(j <= n, j, 0), n, D)


def memory_network_forward(
    p: Mapping[str, Array],
    sentences: ArrayLike,
    question: ArrayLike,
    *,
    hops: int,
    tying: Tying | None = "adjacent",
    position: bool = False,
    pad: int | None = None,
) -> tuple[tuple[Array, Array], Recording]:
    """The answer's logits (B, V) and where each hop looked, (K, N, B).

    position: words weighted by `position_encoding`, instead of all alike. pad: the id that fills sentences up and
    counts as nothing; a sentence of nothing else is not looked at. O(J·N·B·D + K·N·B·D + B·D·V).
    """
    hops = _hops(hops)
    sizes: Sizes = {}
    p = fitted(p, _shapes(hops, tying), sizes)
    sentences = whole("sentences", sentences, "J N B", sizes, below=sizes["V"])
    question = whole("question", question, "J_q B", sizes, below=sizes["V"])
    D, dtype = sizes["D"], next(iter(p.values())).dtype
    bags = _weights(sentences, D, position, pad).astype(dtype), _weights(question, D, position, pad).astype(dtype)
    mask = None if pad is None else np.any(sentences != pad, axis=0)
    options = {"words": (sentences, question), "bags": bags, "mask": mask, "hops": hops, "tying": tying}
    outputs, cache = recorded(_answer, p=p, options=options)
    return outputs, cache


def memory_network_backward(dlogits: Array | None, dlooked: Array | None, cache: Recording) -> dict[str, Array]:
    """The gradient of every parameter; None where nothing arrives."""
    return replayed_as(cache, dlogits=dlogits, dlooked=dlooked)


def init_memory_network(
    rng: np.random.Generator,
    words: int,
    D: int,
    *,
    hops: int,
    tying: Tying | None = "adjacent",
    dtype: DTypeLike = np.float64,
) -> dict[str, Array]:
    """All from N(0, 0.1²), as in the paper (§4.2)."""
    sizes = {"V": words, "D": D}
    shapes = {name: [sizes[letter] for letter in shape.split()] for name, shape in _shapes(_hops(hops), tying).items()}
    return {name: (0.1 * rng.standard_normal(shape)).astype(dtype) for name, shape in shapes.items()}


def _answer(
    p: Values,
    words: tuple[Ids, Ids],
    bags: tuple[Array, Array],
    mask: Mask | None,
    hops: int,
    tying: str | None,
) -> tuple[Value, Value]:
    (sentences, question), (sentence_bag, question_bag) = words, bags
    A, B, C, W = _roles(p, hops, tying)
    embedded = {id(E): _bag(sentences, E, sentence_bag) for E in (*A, *C)}  # a table that is shared is summed once
    u = _bag(question, B, question_bag)
    looked = []
    for k in range(hops):
        o, at = apply(memory_read_forward, u=u, m=embedded[id(A[k])], c=embedded[id(C[k])], mask=mask)
        u = (u @ p["H"] if tying == "layer-wise" else u) + o
        looked.append(at)
    return u @ W, one(apply(stack_forward, parts=looked))


def _roles(p: Values, hops: int, tying: str | None) -> tuple[list[Value], Value, list[Value], Value]:
    """Who plays A of each hop, B, C of each hop, and W."""
    if tying == "layer-wise":
        return [p["A"]] * hops, p["B"], [p["C"]] * hops, p["W"]
    C = [p[f"C.{k}"] for k in range(hops)]
    if tying == "adjacent":
        return [p["A"], *C[:-1]], p["A"], C, C[-1].transpose(1, 0)
    return [p[f"A.{k}"] for k in range(hops)], p["B"], C, p["W"]


def _bag(words: Ids, E: Value, weights: Array) -> Value:
    """Σ_j l_j ⊙ E[x_j] over the words (J, …) of each sentence → (…, D)."""
    vectors = one(apply(embedding_forward, ids=words, E=E))
    return one(apply(sum_forward, x=vectors * weights, axis=0))


def _weights(words: Ids, D: int, position: bool, pad: int | None) -> Array:
    """What each word of (J, …) counts in its bag: (J, …, D), or (J, …, 1) where all count alike."""
    there = np.ones(words.shape, bool) if pad is None else np.asarray(words != pad)
    if not position:
        return there[..., None].astype(np.float64)
    numbers = np.cumsum(there, axis=0)
    return _by_position(np.where(there, numbers, 0), numbers[-1], D)


def _by_position(j: Ids, n: Ids, D: int) -> Array:
    """l for the j-th (J, …) of n (…) words, 0 where j is."""
    along = (j / np.maximum(n, 1))[..., None]
    k = np.arange(1, D + 1)
    return np.where(j[..., None] > 0, (1 - along) - k / D * (1 - 2 * along), 0)


def _shapes(hops: int, tying: str | None) -> dict[str, str]:
    every = range(hops)
    if tying is None:
        tables = [f"{name}.{k}" for name in "AC" for k in every]
        return {**dict.fromkeys([*tables, "B"], "V D"), "W": "D V"}
    if tying == "adjacent":
        return dict.fromkeys(["A", *(f"C.{k}" for k in every)], "V D")
    if tying == "layer-wise":
        return {"A": "V D", "B": "V D", "C": "V D", "H": "D D", "W": "D V"}
    known = "None, adjacent, layer-wise"
    raise RangeError("tying", f"{known} のどれかが必要ですが、{tying!r} です", f"expected {known}, found {tying!r}")


def _hops(hops: int) -> int:
    hops = int(whole("hops", hops, ""))
    if hops < 1:
        raise RangeError("hops", f"1 以上の回数が必要ですが、{hops} です", f"expected at least 1 hop, found {hops}")
    return hops
