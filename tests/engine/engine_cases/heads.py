"""Cases of multi-head attention, and of where words stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine_cases.attention import some_mask, weights_only_where
from engine_cases.kinds import Misuse, Parity, Rng, Slope, draw, size
from quizdl.engine import positional
from quizdl.engine.errors import DTypeError, RangeError, ShapeError
from quizdl.engine.multi_head import multi_head_attention_backward, multi_head_attention_forward

BIASES = ("b_q", "b_k", "b_v", "b_o")


def multi_head(
    what: str,
    sizes: tuple[int, int, int, int],
    heads: int,
    *,
    cross: tuple[int, int] | None = None,
    biases: bool = True,
    mask: tuple[int, ...] | None = None,
    factor: float = 1.0,
) -> Parity:
    """Against torch's function, for the sizes B, T, S, D; `cross`: the sizes of keys and values, if not D."""
    name = f"multi-head: {what}"
    B, T, S, D = sizes
    D_k, D_v = cross or (D, D)
    shapes = {"Q": (B, T, D), "K": (B, S, D_k), "V": (B, S, D_v)}
    shapes |= {"W_q": (D, D), "W_k": (D_k, D), "W_v": (D_v, D), "W_o": (D, D)}
    shapes |= dict.fromkeys(BIASES, (D,)) if biases else {}
    allowed = None if mask is None else some_mask(name, *mask)

    def forward(**arguments: Any) -> Any:
        return multi_head_attention_forward(**arguments, heads=heads, mask=allowed)

    def oracle(torch: Any, Q: Any, K: Any, V: Any, **p: Any) -> Any:
        hidden = None if allowed is None else torch.tensor(~allowed)
        if hidden is not None and hidden.ndim > 2:
            hidden = (hidden if hidden.ndim == 4 else hidden[:, None]).expand(B, heads, T, S).reshape(-1, T, S)
        y, alpha = torch.nn.functional.multi_head_attention_forward(
            *(x.transpose(0, 1) for x in (Q, K, V)), D, heads, None,
            torch.cat([p[b] for b in BIASES[:3]]) if biases else None, None, None, False, 0.0,
            p["W_o"].T, p.get("b_o"), attn_mask=hidden, average_attn_weights=False, use_separate_proj_weight=True,
            q_proj_weight=p["W_q"].T, k_proj_weight=p["W_k"].T, v_proj_weight=p["W_v"].T,
        )  # fmt: skip
        return y.transpose(0, 1), alpha

    arguments = {key: factor * x for key, x in draw(name, **shapes).items()}
    return Parity(name, forward, multi_head_attention_backward, oracle, arguments)


def heads_with_a_bias() -> Parity:
    """A number for each distance is added to the scores, which nothing divides, and the inner width is not D."""
    name = "multi-head: inner width 6 of 4, scores biased, not scaled, rows that may look nowhere"
    B, T, S, D, E, F = 2, 3, 4, 4, 6, 2
    shapes = {"Q": (B, T, D), "K": (B, S, D), "V": (B, S, D), "W_q": (D, E), "W_k": (D, E), "W_v": (D, F)}
    shapes |= {"W_o": (F, 3), "b_k": (E,), "b_o": (3,), "bias": (2, T, S)}
    mask = some_mask(name, B, T, S, everywhere=False)

    def forward(**arguments: Any) -> Any:
        return multi_head_attention_forward(**arguments, heads=2, mask=mask, scale=1.0)

    def oracle(torch: Any, Q: Any, K: Any, V: Any, **p: Any) -> Any:
        q, k, v = Q @ p["W_q"], K @ p["W_k"] + p["b_k"], V @ p["W_v"]
        found = []
        for head in range(2):
            scores = q[..., 3 * head : 3 * head + 3] @ k[..., 3 * head : 3 * head + 3].transpose(1, 2) + p["bias"][head]
            found.append(weights_only_where(torch, scores, mask, -1))
        y = torch.cat([alpha @ v[..., head : head + 1] for head, alpha in enumerate(found)], -1)
        return y @ p["W_o"] + p["b_o"], torch.stack(found, 1)

    return Parity(name, forward, multi_head_attention_backward, oracle, draw(name, **shapes))


