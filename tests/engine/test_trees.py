"""Recursive networks: any tree, however deep, and the greedy one."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from quizdl.engine import course
from quizdl.engine.optimisers import Adam
from quizdl.engine.recursive import Tree, greedy_tree, merge_forward, tree_backward, tree_forward


def weights(seed: int, D: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {"W": rng.standard_normal((2 * D, D)), "b": rng.standard_normal(D)}


def test_a_tree_is_its_merges_from_the_leaves_up() -> None:
    """((0, 1), 2): first 0 with 1, then that with 2; lists may stand for pairs, and a leaf alone is its own root."""
    p, leaves = weights(0, 3), np.random.default_rng(1).standard_normal((3, 3))
    below, _ = merge_forward(leaves[0], leaves[1], **p)
    expected, _ = merge_forward(below, leaves[2], **p)
    lists: Any = [[0, 1], 2]
    for tree in (((0, 1), 2), lists):
        np.testing.assert_allclose(tree_forward(leaves, **p, tree=tree)[0], expected, rtol=1e-14)
    root, _ = tree_forward(leaves, **p, tree=2)
    np.testing.assert_array_equal(root, leaves[2])
    root[:] = 0
    assert np.all(leaves[2] != 0)


def test_a_merge_before_the_activation_is_the_courses() -> None:
    """The course writes W·[left; right] with W (D, 2D): the transpose of ours, without tanh and b."""
    p = weights(2, 3)
    left, right = np.random.default_rng(3).standard_normal((2, 3))
    ours, _ = merge_forward(left, right, p["W"], np.zeros(3))
    np.testing.assert_allclose(ours, np.tanh(course.recursive_merge(p["W"].T, left, right)))


def test_a_tree_may_be_thousands_deep() -> None:
    """Neither direction recurses: a comb of 5000 leaves goes up and down."""
    tree: Tree = 0
    for leaf in range(1, 5000):
        tree = (tree, leaf)
    leaves = np.random.default_rng(4).standard_normal((5000, 2))
    root, cache = tree_forward(leaves, **weights(5, 2), tree=tree)
    gradients = tree_backward(np.ones(2), cache)
    assert np.all(np.isfinite(root))
    assert np.any(gradients["leaves"][-1] != 0)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), N=st.integers(1, 7), D=st.integers(1, 3), ties=st.booleans())
def test_the_greedy_tree_is_what_trying_all_neighbours_every_time_gives(seed: int, N: int, D: int, ties: bool) -> None:
    """The parents that are kept between the merges are those that would be made anew; the leftmost of equals wins."""
    rng = np.random.default_rng(seed)
    p, u = weights(seed, D), rng.standard_normal(D)
    leaves = rng.integers(-1, 2, (N, D)).astype(float) if ties else rng.standard_normal((N, D))
    trees: list[Tree] = list(range(N))
    vectors = list(leaves)
    while len(trees) > 1:
        parents = [merge_forward(left, right, **p)[0] for left, right in pairwise(vectors)]
        k = int(np.argmax([parent @ u for parent in parents]))
        trees[k : k + 2], vectors[k : k + 2] = [(trees[k], trees[k + 1])], [parents[k]]
    tree, root = greedy_tree(leaves, **p, u=u)
    assert tree == trees[0]
    np.testing.assert_array_equal(root, vectors[0])
    np.testing.assert_array_equal(root, tree_forward(leaves, **p, tree=tree)[0])


def test_a_recursive_network_learns_which_side_a_word_is_on() -> None:
    """Four trees over two leaves each: (0, 1) must become +½ and (1, 0) −½, which a sum of the leaves could not."""
    rng = np.random.default_rng(0)
    p: dict[str, Any] = {name: 0.5 * w for name, w in weights(0, 4).items()} | {"leaves": rng.standard_normal((2, 4))}
    optimiser, losses = Adam(0.05), []
    wanted: list[tuple[Tree, float]] = [((0, 1), 0.5), ((1, 0), -0.5), (((0, 1), 1), 0.5), (((1, 0), 0), -0.5)]
    for _ in range(300):
        total, gradients = 0.0, {name: np.zeros_like(x) for name, x in p.items()}
        for tree, target in wanted:
            root, cache = tree_forward(**p, tree=tree)
            total += float((root[0] - target) ** 2)
            for name, gradient in tree_backward(np.array([2 * (root[0] - target), 0, 0, 0]), cache).items():
                gradients[name] = gradients[name] + gradient
        p = optimiser.update(p, gradients)
        losses.append(total)
    assert losses[-1] < 0.01 < 0.5 < losses[0]
