"""Object detection: overlap of boxes, suppression of doubles, and what a detector is worth.

A box is (x1, y1, x2, y2), two opposite corners with x1 ≤ x2 and y1 ≤ y2, on a continuous plane: it is x2 − x1 wide, not
a pixel more. Boxes are (N, 4); an image may have none, and then any empty array will do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.arrays import Array, Ids, Mask, checked, real, whole
from quizdl.engine.errors import RangeError, ShapeError

COCO_THRESHOLDS = tuple((50 + 5 * k) / 100 for k in range(10))
"""0.50, 0.55, …, 0.95 (Lin et al. 2014)."""

Taken: TypeAlias = Literal["next", "false"]


class Detections(NamedTuple):
    """What was found in one image: boxes (N, 4), scores (N,), classes (N,)."""

    boxes: ArrayLike
    scores: ArrayLike
    classes: ArrayLike


class Truth(NamedTuple):
    """What is in one image: boxes (M, 4), classes (M,)."""

    boxes: ArrayLike
    classes: ArrayLike


class MeanAP(NamedTuple):
    """The mean of the table of APs, (thresholds, classes), and the classes that its columns stand for."""

    mean: float
    table: Array
    classes: Ids


def box_area(boxes: ArrayLike) -> Array:
    """(x2 − x1)·(y2 − y1); boxes: (N, 4) → (N,)."""
    return _area(_boxes("boxes", boxes))


def iou(a: ArrayLike, b: ArrayLike) -> Array:
    """|A ∩ B|/|A ∪ B| of every pair (Jaccard); a: (N, 4), b: (M, 4) → (N, M). 0 where both are empty. O(N·M)."""
    overlap, union = _overlap(_boxes("a", a), _boxes("b", b))
    return _ratio(overlap, union)


def giou(a: ArrayLike, b: ArrayLike) -> Array:
    """IoU − (|C| − |A ∪ B|)/|C|, C the smallest box around both; a: (N, 4), b: (M, 4) → (N, M), in [−1, 1].

    Unlike IoU it still tells near from far where boxes do not meet (Rezatofighi et al. 2019, alg. 1).
    """
    a, b = _boxes("a", a), _boxes("b", b)
    overlap, union = _overlap(a, b)
    corners = [np.minimum(a[:, None, :2], b[:, :2]), np.maximum(a[:, None, 2:], b[:, 2:])]
    hull = _area(np.concatenate(corners, axis=-1))
    return _ratio(overlap, union) - _ratio(hull - union, hull)


def nms(boxes: ArrayLike, scores: ArrayLike, threshold: float, classes: ArrayLike | None = None) -> Ids:
    """Non-maximum suppression → the rows that are kept, best score first; boxes: (N, 4), scores: (N,).

    From the best score down, each box that is still there removes the later ones that it overlaps by an IoU *greater*
    than the threshold. Equal scores: the lower row first. With classes (N,), only boxes of one class remove each other.
    O(N²).
    """
    boxes = _boxes("boxes", boxes)
    scores = _numbers("scores", scores, len(boxes))
    labels = None if classes is None else _labels("classes", classes, len(boxes))
    _fraction("threshold", threshold)
    waiting = np.argsort(-scores, kind="stable")
    kept = []
    while waiting.size:
        best, waiting = waiting[0], waiting[1:]
        kept.append(best)
        removed = _ratio(*_overlap(boxes[best : best + 1], boxes[waiting]))[0] > threshold
        if labels is not None:
            removed &= labels[waiting] == labels[best]
        waiting = waiting[~removed]
    return np.array(kept, dtype=np.intp)


def match_boxes(
    boxes: ArrayLike, scores: ArrayLike, truth: ArrayLike, threshold: float = 0.5, *, taken: Taken = "next"
) -> Mask:
    """Which detections of one image and class are right → (N,), in the order given; truth: (M, 4), the boxes there are.

    From the best score down, each takes the true box with which its IoU is largest, if that is at least `threshold`;
    nobody else can have that box then. taken="next": the largest among those still free (COCO); "false": the largest of
    all, and if it is taken, the detection is wrong (Pascal VOC). Equal scores or IoUs: the lower row. O(N·M).
    """
    boxes, truth = _boxes("boxes", boxes), _boxes("truth", truth)
    scores = _numbers("scores", scores, len(boxes))
    _fraction("threshold", threshold)
    if taken not in ("next", "false"):
        raise RangeError("taken", f"next か false が必要ですが、{taken} です", f"expected next or false, found {taken}")
    overlaps = _ratio(*_overlap(boxes, truth))
    right, free = np.zeros(len(boxes), dtype=bool), np.ones(len(truth), dtype=bool)
    for n in np.argsort(-scores, kind="stable") if len(truth) else ():
        wanted = np.where(free, overlaps[n], -1) if taken == "next" else overlaps[n]
        m = int(wanted.argmax())
        right[n] = wanted[m] >= threshold and free[m]
        free[m] &= ~right[n]
    return right


def precision_recall(scores: ArrayLike, right: ArrayLike, positives: int) -> tuple[Array, Array]:
    """Precision TP/(TP + FP) and recall TP/positives after each detection, best score first; both (N,).

    scores: (N,), right: (N,) truth values, positives: how many true boxes there are. Equal scores: the lower row first.
    """
    scores = _numbers("scores", scores)
    hits = _numbers("right", right, len(scores)) != 0
    if positives < 1:
        raise RangeError(
            "positives", f"1 以上が必要ですが、{positives} です", f"expected at least 1, found {positives}"
        )
    found = np.cumsum(hits[np.argsort(-scores, kind="stable")])
    return found / np.arange(1, len(found) + 1), found / positives


def average_precision(precision: ArrayLike, recall: ArrayLike, *, points: int | None = None) -> float:
    """The area under the interpolated curve, p(r) = the best precision at a recall of r or more; both (N,).

    points=None: over all recalls, Σ (r_n − r_{n−1})·p(r_n) (Pascal VOC since 2010). points=11: the mean of p(0),
    p(0.1), …, p(1) (VOC 2007; Everingham et al. 2010, §4.2); points=101 is COCO's. Nothing found is 0. O(N).
    """
    precision = _numbers("precision", precision)
    recall = _numbers("recall", recall, len(precision))
    gained = np.diff(recall, prepend=0)
    if (gained < 0).any():
        found = recall.tolist()
        raise RangeError("recall", f"増えていく列が必要ですが、{found} です", f"expected it to grow, found {found}")
    best = np.maximum.accumulate(precision[::-1])[::-1]
    if points is None:
        return float(np.sum(gained * best))
    if points < 2:
        raise RangeError("points", f"2 以上が必要ですが、{points} です", f"expected at least 2, found {points}")
    # k/10 and not k·0.1: rounded like TP/positives, so that a recall of exactly 0.3 reaches the point 0.3
    asked = np.arange(points) / (points - 1)
    first = np.searchsorted(recall, asked)
    return float(np.sum(best[first[first < len(best)]]) / points)


def mean_average_precision(
    detections: Sequence[Detections],
    truths: Sequence[Truth],
    thresholds: Sequence[float] = (0.5,),
    *,
    points: int | None = None,
    taken: Taken = "next",
) -> MeanAP:
    """mAP: the mean of AP over IoU thresholds and classes, all images together; one entry for each image in both lists.

    Classes of which there is no true box do not count. Equal scores: the earlier image, then the lower row. COCO's
    number is thresholds=COCO_THRESHOLDS, points=101 (there, crowds are left out and an image counts 100 detections).
    """
    if len(detections) != len(truths):
        raise ShapeError(
            "truths",
            f"detections と同じ {len(detections)} 枚分が必要ですが、{len(truths)} 枚分です",
            f"expected {len(detections)} images like detections, found {len(truths)}",
        )
    if not thresholds:
        raise ShapeError("thresholds", "1 つ以上のしきい値が必要です", "expected at least one threshold")
    found = [_detected(image) for image in detections]
    true = [_true(image) for image in truths]
    classes = np.unique(np.concatenate([labels for _, labels in true])) if true else np.zeros(0, dtype=np.intp)
    if not classes.size:
        raise ShapeError("truths", "正解の枠が 1 つもありません", "there is not one true box")
    table = np.array(
        [[_class_ap(c, found, true, threshold, points, taken) for c in classes.tolist()] for threshold in thresholds]
    )
    return MeanAP(float(table.mean()), table, classes)


def encode_boxes(boxes: Array, anchors: Array) -> Array:
    """t = ((x − x_a)/w_a, (y − y_a)/h_a, log(w/w_a), log(h/h_a)), x and y the centres; both (N, 4) → (N, 4).

    Faster R-CNN's parameters of a box against its anchor (Ren et al. 2015, eq. 2). No box may be empty.
    """
    boxes, anchors = checked(boxes=(boxes, "N 4"), anchors=(anchors, "N 4"))
    centre, size = _centred("boxes", boxes)
    centre_a, size_a = _centred("anchors", anchors)
    return np.concatenate([(centre - centre_a) / size_a, np.log(size / size_a)], axis=-1)


def decode_boxes(t: Array, anchors: Array) -> Array:
    """The boxes (N, 4) that t: (N, 4) says against anchors: (N, 4); undoes `encode_boxes`."""
    t, anchors = checked(t=(t, "N 4"), anchors=(anchors, "N 4"))
    centre_a, size_a = _centred("anchors", anchors)
    with np.errstate(over="ignore"):  # a box without bounds, from a network that has learnt nothing yet
        size = size_a * np.exp(t[:, 2:])
    centre = centre_a + t[:, :2] * size_a
    return np.concatenate([centre - size / 2, centre + size / 2], axis=-1)


def _area(boxes: Array) -> Array:
    return np.asarray((boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1]))


def _overlap(a: Array, b: Array) -> tuple[Array, Array]:
    """The areas (N, M) of A ∩ B and of A ∪ B."""
    size = np.minimum(a[:, None, 2:], b[:, 2:]) - np.maximum(a[:, None, :2], b[:, :2])
    overlap = np.maximum(size, 0).prod(axis=-1)
    return overlap, _area(a)[:, None] + _area(b) - overlap


def _ratio(part: Array, total: Array) -> Array:
    """part/total, 0 where there is nothing."""
    return part / np.where(total == 0, 1, total)


def _class_ap(
    c: int,
    found: Sequence[tuple[Array, Array, Ids]],
    true: Sequence[tuple[Array, Ids]],
    threshold: float,
    points: int | None,
    taken: Taken,
) -> float:
    scores, right, positives = [], [], 0
    for (boxes, image_scores, labels), (true_boxes, true_labels) in zip(found, true, strict=True):
        mine, truth = labels == c, true_boxes[true_labels == c]
        scores.append(image_scores[mine])
        right.append(match_boxes(boxes[mine], image_scores[mine], truth, threshold, taken=taken))
        positives += len(truth)
    curve = precision_recall(np.concatenate(scores), np.concatenate(right), positives)
    return average_precision(*curve, points=points)


def _detected(image: Detections) -> tuple[Array, Array, Ids]:
    boxes = _boxes("boxes", image.boxes)
    return boxes, _numbers("scores", image.scores, len(boxes)), _labels("classes", image.classes, len(boxes))


def _true(image: Truth) -> tuple[Array, Ids]:
    boxes = _boxes("boxes", image.boxes)
    return boxes, _labels("classes", image.classes, len(boxes))


def _boxes(name: str, x: ArrayLike) -> Array:
    """x as boxes (N, 4) with x1 ≤ x2 and y1 ≤ y2, N perhaps 0."""
    boxes = real(x, name)
    if not boxes.size:
        return boxes.reshape(0, 4)
    (boxes,) = checked(**{name: (boxes, "N 4")})
    wrong = (boxes[:, 2:] < boxes[:, :2]).any(axis=-1)
    if wrong.any():
        found = boxes[wrong][0].tolist()
        raise RangeError(
            name,
            f"x1 ≤ x2、y1 ≤ y2 の (x1, y1, x2, y2) が必要ですが、{found} があります",
            f"expected (x1, y1, x2, y2) with x1 ≤ x2 and y1 ≤ y2, found {found}",
        )
    return np.asarray(boxes)


def _numbers(name: str, x: ArrayLike, N: int | None = None) -> Array:
    """x (N,), N perhaps 0."""
    numbers = real(x, name)
    _fit(name, numbers.shape, N)
    return numbers


def _labels(name: str, x: ArrayLike, N: int) -> Ids:
    """x (N,) whole numbers, N perhaps 0."""
    if not np.size(x):
        _fit(name, np.shape(x), N)
        return np.zeros(0, dtype=np.intp)
    return whole(name, x, "N", {"N": N})


def _fit(name: str, found: tuple[int, ...], N: int | None) -> None:
    if len(found) != 1 or (N is not None and found[0] != N):
        wanted = "N" if N is None else N
        raise ShapeError(name, f"形 ({wanted},) が必要ですが、{found} です", f"expected ({wanted},), found {found}")


def _fraction(name: str, x: float) -> None:
    if not 0 <= x <= 1:
        raise RangeError(name, f"0 から 1 の数が必要ですが、{x} です", f"expected a number from 0 to 1, found {x}")


def _centred(name: str, boxes: Array) -> tuple[Array, Array]:
    """Centres and sizes, both (N, 2); none may be empty, since its size divides or is taken the logarithm of."""
    size = boxes[:, 2:] - boxes[:, :2]
    empty = (size <= 0).any(axis=-1)
    if empty.any():
        found = boxes[empty][0].tolist()
        raise RangeError(
            name,
            f"幅と高さが正の枠が必要ですが、{found} があります",
            f"expected boxes of positive width and height, found {found}",
        )
    return (boxes[:, :2] + boxes[:, 2:]) / 2, size
