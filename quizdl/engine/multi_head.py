"""Multi-head attention: several small attentions side by side, each with its own view of queries, keys and values.

Sequences here are batch-major, (B, T, D), as Transformers have them; the recurrent layers' are time-major, (T, B, D).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.arrays import Array, Cache, Gradients, Mask, arriving, checked, rows, whole
from quizdl.engine.attention import arriving_weights, as_bias, as_mask, attend, attend_backward
from quizdl.engine.checks import number
from quizdl.engine.errors import RangeError


def split_heads(x: Array, heads: int) -> Array:
    """(B, T, heads·d) → (B, heads, T, d), a view: head k has the columns from k·d on."""
    B, T, E = x.shape
    return x.reshape(B, T, heads, E // heads).transpose(0, 2, 1, 3)


def join_heads(x: Array) -> Array:
    """(B, heads, T, d) → (B, T, heads·d): the heads side by side again."""
    B, heads, T, d = x.shape
    return x.transpose(0, 2, 1, 3).reshape(B, T, heads * d)


def multi_head_attention_forward(
    Q: Array,
    K: Array,
    V: Array,
    W_q: Array,
    W_k: Array,
    W_v: Array,
    W_o: Array,
    b_q: Array | None = None,
    b_k: Array | None = None,
    b_v: Array | None = None,
    b_o: Array | None = None,
    *,
    heads: int,
    mask: ArrayLike | None = None,
    bias: Array | None = None,
    scale: float | None = None,
) -> tuple[tuple[Array, Array], Cache]:
    """[head_1; …; head_h] W_o + b_o with head = Attention(Q W_q + b_q, K W_k + b_k, V W_v + b_v), and the weights.

    Batch-major: Q (B, T, D), K (B, S, D), V (B, S, D) → (B, T, D) and (B, heads, T, S). Self-attention is Q = K = V;
    in cross-attention K = V is the memory. W_q, W_k, W_v, W_o: (D, D), or any inner width that the heads divide.
    mask (T, S) or (B, T, S), the same for all heads, or (B, heads, T, S); bias, which broadcasts to the last of these,
    is added to the scores; scale, where given, stands for 1/√d. Vaswani et al. 2017, §3.2.2. O(B·T·D² + B·T·S·D).
    """
    inputs = {"Q": (Q, "B T D"), "K": (K, "B S D_k"), "V": (V, "B S D_v")}
    weights = {"W_q": (W_q, "D E"), "W_k": (W_k, "D_k E"), "W_v": (W_v, "D_v F"), "W_o": (W_o, "F D_o")}
    biases = {"b_q": (b_q, "E"), "b_k": (b_k, "E"), "b_v": (b_v, "F"), "b_o": (b_o, "D_o"), "bias": (bias, "...")}
    Q, K, V, W_q, W_k, W_v, W_o, b_q, b_k, b_v, b_o, bias = checked(**inputs, **weights, **biases)
    shape = _shape_of_scores(Q, K, W_q, W_v, heads)
    q = split_heads(project(Q, W_q, b_q), heads)
    k = split_heads(project(K, W_k, b_k), heads)
    v = split_heads(project(V, W_v, b_v), heads)
    scale = 1 / math.sqrt(q.shape[-1]) if scale is None else number("scale", scale)
    (context, alpha), inner = attend(q, k, v, for_all_heads(mask, shape), as_bias(bias, shape), scale)
    joined = join_heads(context)
    y = project(joined, W_o, b_o)
    present = tuple(name for name, b in (("b_q", b_q), ("b_k", b_k), ("b_v", b_v), ("b_o", b_o)) if b is not None)
    return (y, alpha), (Q, K, V, W_q, W_k, W_v, W_o, present, joined, inner)


def multi_head_attention_backward(dy: Array, dalpha: Array | None, cache: Cache) -> Gradients:
    """Gradients of Q, K, V, all weights, and the biases that there were; dalpha arrives at the weights of attention."""
    Q, K, V, W_q, W_k, W_v, W_o, present, joined, inner = cache
    alpha = inner[3]
    dy = arriving(dy, (*Q.shape[:2], W_o.shape[1])).astype(alpha.dtype, copy=False)
    above, dW_o, db_o = project_backward(dy, joined, W_o)
    heads = attend_backward(split_heads(above, alpha.shape[1]), arriving_weights(dalpha, alpha), inner)
    dQ, dW_q, db_q = project_backward(join_heads(heads["Q"]), Q, W_q)
    dK, dW_k, db_k = project_backward(join_heads(heads["K"]), K, W_k)
    dV, dW_v, db_v = project_backward(join_heads(heads["V"]), V, W_v)
    gradients = {"Q": dQ, "K": dK, "V": dV, "W_q": dW_q, "W_k": dW_k, "W_v": dW_v, "W_o": dW_o}
    biases = {"b_q": db_q, "b_k": db_k, "b_v": db_v, "b_o": db_o}
    gradients |= {name: biases[name] for name in present}
    return gradients | {"bias": heads["bias"]} if "bias" in heads else gradients


def for_all_heads(mask: ArrayLike | None, shape: tuple[int, ...], name: str = "mask") -> Mask | None:
    """The mask for scores (B, heads, T, S): one of (B, T, S) gets an axis for the heads, (T, S) needs none."""
    if mask is not None and np.ndim(mask) == 3:
        for_one = as_mask(mask, (shape[0], *shape[2:]), name)
        return None if for_one is None else for_one[:, None]
    return as_mask(mask, shape, name)


def project(x: Array, W: Array, b: Array | None) -> Array:
    """x W + b, all rows in one product: (B, T, D) → (B, T, E). The arguments are taken as checked."""
    y = rows(x) @ W
    if b is not None:
        y += b
    return y.reshape(*x.shape[:-1], -1)


def project_backward(dy: Array, x: Array, W: Array) -> tuple[Array, Array, Array]:
    """dx, dW and db."""
    above = rows(dy)
    return (above @ W.T).reshape(x.shape), rows(x).T @ above, above.sum(axis=0)


def _shape_of_scores(Q: Array, K: Array, W_q: Array, W_v: Array, heads: int) -> tuple[int, int, int, int]:
    """(B, heads, T, S), once the heads divide both inner widths. Raises RangeError."""
    whole("heads", heads, "")
    E, F = W_q.shape[1], W_v.shape[1]
    if heads < 1 or E % heads or F % heads:
        raise RangeError(
            "heads",
            f"{E} と {F} を割り切る 1 以上の数が必要ですが、{heads} です",
            f"expected a number of at least 1 that divides {E} and {F}, found {heads}",
        )
    return len(Q), heads, Q.shape[1], K.shape[1]
