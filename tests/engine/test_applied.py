"""`applied`: the functions that questions of the fourth day name, against loops, brute force and PyTorch."""

from __future__ import annotations

import importlib.util
import math
from itertools import groupby
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizdl.engine import applied
from quizdl.engine.errors import ArgumentError

seeds = st.integers(0, 2**32 - 1)
small = st.integers(1, 4)
oracle = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="PyTorch is the oracle here: pip install 'quizdl[oracles]'"
)


def data(seed: int, *shape: int) -> Any:
    return np.random.default_rng(seed).normal(size=shape)


@given(seeds, small, small, st.floats(0, 1), st.floats(0, 1))
def test_temporal_difference_steps_move_one_entry_towards_the_target(
    seed: int, S: int, A: int, alpha: float, gamma: float
) -> None:
    """Q-learning's target takes the best next action, SARSA's the next one; where done, the reward alone."""
    rng = np.random.default_rng(seed)
    Q = rng.normal(size=(S, A))
    (s, s_next), (a, a_next) = rng.integers(0, S, 2).tolist(), rng.integers(0, A, 2).tolist()
    for done, target in ((0, 1.5 + gamma * max(Q[s_next])), (1, 1.5)):
        moved = applied.q_learning_step(Q, s, a, 1.5, s_next, alpha, gamma, done)
        expected = Q.copy()
        expected[s, a] = (1 - alpha) * Q[s, a] + alpha * target
        np.testing.assert_allclose(moved, expected, atol=1e-12)
    expected[s, a] = (1 - alpha) * Q[s, a] + alpha * (1.5 + gamma * Q[s_next, a_next])
    np.testing.assert_allclose(applied.sarsa_step(Q, s, a, 1.5, s_next, a_next, alpha, gamma), expected, atol=1e-12)


@given(seeds, small, st.floats(0, 1))
def test_returns_and_double_dqn_targets_written_out(seed: int, n: int, gamma: float) -> None:
    """Sums of powers of γ; the online network's favourite, at the target network's price."""
    r = data(seed, n)
    expected = [sum(gamma**k * r[t + k] for k in range(n - t)) for t in range(n)]
    np.testing.assert_allclose(applied.discounted_returns(r, gamma), expected)
    online, target, done = data(seed + 1, n, 3), data(seed + 2, n, 3), np.arange(n) % 2
    priced = [r[i] + (0 if done[i] else gamma * target[i][list(online[i]).index(max(online[i]))]) for i in range(n)]
    np.testing.assert_allclose(applied.double_dqn_target(r, online, target, gamma, done), priced)


@given(seeds, small, st.floats(-3, 3))
def test_a_policy_step_goes_up_the_gradient_of_the_weighted_log_probability(seed: int, A: int, G: float) -> None:
    """The step over lr is the numeric gradient of G log π(a)."""
    theta, a = data(seed, A), seed % A

    def gain(z: Any) -> float:
        return G * float(z[a] - math.log(sum(np.exp(z))))

    h = 1e-6
    numeric = [(gain(theta + h * e) - gain(theta - h * e)) / (2 * h) for e in np.eye(A)]
    np.testing.assert_allclose((applied.policy_gradient_step(theta, a, G, 0.25) - theta) / 0.25, numeric, atol=1e-8)


@given(st.lists(st.integers(0, 6), min_size=8, max_size=8))
def test_overlap_counts_unit_squares(numbers: list[int]) -> None:
    """Squares in both over squares in either."""
    boxes = [
        [min(b[:2][0], b[2]), min(b[1], b[3]), max(b[0], b[2]), max(b[1], b[3])] for b in (numbers[:4], numbers[4:])
    ]
    first, second = ({(x, y) for x in range(x1, x2) for y in range(y1, y2)} for x1, y1, x2, y2 in boxes)
    expected = len(first & second) / len(first | second) if first | second else 0.0
    assert applied.box_iou(*map(np.array, boxes)) == pytest.approx(expected)


