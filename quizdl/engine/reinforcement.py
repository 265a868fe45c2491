"""Reinforcement learning: Q-learning, SARSA and REINFORCE on a grid, their single steps, and the formulas of DQN.

s is a state, a an action (both whole numbers), r the reward for a in s, s_next where that led; `done` says that the
episode ended there, so that nothing follows: its value is 0. Q: (S, A) holds action values, γ (gamma) discounts, α
(alpha) is the step size. "Sutton & Barto" is the second edition, 2018.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.activations import log_softmax, softmax
from quizdl.engine.arrays import Array, Cache, Gradients, Ids, Mask, Sizes, arriving, checked, real, whole
from quizdl.engine.errors import ShapeError, one_of
from quizdl.engine.grid_world import Grid
from quizdl.engine.perceptron import positive, share_of, within


def epsilon_greedy_probabilities(q: Array, epsilon: float) -> Array:
    """ε/A for each action, and 1 − ε more for the best one (the first of several); q: (…, A) → (…, A)."""
    (q,) = checked(q=(q, "... A"))
    within(0, 1, epsilon=epsilon)
    best = q.argmax(axis=-1)[..., None] == np.arange(q.shape[-1])
    return np.asarray(epsilon / q.shape[-1] + (1 - epsilon) * best, dtype=q.dtype)


def epsilon_greedy(rng: np.random.Generator, q: Array, epsilon: float) -> int:
    """With probability ε any action, all alike, else the best (the first of several); q: (A,). Sutton & Barto, §2.2."""
    (q,) = checked(q=(q, "A"))
    within(0, 1, epsilon=epsilon)
    return _explored(rng, q, epsilon)


def q_learning_update(
    Q: Array, s: int, a: int, r: float, s_next: int, alpha: float, gamma: float, done: bool = False
) -> Array:
    """Q with Q(s, a) ← Q(s, a) + α(r + γ max_a' Q(s', a') − Q(s, a)), whatever is done next; Q: (S, A), a new array.

    Watkins 1989; Sutton & Barto, eq. 6.8.
    """
    Q, s, a, r, s_next = _experience(Q, s, a, r, s_next, alpha, gamma)
    y = r if done else r + gamma * Q[s_next].max()
    Q[s, a] += alpha * (y - Q[s, a])
    return Q


def sarsa_update(
    Q: Array, s: int, a: int, r: float, s_next: int, a_next: int, alpha: float, gamma: float, done: bool = False
) -> Array:
    """Q with Q(s, a) ← Q(s, a) + α(r + γ Q(s', a') − Q(s, a)), a' being the action then taken; Q: (S, A), a new array.

    Sutton & Barto, eq. 6.7.
    """
    Q, s, a, r, s_next = _experience(Q, s, a, r, s_next, alpha, gamma)
    a_next = _index("a_next", a_next, Q.shape[1])
    y = r if done else r + gamma * Q[s_next, a_next]
    Q[s, a] += alpha * (y - Q[s, a])
    return Q


def td_update(V: Array, s: int, r: float, s_next: int, alpha: float, gamma: float, done: bool = False) -> Array:
    """V with V(s) ← V(s) + α(r + γ V(s') − V(s)), TD(0); V: (S,), a new array. Sutton & Barto, eq. 6.2."""
    (V,) = checked(V=(V, "S"))
    within(0, 1, alpha=alpha, gamma=gamma)
    s, r, s_next = _index("s", s, len(V)), _number("r", r), _index("s_next", s_next, len(V))
    y = r if done else r + gamma * V[s_next]
    V = V.copy()
    V[s] += alpha * (y - V[s])
    return V


def discounted_returns(r: Array, gamma: float) -> Array:
    """G_t = r_t + γ G_{t+1}, G after the end being 0; r: (T,) or (T, …) → the same shape. Sutton & Barto, eq. 3.9."""
    r = _over_time("r", r)
    within(0, 1, gamma=gamma)
    G = np.empty_like(r)
    after = np.zeros_like(r[0])
    for t in reversed(range(len(r))):
        after = r[t] + gamma * after
        G[t] = after
    return G


def advantage(r: Array, V: Array, gamma: float, lam: float = 1.0, done: ArrayLike | None = None) -> Array:
    """A_t = δ_t + γλ A_{t+1} with δ_t = r_t + γ V(s_{t+1}) − V(s_t); r: (T,), V: (T + 1,), done: (T,) → (T,).

    V ends with the value of the state after the last reward. λ = 0 gives δ itself, λ = 1 (the default) the discounted
    return − V(s_t). Schulman et al. 2016, eq. 16 (GAE).
    """
    r = _over_time("r", r)
    within(0, 1, gamma=gamma, lam=lam)
    r, V = checked({"T+1": len(r) + 1}, r=(r, "T"), V=(V, "T+1"))
    goes_on = ~_ended(done, r.shape)
    delta = r + np.where(goes_on, gamma * V[1:], 0) - V[:-1]
    A = np.empty_like(r)
    after = r.dtype.type(0)
    for t in reversed(range(len(r))):
        after = delta[t] + gamma * lam * after if goes_on[t] else delta[t]
        A[t] = after
    return A


def dqn_target(r: Array, Q_next: Array, gamma: float, done: ArrayLike | None = None) -> Array:
    """y = r + γ max_a Q(s', a; θ⁻), r where the episode ended; r: (B,), Q_next: (B, A) of the target network → (B,).

    Mnih et al. 2015, alg. 1.
    """
    r, Q_next = checked(r=(r, "B"), Q_next=(Q_next, "B A"))
    within(0, 1, gamma=gamma)
    return np.asarray(np.where(_ended(done, r.shape), r, r + gamma * Q_next.max(axis=1)))


def double_dqn_target(r: Array, Q_online: Array, Q_target: Array, gamma: float, done: ArrayLike | None = None) -> Array:
    """y = r + γ Q(s', argmax_a Q(s', a; θ); θ⁻): the one network chooses, the other judges.

    r: (B,), Q_online and Q_target: (B, A), both for s' → (B,). van Hasselt et al. 2016, eq. 4.
    """
    r, Q_online, Q_target = checked(r=(r, "B"), Q_online=(Q_online, "B A"), Q_target=(Q_target, "B A"))
    within(0, 1, gamma=gamma)
    judged = Q_target[np.arange(len(r)), Q_online.argmax(axis=1)]
    return np.asarray(np.where(_ended(done, r.shape), r, r + gamma * judged))


def dueling_forward(V: Array, A: Array) -> tuple[Array, Cache]:
    """Q = V + A − mean_a A; V: (…, 1), A: (…, A) → (…, A). Wang et al. 2016, eq. 9."""
    V, A = checked(V=(V, "... 1"), A=(A, "... A"))
    if V.shape[:-1] != A.shape[:-1] or not A.size:
        raise ShapeError(
            "V",
            f"A の形 {A.shape} に合わせて最後の軸が 1 の形が必要ですが、{V.shape} です",
            f"expected A's shape {A.shape} with a last axis of 1, found {V.shape}",
        )
    return V + A - A.mean(axis=-1, keepdims=True), (A.shape,)


def dueling_backward(dQ: Array, cache: Cache) -> Gradients:
    """dV = Σ_a dQ, dA = dQ − mean_a dQ."""
    (shape,) = cache
    dQ = arriving(dQ, shape, "dQ")
    return {"V": dQ.sum(axis=-1, keepdims=True), "A": dQ - dQ.mean(axis=-1, keepdims=True)}


def policy_gradient_forward(z: Array, a: ArrayLike, weight: Array) -> tuple[Array, Cache]:
    """−mean_n w_n·log π(a_n|s_n) with π = softmax(z); z: (N, A) logits, a: (N,) actions taken, weight: (N,).

    The weight is the return G, or the advantage G − b, and a constant here. Its descent is the ascent of
    ∇J = E[w ∇log π(a|s)]. Williams 1992; Sutton & Barto, eq. 13.8. O(N·A).
    """
    sizes: Sizes = {}
    z, weight = checked(sizes, z=(z, "N A"), weight=(weight, "N"))
    a = whole("a", a, "N", sizes, below=sizes["A"])
    log_pi = log_softmax(z)
    each = np.arange(len(a))
    loss = -np.mean(weight * log_pi[each, a])
    return np.asarray(loss), (log_pi, a, weight)


def policy_gradient_backward(dloss: float | Array, cache: Cache) -> Gradients:
    """dz = w (π − one_hot(a))/N: what was rewarded becomes likelier, everything else less so."""
    log_pi, a, weight = cache
    N = len(a)
    dz = np.exp(log_pi)
    dz[np.arange(N), a] -= 1
    return {"z": share_of(dloss, N, log_pi) * weight[:, None] * dz}


def greedy_policy(Q: Array) -> Ids:
    """The best action of each state, the first of several; Q: (…, A) → (…)."""
    (Q,) = checked(Q=(Q, "... A"))
    return np.asarray(Q.argmax(axis=-1))


class Learnt(NamedTuple):
    """What came of the episodes: the table, and each episode's undiscounted sum of rewards."""

    table: Array
    returns: Array


def q_learning(
    rng: np.random.Generator,
    world: Grid,
    *,
    episodes: int,
    alpha: float,
    gamma: float,
    epsilon: float,
    steps: int = 1000,
) -> Learnt:
    """Q: (S, A), from ε-greedy episodes of at most `steps` steps each. Sutton & Barto, §6.5. O(episodes·steps·A)."""
    positive(episodes=episodes, steps=steps)
    within(0, 1, alpha=alpha, gamma=gamma, epsilon=epsilon)
    Q, returns = np.zeros(world.reward.shape), np.zeros(episodes)
    for episode in range(episodes):
        s = world.start
        for _ in range(steps):
            a = _explored(rng, Q[s], epsilon)
            s_next, r, done = world.step(s, a)
            y = r if done else r + gamma * Q[s_next].max()
            Q[s, a] += alpha * (y - Q[s, a])
            returns[episode] += r
            if done:
                break
            s = s_next
    return Learnt(Q, returns)


def sarsa(
    rng: np.random.Generator,
    world: Grid,
    *,
    episodes: int,
    alpha: float,
    gamma: float,
    epsilon: float,
    steps: int = 1000,
) -> Learnt:
    """Q: (S, A) of the ε-greedy policy itself, from its own episodes. Sutton & Barto, §6.4. O(episodes·steps·A)."""
    positive(episodes=episodes, steps=steps)
    within(0, 1, alpha=alpha, gamma=gamma, epsilon=epsilon)
    Q, returns = np.zeros(world.reward.shape), np.zeros(episodes)
    for episode in range(episodes):
        s = world.start
        a = _explored(rng, Q[s], epsilon)
        for _ in range(steps):
            s_next, r, done = world.step(s, a)
            a_next = _explored(rng, Q[s_next], epsilon)
            y = r if done else r + gamma * Q[s_next, a_next]
            Q[s, a] += alpha * (y - Q[s, a])
            returns[episode] += r
            if done:
                break
            s, a = s_next, a_next
    return Learnt(Q, returns)


def reinforce(
    rng: np.random.Generator,
    world: Grid,
    *,
    episodes: int,
    lr: float,
    gamma: float,
    baseline: str = "none",
    steps: int = 100,
) -> Learnt:
    """θ: (S, A), the logits of a softmax policy, by one step of gradient ascent after each episode.

    θ ← θ + lr Σ_t (G_t − b(s_t)) ∇log π(a_t|s_t). baseline: "none" (b = 0) or "value" (b(s) is the mean of the returns
    from s in earlier episodes). As is usual, the factor γᵗ of the exact gradient is left out. Williams 1992; Sutton &
    Barto, §13.3 and §13.4. O(episodes·steps·A).
    """
    one_of("baseline", baseline, ("none", "value"))
    positive(episodes=episodes, steps=steps)
    theta, totals = np.zeros(world.reward.shape), np.empty(episodes)
    sums, visits = np.zeros(len(theta)), np.zeros(len(theta))
    for episode in range(episodes):
        s, a, r = _episode(rng, world, theta, steps)
        G = discounted_returns(r, gamma)
        b = sums / np.maximum(visits, 1) if baseline == "value" else np.zeros(len(theta))
        _, cache = policy_gradient_forward(theta[s], a, G - b[s])
        np.add.at(theta, s, -lr * len(s) * policy_gradient_backward(1.0, cache)["z"])
        np.add.at(sums, s, G)
        np.add.at(visits, s, 1)
        totals[episode] = r.sum()
    return Learnt(theta, totals)


def _episode(rng: np.random.Generator, world: Grid, theta: Array, steps: int) -> tuple[Ids, Ids, Array]:
    """The states, actions and rewards of one episode of the policy softmax(θ)."""
    heard: list[tuple[int, int, float]] = []
    s, done = world.start, False
    up_to = softmax(theta).cumsum(axis=1)
    while not done and len(heard) < steps:
        a = min(int(up_to[s].searchsorted(rng.random(), side="right")), up_to.shape[1] - 1)
        s_next, r, done = world.step(s, a)
        heard.append((s, a, r))
        s = s_next
    states, actions, rewards = zip(*heard, strict=True)
    return np.array(states), np.array(actions), np.array(rewards)


def _explored(rng: np.random.Generator, q: Array, epsilon: float) -> int:
    return int(rng.integers(len(q))) if rng.random() < epsilon else int(q.argmax())


def _experience(
    Q: Array, s: int, a: int, r: float, s_next: int, alpha: float, gamma: float
) -> tuple[Array, int, int, float, int]:
    """A copy of Q and the rest, once all is as it should be."""
    sizes: Sizes = {}
    (Q,) = checked(sizes, Q=(Q, "S A"))
    within(0, 1, alpha=alpha, gamma=gamma)
    s, s_next = _index("s", s, sizes["S"]), _index("s_next", s_next, sizes["S"])
    return Q.copy(), s, _index("a", a, sizes["A"]), _number("r", r), s_next


def _index(name: str, k: int, count: int) -> int:
    return int(whole(name, k, "", below=count))


def _number(name: str, x: float) -> float:
    return float(arriving(x, (), name))


def _over_time(name: str, x: Array) -> Array:
    """(T, …), at least one step and nothing empty."""
    x = real(x, name)
    if x.ndim == 0 or x.size == 0:
        raise ShapeError(
            name,
            f"形 (T, …) で空でない配列が必要ですが、{x.shape} です",
            f"expected (T, …), not empty, found {x.shape}",
        )
    return x


def _ended(done: ArrayLike | None, shape: tuple[int, ...]) -> Mask:
    """Where an episode ended: nowhere, if nothing is said."""
    if done is None:
        return np.zeros(shape, dtype=bool)
    return np.asarray(arriving(done, shape, "done") != 0)
