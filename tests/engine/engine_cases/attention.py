"""Cases of attention: many queries' at once, and one query's at a time."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from engine_cases.kinds import Misuse, Parity, Rng, Slope, draw, size
from quizdl.engine import attention
from quizdl.engine.errors import DTypeError, RangeError, ShapeError


def some_mask(name: str, *shape: int, everywhere: bool = True) -> np.ndarray:
    """About two thirds True; with `everywhere`, each row has something to look at, without it the first has nothing."""
    mask = draw(name, m=shape)["m"] > -0.4
    if everywhere:
        mask[..., 0] = True
    else:
        mask.reshape(-1, shape[-1])[0] = False
    return mask


def weights_only_where(torch: Any, scores: Any, mask: np.ndarray | None, axis: int) -> Any:
    """Softmax over what may be looked at, 0 in a row with nothing to look at, in operations that have a gradient."""
    allowed = torch.ones_like(scores, dtype=torch.bool) if mask is None else torch.tensor(mask).expand(scores.shape)
    top = torch.where(allowed, scores, -1e300).amax(axis, keepdim=True).detach()
    e = torch.where(allowed, torch.where(allowed, scores - top, 0).exp(), 0)
    return e / e.sum(axis, keepdim=True).clamp(min=1e-300)


def scaled_dot_product(
    what: str,
    Q: tuple[int, ...],
    S: int,
    e: int,
    *,
    mask: tuple[int, ...] | None = None,
    everywhere: bool = True,
    bias: tuple[int, ...] | None = None,
    scale: float | None = None,
    weights: bool = False,
    factor: float = 1.0,
) -> Parity:
    """Against torch's own kernel, or where the weights are wanted too, against the equation."""
    name = f"scaled dot product: {what}"
    shapes = {"Q": Q, "K": (*Q[:-2], S, Q[-1]), "V": (*Q[:-2], S, e), **({} if bias is None else {"bias": bias})}
    allowed = None if mask is None else some_mask(name, *mask, everywhere=everywhere)

    def forward(**arguments: Any) -> Any:
        (y, alpha), cache = attention.scaled_dot_product_forward(**arguments, mask=allowed, scale=scale)
        return ((y, alpha) if weights else y), cache

    def backward(dy: Any, *above: Any) -> Any:
        dalpha, cache = above if weights else (None, *above)
        return attention.scaled_dot_product_backward(dy, dalpha, cache)

    def oracle(torch: Any, Q: Any, K: Any, V: Any, bias: Any = None) -> Any:
        if not weights:
            where = None if allowed is None else torch.tensor(allowed)
            if bias is not None:
                where = bias if where is None else torch.where(where, bias, -math.inf)
            return torch.nn.functional.scaled_dot_product_attention(Q, K, V, where, scale=scale)
        scores = Q @ K.transpose(-1, -2) * (1 / math.sqrt(Q.shape[-1]) if scale is None else scale)
        alpha = weights_only_where(torch, scores if bias is None else scores + bias, allowed, -1)
        return alpha @ V, alpha

    return Parity(name, forward, backward, oracle, {key: factor * x for key, x in draw(name, **shapes).items()})


def one_query(
    what: str,
    score: str,
    sizes: tuple[int, int, int, int, int],
    *,
    masked: bool = False,
    factor: float = 1.0,
) -> Parity:
    """Luong's and Bahdanau's attention against their equations, for the sizes T, B, D, S and A."""
    name = f"{score} attention: {what}"
    T, B, D, S, A = sizes
    weights: dict[str, tuple[int, ...]] = {
        "dot": {},
        "general": {"W": (D, S)},
        "concat": {"W": (S + D, A), "v": (A,)},
        "additive": {"W_s": (S, A), "W_h": (D, A), "v": (A,)},
    }[score]
    forward, backward = {
        "concat": (attention.luong_concat_forward, attention.luong_concat_backward),
        "additive": (attention.bahdanau_forward, attention.bahdanau_backward),
    }.get(score, (attention.luong_forward, attention.luong_backward))
    mask = some_mask(name, B, T, everywhere=False).T if masked else None

    def oracle(torch: Any, s: Any, H: Any, **p: Any) -> Any:
        if score == "dot":
            scores = torch.einsum("tbd,bd->tb", H, s)
        elif score == "general":
            scores = torch.einsum("tbd,de,be->tb", H, p["W"], s)
        elif score == "concat":
            scores = torch.tanh(torch.cat([s.expand(T, B, S), H], -1) @ p["W"]) @ p["v"]
        else:
            scores = torch.tanh(s @ p["W_s"] + H @ p["W_h"]) @ p["v"]
        alpha = weights_only_where(torch, scores, mask, 0)
        return torch.einsum("tb,tbd->bd", alpha, H), alpha

    arguments = {key: factor * x for key, x in draw(name, s=(B, S), H=(T, B, D), **weights).items()}
    return Parity(name, lambda **a: forward(**a, mask=mask), backward, oracle, arguments)


