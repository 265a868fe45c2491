"""The recursive network: two children become one parent, up a tree (Socher et al. 2011).

    p = tanh([left; right] W + b)

A tree is a leaf's number or a pair of trees: ((0, 1), 2). Vectors are (D,), W is (2D, D), b is (D,).
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np

from quizdl.engine.arrays import Array, Cache, Gradients, reals

Tree: TypeAlias = int | tuple["Tree", "Tree"]


class _Node(NamedTuple):
    """What a node keeps for its backward, and what its children kept; a leaf keeps its number."""

    cache: Cache
    left: _Kept
    right: _Kept


_Kept: TypeAlias = int | _Node


def merge_forward(left: Array, right: Array, W: Array, b: Array) -> tuple[Array, Cache]:
    """p = tanh([left; right] W + b)."""
    left, right, W, b = reals(left, right, W, b)
    children = np.concatenate([left, right], axis=-1)
    p = np.tanh(children @ W + b)
    return p, (children, W, p)


def merge_backward(dp: Array, cache: Cache) -> Gradients:
    """Gradients of left, right, W and b."""
    children, W, p = cache
    da = dp * (1 - p**2)
    left, right = np.split(da @ W.T, 2)
    return {"left": left, "right": right, "W": np.outer(children, da), "b": da}


def tree_forward(leaves: Array, W: Array, b: Array, tree: Tree) -> tuple[Array, Cache]:
    """The root's vector (D,); leaves: (N, D). The same W and b at every node. O(nodes·D²)."""
    leaves, W, b = reals(leaves, W, b)
    root, kept = _grow(leaves, W, b, tree)
    return root, (leaves.shape, W, b, kept)


def tree_backward(droot: Array, cache: Cache) -> Gradients:
    """Backpropagation through structure: the gradients of W and b add up over all nodes."""
    shape, W, b, kept = cache
    gradients = {"leaves": np.zeros(shape, dtype=W.dtype), "W": np.zeros_like(W), "b": np.zeros_like(b)}
    _descend(droot, kept, gradients)
    return gradients


def greedy_tree(leaves: Array, W: Array, b: Array, u: Array) -> tuple[Tree, Array]:
    """The tree found by merging, again and again, the neighbours whose parent scores best (score = p·u), and its root.

    leaves: (N, D) with N ≥ 1, u: (D,). Of equal scores the leftmost wins. O(N²·D²).
    """
    leaves, W, b, u = reals(leaves, W, b, u)
    trees: list[Tree] = list(range(len(leaves)))
    vectors = list(leaves)
    while len(trees) > 1:
        parents = [np.tanh(np.concatenate(pair) @ W + b) for pair in pairwise(vectors)]
        k = int(np.argmax([p @ u for p in parents]))
        trees[k : k + 2] = [(trees[k], trees[k + 1])]
        vectors[k : k + 2] = [parents[k]]
    return trees[0], vectors[0]


def _grow(leaves: Array, W: Array, b: Array, tree: Tree) -> tuple[Array, _Kept]:
    if isinstance(tree, int):
        return leaves[tree], tree
    left, kept_left = _grow(leaves, W, b, tree[0])
    right, kept_right = _grow(leaves, W, b, tree[1])
    p, cache = merge_forward(left, right, W, b)
    return p, _Node(cache, kept_left, kept_right)


def _descend(dp: Array, kept: _Kept, gradients: Gradients) -> None:
    if isinstance(kept, int):
        gradients["leaves"][kept] += dp
        return
    node = merge_backward(dp, kept.cache)
    gradients["W"] += node["W"]
    gradients["b"] += node["b"]
    _descend(node["left"], kept.left, gradients)
    _descend(node["right"], kept.right, gradients)