@given(seeds, st.integers(1, 7), st.floats(0, 1))
def test_suppression_box_by_box(seed: int, n: int, threshold: float) -> None:
    """A box stays unless one kept before it, of a better score, overlaps it too much."""
    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, 3, (n, 2))
    boxes, scores = np.concatenate([corner, corner + rng.uniform(0.5, 3, (n, 2))], axis=1), rng.random(n)
    kept: list[int] = []
    for i in sorted(range(n), key=lambda i: -scores[i]):
        if all(applied.box_iou(boxes[i], boxes[j]) <= threshold for j in kept):
            kept.append(i)
    np.testing.assert_array_equal(applied.nms(boxes, scores, threshold), kept)


@given(st.lists(st.booleans(), min_size=1, max_size=8), st.integers(0, 3))
def test_average_precision_from_the_definition(right: list[bool], missed: int) -> None:
    """The interpolated precision at every recall that is reached, and at 0, 0.1, …, 1."""
    positives = sum(right) + missed or 1
    curve = [(sum(right[: n + 1]) / positives, sum(right[: n + 1]) / (n + 1)) for n in range(len(right))]
    scores, hits = -np.arange(len(right)), np.array(right, dtype=float)

    def best(recall: float) -> float:
        return max((p for r, p in curve if r >= recall - 1e-12), default=0.0)

    area = sum(best(k / positives) for k in range(1, sum(right) + 1)) / positives
    assert applied.ranked_average_precision(scores, hits, positives) == pytest.approx(area)
    eleven = sum(best(k / 10) for k in range(11)) / 11
    assert applied.eleven_point_precision(scores, hits, positives) == pytest.approx(eleven)


@given(seeds, small)
def test_offsets_say_shift_and_scale(seed: int, n: int) -> None:
    """The shift in widths and heights of the anchor, the logarithm of each side's ratio."""
    rng = np.random.default_rng(seed)
    boxes, anchors = rng.uniform(0.5, 4, (2, n, 4))
    t = applied.box_offsets(boxes, anchors)
    np.testing.assert_allclose(t[:, :2] * anchors[:, 2:] + anchors[:, :2], boxes[:, :2], atol=1e-9)
    np.testing.assert_allclose(np.exp(t[:, 2:]) * anchors[:, 2:], boxes[:, 2:])


@given(seeds, small, small, small)
def test_attention_row_by_row(seed: int, T: int, S: int, d: int) -> None:
    """Each row's weights over the keys that it may see sum to 1; one that sees none is 0."""
    Q, K, V = data(seed, T, d), data(seed + 1, S, d), data(seed + 2, S, 2)
    mask = np.random.default_rng(seed).random((T, S)) < 0.6
    for row, (q, seen) in enumerate(zip(Q, mask, strict=True)):
        e = np.exp([float(q @ k) / math.sqrt(d) for k in K]) * seen
        expected = e @ V / e.sum() if seen.any() else np.zeros(2)
        np.testing.assert_allclose(applied.masked_attention(Q, K, V, mask)[row], expected)


@given(seeds, small, st.lists(st.integers(1, 4), min_size=1, max_size=3))
def test_masked_weights_of_the_future_and_of_padding_are_zero(seed: int, T: int, lengths: list[int]) -> None:
    """What may be seen is softmax by itself."""
    scores = data(seed, T, T)
    causal = applied.causal_attention_weights(scores)
    batch = data(seed, len(lengths), T, 4)
    padded = applied.padded_attention_weights(batch, np.array(lengths))
    for t in range(T):
        e = np.exp(scores[t, : t + 1])
        np.testing.assert_allclose(causal[t], [*(e / e.sum()), *[0] * (T - t - 1)])
        for n, length in enumerate(lengths):
            e = np.exp(batch[n, t, :length])
            np.testing.assert_allclose(padded[n, t], [*(e / e.sum()), *[0] * (4 - length)])


