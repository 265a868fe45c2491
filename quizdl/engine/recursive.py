"""The recursive network: two children become one parent, up a tree (Goller & Küchler 1996; Socher et al. 2011).

    p = tanh([left; right] W + b)

A tree is a leaf's number or a pair of trees: ((0, 1), 2). Vectors are (D,), W is (2D, D), b is (D,).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from quizdl.engine.arrays import Array, Cache, Gradients, Ids, Sizes, alike, arriving, checked
from quizdl.engine.errors import DTypeError, RangeError, ShapeError

Tree: TypeAlias = int | tuple["Tree", "Tree"]

_MERGE = object()
"""Where it is met among the trees still to be read, the two vectors read last become one."""


class TreeCache(NamedTuple):
    """The children's numbers of each merge (M, 2), all vectors (N + M, D), leaves first; the root's number, W and N."""

    merges: Ids
    vectors: Array
    root: int
    W: Array
    N: int


def merge_forward(left: Array, right: Array, W: Array, b: Array) -> tuple[Array, Cache]:
    """p = tanh([left; right] W + b); left, right, b, p: (D,), W: (2D, D). O(D²)."""
    sizes: Sizes = {}
    left, right = checked(sizes, left=(left, "D"), right=(right, "D"))
    left, right, W, b = alike(left, right, *_weights(W, b, sizes))
    children = np.concatenate([left, right])
    p = np.tanh(children @ W + b)
    return p, (children, W, p)


def merge_backward(dp: Array, cache: Cache) -> Gradients:
    """da = (1 − p²) ⊙ dp; d[left; right] = da Wᵀ falls apart into the children's."""
    children, W, p = cache
    da = arriving(dp, p.shape, "dp") * (1 - p**2)
    left, right = np.split(da @ W.T, 2)
    return {"left": left, "right": right, "W": np.outer(children, da), "b": da}


def tree_forward(leaves: Array, W: Array, b: Array, tree: Tree) -> tuple[Array, TreeCache]:
    """The root's vector (D,); leaves: (N, D). The same W and b at every node. O(nodes·D²).

    A leaf may stand in the tree more than once, or not at all. No recursion: the tree may be thousands deep.
    """
    sizes: Sizes = {}
    (leaves,) = checked(sizes, leaves=(leaves, "N D"))
    leaves, W, b = alike(leaves, *_weights(W, b, sizes))
    N, D = leaves.shape
    merges, root = _plan(tree, N)
    vectors = np.concatenate([leaves, np.empty((len(merges), D), dtype=leaves.dtype)])
    for p, children in zip(vectors[N:], merges, strict=True):
        p[...] = np.tanh(vectors[children].reshape(2 * D) @ W + b)
    return vectors[root].copy(), TreeCache(merges, vectors, root, W, N)


def tree_backward(droot: Array, cache: TreeCache) -> Gradients:
    """Backpropagation through structure: from the root down, and the gradients of W and b add up over all nodes."""
    merges, vectors, root, W, N = cache
    M, D = len(merges), vectors.shape[1]
    d_vectors = np.zeros_like(vectors)
    d_vectors[root] = arriving(droot, (D,), "droot")
    da = np.empty_like(vectors[N:])
    for k in reversed(range(M)):
        left, right = merges[k]
        da[k] = d_vectors[N + k] * (1 - vectors[N + k] ** 2)
        d_children = da[k] @ W.T
        d_vectors[left] += d_children[:D]
        d_vectors[right] += d_children[D:]
    return {"leaves": d_vectors[:N], "W": vectors[merges].reshape(M, 2 * D).T @ da, "b": da.sum(axis=0)}


def greedy_tree(leaves: Array, W: Array, b: Array, u: Array) -> tuple[Tree, Array]:
    """The tree found by merging, again and again, the neighbours whose parent scores best (score = p·u), and its root.

    leaves: (N, D) with N ≥ 1, u: (D,). Of equal scores the leftmost wins. Socher et al. 2011 ("greedy structure
    predicting RNNs"). O(N·D² + N²): a merge makes only the two parents beside it anew.
    """
    sizes: Sizes = {}
    leaves, u = checked(sizes, leaves=(leaves, "N D"), u=(u, "D"))
    leaves, u, W, b = alike(leaves, u, *_weights(W, b, sizes))

    def parent(k: int) -> Array:
        """What the k-th and the next would become."""
        return np.asarray(np.tanh(np.concatenate(vectors[k : k + 2]) @ W + b))

    trees: list[Tree] = list(range(len(leaves)))
    vectors = list(leaves)
    parents = [parent(k) for k, _ in enumerate(pairwise(vectors))]
    scores = [p @ u for p in parents]
    while len(trees) > 1:
        k = int(np.argmax(scores))
        trees[k : k + 2] = [(trees[k], trees[k + 1])]
        vectors[k : k + 2] = [parents[k]]
        del parents[k], scores[k]
        for beside in range(max(k - 1, 0), min(k + 1, len(parents))):
            parents[beside] = parent(beside)
            scores[beside] = parents[beside] @ u
    return trees[0], vectors[0].copy()


def _weights(W: Array, b: Array, sizes: Sizes) -> tuple[Array, Array]:
    sizes["2D"] = 2 * sizes["D"]
    W, b = checked(sizes, W=(W, "2D D"), b=(b, "D"))
    return W, b


def _plan(tree: Tree, N: int) -> tuple[Ids, int]:
    """Who merges with whom, children before parents, and the root: leaves are 0 … N − 1, the k-th parent is N + k."""
    todo: list[Any] = [tree]
    numbers: list[int] = []
    merges: list[tuple[int, int]] = []
    while todo:
        node = todo.pop()
        if node is _MERGE:
            right, left = numbers.pop(), numbers.pop()
            numbers.append(N + len(merges))
            merges.append((left, right))
        elif isinstance(node, tuple | list):
            left_tree, right_tree = _pair(node)
            todo += [_MERGE, right_tree, left_tree]
        else:
            numbers.append(_leaf(node, N))
    return np.array(merges, dtype=np.intp).reshape(-1, 2), numbers[0]


def _pair(node: tuple[Any, ...] | list[Any]) -> tuple[Any, Any]:
    if len(node) != 2:
        n = len(node)
        raise ShapeError("tree", f"節点の子は 2 つですが、{n} 個あります", f"a node has 2 children, found {n}")
    left, right = node
    return left, right


def _leaf(node: Any, N: int) -> int:
    if not isinstance(node, int | np.integer) or isinstance(node, bool):
        raise DTypeError(
            "tree",
            f"葉の番号か 2 つの木の組が必要ですが、{node!r} です",
            f"expected a leaf's number or a pair of trees, found {node!r}",
        )
    if not 0 <= node < N:
        raise RangeError(
            "tree", f"0 から {N - 1} の葉が必要ですが、{node} です", f"expected a leaf from 0 to {N - 1}, found {node}"
        )
    return int(node)
