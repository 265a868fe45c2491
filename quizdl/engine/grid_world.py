"""A grid world, and what is best in it: the exact answers that learning is compared with.

States count row by row from the upper left, actions are 0 up, 1 right, 2 down, 3 left. Nothing is left to chance, so
the whole world is three tables over states and actions. "Sutton & Barto" is the second edition, 2018.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quizdl.engine.arrays import Array, Ids, Mask, checked
from quizdl.engine.errors import DTypeError, RangeError, ShapeError
from quizdl.engine.perceptron import within

ACTIONS = ("up", "right", "down", "left")
_MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))


class Grid(NamedTuple):
    """A deterministic world as tables over states and actions; states count row by row from the upper left."""

    next_state: Ids
    reward: Array
    done: Mask
    start: int
    width: int

    def step(self, s: int, a: int) -> tuple[int, float, bool]:
        """Where a leads from s, the reward for it, and whether the episode ends there."""
        return int(self.next_state[s, a]), float(self.reward[s, a]), bool(self.done[s, a])


def grid_world(
    rows: Sequence[str],
    *,
    step_reward: float = 0.0,
    goal_reward: float = 1.0,
    pit_reward: float = -1.0,
    pit_ends: bool = True,
) -> Grid:
    """The world of a map: `S` start, `G` goal, `P` pit, `#` wall, `.` free; one character a state.

    A step into a wall or out of the map stays where it is. Goals end the episode; so do pits, or else they send back to
    the start (the cliff of Sutton & Barto, example 6.6). Rewards are for the step that enters. O(S·A).
    """
    cells = _cells(rows)
    what = cells.ravel().tolist()
    start = what.index("S")
    next_state = np.empty((len(what), len(ACTIONS)), dtype=np.intp)
    reward = np.empty(next_state.shape)
    done = np.empty(next_state.shape, dtype=bool)
    for s, a in np.ndindex(next_state.shape):
        there = _neighbour(cells, s, a)
        if what[s] in "GP#":  # nothing is left to be done here, or nobody ever is
            entry = s, 0.0, True
        elif what[there] == "G":
            entry = there, goal_reward, True
        elif what[there] == "P":
            entry = there if pit_ends else start, pit_reward, pit_ends
        else:
            entry = there, step_reward, False
        next_state[s, a], reward[s, a], done[s, a] = entry
    return Grid(next_state, reward, done, start, cells.shape[1])


def value_iteration(world: Grid, gamma: float, *, tolerance: float = 1e-10, sweeps: int = 100_000) -> Array:
    """Q* (S, A), from Q(s, a) ← r + γ max_a' Q(s', a') until nothing moves by more than the tolerance.

    Sutton & Barto, eq. 4.10 for action values. O(sweeps·S·A). Raises RangeError if it does not settle, which γ = 1 with
    a reward that can be had forever would cause.
    """
    within(0, 1, gamma=gamma)
    Q: Array = np.zeros(world.reward.shape)
    for _ in range(sweeps):
        after: Array = world.reward + gamma * ~world.done * Q.max(axis=1)[world.next_state]
        moved = np.abs(after - Q).max()
        Q = after
        if moved <= tolerance:
            return Q
    raise RangeError(
        "gamma",
        f"{sweeps} 回の反復で収束しませんでした（gamma = {gamma}）",
        f"no end after {sweeps} sweeps with {gamma}",
    )


def policy_evaluation(world: Grid, pi: Array, gamma: float) -> Array:
    """V (S,) of a policy pi (S, A), exactly: V = Σ_a π(a|s)(r + γ V(s')), solved as S linear equations. O(S³).

    Sutton & Barto, eq. 4.4. γ < 1, so that there is always one solution.
    """
    (pi,) = checked({"S": len(world.reward), "A": len(ACTIONS)}, pi=(pi, "S A"))
    if not 0 <= gamma < 1:
        raise RangeError(
            "gamma", f"0 以上 1 未満が必要ですが、{gamma!r} です", f"expected 0 ≤ gamma < 1, found {gamma!r}"
        )
    S = len(pi)
    P = np.zeros((S, S))  # P[s, s'] = Σ_a π(a|s), over the actions that lead from s to s' and do not end there
    np.add.at(P, (np.arange(S)[:, None], world.next_state), pi * ~world.done)
    return np.asarray(np.linalg.solve(np.eye(S) - gamma * P, (pi * world.reward).sum(axis=1)))


def _neighbour(cells: NDArray[np.str_], s: int, a: int) -> int:
    """Where a leads from s: s itself, if there is a wall or nothing."""
    height, width = cells.shape
    row, column = s // width + _MOVES[a][0], s % width + _MOVES[a][1]
    free = 0 <= row < height and 0 <= column < width and cells[row, column] != "#"
    return row * width + column if free else s


def _cells(rows: Sequence[str]) -> NDArray[np.str_]:
    """The map as an array of characters."""
    if isinstance(rows, str) or not all(isinstance(row, str) for row in rows):
        raise DTypeError("rows", "文字列の並びが必要です", "expected a sequence of strings")
    if len({len(row) for row in rows}) != 1 or not rows[0]:
        raise ShapeError("rows", "同じ長さの空でない行が必要です", "expected rows of one length, not empty")
    characters = "".join(rows)
    unknown = sorted(set(characters) - set("SGP#."))
    if unknown:
        raise RangeError(
            "rows", f"S G P # . 以外の文字 {unknown} があります", f"expected S G P # . only, found {unknown}"
        )
    if characters.count("S") != 1:
        count = characters.count("S")
        raise RangeError("rows", f"S が 1 つ必要ですが、{count} つあります", f"expected one S, found {count}")
    return np.array([list(row) for row in rows])