@given(seeds, small, small, small)
def test_heads_are_attentions_of_their_own(seed: int, T: int, heads: int, d: int) -> None:
    """One head after another on its own columns, side by side, times W_o."""
    X, (W_q, W_k, W_v, W_o) = data(seed, T, heads * d), data(seed + 1, 4, heads * d, heads * d)
    parts = []
    for h in range(heads):
        own = slice(h * d, (h + 1) * d)
        parts.append(applied.masked_attention(X @ W_q[:, own], X @ W_k[:, own], X @ W_v[:, own], np.ones((T, T))))
    expected = np.concatenate(parts, axis=1) @ W_o
    np.testing.assert_allclose(applied.multi_head_attention(X, W_q, W_k, W_v, W_o, heads), expected, atol=1e-9)


@given(seeds, small, small, st.integers(1, 3))
def test_a_separable_convolution_is_a_full_one_of_product_filters(seed: int, C: int, F: int, k: int) -> None:
    """w[f, c] = w_p[f, c]·w_d[c], summed window by window."""
    x, w_d, w_p = data(seed, 2, C, 4, 5), data(seed + 1, C, k, 2), data(seed + 2, F, C)
    full = w_p[:, :, None, None] * w_d
    y = applied.depthwise_separable(x, w_d, w_p)
    assert y.shape == (2, F, 5 - k, 4)
    for i, j in np.ndindex(y.shape[2:]):
        window = x[:, :, i : i + k, j : j + 2]
        np.testing.assert_allclose(y[:, :, i, j], np.einsum("ncrs,fcrs->nf", window, full), atol=1e-9)


@given(seeds, st.integers(1, 7), small, small)
def test_a_dilated_causal_convolution_term_by_term(seed: int, T: int, K: int, dilation: int) -> None:
    """Looks back in steps of the dilation, never ahead; before the beginning there are zeros."""
    x, w = data(seed, T), data(seed + 1, K)
    expected = [
        sum(w[K - 1 - back] * x[t - back * dilation] for back in range(K) if t >= back * dilation) for t in range(T)
    ]
    np.testing.assert_allclose(applied.dilated_causal_conv(x, w, dilation), expected, atol=1e-12)


@given(seeds, small, st.integers(1, 2), st.integers(1, 2))
def test_norms_differ_in_what_they_average_over(seed: int, N: int, groups: int, each: int) -> None:
    """Mean 0 and variance 1 over the axes that name them."""
    C = groups * each
    x, eps = data(seed, N, C, 2, 3), 1e-5

    def over(a: Any, axes: tuple[int, ...]) -> Any:
        return (a - a.mean(axis=axes, keepdims=True)) / np.sqrt(a.var(axis=axes, keepdims=True) + eps)

    np.testing.assert_allclose(applied.batch_norm_images(x, eps), over(x, (0, 2, 3)), atol=1e-9)
    np.testing.assert_allclose(applied.layer_norm_images(x, eps), over(x, (1, 2, 3)), atol=1e-9)
    np.testing.assert_allclose(applied.instance_norm_images(x, eps), over(x, (2, 3)), atol=1e-9)
    gamma, beta = data(seed + 1, 2, C, 1, 1)
    expected = gamma * over(x.reshape(N, groups, each, 2, 3), (2, 3, 4)).reshape(x.shape) + beta
    np.testing.assert_allclose(applied.group_norm(x, gamma.ravel(), beta.ravel(), groups, eps), expected, atol=1e-9)


@given(seeds, small, st.integers(2, 4), st.floats(0.5, 8), st.floats(0, 1))
def test_distillation_written_out(seed: int, N: int, C: int, T: float, alpha: float) -> None:
    """Sample by sample: the label's surprise, and the teacher's against the student's softened distribution."""
    z, z_teacher = data(seed, N, C), data(seed + 1, N, C)
    t = np.random.default_rng(seed).integers(0, C, N)

    def soft(logits: Any, temperature: float) -> list[float]:
        e = [math.exp(v / temperature) for v in logits]
        return [v / sum(e) for v in e]

    total = 0.0
    for own, teacher, label in zip(z, z_teacher, t, strict=True):
        p, q = soft(teacher, T), soft(own, T)
        np.testing.assert_allclose(applied.softened_softmax(own, T), q)
        kl = sum(a * math.log(a / b) for a, b in zip(p, q, strict=True))
        total += -(1 - alpha) * math.log(soft(own, 1)[label]) + alpha * T**2 * kl
    assert applied.distillation_loss(z, z_teacher, t, T, alpha) == pytest.approx(total / N)