def sinusoids(T: int, D: int) -> Parity:
    """The paper's formula, frequency by frequency; `x` only carries the shape."""
    name = f"positions: sinusoids {T} × {D}"

    def oracle(torch: Any, x: Any) -> Any:
        found = torch.zeros(T, D, dtype=torch.float64)
        for column in range(D):
            angle = torch.arange(T, dtype=torch.float64) / 10000.0 ** ((column - column % 2) / D)
            found[:, column] = torch.cos(angle) if column % 2 else torch.sin(angle)
        return x + found

    return Parity(
        name, lambda x: (x + positional.positional_encoding(T, D), None), None, oracle, draw(name, x=(2, T, D))
    )


def learnt_places(B: int, T: int, D: int, L: int) -> Parity:
    """Against an embedding of the places."""
    name = f"positions: {T} of {L} learnt places"

    def oracle(torch: Any, x: Any, P: Any) -> Any:
        return x + torch.nn.functional.embedding(torch.arange(T), P)

    arguments = draw(name, x=(B, T, D), P=(L, D))
    return Parity(name, positional.add_positions_forward, positional.add_positions_backward, oracle, arguments)


def bucket_of(t: int, s: int, buckets: int, furthest: int, both: bool) -> int:
    """The bucket of the distance from query t to key s, by comparing whole numbers."""
    count = buckets // 2 if both else buckets
    distance = abs(t - s) if both else max(t - s, 0)
    offset = count if both and s > t else 0
    near = count // 2
    if distance < near:
        return offset + distance
    wide = count - near  # (distance/near)^wide ≥ (furthest/near)^k, without division
    passed = [k for k in range(1, wide) if distance**wide * near**k >= furthest**k * near**wide]
    return offset + near + len(passed)


def distances(T: int, S: int, buckets: int, furthest: int, both: bool) -> Parity:
    """T5's buckets, one pair of places at a time, then the numbers that they stand for."""
    name = f"positions: {buckets} buckets to {furthest}, {T} × {S}, {'both ways' if both else 'one way'}"

    ids = np.array([[bucket_of(t, s, buckets, furthest, both) for s in range(S)] for t in range(T)])

    def forward(E: Any) -> Any:
        found = positional.relative_buckets(T, S, buckets=buckets, max_distance=furthest, bidirectional=both)
        return positional.relative_bias_forward(E, found)

    def oracle(torch: Any, E: Any) -> Any:
        return torch.nn.functional.embedding(torch.tensor(ids), E).permute(2, 0, 1)

    return Parity(name, forward, positional.relative_bias_backward, oracle, draw(name, E=(buckets, 2)))


PARITY = [
    multi_head("two heads", (2, 3, 4, 4), 2),
    multi_head("one head", (2, 3, 3, 3), 1),
    multi_head("as many heads as columns", (1, 3, 2, 4), 4),
    multi_head("all sizes 1", (1, 1, 1, 1), 1),
    multi_head("no biases", (2, 3, 3, 4), 2, biases=False),
    multi_head("keys and values of other widths", (2, 2, 3, 4), 2, cross=(3, 5)),
    multi_head("a mask for all", (2, 3, 4, 4), 2, mask=(3, 4)),
    multi_head("a mask for each sample", (2, 3, 4, 4), 2, mask=(2, 3, 4)),
    multi_head("a mask for each sample's keys", (2, 3, 4, 4), 2, mask=(2, 1, 4)),
    multi_head("a mask for each head", (2, 3, 4, 4), 2, mask=(2, 2, 3, 4)),
    multi_head("ten times as large", (2, 3, 4, 4), 2, factor=10.0),
    heads_with_a_bias(),
    sinusoids(5, 6),
    sinusoids(3, 5),
    sinusoids(1, 1),
    learnt_places(2, 3, 4, 5),
    learnt_places(1, 1, 1, 1),
    distances(40, 40, 8, 32, both=True),
    distances(9, 30, 6, 20, both=True),
    distances(30, 9, 5, 18, both=False),
    distances(1, 1, 2, 2, both=False),
]


def multi_head_slope(rng: Rng) -> Slope:
    B, T, S, D, heads = (size(rng, 3) for _ in range(5))
    E, F = heads * size(rng, 2), heads * size(rng, 2)
    shapes = {"Q": (B, T, D), "K": (B, S, 2), "V": (B, S, 3)}
    shapes |= {"W_q": (D, E), "W_k": (2, E), "W_v": (3, F), "W_o": (F, D)}
    wanted = {"b_q": (E,), "b_k": (E,), "b_v": (F,), "b_o": (D,), "bias": (heads, T, S)}
    shapes |= {name: shape for name, shape in wanted.items() if rng.random() < 0.6}
    arguments = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    options = {"heads": heads, "mask": rng.random((B, T, S)) < 0.7}
    return Slope(multi_head_attention_forward, multi_head_attention_backward, arguments, options)


