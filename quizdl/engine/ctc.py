"""Connectionist temporal classification: labels for a sequence without saying where they are (Graves et al. 2006).

A path π names one class for every frame; B(π) merges repeats and then drops blanks, so that B(–aa–ab) = aab. The loss
is −log p(l|x), where p(l|x) = Σ over all paths π with B(π) = l of Π_t y_t(π_t), y = softmax(z) (eq. 3).

l' is the target with blanks between, before and after: 2L + 1 states. α_t(s) is the probability of all beginnings of
paths that stand in state s at frame t, that frame counted; β_t(s) that of all ends from there on, that frame *not*
counted (the paper counts it in both and divides by y, eq. 14; this way nothing is divided). All of it is in logarithms.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.activations import log_softmax
from quizdl.engine.arrays import Array, Gradients, Ids, Mask, arriving, checked, whole
from quizdl.engine.errors import RangeError

Reduction: TypeAlias = Literal["none", "sum", "mean"]

LOWEST = -1e30
"""What stands in for −∞ where it would be subtracted from itself."""


class CtcCache(NamedTuple):
    """log y (T, B, K) and log α (T + 1, B, S + 2) with the target's states, and what each sample's loss counts."""

    log_y: Array
    alpha: Array
    states: Ids
    skips: Array
    frames: Ids
    lengths: Ids
    log_p: Array
    share: Array
    reduction: Reduction
    zero_infinity: bool


class Labelling(NamedTuple):
    """What was read, and log p of the paths that were followed to it."""

    labels: tuple[int, ...]
    log_p: float


def ctc_loss_forward(
    z: Array,
    targets: ArrayLike,
    input_lengths: ArrayLike | None = None,
    target_lengths: ArrayLike | None = None,
    *,
    blank: int = 0,
    reduction: Reduction = "none",
    zero_infinity: bool = False,
) -> tuple[Array, CtcCache]:
    """−log p(l|x) (B,); z: (T, B, K) logits (the softmax is inside), targets: (B, L) labels without blanks.

    Of sample n, the first input_lengths[n] frames and the first target_lengths[n] labels count (None: all); the rest is
    padding and may hold anything. reduction: "sum" over the batch, or "mean", each loss divided by its target's length
    (at least 1) first, as PyTorch does. A target that no path gives (too long for its frames, a repeat needing a blank
    between) costs ∞ with gradient NaN; with `zero_infinity` both are 0. Graves et al. 2006, eq. 6–8. O(T·B·(K + L)).
    """
    sizes: dict[str, int] = {}
    (z,) = checked(sizes, z=(z, "T B K"))
    _known(blank, sizes["K"], reduction)
    frames = _lengths("input_lengths", input_lengths, sizes["B"], sizes["T"])
    states, lengths = _states(targets, target_lengths, sizes, blank)
    if input_lengths is not None:
        z = np.where(_running(z, frames), z, 0)
    log_y = log_softmax(z)
    skips = _skips(states, z)
    alpha = _log_alpha(np.take_along_axis(log_y, states[None], axis=2), skips)
    batch = np.arange(len(states))
    # the columns of α are two late: s = −1, the start, is where an empty target's last label would be
    with np.errstate(divide="ignore"):
        log_p = _log_sum(alpha[frames, batch, 2 * lengths + 2], alpha[frames, batch, 2 * lengths + 1])
    losses = np.where(np.isneginf(log_p), 0, 0 - log_p) if zero_infinity else 0 - log_p
    share = np.ones_like(log_p)
    if reduction == "mean":
        share /= np.maximum(lengths, 1) * len(states)
    cache = CtcCache(log_y, alpha, states, skips, frames, lengths, log_p, share, reduction, zero_infinity)
    return losses if reduction == "none" else np.asarray(np.sum(losses * share)), cache


def ctc_loss_backward(dloss: ArrayLike, cache: CtcCache) -> Gradients:
    """dz_t(k) = y_t(k) − Σ over the states s with l'_s = k of α_t(s)·β_t(s)/p(l|x), 0 in padding (eq. 16).

    dloss: (B,), or one number where the losses were reduced.
    """
    log_y, alpha, states, skips, frames, lengths, log_p, share, reduction, zero_infinity = cache
    dloss = arriving(dloss, log_p.shape if reduction == "none" else (), "dloss")
    log_l = np.take_along_axis(log_y, states[None], axis=2)
    impossible = np.isneginf(log_p)
    joint = alpha[1:, :, 2:] + _log_beta(log_l, skips, frames, lengths)
    gamma = np.exp(joint - np.where(impossible, 0, log_p)[:, None])
    dz = np.exp(log_y)
    batch = np.arange(len(states))
    for s, label in enumerate(states.T):  # within one state, each sample has one class: nothing is added twice
        dz[:, batch, label] -= gamma[:, :, s]
    dz[:, impossible] = 0 if zero_infinity else np.nan
    dz *= (dloss * share)[:, None]
    return {"z": np.where(_running(log_y, frames), dz, 0).astype(log_y.dtype, copy=False)}


def collapse(path: ArrayLike, *, blank: int = 0) -> Ids:
    """B(π): repeats are merged, then blanks dropped; path: (T,) classes → (U,) labels, U ≤ T (§3.1)."""
    path = whole("path", path, "T")
    first = np.ones(len(path), dtype=bool)
    first[1:] = path[1:] != path[:-1]
    return np.asarray(path[first & (path != blank)])


def best_path(z: Array, input_lengths: ArrayLike | None = None, *, blank: int = 0) -> list[Ids]:
    """B of the likeliest class at every frame, for each sample of z: (T, B, K); ties: the lower class (§3.2).

    The likeliest path need not give the likeliest labelling. z may be logits or log-probabilities. O(T·B·K).
    """
    z, frames = _decodable(z, input_lengths, blank)
    paths = z.argmax(axis=-1)
    return [collapse(paths[:n, b], blank=blank) if n else paths[:0, b] for b, n in enumerate(frames.tolist())]


def prefix_beam(
    z: Array, width: int, input_lengths: ArrayLike | None = None, *, blank: int = 0
) -> list[list[Labelling]]:
    """For each sample of the logits z: (T, B, K), up to `width` labellings, likeliest first.

    Paths that come to the same labels are added up, which a beam of paths would not do (Hannun et al. 2014, alg. 1,
    without a language model). log p is exact where the beam never had to leave anything out. Ties: the labels that come
    first in dictionary order. O(T·B·width·K).
    """
    if width < 1:
        raise RangeError("width", f"1 以上が必要ですが、{width} です", f"expected at least 1, found {width}")
    z, frames = _decodable(z, input_lengths, blank)
    log_y = log_softmax(z)
    return [_searched(log_y[:n, b].tolist(), width, blank) for b, n in enumerate(frames.tolist())]


def _log_alpha(log_l: Array, skips: Array) -> Array:
    """log α (T + 1, B, 2 + S), from log y of each state (T, B, S): a row before all frames, two columns before s = 0.

    Column 1 is the start: from there one comes to the first blank by one step and to the first label by a skip.
    """
    T, B, S = log_l.shape
    alpha = np.full((T + 1, B, S + 2), -np.inf, dtype=log_l.dtype)
    alpha[0, :, 1] = 0
    with np.errstate(divide="ignore"):
        for t in range(T):
            before = alpha[t]
            alpha[t + 1, :, 2:] = log_l[t] + _log_sum(before[:, 2:], before[:, 1:-1], before[:, :-2] + skips)
    return alpha


def _log_beta(log_l: Array, skips: Array, frames: Ids, lengths: Ids) -> Array:
    """log β (T, B, S), from log y of each state (T, B, S); a path ends in the last label or the blank after it."""
    T, B, S = log_l.shape
    s = np.arange(S)
    ends = (s == 2 * lengths[:, None]) | (s == 2 * lengths[:, None] - 1)
    beta = np.full((T, B, S), -np.inf, dtype=log_l.dtype)
    after = np.full((B, S + 2), -np.inf, dtype=log_l.dtype)
    skips_on = np.concatenate([skips[:, 2:], np.full((B, min(S, 2)), -np.inf, dtype=skips.dtype)], axis=1)
    with np.errstate(divide="ignore"):
        for t in reversed(range(T)):
            if t + 1 < T:
                np.add(beta[t + 1], log_l[t + 1], out=after[:, :-2])
                beta[t] = _log_sum(after[:, :-2], after[:, 1:-1], after[:, 2:] + skips_on)
            np.copyto(beta[t], 0, where=ends & (frames[:, None] == t + 1))
    return beta


def _log_sum(*logs: Array) -> Array:
    """log Σ exp, entry by entry; −∞ where all are. The caller silences log 0."""
    top = np.maximum(logs[0], LOWEST)
    for x in logs[1:]:
        top = np.maximum(top, x)
    total = np.exp(logs[0] - top)
    for x in logs[1:]:
        total += np.exp(x - top)
    return np.asarray(top + np.log(total))


def _states(targets: ArrayLike, target_lengths: ArrayLike | None, sizes: dict[str, int], blank: int) -> tuple[Ids, Ids]:
    """l' (B, 2L + 1), the targets with blanks around every label and in the padding; and the targets' lengths."""
    targets = whole("targets", targets, "B L", sizes)
    B, L = targets.shape
    lengths = _lengths("target_lengths", target_lengths, B, L)
    inside = np.arange(L) < lengths[:, None]
    labels = whole("targets", np.where(inside, targets, blank), "B L", below=sizes["K"])
    if np.any(inside & (labels == blank)):
        raise RangeError(
            "targets", f"ブランク（番号 {blank}）は正解に含められません", f"a target cannot contain the blank, {blank}"
        )
    states = np.full((B, 2 * L + 1), blank)
    states[:, 1::2] = labels
    return states, lengths


def _skips(states: Ids, z: Array) -> Array:
    """log 1 where one may come from two states before: over a blank, between labels that differ. Else log 0."""
    skips = np.full(states.shape, -np.inf, dtype=z.dtype)
    skips[:, 1] = 0
    skips[:, 2:][states[:, 2:] != states[:, :-2]] = 0
    return skips


def _lengths(name: str, lengths: ArrayLike | None, B: int, most: int) -> Ids:
    if lengths is None:
        return np.full(B, most)
    return whole(name, lengths, "B", {"B": B}, below=most + 1)


def _running(z: Array, frames: Ids) -> Mask:
    """(T, B, 1): does the frame belong to its sequence?"""
    return (np.arange(len(z))[:, None] < frames)[..., None]


def _known(blank: int, K: int, reduction: str = "none") -> None:
    whole("blank", blank, "", below=K)
    if reduction not in ("none", "sum", "mean"):
        raise RangeError(
            "reduction",
            f"none, sum, mean のどれかが必要ですが、{reduction} です",
            f"expected none, sum or mean, found {reduction}",
        )


def _decodable(z: Array, input_lengths: ArrayLike | None, blank: int) -> tuple[Array, Ids]:
    (z,) = checked(z=(z, "T B K"))
    _known(blank, z.shape[-1])
    return z, _lengths("input_lengths", input_lengths, z.shape[1], len(z))


_Beam: TypeAlias = dict[tuple[int, ...], tuple[float, float]]
"""Labels so far → log p of the paths to them that end in a blank, and of those that end in the last label."""


def _searched(log_y: Sequence[Sequence[float]], width: int, blank: int) -> list[Labelling]:
    """The beam search for one sample, log y: T lists of K."""
    beam: _Beam = {(): (0.0, -math.inf)}
    for frame in log_y:
        grown = _grown(beam, frame, blank)
        best = sorted(grown, key=lambda labels: (-_log_add(*grown[labels]), labels))
        beam = {labels: grown[labels] for labels in best[:width]}
    return [Labelling(labels, _log_add(*logs)) for labels, logs in beam.items()]


def _grown(beam: _Beam, frame: Sequence[float], blank: int) -> _Beam:
    """One frame later: a blank or the last label again changes nothing, anything else is a label more.

    The last label again after a blank is a label more, too.
    """
    grown: _Beam = {}

    def add(labels: tuple[int, ...], in_blank: float, in_label: float) -> None:
        known = grown.get(labels, (-math.inf, -math.inf))
        grown[labels] = _log_add(known[0], in_blank), _log_add(known[1], in_label)

    for labels, (in_blank, in_label) in beam.items():
        either = _log_add(in_blank, in_label)
        last = labels[-1] if labels else blank
        for k, log_q in enumerate(frame):
            if k == blank:
                add(labels, either + log_q, -math.inf)
            elif k == last:
                add(labels, -math.inf, in_label + log_q)
                add((*labels, k), -math.inf, in_blank + log_q)
            else:
                add((*labels, k), -math.inf, either + log_q)
    return {labels: logs for labels, logs in grown.items() if logs != (-math.inf, -math.inf)}


def _log_add(a: float, b: float) -> float:
    """log(exp a + exp b)."""
    top = max(a, b)
    return top if top == -math.inf else top + math.log1p(math.exp(-abs(a - b)))