def test_distillation_is_finite_where_probabilities_vanish() -> None:
    """±1000 in the logits."""
    z = np.array([[1000.0, -1000.0]])
    assert applied.distillation_loss(z, -z, np.array([0]), 2.0, 0.5) == pytest.approx(0.5 * 4 * 1000)


@given(seeds, small, st.integers(1, 6))
def test_quantised_values_are_the_nearest_levels(seed: int, n: int, bits: int) -> None:
    """Among 2^bits evenly spaced from the least to the largest, both of which are levels."""
    x = data(seed, n + 1)
    q, values = applied.quantise(x, bits)
    levels = np.linspace(x.min(), x.max(), 2**bits)
    np.testing.assert_allclose(np.abs(x - values), np.abs(x[:, None] - levels).min(axis=1), atol=1e-12)
    np.testing.assert_allclose(levels[q.astype(int)], values, atol=1e-12)


@given(seeds, small, st.integers(2, 8))
def test_symmetric_levels_keep_zero(seed: int, n: int, bits: int) -> None:
    """The largest magnitude becomes the largest number, whose neighbours are one step apart; −x gives −q."""
    x, most = data(seed, n), 2 ** (bits - 1) - 1
    q = applied.symmetric_quantise(x, bits)
    assert np.abs(q).max() == most
    assert np.all(np.abs(q * np.abs(x).max() / most - x) <= np.abs(x).max() / most / 2 + 1e-12)
    np.testing.assert_array_equal(applied.symmetric_quantise(-x, bits), -q)


@given(seeds, small, small, st.data())
def test_pruning_leaves_the_largest(seed: int, m: int, n: int, draw: Any) -> None:
    """k zeros, and nothing that stays is smaller than what went."""
    w, k = data(seed, m, n), draw.draw(st.integers(0, m * n))
    pruned = applied.magnitude_prune(w, k)
    gone = pruned == 0
    assert gone.sum() == k
    np.testing.assert_array_equal(pruned[~gone], w[~gone])
    assert np.abs(w[gone]).max(initial=0) <= np.abs(w[~gone]).min(initial=np.inf)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=9))
def test_ctc_merges_before_it_drops(path: list[int]) -> None:
    """Runs, then blanks."""
    expected = [label for label, _ in groupby(path) if label]
    np.testing.assert_array_equal(applied.ctc_collapse(np.array(path)), np.array(expected, dtype=int))


@oracle
@settings(deadline=None)  # the first case waits for PyTorch to be imported
@given(seeds, small, small)
def test_pytorch_agrees(seed: int, T: int, groups: int) -> None:
    """Masked attention, grouped and dilated convolution, group normalisation and the divergence of distillation."""
    import torch
    import torch.nn.functional as F  # noqa: N812 (its usual name)

    Q, K, V = (data(seed + n, T, 3) for n in range(3))
    seen = np.tri(T, dtype=bool)
    theirs = F.scaled_dot_product_attention(*(torch.tensor(a)[None] for a in (Q, K, V)), attn_mask=torch.tensor(seen))
    np.testing.assert_allclose(applied.masked_attention(Q, K, V, seen), theirs[0], atol=1e-9)
    x, w_d, w_p = data(seed, 2, groups, 4, 4), data(seed + 1, groups, 2, 2), data(seed + 2, 3, groups)
    deep = F.conv2d(torch.tensor(x), torch.tensor(w_d)[:, None], groups=groups)
    np.testing.assert_allclose(
        applied.depthwise_separable(x, w_d, w_p), F.conv2d(deep, torch.tensor(w_p)[:, :, None, None]), atol=1e-9
    )
    line, w = data(seed, 6), data(seed + 1, T)
    padded = F.pad(torch.tensor(line)[None, None], ((T - 1) * 2, 0))
    np.testing.assert_allclose(
        applied.dilated_causal_conv(line, w, 2),
        F.conv1d(padded, torch.tensor(w)[None, None], dilation=2)[0, 0],
        atol=1e-9,
    )
    x, gamma, beta = data(seed, 2, 2 * groups, 3, 3), data(seed + 1, 2 * groups), data(seed + 2, 2 * groups)
    normed = F.group_norm(torch.tensor(x), groups, torch.tensor(gamma), torch.tensor(beta), 1e-5)
    np.testing.assert_allclose(applied.group_norm(x, gamma, beta, groups, 1e-5), normed, atol=1e-9)
    z, teacher = torch.tensor(data(seed, T, 4)), torch.tensor(data(seed + 1, T, 4))
    kl = F.kl_div(F.log_softmax(z / 3, -1), F.softmax(teacher / 3, -1), reduction="batchmean")
    ours = applied.distillation_loss(z.numpy(), teacher.numpy(), np.zeros(T, dtype=int), 3.0, 1.0)
    assert ours == pytest.approx(9 * float(kl), abs=1e-9)