def places_slope(rng: Rng) -> Slope:
    B, T, D, more = size(rng), size(rng), size(rng), size(rng) - 1
    arguments = {"x": rng.standard_normal((B, T, D)), "P": rng.standard_normal((T + more, D))}
    return Slope(positional.add_positions_forward, positional.add_positions_backward, arguments)


def distances_slope(rng: Rng) -> Slope:
    T, S, heads = size(rng, 9), size(rng, 9), size(rng)
    ids = positional.relative_buckets(T, S, buckets=8, max_distance=6, bidirectional=bool(rng.random() < 0.5))
    arguments = {"E": rng.standard_normal((8, heads))}
    return Slope(positional.relative_bias_forward, positional.relative_bias_backward, arguments, {"buckets": ids})


SLOPES: dict[str, Callable[[Rng], Slope]] = {
    "multi_head": multi_head_slope,
    "places": places_slope,
    "distances": distances_slope,
}

x, P, square = np.zeros((2, 3, 4)), np.zeros((3, 4)), np.zeros((4, 4))


def _heads(**changed: Any) -> Callable[[], object]:
    weights = dict.fromkeys(("W_q", "W_k", "W_v", "W_o"), square)
    return lambda: multi_head_attention_forward(**{"Q": x, "K": x, "V": x, **weights, "heads": 2, **changed})


def _heads_back(dy: Any, dalpha: Any) -> object:
    _, cache = multi_head_attention_forward(x, x, x, square, square, square, square, heads=2)
    return multi_head_attention_backward(dy, dalpha, cache)


MISUSES = [
    Misuse(_heads(heads=3), RangeError, "heads"),
    Misuse(_heads(heads=0), RangeError, "heads"),
    Misuse(_heads(heads=2.0), DTypeError, "heads"),
    Misuse(_heads(W_k=np.zeros((4, 6))), ShapeError, "W_k"),
    Misuse(_heads(W_o=np.zeros((3, 4))), ShapeError, "W_o"),
    Misuse(_heads(b_q=np.zeros(3)), ShapeError, "b_q"),
    Misuse(_heads(Q=np.zeros((3, 4))), ShapeError, "Q"),
    Misuse(_heads(V=np.zeros((2, 2, 4))), ShapeError, "V"),
    Misuse(_heads(mask=np.ones((3, 3, 3), bool)), ShapeError, "mask"),
    Misuse(_heads(mask=np.ones((2, 3, 3, 3), bool)), ShapeError, "mask"),
    Misuse(_heads(mask=[["a"]]), DTypeError, "mask"),
    Misuse(_heads(bias=np.zeros((3, 3, 3))), ShapeError, "bias"),
    Misuse(lambda: _heads_back(np.ones((2, 3, 3)), None), ShapeError, "dy"),
    Misuse(lambda: _heads_back(np.ones((2, 3, 4)), np.ones((2, 3, 3))), ShapeError, "dalpha"),
    Misuse(lambda: positional.positional_encoding(0, 2), RangeError, "T"),
    Misuse(lambda: positional.positional_encoding(2, 0), RangeError, "D"),
    Misuse(lambda: positional.add_positions_forward(x, P[:2]), RangeError, "x"),
    Misuse(lambda: positional.add_positions_forward(x, np.zeros((3, 5))), ShapeError, "P"),
    Misuse(
        lambda: positional.add_positions_backward(np.ones(3), positional.add_positions_forward(x, P)[1]),
        ShapeError,
        "dy",
    ),
    Misuse(lambda: positional.relative_buckets(0, 2), RangeError, "T"),
    Misuse(lambda: positional.relative_buckets(2, 2, buckets=2), RangeError, "buckets"),
    Misuse(lambda: positional.relative_buckets(2, 2, max_distance=8), RangeError, "max_distance"),
    Misuse(lambda: positional.relative_bias_forward(P, [[3]]), RangeError, "buckets"),
    Misuse(lambda: positional.relative_bias_forward(P, [0]), ShapeError, "buckets"),
    Misuse(
        lambda: positional.relative_bias_backward(np.ones((1, 1)), positional.relative_bias_forward(P, [[0]])[1]),
        ShapeError,
        "dy",
    ),
]
