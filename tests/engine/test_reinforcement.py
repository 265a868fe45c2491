"""Reinforcement learning: single steps by hand, exact answers, and that what is learnt comes to them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.engine.activations import softmax
from quizdl.engine.grid_world import Grid, grid_world, policy_evaluation, value_iteration
from quizdl.engine.reinforcement import (
    advantage,
    discounted_returns,
    double_dqn_target,
    dqn_target,
    dueling_forward,
    epsilon_greedy,
    epsilon_greedy_probabilities,
    greedy_policy,
    policy_gradient_backward,
    policy_gradient_forward,
    q_learning,
    q_learning_update,
    reinforce,
    sarsa,
    sarsa_update,
    td_update,
)

seeds = st.integers(0, 2**32 - 1)
ROOM = grid_world(["...G", ".#.P", "S..."], step_reward=-0.04)
"""Russell & Norvig's room: a goal worth 1, a pit worth −1 below it, a wall in the middle."""

CLIFF = grid_world(
    [*["............"] * 3, "SPPPPPPPPPPG"], step_reward=-1, goal_reward=-1, pit_reward=-100, pit_ends=False
)
"""Sutton & Barto, example 6.6."""


def walked(world: Grid, Q: np.ndarray, steps: int = 40) -> list[int]:
    """The states of the greedy policy from the start."""
    states = [world.start]
    for _ in range(steps):
        s, _, done = world.step(states[-1], int(Q[states[-1]].argmax()))
        states.append(s)
        if done:
            break
    return states


def test_the_world_is_what_its_map_says() -> None:
    """Walls and edges hold one back, goal and pit pay and end it; from where one never is, nothing leads away."""
    up, right, down, left = range(4)
    assert ROOM.start == 8
    assert ROOM.step(8, up) == (4, -0.04, False)
    assert ROOM.step(8, left) == (8, -0.04, False)
    assert ROOM.step(8, down) == (8, -0.04, False)
    assert ROOM.step(4, right) == (4, -0.04, False)
    assert ROOM.step(2, right) == (3, 1.0, True)
    assert ROOM.step(6, right) == (7, -1.0, True)
    assert ROOM.step(7, up) == (7, 0.0, True)
    assert ROOM.step(5, up) == (5, 0.0, True)


def test_a_fall_from_the_cliff_leads_back_to_the_start() -> None:
    """−100 and on it goes; the goal beyond ends it."""
    assert CLIFF.step(36, 1) == (36, -100.0, False)
    assert CLIFF.step(35, 2) == (47, -1.0, True)


def test_the_best_values_satisfy_bellman_s_equation_and_are_those_of_the_best_policy() -> None:
    """Q* = r + γ max Q*; and evaluating its greedy policy as linear equations gives max Q* again."""
    Q = value_iteration(ROOM, 0.9)
    following = np.where(ROOM.done, 0, 0.9 * Q.max(axis=1)[ROOM.next_state])
    np.testing.assert_allclose(Q, ROOM.reward + following, atol=1e-9)
    greedy = np.eye(4)[greedy_policy(Q)]
    np.testing.assert_allclose(policy_evaluation(ROOM, greedy, 0.9), Q.max(axis=1), atol=1e-8)


def test_an_end_is_an_end_wherever_it_leads() -> None:
    """One state, whose actions all end it and would lead back to it: its value is the reward, once."""
    once = Grid(np.zeros((1, 4), dtype=int), np.ones((1, 4)), np.ones((1, 4), dtype=bool), 0, 1)
    np.testing.assert_allclose(value_iteration(once, 0.5), 1)
    np.testing.assert_allclose(policy_evaluation(once, np.full((1, 4), 0.25), 0.5), 1)


@given(seeds)
def test_no_policy_is_worth_more_than_the_best_values(seed: int) -> None:
    """V of any policy is at most max Q*, in every state."""
    pi = softmax(2 * np.random.default_rng(seed).standard_normal((12, 4)))
    assert np.all(policy_evaluation(ROOM, pi, 0.9) <= value_iteration(ROOM, 0.9).max(axis=1) + 1e-9)