def masked_softmax(what: str, shape: tuple[int, ...], axis: int, factor: float) -> Parity:
    """Values alone: the weights where a mask hides some, or all of a row."""
    name = f"masked softmax: {what}"
    mask = some_mask(name, *shape, everywhere=False)

    def oracle(torch: Any, scores: Any) -> Any:
        return weights_only_where(torch, scores, mask, axis)

    scores = {"scores": factor * draw(name, scores=shape)["scores"]}
    return Parity(name, lambda scores: (attention.masked_softmax(scores, mask, axis), None), None, oracle, scores)


PARITY = [
    scaled_dot_product("with batch and head axes", (2, 3, 4, 5), 6, 7),
    scaled_dot_product("masked, a row may look nowhere", (2, 1, 4, 5), 6, 2, mask=(2, 1, 4, 6), everywhere=False),
    scaled_dot_product("mask of one axis less", (2, 3, 2), 4, 3, mask=(3, 4)),
    scaled_dot_product("all sizes 1", (1, 1, 1), 1, 1),
    scaled_dot_product("one query", (2, 1, 3), 5, 1),
    scaled_dot_product("one key", (2, 5, 1), 1, 3),
    scaled_dot_product("one thousand times as large", (2, 3, 4), 5, 2, factor=1e3),
    scaled_dot_product("only zeros", (2, 3, 4), 5, 2, factor=0.0, weights=True),
    scaled_dot_product("scale of its own", (3, 4), 5, 2, scale=0.3),
    scaled_dot_product("biased", (2, 2, 3, 4), 5, 2, bias=(2, 3, 5)),
    scaled_dot_product("biased, masked", (2, 2, 3, 4), 5, 2, bias=(2, 1, 3, 5), mask=(3, 5)),
    scaled_dot_product("weights", (3, 4, 5), 6, 2, weights=True),
    scaled_dot_product(
        "weights, a row may look nowhere", (3, 4, 5), 3, 2, weights=True, mask=(3, 4, 3), everywhere=False
    ),
    scaled_dot_product("weights, biased", (2, 3, 4), 5, 2, weights=True, bias=(1, 5), mask=(1, 1, 5), scale=1.0),
    *(
        one_query(what, score, sizes, masked=masked, factor=factor)
        for score in ("dot", "general", "concat", "additive")
        for what, sizes, masked, factor in (
            ("odd sizes", (4, 2, 3, 3, 5), False, 1.0),
            ("masked, a sample may look nowhere", (5, 3, 2, 2, 1), True, 1.0),
            ("all sizes 1", (1, 1, 1, 1, 1), False, 1.0),
            ("one thousand times as large", (3, 2, 2, 2, 2), False, 1e3),
        )
    ),
    one_query("decoder wider than encoder", "general", (3, 2, 2, 5, 1), masked=True),
    one_query("decoder wider than encoder", "concat", (3, 2, 2, 5, 3), masked=True),
    one_query("decoder wider than encoder", "additive", (3, 2, 2, 5, 3), masked=True),
    masked_softmax("last axis", (3, 4), -1, 1.0),
    masked_softmax("first axis, large", (4, 3), 0, 1e3),
    masked_softmax("one entry a row", (3, 1), 1, 1.0),
]


def scaled_dot_product_slope(rng: Rng) -> Slope:
    T, S, d, e, heads = (size(rng) for _ in range(5))
    shapes = {"Q": (2, heads, T, d), "K": (2, heads, S, d), "V": (2, heads, S, e)}
    options: dict[str, Any] = {"mask": rng.random((heads, T, S)) < 0.7}
    if rng.random() < 0.5:
        shapes["bias"] = (heads, 1, S)
        options["scale"] = 0.7
    arguments = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    return Slope(attention.scaled_dot_product_forward, attention.scaled_dot_product_backward, arguments, options)


def luong_slope(rng: Rng) -> Slope:
    T, B, D, S = size(rng), size(rng), size(rng), size(rng)
    general = rng.random() < 0.5
    S = S if general else D
    arguments = {"s": rng.standard_normal((B, S)), "H": rng.standard_normal((T, B, D))}
    if general:
        arguments["W"] = rng.standard_normal((D, S))
    return Slope(attention.luong_forward, attention.luong_backward, arguments, {"mask": rng.random((T, B)) < 0.7})


def luong_concat_slope(rng: Rng) -> Slope:
    T, B, D, S, A = (size(rng) for _ in range(5))
    shapes = {"s": (B, S), "H": (T, B, D), "W": (S + D, A), "v": (A,)}
    arguments = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    pair = attention.luong_concat_forward, attention.luong_concat_backward
    return Slope(*pair, arguments, {"mask": rng.random((T, B)) < 0.7})


def bahdanau_slope(rng: Rng) -> Slope:
    T, B, D, S, A = (size(rng) for _ in range(5))
    shapes = {"s": (B, S), "H": (T, B, D), "W_s": (S, A), "W_h": (D, A), "v": (A,)}
    arguments = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    return Slope(attention.bahdanau_forward, attention.bahdanau_backward, arguments, {"mask": rng.random((T, B)) < 0.7})


