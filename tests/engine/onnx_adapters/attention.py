"""Scaled dot-product attention: ONNX's may have fewer heads of keys than of queries, and adds a mask of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from onnx_adapters.node import Node, NotHeldError
from quizdl.engine.attention import scaled_dot_product_forward
from quizdl.engine.multi_head import join_heads, split_heads

HELD = ("scale", "is_causal", "q_num_heads", "kv_num_heads")


def attention(node: Node) -> list[Any]:
    """Y in the shape of the queries: (B, heads, T, e), or (B, T, heads·e)."""
    node.only(*HELD)
    Q, K, V = node.inputs[:3]
    if any(node.input(k) is not None for k in (4, 5, 6)):
        raise NotHeldError("keys and values of the past")
    joined = Q.ndim == 3
    if joined:
        Q = split_heads(Q, node.get("q_num_heads"))
        K, V = (split_heads(x, node.get("kv_num_heads")) for x in (K, V))
    if Q.dtype != np.float32:
        raise NotHeldError(f"{Q.dtype}")
    K, V = (np.repeat(x, Q.shape[1] // x.shape[1], axis=1) for x in (K, V))
    mask, bias = masks(node, Q.shape[2], K.shape[2])
    (y, _), _ = scaled_dot_product_forward(Q, K, V, mask, bias=bias, scale=node.get("scale"))
    return [join_heads(y) if joined else y]


def masks(node: Node, T: int, S: int) -> tuple[Any, Any]:
    """Where one may look, and what is added to the scores; None where there is no such thing."""
    given = node.input(3)
    if given is not None and given.shape[-1] != S:
        raise NotHeldError("a mask that is shorter than the keys")
    causal = np.tri(T, S, dtype=bool) if node.get("is_causal", 0) else None
    if given is None or given.dtype == np.bool_:
        parts = [part for part in (given, causal) if part is not None]
        return (np.logical_and.reduce(np.broadcast_arrays(*parts)) if parts else None), None
    return causal, given.astype(np.float32)


ADAPTERS = {"Attention": attention}