def test_the_value_of_a_corridor_is_known() -> None:
    """Three steps from the goal, the value is γ² of it; a bump into the wall first costs one γ more."""
    Q = value_iteration(grid_world(["S..G"]), 0.5)
    np.testing.assert_allclose(Q[0], [0.125, 0.25, 0.125, 0.125], atol=1e-9)
    np.testing.assert_allclose(Q[:, 1], [0.25, 0.5, 1, 0], atol=1e-9)


def test_one_step_of_each_rule_by_hand() -> None:
    """Q(s, a) = 1, r = 2, Q(s', ·) = (4, 3), α = ½, γ = 0.9: towards 5.6 with the best a', 4.7 with the other one."""
    Q = np.array([[1.0, 0.0], [4.0, 3.0]])
    np.testing.assert_allclose(q_learning_update(Q, 0, 0, 2.0, 1, 0.5, 0.9), [[3.3, 0], [4, 3]])
    np.testing.assert_allclose(sarsa_update(Q, 0, 0, 2.0, 1, 1, 0.5, 0.9), [[2.85, 0], [4, 3]])
    np.testing.assert_allclose(sarsa_update(Q, 0, 0, 2.0, 1, 0, 0.5, 0.9), q_learning_update(Q, 0, 0, 2.0, 1, 0.5, 0.9))
    np.testing.assert_allclose(td_update(Q[:, 0], 0, 2.0, 1, 0.5, 0.9), [3.3, 4])
    np.testing.assert_array_equal(Q, [[1, 0], [4, 3]])


def test_nothing_follows_the_end_of_an_episode() -> None:
    """With `done` the target is the reward alone, whatever the table says of the state it ended in."""
    Q = np.array([[1.0, 0.0], [4.0, 3.0]])
    for updated in (
        q_learning_update(Q, 0, 0, 2.0, 1, 0.5, 0.9, done=True),
        sarsa_update(Q, 0, 0, 2.0, 1, 1, 0.5, 0.9, done=True),
    ):
        np.testing.assert_allclose(updated, [[1.5, 0], [4, 3]])
    assert td_update(Q[:, 0], 0, 2.0, 1, 0.5, 0.9, done=True)[0] == 1.5
    np.testing.assert_array_equal(dqn_target([2.0, 2.0], [[4.0, 3.0]] * 2, 0.9, [True, False]), [2.0, 5.6])


def test_a_step_keeps_float32() -> None:
    """Tables, returns and targets stay in the caller's dtype, with Python numbers and truth values beside them."""
    Q, r = np.ones((2, 2), dtype=np.float32), np.ones(2, dtype=np.float32)
    found = (
        q_learning_update(Q, 0, 0, 1.0, 1, 0.5, 0.9),
        sarsa_update(Q, 0, 0, 1.0, 1, 1, 0.5, 0.9),
        td_update(r, 0, 1.0, 1, 0.5, 0.9),
        discounted_returns(r, 0.9),
        advantage(r[:1], r, 0.9, 0.5, [True]),
        dqn_target(r, Q, 0.9, [True, False]),
        double_dqn_target(r, Q, Q, 0.9, [True, False]),
        epsilon_greedy_probabilities(Q, 0.1),
    )
    assert {x.dtype for x in found} == {np.dtype(np.float32)}


def test_three_rewards_of_one_are_worth_2_71() -> None:
    """1 + 0.9 + 0.81, then 1.9, then 1."""
    np.testing.assert_allclose(discounted_returns([1, 1, 1], 0.9), [2.71, 1.9, 1])


