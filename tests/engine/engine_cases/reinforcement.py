"""Reinforcement learning: the policy gradient, dueling heads, returns, advantages and DQN's targets."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from engine_cases.kinds import Misuse, Parity, Rng, Slope, draw, size
from quizdl.engine import grid_world as grid
from quizdl.engine import reinforcement as rl
from quizdl.engine.errors import DTypeError, RangeError, ShapeError


def policy_gradient_parity(name: str, z: np.ndarray, a: list[int], weight: np.ndarray) -> Parity:
    def oracle(torch: Any, z: Any) -> Any:
        policy = torch.distributions.Categorical(logits=z)
        return -(torch.tensor(weight) * policy.log_prob(torch.tensor(a))).mean()

    forward = partial(rl.policy_gradient_forward, a=a, weight=weight)
    return Parity(f"policy gradient: {name}", forward, rl.policy_gradient_backward, oracle, {"z": z})


def dueling_parity(*shape: int) -> Parity:
    name = f"dueling: {shape}"

    def oracle(torch: Any, V: Any, A: Any) -> Any:
        return V + (A - A.mean(dim=-1, keepdim=True))

    return Parity(name, rl.dueling_forward, rl.dueling_backward, oracle, draw(name, V=(*shape[:-1], 1), A=shape))


def without_cache(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    """A function as a forward, for its output alone."""
    return lambda **arguments: (function(**arguments, **options), ())


def returns_parity(shape: tuple[int, ...], gamma: float) -> Parity:
    name = f"discounted returns: {shape}, {gamma:g}"

    def oracle(torch: Any, r: Any) -> Any:
        T = len(r)
        weights = [[gamma ** (k - t) if k >= t else 0.0 for k in range(T)] for t in range(T)]
        return torch.tensordot(torch.tensor(weights, dtype=r.dtype), r, dims=1)

    return Parity(name, without_cache(rl.discounted_returns, gamma=gamma), None, oracle, draw(name, r=shape))


def advantage_parity(T: int, gamma: float, lam: float, done: list[bool] | None = None) -> Parity:
    name = f"advantage: {T}, {gamma:g}, {lam:g}, {done}"

    def oracle(torch: Any, r: Any, V: Any) -> Any:
        """The sum itself: Σ_l (γλ)^l δ_{t+l}, up to the end of the episode."""
        ends = done or [False] * T
        delta = [r[t] + (0 if ends[t] else gamma * V[t + 1]) - V[t] for t in range(T)]
        found = []
        for t in range(T):
            last = next((k for k in range(t, T) if ends[k]), T - 1)
            found.append(sum((gamma * lam) ** (k - t) * delta[k] for k in range(t, last + 1)))
        return torch.stack(found)

    forward = without_cache(rl.advantage, gamma=gamma, lam=lam, done=done)
    return Parity(name, forward, None, oracle, draw(name, r=(T,), V=(T + 1,)))


def targets_parity(B: int, A: int, done: list[int] | None) -> Parity:
    name = f"dqn targets: {B}, {A}, {done}"

    def forward(r: Any, Q_online: Any, Q_target: Any) -> Any:
        plain = rl.dqn_target(r, Q_target, 0.9, done)
        return (plain, rl.double_dqn_target(r, Q_online, Q_target, 0.9, done)), ()

    def oracle(torch: Any, r: Any, Q_online: Any, Q_target: Any) -> Any:
        goes_on = 1 - torch.tensor(done or [0] * B, dtype=r.dtype)
        chosen = Q_online.argmax(dim=1, keepdim=True)
        plain = r + 0.9 * goes_on * Q_target.max(dim=1).values
        return plain, r + 0.9 * goes_on * Q_target.gather(1, chosen)[:, 0]

    return Parity(name, forward, None, oracle, draw(name, r=(B,), Q_online=(B, A), Q_target=(B, A)))


EXTREME = np.array([[1e3, -1e3, 0.0], [0.0, 0.0, 0.0], [-1e3, -1e3, -1e3]])

PARITY: list[Parity] = [
    policy_gradient_parity("plain", draw("pg1", z=(4, 3))["z"], [0, 2, 1, 2], draw("pg1w", w=(4,))["w"]),
    policy_gradient_parity("one step", draw("pg2", z=(1, 2))["z"], [1], np.array([2.0])),
    policy_gradient_parity("one action", draw("pg3", z=(3, 1))["z"], [0, 0, 0], draw("pg3w", w=(3,))["w"]),
    policy_gradient_parity("extremes", EXTREME, [1, 0, 2], np.array([1e3, -1e3, 0.0])),
    dueling_parity(3, 4),
    dueling_parity(1, 1),
    dueling_parity(2, 3, 2),
    dueling_parity(5),
    returns_parity((5,), 0.9),
    returns_parity((4, 2), 0.5),
    returns_parity((1,), 1.0),
    returns_parity((3,), 0.0),
    advantage_parity(5, 0.9, 0.8),
    advantage_parity(4, 0.9, 1.0, [False, True, False, False]),
    advantage_parity(4, 1.0, 0.0, [True, False, False, True]),
    advantage_parity(1, 0.5, 0.5),
    targets_parity(4, 3, None),
    targets_parity(4, 2, [0, 1, 0, 1]),
    targets_parity(1, 1, [1]),
]


def policy_gradient(rng: Rng) -> Slope:
    N, A = size(rng), size(rng)
    options = {"a": rng.integers(0, A, N), "weight": rng.standard_normal(N)}
    pair = rl.policy_gradient_forward, rl.policy_gradient_backward
    return Slope(*pair, {"z": rng.standard_normal((N, A))}, options)


def dueling(rng: Rng) -> Slope:
    B, A = size(rng), size(rng)
    arguments = {"V": rng.standard_normal((B, 1)), "A": rng.standard_normal((B, A))}
    return Slope(rl.dueling_forward, rl.dueling_backward, arguments)


SLOPES: dict[str, Callable[[Rng], Slope]] = {"policy_gradient": policy_gradient, "dueling": dueling}

Q = np.zeros((3, 2))
WORLD = grid.grid_world(["S.G"])
RNG = np.random.default_rng(0)
TRAINING = {"episodes": 1, "alpha": 0.5, "gamma": 0.9, "epsilon": 0.1}


def q_update(*arguments: Any, **changed: Any) -> Any:
    """A Q-learning step whose other arguments are right."""
    return rl.q_learning_update(*arguments, **({"r": 0.0, "s_next": 1, "alpha": 0.5, "gamma": 0.9} | changed))


MISUSES: list[Misuse] = [
    Misuse(lambda: rl.epsilon_greedy(RNG, Q, 0.1), ShapeError, "q"),
    Misuse(lambda: rl.epsilon_greedy(RNG, Q[0], 1.1), RangeError, "epsilon"),
    Misuse(lambda: rl.epsilon_greedy_probabilities(Q, -0.1), RangeError, "epsilon"),
    Misuse(lambda: q_update(np.zeros(3), 0, 0), ShapeError, "Q"),
    Misuse(lambda: q_update(Q, 3, 0), RangeError, "s"),
    Misuse(lambda: q_update(Q, 0.5, 0), DTypeError, "s"),
    Misuse(lambda: q_update(Q, [0], 0), ShapeError, "s"),
    Misuse(lambda: q_update(Q, 0, -1), RangeError, "a"),
    Misuse(lambda: q_update(Q, 0, 0, s_next=3), RangeError, "s_next"),
    Misuse(lambda: q_update(Q, 0, 0, r=[1.0]), ShapeError, "r"),
    Misuse(lambda: q_update(Q, 0, 0, r="1"), DTypeError, "r"),
    Misuse(lambda: q_update(Q, 0, 0, alpha=1.5), RangeError, "alpha"),
    Misuse(lambda: q_update(Q, 0, 0, gamma=-0.1), RangeError, "gamma"),
    Misuse(lambda: rl.sarsa_update(Q, 0, 0, 0.0, 1, 2, 0.5, 0.9), RangeError, "a_next"),
    Misuse(lambda: rl.td_update(Q, 0, 0.0, 1, 0.5, 0.9), ShapeError, "V"),
    Misuse(lambda: rl.td_update(Q[:, 0], 0, 0.0, 3, 0.5, 0.9), RangeError, "s_next"),
    Misuse(lambda: rl.discounted_returns(1.0, 0.9), ShapeError, "r"),
    Misuse(lambda: rl.discounted_returns([], 0.9), ShapeError, "r"),
    Misuse(lambda: rl.discounted_returns([1.0], 1.1), RangeError, "gamma"),
    Misuse(lambda: rl.advantage(np.zeros(3), np.zeros(3), 0.9), ShapeError, "V"),
    Misuse(lambda: rl.advantage(np.zeros(3), np.zeros(4), 0.9, 2.0), RangeError, "lam"),
    Misuse(lambda: rl.advantage(np.zeros(3), np.zeros(4), 0.9, done=[True]), ShapeError, "done"),
    Misuse(lambda: rl.dqn_target(np.zeros(2), Q, 0.9), ShapeError, "Q_next"),
    Misuse(lambda: rl.dqn_target(np.zeros(3), Q, 0.9, ["no"] * 3), DTypeError, "done"),
    Misuse(lambda: rl.double_dqn_target(np.zeros(3), Q, Q[:, :1], 0.9), ShapeError, "Q_target"),
    Misuse(lambda: rl.dueling_forward(Q, Q), ShapeError, "V"),
    Misuse(lambda: rl.dueling_forward(Q[:2, :1], Q), ShapeError, "V"),
    Misuse(lambda: rl.dueling_backward(Q.T, rl.dueling_forward(Q[:, :1], Q)[1]), ShapeError, "dQ"),
    Misuse(lambda: rl.policy_gradient_forward(Q, [0, 1, 2], np.zeros(3)), RangeError, "a"),
    Misuse(lambda: rl.policy_gradient_forward(Q, [0.0, 1.0, 0.5], np.zeros(3)), DTypeError, "a"),
    Misuse(lambda: rl.policy_gradient_forward(Q, [0, 1], np.zeros(3)), ShapeError, "a"),
    Misuse(lambda: rl.policy_gradient_forward(Q, [0, 1, 1], np.zeros((3, 1))), ShapeError, "weight"),
    Misuse(lambda: policy_gradient_back(np.zeros(3)), ShapeError, "dloss"),
    Misuse(lambda: rl.q_learning(RNG, WORLD, **(TRAINING | {"episodes": 0})), ShapeError, "episodes"),
    Misuse(lambda: rl.sarsa(RNG, WORLD, **(TRAINING | {"epsilon": 2.0})), RangeError, "epsilon"),
    Misuse(lambda: rl.reinforce(RNG, WORLD, episodes=1, lr=0.1, gamma=0.9, baseline="mean"), RangeError, "baseline"),
    Misuse(lambda: grid.grid_world("S.G"), DTypeError, "rows"),
    Misuse(lambda: grid.grid_world([1, 2]), DTypeError, "rows"),
    Misuse(lambda: grid.grid_world(["S.", "."]), ShapeError, "rows"),
    Misuse(lambda: grid.grid_world([]), ShapeError, "rows"),
    Misuse(lambda: grid.grid_world(["S.X"]), RangeError, "rows"),
    Misuse(lambda: grid.grid_world(["..G"]), RangeError, "rows"),
    Misuse(lambda: grid.value_iteration(WORLD, 1.5), RangeError, "gamma"),
    Misuse(lambda: grid.value_iteration(endless(), 1.0, sweeps=100), RangeError, "gamma"),
    Misuse(lambda: grid.policy_evaluation(WORLD, Q, 0.9), ShapeError, "pi"),
    Misuse(lambda: grid.policy_evaluation(WORLD, np.full((3, 4), 0.25), 1.0), RangeError, "gamma"),
]


def endless() -> grid.Grid:
    """Every step pays, so that without discounting there is no end to it."""
    return grid.grid_world(["S.G"], step_reward=1.0)


def policy_gradient_back(*above: Any) -> Any:
    """The backward with something wrong arriving."""
    return rl.policy_gradient_backward(*above, rl.policy_gradient_forward(Q, [0, 1, 1], np.zeros(3))[1])