REFUSED: list[tuple[Any, dict[str, Any], str]] = [
    (
        applied.sarsa_step,
        {"Q": np.eye(2), "s": 2, "a": 0, "r": 0, "s_next": 0, "a_next": 0, "alpha": 1, "gamma": 1},
        "s",
    ),
    (applied.policy_gradient_step, {"theta": [0.0, 0.0], "a": 2, "G": 1.0, "lr": 0.1}, "a"),
    (applied.box_iou, {"a": np.array([2.0, 0, 0, 2]), "b": np.array([0.0, 0, 1, 1])}, "a"),
    (applied.nms, {"boxes": np.array([[0.0, 0, 1, 1]]), "scores": [1.0, 2.0], "threshold": 0.5}, "scores"),
    (applied.ranked_average_precision, {"scores": [1.0], "right": [1.0], "positives": 0}, "positives"),
    (applied.box_offsets, {"boxes": [[0.0, 0, 1, 1]], "anchors": [[0.0, 0, 0, 1]]}, "anchors"),
    (applied.causal_attention_weights, {"scores": np.ones((2, 3))}, "mask"),
    (applied.padded_attention_weights, {"scores": np.ones((1, 2, 3)), "lengths": [4]}, "lengths"),
    (applied.multi_head_attention, dict.fromkeys(("X", "W_q", "W_k", "W_v", "W_o"), np.eye(4)) | {"heads": 3}, "heads"),
    (
        applied.depthwise_separable,
        {"x": np.ones((1, 2, 3, 3)), "w_d": np.ones((3, 2, 2)), "w_p": np.ones((1, 2))},
        "w_d",
    ),
    (applied.dilated_causal_conv, {"x": [1.0], "w": [1.0], "dilation": 0}, "dilation"),
    (applied.batch_norm_images, {"x": np.ones((2, 3)), "eps": 1e-5}, "x"),
    (
        applied.group_norm,
        {"x": np.ones((1, 4, 1, 1)), "gamma": np.ones(4), "beta": np.ones(4), "groups": 3, "eps": 0.1},
        "groups",
    ),
    (applied.softened_softmax, {"z": [1.0, 2.0], "T": 0.0}, "T"),
    (applied.distillation_loss, {"z": [[1.0]], "z_teacher": [[1.0]], "t": [0], "T": 1.0, "alpha": 2.0}, "alpha"),
    (applied.quantise, {"x": [1.0], "bits": 0}, "bits"),
    (applied.symmetric_quantise, {"x": [1.0], "bits": 1}, "bits"),
    (applied.magnitude_prune, {"w": [1.0], "k": 2}, "k"),
    (applied.ctc_collapse, {"path": [0.5]}, "path"),
]


@pytest.mark.parametrize(("function", "inputs", "argument"), REFUSED, ids=[f"{f.__name__}" for f, *_ in REFUSED])
def test_what_has_no_answer_is_refused_by_name(function: Any, inputs: dict[str, Any], argument: str) -> None:
    """The error says which argument."""
    with pytest.raises(ArgumentError) as caught:
        function(**inputs)
    assert caught.value.argument == argument