def test_the_advantage_is_between_one_step_and_the_whole_return() -> None:
    """λ = 0: the TD error; λ = 1: the return less the value; an end in the middle cuts both."""
    rng = np.random.default_rng(0)
    r, V = rng.standard_normal(4), rng.standard_normal(5)
    np.testing.assert_allclose(advantage(r, V, 0.9, 0.0), r + 0.9 * V[1:] - V[:-1])
    whole = discounted_returns(np.append(r, V[-1]), 0.9)[:-1]
    np.testing.assert_allclose(advantage(r, V, 0.9), whole - V[:-1])
    cut = advantage(r, V, 0.9, 0.7, [False, True, False, False])
    np.testing.assert_allclose(cut[:2], advantage(r[:2], np.append(V[:2], 0.0), 0.9, 0.7))
    np.testing.assert_allclose(cut[2:], advantage(r[2:], V[2:], 0.9, 0.7))


def test_double_q_learning_does_not_believe_in_its_own_luck() -> None:
    """All actions are worth 0, the estimates are noise: one network's maximum is too high on average, two are not."""
    rng = np.random.default_rng(1)
    noise, other, r = rng.standard_normal((5000, 4)), rng.standard_normal((5000, 4)), np.zeros(5000)
    assert dqn_target(r, noise, 1.0).mean() > 0.9
    assert abs(double_dqn_target(r, noise, other, 1.0).mean()) < 0.05
    np.testing.assert_array_equal(double_dqn_target(r, noise, noise, 1.0), dqn_target(r, noise, 1.0))


def test_a_dueling_head_has_the_value_as_its_mean_and_the_best_action_of_its_advantages() -> None:
    """mean_a Q = V, and a constant in A changes nothing: that is what makes V and A identifiable."""
    rng = np.random.default_rng(2)
    V, A = rng.standard_normal((5, 1)), rng.standard_normal((5, 3))
    Q, _ = dueling_forward(V, A)
    np.testing.assert_allclose(Q.mean(axis=1, keepdims=True), V)
    np.testing.assert_array_equal(Q.argmax(axis=1), A.argmax(axis=1))
    np.testing.assert_allclose(dueling_forward(V, A + 7)[0], Q)


def test_exploration_is_as_frequent_as_it_is_said_to_be() -> None:
    """ε/A for every action and 1 − ε more for the first of the best ones, in theory and in 20,000 draws."""
    rng, q = np.random.default_rng(3), np.array([0.0, 2.0, 2.0])
    expected = epsilon_greedy_probabilities(q, 0.3)
    np.testing.assert_allclose(expected, [0.1, 0.8, 0.1])
    counts = np.bincount([epsilon_greedy(rng, q, 0.3) for _ in range(20_000)], minlength=3)
    np.testing.assert_allclose(counts / 20_000, expected, atol=0.01)
    assert {epsilon_greedy(rng, q, 0.0) for _ in range(50)} == {1}


def test_q_learning_comes_to_the_policy_of_value_iteration() -> None:
    """From every state that can be visited the learnt action is a best one, and from the start its value is right."""
    best = value_iteration(ROOM, 0.95)
    Q, _ = q_learning(np.random.default_rng(4), ROOM, episodes=1500, alpha=0.5, gamma=0.95, epsilon=0.5)
    visited = ~ROOM.done.all(axis=1)
    chosen = best[np.arange(12), greedy_policy(Q)]
    np.testing.assert_allclose(chosen[visited], best.max(axis=1)[visited], atol=1e-9)
    assert Q[ROOM.start].max() == pytest.approx(best[ROOM.start].max(), abs=1e-6)


def test_sarsa_comes_to_the_values_of_the_policy_that_explores() -> None:
    """With a small step size, Q of the start is near V of its own ε-greedy policy, and below the best policy's."""
    Q, _ = sarsa(np.random.default_rng(5), ROOM, episodes=3000, alpha=0.05, gamma=0.95, epsilon=0.3)
    pi = epsilon_greedy_probabilities(Q, 0.3)
    s = ROOM.start
    assert pi[s] @ Q[s] == pytest.approx(policy_evaluation(ROOM, pi, 0.95)[s], abs=0.05)
    assert pi[s] @ Q[s] < value_iteration(ROOM, 0.95)[s].max() - 0.05


