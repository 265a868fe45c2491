"""Cases of recursive networks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from engine_cases.kinds import Misuse, Parity, Rng, Slope, draw, size
from quizdl.engine import recursive
from quizdl.engine.errors import DTypeError, RangeError, ShapeError

COMB = ((((0, 1), 2), 3), 4)
BALANCED = ((0, 1), (2, 3))
TWICE = ((3, 1), (0, (2, 0)))


def _theirs(torch: Any, tree: Any, leaves: Any, W: Any, b: Any) -> Any:
    """The same network written as the recursion that it is."""
    if isinstance(tree, int):
        return leaves[tree]
    left, right = (_theirs(torch, child, leaves, W, b) for child in tree)
    return torch.tanh(torch.cat([left, right]) @ W + b)


def tree(what: str, tree: Any, N: int, D: int, scale: float = 1.0) -> Parity:
    name = f"tree: {what}"
    arguments = draw(name, leaves=(N, D), W=(2 * D, D), b=(D,))
    arguments["leaves"] *= scale

    def oracle(torch: Any, **leaves: Any) -> Any:
        return _theirs(torch, tree, **leaves)

    return Parity(name, partial(recursive.tree_forward, tree=tree), recursive.tree_backward, oracle, arguments)


def merge(what: str, D: int, scale: float = 1.0) -> Parity:
    name = f"merge: {what}"
    arguments = draw(name, left=(D,), right=(D,), W=(2 * D, D), b=(D,))
    arguments["left"] *= scale

    def oracle(torch: Any, left: Any, right: Any, W: Any, b: Any) -> Any:
        return torch.tanh(torch.nn.functional.linear(torch.cat([left, right]), W.T, b))

    return Parity(name, recursive.merge_forward, recursive.merge_backward, oracle, arguments)


PARITY: list[Parity] = [
    merge("three numbers", 3),
    merge("every size one", 1),
    merge("a child of a thousand", 2, 1e3),
    merge("a child of zeros", 4, 0.0),
    tree("balanced", BALANCED, 4, 3),
    tree("a comb of five", COMB, 5, 2),
    tree("a leaf that stands twice, and one not at all", TWICE, 5, 3),
    tree("a leaf alone", 1, 3, 2),
    tree("every size one", (0, 0), 1, 1),
    tree("leaves of a thousand", BALANCED, 4, 2, 1e3),
    tree("leaves of zeros", BALANCED, 4, 2, 0.0),
]


def recursive_merge(rng: Rng) -> Slope:
    D = size(rng)
    shapes = {"left": (D,), "right": (D,), "W": (2 * D, D), "b": (D,)}
    arguments = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    return Slope(recursive.merge_forward, recursive.merge_backward, arguments)


def random_tree(rng: Rng, N: int, nodes: int) -> Any:
    """Any tree with this many merges, its leaves drawn from N."""
    if nodes == 0:
        return int(rng.integers(N))
    left = int(rng.integers(nodes))
    return random_tree(rng, N, left), random_tree(rng, N, nodes - 1 - left)


def recursive_tree(rng: Rng) -> Slope:
    D, N = size(rng), size(rng)
    shapes = {"leaves": (N, D), "W": (2 * D, D), "b": (D,)}
    arguments = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    options = {"tree": random_tree(rng, N, int(rng.integers(0, 6)))}
    return Slope(recursive.tree_forward, recursive.tree_backward, arguments, options)


SLOPES: dict[str, Callable[[Rng], Slope]] = {maker.__name__: maker for maker in (recursive_merge, recursive_tree)}


def _merge(**changed: Any) -> Callable[[], Any]:
    arguments = {"left": np.ones(2), "right": np.ones(2), "W": np.ones((4, 2)), "b": np.ones(2)}
    return lambda: recursive.merge_forward(**{**arguments, **changed})


def _tree(**changed: Any) -> Callable[[], Any]:
    arguments = {"leaves": np.ones((3, 2)), "W": np.ones((4, 2)), "b": np.ones(2), "tree": ((0, 1), 2)}
    return lambda: recursive.tree_forward(**{**arguments, **changed})


def _greedy(**changed: Any) -> Callable[[], Any]:
    arguments = {"leaves": np.ones((3, 2)), "W": np.ones((4, 2)), "b": np.ones(2), "u": np.ones(2)}
    return lambda: recursive.greedy_tree(**{**arguments, **changed})


MISUSES: list[Misuse] = [
    Misuse(_merge(left=np.ones((1, 2))), ShapeError, "left"),
    Misuse(_merge(right=np.ones(3)), ShapeError, "right"),
    Misuse(_merge(W=np.ones((2, 4))), ShapeError, "W"),
    Misuse(_merge(b=np.ones(0)), ShapeError, "b"),
    Misuse(_merge(left=["a", "b"]), DTypeError, "left"),
    Misuse(lambda: recursive.merge_backward(np.ones(3), _merge()()[1]), ShapeError, "dp"),
    Misuse(_tree(leaves=np.ones(2)), ShapeError, "leaves"),
    Misuse(_tree(leaves=np.ones((0, 2))), ShapeError, "leaves"),
    Misuse(_tree(W=np.ones((2, 2))), ShapeError, "W"),
    Misuse(_tree(b=[1j, 0]), DTypeError, "b"),
    Misuse(_tree(tree=((0, 1), 3)), RangeError, "tree"),
    Misuse(_tree(tree=(-1, 0)), RangeError, "tree"),
    Misuse(_tree(tree=(0, 1, 2)), ShapeError, "tree"),
    Misuse(_tree(tree=(0, (1,))), ShapeError, "tree"),
    Misuse(_tree(tree=(0, 1.0)), DTypeError, "tree"),
    Misuse(_tree(tree=(0, True)), DTypeError, "tree"),
    Misuse(_tree(tree="01"), DTypeError, "tree"),
    Misuse(lambda: recursive.tree_backward(np.ones((1, 2)), _tree()()[1]), ShapeError, "droot"),
    Misuse(_greedy(u=np.ones(3)), ShapeError, "u"),
    Misuse(_greedy(leaves=np.ones((0, 2))), ShapeError, "leaves"),
    Misuse(_greedy(W=np.ones((4, 3))), ShapeError, "W"),
]