SLOPES: dict[str, Callable[[Rng], Slope]] = {
    "scaled_dot_product": scaled_dot_product_slope,
    "luong": luong_slope,
    "luong_concat": luong_concat_slope,
    "bahdanau": bahdanau_slope,
}

Q, K, V = np.zeros((2, 3, 4)), np.zeros((2, 5, 4)), np.zeros((2, 5, 6))
s, H, W = np.zeros((2, 3)), np.zeros((4, 2, 5)), np.zeros((5, 3))


def _product(**changed: Any) -> Callable[[], object]:
    return lambda: attention.scaled_dot_product_forward(**{"Q": Q, "K": K, "V": V, **changed})


def _back(pair: str, wrong: int, shapes: tuple[int, ...], *arguments: Any) -> Callable[[], object]:
    """The backward, with something of the wrong shape arriving at one of its two outputs."""

    def call() -> object:
        outputs, cache = getattr(attention, f"{pair}_forward")(*arguments)
        above = [np.ones_like(y) for y in outputs]
        above[wrong] = np.ones(shapes)
        return getattr(attention, f"{pair}_backward")(*above, cache)

    return call


MISUSES = [
    Misuse(_product(Q=np.zeros(4)), ShapeError, "Q"),
    Misuse(_product(Q=np.zeros((0, 3, 4)), K=np.zeros((0, 5, 4)), V=np.zeros((0, 5, 6))), ShapeError, "Q"),
    Misuse(_product(K=np.zeros((2, 5, 3))), ShapeError, "K"),
    Misuse(_product(K=np.zeros((1, 5, 4))), ShapeError, "K"),
    Misuse(_product(V=np.zeros((2, 4, 6))), ShapeError, "V"),
    Misuse(_product(V=np.zeros((5, 6))), ShapeError, "V"),
    Misuse(_product(V=np.zeros((2, 5, 0))), ShapeError, "V"),
    Misuse(_product(K=[["a"]]), DTypeError, "K"),
    Misuse(_product(mask=np.ones((5, 3), bool)), ShapeError, "mask"),
    Misuse(_product(mask=np.ones((1, 2, 3, 5), bool)), ShapeError, "mask"),
    Misuse(_product(mask=np.full((3, 5), -np.inf)), RangeError, "mask"),
    Misuse(_product(mask=np.full((3, 5), np.nan)), RangeError, "mask"),
    Misuse(_product(mask="yes"), DTypeError, "mask"),
    Misuse(_product(bias=np.zeros((5, 3))), ShapeError, "bias"),
    Misuse(_product(scale=np.nan), RangeError, "scale"),
    Misuse(_back("scaled_dot_product", 0, (2, 3, 5), Q, K, V), ShapeError, "dy"),
    Misuse(_back("scaled_dot_product", 1, (2, 3, 4), Q, K, V), ShapeError, "dalpha"),
    Misuse(lambda: attention.masked_softmax(np.zeros((2, 0))), ShapeError, "scores"),
    Misuse(lambda: attention.masked_softmax(np.float64(3)), ShapeError, "scores"),
    Misuse(lambda: attention.masked_softmax(np.zeros((2, 3)), axis=2), RangeError, "axis"),
    Misuse(lambda: attention.masked_softmax(np.zeros((2, 3)), np.ones((3, 2))), ShapeError, "mask"),
    Misuse(lambda: attention.causal_mask(0), RangeError, "T"),
    Misuse(lambda: attention.padding_mask([3], 2), RangeError, "lengths"),
    Misuse(lambda: attention.padding_mask([1.5], 2), DTypeError, "lengths"),
    Misuse(lambda: attention.padding_mask(2, 2), ShapeError, "lengths"),
    Misuse(lambda: attention.luong_forward(s, H), ShapeError, "H"),
    Misuse(lambda: attention.luong_forward(s, H[0], W), ShapeError, "H"),
    Misuse(lambda: attention.luong_forward(s, H, W.T), ShapeError, "W"),
    Misuse(lambda: attention.luong_forward(s, H, W, np.ones((2, 4))), ShapeError, "mask"),
    Misuse(_back("luong", 0, (2, 4), s, H, W), ShapeError, "dcontext"),
    Misuse(_back("luong", 1, (2, 4), s, H, W), ShapeError, "dalpha"),
    Misuse(lambda: attention.luong_concat_forward(s, H, np.zeros((7, 2)), np.zeros(2)), ShapeError, "W"),
    Misuse(lambda: attention.luong_concat_forward(s, H, np.zeros((8, 2)), np.zeros(3)), ShapeError, "v"),
    Misuse(_back("luong_concat", 0, (3, 5), s, H, np.zeros((8, 2)), np.zeros(2)), ShapeError, "dcontext"),
    Misuse(
        lambda: attention.bahdanau_forward(s, H, np.zeros((3, 2)), np.zeros((4, 2)), np.zeros(2)), ShapeError, "W_h"
    ),
    Misuse(
        lambda: attention.bahdanau_forward(s, H, np.zeros((3, 2)), np.zeros((5, 2)), np.zeros((2, 1))), ShapeError, "v"
    ),
]