def test_sarsa_keeps_away_from_the_cliff_and_q_learning_walks_along_it() -> None:
    """Q-learning's path is the shortest, 13 steps on the brink; SARSA's goes round, and while exploring earns more."""
    options = {"episodes": 500, "alpha": 0.5, "gamma": 1.0, "epsilon": 0.1}
    bold, earned_boldly = q_learning(np.random.default_rng(6), CLIFF, **options)
    careful, earned_carefully = sarsa(np.random.default_rng(6), CLIFF, **options)
    brink, detour = walked(CLIFF, bold), walked(CLIFF, careful)
    assert len(brink) == 14
    assert all(s // 12 == 2 for s in brink[1:-1])
    assert min(s // 12 for s in detour) < 2
    assert sum(s // 12 == 2 for s in detour) < 5
    assert earned_carefully[-200:].mean() > earned_boldly[-200:].mean() + 5


def test_the_policy_gradient_theorem() -> None:
    """Σ_s d(s) Σ_a π(a|s) Q(s, a) ∇log π(a|s) is the slope of J(θ) = V(start), by differences of the exact V."""
    rng, gamma = np.random.default_rng(7), 0.9
    theta = rng.standard_normal((12, 4))
    pi = softmax(theta)
    V = policy_evaluation(ROOM, pi, gamma)
    Q = ROOM.reward + np.where(ROOM.done, 0, gamma * V[ROOM.next_state])
    P = np.zeros((12, 12))
    np.add.at(P, (np.arange(12)[:, None], ROOM.next_state), pi * ~ROOM.done)
    d = np.linalg.solve(np.eye(12) - gamma * P.T, np.eye(12)[ROOM.start])  # how often, discounted, one is in s
    s, a = np.indices((12, 4)).reshape(2, -1)
    _, cache = policy_gradient_forward(theta[s], a, (d[:, None] * pi * Q)[s, a])
    ascent = np.zeros((12, 4))
    np.add.at(ascent, s, -len(s) * policy_gradient_backward(1.0, cache)["z"])
    direction = rng.standard_normal((12, 4))
    up, down = (policy_evaluation(ROOM, softmax(theta + h * direction), gamma)[ROOM.start] for h in (1e-5, -1e-5))
    assert np.sum(ascent * direction) == pytest.approx((up - down) / 2e-5, rel=1e-6)


def test_a_baseline_changes_the_gradient_s_spread_and_not_its_mean() -> None:
    """Over all actions, π-weighted, a constant weight has gradient 0: Σ_a π(a) ∇log π(a) = 0."""
    z = np.random.default_rng(8).standard_normal((1, 4))
    _, cache = policy_gradient_forward(np.repeat(z, 4, axis=0), np.arange(4), 5 * softmax(z)[0])
    np.testing.assert_allclose(policy_gradient_backward(1.0, cache)["z"].sum(axis=0), 0, atol=1e-15)


def test_a_baseline_finds_nothing_to_learn_where_every_action_earns_the_same() -> None:
    """From the second episode on the advantage is 0 and the policy stays; without a baseline it drifts."""
    world = grid_world(["GSG"], step_reward=1.0)
    for baseline in ("none", "value"):
        early, late = (
            reinforce(np.random.default_rng(10), world, episodes=n, lr=0.1, gamma=0.9, baseline=baseline, steps=1).table
            for n in (1, 50)
        )
        assert np.array_equal(early, late) == (baseline == "value")


@pytest.mark.parametrize("baseline", ["none", "value"])
def test_reinforce_earns_more_and_more(baseline: str) -> None:
    """The return of the last episodes is near the best there is, 1 − 4·0.04, and far above that of the first ones."""
    _, returns = reinforce(np.random.default_rng(9), ROOM, episodes=600, lr=0.3, gamma=0.95, baseline=baseline)
    assert returns[:50].mean() < 0.6
    assert returns[-100:].mean() > 0.75
